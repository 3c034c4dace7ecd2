//! The releases of an environment, and what each wrote.

use jiff::Timestamp;

use super::item::{self, Item};
use super::read::{query, readable, unreadable};
use super::{LedgerError, Record, TABLE};
use crate::clients::Clients;
use crate::scope::Scope;

/// How far a release came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It has not come to its end: it is under way, or was interrupted.
    Started,
    /// A step failed, and what comes after it was not done.
    Stopped,
    /// All of its plan was carried out.
    Complete,
}

impl Status {
    /// As the table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Started => "started",
            Status::Stopped => "stopped",
            Status::Complete => "complete",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Status::Started, Status::Stopped, Status::Complete];
        all.into_iter().find(|it| it.as_str() == text)
    }
}

/// One deployment that wrote something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Counts from 1.
    pub number: u64,
    pub at: Timestamp,
    /// The ARN of who deployed.
    pub by: String,
    pub environment: String,
    pub commit: Option<String>,
    pub status: Status,
    /// The release that this one went back to.
    pub rollback_to: Option<u64>,
    /// How many resources its plan created, updated and deleted; nothing before its end.
    pub created: Option<u64>,
    pub updated: Option<u64>,
    pub deleted: Option<u64>,
    /// How many records it wrote, those of what was as it should be included.
    pub written: Option<u64>,
    /// Of the addresses and digests it wrote.
    pub digest: Option<String>,
}

/// All releases, in the order of their numbers.
///
/// # Errors
///
/// [`LedgerError::Missing`] if there is no table.
pub async fn releases(clients: &Clients, scope: &Scope) -> Result<Vec<Release>, LedgerError> {
    let table = scope.remote_name(TABLE);
    let rows = query(clients, &table, item::RELEASE).await?;
    let releases = rows.iter().map(|row| {
        let key = || item::get(row, item::SK).unwrap_or_default().to_owned();
        read(row).ok_or_else(|| unreadable(&table, key(), "is not one that we can read"))
    });
    releases.collect()
}

/// What one release wrote, by address.
///
/// # Errors
///
/// [`LedgerError::Missing`] if there is no table.
pub async fn records(
    clients: &Clients,
    scope: &Scope,
    release: u64,
) -> Result<Vec<Record>, LedgerError> {
    let table = scope.remote_name(TABLE);
    let rows = query(clients, &table, &item::release_rows(release)).await?;
    rows.iter().map(|row| readable(&table, row)).collect()
}

fn read(row: &Item) -> Option<Release> {
    let owned = |name: &str| item::get(row, name).map(str::to_owned);
    Some(Release {
        number: item::get(row, item::SK)?.parse().ok()?,
        at: item::get(row, "at")?.parse().ok()?,
        by: owned("by")?,
        environment: owned("environment")?,
        commit: owned("commit"),
        status: Status::parse(item::get(row, "status")?)?,
        rollback_to: item::get_number(row, "rollback_to"),
        created: item::get_number(row, "created"),
        updated: item::get_number(row, "updated"),
        deleted: item::get_number(row, "deleted"),
        written: item::get_number(row, "written"),
        digest: owned("digest"),
    })
}

/// The release to which going back one leads: the latest complete one below that whose state is
/// there. Of a rollback that is the release it went to, so that going back twice goes two back.
pub fn previous(releases: &[Release]) -> Option<&Release> {
    let mut current = releases.last()?;
    while let Some(to) = current.rollback_to {
        let mut earlier = releases.iter();
        current = earlier.find(|it| it.number == to && to < current.number)?;
    }
    let mut earlier = releases.iter().rev();
    earlier.find(|it| it.number < current.number && it.status == Status::Complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(number: u64, status: Status, rollback_to: Option<u64>) -> Release {
        Release {
            number,
            at: Timestamp::UNIX_EPOCH,
            by: "arn:aws:iam::123456789012:user/ann".to_owned(),
            environment: "local".to_owned(),
            commit: None,
            status,
            rollback_to,
            created: None,
            updated: None,
            deleted: None,
            written: None,
            digest: None,
        }
    }

    #[test]
    fn going_back_leads_to_the_latest_complete_release_below() {
        use Status::{Complete, Started, Stopped};
        let of = |releases: &[(Status, Option<u64>)]| {
            let releases: Vec<Release> = (1..)
                .zip(releases)
                .map(|(n, (status, to))| release(n, *status, *to))
                .collect();
            previous(&releases).map(|it| it.number)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[(Complete, None)]), None);
        assert_eq!(of(&[(Complete, None), (Complete, None)]), Some(1));
        let half_done = [(Complete, None), (Complete, None), (Stopped, None)];
        assert_eq!(of(&half_done), Some(2));
        let between = [(Complete, None), (Started, None), (Complete, None)];
        assert_eq!(of(&between), Some(1));
        let back = [
            (Complete, None),
            (Complete, None),
            (Complete, None),
            (Complete, Some(2)),
        ];
        assert_eq!(of(&back), Some(1));
        assert_eq!(of(&[(Complete, Some(7))]), None);
    }
}
