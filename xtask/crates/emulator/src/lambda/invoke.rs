//! Invocations: synchronous ones, asynchronous ones with their retries, and `Invoke` itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::HeaderName;
use serde_json::{Value, json};
use tokio::task::{JoinError, JoinHandle};
use uuid::Uuid;

use super::environment::{Ended, Environment, Key, document, timeout_document};
use super::error::{conflict, invalid, no_function, not_json, throttled, too_large, unavailable};
use super::event_invoke::{Condition, GivenUp, give_up};
use super::function::{Configuration, Function, FunctionName, Transition};
use super::operations::named;
use super::{Invocation, Outcome, Service};
use crate::clock::InFlight;
use crate::faults::FunctionFailure;
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

/// The largest payload of a synchronous invocation and of an asynchronous one.
const SYNCHRONOUS_LIMIT: usize = 6_291_456;
const ASYNCHRONOUS_LIMIT: usize = 1_048_576;

/// The waits before an event whose function failed is tried again.
const RETRIES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];
/// How long an event waits at most between attempts at a function that cannot take it.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What an invocation runs.
struct Target {
    function: String,
    configuration: Arc<Configuration>,
    invoked_arn: String,
    reserved_concurrency: Option<u64>,
}

/// How an invocation ended, with what `Invoke` tells besides.
struct Completion {
    outcome: Outcome,
    version: String,
    log_tail: String,
}

/// What to run.
struct Work {
    target: Target,
    payload: Bytes,
    client_context: Option<String>,
    /// Whether somebody wants the end of the log, which has to arrive first.
    wants_log: bool,
}

impl Service {
    /// Runs a function and waits for its answer.
    pub(crate) async fn invoke(&self, world: &Arc<World>, invocation: Invocation) -> Outcome {
        let target = match self.target_for(world, &invocation) {
            Ok(target) => target,
            Err(outcome) => return outcome,
        };
        let work = Work {
            target,
            payload: invocation.payload,
            client_context: None,
            wants_log: false,
        };
        // The function goes on when the caller has given up.
        let running = spawn(world, work);
        let Some(limit) = invocation.limit else {
            return outcome_of(running.await);
        };
        match tokio::time::timeout(limit, running).await {
            Ok(ended) => outcome_of(ended),
            Err(_) => Outcome::GaveUp,
        }
    }

    /// Queues an invocation as the Event type does: two retries on function errors. False if the
    /// service does not take it.
    pub(crate) fn invoke_async(&self, world: &Arc<World>, invocation: Invocation) -> bool {
        let arn = invocation.function_arn.as_str();
        match self.target_for(world, &invocation) {
            Err(outcome @ (Outcome::Denied | Outcome::NotFound)) => {
                let details = [
                    ("function", arn),
                    ("principal", invocation.caller.principal),
                    ("reason", name_of(&outcome)),
                ];
                world.record("lambda", "refused", &details);
                false
            }
            _ => {
                queue(world, invocation.function_arn, invocation.payload);
                true
            }
        }
    }

    /// What an internal call runs, if the function's policy admits the caller.
    fn target_for(&self, world: &World, invocation: &Invocation) -> Result<Target, Outcome> {
        let arn = &invocation.function_arn;
        let named =
            FunctionName::parse(arn, &world.account, &world.region).ok_or(Outcome::NotFound)?;
        let state = self.state();
        let function = state.functions.get(&named.name).ok_or(Outcome::NotFound)?;
        let target = target(function, named.qualifier.as_deref())?;
        match function.admits(
            named.qualifier.as_deref(),
            &invocation.caller,
            &world.account,
        ) {
            true => Ok(target),
            false => Err(Outcome::Denied),
        }
    }

    fn target(&self, named: &FunctionName) -> Result<Target, Outcome> {
        let state = self.state();
        let function = state.functions.get(&named.name).ok_or(Outcome::NotFound)?;
        target(function, named.qualifier.as_deref())
    }

