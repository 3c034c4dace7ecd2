//! How an item reaches those who should see it: the transcript, open WebSockets, and the topics that
//! StartContactStreaming named.

use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

use super::Scene;
use super::contact::Contact;
use super::item::{Draft, Item, Kind, Role, Sender, event};
use super::tokens::{Secret, iso};
use crate::sns::Publication;

/// A topic that gets a copy of everything.
pub(crate) struct Stream {
    pub(crate) id: String,
    pub(crate) topic_arn: String,
    pub(crate) client_token: String,
}

/// An open WebSocket of a participant.
pub(crate) struct Socket {
    pub(crate) participant_id: String,
    /// Tells the sockets of a participant apart.
    pub(crate) number: u64,
    /// Whether it asked for `aws/chat`.
    pub(crate) subscribed: bool,
    pub(crate) frames: UnboundedSender<String>,
    /// The address it was opened with, which dies with it.
    pub(crate) address: Secret,
}

/// What the system is called in transcripts.
const SYSTEM_NAME: &str = "SYSTEM_MESSAGE";

impl Contact {
    /// The system as a sender: flows speak through it.
    pub(crate) fn system(&self) -> Sender {
        Sender {
            participant_id: self.data.contact_id.clone(),
            display_name: SYSTEM_NAME.to_owned(),
            role: Role::System,
        }
    }

    /// Adds an item to the chat and delivers it. Gives its id and time.
    pub(crate) fn add(
        &mut self,
        sender: Option<Sender>,
        draft: Draft,
        scene: &mut Scene<'_>,
    ) -> (String, jiff::Timestamp) {
        let item = self.item(sender, draft, scene);
        self.touch(scene.world);
        self.push_to_sockets(&item);
        self.publish(&item, scene);
        let identity = (item.id.clone(), item.time);
        if is_stored(&item) {
            self.items.push(item);
        }
        identity
    }

    /// Gives an item its id and a time later than that of any before.
    fn item(&mut self, sender: Option<Sender>, draft: Draft, scene: &Scene<'_>) -> Item {
        let millisecond = jiff::SignedDuration::from_millis(1);
        let next = self.latest_item.saturating_add(millisecond);
        let now = scene.world.clock.now();
        self.latest_item = next.map_or(now, |next| now.max(next));
        let mut item = Item {
            id: Uuid::new_v4().to_string(),
            time: self.latest_item,
            kind: Kind::Event,
            content_type: String::new(),
            content: None,
            sender,
            receipts: Vec::new(),
            about: None,
        };
        match draft {
            Draft::Message {
                content_type,
                content,
            } => {
                item.kind = Kind::Message;
                item.content_type = content_type;
                item.content = Some(content);
            }
            Draft::Event(name) => item.content_type = format!("{}{name}", event::PREFIX),
            Draft::Receipt(name, receipt) => {
                let timestamp = match name {
                    event::READ => "ReadTimestamp",
                    _ => "DeliveredTimestamp",
                };
                let entry = json!({
                    timestamp: iso(self.latest_item),
                    "RecipientParticipantId": receipt.recipient_id,
                });
                self.keep_receipt(&receipt.message_id, &entry);
                item.kind = Kind::MessageMetadata;
                item.content_type = format!("{}{name}", event::PREFIX);
                item.content = Some(json!({ "messageId": receipt.message_id }).to_string());
                item.receipts.push(entry);
                item.about = Some(receipt.message_id);
            }
        }
        item
    }

    /// Enters a receipt at its message in the transcript, into what the recipient acknowledged before.
    fn keep_receipt(&mut self, message_id: &str, entry: &serde_json::Value) {
        let Some(message) = self.items.iter_mut().find(|it| it.id == message_id) else {
            return;
        };
        let recipient = &entry["RecipientParticipantId"];
        let mut known = message.receipts.iter_mut();
        match known.find(|it| it["RecipientParticipantId"] == *recipient) {
            Some(known) => {
                for (key, value) in entry.as_object().into_iter().flatten() {
                    known[key] = value.clone();
                }
            }
            None => message.receipts.push(entry.clone()),
        }
    }

    fn push_to_sockets(&self, item: &Item) {
        if self.sockets.iter().all(|socket| !socket.subscribed) {
            return;
        }
        let content = item.pushed(&self.data.contact_id, &self.data.initial_contact_id);
        let frame = json!({
            "topic": "aws/chat",
            "contentType": "application/json",
            "content": content.to_string(),
        })
        .to_string();
        for socket in self.sockets.iter().filter(|socket| socket.subscribed) {
            // A socket that is just closing misses it; its client reads the transcript later.
            let _ = socket.frames.send(frame.clone());
        }
    }

    /// One message for each topic, with the attributes consumers filter by [doc].
    fn publish(&self, item: &Item, scene: &Scene<'_>) {
        if self.streams.is_empty() {
            return;
        }
        let Some(instance) = scene.connect.instance(&self.instance_id) else {
            return;
        };
        let data = &self.data;
        let message = item
            .streamed(&data.contact_id, &data.initial_contact_id)
            .to_string();
        let mut attributes = vec![
            ("InitialContactId", data.initial_contact_id.as_str()),
            ("ContactId", data.contact_id.as_str()),
        ];
        if let Some(sender) = &item.sender {
            attributes.push(("ParticipantRole", sender.role.as_str()));
        }
        attributes.extend([
            ("InstanceId", instance.id.as_str()),
            ("AccountId", scene.world.account.as_str()),
            ("Type", item.kind.on_streams()),
            ("ContentType", item.content_type.as_str()),
            // Nothing in a chat of customer, bot and agent is said to one side only.
            ("MessageVisibility", "ALL"),
        ]);
        let attributes: Vec<(String, String)> = attributes
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for stream in &self.streams {
            let publication = Publication {
                topic_arn: stream.topic_arn.clone(),
                message: message.clone(),
                attributes: attributes.clone(),
                principal: "connect.amazonaws.com",
                source_account: scene.world.account.clone(),
                source_arn: instance.arn.clone(),
            };
            scene.world.sns.publish(scene.world, publication);
        }
    }

    pub(crate) fn close_sockets_of(&mut self, participant_id: &str, scene: &mut Scene<'_>) {
        let (closing, staying) = std::mem::take(&mut self.sockets)
            .into_iter()
            .partition(|socket| socket.participant_id == participant_id);
        self.sockets = staying;
        retire(closing, scene);
    }

    pub(crate) fn close_all_sockets(&mut self, scene: &mut Scene<'_>) {
        retire(std::mem::take(&mut self.sockets), scene);
    }
}

/// Dropping the sender ends the task that serves the socket once it has written what was sent.
fn retire(sockets: Vec<Socket>, scene: &mut Scene<'_>) {
    let addresses = sockets.into_iter().map(|socket| socket.address);
    scene.tokens.retire(addresses);
}

/// Messages, and the events that transcripts of ended chats keep [doc].
fn is_stored(item: &Item) -> bool {
    match item.kind {
        Kind::Message => true,
        Kind::Event => item
            .content_type
            .strip_prefix(event::PREFIX)
            .is_some_and(event::is_stored),
        Kind::MessageMetadata => false,
    }
}
