//! The calls that make and change keys and buckets.

use aws_sdk_kms::operation::create_key::builders::CreateKeyInputBuilder;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, CorsConfiguration, CorsRule,
    CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tagging,
};
use std::collections::BTreeSet;

use super::{Applying, Failure};
use crate::address::ResourceAddr;
use crate::api_error::{ApiError, done};
use crate::desired::{Desired, ManagedBucket};
use crate::live::{EXPIRY_RULE, KEY_POLICY, bucket_tags, everything};
use crate::plan::StorageCall;
use crate::tags::{self, Tags};

pub(super) async fn send(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
    call: &StorageCall,
) -> Result<(), Failure> {
    match call {
        StorageCall::CreateKey => create_key(applying, addr).await,
        StorageCall::CreateKeyAlias => create_alias(applying, &addr.name).await,
        StorageCall::EnableKeyRotation => turn_key(applying, &addr.name).await,
        StorageCall::PutKeyPolicy => put_key_policy(applying, &addr.name).await,
        StorageCall::TagKey => tag_key(applying, addr).await,
        StorageCall::CreateBucket => create_bucket(applying, addr).await,
        StorageCall::BlockPublicAccess => block_public_access(applying, &addr.name).await,
        StorageCall::PutBucketEncryption => put_encryption(applying, &addr.name).await,
        StorageCall::PutBucketLifecycle => put_lifecycle(applying, &addr.name).await,
        StorageCall::PutBucketCors => put_cors(applying, &addr.name).await,
        StorageCall::PutBucketPolicy => put_bucket_policy(applying, &addr.name).await,
        StorageCall::TagBucket => tag_bucket(applying, addr).await,
    }
}

/// The policy of a key with the instance in it.
fn key_policy(applying: &Applying<'_>, name: &str) -> Result<String, Failure> {
    applying.instance()?;
    let policy = &applying.desired.keys[name].policy;
    Ok(applying.bound(policy).to_string())
}

/// A key has no name; its description says whose it is, also before it has an alias.
fn description(desired: &Desired, name: &str) -> String {
    format!("Flowyard: {}", desired.scope.remote_name(name))
}

fn key_tags(desired: &Desired, addr: &ResourceAddr) -> Vec<aws_sdk_kms::types::Tag> {
    let tags = desired.tags(addr).into_iter();
    let tags = tags.map(|(key, value)| {
        let tag = aws_sdk_kms::types::Tag::builder().tag_key(key);
        let tag = tag.tag_value(value).build();
        tag.expect("both members are set")
    });
    tags.collect()
}

/// A key cannot be made with a token, so one that was made without getting its alias is looked for
/// first: another would cost, and nobody would know of the first.
async fn create_key(applying: &mut Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    const OPERATION: &str = "kms:CreateKey";
    let policy = key_policy(applying, &addr.name)?;
    let arn = match nameless_key(applying, addr).await? {
        Some(arn) => arn,
        None => {
            let request = CreateKeyInputBuilder::default()
                .description(description(applying.desired, &addr.name))
                .policy(policy)
                .set_tags(Some(key_tags(applying.desired, addr)));
            let answer = request.send_with(&applying.clients.kms).await;
            let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
            let arn = answer.key_metadata().and_then(|metadata| metadata.arn());
            arn.ok_or_else(|| ApiError::incomplete(OPERATION, "ARN"))?
                .to_owned()
        }
    };
    applying.keys.insert(addr.name.clone(), arn);
    Ok(())
}

