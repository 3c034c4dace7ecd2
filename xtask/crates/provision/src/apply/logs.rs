//! The calls that make and change log groups.

use super::{Applying, Failure};
use crate::address::ResourceAddr;
use crate::api_error::ApiError;
use crate::plan::LogCall;

pub(super) async fn send(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    call: &LogCall,
) -> Result<(), Failure> {
    match call {
        LogCall::CreateLogGroup => create_log_group(applying, addr).await,
        LogCall::PutRetentionPolicy => put_retention(applying, addr).await,
        LogCall::TagLogGroup => tag_log_group(applying, addr).await,
    }
}

async fn create_log_group(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let request = applying.clients.logs.create_log_group();
    let request = request.log_group_name(&desired.log_groups[&addr.name].remote_name);
    let request = request.set_tags(Some(desired.tags(addr).into_iter().collect()));
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = ApiError::new("logs:CreateLogGroup", error);
            // Connect makes the group of an instance's flows itself when their log is turned on.
            if error.is_already_exists() {
                return tag_log_group(applying, addr).await;
            }
            Err(error.into())
        }
    }
}

async fn put_retention(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let group = &applying.desired.log_groups[&addr.name];
    let request = applying.clients.logs.put_retention_policy();
    let request = request.log_group_name(&group.remote_name);
    let answer = request
        .set_retention_in_days(group.retention_days)
        .send()
        .await;
    answer.map_err(|e| ApiError::new("logs:PutRetentionPolicy", e))?;
    Ok(())
}

async fn tag_log_group(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let group = &desired.log_groups[&addr.name].remote_name;
    let request = applying.clients.logs.tag_resource();
    let request = request.resource_arn(desired.scope.log_group_arn(group));
    let tags = desired.tags(addr).into_iter().collect();
    let answer = request.set_tags(Some(tags)).send().await;
    answer.map_err(|e| ApiError::new("logs:TagResource", e))?;
    Ok(())
}
