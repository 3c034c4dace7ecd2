//! The calls about hours, queues and routing profiles.

/// The calls about hours, queues and routing profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoutingCall {
    CreateHoursOfOperation,
    UpdateHoursOfOperation,
    CreateQueue,
    UpdateQueueDescription,
    UpdateQueueStatus,
    UpdateQueueHoursOfOperation,
    UpdateQueueMaxContacts,
    CreateRoutingProfile,
    UpdateRoutingProfileDescription,
    UpdateRoutingProfileConcurrency,
    UpdateRoutingProfileDefaultOutboundQueue,
    AssociateRoutingProfileQueues { queues: Vec<String> },
    UpdateRoutingProfileQueues { queues: Vec<String> },
    DisassociateRoutingProfileQueues { queue_ids: Vec<(String, String)> },
}

impl RoutingCall {
    /// As IAM spells it.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            RoutingCall::CreateHoursOfOperation => "connect:CreateHoursOfOperation",
            RoutingCall::UpdateHoursOfOperation => "connect:UpdateHoursOfOperation",
            RoutingCall::CreateQueue => "connect:CreateQueue",
            RoutingCall::UpdateQueueDescription => "connect:UpdateQueueName",
            RoutingCall::UpdateQueueStatus => "connect:UpdateQueueStatus",
            RoutingCall::UpdateQueueHoursOfOperation => "connect:UpdateQueueHoursOfOperation",
            RoutingCall::UpdateQueueMaxContacts => "connect:UpdateQueueMaxContacts",
            RoutingCall::CreateRoutingProfile => "connect:CreateRoutingProfile",
            RoutingCall::UpdateRoutingProfileDescription => "connect:UpdateRoutingProfileName",
            RoutingCall::UpdateRoutingProfileConcurrency => {
                "connect:UpdateRoutingProfileConcurrency"
            }
            RoutingCall::UpdateRoutingProfileDefaultOutboundQueue => {
                "connect:UpdateRoutingProfileDefaultOutboundQueue"
            }
            RoutingCall::AssociateRoutingProfileQueues { .. } => {
                "connect:AssociateRoutingProfileQueues"
            }
            RoutingCall::UpdateRoutingProfileQueues { .. } => "connect:UpdateRoutingProfileQueues",
            RoutingCall::DisassociateRoutingProfileQueues { .. } => {
                "connect:DisassociateRoutingProfileQueues"
            }
        }
    }
}
