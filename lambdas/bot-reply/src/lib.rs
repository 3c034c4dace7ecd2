//! Answers what customers write: the subscriber of the topic that Connect streams chats to.

pub mod handler;
