//! The calls about security profiles and quick connects.

/// The calls about security profiles and quick connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeopleCall {
    CreateSecurityProfile,
    UpdateSecurityProfile,
    CreateQuickConnect,
    UpdateQuickConnectDescription,
    UpdateQuickConnectConfig,
    /// Lets a queue offer these, by their names: at most 50 at once.
    AssociateQueueQuickConnects {
        quick_connects: Vec<String>,
    },
    /// Takes these from a queue, by their ids: at most 50 at once.
    DisassociateQueueQuickConnects {
        ids: Vec<String>,
    },
}

impl PeopleCall {
    /// As IAM spells it.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            PeopleCall::CreateSecurityProfile => "connect:CreateSecurityProfile",
            PeopleCall::UpdateSecurityProfile => "connect:UpdateSecurityProfile",
            PeopleCall::CreateQuickConnect => "connect:CreateQuickConnect",
            PeopleCall::UpdateQuickConnectDescription => "connect:UpdateQuickConnectName",
            PeopleCall::UpdateQuickConnectConfig => "connect:UpdateQuickConnectConfig",
            PeopleCall::AssociateQueueQuickConnects { .. } => "connect:AssociateQueueQuickConnects",
            PeopleCall::DisassociateQueueQuickConnects { .. } => {
                "connect:DisassociateQueueQuickConnects"
            }
        }
    }
}
