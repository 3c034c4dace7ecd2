//! Answering a customer: one answer per message, in the order in which the messages were said.
//!
//! Whoever answers holds the contact's lease. SNS may deliver late, twice or in any order, so the holder asks the
//! transcript what came before the message at hand, and the `message#` items say what was answered already. Client
//! tokens made from the message's id keep a crash between sending and noting from posting twice.

use crate::bot::Bot;
use crate::call::{CallError, CallErrorKind};
use crate::client_token::client_token;
use crate::events::chat::Said;
use crate::failure::Failure;
use crate::mind::{Reply, Then, Turn};
use crate::seat::{ChatError, Heard, InChat};
use crate::sessions::{Lease, Session, StoreError};
use crate::text::split;
use jiff::Timestamp;
use std::time::Duration;
use tracing::{info, warn};

/// The contact attribute the flow branches on after the bot has left.
pub const OUTCOME_ATTRIBUTE: &str = "bot_outcome";
/// The contact attribute that says what the last turn was about: an intent's name, never the customer's words.
pub const SUMMARY_ATTRIBUTE: &str = "bot_summary";

/// How long the lease lasts without a sign of life. Longer than the calls of one answer take together, short enough
/// that a crash does not silence the bot for long.
pub const LEASE_LIFE: Duration = Duration::from_secs(6);

/// What became of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The bot is still in the chat.
    Open,
    /// The bot has left it, or was found to be out of it.
    Over,
}

/// Answers what the customer has said and nobody has answered, up to and with `message`, or all of it if none is
/// given; then gives the lease back.
pub async fn answer(bot: &Bot, lease: Lease, message: Option<Heard>) -> Result<Standing, Failure> {
    let mut talk = Talk {
        chat: bot.in_chat(&lease.session),
        bot,
        lease,
    };
    let outcome = talk.answer_pending(message).await;
    match outcome {
        Ok(Standing::Over) => Ok(Standing::Over),
        Ok(Standing::Open) => {
            bot.sessions.release(&talk.lease).await?;
            Ok(Standing::Open)
        }
        Err(ChatError::Gone) => {
            let session = &talk.lease.session;
            info!(contact_id = %session.contact_id, "the bot is no longer in the chat");
            bot.sessions.end(session, "gone", None).await?;
            Ok(Standing::Over)
        }
        Err(ChatError::Store(StoreError::Superseded)) => Ok(Standing::Over),
        Err(error) => {
            // Given back at once, so that the next try need not wait for it to run out.
            if let Err(error) = bot.sessions.release(&talk.lease).await {
                warn!(%error, "the lease was not given back");
            }
            Err(error.into())
        }
    }
}

impl From<ChatError> for Failure {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Gone => Self::Gone,
            ChatError::Call(error) => Self::Call(error),
            ChatError::Store(error) => Self::Store(error),
        }
    }
}

/// Says several texts, each cut into messages that Connect accepts. `token` names the turn for the client tokens.
pub async fn say_all(
    bot: &Bot,
    chat: &mut InChat<'_>,
    texts: &[String],
    token: &[&str],
) -> Result<(), ChatError> {
    let pieces = texts
        .iter()
        .flat_map(|text| split(text, bot.settings.message_limit));
    for (n_before, piece) in pieces.enumerate() {
        let part = n_before.to_string();
        let mut parts = token.to_vec();
        parts.push(&part);
        match chat.say(piece, &client_token(&parts)).await {
            // The same text would be refused again, and what follows it may matter more: a hand-over, a goodbye.
            Err(ChatError::Call(error)) if error.kind == CallErrorKind::Invalid => {
                warn!(%error, part = n_before, "Connect refused a message of the bot");
            }
            other => other?,
        }
    }
    Ok(())
}

/// Writes what the flow branches on to the contact.
pub async fn write_outcome(
    bot: &Bot,
    session: &Session,
    outcome: &str,
    summary: Option<&str>,
) -> Result<(), CallError> {
    let mut request = bot
        .connect
        .update_contact_attributes()
        .instance_id(&session.instance_id)
        .initial_contact_id(&session.initial_contact_id)
        .attributes(OUTCOME_ATTRIBUTE, outcome);
    if let Some(summary) = summary {
        request = request.attributes(SUMMARY_ATTRIBUTE, summary);
    }
    let sent = request.send().await;
    sent.map(drop)
        .map_err(|error| CallError::new("UpdateContactAttributes", &error))
}

