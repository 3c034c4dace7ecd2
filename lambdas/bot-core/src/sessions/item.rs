//! A session as a value, and as the DynamoDB item it is kept in.

use super::StoreError;
use crate::secret::Secret;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use std::collections::HashMap;

/// The number of the item's form; raised when old code could misread a new item.
pub const SCHEMA: u32 = 1;

pub(super) type Item = HashMap<String, AttributeValue>;

/// What is known of the bot's part in one contact segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The segment.
    pub contact_id: String,
    /// The first segment of the chain: streaming and attributes go by it.
    pub initial_contact_id: String,
    /// The Connect instance.
    pub instance_id: String,
    /// How far it is.
    pub state: SessionState,
    /// Counts the times the flow has asked for a bot on this contact; part of every client token, so that a second
    /// visit gets a participant of its own and a retry does not.
    pub attempt: u32,
    /// When this attempt began.
    pub opened_at: Timestamp,
    /// The streaming that was started for the contact.
    pub streaming_id: Option<String>,
    /// The bot's place in the chat, once there is one.
    pub seat: Option<Seat>,
    /// Whether the greeting was sent.
    pub greeted: bool,
    /// Whether Connect itself disconnects the bot when the customer stays silent.
    pub auto_disconnect: bool,
    /// Things in a row that the bot did not understand.
    pub misunderstandings: u32,
    /// The time of the latest message that was answered.
    pub answered_until: Option<Timestamp>,
    /// The outcome that was written to the contact.
    pub outcome: Option<String>,
}

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// bot-join is at work, or failed on the way.
    Starting,
    /// The bot is in the chat.
    Connected,
    /// The bot has left, or never came. The tokens are gone from the item.
    Ended,
}

/// The bot's place in a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The bot's participant.
    pub participant_id: String,
    /// Lasts as long as the participant and buys connections.
    pub participant_token: Secret<String>,
    /// The connection in use.
    pub connection: Option<Connection>,
}

/// What the bot speaks with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The bearer token of every call but CreateParticipantConnection; lasts a day.
    pub token: Secret<String>,
    /// When it ends, if Connect said so in a form we can read.
    pub expires_at: Option<Timestamp>,
}

impl SessionState {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "STARTING",
            Self::Connected => "CONNECTED",
            Self::Ended => "ENDED",
        }
    }
}

impl Session {
    /// The first attempt on a contact.
    pub fn new(
        contact_id: &str,
        initial_contact_id: &str,
        instance_id: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            contact_id: contact_id.to_owned(),
            initial_contact_id: initial_contact_id.to_owned(),
            instance_id: instance_id.to_owned(),
            state: SessionState::Starting,
            attempt: 1,
            opened_at: now,
            streaming_id: None,
            seat: None,
            greeted: false,
            auto_disconnect: false,
            misunderstandings: 0,
            answered_until: None,
            outcome: None,
        }
    }

    /// A further attempt on the same contact. Streaming goes on from before.
    pub fn again(&self, now: Timestamp) -> Self {
        let first = Self::new(
            &self.contact_id,
            &self.initial_contact_id,
            &self.instance_id,
            now,
        );
        Self {
            attempt: self.attempt.saturating_add(1),
            streaming_id: self.streaming_id.clone(),
            ..first
        }
    }

    pub(super) fn to_item(&self) -> Item {
        let mut item = Item::from([
            ("schema".to_owned(), number(SCHEMA)),
            ("contact_id".to_owned(), string(&self.contact_id)),
            (
                "initial_contact_id".to_owned(),
                string(&self.initial_contact_id),
            ),
            ("instance_id".to_owned(), string(&self.instance_id)),
            ("state".to_owned(), string(self.state.as_str())),
            ("attempt".to_owned(), number(self.attempt)),
            ("opened_at".to_owned(), millis(self.opened_at)),
            ("greeted".to_owned(), AttributeValue::Bool(self.greeted)),
            (
                "auto_disconnect".to_owned(),
                AttributeValue::Bool(self.auto_disconnect),
            ),
            (
                "misunderstandings".to_owned(),
                number(self.misunderstandings),
            ),
        ]);
        if let Some(streaming_id) = &self.streaming_id {
            item.insert("streaming_id".to_owned(), string(streaming_id));
        }
        item
    }

    pub(super) fn from_item(item: &Item) -> Result<Self, StoreError> {
        let fields = Fields(item);
        if fields.count("schema").is_none_or(|schema| schema > SCHEMA) {
            return Err(StoreError::Malformed("schema"));
        }
        let seat = match (
            fields.text("participant_id"),
            fields.text("participant_token"),
        ) {
            (Some(participant_id), Some(token)) => Some(Seat {
                participant_id: participant_id.to_owned(),
                participant_token: token.into(),
                connection: fields.text("connection_token").map(|token| Connection {
                    token: token.into(),
                    expires_at: fields.time("connection_expires_at"),
                }),
            }),
            _ => None,
        };
        Ok(Self {
            contact_id: fields.needed("contact_id")?.to_owned(),
            initial_contact_id: fields.needed("initial_contact_id")?.to_owned(),
            instance_id: fields.needed("instance_id")?.to_owned(),
            state: fields.state()?,
            attempt: fields
                .count("attempt")
                .ok_or(StoreError::Malformed("attempt"))?,
            opened_at: fields
                .time("opened_at")
                .ok_or(StoreError::Malformed("opened_at"))?,
            streaming_id: fields.text("streaming_id").map(str::to_owned),
            seat,
            greeted: fields.flag("greeted"),
            auto_disconnect: fields.flag("auto_disconnect"),
            misunderstandings: fields.count("misunderstandings").unwrap_or(0),
            answered_until: fields.time("answered_until"),
            outcome: fields.text("outcome").map(str::to_owned),
        })
    }
}

/// Reads an item's attributes; what has another type than ours counts as absent.
struct Fields<'a>(&'a Item);

impl<'a> Fields<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        let value = self.0.get(name)?.as_s().ok()?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    fn needed(&self, name: &'static str) -> Result<&'a str, StoreError> {
        self.text(name).ok_or(StoreError::Malformed(name))
    }

    fn count(&self, name: &str) -> Option<u32> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        let millis = self.0.get(name)?.as_n().ok()?.parse().ok()?;
        Timestamp::from_millisecond(millis).ok()
    }

    fn flag(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(AttributeValue::Bool(true)))
    }

    fn state(&self) -> Result<SessionState, StoreError> {
        match self.text("state") {
            Some("STARTING") => Ok(SessionState::Starting),
            Some("CONNECTED") => Ok(SessionState::Connected),
            Some("ENDED") => Ok(SessionState::Ended),
            _ => Err(StoreError::Malformed("state")),
        }
    }
}

pub(super) fn string(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn millis(at: Timestamp) -> AttributeValue {
    number(at.as_millisecond())
}
