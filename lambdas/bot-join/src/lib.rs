//! Brings the bot into a chat: what the Invoke Lambda block of a `custom_bot` calls first.

pub mod handler;
mod request;