struct Talk<'a> {
    bot: &'a Bot,
    chat: InChat<'a>,
    lease: Lease,
}

impl Talk<'_> {
    async fn answer_pending(&mut self, message: Option<Heard>) -> Result<Standing, ChatError> {
        if let Some(message) = &message
            && !self.receive(message).await?
        {
            return Ok(Standing::Open);
        }
        let received = message.as_ref().map(|message| message.id.clone());
        for (n_before, heard) in self.pending(message).await?.into_iter().enumerate() {
            if n_before > 0 {
                self.bot
                    .sessions
                    .renew(&self.lease, Timestamp::now(), LEASE_LIFE)
                    .await?;
            }
            let is_open = received.as_ref() == Some(&heard.id) || self.receive(&heard).await?;
            if is_open && self.answer_one(&heard).await? == Standing::Over {
                return Ok(Standing::Over);
            }
        }
        Ok(Standing::Open)
    }

    async fn receive(&self, heard: &Heard) -> Result<bool, StoreError> {
        let contact_id = &self.lease.session.contact_id;
        self.bot
            .sessions
            .receive(&heard.id, contact_id, Timestamp::now())
            .await
    }

    /// What is to be answered now, oldest first. Without the transcript it is the message at hand alone: an answer
    /// out of order is better than none.
    async fn pending(&mut self, message: Option<Heard>) -> Result<Vec<Heard>, ChatError> {
        let mut heard = match self.chat.unheard().await {
            Ok(heard) => heard,
            Err(ChatError::Call(error)) => {
                warn!(%error, contact_id = %self.lease.session.contact_id, "the transcript could not be read");
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        if let Some(message) = message {
            heard.retain(|other| other.at <= message.at && other.id != message.id);
            heard.push(message);
        }
        Ok(heard)
    }

    async fn answer_one(&mut self, heard: &Heard) -> Result<Standing, ChatError> {
        let session = &self.lease.session;
        let turn = Turn {
            said: &heard.said,
            misunderstandings: session.misunderstandings,
        };
        let reply = self.bot.mind.reply(turn).await;
        say_all(
            self.bot,
            &mut self.chat,
            &reply.texts,
            &["reply", &heard.id],
        )
        .await?;
        let standing = self.conclude(&reply).await?;
        self.bot.sessions.answered(&heard.id).await?;
        log_turn(&self.lease.session, heard, &reply);
        self.remember(heard, &reply);
        Ok(standing)
    }

    /// The outcome is written before the bot leaves, because leaving wakes the flow and the flow reads it at once.
    async fn conclude(&mut self, reply: &Reply) -> Result<Standing, ChatError> {
        let outcome = match reply.then {
            Then::Stay => return Ok(Standing::Open),
            Then::HandOver => "handoff",
            Then::Goodbye => "done",
        };
        let session = &self.lease.session;
        let written = write_outcome(self.bot, session, outcome, Some(&reply.intent)).await;
        written.map_err(ChatError::Call)?;
        leave(self.bot, &mut self.chat, session, outcome, Some(outcome)).await?;
        Ok(Standing::Over)
    }

    fn remember(&mut self, heard: &Heard, reply: &Reply) {
        let session = &mut self.lease.session;
        session.answered_until = session.answered_until.max(Some(heard.at));
        session.misunderstandings = match reply.understood {
            true => 0,
            false => session.misunderstandings.saturating_add(1),
        };
    }
}

/// Takes the bot out of the chat and ends its session. Being out already is as good.
pub async fn leave(
    bot: &Bot,
    chat: &mut InChat<'_>,
    session: &Session,
    reason: &str,
    outcome: Option<&str>,
) -> Result<(), ChatError> {
    let attempt = session.attempt.to_string();
    match chat
        .leave(&client_token(&["leave", &session.contact_id, &attempt]))
        .await
    {
        Ok(()) | Err(ChatError::Gone) => {}
        Err(error) => return Err(error),
    }
    bot.sessions.end(session, reason, outcome).await?;
    Ok(())
}

fn log_turn(session: &Session, heard: &Heard, reply: &Reply) {
    let characters = match &heard.said {
        Said::Text(text) => text.expose().chars().count(),
        Said::Attachment => 0,
    };
    info!(
        contact_id = %session.contact_id,
        message_id = %heard.id,
        characters,
        intent = %reply.intent,
        understood = reply.understood,
        then = ?reply.then,
        latency_ms = Timestamp::now().duration_since(heard.at).as_millis() as i64,
        "answered"
    );
}
