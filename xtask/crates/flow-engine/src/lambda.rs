//! The InvokeLambdaFunction action: its limits, its retries and what it takes for an answer.

use std::time::Duration;

use flow::model::Action;
use serde_json::Value as Json;

use crate::actions::Outcome;
use crate::machine::{Pending, Run};
use crate::turn::{LambdaCall, LambdaOutcome, Need};

/// A run of Lambda blocks is cut here unless a prompt stands in between [doc].
pub(crate) const CHAIN_LIMIT: Duration = Duration::from_secs(20);

/// How often a failed call is tried again within the block's time [doc].
const RETRIES: u32 = 3;

/// Answers are smaller than this [doc].
const ANSWER_BYTES: usize = 32 * 1024;

/// A call that is going on.
pub(crate) struct Attempt {
    call: LambdaCall,
    retries_left: u32,
    answer: AnswerForm,
}

/// What the block's ResponseValidation asks for.
#[derive(Clone, Copy)]
enum AnswerForm {
    StringMap,
    Json,
}

pub(crate) fn start(action: &Action, run: &Run<'_>) -> Outcome {
    let Some(function_arn) = run.text(action, "LambdaFunctionARN") else {
        return Outcome::error("there is no function ARN");
    };
    let asynchronous = match run.text(action, "InvocationType").as_deref() {
        None | Some("SYNCHRONOUS") => false,
        Some("ASYNCHRONOUS") => true,
        Some(_) => return Outcome::error("the InvocationType is not known"),
    };
    let most = if asynchronous { 60 } else { 8 };
    let Some(limit) = run
        .text(action, "InvocationTimeLimitSeconds")
        .and_then(|text| text.parse().ok())
        .filter(|seconds| (1..=most).contains(seconds))
    else {
        return Outcome::error(format!("the time limit is not 1 to {most} seconds"));
    };
    let mut limit = Duration::from_secs(limit);
    if !asynchronous {
        limit = limit.min(CHAIN_LIMIT.saturating_sub(run.lambda_chain()));
    }
    if limit.is_zero() {
        return Outcome::error("consecutive Lambda blocks took 20 seconds without a prompt");
    }
    let parameters = match action.parameters.get("LambdaInvocationAttributes") {
        Some(value) => value.as_map().map(|map| run.scope().map(map)),
        None => Some(serde_json::Map::new()),
    };
    let Some(parameters) = parameters else {
        return Outcome::error("LambdaInvocationAttributes is not an object");
    };
    let call = LambdaCall {
        function_arn,
        parameters,
        limit,
        asynchronous,
    };
    let need = Need::Lambda(call.clone());
    if asynchronous {
        return Outcome::Ask(need, Pending::LambdaAccepted);
    }
    let attempt = Attempt {
        call,
        retries_left: RETRIES,
        answer: answer_form(action),
    };
    Outcome::Ask(need, Pending::Lambda(Box::new(attempt)))
}

/// STRING_MAP where nothing is said [export].
fn answer_form(action: &Action) -> AnswerForm {
    let validation = action.parameters.get("ResponseValidation");
    let form = validation
        .and_then(|it| it.as_map())
        .and_then(|it| it.get("ResponseType"))
        .and_then(|it| it.as_text());
    match form {
        Some("JSON") => AnswerForm::Json,
        _ => AnswerForm::StringMap,
    }
}

/// What becomes of the block after an attempt.
pub(crate) fn resume(
    mut attempt: Box<Attempt>,
    outcome: LambdaOutcome,
    elapsed: Duration,
    run: &mut Run<'_>,
) -> Outcome {
    run.add_to_lambda_chain(elapsed);
    let failure = match outcome {
        LambdaOutcome::Answered(bytes) => {
            return match parse(&bytes, attempt.answer) {
                Ok(answer) => {
                    run.variables_mut().external = answer;
                    Outcome::Next
                }
                Err(why) => Outcome::error(why),
            };
        }
        LambdaOutcome::TimedOut => {
            return Outcome::error("the function took longer than the block allows");
        }
        LambdaOutcome::Denied => {
            return Outcome::error("the function's policy does not admit the instance");
        }
        LambdaOutcome::NotFound => {
            return Outcome::error("there is no such function, version or alias");
        }
        LambdaOutcome::FunctionError => "the function returned an error",
        LambdaOutcome::Retryable => "Lambda throttled the call or failed",
    };
    attempt.call.limit = attempt.call.limit.saturating_sub(elapsed);
    if attempt.retries_left == 0 || attempt.call.limit.is_zero() {
        return Outcome::error(failure);
    }
    attempt.retries_left -= 1;
    run.note(format!("{failure}, trying again"));
    Outcome::Ask(Need::Lambda(attempt.call.clone()), Pending::Lambda(attempt))
}

/// The answer as `$.External`, or why it is none.
fn parse(bytes: &[u8], form: AnswerForm) -> Result<Json, &'static str> {
    if bytes.len() >= ANSWER_BYTES {
        return Err("the answer is not smaller than 32 KB");
    }
    let answer: Json = serde_json::from_slice(bytes).map_err(|_| "the answer is not JSON")?;
    match (form, &answer) {
        (AnswerForm::Json, _) => Ok(answer),
        (AnswerForm::StringMap, Json::Object(map)) if map.values().all(Json::is_string) => {
            Ok(answer)
        }
        (AnswerForm::StringMap, _) => Err("the answer is not a flat map of strings"),
    }
}