    /// Whether a function still is what an environment runs.
    fn is_current(&self, key: &Key) -> bool {
        let state = self.state();
        let function = state.functions.get(&key.function);
        function.is_some_and(|function| function.runs(key))
    }
}

fn target(function: &Function, qualifier: Option<&str>) -> Result<Target, Outcome> {
    let configuration = function
        .configuration_to_run(qualifier, dice())
        .map_err(|_| Outcome::NotFound)?;
    if function.transition == Transition::Creating {
        return Err(Outcome::Retryable("the function is Pending".to_owned()));
    }
    Ok(Target {
        function: function.name.clone(),
        configuration,
        invoked_arn: function.qualified_arn(qualifier),
        reserved_concurrency: function.reserved_concurrency,
    })
}

/// `Invoke`.
pub(super) async fn handle(
    world: &Arc<World>,
    request: &Request,
) -> Result<Response, ServiceError> {
    let named = named(world, request)?;
    let kind = request
        .header("x-amz-invocation-type")
        .unwrap_or("RequestResponse");
    if !["RequestResponse", "Event", "DryRun"].contains(&kind) {
        return Err(invalid(format!(
            "InvocationType must be RequestResponse, Event or DryRun, not {kind}"
        )));
    }
    let payload = read_payload(request, kind)?;
    let arn = request.path.get(2).map(String::as_str).unwrap_or_default();
    let target = world
        .lambda
        .target(&named)
        .map_err(|outcome| match outcome {
            Outcome::Retryable(reason) => conflict(reason),
            _ => no_function(arn),
        })?;
    match kind {
        "DryRun" => return Ok(Response::new(204, "application/json", "")),
        "Event" => {
            queue(world, target.invoked_arn, payload);
            return Ok(Response::new(202, "application/json", ""));
        }
        _ => {}
    }
    let wants_log = request.header("x-amz-log-type") == Some("Tail");
    let work = Work {
        target,
        payload,
        client_context: request.header("x-amz-client-context").map(str::to_owned),
        wants_log,
    };
    let completion = spawn(world, work)
        .await
        .map_err(|_| unavailable("the invocation did not end"))?;
    let response = match completion.outcome {
        Outcome::Answered(body) => Response::new(200, "application/json", body),
        Outcome::FunctionError(document) => Response::new(200, "application/json", document)
            .with_header(HeaderName::from_static("x-amz-function-error"), "Unhandled"),
        _ => return Err(throttled()),
    };
    let response = response.with_header(
        HeaderName::from_static("x-amz-executed-version"),
        &completion.version,
    );
    if !wants_log {
        return Ok(response);
    }
    let tail = STANDARD.encode(completion.log_tail);
    Ok(response.with_header(HeaderName::from_static("x-amz-log-result"), &tail))
}

fn read_payload(request: &Request, kind: &str) -> Result<Bytes, ServiceError> {
    let limit = match kind {
        "Event" => ASYNCHRONOUS_LIMIT,
        _ => SYNCHRONOUS_LIMIT,
    };
    if request.body.len() > limit {
        return Err(too_large(limit));
    }
    if request.body.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(&request.body)
        .map_err(|error| not_json(&error.to_string()))?;
    Ok(request.body.clone())
}

/// Starts an invocation in the background; time stands still while it runs.
fn spawn(world: &Arc<World>, work: Work) -> JoinHandle<Completion> {
    let guard = world.clock.in_flight();
    let world = Arc::clone(world);
    tokio::spawn(async move {
        let completion = run(&world, work).await;
        drop(guard);
        completion
    })
}

