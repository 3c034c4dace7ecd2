//! The calls that make and change topics, tables and queues for dead letters.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::create_table::builders::CreateTableInputBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, PointInTimeRecoverySpecification,
    ScalarAttributeType, SseSpecification, SseType, TableStatus, TimeToLiveSpecification,
};
use aws_sdk_sns::operation::create_topic::builders::CreateTopicInputBuilder;
use aws_sdk_sqs::types::QueueAttributeName;

use super::{Applying, Failure, wait_for};
use crate::address::ResourceAddr;
use crate::api_error::{ApiError, done};
use crate::desired::Desired;
use crate::live::queue_url;
use crate::plan::StreamingCall;
use crate::wait::Look;

const TABLE_DEADLINE: Duration = Duration::from_secs(5 * 60);
const QUEUE_DEADLINE: Duration = Duration::from_secs(2 * 60);

pub(super) async fn send(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    call: &StreamingCall,
) -> Result<(), Failure> {
    match call {
        StreamingCall::CreateDeadLetters => create_dead_letters(applying, addr).await,
        StreamingCall::SetDeadLettersAttributes => set_dead_letters(applying, &addr.name).await,
        StreamingCall::TagDeadLetters => tag_dead_letters(applying, addr).await,
        StreamingCall::CreateTopic => create_topic(applying, addr).await,
        StreamingCall::SetTopicPolicy => set_topic_policy(applying, addr).await,
        StreamingCall::SetTopicKey => set_topic_key(applying, &addr.name).await,
        StreamingCall::TagTopic => tag_topic(applying, addr).await,
        StreamingCall::CreateTable => create_table(applying, addr).await,
        StreamingCall::UpdateTimeToLive => update_time_to_live(applying, addr).await,
        StreamingCall::EnablePointInTimeRecovery => enable_recovery(applying, &addr.name).await,
        StreamingCall::UpdateTableEncryption => update_encryption(applying, &addr.name).await,
        StreamingCall::TagTable => tag_table(applying, addr).await,
    }
}

/// The policy of a topic with the instance in it.
fn topic_policy(applying: &Applying<'_>, name: &str) -> Result<String, Failure> {
    applying.instance()?;
    let policy = &applying.desired.topics[name];
    Ok(applying.bound(policy).to_string())
}

/// The topic is born with its policy, so that the default one never holds.
fn topic_request(
    desired: &Desired,
    addr: &ResourceAddr,
    policy: String,
) -> CreateTopicInputBuilder {
    CreateTopicInputBuilder::default()
        .name(desired.scope.remote_name(&addr.name))
        .attributes("Policy", policy)
        .set_tags(Some(sns_tags(desired, addr)))
}

fn sns_tags(desired: &Desired, addr: &ResourceAddr) -> Vec<aws_sdk_sns::types::Tag> {
    let tags = desired.tags(addr).into_iter();
    let tags = tags.map(|(key, value)| {
        let tag = aws_sdk_sns::types::Tag::builder()
            .key(key)
            .value(value)
            .build();
        tag.expect("both members are set")
    });
    tags.collect()
}

async fn create_topic(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let policy = topic_policy(applying, &addr.name)?;
    let mut request = topic_request(applying.desired, addr, policy);
    if let Some(key) = applying.desired.topic_keys.get(&addr.name) {
        request = request.attributes("KmsMasterKeyId", applying.key_arn(key)?);
    }
    let sending = request.send_with(&applying.clients.sns);
    Ok(done("sns:CreateTopic", sending).await?)
}

async fn set_topic_policy(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let policy = topic_policy(applying, &addr.name)?;
    let request = applying.clients.sns.set_topic_attributes();
    let request = request.topic_arn(applying.desired.scope.topic_arn(&addr.name));
    let request = request.attribute_name("Policy").attribute_value(policy);
    Ok(done("sns:SetTopicAttributes", request.send()).await?)
}

async fn set_topic_key(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let Some(key) = applying.desired.topic_keys.get(name) else {
        return Ok(());
    };
    let request = applying.clients.sns.set_topic_attributes();
    let request = request.topic_arn(applying.desired.scope.topic_arn(name));
    let request = request.attribute_name("KmsMasterKeyId");
    let request = request.attribute_value(applying.key_arn(key)?);
    Ok(done("sns:SetTopicAttributes", request.send()).await?)
}

