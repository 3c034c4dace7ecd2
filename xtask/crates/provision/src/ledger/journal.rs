//! The journal of a deployment: what it is about to do and what came of it, step by step, so that
//! whatever interrupts is known to who comes next.
//!
//! It names operations, addresses and what AWS calls what was made; never what was sent. Journals
//! expire.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use flow::canonical::hex_digest;
use jiff::{SignedDuration, Timestamp};

use super::item::{self, Item, number, text};
use super::lock::Owner;
use super::read::query;
use super::{About, LedgerError, TABLE};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::plan::{Plan, Step};
use crate::scope::Scope;

const JOURNAL: &str = "journal";
pub(super) const EXPIRES: &str = "expires";
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How a deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All of its plan was carried out.
    Done,
    /// A step failed.
    Failed,
    /// It was asked to stop.
    Stopped,
}

impl Ended {
    /// As the table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Ended::Done => "done",
            Ended::Failed => "failed",
            Ended::Stopped => "stopped",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Ended::Done, Ended::Failed, Ended::Stopped];
        all.into_iter().find(|it| it.as_str() == text)
    }
}

/// A deployment that did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    pub owner: Owner,
    pub environment: String,
    /// How it ended; nothing if it was cut off.
    pub ended: Option<Ended>,
    /// The step it came to; 0 if it came to none.
    pub step: u64,
    pub of: u64,
    /// What that step was, for example `connect:CreateQueue queue.support`.
    pub what: Option<String>,
    /// Whether that step was answered. If not, it may have been done all the same.
    pub is_answered: bool,
    /// When it was last heard of.
    pub at: Timestamp,
}

/// The journal of a deployment under way.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    clients: Clients,
    table: String,
    run: String,
}

impl Journal {
    /// Begins a journal with what is about to be carried out.
    pub(super) async fn begin(
        clients: &Clients,
        scope: &Scope,
        owner: &Owner,
        about: &About,
        plan: &Plan,
    ) -> Result<Self, LedgerError> {
        let journal = Self {
            clients: clients.clone(),
            table: scope.remote_name(TABLE),
            run: owner.run.clone(),
        };
        let mut item = journal.item(JOURNAL, &owner.run);
        let mut put = |name: &str, value| item.insert(name.to_owned(), value);
        put("by", text(&owner.by));
        put("host", text(&owner.host));
        put("process", number(owner.process));
        put("command", text(&owner.command));
        put("environment", text(&about.environment));
        put("steps", number(plan.steps.len()));
        put(
            "plan",
            text(hex_digest(&plan.fingerprint.to_json().to_string())),
        );
        if let Some(commit) = &about.commit {
            put("commit", text(commit));
        }
        journal.put(item).await?;
        Ok(journal)
    }

    /// Says what is about to be done; `n` counts from 1.
    pub(super) async fn intend(&self, n: usize, step: &Step) -> Result<(), LedgerError> {
        self.put(self.step(n, step)).await
    }

    /// Says what came of it: what AWS calls what was made, if something was.
    pub(super) async fn done(
        &self,
        n: usize,
        step: &Step,
        made: Option<String>,
    ) -> Result<(), LedgerError> {
        let mut item = self.step(n, step);
        item.insert("done".to_owned(), AttributeValue::Bool(true));
        if let Some(made) = made {
            item.insert("made".to_owned(), text(made));
        }
        self.put(item).await
    }

    /// Closes the journal.
    pub(super) async fn close(&self, ended: Ended) -> Result<(), LedgerError> {
        let request = self.clients.dynamodb.update_item().table_name(&self.table);
        let answer = request
            .key(item::PK, text(JOURNAL))
            .key(item::SK, text(&self.run))
            .update_expression("SET #ended = :ended")
            .expression_attribute_names("#ended", "ended")
            .expression_attribute_values(":ended", text(ended.as_str()))
            .send()
            .await;
        let error = |e| LedgerError::of(&self.table, ApiError::new("dynamodb:UpdateItem", e));
        answer.map_err(error)?;
        Ok(())
    }

    fn step(&self, n: usize, step: &Step) -> Item {
        let mut item = self.item(&rows(&self.run), &format!("step#{n:06}"));
        let mut put = |name: &str, value| item.insert(name.to_owned(), value);
        put("n", number(n));
        put("operation", text(step.call.operation()));
        put("address", text(step.addr.to_string()));
        item
    }

    fn item(&self, pk: &str, sk: &str) -> Item {
        let now = self.clients.pace.now();
        let kept = SignedDuration::try_from(KEPT).expect("a number of days");
        let mut item = item::keyed(pk, sk);
        item.insert("at".to_owned(), text(now.to_string()));
        let expires = (now + kept).as_second();
        item.insert(EXPIRES.to_owned(), number(expires));
        item
    }

    async fn put(&self, item: Item) -> Result<(), LedgerError> {
        let request = self.clients.dynamodb.put_item().table_name(&self.table);
        match request.set_item(Some(item)).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = ApiError::new("dynamodb:PutItem", error);
                Err(LedgerError::of(&self.table, error))
            }
        }
    }
}

fn rows(run: &str) -> String {
    format!("{JOURNAL}#{run}")
}

/// The latest deployment, if it did not come to its end. With the lock in hand, it has ended.
///
/// # Errors
///
/// If the table cannot be read.
pub async fn unfinished(
    clients: &Clients,
    scope: &Scope,
) -> Result<Option<Unfinished>, LedgerError> {
    let table = scope.remote_name(TABLE);
    let Some(run) = latest(clients, &table).await? else {
        return Ok(None);
    };
    let ended = item::get(&run, "ended").and_then(Ended::parse);
    if ended == Some(Ended::Done) {
        return Ok(None);
    }
    let name = item::get(&run, item::SK).unwrap_or_default().to_owned();
    let steps = query(clients, &table, &rows(&name)).await?;
    Ok(read(&run, &name, ended, steps.last()))
}

fn read(run: &Item, name: &str, ended: Option<Ended>, last: Option<&Item>) -> Option<Unfinished> {
    let owned = |name: &str| item::get(run, name).map(str::to_owned);
    let what = last.and_then(|it| {
        let operation = item::get(it, "operation")?;
        Some(format!("{operation} {}", item::get(it, "address")?))
    });
    let is_done = |it: &Item| {
        it.get("done")
            .is_some_and(|done| done.as_bool() == Ok(&true))
    };
    Some(Unfinished {
        owner: Owner {
            run: name.to_owned(),
            by: owned("by")?,
            host: owned("host")?,
            process: u32::try_from(item::get_number(run, "process")?).ok()?,
            command: owned("command")?,
        },
        environment: owned("environment")?,
        ended,
        step: last.and_then(|it| item::get_number(it, "n")).unwrap_or(0),
        of: item::get_number(run, "steps")?,
        what,
        is_answered: last.is_some_and(is_done),
        at: item::get(last.unwrap_or(run), "at")?.parse().ok()?,
    })
}

/// The journal that was begun last: names of runs grow with time.
async fn latest(clients: &Clients, table: &str) -> Result<Option<Item>, LedgerError> {
    let request = clients.dynamodb.query().table_name(table);
    let answer = request
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", text(JOURNAL))
        .consistent_read(true)
        .scan_index_forward(false)
        .limit(1)
        .send()
        .await;
    let answer = answer.map_err(|e| LedgerError::of(table, ApiError::new("dynamodb:Query", e)))?;
    Ok(answer.items.unwrap_or_default().into_iter().next())
}
