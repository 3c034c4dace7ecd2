//! The calls about topics, tables and queues for dead letters.

/// The calls about topics, tables and queues for dead letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamingCall {
    CreateDeadLetters,
    SetDeadLettersAttributes,
    TagDeadLetters,
    CreateTopic,
    SetTopicPolicy,
    SetTopicKey,
    TagTopic,
    CreateTable,
    UpdateTimeToLive,
    EnablePointInTimeRecovery,
    UpdateTableEncryption,
    TagTable,
}

impl StreamingCall {
    /// As IAM spells it.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            StreamingCall::CreateDeadLetters => "sqs:CreateQueue",
            StreamingCall::SetDeadLettersAttributes => "sqs:SetQueueAttributes",
            StreamingCall::TagDeadLetters => "sqs:TagQueue",
            StreamingCall::CreateTopic => "sns:CreateTopic",
            StreamingCall::SetTopicPolicy => "sns:SetTopicAttributes",
            StreamingCall::SetTopicKey => "sns:SetTopicAttributes",
            StreamingCall::TagTopic => "sns:TagResource",
            StreamingCall::CreateTable => "dynamodb:CreateTable",
            StreamingCall::UpdateTimeToLive => "dynamodb:UpdateTimeToLive",
            StreamingCall::EnablePointInTimeRecovery => "dynamodb:UpdateContinuousBackups",
            StreamingCall::UpdateTableEncryption => "dynamodb:UpdateTable",
            StreamingCall::TagTable => "dynamodb:TagResource",
        }
    }
}
