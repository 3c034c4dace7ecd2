//! What somebody should know before a plan is carried out, and what does not keep it from that.

/// What a plan warns of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanWarning {
    /// Administrator Guide, feature specifications: at most 100 creations and deletions of instances
    /// in 30 days, then neither is possible for a while.
    #[error("an instance `{alias}` will be created")]
    InstanceWillBeCreated { alias: String },
}

impl PlanWarning {
    /// What to know or do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            PlanWarning::InstanceWillBeCreated { .. } => Some(
                "an account may create and delete 100 instances in 30 days, and its alias cannot be changed",
            ),
        }
    }

    /// For machines.
    pub fn as_str(&self) -> &'static str {
        match self {
            PlanWarning::InstanceWillBeCreated { .. } => "instance_will_be_created",
        }
    }
}