/// The attributes of a queue that are ours to set.
fn queue_attributes(
    applying: &Applying<'_>,
    name: &str,
) -> Result<HashMap<QueueAttributeName, String>, Failure> {
    let spec = &applying.desired.dead_letters[name];
    let keep = spec.keep_seconds.to_string();
    let mut attributes = HashMap::from([(QueueAttributeName::MessageRetentionPeriod, keep)]);
    if let Some(policy) = &spec.policy {
        attributes.insert(QueueAttributeName::Policy, policy.to_string());
    }
    if let Some(key) = &spec.key {
        let key = applying.key_arn(key)?.to_owned();
        attributes.insert(QueueAttributeName::KmsMasterKeyId, key);
    }
    Ok(attributes)
}

/// Making it again with the same attributes is no change, so an answer that got lost does no harm. A
/// name is not free until a minute after its queue was deleted.
async fn create_dead_letters(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let attributes = queue_attributes(applying, &addr.name)?;
    wait_for(applying.clients, QUEUE_DEADLINE, async || {
        let request = applying.clients.sqs.create_queue();
        let request = request.queue_name(desired.scope.remote_name(&addr.name));
        let request = request.set_attributes(Some(attributes.clone()));
        let request = request.set_tags(Some(desired.tags(addr).into_iter().collect()));
        match done("sqs:CreateQueue", request.send()).await {
            Ok(()) => Ok(Look::Done(())),
            Err(error)
                if error
                    .code()
                    .is_some_and(|it| it.contains("DeletedRecently")) =>
            {
                Ok(Look::NotYet("deleted a moment ago".to_owned()))
            }
            Err(error) if error.is_already_exists() => Err(Failure::Stale),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

async fn dead_letters_url(applying: &Applying<'_>, name: &str) -> Result<String, Failure> {
    let url = queue_url(applying.clients, applying.desired, name).await?;
    url.ok_or_else(|| ApiError::incomplete("sqs:GetQueueUrl", "queue").into())
}

async fn set_dead_letters(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let url = dead_letters_url(applying, name).await?;
    let attributes = queue_attributes(applying, name)?;
    let request = applying.clients.sqs.set_queue_attributes().queue_url(url);
    let request = request.set_attributes(Some(attributes));
    Ok(done("sqs:SetQueueAttributes", request.send()).await?)
}

async fn tag_dead_letters(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let url = dead_letters_url(applying, &addr.name).await?;
    let tags = applying.desired.tags(addr).into_iter().collect();
    let request = applying.clients.sqs.tag_queue().queue_url(url);
    Ok(done("sqs:TagQueue", request.set_tags(Some(tags)).send()).await?)
}

async fn tag_topic(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let request = applying.clients.sns.tag_resource();
    let request = request.resource_arn(desired.scope.topic_arn(&addr.name));
    let request = request.set_tags(Some(sns_tags(desired, addr)));
    Ok(done("sns:TagResource", request.send()).await?)
}

fn table_request(desired: &Desired, addr: &ResourceAddr) -> CreateTableInputBuilder {
    let table = &desired.tables[&addr.name];
    let partition = (&table.partition_key, KeyType::Hash);
    let sort = table.sort_key.iter().map(|key| (key, KeyType::Range));
    let keys = [partition].into_iter().chain(sort);
    let (definitions, schema) = keys.map(|(name, key_type)| key(name, key_type)).unzip();
    CreateTableInputBuilder::default()
        .table_name(desired.scope.remote_name(&addr.name))
        .set_attribute_definitions(Some(definitions))
        .set_key_schema(Some(schema))
        .billing_mode(BillingMode::PayPerRequest)
        .set_tags(Some(table_tags(desired, addr)))
}

fn key(name: &str, key_type: KeyType) -> (AttributeDefinition, KeySchemaElement) {
    let definition = AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build();
    let element = KeySchemaElement::builder()
        .attribute_name(name)
        .key_type(key_type)
        .build();
    let complete = "both members are set";
    (definition.expect(complete), element.expect(complete))
}

fn table_tags(desired: &Desired, addr: &ResourceAddr) -> Vec<aws_sdk_dynamodb::types::Tag> {
    let tags = desired.tags(addr).into_iter();
    let tags = tags.map(|(key, value)| {
        let tag = aws_sdk_dynamodb::types::Tag::builder()
            .key(key)
            .value(value)
            .build();
        tag.expect("both members are set")
    });
    tags.collect()
}

async fn create_table(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let request = table_request(applying.desired, addr);
    let request = request.set_sse_specification(encryption(applying, &addr.name)?);
    match request.send_with(&applying.clients.dynamodb).await {
        Ok(_) => {}
        Err(error) => {
            let error = ApiError::new("dynamodb:CreateTable", error);
            // An answer that got lost: the table is there or on its way.
            if !error.is_already_exists() {
                return Err(error.into());
            }
        }
    }
    wait_for_table(applying, &addr.name).await
}

/// How a table is encrypted; nothing for the way of DynamoDB itself.
fn encryption(applying: &Applying<'_>, name: &str) -> Result<Option<SseSpecification>, Failure> {
    let Some(key) = &applying.desired.tables[name].key else {
        return Ok(None);
    };
    let specification = SseSpecification::builder().enabled(true);
    let specification = specification.sse_type(SseType::Kms);
    let key = applying.key_arn(key)?;
    Ok(Some(specification.kms_master_key_id(key).build()))
}

async fn update_encryption(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let request = applying.clients.dynamodb.update_table();
    let request = request.table_name(applying.desired.scope.remote_name(name));
    let request = request.set_sse_specification(encryption(applying, name)?);
    done("dynamodb:UpdateTable", request.send()).await?;
    wait_for_table(applying, name).await
}

/// A table that was made a moment ago cannot be backed up yet.
async fn enable_recovery(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let specification = PointInTimeRecoverySpecification::builder()
        .point_in_time_recovery_enabled(true)
        .build()
        .expect("every required member is set above");
    wait_for(applying.clients, TABLE_DEADLINE, async || {
        let request = applying.clients.dynamodb.update_continuous_backups();
        let request = request.table_name(applying.desired.scope.remote_name(name));
        let request = request.point_in_time_recovery_specification(specification.clone());
        match done("dynamodb:UpdateContinuousBackups", request.send()).await {
            Ok(()) => Ok(Look::Done(())),
            Err(error) if error.code() == Some("ContinuousBackupsUnavailableException") => {
                Ok(Look::NotYet("backups not available".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}

async fn wait_for_table(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let remote = applying.desired.scope.remote_name(name);
    wait_for(applying.clients, TABLE_DEADLINE, async || {
        let request = applying
            .clients
            .dynamodb
            .describe_table()
            .table_name(&remote);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let error = ApiError::new("dynamodb:DescribeTable", error);
                return match error.is_not_found() {
                    true => Ok(Look::NotYet("not visible".to_owned())),
                    false => Err(error.into()),
                };
            }
        };
        match answer.table().and_then(|table| table.table_status()) {
            Some(TableStatus::Active) => Ok(Look::Done(())),
            status => Ok(Look::NotYet(
                status.map_or("no status", TableStatus::as_str).to_owned(),
            )),
        }
    })
    .await
}

async fn update_time_to_live(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let attribute = desired.tables[&addr.name].time_to_live.clone();
    let specification = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name(attribute.unwrap_or_default())
        .build()
        .expect("both members are set");
    let request = applying.clients.dynamodb.update_time_to_live();
    let request = request.table_name(desired.scope.remote_name(&addr.name));
    let request = request.time_to_live_specification(specification);
    Ok(done("dynamodb:UpdateTimeToLive", request.send()).await?)
}

async fn tag_table(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let request = applying.clients.dynamodb.tag_resource();
    let request = request.resource_arn(desired.scope.table_arn(&addr.name));
    let request = request.set_tags(Some(table_tags(desired, addr)));
    Ok(done("dynamodb:TagResource", request.send()).await?)
}
