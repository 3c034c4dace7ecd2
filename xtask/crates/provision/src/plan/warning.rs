//! What somebody should know before a plan is carried out, and what does not keep it from that.

use crate::address::ResourceAddr;

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
    /// Something may refer to it since, so that deleting it is another decision.
    #[error("{addr} came after release {release} and stays as it is")]
    StaysBehind { addr: ResourceAddr, release: u64 },
    #[error(
        "what somebody else had published as {addr} after release {release} is not brought back"
    )]
    EditNotBroughtBack { addr: ResourceAddr, release: u64 },
}

impl PlanWarning {
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
            PlanWarning::StaysBehind { .. } => "stays_behind",
            PlanWarning::EditNotBroughtBack { .. } => "edit_not_brought_back",
        }
    }
}
