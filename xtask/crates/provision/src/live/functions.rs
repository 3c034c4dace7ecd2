//! Reads functions with their alias, its policy, and the subscriptions that end there.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use futures_util::try_join;

use super::read::{each, found};
use super::{FunctionState, Live, LiveFunction, LiveSubscription, streaming};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::{Desired, EventSettings, FunctionSettings};
use crate::infra::Caller;
use crate::scope::LIVE;
use crate::tags::Tags;

pub(super) async fn release(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
) -> Result<(), ApiError> {
    let names = || desired.functions.keys();
    let (functions, roles, topics) = try_join!(
        each(names(), |name| function(clients, desired, name)),
        each(names(), |name| streaming::role(clients, desired, name)),
        each(desired.topics.keys(), |name| streaming::topic(
            clients, desired, name
        )),
    )?;
    for (name, function, revision) in functions.into_iter().flatten() {
        if let Some(revision) = revision {
            live.revisions.insert(name.clone(), revision);
        }
        live.functions.insert(name, function);
    }
    live.roles = roles.into_iter().flatten().collect();
    live.topics = topics.into_iter().flatten().collect();
    for (name, function) in &desired.functions {
        for caller in &function.callers {
            if let Caller::Topic { topic, .. } = caller
                && live.topics.contains_key(topic)
                && let Some(found) = subscription(clients, desired, name, topic).await?
            {
                live.subscriptions.insert(name.clone(), found);
            }
        }
    }
    Ok(())
}

async fn function(
    clients: &Clients,
    desired: &Desired,
    name: &str,
) -> Result<Option<(String, LiveFunction, Option<String>)>, ApiError> {
    let remote = desired.scope.remote_name(name);
    let Some(latest) = configuration(clients, &remote, None).await? else {
        return Ok(None);
    };
    let arn = desired.scope.function_arn(name);
    let is_earlier = desired.functions[name].pinned.is_some();
    let (live, tags, policy, versions, events) = try_join!(
        configuration(clients, &remote, Some(LIVE)),
        function_tags(clients, &arn),
        policy(clients, &remote),
        versions(clients, &remote, is_earlier),
        events(clients, desired, name),
    )?;
    let function = LiveFunction {
        latest: state(&latest),
        live: live.as_ref().map(state),
        live_version: live.and_then(|live| live.version),
        versions,
        tags,
        policy,
        events,
    };
    Ok(Some((name.to_owned(), function, latest.revision_id)))
}

/// GetFunction would answer with a link to the code as well, which nobody here needs.
pub(crate) async fn configuration(
    clients: &Clients,
    remote: &str,
    qualifier: Option<&str>,
) -> Result<Option<GetFunctionConfigurationOutput>, ApiError> {
    let request = clients
        .lambda
        .get_function_configuration()
        .function_name(remote);
    let answer = request
        .set_qualifier(qualifier.map(str::to_owned))
        .send()
        .await;
    found(answer.map_err(|e| ApiError::new("lambda:GetFunctionConfiguration", e)))
}

pub(crate) fn state(configuration: &GetFunctionConfigurationOutput) -> FunctionState {
    let environment = configuration.environment();
    let variables = environment.and_then(|environment| environment.variables());
    let variables = variables.into_iter().flatten();
    let architecture = configuration.architectures().first();
    FunctionState {
        settings: FunctionSettings {
            description: configuration.description().unwrap_or_default().to_owned(),
            role_arn: configuration.role().unwrap_or_default().to_owned(),
            timeout_seconds: configuration.timeout().unwrap_or_default(),
            memory_mb: configuration.memory_size().unwrap_or_default(),
            environment: variables.map(|(k, v)| (k.clone(), v.clone())).collect(),
        },
        sha256: configuration.code_sha256().unwrap_or_default().to_owned(),
        architecture: architecture
            .map_or("x86_64", |found| found.as_str())
            .to_owned(),
    }
}

