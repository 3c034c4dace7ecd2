//! The intents file: its form, and the checks that make a mistake in it an error at the start of the Lambda.

use super::words::words;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_yaml::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// A mistake in the intents.
#[derive(Debug, thiserror::Error)]
pub enum MindError {
    /// Not YAML, or a key that is unknown, missing or of the wrong type.
    #[error("the intents cannot be read: {0}")]
    Unreadable(String),
    /// Readable, but not usable.
    #[error("intents, line {line}: {problem}")]
    Unusable {
        /// The line the mistake is on.
        line: u64,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntentsFile {
    pub(super) greeting: Texts,
    pub(super) attachment: Texts,
    pub(super) fallback: Fallback,
    pub(super) intents: Vec<Intent>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fallback {
    pub(super) say: Texts,
    /// After so many misunderstandings in a row a person takes over; absent means never.
    pub(super) hand_over_after: Option<u32>,
    pub(super) hand_over: Option<Texts>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Intent {
    pub(super) intent: Spanned<String>,
    #[serde(default)]
    pub(super) priority: i32,
    /// Words and phrases; a word that ends in `*` stands for all words that begin so.
    pub(super) when: Vec<Spanned<String>>,
    pub(super) say: Option<Texts>,
    pub(super) hand_over: Option<Texts>,
    pub(super) goodbye: Option<Texts>,
}

/// One text or a list of them.
#[derive(Debug, Clone)]
pub(super) struct Texts(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text or a list of texts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts(vec![text.trim().to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            texts.push(text.trim().to_owned());
        }
        Ok(Texts(texts))
    }
}

/// Reads and checks an intents file.
pub(super) fn parse(yaml: &str) -> Result<IntentsFile, MindError> {
    // `say: Yes` is a text, not a truth.
    let options = serde_yaml::options! { strict_booleans: true };
    let file: IntentsFile = serde_yaml::from_str_with_options(yaml, options)
        .map_err(|error| MindError::Unreadable(error.to_string()))?;
    check_fixed_texts(&file)?;
    let mut names = BTreeMap::new();
    let mut phrases = BTreeMap::new();
    for intent in &file.intents {
        check_intent(intent)?;
        let line = intent.intent.referenced.line();
        if let Some(first) = names.insert(&intent.intent.value, line) {
            return Err(unusable(
                &intent.intent,
                format!(
                    "the intent `{}` is on line {first} already",
                    intent.intent.value
                ),
            ));
        }
        for phrase in &intent.when {
            let key = (intent.priority, pattern(&phrase.value));
            if let Some(other) = phrases.insert(key, &intent.intent.value) {
                return Err(unusable(
                    phrase,
                    format!(
                        "`{}` belongs to `{other}` already, with the same priority",
                        phrase.value
                    ),
                ));
            }
        }
    }
    Ok(file)
}

fn check_fixed_texts(file: &IntentsFile) -> Result<(), MindError> {
    let mut fixed = vec![
        ("greeting", &file.greeting),
        ("attachment", &file.attachment),
        ("fallback.say", &file.fallback.say),
    ];
    fixed.extend(
        file.fallback
            .hand_over
            .as_ref()
            .map(|texts| ("fallback.hand_over", texts)),
    );
    for (name, texts) in fixed {
        if !texts.are_usable() {
            return Err(MindError::Unreadable(format!("`{name}` has an empty text")));
        }
    }
    match (file.fallback.hand_over_after, &file.fallback.hand_over) {
        (Some(0), _) => Err(MindError::Unreadable(
            "`fallback.hand_over_after` is 0".to_owned(),
        )),
        (Some(_), None) => Err(MindError::Unreadable(
            "`fallback.hand_over_after` needs the text `fallback.hand_over`".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn check_intent(intent: &Intent) -> Result<(), MindError> {
    let name = &intent.intent.value;
    // The name becomes a contact attribute's value and a word in the logs.
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
        return Err(unusable(
            &intent.intent,
            format!("`{name}` is not a name of letters, digits, `-` and `_`"),
        ));
    }
    let replies: Vec<_> = [&intent.say, &intent.hand_over, &intent.goodbye]
        .into_iter()
        .flatten()
        .collect();
    if replies.len() != 1 {
        return Err(unusable(
            &intent.intent,
            format!("`{name}` needs exactly one of `say`, `hand_over` and `goodbye`"),
        ));
    }
    if !replies[0].are_usable() {
        return Err(unusable(
            &intent.intent,
            format!("`{name}` has an empty text"),
        ));
    }
    if intent.when.is_empty() {
        return Err(unusable(
            &intent.intent,
            format!("`{name}` has no phrase in `when`"),
        ));
    }
    match intent
        .when
        .iter()
        .find(|phrase| pattern(&phrase.value).is_empty())
    {
        Some(phrase) => Err(unusable(
            phrase,
            format!("`{}` has no word in it", phrase.value),
        )),
        None => Ok(()),
    }
}

impl Texts {
    fn are_usable(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|text| !text.is_empty())
    }
}

/// One word of a phrase.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum WordPattern {
    Exactly(String),
    Beginning(String),
}

/// The words of a phrase.
pub(super) fn pattern(phrase: &str) -> Vec<WordPattern> {
    let mut patterns = Vec::new();
    for piece in phrase.split_whitespace() {
        let starred = piece.ends_with('*');
        let mut pieces: Vec<_> = words(piece).into_iter().map(WordPattern::Exactly).collect();
        if let Some(WordPattern::Exactly(last)) = pieces.last().cloned().filter(|_| starred) {
            pieces.pop();
            pieces.push(WordPattern::Beginning(last));
        }
        patterns.append(&mut pieces);
    }
    patterns
}

fn unusable<T>(at: &Spanned<T>, problem: String) -> MindError {
    MindError::Unusable {
        line: at.referenced.line(),
        problem,
    }
}
