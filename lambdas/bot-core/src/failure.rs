//! Why an invocation failed, in words that are safe to hand to the Lambda runtime and its logs.

use crate::call::CallError;
use crate::events::EventError;
use crate::sessions::StoreError;
use lambda_runtime::Diagnostic;

/// A fault of the invocation, not of the conversation: Connect or Lambda may try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The event is not one this Lambda is for.
    #[error("failed to read the event")]
    Event(#[from] EventError),
    /// A call to Connect or the Participant Service failed.
    #[error("failed to call Connect")]
    Call(#[from] CallError),
    /// The session table could not be read or written.
    #[error("failed to use the session table")]
    Store(#[from] StoreError),
    /// The message came, but no bot has joined its contact.
    #[error("no bot has joined the contact yet")]
    NoSession,
    /// The bot is out of the chat it was to speak in.
    #[error("the bot is no longer in the chat")]
    Gone,
    /// The work did not fit before the deadline.
    #[error("the time for the invocation ran out")]
    OutOfTime,
}

impl Failure {
    /// The failure and its causes on one line.
    pub fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        let error_type = match failure {
            Failure::Event(_) => "Bot.UnreadableEvent",
            Failure::Call(_) => "Bot.CallFailed",
            Failure::Store(_) => "Bot.SessionTableFailed",
            Failure::NoSession => "Bot.NoSession",
            Failure::Gone => "Bot.Gone",
            Failure::OutOfTime => "Bot.OutOfTime",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: failure.in_full(),
        }
    }
}
