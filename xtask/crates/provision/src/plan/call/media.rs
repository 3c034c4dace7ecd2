//! The calls about prompts and views.

/// The calls about prompts and views.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaCall {
    CreatePrompt,
    UpdatePrompt,
    CreateView,
    UpdateViewContent,
    UpdateViewDescription,
    /// Keeps what is published, whatever is published after it.
    CreateViewVersion,
}

impl MediaCall {
    /// As IAM spells it.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            MediaCall::CreatePrompt => "connect:CreatePrompt",
            MediaCall::UpdatePrompt => "connect:UpdatePrompt",
            MediaCall::CreateView => "connect:CreateView",
            MediaCall::UpdateViewContent => "connect:UpdateViewContent",
            MediaCall::UpdateViewDescription => "connect:UpdateViewMetadata",
            MediaCall::CreateViewVersion => "connect:CreateViewVersion",
        }
    }
}
