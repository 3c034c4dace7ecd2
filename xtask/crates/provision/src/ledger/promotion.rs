//! Whether what is about to be deployed to one environment is what another one runs: by the digests
//! that are the same in every environment.

use std::fmt;

use super::read::latest;
use super::releases::{Release, Status};
use super::{LedgerError, Record, TABLE};
use crate::address::ResourceAddr;
use crate::clients::Clients;
use crate::desired::Desired;
use crate::scope::Scope;

/// A flow, module or function that the other environment does not run as it is in our sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreleased {
    pub addr: ResourceAddr,
    pub why: Why,
}

/// Why something does not count as released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The other environment has no record of it.
    Missing,
    /// It runs another version, since this release.
    Differs { release: u64 },
    /// Its record, of this release, is older than such digests.
    NotRecorded { release: u64 },
    /// It was written by this release, and no release came to its end since.
    Unfinished { release: u64 },
}

impl Why {
    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Why::Missing => "missing",
            Why::Differs { .. } => "differs",
            Why::NotRecorded { .. } => "not_recorded",
            Why::Unfinished { .. } => "unfinished",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Missing => f.write_str("is not deployed there"),
            Why::Differs { release } => write!(f, "is another there, since release {release}"),
            Why::NotRecorded { release } => {
                write!(
                    f,
                    "is there without a digest to compare, since release {release}"
                )
            }
            Why::Unfinished { release } => {
                write!(
                    f,
                    "was written there by release {release}, which did not come to its end"
                )
            }
        }
    }
}

/// The latest records of an environment, without the contents of flows, and without what was deleted
/// since.
///
/// # Errors
///
/// [`LedgerError::Missing`] if there is no table.
pub async fn latest_records(clients: &Clients, scope: &Scope) -> Result<Vec<Record>, LedgerError> {
    let mut records = latest(clients, &scope.remote_name(TABLE)).await?;
    records.retain(|it| !it.deleted);
    Ok(records)
}

/// What of the sources the environment of these records does not run. What it has beside that does
/// not matter.
pub fn unreleased(desired: &Desired, records: &[Record], releases: &[Release]) -> Vec<Unreleased> {
    let complete = releases.iter().filter(|it| it.status == Status::Complete);
    let complete = complete.map(|it| it.number).max().unwrap_or(0);
    let why = |addr: &ResourceAddr| {
        let Some(record) = records.iter().find(|it| it.addr == *addr) else {
            return Some(Why::Missing);
        };
        let release = record.release;
        match (record.portable.as_deref(), desired.portable(addr)) {
            (Some(theirs), Some(ours)) if theirs == ours => {
                (release > complete).then_some(Why::Unfinished { release })
            }
            (Some(_), Some(_)) => Some(Why::Differs { release }),
            (None, _) | (_, None) => Some(Why::NotRecorded { release }),
        }
    };
    let addrs = desired.released();
    let unreleased = addrs.filter_map(|addr| {
        let why = why(&addr)?;
        Some(Unreleased { addr, why })
    });
    unreleased.collect()
}
