//! What the bot's three Lambdas share: the events Connect sends them, the session table, the bot's place in a chat,
//! the mind that answers, and the order and idempotency of answering.
//!
//! A Lambda's own crate decides what one kind of invocation does; nothing here knows which of them is running.

pub mod bot;
pub mod call;
pub mod client_token;
pub mod conversation;
pub mod deadline;
pub mod events;
pub mod failure;
pub mod logging;
pub mod mind;
pub mod seat;
pub mod secret;
pub mod sessions;
pub mod settings;
pub mod start;
pub mod text;