/// A key that was made for this address and has no alias.
async fn nameless_key(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
) -> Result<Option<String>, Failure> {
    let kms = &applying.clients.kms;
    let aliases = kms.list_aliases().into_paginator().items().send();
    let aliases = aliases.try_collect().await;
    let aliases = aliases.map_err(|e| ApiError::new("kms:ListAliases", e))?;
    let named: BTreeSet<&str> = aliases.iter().filter_map(|it| it.target_key_id()).collect();
    let keys = kms.list_keys().into_paginator().items().send();
    let keys = keys.try_collect().await;
    let keys = keys.map_err(|e| ApiError::new("kms:ListKeys", e))?;
    let keys = keys.iter().filter_map(|key| key.key_id());
    for key in keys.filter(|key| !named.contains(key)) {
        let answer = kms.describe_key().key_id(key).send().await;
        let Ok(answer) = answer else {
            // Of a key that we may not even describe we are not the makers.
            continue;
        };
        let metadata = answer.key_metadata();
        let ours = metadata.filter(|metadata| {
            metadata.description() == Some(&description(applying.desired, &addr.name))
                && metadata.enabled()
        });
        if let Some(arn) = ours.and_then(|metadata| metadata.arn()) {
            return Ok(Some(arn.to_owned()));
        }
    }
    Ok(None)
}

async fn create_alias(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let alias = applying.desired.scope.key_alias(name);
    let arn = applying.key_arn(name)?;
    let request = applying.clients.kms.create_alias().alias_name(&alias);
    let sending = request.target_key_id(arn).send();
    match done("kms:CreateAlias", sending).await {
        Ok(()) => Ok(()),
        Err(error) if error.is_already_exists() => {
            // An answer that got lost, or somebody else: what it stands for tells.
            let request = applying.clients.kms.describe_key().key_id(alias);
            let answer = request.send().await;
            let answer = answer.map_err(|e| ApiError::new("kms:DescribeKey", e))?;
            let live = answer.key_metadata().and_then(|metadata| metadata.arn());
            if live == Some(arn) {
                Ok(())
            } else {
                Err(Failure::Stale)
            }
        }
        Err(error) => Err(error.into()),
    }
}

async fn turn_key(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let request = applying.clients.kms.enable_key_rotation();
    let request = request.key_id(applying.key_arn(name)?);
    Ok(done("kms:EnableKeyRotation", request.send()).await?)
}

async fn put_key_policy(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let request = applying.clients.kms.put_key_policy();
    let request = request.key_id(applying.key_arn(name)?);
    let request = request.policy_name(KEY_POLICY);
    let request = request.policy(key_policy(applying, name)?);
    Ok(done("kms:PutKeyPolicy", request.send()).await?)
}

async fn tag_key(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let request = applying.clients.kms.tag_resource();
    let request = request.key_id(applying.key_arn(&addr.name)?);
    let request = request.set_tags(Some(key_tags(applying.desired, addr)));
    Ok(done("kms:TagResource", request.send()).await?)
}

fn bucket<'a>(applying: &'a Applying<'_>, name: &str) -> (&'a ManagedBucket, &'a str) {
    let desired = applying.desired;
    (&desired.buckets[name], &desired.scope.account)
}

fn bucket_tag_set(tags: Tags) -> Vec<aws_sdk_s3::types::Tag> {
    let tags = tags.into_iter().map(|(key, value)| {
        let tag = aws_sdk_s3::types::Tag::builder().key(key).value(value);
        tag.build().expect("both members are set")
    });
    tags.collect()
}

/// The bucket is born with its tags, so that it is known as ours from the first moment.
async fn create_bucket(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let (bucket, _) = bucket(applying, &addr.name);
    let region = desired.scope.region.as_str();
    // The oldest region is the one that must not be named.
    let place = (region != "us-east-1").then(|| BucketLocationConstraint::from(region));
    let configuration = CreateBucketConfiguration::builder()
        .set_location_constraint(place)
        .set_tags(Some(bucket_tag_set(desired.tags(addr))))
        .build();
    let request = applying.clients.s3.create_bucket().bucket(&bucket.name);
    let sending = request.create_bucket_configuration(configuration).send();
    match done("s3:CreateBucket", sending).await {
        Ok(()) => Ok(()),
        // An answer that got lost: then it has our tags.
        Err(error) if error.is_already_exists() => {
            let live = bucket_tags(applying.clients, desired, &bucket.name).await?;
            match tags::covers(&live, &desired.tags(addr)) {
                true => Ok(()),
                false => Err(Failure::Stale),
            }
        }
        Err(error) => Err(error.into()),
    }
}

