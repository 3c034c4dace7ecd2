//! The calls that make and change the roles of functions.

use aws_sdk_iam::operation::create_role::builders::CreateRoleInputBuilder;

use super::{Applying, Failure};
use crate::address::ResourceAddr;
use crate::api_error::{ApiError, done};
use crate::desired::Desired;
use crate::live::ROLE_POLICY;
use crate::plan::RoleCall;

pub(super) async fn send(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    call: &RoleCall,
) -> Result<(), Failure> {
    match call {
        RoleCall::CreateRole => create_role(applying, addr).await,
        RoleCall::UpdateRoleTrust => update_trust(applying, addr).await,
        RoleCall::PutRolePolicy => put_policy(applying, addr).await,
        RoleCall::TagRole => tag_role(applying, addr).await,
    }
}

fn role_request(desired: &Desired, addr: &ResourceAddr) -> CreateRoleInputBuilder {
    CreateRoleInputBuilder::default()
        .role_name(desired.scope.remote_name(&addr.name))
        .description(format!(
            "What {} may do",
            desired.scope.remote_name(&addr.name)
        ))
        .assume_role_policy_document(desired.roles[&addr.name].trust.to_string())
        .set_tags(Some(role_tags(desired, addr)))
}

fn role_tags(desired: &Desired, addr: &ResourceAddr) -> Vec<aws_sdk_iam::types::Tag> {
    let tags = desired.tags(addr).into_iter();
    let tags = tags.map(|(key, value)| {
        let tag = aws_sdk_iam::types::Tag::builder()
            .key(key)
            .value(value)
            .build();
        tag.expect("both members are set")
    });
    tags.collect()
}

async fn create_role(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let request = role_request(applying.desired, addr);
    match request.send_with(&applying.clients.iam).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = ApiError::new("iam:CreateRole", error);
            // An answer that got lost: the role is there.
            if error.is_already_exists() {
                Ok(())
            } else {
                Err(error.into())
            }
        }
    }
}

async fn update_trust(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let request = applying.clients.iam.update_assume_role_policy();
    let request = request.role_name(desired.scope.remote_name(&addr.name));
    let request = request.policy_document(desired.roles[&addr.name].trust.to_string());
    Ok(done("iam:UpdateAssumeRolePolicy", request.send()).await?)
}

async fn put_policy(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    applying.instance()?;
    let policy = applying.bound(&desired.roles[&addr.name].policy);
    let request = applying.clients.iam.put_role_policy();
    let request = request.role_name(desired.scope.remote_name(&addr.name));
    let request = request.policy_name(ROLE_POLICY);
    let request = request.policy_document(policy.to_string());
    Ok(done("iam:PutRolePolicy", request.send()).await?)
}

async fn tag_role(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let request = applying.clients.iam.tag_role();
    let request = request.role_name(desired.scope.remote_name(&addr.name));
    let request = request.set_tags(Some(role_tags(desired, addr)));
    Ok(done("iam:TagRole", request.send()).await?)
}
