//! The embedded mind: the intent whose phrase is found in what the customer said.

use super::intents::{self, MindError, Texts, WordPattern, pattern};
use super::words::words;
use super::{Reply, Then, Turn};
use crate::events::chat::Said;
use std::cmp::Reverse;

/// Intents in the order in which they are tried.
#[derive(Debug)]
pub struct Rules {
    greeting: Vec<String>,
    attachment: Vec<String>,
    fallback: Vec<String>,
    hand_over_after: Option<u32>,
    hand_over: Vec<String>,
    intents: Vec<Intent>,
    /// The higher priority first, then the longer phrase, then the order of the file.
    phrases: Vec<Phrase>,
}

#[derive(Debug)]
struct Intent {
    name: String,
    texts: Vec<String>,
    then: Then,
}

#[derive(Debug)]
struct Phrase {
    words: Vec<WordPattern>,
    priority: i32,
    intent: usize,
}

impl Rules {
    /// Reads and checks an intents file.
    pub fn parse(yaml: &str) -> Result<Self, MindError> {
        let file = intents::parse(yaml)?;
        let mut phrases = Vec::new();
        for (intent, source) in file.intents.iter().enumerate() {
            phrases.extend(source.when.iter().map(|phrase| Phrase {
                words: pattern(&phrase.value),
                priority: source.priority,
                intent,
            }));
        }
        // A stable sort, so that the order of the file decides between equals.
        phrases.sort_by_key(|phrase| Reverse((phrase.priority, phrase.words.len())));
        Ok(Self {
            greeting: file.greeting.0,
            attachment: file.attachment.0,
            fallback: file.fallback.say.0,
            hand_over_after: file.fallback.hand_over_after,
            hand_over: file
                .fallback
                .hand_over
                .map(|texts| texts.0)
                .unwrap_or_default(),
            intents: file.intents.into_iter().map(Intent::from).collect(),
            phrases,
        })
    }

    pub(super) fn greeting(&self) -> &[String] {
        &self.greeting
    }

    pub(super) fn reply(&self, turn: Turn<'_>) -> Reply {
        let text = match turn.said {
            Said::Attachment => return say("attachment", &self.attachment, Then::Stay, true),
            Said::Text(text) => text.expose(),
        };
        let said = words(text);
        let found = self.phrases.iter().find(|phrase| phrase.is_in(&said));
        match found.map(|phrase| &self.intents[phrase.intent]) {
            Some(intent) => say(&intent.name, &intent.texts, intent.then, true),
            None if self.gives_up(turn.misunderstandings) => {
                say("not-understood", &self.hand_over, Then::HandOver, false)
            }
            None => say("fallback", &self.fallback, Then::Stay, false),
        }
    }

    fn gives_up(&self, misunderstandings: u32) -> bool {
        self.hand_over_after
            .is_some_and(|limit| misunderstandings.saturating_add(1) >= limit)
    }
}

impl Phrase {
    fn is_in(&self, said: &[String]) -> bool {
        let matches = |(pattern, word): (&WordPattern, &String)| match pattern {
            WordPattern::Exactly(exact) => exact == word,
            WordPattern::Beginning(beginning) => word.starts_with(beginning.as_str()),
        };
        said.windows(self.words.len())
            .any(|window| self.words.iter().zip(window).all(matches))
    }
}

impl From<intents::Intent> for Intent {
    fn from(source: intents::Intent) -> Self {
        let (texts, then) = match (source.say, source.hand_over, source.goodbye) {
            (Some(texts), _, _) => (texts, Then::Stay),
            (_, Some(texts), _) => (texts, Then::HandOver),
            (_, _, goodbye) => (goodbye.unwrap_or(Texts(Vec::new())), Then::Goodbye),
        };
        Self {
            name: source.intent.value,
            texts: texts.0,
            then,
        }
    }
}

