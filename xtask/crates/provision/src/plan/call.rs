//! The calls that change something, as values: what a plan consists of and what applying makes.
//!
//! A call names the resource by its address; what it sends is the desired state of that resource.

/// One call of an AWS operation that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    CreateInstance,
    UpdateInstanceAttribute,
    AssociateInstanceStorageConfig,
    UpdateInstanceStorageConfig {
        association_id: String,
    },
    AssociateApprovedOrigin,
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
    AssociateRoutingProfileQueues {
        queues: Vec<String>,
    },
    UpdateRoutingProfileQueues {
        queues: Vec<String>,
    },
    DisassociateRoutingProfileQueues {
        queue_ids: Vec<(String, String)>,
    },
    /// Puts our tags on something on the instance or on the instance itself.
    TagConnectResource,

    CreateTopic,
    SetTopicPolicy,
    TagTopic,
    CreateTable,
    UpdateTimeToLive,
    TagTable,
    CreateRole,
    UpdateRoleTrust,
    PutRolePolicy,
    TagRole,
    CreateLogGroup,
    PutRetentionPolicy,
    TagLogGroup,

    CreateFunction,
    UpdateFunctionCode,
    UpdateFunctionConfiguration,
    TagFunction,
    PublishVersion,
    CreateAlias,
    UpdateAlias,
    AssociateLambdaFunction,
    /// Lets the instance invoke the alias, unless associating the function has done so already.
    AddPermissionForFlows,
    AddPermissionForTopic,
    Subscribe,
    SetSubscriptionFilter {
        subscription_arn: String,
    },

    CreateModule(Content),
    UpdateModuleContent,
    UpdateModuleMetadata,
    CreateFlow(Content),
    UpdateFlowContent,
    UpdateFlowMetadata,
}

/// What a flow is created with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// What it should contain.
    Full,
    /// Harmless content of the right type, so that others can refer to it.
    Stub,
}

impl Call {
    /// The operation as IAM spells it: `connect:CreateQueue`.
    pub fn operation(&self) -> &'static str {
        match self {
            Call::CreateInstance => "connect:CreateInstance",
            Call::UpdateInstanceAttribute => "connect:UpdateInstanceAttribute",
            Call::AssociateInstanceStorageConfig => "connect:AssociateInstanceStorageConfig",
            Call::UpdateInstanceStorageConfig { .. } => "connect:UpdateInstanceStorageConfig",
            Call::AssociateApprovedOrigin => "connect:AssociateApprovedOrigin",
            Call::CreateHoursOfOperation => "connect:CreateHoursOfOperation",
            Call::UpdateHoursOfOperation => "connect:UpdateHoursOfOperation",
            Call::CreateQueue => "connect:CreateQueue",
            Call::UpdateQueueDescription => "connect:UpdateQueueName",
            Call::UpdateQueueStatus => "connect:UpdateQueueStatus",
            Call::UpdateQueueHoursOfOperation => "connect:UpdateQueueHoursOfOperation",
            Call::UpdateQueueMaxContacts => "connect:UpdateQueueMaxContacts",
            Call::CreateRoutingProfile => "connect:CreateRoutingProfile",
            Call::UpdateRoutingProfileDescription => "connect:UpdateRoutingProfileName",
            Call::UpdateRoutingProfileConcurrency => "connect:UpdateRoutingProfileConcurrency",
            Call::UpdateRoutingProfileDefaultOutboundQueue => {
                "connect:UpdateRoutingProfileDefaultOutboundQueue"
            }
            Call::AssociateRoutingProfileQueues { .. } => "connect:AssociateRoutingProfileQueues",
            Call::UpdateRoutingProfileQueues { .. } => "connect:UpdateRoutingProfileQueues",
            Call::DisassociateRoutingProfileQueues { .. } => {
                "connect:DisassociateRoutingProfileQueues"
            }
            Call::TagConnectResource => "connect:TagResource",
            Call::CreateTopic => "sns:CreateTopic",
            Call::SetTopicPolicy => "sns:SetTopicAttributes",
            Call::TagTopic => "sns:TagResource",
            Call::CreateTable => "dynamodb:CreateTable",
            Call::UpdateTimeToLive => "dynamodb:UpdateTimeToLive",
            Call::TagTable => "dynamodb:TagResource",
            Call::CreateRole => "iam:CreateRole",
            Call::UpdateRoleTrust => "iam:UpdateAssumeRolePolicy",
            Call::PutRolePolicy => "iam:PutRolePolicy",
            Call::TagRole => "iam:TagRole",
            Call::CreateLogGroup => "logs:CreateLogGroup",
            Call::PutRetentionPolicy => "logs:PutRetentionPolicy",
            Call::TagLogGroup => "logs:TagResource",
            Call::CreateFunction => "lambda:CreateFunction",
            Call::UpdateFunctionCode => "lambda:UpdateFunctionCode",
            Call::UpdateFunctionConfiguration => "lambda:UpdateFunctionConfiguration",
            Call::TagFunction => "lambda:TagResource",
            Call::PublishVersion => "lambda:PublishVersion",
            Call::CreateAlias => "lambda:CreateAlias",
            Call::UpdateAlias => "lambda:UpdateAlias",
            Call::AssociateLambdaFunction => "connect:AssociateLambdaFunction",
            Call::AddPermissionForFlows | Call::AddPermissionForTopic => "lambda:AddPermission",
            Call::Subscribe => "sns:Subscribe",
            Call::SetSubscriptionFilter { .. } => "sns:SetSubscriptionAttributes",
            Call::CreateModule(_) => "connect:CreateContactFlowModule",
            Call::UpdateModuleContent => "connect:UpdateContactFlowModuleContent",
            Call::UpdateModuleMetadata => "connect:UpdateContactFlowModuleMetadata",
            Call::CreateFlow(_) => "connect:CreateContactFlow",
            Call::UpdateFlowContent => "connect:UpdateContactFlowContent",
            Call::UpdateFlowMetadata => "connect:UpdateContactFlowMetadata",
        }
    }

    /// Whether the call makes something that was not there.
    pub(crate) fn creates(&self) -> bool {
        self.operation().contains(":Create")
    }
}
