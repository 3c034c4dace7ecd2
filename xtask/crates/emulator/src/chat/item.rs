//! What is said and what happens in a chat, as transcripts, sockets and streams carry it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::tokens::iso;

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Customer,
    Agent,
    CustomBot,
    System,
}

impl Role {
    /// As the API spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Role::Customer => "CUSTOMER",
            Role::Agent => "AGENT",
            Role::CustomBot => "CUSTOM_BOT",
            Role::System => "SYSTEM",
        }
    }
}

/// Content types of messages.
pub(crate) const TEXT_PLAIN: &str = "text/plain";

/// Content types of events; all begin alike.
pub(crate) mod event {
    pub(crate) const PREFIX: &str = "application/vnd.amazonaws.connect.event.";
    pub(crate) const TYPING: &str = "typing";
    pub(crate) const JOINED: &str = "participant.joined";
    pub(crate) const LEFT: &str = "participant.left";
    pub(crate) const IDLE: &str = "participant.idle";
    pub(crate) const RETURNED: &str = "participant.returned";
    pub(crate) const AUTO_DISCONNECTION: &str = "participant.autodisconnection";
    pub(crate) const ENDED: &str = "chat.ended";
    pub(crate) const DELIVERED: &str = "message.delivered";
    pub(crate) const READ: &str = "message.read";
    pub(crate) const ACKNOWLEDGED: &str = "connection.acknowledged";

    /// Of these, transcripts keep [doc]; the others are only shown while they happen.
    pub(crate) fn is_stored(name: &str) -> bool {
        matches!(name, JOINED | LEFT | ENDED)
    }
}

/// Whoever an item comes from.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) participant_id: String,
    pub(crate) display_name: String,
    pub(crate) role: Role,
}

/// What an item is, before the contact gives it id and time.
pub(crate) enum Draft {
    Message {
        content_type: String,
        content: String,
    },
    /// An event by the last part of its content type.
    Event(&'static str),
    /// A receipt for a message.
    Receipt(&'static str, Receipt),
}

/// That a message reached somebody.
#[derive(Clone)]
pub(crate) struct Receipt {
    pub(crate) message_id: String,
    pub(crate) recipient_id: String,
}

/// One item of a chat.
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) time: Timestamp,
    pub(crate) kind: Kind,
    pub(crate) content_type: String,
    pub(crate) content: Option<String>,
    /// Nobody for `chat.ended` [2nd].
    pub(crate) sender: Option<Sender>,
    /// `Receipts` of `MessageMetadata`.
    pub(crate) receipts: Vec<Value>,
    /// The message that a receipt is for.
    pub(crate) about: Option<String>,
}

/// The `Type` of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Event,
    /// Receipts have a type of their own on the WebSocket [S].
    MessageMetadata,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Message => "MESSAGE",
            Kind::Event => "EVENT",
            Kind::MessageMetadata => "MESSAGEMETADATA",
        }
    }

    /// The `Type` on streams.
    pub(crate) fn on_streams(self) -> &'static str {
        match self {
            Kind::Message => "MESSAGE",
            Kind::Event | Kind::MessageMetadata => "EVENT",
        }
    }
}

impl Item {
    /// As GetTranscript answers it.
    pub(crate) fn in_transcript(&self, contact_id: &str) -> Value {
        let mut json = self.json();
        json.insert("ContactId".into(), contact_id.into());
        Value::Object(json)
    }

    /// As it is pushed over sockets.
    pub(crate) fn pushed(&self, contact_id: &str, initial_contact_id: &str) -> Value {
        let mut json = self.json();
        json.insert("InitialContactId".into(), initial_contact_id.into());
        json.insert("ContactId".into(), contact_id.into());
        Value::Object(json)
    }

    /// As it is streamed to topics, which know messages and events.
    pub(crate) fn streamed(&self, contact_id: &str, initial_contact_id: &str) -> Value {
        let mut json = self.pushed(contact_id, initial_contact_id);
        json["Type"] = self.kind.on_streams().into();
        json
    }

    fn json(&self) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("AbsoluteTime".into(), iso(self.time).into());
        if let Some(content) = &self.content {
            json.insert("Content".into(), content.as_str().into());
        }
        json.insert("ContentType".into(), self.content_type.as_str().into());
        json.insert("Id".into(), self.id.as_str().into());
        json.insert("Type".into(), self.kind.as_str().into());
        if let Some(sender) = &self.sender {
            json.insert(
                "ParticipantId".into(),
                sender.participant_id.as_str().into(),
            );
            json.insert("DisplayName".into(), sender.display_name.as_str().into());
            json.insert("ParticipantRole".into(), sender.role.as_str().into());
        }
        if !self.receipts.is_empty() {
            let message_id = self.about.as_ref().unwrap_or(&self.id);
            let metadata = json!({ "MessageId": message_id, "Receipts": self.receipts });
            json.insert("MessageMetadata".into(), metadata);
        }
        json
    }
}