async fn run(world: &Arc<World>, work: Work) -> Completion {
    let request_id = Uuid::new_v4().to_string();
    let function = work.target.function.clone();
    let version = work.target.configuration.version.clone();
    let details = [
        ("function", function.as_str()),
        ("version", &version),
        ("request", &request_id),
    ];
    world.record("lambda", "invoked", &details);
    let (outcome, log_tail) = match injected(world, &work.target, &request_id) {
        Some(outcome) => (outcome, String::new()),
        None => {
            let runner = &world.lambda.runner;
            match runner.begin(&function, work.target.reserved_concurrency) {
                Some(_running) => in_environment(world, work, &request_id).await,
                None => (throttling(), String::new()),
            }
        }
    };
    let error = error_type(&outcome);
    let mut details = vec![
        ("function", function.as_str()),
        ("request", &request_id),
        ("outcome", name_of(&outcome)),
    ];
    details.extend(error.as_deref().map(|error| ("error", error)));
    world.record("lambda", "ended", &details);
    Completion {
        outcome,
        version,
        log_tail,
    }
}

/// What a fault makes of an invocation.
fn injected(world: &World, target: &Target, request_id: &str) -> Option<Outcome> {
    let failure = world.faults.of_function(&target.function)?;
    let timeout = Duration::from_secs(target.configuration.timeout.into());
    Some(match failure {
        FunctionFailure::Throttle => throttling(),
        FunctionFailure::Timeout => Outcome::FunctionError(timeout_document(request_id, timeout)),
        FunctionFailure::Crash => Outcome::FunctionError(document(
            request_id,
            "Runtime.ExitError",
            "Runtime exited with error: exit status 1",
        )),
        FunctionFailure::Error => {
            let document =
                json!({ "errorType": "Fault", "errorMessage": "a fault of the emulator" });
            Outcome::FunctionError(document.to_string().into())
        }
    })
}

/// Has an environment handle the event; also gives the end of its log.
async fn in_environment(world: &Arc<World>, work: Work, request_id: &str) -> (Outcome, String) {
    let lambda = &world.lambda;
    let configuration = &work.target.configuration;
    let timeout = Duration::from_secs(configuration.timeout.into());
    let _turn = lambda
        .runner
        .turns
        .acquire()
        .await
        .expect("the semaphore is never closed");
    let mut environment = match environment(world, &work.target, request_id).await {
        Ok(environment) => environment,
        Err(document) => return (Outcome::FunctionError(document), String::new()),
    };
    let log = Arc::clone(&environment.log);
    log.write(format!(
        "START RequestId: {request_id} Version: {}",
        configuration.version
    ));
    let (began, asked) = (Instant::now(), environment.asked());
    let invoked_arn = work.target.invoked_arn.clone();
    let ended = environment
        .handle(
            request_id,
            invoked_arn,
            work.client_context,
            work.payload,
            timeout,
        )
        .await;
    if work.wants_log && !matches!(ended, Ended::Died(_)) {
        environment.quiet(asked).await;
    }
    let took = began.elapsed().as_secs_f64() * 1000.0;
    log.write(format!("END RequestId: {request_id}"));
    log.write(format!(
        "REPORT RequestId: {request_id}\tDuration: {took:.2} ms\tBilled Duration: {:.0} ms\tMemory Size: {} MB",
        took.ceil(),
        configuration.memory
    ));
    let tail = environment.keep_log(world);
    let (outcome, reusable) = match ended {
        Ended::Answered(body) => (Outcome::Answered(body), true),
        Ended::Failed(document) => (Outcome::FunctionError(document), true),
        Ended::Died(document) => (Outcome::FunctionError(document), false),
    };
    if reusable && lambda.is_current(&environment.key) {
        lambda.runner.keep(environment);
    }
    (outcome, tail)
}

/// An environment for an event: an idle one or a new one.
async fn environment(
    world: &Arc<World>,
    target: &Target,
    request_id: &str,
) -> Result<Environment, Bytes> {
    let runner = &world.lambda.runner;
    let key = Key {
        function: target.function.clone(),
        version: target.configuration.version.clone(),
        revision: target.configuration.revision_id.clone(),
    };
    if let Some(idle) = runner.take(&key) {
        return Ok(idle);
    }
    let details = [
        ("function", key.function.as_str()),
        ("version", &key.version),
    ];
    world.record("lambda", "starting", &details);
    Environment::start(
        world,
        &runner.processes,
        &target.configuration,
        key,
        request_id,
    )
    .await
}

