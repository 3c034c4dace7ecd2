//! The calls about functions, who may invoke them, and what delivers to them.

/// The calls about functions, who may invoke them, and what delivers to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionCall {
    CreateFunction,
    UpdateFunctionCode,
    UpdateFunctionConfiguration,
    TagFunction,
    PublishVersion,
    CreateAlias,
    UpdateAlias,
    /// Moves the alias to a version that is there.
    PointAlias {
        version: String,
    },
    AssociateLambdaFunction,
    /// Lets the instance invoke the alias, unless associating the function has done so already.
    AddPermissionForFlows,
    AddPermissionForTopic,
    /// How often and how long events are tried, and where they go at last.
    PutEventSettings,
    Subscribe,
    SetSubscriptionFilter {
        subscription_arn: String,
    },
    Unsubscribe {
        subscription_arn: String,
    },
    DisassociateLambdaFunction,
    /// With its versions, aliases and permissions.
    DeleteFunction,
    /// Where messages go that cannot be delivered.
    SetSubscriptionDeadLetters {
        subscription_arn: String,
    },
}

impl FunctionCall {
    /// As IAM spells it.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            FunctionCall::CreateFunction => "lambda:CreateFunction",
            FunctionCall::UpdateFunctionCode => "lambda:UpdateFunctionCode",
            FunctionCall::UpdateFunctionConfiguration => "lambda:UpdateFunctionConfiguration",
            FunctionCall::TagFunction => "lambda:TagResource",
            FunctionCall::PublishVersion => "lambda:PublishVersion",
            FunctionCall::CreateAlias => "lambda:CreateAlias",
            FunctionCall::UpdateAlias | FunctionCall::PointAlias { .. } => "lambda:UpdateAlias",
            FunctionCall::AssociateLambdaFunction => "connect:AssociateLambdaFunction",
            FunctionCall::AddPermissionForFlows => "lambda:AddPermission",
            FunctionCall::AddPermissionForTopic => "lambda:AddPermission",
            FunctionCall::PutEventSettings => "lambda:PutFunctionEventInvokeConfig",
            FunctionCall::Subscribe => "sns:Subscribe",
            FunctionCall::Unsubscribe { .. } => "sns:Unsubscribe",
            FunctionCall::DisassociateLambdaFunction => "connect:DisassociateLambdaFunction",
            FunctionCall::DeleteFunction => "lambda:DeleteFunction",
            FunctionCall::SetSubscriptionFilter { .. }
            | FunctionCall::SetSubscriptionDeadLetters { .. } => "sns:SetSubscriptionAttributes",
        }
    }
}
