//! The session table: one item per contact segment, one per message.
//!
//! Every write that matters is conditional, so that two invocations cannot undo each other's work, and every read is
//! strongly consistent, since SNS may deliver a message before a replica has heard of the session.
//!
//! | item | attributes |
//! |---|---|
//! | `contact#<ContactId>` | `schema`, `contact_id`, `initial_contact_id`, `instance_id`, `state`, `attempt`, `opened_at`, `streaming_id`, `participant_id`, `participant_token`, `connection_token`, `connection_expires_at`, `greeted`, `auto_disconnect`, `misunderstandings`, `answered_until`, `lease_owner`, `lease_until`, `outcome`, `end_reason`, `expires_at` |
//! | `message#<message Id>` | `schema`, `contact_id`, `state` (`RECEIVED`, `ANSWERED`), `expires_at` |
//!
//! Times are epoch milliseconds, except `expires_at`, the table's TTL, which is in seconds.

mod item;
mod update;

pub use item::{Connection, SCHEMA, Seat, Session, SessionState};

use crate::call::{CallError, CallErrorKind};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use item::{Item, millis, number, string};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use update::Update;

/// A chat lasts seven days at the most (ChatDurationInMinutes), and a day is added for what comes after.
const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(8 * 24);
/// Longer than any delivery is tried that we would still answer.
const MESSAGE_LIFE: SignedDuration = SignedDuration::from_hours(8 * 24);

/// A join that is not done after this time is not running any more: its block has eight seconds for all tries.
pub const JOIN_LIMIT: SignedDuration = SignedDuration::from_secs(10);

/// The session table.
#[derive(Debug, Clone)]
pub struct Sessions {
    client: Client,
    table: String,
}

