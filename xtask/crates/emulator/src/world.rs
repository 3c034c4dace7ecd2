//! What all services of one emulated account share.

use std::sync::Mutex;

use crate::{chat, clock::Clock, connect, faults::Faults, lambda, sns};

/// One emulated account in one region.
///
/// Lock order: `connect` before `chat`; neither is held across an await.
pub(crate) struct World {
    /// Twelve digits.
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) connect: Mutex<connect::State>,
    pub(crate) chat: Mutex<chat::State>,
    pub(crate) sns: sns::Service,
    pub(crate) lambda: lambda::Service,
}
