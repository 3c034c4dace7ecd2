//! Two versions of a text, word by word: what a reviewer wants of a prompt, of SSML, of JSON in a
//! parameter. Views ask for it; comparing flows does not need it.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A run of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordChange {
    /// In both versions.
    Equal(String),
    /// In the old version only.
    Removed(String),
    /// In the new version only.
    Added(String),
}

/// The part of the words that two texts must have in common, or showing them word by word would
/// be a riddle: a tenth of them, which is less than any two sentences of one language share.
const LEAST_COMMON: usize = 10;

/// Compares two texts. The equal and removed runs are the old text, the equal and added ones the
/// new text; what was removed comes before what was added in its place. Texts that have next to
/// nothing in common are one removed and one added run.
pub fn words(old: &str, new: &str) -> Vec<WordChange> {
    if old == new {
        return Runs::default().equal(old).list;
    }
    let (before, after) = (tokens(old), tokens(new));
    let operations = capture_diff_slices(Algorithm::Myers, &before, &after);
    if !is_telling(&operations, &before, &after) {
        return Runs::default().changed(old, new).list;
    }
    let mut runs = Runs::default();
    let (mut removed, mut added) = (String::new(), String::new());
    for (n, operation) in operations.iter().enumerate() {
        let old = before.get(operation.old_range()).unwrap_or_default();
        let new = after.get(operation.new_range()).unwrap_or_default();
        let is_between = n > 0 && n + 1 < operations.len();
        if matches!(operation, DiffOp::Equal { .. }) && !(is_between && is_filler(old)) {
            runs = runs.changed(&removed, &added).equal(&old.concat());
            removed.clear();
            added.clear();
        } else {
            removed.extend(old.iter().copied());
            added.extend(new.iter().copied());
        }
    }
    runs.changed(&removed, &added).list
}

#[derive(Default)]
struct Runs {
    list: Vec<WordChange>,
}

impl Runs {
    fn equal(mut self, text: &str) -> Self {
        if !text.is_empty() {
            self.list.push(WordChange::Equal(text.to_owned()));
        }
        self
    }

    fn changed(mut self, old: &str, new: &str) -> Self {
        if !old.is_empty() {
            self.list.push(WordChange::Removed(old.to_owned()));
        }
        if !new.is_empty() {
            self.list.push(WordChange::Added(new.to_owned()));
        }
        self
    }
}

/// Whether the texts share enough words for the comparison to say something.
fn is_telling(operations: &[DiffOp], old: &[&str], new: &[&str]) -> bool {
    let count = |tokens: &[&str]| tokens.iter().filter(|it| is_word(it)).count();
    let equal = operations
        .iter()
        .filter(|it| matches!(it, DiffOp::Equal { .. }));
    let common: usize = equal
        .map(|it| count(old.get(it.old_range()).unwrap_or_default()))
        .sum();
    common > 0 && common * LEAST_COMMON >= count(old).max(count(new))
}

/// Whether what two changes have between them is only a space or a sign, so that they read better
/// as one. Changes on different lines stay apart.
fn is_filler(tokens: &[&str]) -> bool {
    tokens.iter().all(|it| !is_word(it) && !it.contains('\n'))
}

fn is_word(token: &str) -> bool {
    token.chars().any(char::is_alphanumeric)
}

/// Words, spaces and signs. Scripts that put no spaces between words are taken letter by letter.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, character) in text.char_indices() {
        let class = class(character);
        if last.is_some_and(|last| last != class || class == Class::Single) {
            tokens.extend(text.get(start..at));
            start = at;
        }
        last = Some(class);
    }
    tokens.extend(text.get(start..).filter(|it| !it.is_empty()));
    tokens
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Word,
    Space,
    /// A token of its own.
    Single,
    /// Emoji and the like, which are often several characters.
    Other,
}

fn class(character: char) -> Class {
    match character {
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => {
            Class::Single
        }
        '_' | '\u{300}'..='\u{36f}' => Class::Word,
        '\n' => Class::Single,
        it if it.is_alphanumeric() => Class::Word,
        it if it.is_whitespace() => Class::Space,
        it if it.is_ascii() => Class::Single,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `[-removed-]`, `{+added+}` and the rest as it is.
    fn shown(old: &str, new: &str) -> String {
        let runs = words(old, new).into_iter().map(|it| match it {
            WordChange::Equal(text) => text,
            WordChange::Removed(text) => format!("[-{text}-]"),
            WordChange::Added(text) => format!("{{+{text}+}}"),
        });
        runs.collect()
    }

    #[test]
    fn a_reworded_prompt_shows_its_words() {
        assert_eq!(
            shown(
                "Hello and welcome to Example. How can we help you today?",
                "Good morning and welcome to Example. How may we help you?",
            ),
            "[-Hello-]{+Good morning+} and welcome to Example. How [-can-]{+may+} we help you[- today-]?"
        );
    }

    #[test]
    fn neighbouring_changes_are_one() {
        assert_eq!(
            shown("press one two for sales", "press nine ten for sales"),
            "press [-one two-]{+nine ten+} for sales"
        );
    }

    #[test]
    fn marks_and_paths_are_split_at_their_signs() {
        assert_eq!(
            shown(
                r#"<speak>Hi <break time="300ms"/> $.Attributes.name</speak>"#,
                r#"<speak>Hi <break time="500ms"/> $.Attributes.customer</speak>"#,
            ),
            r#"<speak>Hi <break time="[-300ms-]{+500ms+}"/> $.Attributes.[-name-]{+customer+}</speak>"#
        );
        assert_eq!(
            shown(r#"{"a":1,"b":2}"#, r#"{"a":1,"b":3}"#),
            r#"{"a":1,"b":[-2-]{+3+}}"#
        );
    }

    #[test]
    fn texts_without_a_common_word_are_replaced_whole() {
        assert_eq!(
            shown("Thank you. Goodbye.", "Please hold. Someone comes."),
            "[-Thank you. Goodbye.-]{+Please hold. Someone comes.+}"
        );
        assert_eq!(shown("", "x"), "{+x+}");
        assert_eq!(shown("same", "same"), "same");
        assert!(words("", "").is_empty());
    }

    #[test]
    fn scripts_without_spaces_are_compared_letter_by_letter() {
        assert_eq!(
            shown(
                "お電話ありがとうございます",
                "お電話まことにありがとうございます"
            ),
            "お電話{+まことに+}ありがとうございます"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn runs_are_both_texts_again(
            old in "(hello|world|[a-c]|お|[ ,.\n<>🙂]){0,12}",
            new in "(hello|world|[a-c]|お|[ ,.\n<>🙂]){0,12}",
        ) {
            let runs = words(&old, &new);
            let (mut before, mut after) = (String::new(), String::new());
            for run in &runs {
                match run {
                    WordChange::Equal(text) => {
                        before.push_str(text);
                        after.push_str(text);
                    }
                    WordChange::Removed(text) => before.push_str(text),
                    WordChange::Added(text) => after.push_str(text),
                }
            }
            prop_assert_eq!(before, old);
            prop_assert_eq!(after, new);
            let kind = std::mem::discriminant::<WordChange>;
            prop_assert!(runs.windows(2).all(|it| kind(&it[0]) != kind(&it[1])));
        }
    }
}
