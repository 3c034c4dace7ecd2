//! The calls about log groups.

/// The calls about log groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogCall {
    CreateLogGroup,
    PutRetentionPolicy,
    TagLogGroup,
}

impl LogCall {
    /// As IAM spells it.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            LogCall::CreateLogGroup => "logs:CreateLogGroup",
            LogCall::PutRetentionPolicy => "logs:PutRetentionPolicy",
            LogCall::TagLogGroup => "logs:TagResource",
        }
    }
}
