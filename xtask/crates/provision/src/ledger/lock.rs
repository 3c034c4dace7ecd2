//! The lock of an instance: one deployment at a time, across machines.
//!
//! The item `lock`/`deployment` has an owner while somebody deploys. The owner renews a lease; when
//! it has run out, somebody else may take the lock over. The clocks of two machines need not agree,
//! so a lease that has only just run out is watched for a while before that.
//!
//! `fence` counts how often the lock was taken. Who has read it together with the instance knows
//! afterwards whether somebody deployed in between.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

use super::item::{self, Item, number, text};
use super::{LedgerError, TABLE};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::pace::Pace;
use crate::scope::Scope;

/// How long a lock holds after it was renewed last.
pub const LEASE: Duration = Duration::from_secs(60);
const BEAT: Duration = Duration::from_secs(20);
/// Clocks of machines that sign requests for AWS differ by less than this, or none is accepted.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5 * 60);
/// An owner that is there has renewed its lease twice in this time.
const WATCH: Duration = Duration::from_secs(45);
const LOOK: Duration = Duration::from_secs(5);

const LOCK: &str = "lock";
const DEPLOYMENT: &str = "deployment";

/// Who deploys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Names one deployment among all; later ones have greater names.
    pub run: String,
    /// The caller's ARN.
    pub by: String,
    /// The machine's name.
    pub host: String,
    pub process: u32,
    /// For example `deploy`.
    pub command: String,
}

impl Owner {
    /// The caller of AWS, about to run a command on a machine.
    ///
    /// # Errors
    ///
    /// If nobody can tell who the caller is.
    pub async fn new(clients: &Clients, host: &str, command: &str) -> Result<Self, ApiError> {
        let answer = clients.sts.get_caller_identity().send().await;
        let caller = answer.map_err(|e| ApiError::new("sts:GetCallerIdentity", e))?;
        let random = uuid::Uuid::new_v4().simple().to_string();
        Ok(Self {
            run: format!(
                "{}-{}",
                clients.pace.now().strftime("%Y%m%dT%H%M%S%3fZ"),
                &random[..8]
            ),
            by: caller.arn().unwrap_or("unknown caller").to_owned(),
            host: host.to_owned(),
            process: std::process::id(),
            command: command.to_owned(),
        })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            by,
            host,
            process,
            command,
            ..
        } = self;
        write!(f, "`{command}` of {by} on {host}, process {process}")
    }
}

/// The lock as somebody else has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub owner: Owner,
    pub since: Timestamp,
    /// When its lease runs out, unless it is renewed.
    pub until: Timestamp,
    beat: u64,
}

impl Held {
    fn read(item: &Item) -> Option<Self> {
        let owned = |name: &str| item::get(item, name).map(str::to_owned);
        let time = |name: &str| item::get(item, name)?.parse::<Timestamp>().ok();
        Some(Self {
            owner: Owner {
                run: owned("run")?,
                by: owned("by")?,
                host: owned("host")?,
                process: u32::try_from(item::get_number(item, "process")?).ok()?,
                command: owned("command")?,
            },
            since: time("since")?,
            until: time("until")?,
            beat: item::get_number(item, "beat")?,
        })
    }

    /// Whether the lease has run out, by this clock.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until < now
    }
}

/// Why a lock cannot be had or is no longer ours.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("the lock is held by {} since {:.0}", .0.owner, .0.since)]
    Held(Box<Held>),
    #[error("the lock was lost: {0}")]
    Lost(Lost),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// How a lock was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Somebody broke it, or has it now.
    TakenAway,
    /// It could not be renewed in time.
    RunOut,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Lost::TakenAway => "somebody took it away",
            Lost::RunOut => "it could not be renewed in time",
        })
    }
}

impl LockError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            LockError::Held(held) => format!(
                "wait for it with --lock-timeout, or, if its owner is gone, wait until {:.0}, when \
                 its lease ends, or break it with `cargo xtask unlock`",
                held.until
            ),
            LockError::Lost(_) => {
                "see who deploys with `cargo xtask unlock`, then deploy again: it goes on from what \
                 is there"
                    .to_owned()
            }
            LockError::Ledger(error) => error.help().to_owned(),
        }
    }
}

