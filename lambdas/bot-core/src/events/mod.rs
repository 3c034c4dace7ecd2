//! The events the Lambdas receive, read by hand from JSON.
//!
//! Only what the Lambdas use is read, and no error quotes a value. Deriving these types from a strict schema fails
//! on real chats (null endpoints, a null queue, nested parameters), and serde's errors quote what they found.

pub mod chat;
pub mod flow;

use serde_json::Value;

/// An event that is not what Connect or SNS sends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// A member every such event has is absent or empty.
    #[error("the event has no {0}")]
    Missing(&'static str),
    /// A flow's parameter is neither text nor a number.
    #[error("the parameter {0} is not a text")]
    NotText(&'static str),
    /// The `Message` of an SNS record is not JSON.
    #[error("the notification's message is not JSON")]
    NotJson,
}

fn text<'a>(value: &'a Value, pointer: &'static str) -> Option<&'a str> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}
