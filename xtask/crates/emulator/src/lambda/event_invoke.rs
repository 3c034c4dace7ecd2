//! What becomes of asynchronous events that a function does not manage: how often and how long they
//! are tried, and where they go at last.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::error::{constraint, invalid, missing, not_found};
use super::function::Function;
use super::operations::Command;
use super::{FunctionName, Service};
use crate::wire::{Response, ServiceError};
use crate::world::World;

/// The settings of one qualifier; what is not said is as Lambda has it by default.
#[derive(Clone, Debug, Default)]
pub(super) struct EventInvokeConfig {
    retries: Option<u32>,
    /// Seconds.
    max_age: Option<u32>,
    on_failure: Option<String>,
    /// Seconds of the epoch.
    modified: f64,
}

impl EventInvokeConfig {
    /// How often an event is tried again whose function failed.
    pub(super) fn retries(&self) -> usize {
        self.retries.map_or(2, |retries| retries as usize)
    }

    /// How long an event is kept.
    pub(super) fn max_age(&self) -> Duration {
        Duration::from_secs(self.max_age.unwrap_or(6 * 60 * 60).into())
    }
}

/// Why an event is given up, as the record for its destination says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    RetriesExhausted,
    EventAgeExceeded,
}

/// An event that is given up.
pub(super) struct GivenUp<'a> {
    pub(super) arn: &'a str,
    pub(super) payload: &'a [u8],
    pub(super) condition: Condition,
    pub(super) attempts: usize,
    /// What the function said last, if it said anything.
    pub(super) error: Option<Value>,
}

impl Service {
    /// The settings for events that name a function this way.
    pub(super) fn event_config(&self, world: &World, arn: &str) -> EventInvokeConfig {
        let named = FunctionName::parse(arn, &world.account, &world.region);
        let state = self.state();
        let config = named.and_then(|named| {
            let function = state.functions.get(&named.name)?;
            function
                .event_configs
                .get(key(named.qualifier.as_deref()))
                .cloned()
        });
        config.unwrap_or_default()
    }
}

/// Sends the record of an event to the destination for failures, if there is one.
pub(super) async fn give_up(world: &Arc<World>, config: &EventInvokeConfig, event: GivenUp<'_>) {
    let Some(queue) = &config.on_failure else {
        return;
    };
    let record = record(world, &event).to_string();
    let result = world.library.send_to_queue(queue, &record).await;
    let outcome = match result {
        Ok(()) => "sent to the destination for failures",
        Err(_) => "lost, its destination does not exist",
    };
    let details = [("function", event.arn), ("destination", queue.as_str())];
    world.record("lambda", outcome, &details);
}

fn record(world: &World, event: &GivenUp<'_>) -> Value {
    let condition = match event.condition {
        Condition::RetriesExhausted => "RetriesExhausted",
        Condition::EventAgeExceeded => "EventAgeExceeded",
    };
    let payload: Value = serde_json::from_slice(event.payload).unwrap_or_default();
    let mut record = json!({
        "version": "1.0",
        "timestamp": world.clock.now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "requestContext": {
            "requestId": Uuid::new_v4().to_string(),
            "functionArn": event.arn,
            "condition": condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": payload,
    });
    if let Some(error) = &event.error {
        record["responseContext"] = json!({
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        });
        record["responsePayload"] = error.clone();
    }
    record
}

/// `PutFunctionEventInvokeConfig`: what is not said is as by default again.
pub(super) fn put(
    function: &mut Function,
    command: &Command<'_>,
) -> Result<Response, ServiceError> {
    write(function, command, EventInvokeConfig::default())
}

/// `UpdateFunctionEventInvokeConfig`: what is not said stays.
pub(super) fn update(
    function: &mut Function,
    command: &Command<'_>,
) -> Result<Response, ServiceError> {
    let config = existing(function, command)?.clone();
    write(function, command, config)
}

/// `GetFunctionEventInvokeConfig`.
pub(super) fn get(
    function: &mut Function,
    command: &Command<'_>,
) -> Result<Response, ServiceError> {
    let config = existing(function, command)?;
    Ok(Response::json(&shown(function, command, config)))
}

/// `DeleteFunctionEventInvokeConfig`.
pub(super) fn delete(
    function: &mut Function,
    command: &Command<'_>,
) -> Result<Response, ServiceError> {
    existing(function, command)?;
    function.event_configs.remove(key(command.qualifier));
    Ok(Response::new(204, "application/json", ""))
}

fn existing<'f>(
    function: &'f Function,
    command: &Command<'_>,
) -> Result<&'f EventInvokeConfig, ServiceError> {
    let config = function.event_configs.get(key(command.qualifier));
    config.ok_or_else(|| {
        let arn = arn(function, command);
        not_found(format!(
            "The function {arn} doesn't have an EventInvokeConfig"
        ))
    })
}

fn write(
    function: &mut Function,
    command: &Command<'_>,
    mut config: EventInvokeConfig,
) -> Result<Response, ServiceError> {
    function.check_qualifier(command.qualifier)?;
    let number = |name: &str, least: u64, greatest: u64| match command.input.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .filter(|number| (least..=greatest).contains(number))
            .and_then(|number| u32::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| {
                let rule = format!("Member must have value from {least} to {greatest}");
                constraint(name, &value.to_string(), &rule)
            }),
    };
    config.retries = number("MaximumRetryAttempts", 0, 2)?.or(config.retries);
    config.max_age = number("MaximumEventAgeInSeconds", 60, 21_600)?.or(config.max_age);
    if let Some(destinations) = command.input.get("DestinationConfig") {
        if !destinations["OnSuccess"]["Destination"].is_null() {
            return Err(missing("destinations for successes"));
        }
        config.on_failure = failure_queue(&destinations["OnFailure"]["Destination"])?;
    }
    config.modified = command.world.clock.now().as_duration().as_secs_f64();
    let answer = shown(function, command, &config);
    let key = key(command.qualifier).to_owned();
    function.event_configs.insert(key, config);
    Ok(Response::json(&answer))
}

fn failure_queue(destination: &Value) -> Result<Option<String>, ServiceError> {
    match destination.as_str() {
        None | Some("") => Ok(None),
        Some(arn) if arn.starts_with("arn:aws:sqs:") => Ok(Some(arn.to_owned())),
        Some(arn) if arn.starts_with("arn:aws:") => Err(missing("destinations other than SQS")),
        Some(arn) => Err(invalid(format!("The destination ARN {arn} is invalid."))),
    }
}

fn shown(function: &Function, command: &Command<'_>, config: &EventInvokeConfig) -> Value {
    let mut shown = json!({
        "FunctionArn": arn(function, command),
        "LastModified": config.modified,
        "DestinationConfig": { "OnSuccess": {}, "OnFailure": {} },
    });
    if let Some(retries) = config.retries {
        shown["MaximumRetryAttempts"] = retries.into();
    }
    if let Some(age) = config.max_age {
        shown["MaximumEventAgeInSeconds"] = age.into();
    }
    if let Some(queue) = &config.on_failure {
        shown["DestinationConfig"]["OnFailure"]["Destination"] = queue.as_str().into();
    }
    shown
}

fn arn(function: &Function, command: &Command<'_>) -> String {
    function.qualified_arn(Some(key(command.qualifier)))
}

fn key(qualifier: Option<&str>) -> &str {
    qualifier.unwrap_or("$LATEST")
}
