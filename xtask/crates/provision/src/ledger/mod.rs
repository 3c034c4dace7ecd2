//! The ledger: what we deployed, when, by whom and from which commit, in the deployment table of an
//! instance.
//!
//! Without it there is no history, but planning goes on as before: what is ours is known by tags.
//! No message of a chat, no token and no customer's attribute is ever in it; the texts of flows are.
//!
//! | `pk` | `sk` | holds |
//! |------|------|-------|
//! | `deployed` | address | what was written last of a resource |
//! | `release#0000000007` | address | what release 7 wrote of it, and what was there before |
//! | `release` | `0000000007` | when, by whom, from which commit, how much, and whether it came to its end |
//! | `content#<digest>` | `0000` | a part of what was sent or found, by the digest of the whole |
//! | `counter` | `release` | the number of the latest release |
//! | `lock` | `deployment` | who deploys, and how often the lock was taken |
//! | `journal` | run | a deployment: who, what plan, how it ended; expires |
//! | `journal#<run>` | `step#000007` | a step: what was about to be done, and what was made; expires |

mod content;
mod item;
mod journal;
mod lock;
mod promotion;
mod read;
mod record;
mod releases;
mod session;
mod state;

use flow::bind::Bindings;
use flow::model::{DocumentKind, FlowDefinition};
use jiff::Timestamp;

pub use journal::{Ended, Unfinished, unfinished};
pub use lock::{Held, LEASE, Lock, LockError, LockEvent, Lost, Owner, break_lock, fence, holder};
pub use promotion::{Unreleased, Why, latest_records, unreleased};
pub use read::{Deployed, DeployedFlow, deployed};
pub use record::Recorder;
pub(crate) use record::{Entry, Found, What};
pub use releases::{Release, Status, previous, records, releases};
pub use session::Session;
pub use state::{Pointed, State, state};

use crate::address::ResourceAddr;
use crate::api_error::{ApiError, ApiErrorKind};
use crate::infra::TableSpec;

/// The table's name in our sources, where no other table may have it.
pub const TABLE: &str = "deployments";

/// The table as `bootstrap` makes it.
pub(crate) fn table() -> TableSpec {
    TableSpec {
        partition_key: item::PK.to_owned(),
        sort_key: Some(item::SK.to_owned()),
        key: None,
        point_in_time_recovery: false,
        time_to_live: Some(journal::EXPIRES.to_owned()),
    }
}

/// What only the caller of a deployment knows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub environment: String,
    /// The commit of the sources, if they are under version control.
    pub commit: Option<String>,
    pub at: Timestamp,
}

/// What was written of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub addr: ResourceAddr,
    /// Counts the deployments that wrote something, from 1.
    pub release: u64,
    pub at: Timestamp,
    /// The ARN of who deployed.
    pub by: String,
    pub commit: Option<String>,
    /// Of a flow the canonical digest with references unresolved; of a function that of its code.
    pub digest: String,
    /// Of a flow the canonical digest with templates and references unresolved, of a function that
    /// of its sources: the same in every environment. Older records have none.
    pub portable: Option<String>,
    pub arn: String,
    pub what: Written,
    /// Whether that release deleted it; the rest is what the record before says.
    pub deleted: bool,
    /// What was there before. Older records do not say.
    pub replaced: Option<Replaced>,
}

/// What was there before a release wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The release whose record was the latest until then.
    pub release: Option<u64>,
    pub what: Before,
}

/// What a release found on the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing that contacts could run through.
    Nothing,
    /// The same as it should be, without a record of it.
    Same,
    /// The published content of a flow or module.
    Document {
        /// Canonical, with references unresolved.
        digest: String,
        /// What it is kept under.
        content: String,
        description: Option<String>,
        /// Whether it is what the latest record says, or what our tag says we wrote; else somebody
        /// else had published it.
        is_recorded: bool,
    },
    /// The version that the alias of a function pointed to, if there was an alias.
    Function { version: Option<String> },
}

/// What differs between the kinds of resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    Document {
        title: String,
        description: Option<String>,
        kind: DocumentKind,
        /// The digest of what is kept under `content#`.
        content: String,
        /// Of a module that flows call by an alias.
        alias: Option<ModuleAlias>,
    },
    Function {
        /// The version that the alias points to. Older records have it only if they made it.
        version: Option<String>,
    },
}

/// The alias by which flows call a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleAlias {
    pub name: String,
    /// The version that it points to, if that is known.
    pub version: Option<i64>,
}

/// The content of a flow as it was sent, and what its references stood for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) content: String,
    pub(crate) bindings: Bindings,
}

/// Why the ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("there is no deployment table `{table}`")]
    Missing { table: String },
    #[error("cannot use the deployment table `{table}`")]
    Api {
        table: String,
        #[source]
        source: ApiError,
    },
    #[error("item {key} of the deployment table `{table}` {fault}")]
    Unreadable {
        table: String,
        key: String,
        fault: String,
    },
    #[error("{addr} is too large to be kept: {bytes} bytes")]
    TooLarge { addr: ResourceAddr, bytes: usize },
}

impl LedgerError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            LedgerError::Missing { .. } => {
                "run `cargo xtask bootstrap` for this environment, which makes it"
            }
            LedgerError::Api { source, .. } if source.kind != ApiErrorKind::Denied => {
                "try again later"
            }
            LedgerError::Api { .. } => {
                "let the caller use the table: dynamodb:DescribeTable, GetItem, PutItem, Query, \
                 UpdateItem"
            }
            LedgerError::Unreadable { .. } => {
                "a newer Flowyard may have written it; else deploy again, which replaces it"
            }
            LedgerError::TooLarge { .. } => "split the flow into modules",
        }
    }
}

/// The definition that a record and what was sent amount to, in symbolic references.
pub(crate) fn definition(
    addr: &ResourceAddr,
    title: &str,
    description: Option<&str>,
    kind: DocumentKind,
    sent: &Sent,
) -> Option<FlowDefinition> {
    let flow = flow::json::parse(&sent.content).ok()?;
    Some(FlowDefinition {
        name: addr.name.clone(),
        title: title.to_owned(),
        description: description.map(str::to_owned),
        kind,
        flow: flow::bind::unbind(&flow, &sent.bindings),
    })
}
