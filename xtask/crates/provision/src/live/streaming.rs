//! Reads topics, tables, roles and log groups.

use aws_sdk_dynamodb::types::KeyType;
use futures_util::try_join;
use percent_encoding::percent_decode_str;
use serde_json::Value as Json;

use super::read::{each, found};
use super::{Live, LiveLogGroup, LiveRole, LiveTable, LiveTopic};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::{Desired, LogGroup};
use crate::tags::Tags;

/// The name of the inline policy of a role.
pub(crate) const ROLE_POLICY: &str = "flowyard";

pub(super) async fn foundation(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
) -> Result<(), ApiError> {
    let (topics, tables, roles, groups) = try_join!(
        each(desired.topics.keys(), |name| topic(clients, desired, name)),
        each(desired.tables.keys(), |name| table(clients, desired, name)),
        each(desired.roles.keys(), |name| role(clients, desired, name)),
        each(&desired.log_groups, |(name, group)| log_group(
            clients, name, group
        )),
    )?;
    live.topics = topics.into_iter().flatten().collect();
    live.tables = tables.into_iter().flatten().collect();
    live.roles = roles.into_iter().flatten().collect();
    live.log_groups = groups.into_iter().flatten().collect();
    Ok(())
}

pub(super) async fn topic(
    clients: &Clients,
    desired: &Desired,
    name: &str,
) -> Result<Option<(String, LiveTopic)>, ApiError> {
    let arn = desired.scope.topic_arn(name);
    let answer = clients
        .sns
        .get_topic_attributes()
        .topic_arn(&arn)
        .send()
        .await;
    let answer = answer.map_err(|e| ApiError::new("sns:GetTopicAttributes", e));
    let Some(answer) = found(answer)? else {
        return Ok(None);
    };
    let policy = answer
        .attributes()
        .and_then(|attributes| attributes.get("Policy"));
    let policy = policy.map_or(Json::Null, |policy| json(policy));
    let tags = clients
        .sns
        .list_tags_for_resource()
        .resource_arn(&arn)
        .send()
        .await;
    let tags = tags.map_err(|e| ApiError::new("sns:ListTagsForResource", e))?;
    let tags = tags.tags().iter();
    let tags = tags
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect();
    let attributes = answer.attributes();
    let key = attributes.and_then(|attributes| attributes.get("KmsMasterKeyId"));
    let key = key.filter(|key| !key.is_empty()).cloned();
    Ok(Some((name.to_owned(), LiveTopic { policy, key, tags })))
}

async fn table(
    clients: &Clients,
    desired: &Desired,
    name: &str,
) -> Result<Option<(String, LiveTable)>, ApiError> {
    let remote = desired.scope.remote_name(name);
    let answer = clients
        .dynamodb
        .describe_table()
        .table_name(&remote)
        .send()
        .await;
    let answer = answer.map_err(|e| ApiError::new("dynamodb:DescribeTable", e));
    let Some(answer) = found(answer)? else {
        return Ok(None);
    };
    let schema = answer
        .table()
        .map(|table| table.key_schema())
        .unwrap_or_default();
    let key = |key_type: KeyType| {
        let key = schema.iter().find(|it| *it.key_type() == key_type);
        key.map(|key| key.attribute_name().to_owned())
    };
    let encryption = answer.table().and_then(|table| table.sse_description());
    let encryption = encryption.and_then(|it| it.kms_master_key_arn());
    let ttl = clients
        .dynamodb
        .describe_time_to_live()
        .table_name(&remote)
        .send()
        .await;
    let ttl = ttl.map_err(|e| ApiError::new("dynamodb:DescribeTimeToLive", e))?;
    let ttl = ttl.time_to_live_description().filter(|ttl| {
        let status = ttl.time_to_live_status().map(|status| status.as_str());
        matches!(status, Some("ENABLED" | "ENABLING"))
    });
    let live = LiveTable {
        partition_key: key(KeyType::Hash).unwrap_or_default(),
        sort_key: key(KeyType::Range),
        time_to_live: ttl.and_then(|ttl| ttl.attribute_name()).map(str::to_owned),
        key: encryption.map(str::to_owned),
        point_in_time_recovery: point_in_time_recovery(clients, desired, name).await?,
        tags: table_tags(clients, &desired.scope.table_arn(name)).await?,
    };
    Ok(Some((name.to_owned(), live)))
}

