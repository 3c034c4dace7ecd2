//! What the bot says: one enum, a variant per kind of mind.
//!
//! A mind knows the turn it is asked about and nothing of Connect; sending, ordering and ending a conversation
//! belong to `conversation`.

mod intents;
mod rules;
mod words;

pub use intents::MindError;
pub use rules::Rules;

use crate::events::chat::Said;

/// The bot's mind.
#[derive(Debug)]
pub enum Mind {
    /// Intents in YAML, matched by words and phrases.
    Rules(Rules),
}

/// One thing the customer said, and what has to be remembered to answer it.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// What was said.
    pub said: &'a Said,
    /// How many things in a row were not understood before this one.
    pub misunderstandings: u32,
}

/// The answer to one turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Texts, each its own message.
    pub texts: Vec<String>,
    /// What happens after them.
    pub then: Then,
    /// The intent's name: a machine word that may be logged and given to the flow.
    pub intent: String,
    /// Whether the mind knew what was meant.
    pub understood: bool,
}

/// What happens after a reply's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The bot waits for the next message.
    Stay,
    /// A person takes over.
    HandOver,
    /// The conversation is done.
    Goodbye,
}

impl Mind {
    /// The rules that are part of the binary.
    pub fn embedded() -> Result<Self, MindError> {
        Rules::parse(include_str!("../../intents.yaml")).map(Self::Rules)
    }

    /// The first words to a customer, unless the flow gives its own.
    pub fn greeting(&self) -> &[String] {
        match self {
            Self::Rules(rules) => rules.greeting(),
        }
    }

    /// The reply to a turn. The same turn gets the same reply, so that a turn answered half and again is answered once.
    pub async fn reply(&self, turn: Turn<'_>) -> Reply {
        match self {
            Self::Rules(rules) => rules.reply(turn),
        }
    }
}