/// What happens while a lock is being taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockEvent<'a> {
    /// Somebody has it, and is waited for.
    Waiting(&'a Held),
    /// The lease of somebody has just run out; whether they are still there is being watched.
    Watching(&'a Held),
    /// Somebody left it behind, and it is ours now.
    TakenOver(&'a Held),
}

/// A lock that is ours, and renews its lease until it is released or dropped.
#[derive(Debug)]
pub struct Lock {
    table: Table,
    owner: Owner,
    fence: u64,
    lease: Arc<Mutex<Lease>>,
    beats: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    until: Timestamp,
    lost: Option<Lost>,
}

/// The table that the lock is in.
#[derive(Clone, Debug)]
struct Table {
    clients: Clients,
    name: String,
}

/// What is known of those who have the lock while it is waited for.
#[derive(Debug, Default)]
struct Others {
    /// Whose lock may be taken over.
    over: Option<Held>,
    /// Whose lease has just run out, and since when that is watched.
    watched: Option<(Held, Duration)>,
    /// The run that was said to be waited for.
    waited_for: Option<String>,
}

impl Others {
    /// Whether a lock was left behind: its lease ran out so long ago that no clock can be wrong, or
    /// has run out and was not renewed while it was watched.
    fn is_over(
        &mut self,
        held: &Held,
        pace: &Pace,
        on_event: &mut impl FnMut(LockEvent<'_>),
    ) -> bool {
        let (now, elapsed) = (pace.now(), pace.elapsed());
        self.over = None;
        if !held.is_over(now) {
            self.watched = None;
            return false;
        }
        let since = match self.watched.take() {
            Some((watched, since)) if is_same(&watched, held) => since,
            _ => elapsed,
        };
        let is_surely_over = held.is_over(now - signed(CLOCKS_DIFFER));
        if is_surely_over || elapsed.saturating_sub(since) >= WATCH {
            self.over = Some(held.clone());
            return true;
        }
        if since == elapsed {
            on_event(LockEvent::Watching(held));
        }
        self.watched = Some((held.clone(), since));
        false
    }

    fn wait(&mut self, held: &Held, on_event: &mut impl FnMut(LockEvent<'_>)) {
        if self.waited_for.as_ref() != Some(&held.owner.run) {
            on_event(LockEvent::Waiting(held));
            self.waited_for = Some(held.owner.run.clone());
        }
    }
}

impl Lock {
    /// Takes the lock, waiting for it if somebody has it.
    ///
    /// # Errors
    ///
    /// [`LockError::Held`] if somebody still has it after `wait`; [`LedgerError::Missing`] if there
    /// is no table to keep it in.
    pub async fn take(
        clients: &Clients,
        scope: &Scope,
        owner: Owner,
        wait: Duration,
        mut on_event: impl FnMut(LockEvent<'_>),
    ) -> Result<Lock, LockError> {
        let table = Table::new(clients, scope);
        let pace = &clients.pace;
        let end = pace.elapsed().saturating_add(wait);
        let mut others = Others::default();
        loop {
            if let Some(fence) = table.acquire(&owner, others.over.as_ref()).await? {
                if let Some(held) = &others.over {
                    on_event(LockEvent::TakenOver(held));
                }
                return Ok(Lock::beating(table, owner, fence));
            }
            let Some((held, fence)) = table.holder().await? else {
                others.over = None;
                continue;
            };
            // The answer of the acquisition that succeeded got lost.
            if held.owner.run == owner.run {
                return Ok(Lock::beating(table, owner, fence));
            }
            if others.is_over(&held, pace, &mut on_event) {
                continue;
            }
            if !held.is_over(pace.now()) {
                if pace.elapsed() >= end {
                    return Err(LockError::Held(Box::new(held)));
                }
                others.wait(&held, &mut on_event);
            }
            pace.sleep(LOOK).await;
        }
    }

    fn beating(table: Table, owner: Owner, fence: u64) -> Lock {
        let until = table.clients.pace.now() + signed(LEASE);
        let lease = Arc::new(Mutex::new(Lease { until, lost: None }));
        let beats = beat(table.clone(), owner.clone(), lease.clone());
        Lock {
            beats: tokio::spawn(beats),
            table,
            owner,
            fence,
            lease,
        }
    }

    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// How often the lock of this instance was taken, this time included.
    pub fn fence(&self) -> u64 {
        self.fence
    }

    /// Renews the lock, and so makes sure that it holds: who breaks a lock has it end with the call
    /// under way.
    ///
    /// # Errors
    ///
    /// [`LockError::Lost`] if it does not: nothing further may be written.
    pub async fn hold(&self) -> Result<(), LockError> {
        let pace = &self.table.clients.pace;
        renew(&self.table, &self.owner, &self.lease).await;
        let lease = *lock(&self.lease);
        match lease.lost {
            Some(lost) => Err(LockError::Lost(lost)),
            None if lease.until < pace.now() => Err(LockError::Lost(Lost::RunOut)),
            None => Ok(()),
        }
    }

    /// Gives the lock back.
    ///
    /// # Errors
    ///
    /// If it was lost before, or the table cannot be written; then it ends with its lease. A table
    /// that is gone needs no release.
    pub async fn release(self) -> Result<(), LockError> {
        self.beats.abort();
        match self.table.free(&self.owner.run).await {
            Ok(true) | Err(LedgerError::Missing { .. }) => Ok(()),
            Ok(false) => Err(LockError::Lost(Lost::TakenAway)),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.beats.abort();
    }
}

/// Who has the lock, if anybody has.
///
/// # Errors
///
/// [`LedgerError::Missing`] if there is no table, and so no lock.
pub async fn holder(clients: &Clients, scope: &Scope) -> Result<Option<Held>, LedgerError> {
    let held = Table::new(clients, scope).holder().await?;
    Ok(held.map(|(held, _)| held))
}

/// How often the lock was taken so far; nothing if there is no table.
///
/// # Errors
///
/// If the table cannot be read.
pub async fn fence(clients: &Clients, scope: &Scope) -> Result<Option<u64>, LedgerError> {
    match Table::new(clients, scope).item().await {
        Ok(item) => Ok(Some(fence_of(&item.unwrap_or_default()))),
        Err(LedgerError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Breaks a lock that somebody holds. Says whether they still held it; what they deploy stops before
/// its next call.
///
/// # Errors
///
/// If the table cannot be written.
pub async fn break_lock(
    clients: &Clients,
    scope: &Scope,
    held: &Held,
) -> Result<bool, LedgerError> {
    Table::new(clients, scope).free(&held.owner.run).await
}

fn lock(lease: &Mutex<Lease>) -> MutexGuard<'_, Lease> {
    lease.lock().unwrap_or_else(PoisonError::into_inner)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).expect("our constants are short")
}

fn is_same(one: &Held, other: &Held) -> bool {
    (&one.owner.run, one.beat) == (&other.owner.run, other.beat)
}

fn fence_of(item: &Item) -> u64 {
    item::get_number(item, "fence").unwrap_or_default()
}

async fn beat(table: Table, owner: Owner, lease: Arc<Mutex<Lease>>) {
    let pace: Pace = table.clients.pace.clone();
    loop {
        pace.sleep(BEAT).await;
        renew(&table, &owner, &lease).await;
        if lock(&lease).lost.is_some() {
            return;
        }
    }
}

/// Renews the lease. What could not be asked is tried again with the next beat.
async fn renew(table: &Table, owner: &Owner, lease: &Mutex<Lease>) {
    let until = table.clients.pace.now() + signed(LEASE);
    match table.renew(&owner.run, until).await {
        Ok(true) => lock(lease).until = until,
        Ok(false) => lock(lease).lost = Some(Lost::TakenAway),
        Err(_) => {}
    }
}

impl Table {
    fn new(clients: &Clients, scope: &Scope) -> Self {
        Self {
            clients: clients.clone(),
            name: scope.remote_name(TABLE),
        }
    }

    /// Takes the lock if nobody has it, or from who left it behind. Gives the fence if it did.
    async fn acquire(
        &self,
        owner: &Owner,
        over: Option<&Held>,
    ) -> Result<Option<u64>, LedgerError> {
        let now = self.clients.pace.now();
        let mut request = self.update(
            "SET #run = :run, #by = :by, #host = :host, #process = :process, \
             #command = :command, #since = :since, #until = :until, #beat = :zero, \
             #format = :format ADD #fence :one",
        );
        for (name, value) in [
            ("run", text(&owner.run)),
            ("by", text(&owner.by)),
            ("host", text(&owner.host)),
            ("process", number(owner.process)),
            ("command", text(&owner.command)),
            ("since", text(now.to_string())),
            ("until", text((now + signed(LEASE)).to_string())),
            ("format", number(item::FORMAT)),
        ] {
            request = request
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value);
        }
        request = request
            .expression_attribute_names("#beat", "beat")
            .expression_attribute_names("#fence", "fence")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1));
        request = match over {
            None => request.condition_expression("attribute_not_exists(#run)"),
            Some(held) => request
                .condition_expression("#run = :theirs AND #beat = :beat")
                .expression_attribute_values(":theirs", text(&held.owner.run))
                .expression_attribute_values(":beat", number(held.beat)),
        };
        let taken = self.send(request).await?;
        Ok(taken.map(|item| fence_of(&item)))
    }

    async fn renew(&self, run: &str, until: Timestamp) -> Result<bool, LedgerError> {
        let request = self.update("SET #until = :until ADD #beat :one");
        let request = request
            .condition_expression("#run = :run")
            .expression_attribute_names("#run", "run")
            .expression_attribute_names("#until", "until")
            .expression_attribute_names("#beat", "beat")
            .expression_attribute_values(":run", text(run))
            .expression_attribute_values(":until", text(until.to_string()))
            .expression_attribute_values(":one", number(1));
        Ok(self.send(request).await?.is_some())
    }

    /// Takes the lock from a run; what it was stays beside it, for who asks who deployed last.
    async fn free(&self, run: &str) -> Result<bool, LedgerError> {
        let request = self.update("REMOVE #run SET #last = :run, #until = :now");
        let request = request
            .condition_expression("#run = :run")
            .expression_attribute_names("#run", "run")
            .expression_attribute_names("#last", "last")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":run", text(run))
            .expression_attribute_values(":now", text(self.clients.pace.now().to_string()));
        if self.send(request).await?.is_some() {
            return Ok(true);
        }
        // The answer of the release that succeeded may have got lost.
        let item = self.item().await?.unwrap_or_default();
        let is_free = item::get(&item, "run").is_none();
        Ok(is_free && item::get(&item, "last") == Some(run))
    }

    fn update(&self, expression: &str) -> UpdateItemFluentBuilder {
        let request = self.clients.dynamodb.update_item().table_name(&self.name);
        request
            .key(item::PK, text(LOCK))
            .key(item::SK, text(DEPLOYMENT))
            .update_expression(expression)
            .return_values(ReturnValue::AllNew)
    }

    /// The item afterwards; nothing if the condition did not hold.
    async fn send(&self, request: UpdateItemFluentBuilder) -> Result<Option<Item>, LedgerError> {
        match request.send().await {
            Ok(answer) => Ok(Some(answer.attributes.unwrap_or_default())),
            Err(error) => {
                let error = ApiError::new("dynamodb:UpdateItem", error);
                match error.code() {
                    Some("ConditionalCheckFailedException") => Ok(None),
                    _ => Err(LedgerError::of(&self.name, error)),
                }
            }
        }
    }

    async fn item(&self) -> Result<Option<Item>, LedgerError> {
        let request = self.clients.dynamodb.get_item().table_name(&self.name);
        let answer = request
            .key(item::PK, text(LOCK))
            .key(item::SK, text(DEPLOYMENT))
            .consistent_read(true)
            .send()
            .await;
        let answer = answer.map_err(|e| ApiError::new("dynamodb:GetItem", e));
        let answer = answer.map_err(|error| LedgerError::of(&self.name, error))?;
        Ok(answer.item)
    }

    /// Who has the lock, and the fence.
    async fn holder(&self) -> Result<Option<(Held, u64)>, LedgerError> {
        let Some(item) = self.item().await? else {
            return Ok(None);
        };
        if item::get(&item, "run").is_none() {
            return Ok(None);
        }
        let unreadable = || LedgerError::Unreadable {
            table: self.name.clone(),
            key: format!("{LOCK}/{DEPLOYMENT}"),
            fault: "is not one that we can read".to_owned(),
        };
        let held = Held::read(&item).ok_or_else(unreadable)?;
        Ok(Some((held, fence_of(&item))))
    }
}
