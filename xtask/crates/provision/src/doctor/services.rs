//! One cheap read of each service that the environment uses, and how much there is on the instance.

use std::collections::BTreeMap;

use futures_util::{join, try_join};

use crate::address::ResourceKind;
use crate::api_error::{ApiError, done};
use crate::clients::Clients;
use crate::desired::Desired;
use crate::ledger;
use crate::live::{self, LiveInstance};

/// The services that were asked, with what went wrong.
pub(super) type Answers = Vec<(&'static str, Option<ApiError>)>;

/// Asks each service for the first of what the environment has there. Connect and STS are asked
/// elsewhere.
pub(super) async fn ask(clients: &Clients, desired: &Desired) -> Answers {
    let (dynamodb, iam, kms, lambda, logs, s3, sns, sqs) = join!(
        dynamodb(clients, desired),
        iam(clients, desired),
        kms(clients, desired),
        lambda(clients, desired),
        logs(clients, desired),
        s3(clients, desired),
        sns(clients, desired),
        sqs(clients, desired),
    );
    let asked = [
        ("dynamodb", Some(dynamodb)),
        ("iam", iam),
        ("kms", kms),
        ("lambda", lambda),
        ("logs", logs),
        ("s3", s3),
        ("sns", sns),
        ("sqs", sqs),
    ];
    asked
        .into_iter()
        .filter_map(|(service, answer)| Some((service, answer?.err())))
        .collect()
}

type Answer = Result<(), ApiError>;

async fn dynamodb(clients: &Clients, desired: &Desired) -> Answer {
    let table = desired.scope.remote_name(ledger::TABLE);
    let request = clients.dynamodb.describe_table().table_name(table);
    done("dynamodb:DescribeTable", request.send()).await
}

async fn iam(clients: &Clients, desired: &Desired) -> Option<Answer> {
    let role = desired.scope.remote_name(desired.roles.keys().next()?);
    let request = clients.iam.get_role().role_name(role);
    Some(done("iam:GetRole", request.send()).await)
}

async fn kms(clients: &Clients, desired: &Desired) -> Option<Answer> {
    let (name, key) = desired.keys.iter().next()?;
    let alias = desired.scope.key_alias(name);
    let asked = key.existing.as_deref().unwrap_or(&alias);
    let request = clients.kms.describe_key().key_id(asked);
    Some(done("kms:DescribeKey", request.send()).await)
}

async fn lambda(clients: &Clients, desired: &Desired) -> Option<Answer> {
    let function = desired.scope.remote_name(desired.functions.keys().next()?);
    let answer = live::configuration(clients, &function, None).await;
    Some(answer.map(|_| ()))
}

async fn logs(clients: &Clients, desired: &Desired) -> Option<Answer> {
    let (_, group) = desired.log_groups.iter().next()?;
    let request = clients.logs.describe_log_groups();
    let request = request.log_group_name_prefix(&group.remote_name);
    Some(done("logs:DescribeLogGroups", request.send()).await)
}

async fn s3(clients: &Clients, desired: &Desired) -> Option<Answer> {
    let (_, bucket) = desired.buckets.iter().next()?;
    let request = clients.s3.head_bucket().bucket(&bucket.name);
    let request = request.expected_bucket_owner(&desired.scope.account);
    Some(done("s3:HeadBucket", request.send()).await)
}

async fn sns(clients: &Clients, desired: &Desired) -> Option<Answer> {
    let topic = desired.scope.topic_arn(desired.topics.keys().next()?);
    let request = clients.sns.get_topic_attributes().topic_arn(topic);
    Some(done("sns:GetTopicAttributes", request.send()).await)
}

async fn sqs(clients: &Clients, desired: &Desired) -> Option<Answer> {
    let (name, _) = desired.dead_letters.iter().next()?;
    let request = clients.sqs.get_queue_url();
    let request = request.queue_name(desired.scope.remote_name(name));
    Some(done("sqs:GetQueueUrl", request.send()).await)
}

/// The quotas of the instance by their codes, if there is an instance.
pub(super) async fn quotas(
    clients: &Clients,
    instance: Option<&LiveInstance>,
) -> Option<Result<BTreeMap<String, usize>, ApiError>> {
    Some(live::quotas(clients, &instance?.remote.id).await)
}

/// How much there is of each kind that has a quota.
pub(super) async fn count(
    clients: &Clients,
    instance: &str,
) -> Result<BTreeMap<ResourceKind, usize>, ApiError> {
    let (flows, modules, hours, queues, profiles, functions) = try_join!(
        live::list_all_flows(clients, instance),
        live::list_all_modules(clients, instance),
        live::connect::list_hours(clients, instance),
        live::connect::list_queues(clients, instance),
        live::connect::list_routing_profiles(clients, instance),
        functions(clients, instance),
    )?;
    Ok(BTreeMap::from([
        (ResourceKind::Flow, flows.len()),
        (ResourceKind::Module, modules.len()),
        (ResourceKind::Hours, hours.len()),
        (ResourceKind::Queue, queues.len()),
        (ResourceKind::RoutingProfile, profiles.len()),
        (ResourceKind::Association, functions),
    ]))
}

async fn functions(clients: &Clients, instance: &str) -> Result<usize, ApiError> {
    let request = clients.connect.list_lambda_functions();
    let pages = request.instance_id(instance).into_paginator();
    let functions = pages.items().send().try_collect().await;
    let functions = functions.map_err(|e| ApiError::new("connect:ListLambdaFunctions", e))?;
    Ok(functions.len())
}
