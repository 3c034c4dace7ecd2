//! Reads keys, buckets and queues for dead letters.

use std::collections::HashMap;

use aws_sdk_s3::types::{LifecycleRuleFilter, PublicAccessBlockConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use futures_util::try_join;
use serde_json::Value as Json;

use super::read::{each, found};
use super::streaming::json;
use super::{BucketState, Live, LiveBucket, LiveDeadLetters, LiveKey};
use crate::api_error::{ApiError, ApiErrorKind};
use crate::clients::Clients;
use crate::desired::{Desired, Key, ManagedBucket};
use crate::tags::{self, Tags};

/// The only name that a key's policy can have.
pub(crate) const KEY_POLICY: &str = "default";

/// The rule that lets objects go; others on a bucket are not ours.
pub(crate) const EXPIRY_RULE: &str = "flowyard";

pub(super) async fn storage(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
) -> Result<(), ApiError> {
    let (keys, buckets, queues) = try_join!(
        each(&desired.keys, |(name, spec)| key(
            clients, desired, name, spec
        )),
        each(&desired.buckets, |(name, spec)| bucket(
            clients, desired, name, spec
        )),
        each(desired.dead_letters.keys(), |name| dead_letters(
            clients, desired, name
        )),
    )?;
    live.keys = keys.into_iter().flatten().collect();
    live.buckets = buckets.into_iter().flatten().collect();
    live.dead_letters = queues.into_iter().flatten().collect();
    Ok(())
}

async fn key(
    clients: &Clients,
    desired: &Desired,
    name: &str,
    spec: &Key,
) -> Result<Option<(String, LiveKey)>, ApiError> {
    const OPERATION: &str = "kms:DescribeKey";
    let alias = desired.scope.key_alias(name);
    let asked = spec.existing.as_deref().unwrap_or(&alias);
    let answer = clients.kms.describe_key().key_id(asked).send().await;
    let Some(answer) = found(answer.map_err(|e| ApiError::new(OPERATION, e)))? else {
        return Ok(None);
    };
    let metadata = answer.key_metadata();
    let metadata = metadata.ok_or_else(|| ApiError::incomplete(OPERATION, "metadata"))?;
    let arn = metadata.arn().unwrap_or_default().to_owned();
    let state = metadata.key_state().map_or("", |state| state.as_str());
    let mut key = LiveKey {
        arn,
        state: state.to_owned(),
        ..LiveKey::default()
    };
    if spec.existing.is_none() && key.state == "Enabled" {
        read_settings(clients, &mut key).await?;
    }
    Ok(Some((name.to_owned(), key)))
}

async fn read_settings(clients: &Clients, key: &mut LiveKey) -> Result<(), ApiError> {
    let kms = &clients.kms;
    let policy = kms
        .get_key_policy()
        .key_id(&key.arn)
        .policy_name(KEY_POLICY)
        .send()
        .await;
    let policy = policy.map_err(|e| ApiError::new("kms:GetKeyPolicy", e))?;
    key.policy = policy.policy().map(json);
    let turns = kms.get_key_rotation_status().key_id(&key.arn).send().await;
    let turns = turns.map_err(|e| ApiError::new("kms:GetKeyRotationStatus", e))?;
    key.turns = turns.key_rotation_enabled();
    let pages = kms.list_resource_tags().key_id(&key.arn).into_paginator();
    let tags = pages.items().send().try_collect().await;
    let tags = tags.map_err(|e| ApiError::new("kms:ListResourceTags", e))?;
    key.tags = tags
        .iter()
        .map(|tag| (tag.tag_key().to_owned(), tag.tag_value().to_owned()))
        .collect();
    Ok(())
}

async fn bucket(
    clients: &Clients,
    desired: &Desired,
    name: &str,
    spec: &ManagedBucket,
) -> Result<Option<(String, LiveBucket)>, ApiError> {
    let not_ours = || Ok(Some((name.to_owned(), LiveBucket::NotOurs)));
    let head = clients.s3.head_bucket().bucket(&spec.name);
    let head = head
        .expected_bucket_owner(&desired.scope.account)
        .send()
        .await;
    match head.map_err(|e| ApiError::new("s3:HeadBucket", e)) {
        Ok(_) => {}
        Err(error) if error.is_not_found() => return Ok(None),
        // It belongs to another account, or is in another region.
        Err(error) if is_elsewhere(&error) => return not_ours(),
        Err(error) => return Err(error),
    }
    let tags = match bucket_tags(clients, desired, &spec.name).await {
        Ok(tags) => tags,
        Err(error) if error.kind == ApiErrorKind::Denied => return not_ours(),
        Err(error) => return Err(error),
    };
    if tags::other_owner(&tags).is_some() {
        return not_ours();
    }
    let state = bucket_state(clients, desired, &spec.name, tags).await?;
    Ok(Some((name.to_owned(), LiveBucket::Ours(state))))
}

fn is_elsewhere(error: &ApiError) -> bool {
    error.kind == ApiErrorKind::Denied || error.status() == Some(301)
}

/// The tags of a bucket; none if it has none.
pub(crate) async fn bucket_tags(
    clients: &Clients,
    desired: &Desired,
    bucket: &str,
) -> Result<Tags, ApiError> {
    let request = clients.s3.get_bucket_tagging().bucket(bucket);
    let request = request.expected_bucket_owner(&desired.scope.account);
    let answer = request.send().await;
    let answer = found(answer.map_err(|e| ApiError::new("s3:GetBucketTagging", e)))?;
    let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

async fn bucket_state(
    clients: &Clients,
    desired: &Desired,
    bucket: &str,
    tags: Tags,
) -> Result<BucketState, ApiError> {
    let (s3, owner) = (&clients.s3, &desired.scope.account);
    let block = s3.get_public_access_block().bucket(bucket);
    let encryption = s3.get_bucket_encryption().bucket(bucket);
    let lifecycle = s3.get_bucket_lifecycle_configuration().bucket(bucket);
    let cors = s3.get_bucket_cors().bucket(bucket);
    let policy = s3.get_bucket_policy().bucket(bucket);
    let block = block.expected_bucket_owner(owner).send().await;
    let encryption = encryption.expected_bucket_owner(owner).send().await;
    let lifecycle = lifecycle.expected_bucket_owner(owner).send().await;
    let cors = cors.expected_bucket_owner(owner).send().await;
    let policy = policy.expected_bucket_owner(owner).send().await;
    let block = found(block.map_err(|e| ApiError::new("s3:GetPublicAccessBlock", e)))?;
    let encryption = found(encryption.map_err(|e| ApiError::new("s3:GetBucketEncryption", e)))?;
    let lifecycle = lifecycle.map_err(|e| ApiError::new("s3:GetBucketLifecycleConfiguration", e));
    let cors = found(cors.map_err(|e| ApiError::new("s3:GetBucketCors", e)))?;
    let policy = found(policy.map_err(|e| ApiError::new("s3:GetBucketPolicy", e)))?;
    let rules = found(lifecycle)?.and_then(|answer| answer.rules);
    let cors = cors
        .and_then(|answer| answer.cors_rules)
        .unwrap_or_default();
    Ok(BucketState {
        is_closed: block
            .and_then(|answer| answer.public_access_block_configuration)
            .is_some_and(|block| is_closed(&block)),
        key: encryption
            .and_then(|answer| answer.server_side_encryption_configuration)
            .and_then(|configuration| configuration.rules.into_iter().next())
            .and_then(|rule| rule.apply_server_side_encryption_by_default)
            .and_then(|default| default.kms_master_key_id),
        expire_after_days: rules.unwrap_or_default().iter().find_map(|rule| {
            let everything = match rule.filter() {
                Some(filter) => *filter == everything(),
                None => true,
            };
            let ours = rule.id() == Some(EXPIRY_RULE) && everything;
            rule.expiration().filter(|_| ours)?.days()
        }),
        cors: cors
            .into_iter()
            .flat_map(|rule| rule.allowed_origins)
            .collect(),
        policy: policy
            .and_then(|answer| answer.policy)
            .map(|text| json(&text)),
        tags,
    })
}

/// The filter of a rule for all objects.
pub(crate) fn everything() -> LifecycleRuleFilter {
    LifecycleRuleFilter::builder().prefix("").build()
}

fn is_closed(block: &PublicAccessBlockConfiguration) -> bool {
    [
        block.block_public_acls,
        block.ignore_public_acls,
        block.block_public_policy,
        block.restrict_public_buckets,
    ]
    .iter()
    .all(|set| *set == Some(true))
}

/// The address of a queue, by which SQS wants it named; nothing if there is no such queue.
pub(crate) async fn queue_url(
    clients: &Clients,
    desired: &Desired,
    name: &str,
) -> Result<Option<String>, ApiError> {
    let request = clients.sqs.get_queue_url();
    let request = request.queue_name(desired.scope.remote_name(name));
    let answer = request.send().await;
    let answer = found(answer.map_err(|e| ApiError::new("sqs:GetQueueUrl", e)))?;
    Ok(answer.and_then(|answer| answer.queue_url))
}

async fn dead_letters(
    clients: &Clients,
    desired: &Desired,
    name: &str,
) -> Result<Option<(String, LiveDeadLetters)>, ApiError> {
    let Some(url) = queue_url(clients, desired, name).await? else {
        return Ok(None);
    };
    let request = clients.sqs.get_queue_attributes().queue_url(&url);
    let answer = request
        .attribute_names(QueueAttributeName::All)
        .send()
        .await;
    let answer = answer.map_err(|e| ApiError::new("sqs:GetQueueAttributes", e))?;
    let attributes: HashMap<QueueAttributeName, String> = answer.attributes.unwrap_or_default();
    let tags = clients.sqs.list_queue_tags().queue_url(&url).send().await;
    let tags = tags.map_err(|e| ApiError::new("sqs:ListQueueTags", e))?;
    let text = |name: QueueAttributeName| attributes.get(&name).cloned();
    let keep = text(QueueAttributeName::MessageRetentionPeriod);
    let policy = text(QueueAttributeName::Policy).filter(|policy| !policy.is_empty());
    let live = LiveDeadLetters {
        keep_seconds: keep.and_then(|keep| keep.parse().ok()).unwrap_or_default(),
        key: text(QueueAttributeName::KmsMasterKeyId),
        policy: policy.map(|policy| -> Json { json(&policy) }),
        tags: tags.tags.unwrap_or_default().into_iter().collect(),
    };
    Ok(Some((name.to_owned(), live)))
}
