//! The calls about modules and flows.

/// The calls about modules and flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowCall {
    CreateModule(Content),
    UpdateModuleContent,
    UpdateModuleMetadata,
    CreateFlow(Content),
    UpdateFlowContent,
    UpdateFlowMetadata,
    /// A version of what is published.
    CreateModuleVersion,
    /// An alias that points to the version that was just made.
    CreateModuleAlias,
    UpdateModuleAlias {
        alias_id: String,
    },
    /// Gives the title of a flow away.
    RenameFlow {
        id: String,
        title: String,
    },
    DeleteFlow {
        id: String,
    },
    DeleteModule {
        id: String,
    },
}

impl FlowCall {
    /// As IAM spells it.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            FlowCall::CreateModule(_) => "connect:CreateContactFlowModule",
            FlowCall::UpdateModuleContent => "connect:UpdateContactFlowModuleContent",
            FlowCall::UpdateModuleMetadata => "connect:UpdateContactFlowModuleMetadata",
            FlowCall::CreateFlow(_) => "connect:CreateContactFlow",
            FlowCall::UpdateFlowContent => "connect:UpdateContactFlowContent",
            FlowCall::UpdateFlowMetadata => "connect:UpdateContactFlowMetadata",
            FlowCall::CreateModuleVersion => "connect:CreateContactFlowModuleVersion",
            FlowCall::CreateModuleAlias => "connect:CreateContactFlowModuleAlias",
            FlowCall::UpdateModuleAlias { .. } => "connect:UpdateContactFlowModuleAlias",
            FlowCall::RenameFlow { .. } => "connect:UpdateContactFlowName",
            FlowCall::DeleteFlow { .. } => "connect:DeleteContactFlow",
            FlowCall::DeleteModule { .. } => "connect:DeleteContactFlowModule",
        }
    }
}

/// What a flow is created with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// What it should contain.
    Full,
    /// Harmless content of the right type, so that others can refer to it.
    Stub,
}
