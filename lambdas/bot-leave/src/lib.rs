//! Takes the bot out of a chat whose flow has stopped waiting for it.

pub mod handler;
