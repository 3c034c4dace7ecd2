//! What each streamed chat item asks for: an answer, the end of a session, or nothing.

use bot_core::bot::Bot;
use bot_core::conversation::{self, LEASE_LIFE, Standing};
use bot_core::deadline::Deadline;
use bot_core::events::EventError;
use bot_core::events::chat::{self, ChatItem, Meaning};
use bot_core::failure::Failure;
use bot_core::seat::Heard;
use bot_core::sessions::{JOIN_LIMIT, Lease, Session, SessionState};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

/// How long a message waits for the session of its bot: SNS may be faster than bot-join's last write.
const SESSION_WAIT: Duration = Duration::from_millis(2_500);
/// Between two looks at the session.
const PAUSE: Duration = Duration::from_millis(100);
/// Deals with the records of one SNS event. Each is tried; the first failure is the invocation's, and another
/// delivery finds the answered ones answered.
pub async fn handle(bot: &Bot, event: &Value, deadline: Deadline) -> Result<(), Failure> {
    let mut items = Vec::new();
    for item in chat::items(event)? {
        match item {
            Ok(item) => items.push(item),
            // Another delivery would be no more readable.
            Err(error) => log_unreadable(&error),
        }
    }
    items.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    let mut outcome = Ok(());
    for item in &items {
        let incoming = Incoming {
            bot,
            item,
            deadline,
        };
        // Boxed, because the SDK's futures nest deeper than the compiler likes to look.
        let done = match timeout(deadline.remaining(), Box::pin(incoming.deal())).await {
            Ok(done) => done,
            Err(_) => Err(Failure::OutOfTime),
        };
        if let Err(failure) = done {
            warn!(contact_id = %item.contact_id, message_id = %item.id, failure = failure.in_full(), "the item was not dealt with");
            outcome = outcome.and(Err(failure));
        }
    }
    outcome
}

fn log_unreadable(error: &EventError) {
    warn!(%error, "a record is not a chat item");
}

struct Incoming<'a> {
    bot: &'a Bot,
    item: &'a ChatItem,
    deadline: Deadline,
}

/// What there is to answer with.
enum Found {
    Lease(Box<Lease>),
    /// There is nothing to answer with, and why.
    Nothing(&'static str),
}

impl Incoming<'_> {
    async fn deal(&self) -> Result<(), Failure> {
        match self.item.meaning() {
            Meaning::Nothing(why) => self.ignore(why),
            _ if self.is_stale() => self.ignore("too old"),
            Meaning::Said(said) => {
                let at = self.item.at.unwrap_or_else(Timestamp::now);
                return self
                    .answer(Heard {
                        id: self.item.id.clone(),
                        at,
                        said,
                    })
                    .await;
            }
            Meaning::Over(reason) => {
                if let Some(session) = self.session().await? {
                    self.bot.sessions.end(&session, reason, None).await?;
                    info!(contact_id = %session.contact_id, reason, "the session is over");
                }
            }
            Meaning::Left => self.somebody_left().await?,
            Meaning::CustomerIdle => self.customer_idle().await?,
        }
        Ok(())
    }

    async fn answer(&self, heard: Heard) -> Result<(), Failure> {
        let lease = match self.wait_for_lease().await? {
            Found::Lease(lease) => lease,
            Found::Nothing(why) => {
                self.ignore(why);
                return Ok(());
            }
        };
        if !self.is_for(&lease.session) {
            self.bot.sessions.release(&lease).await?;
            self.ignore("of another instance or by the bot itself");
            return Ok(());
        }
        if conversation::answer(self.bot, *lease, Some(heard)).await? == Standing::Over {
            info!(contact_id = %self.item.contact_id, "the conversation is over");
        }
        Ok(())
    }

    /// Waits for the session to be connected and free. One write is all it takes when it is, as it nearly always is.
    async fn wait_for_lease(&self) -> Result<Found, Failure> {
        let session_wait = Instant::now() + SESSION_WAIT;
        loop {
            let contact_id = &self.item.contact_id;
            if let Some(lease) = self
                .bot
                .sessions
                .lease(contact_id, Timestamp::now(), LEASE_LIFE)
                .await?
            {
                return Ok(Found::Lease(Box::new(lease)));
            }
            let session = self.bot.sessions.load(contact_id).await?;
            match session {
                Some(session) if session.state == SessionState::Ended => {
                    return Ok(Found::Nothing("the bot has left"));
                }
                // Somebody else is answering: wait for the turn.
                Some(session) if session.state == SessionState::Connected => {}
                Some(session)
                    if Timestamp::now().duration_since(session.opened_at) > JOIN_LIMIT =>
                {
                    return Ok(Found::Nothing("the bot never joined"));
                }
                _ if Instant::now() >= session_wait => return Err(Failure::NoSession),
                _ => {}
            }
            if self.deadline.remaining() < PAUSE {
                return Err(Failure::OutOfTime);
            }
            sleep(PAUSE).await;
        }
    }

    /// The bot's own leaving is the end, whoever caused it.
    async fn somebody_left(&self) -> Result<(), Failure> {
        let Some(session) = self.session().await? else {
            return Ok(());
        };
        let bot_id = session
            .seat
            .as_ref()
            .map(|seat| seat.participant_id.as_str());
        if bot_id.is_some() && bot_id == self.item.participant_id.as_deref() {
            self.bot.sessions.end(&session, "left", None).await?;
        }
        Ok(())
    }

    /// With a disconnect timer Connect ends the bot's part itself, and the customer may still come back before. With
    /// an idle timer alone nobody else does, so the bot leaves and the flow goes on, without an outcome.
    async fn customer_idle(&self) -> Result<(), Failure> {
        let Some(session) = self.session().await? else {
            return Ok(());
        };
        let came_back = self
            .item
            .at
            .is_some_and(|at| session.answered_until > Some(at));
        if session.state != SessionState::Connected || session.auto_disconnect || came_back {
            return Ok(());
        }
        info!(contact_id = %session.contact_id, "the customer is idle");
        conversation::leave(
            self.bot,
            &mut self.bot.in_chat(&session),
            &session,
            "customer_idle",
            None,
        )
        .await?;
        Ok(())
    }

    /// The contact's session, if it is of the item's instance and has not ended.
    async fn session(&self) -> Result<Option<Session>, Failure> {
        let session = self.bot.sessions.load(&self.item.contact_id).await?;
        Ok(session
            .filter(|session| session.state != SessionState::Ended && self.is_of_instance(session)))
    }

    fn is_for(&self, session: &Session) -> bool {
        let bot_id = session
            .seat
            .as_ref()
            .map(|seat| seat.participant_id.as_str());
        self.is_of_instance(session)
            && (bot_id.is_none() || bot_id != self.item.participant_id.as_deref())
    }

    fn is_of_instance(&self, session: &Session) -> bool {
        self.item
            .instance_id
            .as_ref()
            .is_none_or(|instance_id| *instance_id == session.instance_id)
    }

    fn is_stale(&self) -> bool {
        let limit = SignedDuration::try_from(self.bot.settings.max_message_age)
            .unwrap_or(SignedDuration::MAX);
        self.item
            .at
            .is_some_and(|at| Timestamp::now().duration_since(at) > limit)
    }

    fn ignore(&self, why: &'static str) {
        debug!(contact_id = %self.item.contact_id, message_id = %self.item.id, why, "ignored");
    }
}