/// Runs an event in the background until it succeeds, fails for good or is too old.
fn queue(world: &Arc<World>, arn: String, payload: Bytes) {
    let guard = world.clock.in_flight();
    let world = Arc::clone(world);
    tokio::spawn(async move {
        if let Some(reason) = attempts(&world, guard, &arn, &payload).await {
            world.record(
                "lambda",
                "event dropped",
                &[("function", &arn), ("reason", reason)],
            );
        }
    });
}

/// The attempts at an event; gives the reason if it is dropped.
async fn attempts(
    world: &Arc<World>,
    mut guard: InFlight,
    arn: &str,
    payload: &Bytes,
) -> Option<&'static str> {
    let accepted = world.clock.now();
    let config = world.lambda.event_config(world, arn);
    let mut retries = RETRIES.into_iter().take(config.retries());
    let mut wait = Duration::from_secs(1);
    let mut attempts = 0;
    loop {
        attempts += 1;
        let outcome = attempt(world, arn, payload).await;
        let (delay, error) = match outcome {
            Outcome::Answered(_) => return None,
            Outcome::FunctionError(document) => {
                (retries.next(), serde_json::from_slice(&document).ok())
            }
            Outcome::Retryable(_) => {
                let delay = wait;
                wait = (wait * 2).min(LONGEST_WAIT);
                (Some(delay), None)
            }
            Outcome::NotFound | Outcome::Denied | Outcome::GaveUp => {
                return Some("there is no such function any more");
            }
        };
        let age = world.clock.now().duration_since(accepted);
        let age = Duration::try_from(age).unwrap_or_default();
        let (condition, reason) = match delay {
            None => (Condition::RetriesExhausted, "the function failed each time"),
            Some(delay) if age + delay > config.max_age() => {
                (Condition::EventAgeExceeded, "the event became too old")
            }
            Some(delay) => {
                guard = world.clock.sleep(guard, delay).await?;
                continue;
            }
        };
        let event = GivenUp {
            arn,
            payload,
            condition,
            attempts,
            error,
        };
        give_up(world, &config, event).await;
        return Some(reason);
    }
}

async fn attempt(world: &Arc<World>, arn: &str, payload: &Bytes) -> Outcome {
    let Some(named) = FunctionName::parse(arn, &world.account, &world.region) else {
        return Outcome::NotFound;
    };
    let target = match world.lambda.target(&named) {
        Ok(target) => target,
        Err(outcome) => return outcome,
    };
    let work = Work {
        target,
        payload: payload.clone(),
        client_context: None,
        wants_log: false,
    };
    outcome_of(spawn(world, work).await)
}

fn outcome_of(ended: Result<Completion, JoinError>) -> Outcome {
    match ended {
        Ok(completion) => completion.outcome,
        Err(error) => Outcome::Retryable(error.to_string()),
    }
}

fn throttling() -> Outcome {
    Outcome::Retryable("TooManyRequestsException".to_owned())
}

/// A number from zero to one.
fn dice() -> f64 {
    f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}

/// The type of a function's error, which says what happened; the message might say to whom.
fn error_type(outcome: &Outcome) -> Option<String> {
    let Outcome::FunctionError(document) = outcome else {
        return None;
    };
    let document: Value = serde_json::from_slice(document).ok()?;
    Some(document.get("errorType")?.as_str()?.to_owned())
}

fn name_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Answered(_) => "answered",
        Outcome::FunctionError(_) => "function error",
        Outcome::GaveUp => "gave up",
        Outcome::Denied => "denied by the function's policy",
        Outcome::NotFound => "not found",
        Outcome::Retryable(_) => "throttled",
    }
}
