//! What there was after a release, from the records of it and of those before, and from what later
//! releases found.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::item::{self, text};
use super::read::{CONCURRENCY, flows, latest, readable};
use super::{Before, DeployedFlow, LedgerError, Record, Replaced, TABLE, Written};
use crate::address::ResourceAddr;
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::scope::Scope;

/// Flows, modules and functions as they were after a release.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub flows: BTreeMap<ResourceAddr, DeployedFlow>,
    pub functions: BTreeMap<ResourceAddr, Pointed>,
    /// What somebody else had published after that release in the place of what it wrote; a later
    /// release replaced it.
    pub edits: BTreeMap<ResourceAddr, DeployedFlow>,
    /// What came only later.
    pub later: Vec<ResourceAddr>,
    /// What a later release wrote otherwise.
    pub superseded: BTreeSet<ResourceAddr>,
}

/// Where the alias of a function pointed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointed {
    /// Older records do not all say.
    pub version: Option<String>,
    /// The digest of its code as Lambda reports it, if it is recorded.
    pub sha256: Option<String>,
    /// The digest of its sources, if it is recorded.
    pub portable: Option<String>,
}

/// Reads what there was after a release.
///
/// # Errors
///
/// [`LedgerError::Missing`] if there is no table.
pub async fn state(clients: &Clients, scope: &Scope, release: u64) -> Result<State, LedgerError> {
    let table = scope.remote_name(TABLE);
    let latest = latest(clients, &table).await?;
    let current: Vec<Record> = latest.iter().filter(|it| !it.deleted).cloned().collect();
    let traces = stream::iter(latest).map(|record| trace(clients, &table, record, release));
    let traces: Vec<Trace> = traces.buffered(CONCURRENCY).try_collect().await?;
    let mut state = State::default();
    let (mut documents, mut edited) = (Vec::new(), Vec::new());
    for trace in traces {
        edited.extend(trace.edited);
        match trace.then {
            Then::Absent(addr) => state.later.push(addr),
            // It was there once, and not any more.
            Then::Written(record) if record.deleted => {}
            Then::Written(record) => match &record.what {
                Written::Document { .. } => documents.push(*record),
                Written::Function { version } => {
                    let pointed = Pointed {
                        version: version.clone(),
                        sha256: Some(record.digest).filter(|it| !it.is_empty()),
                        portable: record.portable,
                    };
                    state.functions.insert(record.addr, pointed);
                }
            },
            Then::Pointed(addr, version) => {
                let pointed = Pointed {
                    version: Some(version),
                    sha256: None,
                    portable: None,
                };
                state.functions.insert(addr, pointed);
            }
        }
    }
    state.flows = flows(clients, &table, documents).await?;
    let superseded = current.iter().filter(|it| is_superseded(it, &state));
    state.superseded = superseded.map(|it| it.addr.clone()).collect();
    state.edits = flows(clients, &table, edited).await?;
    Ok(state)
}

/// Whether the latest record of a resource is not what there was then.
fn is_superseded(latest: &Record, state: &State) -> bool {
    match &latest.what {
        Written::Document { .. } => {
            let then = state.flows.get(&latest.addr);
            then.is_some_and(|then| then.record.digest != latest.digest)
        }
        Written::Function { version } => {
            let then = state.functions.get(&latest.addr);
            then.is_some_and(|then| then.version.is_some() && then.version != *version)
        }
    }
}

/// What is known of one resource.
struct Trace {
    then: Then,
    edited: Option<Record>,
}

enum Then {
    /// It was not there.
    Absent(ResourceAddr),
    Written(Box<Record>),
    /// A function that nobody had recorded, and where its alias pointed to.
    Pointed(ResourceAddr, String),
}

/// Goes back from the latest record of a resource to what was there after a release.
async fn trace(
    clients: &Clients,
    table: &str,
    mut record: Record,
    release: u64,
) -> Result<Trace, LedgerError> {
    let mut edited = None;
    while record.release > release {
        let Some(replaced) = record.replaced.clone() else {
            let Some(earlier) = older(clients, table, &record).await? else {
                let then = Then::Absent(record.addr);
                return Ok(Trace { then, edited });
            };
            record = earlier;
            continue;
        };
        edited = edit(&record, &replaced);
        let earlier = match replaced.release {
            Some(number) => get(clients, table, number, &record.addr).await?,
            None => None,
        };
        match earlier {
            Some(earlier) => record = earlier,
            None => {
                let (then, edited) = found(record, &replaced, edited);
                return Ok(Trace { then, edited });
            }
        }
    }
    let then = Then::Written(Box::new(record));
    Ok(Trace { then, edited })
}

/// What somebody else had published where this record was written.
fn edit(record: &Record, replaced: &Replaced) -> Option<Record> {
    match &replaced.what {
        Before::Document {
            is_recorded: false, ..
        } => as_found(record, &replaced.what),
        Before::Document { .. } | Before::Nothing | Before::Same | Before::Function { .. } => None,
    }
}

/// What there was before the first record of a resource.
fn found(record: Record, replaced: &Replaced, edited: Option<Record>) -> (Then, Option<Record>) {
    match &replaced.what {
        Before::Nothing => (Then::Absent(record.addr), edited),
        Before::Same => (Then::Written(Box::new(record)), edited),
        // It is no edit of ours: nobody had recorded anything.
        Before::Document { .. } => match as_found(&record, &replaced.what) {
            Some(found) => (Then::Written(Box::new(found)), None),
            None => (Then::Absent(record.addr), None),
        },
        Before::Function { version } => match version {
            Some(version) => (Then::Pointed(record.addr, version.clone()), edited),
            None => (Then::Absent(record.addr), edited),
        },
    }
}

/// The record of a document as if what was found there had been written.
fn as_found(record: &Record, before: &Before) -> Option<Record> {
    let Before::Document {
        digest,
        content,
        description,
        ..
    } = before
    else {
        return None;
    };
    let Written::Document {
        title, kind, alias, ..
    } = &record.what
    else {
        return None;
    };
    Some(Record {
        digest: digest.clone(),
        portable: None,
        what: Written::Document {
            title: title.clone(),
            description: description.clone(),
            kind: *kind,
            content: content.clone(),
            alias: alias.clone(),
        },
        replaced: None,
        ..record.clone()
    })
}

/// The record before one that does not say which that is.
async fn older(
    clients: &Clients,
    table: &str,
    record: &Record,
) -> Result<Option<Record>, LedgerError> {
    for release in (1..record.release).rev() {
        if let Some(found) = get(clients, table, release, &record.addr).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// What a release wrote of a resource.
async fn get(
    clients: &Clients,
    table: &str,
    release: u64,
    addr: &ResourceAddr,
) -> Result<Option<Record>, LedgerError> {
    let request = clients.dynamodb.get_item().table_name(table);
    let answer = request
        .key(item::PK, text(item::release_rows(release)))
        .key(item::SK, text(addr.to_string()))
        .consistent_read(true)
        .send()
        .await;
    let answer =
        answer.map_err(|error| LedgerError::of(table, ApiError::new("dynamodb:GetItem", error)))?;
    let row = answer.item();
    row.map(|row| readable(table, row)).transpose()
}
