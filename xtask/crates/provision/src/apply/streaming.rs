//! The calls that make and change topics, tables, roles and log groups.

use std::time::Duration;

use aws_sdk_dynamodb::operation::create_table::builders::CreateTableInputBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus,
    TimeToLiveSpecification,
};
use aws_sdk_iam::operation::create_role::builders::CreateRoleInputBuilder;
use aws_sdk_sns::operation::create_topic::builders::CreateTopicInputBuilder;

use super::{Applying, Failure, wait_for};
use crate::address::ResourceAddr;
use crate::api_error::{ApiError, done};
use crate::desired::Desired;
use crate::live::ROLE_POLICY;
use crate::plan::Call;
use crate::policy;
use crate::wait::Look;

const TABLE_DEADLINE: Duration = Duration::from_secs(5 * 60);

pub(super) async fn send(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    call: &Call,
) -> Result<(), Failure> {
    match call {
        Call::CreateTopic | Call::SetTopicPolicy | Call::TagTopic => {
            topic(applying, addr, call).await
        }
        Call::CreateTable => create_table(applying, addr).await,
        Call::UpdateTimeToLive | Call::TagTable => table(applying, addr, call).await,
        Call::CreateRole => create_role(applying, addr).await,
        Call::UpdateRoleTrust | Call::PutRolePolicy | Call::TagRole => {
            role(applying, addr, call).await
        }
        Call::CreateLogGroup => create_log_group(applying, addr).await,
        Call::PutRetentionPolicy => put_retention(applying, addr).await,
        _ => tag_log_group(applying, addr).await,
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

async fn topic(applying: &Applying<'_>, addr: &ResourceAddr, call: &Call) -> Result<(), Failure> {
    let desired = applying.desired;
    let sns = &applying.clients.sns;
    let arn = desired.scope.topic_arn(&addr.name);
    let operation = call.operation();
    let sent = match call {
        Call::CreateTopic => {
            let policy = topic_policy(applying, &addr.name)?;
            let request = topic_request(desired, addr, policy);
            done(operation, request.send_with(sns)).await
        }
        Call::SetTopicPolicy => {
            let policy = topic_policy(applying, &addr.name)?;
            let request = sns.set_topic_attributes().topic_arn(arn);
            let request = request.attribute_name("Policy").attribute_value(policy);
            done(operation, request.send()).await
        }
        _ => {
            let tags = sns_tags(desired, addr);
            let request = sns.tag_resource().resource_arn(arn).set_tags(Some(tags));
            done(operation, request.send()).await
        }
    };
    Ok(sent?)
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
    wait_for(TABLE_DEADLINE, async || {
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

async fn table(applying: &Applying<'_>, addr: &ResourceAddr, call: &Call) -> Result<(), Failure> {
    let desired = applying.desired;
    let dynamodb = &applying.clients.dynamodb;
    let operation = call.operation();
    let sent = match call {
        Call::UpdateTimeToLive => {
            let attribute = desired.tables[&addr.name]
                .time_to_live
                .clone()
                .unwrap_or_default();
            let specification = TimeToLiveSpecification::builder()
                .enabled(true)
                .attribute_name(attribute)
                .build()
                .expect("both members are set");
            let request = dynamodb.update_time_to_live();
            let request = request.table_name(desired.scope.remote_name(&addr.name));
            let request = request.time_to_live_specification(specification);
            done(operation, request.send()).await
        }
        _ => {
            let request = dynamodb.tag_resource();
            let request = request.resource_arn(desired.scope.table_arn(&addr.name));
            let request = request.set_tags(Some(table_tags(desired, addr)));
            done(operation, request.send()).await
        }
    };
    Ok(sent?)
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

async fn role(applying: &Applying<'_>, addr: &ResourceAddr, call: &Call) -> Result<(), Failure> {
    let desired = applying.desired;
    let iam = &applying.clients.iam;
    let remote = desired.scope.remote_name(&addr.name);
    let operation = call.operation();
    let sent = match call {
        Call::UpdateRoleTrust => {
            let trust = desired.roles[&addr.name].trust.to_string();
            let request = iam.update_assume_role_policy().role_name(remote);
            let request = request.policy_document(trust);
            done(operation, request.send()).await
        }
        Call::PutRolePolicy => {
            let instance = &applying.instance()?.arn;
            let policy = &desired.roles[&addr.name].policy;
            let policy = policy::with_instance(policy, Some(instance)).to_string();
            let request = iam.put_role_policy().role_name(remote);
            let request = request.policy_name(ROLE_POLICY).policy_document(policy);
            done(operation, request.send()).await
        }
        _ => {
            let tags = role_tags(desired, addr);
            let request = iam.tag_role().role_name(remote).set_tags(Some(tags));
            done(operation, request.send()).await
        }
    };
    Ok(sent?)
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
