//! Chat items as Connect streams them to SNS, and what they mean to a bot.

use super::{EventError, text};
use crate::secret::Secret;
use jiff::Timestamp;
use serde_json::Value;

const EVENT_PREFIX: &str = "application/vnd.amazonaws.connect.event.";

/// One item of a chat: a message, an attachment or an event.
#[derive(Debug, Clone)]
pub struct ChatItem {
    /// The item's id, the same in every delivery and in the transcript.
    pub id: String,
    /// When it was said.
    pub at: Option<Timestamp>,
    /// The contact's current segment.
    pub contact_id: String,
    /// The instance that published it, from the message attributes.
    pub instance_id: Option<String>,
    /// `MESSAGE`, `EVENT` or `ATTACHMENT`.
    pub item_type: String,
    /// The media type of the content, or the event's name.
    pub content_type: String,
    /// Absent on events of nobody in particular, such as `chat.ended`.
    pub role: Option<String>,
    /// Who said or did it.
    pub participant_id: Option<String>,
    /// `CUSTOMER`, `AGENT` or `ALL`.
    pub visibility: Option<String>,
    content: Option<Secret<String>>,
}

/// What a streamed item asks of the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The customer said something to be answered.
    Said(Said),
    /// The chat or the bot's part in it is over, in a short machine word.
    Over(&'static str),
    /// The customer has been silent for the idle time.
    CustomerIdle,
    /// Somebody left the contact; the bot if it is the bot's participant.
    Left,
    /// Nothing, and why.
    Nothing(&'static str),
}

/// What a customer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A text.
    Text(Secret<String>),
    /// A file, which a custom bot may not open (GetAttachment refuses it).
    Attachment,
}

impl Said {
    /// What an item's type and content say, if it is something a bot can answer.
    pub fn of(item_type: &str, content_type: &str, content: Option<&str>) -> Option<Self> {
        match item_type {
            "ATTACHMENT" => Some(Self::Attachment),
            // A parameter may follow the media type, as in `text/plain; charset=utf-8`.
            "MESSAGE" => match content_type.split(';').next().map(str::trim) {
                Some("text/plain" | "text/markdown") => Some(Self::Text(content?.into())),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The records of an SNS event, each read on its own: one that is not ours must not hold up the others.
pub fn items(event: &Value) -> Result<Vec<Result<ChatItem, EventError>>, EventError> {
    let records = event
        .get("Records")
        .and_then(Value::as_array)
        .ok_or(EventError::Missing("Records"))?;
    Ok(records.iter().map(ChatItem::read).collect())
}

impl ChatItem {
    fn read(record: &Value) -> Result<Self, EventError> {
        let message = text(record, "/Sns/Message").ok_or(EventError::Missing("Sns.Message"))?;
        let body: Value = serde_json::from_str(message).map_err(|_| EventError::NotJson)?;
        let attribute = |name: &str| {
            let attribute = record.pointer(&format!("/Sns/MessageAttributes/{name}/Value"));
            attribute.and_then(Value::as_str).map(str::to_owned)
        };
        // The body is what the customer's item is; the attributes repeat some of it for filters.
        let either = |pointer, name| {
            text(&body, pointer)
                .map(str::to_owned)
                .or_else(|| attribute(name))
        };
        Ok(Self {
            id: text(&body, "/Id")
                .ok_or(EventError::Missing("Id"))?
                .to_owned(),
            at: text(&body, "/AbsoluteTime").and_then(|at| at.parse().ok()),
            contact_id: either("/ContactId", "ContactId")
                .ok_or(EventError::Missing("ContactId"))?,
            instance_id: attribute("InstanceId"),
            item_type: either("/Type", "Type").ok_or(EventError::Missing("Type"))?,
            content_type: either("/ContentType", "ContentType").unwrap_or_default(),
            role: either("/ParticipantRole", "ParticipantRole"),
            participant_id: text(&body, "/ParticipantId").map(str::to_owned),
            visibility: attribute("MessageVisibility"),
            content: text(&body, "/Content").map(Secret::from),
        })
    }

    /// What this item asks of the bot. The subscription's filter says the same; it is checked again here, since a
    /// bot that answers its own messages never stops.
    pub fn meaning(&self) -> Meaning {
        if let Some(event) = self.content_type.strip_prefix(EVENT_PREFIX) {
            return self.meaning_of_event(event);
        }
        if self.role.as_deref() != Some("CUSTOMER") {
            return Meaning::Nothing("not from the customer");
        }
        if !matches!(self.visibility.as_deref(), None | Some("CUSTOMER" | "ALL")) {
            return Meaning::Nothing("not visible to the customer");
        }
        let content = self
            .content
            .as_ref()
            .map(|content| content.expose().as_str());
        match Said::of(&self.item_type, &self.content_type, content) {
            Some(said) => Meaning::Said(said),
            None => Meaning::Nothing("not a text"),
        }
    }

    fn meaning_of_event(&self, event: &str) -> Meaning {
        match event {
            "chat.ended" => Meaning::Over("chat_ended"),
            "participant.autodisconnection" => Meaning::Over("customer_disconnected"),
            "participant.joined" if self.role.as_deref() == Some("AGENT") => {
                // An agent who joins takes the custom participant's place.
                Meaning::Over("agent_joined")
            }
            "participant.idle" if matches!(self.role.as_deref(), None | Some("CUSTOMER")) => {
                Meaning::CustomerIdle
            }
            "participant.left" => Meaning::Left,
            _ => Meaning::Nothing("an event of no consequence"),
        }
    }
}
