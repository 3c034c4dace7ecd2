//! The calls about the roles of functions.

/// The calls about the roles of functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleCall {
    CreateRole,
    UpdateRoleTrust,
    PutRolePolicy,
    TagRole,
}

impl RoleCall {
    /// As IAM spells it.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            RoleCall::CreateRole => "iam:CreateRole",
            RoleCall::UpdateRoleTrust => "iam:UpdateAssumeRolePolicy",
            RoleCall::PutRolePolicy => "iam:PutRolePolicy",
            RoleCall::TagRole => "iam:TagRole",
        }
    }
}
