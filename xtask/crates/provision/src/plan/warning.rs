//! What somebody should know before a plan is carried out, and what does not keep it from that.

use jiff::Timestamp;

use crate::address::ResourceAddr;
use crate::quotas::Source;

/// What a plan warns of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanWarning {
    /// Administrator Guide, feature specifications: at most 100 creations and deletions of instances
    /// in 30 days, then neither is possible for a while.
    #[error("an instance `{alias}` will be created")]
    InstanceWillBeCreated { alias: String },
    #[error("{addr} is ours and no longer in the sources; it stays")]
    Kept { addr: ResourceAddr },
    /// Chats name the flow they start with in a parameter, and widgets in their settings.
    #[error(
        "{addr} goes, and with it id {id}: who starts chats, calls or tasks there is not known"
    )]
    EntryPointsUnknown { addr: ResourceAddr, id: String },
    #[error("{addr} gets another id, and {} keeps the old one", referrers.join(", "))]
    ReferrersBreak {
        addr: ResourceAddr,
        /// The titles of flows and modules that are not ours.
        referrers: Vec<String>,
    },
    /// It lacks our tags, so that it is used and never changed.
    #[error("{addr} is `{bucket}`, which was not made by us and stays as it is")]
    BucketIsNotOurs { addr: ResourceAddr, bucket: String },
    /// Whether publishing ends a draft is not documented; it is not what comes after any more.
    #[error(
        "somebody saved another version of {addr}{} and did not publish it; this is published in its place",
        said(*modified)
    )]
    DraftBuried {
        addr: ResourceAddr,
        modified: Option<Timestamp>,
    },
    #[error("{addr} refers to {target}, which was never published or is archived, and is left out")]
    TargetNotLive {
        addr: ResourceAddr,
        target: ResourceAddr,
    },
    #[error("there would be {then} {what} of {most}, {}", by.said())]
    QuotaNearlyReached {
        what: String,
        then: usize,
        most: usize,
        by: Source,
    },
    /// Something may refer to it since, so that deleting it is another decision.
    #[error("{addr} came after release {release} and stays as it is")]
    StaysBehind { addr: ResourceAddr, release: u64 },
    #[error(
        "what somebody else had published as {addr} after release {release} is not brought back"
    )]
    EditNotBroughtBack { addr: ResourceAddr, release: u64 },
}

fn said(modified: Option<Timestamp>) -> String {
    modified.map_or_else(String::new, |it| {
        format!(" (last change {})", it.strftime("%Y-%m-%d %H:%M UTC"))
    })
}

impl PlanWarning {
    /// The resource that it is about, if it is about one.
    pub fn addr(&self) -> Option<&ResourceAddr> {
        match self {
            PlanWarning::InstanceWillBeCreated { .. } | PlanWarning::QuotaNearlyReached { .. } => {
                None
            }
            PlanWarning::Kept { addr }
            | PlanWarning::EntryPointsUnknown { addr, .. }
            | PlanWarning::ReferrersBreak { addr, .. }
            | PlanWarning::BucketIsNotOurs { addr, .. }
            | PlanWarning::DraftBuried { addr, .. }
            | PlanWarning::TargetNotLive { addr, .. }
            | PlanWarning::StaysBehind { addr, .. }
            | PlanWarning::EditNotBroughtBack { addr, .. } => Some(addr),
        }
    }

    /// What to know or do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            PlanWarning::InstanceWillBeCreated { .. } => Some(
                "an account may create and delete 100 instances in 30 days, and its alias cannot be changed",
            ),
            PlanWarning::Kept { .. } => Some("--prune deletes it"),
            PlanWarning::EntryPointsUnknown { .. } => Some(
                "look for it in widgets, StartChatContact, phone numbers, queues and quick connects",
            ),
            PlanWarning::ReferrersBreak { .. } => Some("lead them to the other one afterwards"),
            PlanWarning::BucketIsNotOurs { .. } => Some(
                "see to it that it is closed to the public and encrypted, or tag it `managed-by=flowyard`",
            ),
            PlanWarning::DraftBuried { .. } => {
                Some("`cargo xtask diff --draft` shows it, `drift --accept` takes it over")
            }
            PlanWarning::TargetNotLive { .. } => Some("choose that as well"),
            PlanWarning::QuotaNearlyReached { .. } => {
                Some("have the quota raised in time, which takes up to weeks")
            }
            PlanWarning::StaysBehind { .. } => {
                Some("delete it once nothing refers to it, or deploy sources without it")
            }
            PlanWarning::EditNotBroughtBack { .. } => {
                Some("--edits brings it back in the place of what that release wrote")
            }
        }
    }

    /// For machines.
    pub fn as_str(&self) -> &'static str {
        match self {
            PlanWarning::InstanceWillBeCreated { .. } => "instance_will_be_created",
            PlanWarning::Kept { .. } => "kept",
            PlanWarning::EntryPointsUnknown { .. } => "entry_points_unknown",
            PlanWarning::ReferrersBreak { .. } => "referrers_break",
            PlanWarning::BucketIsNotOurs { .. } => "bucket_is_not_ours",
            PlanWarning::DraftBuried { .. } => "draft_buried",
            PlanWarning::TargetNotLive { .. } => "target_not_live",
            PlanWarning::QuotaNearlyReached { .. } => "quota_nearly_reached",
            PlanWarning::StaysBehind { .. } => "stays_behind",
            PlanWarning::EditNotBroughtBack { .. } => "edit_not_brought_back",
        }
    }
}