fn say(intent: &str, texts: &[String], then: Then, understood: bool) -> Reply {
    Reply {
        texts: texts.to_vec(),
        then,
        intent: intent.to_owned(),
        understood,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mind::Mind;

    const SMALL: &str = "
greeting: Hello.
attachment: No files.
fallback: { say: Pardon?, hand_over_after: 3, hand_over: A colleague is coming. }
intents:
  - { intent: person, priority: 10, when: [person, 'real human'], hand_over: One moment. }
  - { intent: refund, when: ['refund*', my money back], say: [It takes five days., Anything else?] }
  - { intent: money, when: [money], say: Yes }
  - { intent: bye, when: [bye], goodbye: So long. }
  - { intent: human-jp, when: [人間], hand_over: お待ちください。 }
";

    fn reply(rules: &Rules, text: &str, misunderstandings: u32) -> Reply {
        let said = Said::Text(text.into());
        rules.reply(Turn {
            said: &said,
            misunderstandings,
        })
    }

    #[test]
    fn the_intent_found_is_the_one_a_reader_would_choose() {
        let rules = Rules::parse(SMALL).unwrap();
        let cases = [
            ("I want a PERSON, please", "person"),
            ("is there a real-human?", "person"),
            ("a personal matter", "fallback"),
            ("refunding? refunds!", "refund"),
            ("money", "money"),
            ("I want my money back", "refund"),
            ("my money is back", "money"),
            ("refund or a person", "person"),
            ("Bye!", "bye"),
            ("人間と話したい", "human-jp"),
            ("", "fallback"),
            ("🙂", "fallback"),
        ];
        for (text, intent) in cases {
            assert_eq!(reply(&rules, text, 0).intent, intent, "{text:?}");
        }
    }

    #[test]
    fn a_reply_says_what_happens_next() {
        let rules = Rules::parse(SMALL).unwrap();
        assert_eq!(
            reply(&rules, "refund", 0),
            say(
                "refund",
                &["It takes five days.".into(), "Anything else?".into()],
                Then::Stay,
                true
            )
        );
        assert_eq!(reply(&rules, "bye", 0).then, Then::Goodbye);
        assert_eq!(reply(&rules, "person", 0).then, Then::HandOver);
        let file = rules.reply(Turn {
            said: &Said::Attachment,
            misunderstandings: 2,
        });
        assert_eq!(
            file,
            say("attachment", &["No files.".into()], Then::Stay, true)
        );
    }

    #[test]
    fn a_person_takes_over_after_three_misunderstandings_in_a_row() {
        let rules = Rules::parse(SMALL).unwrap();
        let then: Vec<_> = (0..4).map(|n| reply(&rules, "hm", n).then).collect();
        assert_eq!(
            then,
            [Then::Stay, Then::Stay, Then::HandOver, Then::HandOver]
        );
    }

    #[test]
    fn mistakes_in_the_intents_are_named_with_their_line() {
        let base = "greeting: Hello.\nattachment: No.\nfallback: { say: Pardon? }\nintents:\n";
        let cases = [
            (
                "  - { intent: a, when: [x], say: X }\n  - { intent: a, when: [y], say: Y }",
                "intents, line 6: the intent `a` is on line 5 already",
            ),
            (
                "  - { intent: a, when: [x], say: X }\n  - { intent: b, when: ['X!'], say: Y }",
                "intents, line 6: `X!` belongs to `a` already, with the same priority",
            ),
            (
                "  - { intent: a b, when: [x], say: X }",
                "intents, line 5: `a b` is not a name of letters, digits, `-` and `_`",
            ),
            (
                "  - { intent: a, when: [], say: X }",
                "intents, line 5: `a` has no phrase in `when`",
            ),
            (
                "  - { intent: a, when: ['?'], say: X }",
                "intents, line 5: `?` has no word in it",
            ),
            (
                "  - { intent: a, when: [x] }",
                "intents, line 5: `a` needs exactly one of `say`, `hand_over` and `goodbye`",
            ),
            (
                "  - { intent: a, when: [x], say: X, goodbye: Y }",
                "intents, line 5: `a` needs exactly one of `say`, `hand_over` and `goodbye`",
            ),
            (
                "  - { intent: a, when: [x], say: [] }",
                "intents, line 5: `a` has an empty text",
            ),
        ];
        for (intents, message) in cases {
            let error = Rules::parse(&format!("{base}{intents}\n")).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        let unknown = Rules::parse(&format!(
            "{base}  - {{ intent: a, when: [x], say: X, priorty: 1 }}\n"
        ));
        let message = unknown.unwrap_err().to_string();
        assert!(
            message.contains("priorty") && message.contains("line 5"),
            "{message}"
        );
        let number = Rules::parse(&format!(
            "{base}  - {{ intent: a, when: [x], say: {{ x: 1 }} }}\n"
        ));
        let message = number.unwrap_err().to_string();
        assert!(
            message.contains("a text or a list of texts") && message.contains("line 5"),
            "{message}"
        );
    }

    #[test]
    fn the_embedded_intents_are_sound_and_know_the_way_to_a_person() {
        let Mind::Rules(rules) = Mind::embedded().unwrap();
        let cases = [
            ("I want a person", Then::HandOver),
            ("Can I talk to someone?", Then::HandOver),
            ("I want to speak to a human being", Then::HandOver),
            ("What are your opening hours?", Then::Stay),
            ("when do you open", Then::Stay),
            ("Where is my order?", Then::Stay),
            ("no thanks, bye", Then::Goodbye),
            ("thanks, that is all", Then::Goodbye),
        ];
        for (text, then) in cases {
            let reply = reply(&rules, text, 0);
            assert!(
                reply.understood && reply.then == then,
                "{text:?}: {reply:?}"
            );
        }
    }
}
