//! The calls about the instance itself, and the tags of what is on it.

/// The calls about the instance itself, and the tags of what is on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceCall {
    CreateInstance,
    UpdateInstanceAttribute,
    AssociateInstanceStorageConfig,
    UpdateInstanceStorageConfig {
        association_id: String,
    },
    AssociateApprovedOrigin,
    AssociateBot,
    /// Puts our tags on something on the instance or on the instance itself.
    TagConnectResource,
}

impl InstanceCall {
    /// As IAM spells it.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            InstanceCall::CreateInstance => "connect:CreateInstance",
            InstanceCall::UpdateInstanceAttribute => "connect:UpdateInstanceAttribute",
            InstanceCall::AssociateInstanceStorageConfig => {
                "connect:AssociateInstanceStorageConfig"
            }
            InstanceCall::UpdateInstanceStorageConfig { .. } => {
                "connect:UpdateInstanceStorageConfig"
            }
            InstanceCall::AssociateApprovedOrigin => "connect:AssociateApprovedOrigin",
            InstanceCall::AssociateBot => "connect:AssociateBot",
            InstanceCall::TagConnectResource => "connect:TagResource",
        }
    }
}