/// The versions of a function, if they are wanted.
async fn versions(
    clients: &Clients,
    remote: &str,
    are_wanted: bool,
) -> Result<BTreeMap<String, String>, ApiError> {
    if !are_wanted {
        return Ok(BTreeMap::new());
    }
    let request = clients.lambda.list_versions_by_function();
    let pages = request.function_name(remote).into_paginator();
    let versions = pages.items().send().try_collect().await;
    let versions = versions.map_err(|e| ApiError::new("lambda:ListVersionsByFunction", e))?;
    let versions = versions.into_iter();
    Ok(versions
        .filter_map(|it| Some((it.version?, it.code_sha256?)))
        .filter(|(version, _)| version != "$LATEST")
        .collect())
}

pub(super) async fn function_tags(clients: &Clients, arn: &str) -> Result<Tags, ApiError> {
    let answer = clients.lambda.list_tags().resource(arn).send().await;
    let answer = answer.map_err(|e| ApiError::new("lambda:ListTags", e))?;
    let tags = answer.tags().into_iter().flatten();
    Ok(tags
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect())
}

/// The policy of the alias; the function has another one of its own.
pub(crate) async fn policy(
    clients: &Clients,
    remote: &str,
) -> Result<Option<serde_json::Value>, ApiError> {
    let request = clients
        .lambda
        .get_policy()
        .function_name(remote)
        .qualifier(LIVE);
    let answer = request.send().await;
    let answer = found(answer.map_err(|e| ApiError::new("lambda:GetPolicy", e)))?;
    Ok(answer.and_then(|answer| answer.policy().map(streaming::json)))
}

/// What becomes of events of the alias; not asked if nothing is desired.
async fn events(
    clients: &Clients,
    desired: &Desired,
    name: &str,
) -> Result<Option<EventSettings>, ApiError> {
    if desired.functions[name].events.is_none() {
        return Ok(None);
    }
    let request = clients.lambda.get_function_event_invoke_config();
    let request = request.function_name(desired.scope.remote_name(name));
    let answer = request.qualifier(LIVE).send().await;
    let answer = answer.map_err(|e| ApiError::new("lambda:GetFunctionEventInvokeConfig", e));
    Ok(found(answer)?.map(|answer| {
        let destinations = answer.destination_config();
        let failure = destinations.and_then(|it| it.on_failure());
        EventSettings {
            retries: answer.maximum_retry_attempts(),
            max_age_seconds: answer.maximum_event_age_in_seconds(),
            queue_arn: failure.and_then(|it| it.destination()).map(str::to_owned),
        }
    }))
}

pub(super) async fn subscription(
    clients: &Clients,
    desired: &Desired,
    name: &str,
    topic: &str,
) -> Result<Option<LiveSubscription>, ApiError> {
    let request = clients.sns.list_subscriptions_by_topic();
    let pages = request
        .topic_arn(desired.scope.topic_arn(topic))
        .into_paginator();
    let subscriptions = pages.items().send().try_collect().await;
    let subscriptions =
        subscriptions.map_err(|e| ApiError::new("sns:ListSubscriptionsByTopic", e))?;
    let alias = desired.scope.live_alias_arn(name);
    let arn = subscriptions
        .iter()
        .find(|found| found.endpoint() == Some(&alias))
        .and_then(|found| found.subscription_arn());
    let Some(arn) = arn else {
        return Ok(None);
    };
    let request = clients.sns.get_subscription_attributes();
    let answer = request.subscription_arn(arn).send().await;
    let answer = answer.map_err(|e| ApiError::new("sns:GetSubscriptionAttributes", e))?;
    let attributes = answer.attributes();
    let filter = attributes.and_then(|attributes| attributes.get("FilterPolicy"));
    let redrive = attributes.and_then(|attributes| attributes.get("RedrivePolicy"));
    let redrive = redrive.map(|policy| streaming::json(policy));
    let undelivered = redrive.and_then(|policy| {
        let queue = policy.get("deadLetterTargetArn")?.as_str()?;
        Some(queue.to_owned())
    });
    // A filter is taken away by setting an empty one.
    let filter = filter.map(|filter| streaming::json(filter));
    Ok(Some(LiveSubscription {
        arn: arn.to_owned(),
        filter: filter.filter(|filter| *filter != serde_json::json!({})),
        undelivered,
    }))
}
