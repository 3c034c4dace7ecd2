//! The calls that make and change topics and tables.

use std::time::Duration;

use aws_sdk_dynamodb::operation::create_table::builders::CreateTableInputBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus,
    TimeToLiveSpecification,
};
use aws_sdk_sns::operation::create_topic::builders::CreateTopicInputBuilder;

use super::{Applying, Failure, wait_for};
use crate::address::ResourceAddr;
use crate::api_error::{ApiError, done};
use crate::desired::Desired;
use crate::plan::StreamingCall;
use crate::policy;
use crate::wait::Look;

const TABLE_DEADLINE: Duration = Duration::from_secs(5 * 60);

pub(super) async fn send(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    call: &StreamingCall,
) -> Result<(), Failure> {
    match call {
        StreamingCall::CreateTopic => create_topic(applying, addr).await,
        StreamingCall::SetTopicPolicy => set_topic_policy(applying, addr).await,
        StreamingCall::TagTopic => tag_topic(applying, addr).await,
        StreamingCall::CreateTable => create_table(applying, addr).await,
        StreamingCall::UpdateTimeToLive => update_time_to_live(applying, addr).await,
        StreamingCall::TagTable => tag_table(applying, addr).await,
    }
}

/// The policy of a topic with the instance in it.
fn topic_policy(applying: &Applying<'_>, name: &str) -> Result<String, Failure> {
    let instance = &applying.instance()?.arn;
    let policy = &applying.desired.topics[name];
    Ok(policy::with_instance(policy, Some(instance)).to_string())
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
    let request = topic_request(applying.desired, addr, policy);
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
    let remote = applying.desired.scope.remote_name(&addr.name);
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