async fn block_public_access(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let (bucket, owner) = bucket(applying, name);
    let all = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    let request = applying.clients.s3.put_public_access_block();
    let request = request.bucket(&bucket.name).expected_bucket_owner(owner);
    let request = request.public_access_block_configuration(all);
    Ok(done("s3:PutPublicAccessBlock", request.send()).await?)
}

/// With a key of the bucket's own, which spares most of the calls of KMS.
async fn put_encryption(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let (bucket, owner) = bucket(applying, name);
    let Some(key) = &bucket.spec.key else {
        return Ok(());
    };
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .kms_master_key_id(applying.key_arn(key)?)
        .build()
        .expect("every required member is set above");
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .bucket_key_enabled(true)
        .build();
    let configuration = ServerSideEncryptionConfiguration::builder()
        .rules(rule)
        .build()
        .expect("it has a rule");
    let request = applying.clients.s3.put_bucket_encryption();
    let request = request.bucket(&bucket.name).expected_bucket_owner(owner);
    let request = request.server_side_encryption_configuration(configuration);
    Ok(done("s3:PutBucketEncryption", request.send()).await?)
}

async fn put_lifecycle(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let (bucket, owner) = bucket(applying, name);
    let expiration = LifecycleExpiration::builder();
    let expiration = expiration.set_days(bucket.spec.expire_after_days).build();
    let rule = LifecycleRule::builder()
        .id(EXPIRY_RULE)
        .status(ExpirationStatus::Enabled)
        .filter(everything())
        .expiration(expiration)
        .build()
        .expect("every required member is set above");
    let configuration = BucketLifecycleConfiguration::builder()
        .rules(rule)
        .build()
        .expect("it has a rule");
    let request = applying.clients.s3.put_bucket_lifecycle_configuration();
    let request = request.bucket(&bucket.name).expected_bucket_owner(owner);
    let request = request.lifecycle_configuration(configuration);
    Ok(done("s3:PutBucketLifecycleConfiguration", request.send()).await?)
}

async fn put_cors(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let (bucket, owner) = bucket(applying, name);
    let rule = CorsRule::builder()
        .allowed_methods("PUT")
        .allowed_methods("GET")
        .allowed_headers("*")
        .set_allowed_origins(Some(bucket.cors.clone()))
        .build()
        .expect("every required member is set above");
    let configuration = CorsConfiguration::builder()
        .cors_rules(rule)
        .build()
        .expect("it has a rule");
    let request = applying.clients.s3.put_bucket_cors();
    let request = request.bucket(&bucket.name).expected_bucket_owner(owner);
    let request = request.cors_configuration(configuration);
    Ok(done("s3:PutBucketCors", request.send()).await?)
}

async fn put_bucket_policy(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let (bucket, owner) = bucket(applying, name);
    let request = applying.clients.s3.put_bucket_policy();
    let request = request.bucket(&bucket.name).expected_bucket_owner(owner);
    let request = request.policy(bucket.policy.to_string());
    Ok(done("s3:PutBucketPolicy", request.send()).await?)
}

/// Tags of a bucket are put all together, so those that are there are read first.
async fn tag_bucket(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let (bucket, owner) = bucket(applying, &addr.name);
    let mut tags = bucket_tags(applying.clients, desired, &bucket.name).await?;
    tags.extend(desired.tags(addr));
    let tagging = Tagging::builder()
        .set_tag_set(Some(bucket_tag_set(tags)))
        .build()
        .expect("it has tags");
    let request = applying.clients.s3.put_bucket_tagging();
    let request = request.bucket(&bucket.name).expected_bucket_owner(owner);
    Ok(done("s3:PutBucketTagging", request.tagging(tagging).send()).await?)
}