/// A failure of the session table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused or did not answer.
    #[error("the table did not do as asked")]
    Call(#[from] CallError),
    /// The item is not one of ours, or of a form that came later.
    #[error("the session's {0} is not readable")]
    Malformed(&'static str),
    /// Another invocation has ended the session or begun a new attempt.
    #[error("the session has moved on")]
    Superseded,
}

/// The right to answer on a contact, for a short time.
#[derive(Debug)]
pub struct Lease {
    /// The session as it was when the lease was taken.
    pub session: Session,
    owner: String,
}

impl Sessions {
    /// The table of this name.
    pub fn new(client: Client, table: &str) -> Self {
        Self {
            client,
            table: table.to_owned(),
        }
    }

    /// The session of a contact.
    pub async fn load(&self, contact_id: &str) -> Result<Option<Session>, StoreError> {
        let found = self.get(&contact_key(contact_id)).await?;
        found.map(|item| Session::from_item(&item)).transpose()
    }

    /// The gate: writes the session if the contact has none, else gives back the one it has.
    pub async fn open(&self, session: Session) -> Result<Session, StoreError> {
        match self
            .put_session(&session, "attribute_not_exists(pk)", &[])
            .await
        {
            Ok(()) => Ok(session),
            Err(error) if error.kind == CallErrorKind::ConditionFailed => {
                let found = self.load(&session.contact_id).await?;
                found.ok_or(StoreError::Superseded)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces a session by its next attempt, unless another invocation already has.
    pub async fn reopen(&self, old: &Session, now: Timestamp) -> Result<Session, StoreError> {
        let next = old.again(now);
        let values = [(":old", number(old.attempt))];
        match self.put_session(&next, "attempt = :old", &values).await {
            Ok(()) => Ok(next),
            Err(error) => Err(superseded(error)),
        }
    }

    /// Notes that streaming is on.
    pub async fn streaming_started(
        &self,
        session: &Session,
        streaming_id: &str,
    ) -> Result<(), StoreError> {
        let update = during(session).set("streaming_id", string(streaming_id));
        self.update(session, update).await
    }

    /// Notes the participant, so that a retry connects it instead of making a second one.
    pub async fn participant_created(
        &self,
        session: &Session,
        seat: &Seat,
    ) -> Result<(), StoreError> {
        let update = during(session)
            .set(
                "auto_disconnect",
                AttributeValue::Bool(session.auto_disconnect),
            )
            .set("participant_id", string(&seat.participant_id))
            .set("participant_token", string(seat.participant_token.expose()));
        self.update(session, update).await
    }

    /// Notes a connection: the first one, or a fresh one in place of one that ended.
    pub async fn connected(
        &self,
        session: &Session,
        connection: &Connection,
    ) -> Result<(), StoreError> {
        let update = during(session)
            .set("state", string(SessionState::Connected.as_str()))
            .set("connection_token", string(connection.token.expose()));
        let update = match connection.expires_at {
            Some(at) => update.set("connection_expires_at", millis(at)),
            None => update.remove("connection_expires_at"),
        };
        self.update(session, update).await
    }

    /// Notes that the greeting was sent.
    pub async fn greeted(&self, session: &Session) -> Result<(), StoreError> {
        let update = during(session).set("greeted", AttributeValue::Bool(true));
        self.update(session, update).await
    }

    /// Ends a session and forgets its tokens. A session that has ended already, or does not exist, is left as it is.
    pub async fn end(
        &self,
        session: &Session,
        reason: &str,
        outcome: Option<&str>,
    ) -> Result<(), StoreError> {
        let mut update = during(session)
            .set("state", string(SessionState::Ended.as_str()))
            .set("end_reason", string(reason))
            .remove("participant_token")
            .remove("connection_token")
            .remove("lease_owner")
            .remove("lease_until");
        if let Some(outcome) = outcome {
            update = update.set("outcome", string(outcome));
        }
        match self.update(session, update).await {
            Err(StoreError::Superseded) => Ok(()),
            other => other,
        }
    }

    /// Takes the right to answer on a connected contact until it is given back or `life` has passed. Nobody answers
    /// before the greeting, unless the join that owes it has failed.
    /// `None` means that somebody else has the right, or that the session is not that far.
    pub async fn lease(
        &self,
        contact_id: &str,
        now: Timestamp,
        life: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        // The owner is part of the condition because the SDK repeats a request whose answer was lost.
        const FREE: &str = "#state = :connected AND (greeted = :true OR opened_at < :join_over) \
             AND (attribute_not_exists(lease_until) OR lease_until < :now OR lease_owner = :owner)";
        let owner = uuid::Uuid::new_v4().to_string();
        let update = Update::new(FREE)
            .value(":owner", string(&owner))
            .value(":connected", string(SessionState::Connected.as_str()))
            .value(":true", AttributeValue::Bool(true))
            .value(":join_over", millis(now - JOIN_LIMIT))
            .value(":now", millis(now))
            .set("lease_owner", string(&owner))
            .set("lease_until", number(until(now, life)));
        match self.send(&contact_key(contact_id), update).await {
            Ok(item) => Ok(Some(Lease {
                session: Session::from_item(&item)?,
                owner,
            })),
            Err(error) if error.kind == CallErrorKind::ConditionFailed => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps what was answered and the lease for another while.
    pub async fn renew(
        &self,
        lease: &Lease,
        now: Timestamp,
        life: Duration,
    ) -> Result<(), StoreError> {
        let update = remembering(lease).set("lease_until", number(until(now, life)));
        self.update(&lease.session, update).await
    }

    /// Keeps what was answered and gives the lease back. One that ran out or whose session ended is simply gone.
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let update = remembering(lease)
            .remove("lease_owner")
            .remove("lease_until");
        match self.update(&lease.session, update).await {
            Err(StoreError::Superseded) => Ok(()),
            other => other,
        }
    }

    /// Notes a message as received; `false` means that it was answered already.
    pub async fn receive(
        &self,
        message_id: &str,
        contact_id: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let item = Item::from([
            ("pk".to_owned(), string(&message_key(message_id))),
            ("schema".to_owned(), number(SCHEMA)),
            ("contact_id".to_owned(), string(contact_id)),
            ("state".to_owned(), string("RECEIVED")),
            (
                "expires_at".to_owned(),
                number((now + MESSAGE_LIFE).as_second()),
            ),
        ]);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item));
        let put = put
            .condition_expression("attribute_not_exists(pk) OR #state = :received")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":received", string("RECEIVED"));
        match put
            .send()
            .await
            .map_err(|error| CallError::new("PutItem", &error))
        {
            Ok(_) => Ok(true),
            Err(error) if error.kind == CallErrorKind::ConditionFailed => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes a message as answered, for good.
    pub async fn answered(&self, message_id: &str) -> Result<(), StoreError> {
        let update = Update::new("attribute_exists(pk)").set("state", string("ANSWERED"));
        match self.send(&message_key(message_id), update).await {
            Ok(_) => Ok(()),
            Err(error) => Err(superseded(error)),
        }
    }

    async fn get(&self, key: &str) -> Result<Option<Item>, CallError> {
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", string(key));
        let answer = get.consistent_read(true).send().await;
        answer
            .map(|answer| answer.item)
            .map_err(|error| CallError::new("GetItem", &error))
    }

    async fn put_session(
        &self,
        session: &Session,
        condition: &str,
        values: &[(&str, AttributeValue)],
    ) -> Result<(), CallError> {
        let mut item = session.to_item();
        item.insert("pk".to_owned(), string(&contact_key(&session.contact_id)));
        item.insert(
            "expires_at".to_owned(),
            number((session.opened_at + SESSION_LIFE).as_second()),
        );
        let mut put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition);
        for (name, value) in values {
            put = put.expression_attribute_values(*name, value.clone());
        }
        put.send()
            .await
            .map(drop)
            .map_err(|error| CallError::new("PutItem", &error))
    }

    async fn update(&self, session: &Session, update: Update) -> Result<(), StoreError> {
        let sent = self.send(&contact_key(&session.contact_id), update).await;
        sent.map(drop).map_err(superseded)
    }

    async fn send(&self, key: &str, update: Update) -> Result<Item, CallError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", string(key));
        let answer = update.fill(request).send().await;
        let answer = answer.map_err(|error| CallError::new("UpdateItem", &error))?;
        Ok(answer.attributes.unwrap_or_default())
    }
}

/// An update that holds only while the session's attempt is the current one and has not ended.
fn during(session: &Session) -> Update {
    Update::new("attempt = :attempt AND #state <> :ended")
        .value(":attempt", number(session.attempt))
        .value(":ended", string(SessionState::Ended.as_str()))
}

/// An update that holds only for the lease's owner, with what the answers have taught.
fn remembering(lease: &Lease) -> Update {
    let update = Update::new("lease_owner = :owner")
        .value(":owner", string(&lease.owner))
        .set("misunderstandings", number(lease.session.misunderstandings));
    match lease.session.answered_until {
        Some(at) => update.set("answered_until", millis(at)),
        None => update,
    }
}

fn superseded(error: CallError) -> StoreError {
    match error.kind {
        CallErrorKind::ConditionFailed => StoreError::Superseded,
        _ => StoreError::Call(error),
    }
}

fn until(now: Timestamp, life: Duration) -> i64 {
    let life = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
    now.as_millisecond().saturating_add(life)
}

fn contact_key(contact_id: &str) -> String {
    format!("contact#{contact_id}")
}

fn message_key(message_id: &str) -> String {
    format!("message#{message_id}")
}
