//! A deployment under way as others see it: its lock and its journal together.

use std::time::Duration;

use super::journal::{Ended, Journal, Unfinished, unfinished};
use super::lock::{Lock, LockError, LockEvent, Owner};
use super::{About, LedgerError, TABLE};
use crate::address::ResourceKind;
use crate::clients::Clients;
use crate::plan::{Call, Plan, Step, StreamingCall};
use crate::scope::Scope;

/// Holds the lock of an instance and writes the journal while a plan is carried out.
///
/// Before the first bootstrap there is no table to keep them in: the session begins as soon as the
/// plan has made it.
#[derive(Debug)]
pub struct Session {
    clients: Clients,
    scope: Scope,
    owner: Owner,
    about: About,
    lock: Option<Lock>,
    journal: Option<Journal>,
}

impl Session {
    /// Takes the lock, waiting for it so long.
    ///
    /// # Errors
    ///
    /// [`LockError::Held`] if somebody else deploys. That there is no table is no error.
    pub async fn open(
        clients: &Clients,
        scope: &Scope,
        owner: Owner,
        about: About,
        wait: Duration,
        on_event: impl FnMut(LockEvent<'_>),
    ) -> Result<Self, LockError> {
        let lock = match Lock::take(clients, scope, owner.clone(), wait, on_event).await {
            Ok(lock) => Some(lock),
            Err(LockError::Ledger(LedgerError::Missing { .. })) => None,
            Err(error) => return Err(error),
        };
        Ok(Self {
            clients: clients.clone(),
            scope: scope.clone(),
            owner,
            about,
            lock,
            journal: None,
        })
    }

    /// Whether others are kept from deploying. Not so while there is no table.
    pub fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// How often the lock was taken, this time included; nothing without a table.
    pub fn fence(&self) -> Option<u64> {
        self.lock.as_ref().map(Lock::fence)
    }

    /// The deployment before this one, if it did not come to its end.
    ///
    /// # Errors
    ///
    /// If the table cannot be read.
    pub async fn unfinished(&self) -> Result<Option<Unfinished>, LedgerError> {
        match unfinished(&self.clients, &self.scope).await {
            Err(LedgerError::Missing { .. }) => Ok(None),
            result => result,
        }
    }

    /// Makes sure that a step may be made, and writes that it will be; `n` counts from 1.
    pub(crate) async fn before(&mut self, plan: &Plan, n: usize) -> Result<(), LockError> {
        let before = n.checked_sub(2).and_then(|n| plan.steps.get(n));
        if self.lock.is_none() && before.is_some_and(makes_the_table) {
            let (clients, owner) = (&self.clients, self.owner.clone());
            let taken = Lock::take(clients, &self.scope, owner, Duration::ZERO, |_| {}).await?;
            self.lock = Some(taken);
        }
        let Some(lock) = &self.lock else {
            return Ok(());
        };
        lock.hold().await?;
        if self.journal.is_none() {
            let (clients, owner) = (&self.clients, &self.owner);
            let begun = Journal::begin(clients, &self.scope, owner, &self.about, plan).await?;
            self.journal = Some(begun);
        }
        if let (Some(journal), Some(step)) = (&self.journal, plan.steps.get(n - 1)) {
            journal.intend(n, step).await?;
        }
        Ok(())
    }

    /// Writes what came of a step. If that cannot be written, the next deployment takes the step for
    /// one whose answer got lost and looks what there is, as always.
    pub(crate) async fn after(&self, n: usize, step: &Step, made: Option<String>) {
        if let Some(journal) = &self.journal {
            let _ = journal.done(n, step, made).await;
        }
    }

    /// Closes the journal and gives the lock back.
    ///
    /// # Errors
    ///
    /// If the lock was lost, or the table cannot be written; then the lock ends with its lease.
    pub async fn close(self, ended: Ended) -> Result<(), LockError> {
        let closed = match &self.journal {
            Some(journal) => journal.close(ended).await,
            None => Ok(()),
        };
        let released = match self.lock {
            Some(lock) => lock.release().await,
            None => Ok(()),
        };
        match closed {
            // What was destroyed has no journal.
            Ok(()) | Err(LedgerError::Missing { .. }) => released,
            Err(error) => released.and(Err(error.into())),
        }
    }
}

/// Whether a step makes the deployment table.
fn makes_the_table(step: &Step) -> bool {
    step.addr.kind == ResourceKind::Table
        && step.addr.name == TABLE
        && step.call == Call::Streaming(StreamingCall::CreateTable)
}