/// Not asked if nothing is desired.
async fn point_in_time_recovery(
    clients: &Clients,
    desired: &Desired,
    name: &str,
) -> Result<bool, ApiError> {
    if !desired.tables[name].point_in_time_recovery {
        return Ok(false);
    }
    let request = clients.dynamodb.describe_continuous_backups();
    let request = request.table_name(desired.scope.remote_name(name));
    let answer = request.send().await;
    let answer = answer.map_err(|e| ApiError::new("dynamodb:DescribeContinuousBackups", e))?;
    let backups = answer.continuous_backups_description();
    let recovery = backups.and_then(|it| it.point_in_time_recovery_description());
    let status = recovery.and_then(|it| it.point_in_time_recovery_status());
    Ok(status.is_some_and(|status| status.as_str() == "ENABLED"))
}

async fn table_tags(clients: &Clients, arn: &str) -> Result<Tags, ApiError> {
    let answer = clients
        .dynamodb
        .list_tags_of_resource()
        .resource_arn(arn)
        .send()
        .await;
    let answer = answer.map_err(|e| ApiError::new("dynamodb:ListTagsOfResource", e))?;
    let tags = answer.tags().iter();
    Ok(tags
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect())
}

pub(super) async fn role(
    clients: &Clients,
    desired: &Desired,
    name: &str,
) -> Result<Option<(String, LiveRole)>, ApiError> {
    let remote = desired.scope.remote_name(name);
    let answer = clients.iam.get_role().role_name(&remote).send().await;
    let answer = answer.map_err(|e| ApiError::new("iam:GetRole", e));
    let Some(answer) = found(answer)? else {
        return Ok(None);
    };
    let Some(role) = answer.role() else {
        return Err(ApiError::incomplete("iam:GetRole", "role"));
    };
    let tags = role.tags().iter();
    let live = LiveRole {
        trust: role.assume_role_policy_document().map_or(Json::Null, json),
        policy: role_policy(clients, &remote).await?,
        tags: tags
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect(),
    };
    Ok(Some((name.to_owned(), live)))
}

async fn role_policy(clients: &Clients, remote: &str) -> Result<Option<Json>, ApiError> {
    let request = clients.iam.get_role_policy().role_name(remote);
    let answer = request.policy_name(ROLE_POLICY).send().await;
    let answer = answer.map_err(|e| ApiError::new("iam:GetRolePolicy", e));
    Ok(found(answer)?.map(|answer| json(answer.policy_document())))
}

async fn log_group(
    clients: &Clients,
    name: &str,
    group: &LogGroup,
) -> Result<Option<(String, LiveLogGroup)>, ApiError> {
    let request = clients.logs.describe_log_groups();
    let pages = request
        .log_group_name_prefix(&group.remote_name)
        .into_paginator();
    let groups = pages.items().send().try_collect().await;
    let groups = groups.map_err(|e| ApiError::new("logs:DescribeLogGroups", e))?;
    let remote = Some(group.remote_name.as_str());
    let Some(live) = groups.iter().find(|live| live.log_group_name() == remote) else {
        return Ok(None);
    };
    // One of the two forms of a group's ARN ends with `:*`; tags are asked for without it.
    let arn = live.log_group_arn().or(live.arn()).unwrap_or_default();
    let arn = arn.strip_suffix(":*").unwrap_or(arn);
    let tags = clients
        .logs
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await;
    let tags = tags.map_err(|e| ApiError::new("logs:ListTagsForResource", e))?;
    let tags = tags.tags().into_iter().flatten();
    let live = LiveLogGroup {
        retention_days: live.retention_in_days(),
        tags: tags
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    };
    Ok(Some((name.to_owned(), live)))
}

/// A policy document; IAM answers with it percent-encoded.
pub(super) fn json(text: &str) -> Json {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&decoded))
        .unwrap_or(Json::Null)
}
