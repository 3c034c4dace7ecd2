//! What a flow may know and change of the contact it runs for.

use std::collections::HashMap;
use std::fmt;

use flow::model::{ActionId, ActionKind};
use indexmap::IndexMap;
use serde::Serialize;

/// The data of one contact, shared by the flows that run for it one after the other.
#[derive(Clone, Default)]
pub struct Contact {
    pub contact_id: String,
    pub initial_contact_id: String,
    pub previous_contact_id: Option<String>,
    pub instance_arn: String,
    pub region: String,
    /// `CHAT`.
    pub channel: String,
    /// `API` for a chat that was started by StartChatContact.
    pub initiation_method: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub language_code: Option<String>,
    pub customer_id: Option<String>,
    /// The text with which the customer opened the chat.
    pub initial_message: Option<String>,
    /// `connect:Subtype` and others.
    pub segment_attributes: IndexMap<String, String>,
    /// User-defined attributes.
    pub attributes: IndexMap<String, String>,
    /// The working queue.
    pub queue: Option<Queue>,
    /// Flow ids or ARNs by hook, for example `CustomerQueue`.
    pub hooks: IndexMap<String, String>,
    /// Whether flow logs are on; sticks to the contact across transfers.
    pub logging: bool,
    /// Whether a custom participant is associated with the contact.
    pub custom_participant: bool,
    /// The actions taken so far, across all flows.
    pub path: Vec<Step>,
    /// Loop counters belong to the contact: entering a flow again continues an unfinished loop.
    pub loops: HashMap<(String, ActionId), u32>,
}

/// A queue as flows see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    pub id: String,
    pub arn: String,
    pub name: String,
}

/// One action on the way of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The name of the flow or module.
    pub flow: String,
    pub action: String,
    pub action_type: String,
    /// The way out that was taken: `next`, the operand of a condition, or the name of an error.
    /// Nothing while the action is going on, and for actions that end the flow.
    pub branch: Option<String>,
}

/// The sum of the bytes of all user attributes, keys and values [doc].
pub const ATTRIBUTES_MAX_BYTES: usize = 32_768;

/// Whether the service takes this as the key of a user attribute: letters, digits, `-`, `_` [doc].
pub fn is_attribute_key(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether a set of attributes fits into a contact.
pub fn attributes_fit(attributes: &IndexMap<String, String>) -> bool {
    let bytes: usize = attributes
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    bytes <= ATTRIBUTES_MAX_BYTES
}

impl Contact {
    pub(crate) fn enter(&mut self, flow: &str, action: &ActionId, kind: &ActionKind) {
        self.path.push(Step {
            flow: flow.to_owned(),
            action: action.as_str().to_owned(),
            action_type: kind.as_str().to_owned(),
            branch: None,
        });
    }
}

/// Only ids: everything else may be a customer's.
impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact")
            .field("contact_id", &self.contact_id)
            .field("initial_contact_id", &self.initial_contact_id)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
