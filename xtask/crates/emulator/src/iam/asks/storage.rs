//! S3, KMS and SQS.

use serde_json::Value;

use super::{Call, ask, request_tags, resource_tags, set, tag_keys, tag_list, tag_map};
use crate::iam::condition::Context;
use crate::iam::policy::Ask;

/// Buckets and objects. The actions of S3 are not called as its operations are.
pub(super) fn s3(call: &Call<'_>) -> Option<Vec<Ask>> {
    let action = match call.operation {
        "HeadBucket" | "ListObjectsV2" => "s3:ListBucket",
        "CreateBucket" => "s3:CreateBucket",
        "DeleteBucket" => "s3:DeleteBucket",
        "DeleteObjects" => "s3:DeleteObject",
        "GetObject" => "s3:GetObject",
        "PutObject" => "s3:PutObject",
        "GetBucketAcl" => "s3:GetBucketAcl",
        "GetBucketCors" => "s3:GetBucketCORS",
        "PutBucketCors" => "s3:PutBucketCORS",
        "GetBucketEncryption" => "s3:GetEncryptionConfiguration",
        "PutBucketEncryption" => "s3:PutEncryptionConfiguration",
        "GetBucketLifecycleConfiguration" => "s3:GetLifecycleConfiguration",
        "PutBucketLifecycleConfiguration" => "s3:PutLifecycleConfiguration",
        "GetBucketLocation" => "s3:GetBucketLocation",
        "GetBucketPolicy" => "s3:GetBucketPolicy",
        "PutBucketPolicy" => "s3:PutBucketPolicy",
        "GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" => "s3:PutBucketPublicAccessBlock",
        "GetBucketTagging" => "s3:GetBucketTagging",
        "PutBucketTagging" => "s3:PutBucketTagging",
        _ => return None,
    };
    let bucket = call.request.path.first()?;
    let arn = format!("arn:aws:s3:::{bucket}");
    let context = Context::new();
    let resource = match call.operation {
        "GetObject" | "PutObject" => {
            let key = call.request.path.get(1..).unwrap_or_default().join("/");
            format!("{arn}/{key}")
        }
        "DeleteObjects" => format!("{arn}/*"),
        _ => arn,
    };
    let mut asks = vec![ask(action, resource.as_str(), &context)];
    if call.operation == "CreateBucket" && makes_tags(call) {
        asks.push(ask("s3:TagResource", resource, &context));
    }
    Some(asks)
}

/// Whether a bucket is made with tags: the body is XML, and nothing else in it is called so.
fn makes_tags(call: &Call<'_>) -> bool {
    String::from_utf8_lossy(&call.request.body).contains("<Tag>")
}

/// Keys by id, ARN or alias.
pub(super) async fn kms(call: &Call<'_>) -> Option<Vec<Ask>> {
    let body = call.body();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let mut context = Context::new();
    let tags = tag_list(body.get("Tags"), "TagKey", "TagValue");
    let makes_tags = !tags.is_empty();
    request_tags(&mut context, tags);
    let keys = body
        .get("TagKeys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let keys = keys.filter_map(|key| Some(key.as_str()?.to_owned()));
    tag_keys(&mut context, keys.collect());
    let action = call.own();
    if matches!(call.operation, "CreateKey" | "ListKeys" | "ListAliases") {
        let mut asks = vec![ask(&action, "*", &context)];
        if call.operation == "CreateKey" {
            let key = call.arn("kms", "key/*");
            asks.extend(makes_tags.then(|| ask("kms:TagResource", key.as_str(), &context)));
            let gives_policy = text("Policy").is_some();
            asks.extend(gives_policy.then(|| ask("kms:PutKeyPolicy", key.as_str(), &context)));
        }
        return Some(asks);
    }
    let alias = text("AliasName").map(|alias| call.arn("kms", alias));
    let given = text("KeyId")
        .or_else(|| text("TargetKeyId"))
        .or_else(|| text("AliasName"))?;
    let key = call.world.library.whole_key_arn(given).await;
    let key = key.unwrap_or_else(|| match given.starts_with("arn:") {
        true => given.to_owned(),
        false => call.arn("kms", &format!("key/{given}")),
    });
    if given.contains("alias/") {
        set(&mut context, "kms:RequestAlias", given);
    }
    let alias = alias.map(|alias| ask(&action, alias, &context));
    resource_tags(&mut context, call.world.library.key_tags(&key).await);
    let key = ask(&action, key, &context);
    Some(alias.into_iter().chain([key]).collect())
}

/// Queues by their address.
pub(super) fn sqs(call: &Call<'_>) -> Option<Vec<Ask>> {
    let body = call.body();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let mut context = Context::new();
    let tags = tag_map(body.get("tags").or_else(|| body.get("Tags")));
    let makes_tags = !tags.is_empty();
    request_tags(&mut context, tags);
    let keys = body
        .get("TagKeys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let keys = keys.filter_map(|key| Some(key.as_str()?.to_owned()));
    tag_keys(&mut context, keys.collect());
    if call.operation == "ListQueues" {
        return Some(vec![ask("sqs:ListQueues", "*", &context)]);
    }
    let url = text("QueueUrl").and_then(|url| url.rsplit('/').next());
    let queue = call.arn("sqs", text("QueueName").or(url)?);
    let mut asks = vec![ask(&call.own(), queue.as_str(), &context)];
    if makes_tags && call.operation == "CreateQueue" {
        asks.push(ask("sqs:TagQueue", queue, &context));
    }
    Some(asks)
}
