//! The calls about topics and tables.

/// The calls about topics and tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamingCall {
    CreateTopic,
    SetTopicPolicy,
    TagTopic,
    CreateTable,
    UpdateTimeToLive,
    TagTable,
}

impl StreamingCall {
    /// As IAM spells it.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            StreamingCall::CreateTopic => "sns:CreateTopic",
            StreamingCall::SetTopicPolicy => "sns:SetTopicAttributes",
            StreamingCall::TagTopic => "sns:TagResource",
            StreamingCall::CreateTable => "dynamodb:CreateTable",
            StreamingCall::UpdateTimeToLive => "dynamodb:UpdateTimeToLive",
            StreamingCall::TagTable => "dynamodb:TagResource",
        }
    }
}
