//! What an instance is connected with: approved origins, Lambda functions and Lex bots.
//!
//! The three are sets: adding what is there and removing what is not there both succeed.

use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done};
use super::state::State;
use super::{errors, limits, paging};
use crate::wire::ServiceError;

/// Origins that an instance may approve; not adjustable.
const MOST_ORIGINS: usize = 100;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "AssociateApprovedOrigin" => associate_origin,
        "ListApprovedOrigins" => list_origins,
        "DisassociateApprovedOrigin" => disassociate_origin,
        "AssociateLambdaFunction" => associate_lambda,
        "ListLambdaFunctions" => list_lambdas,
        "DisassociateLambdaFunction" => disassociate_lambda,
        "AssociateBot" => associate_bot,
        "ListBots" => list_bots,
        "DisassociateBot" => disassociate_bot,
        "ListSecurityKeys" => list_security_keys,
        _ => return None,
    })
}

fn associate_origin(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let origin = input.required("Origin")?;
    if !is_origin(origin) {
        return Err(input.refuse("Origin must be a scheme and a host, such as https://example.com"));
    }
    if instance.origins.len() >= MOST_ORIGINS && !instance.origins.contains(origin) {
        return Err(errors::quota_exceeded(format!(
            "an instance has at most {MOST_ORIGINS} approved origins"
        )));
    }
    instance.origins.insert(origin.to_owned());
    done()
}

/// `https://host`, with a port or without, and nothing after it.
fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        let host = host.strip_suffix('/').unwrap_or(host);
        !host.is_empty() && !host.contains(['/', '?', '#', ' ', '@'])
    })
}

fn list_origins(input: &Input<'_>, state: &mut State) -> Answer {
    let origins = input.instance(state)?.origins.iter();
    let origins = origins.map(|origin| origin.as_str().into()).collect();
    paging::list(input, "Origins", origins)
}

fn disassociate_origin(input: &Input<'_>, state: &mut State) -> Answer {
    let origin = input.query("origin").unwrap_or_default();
    input.instance(state)?.origins.shift_remove(origin);
    done()
}

/// The function's resource policy is changed as well, so that the instance may invoke it.
fn associate_lambda(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let function_arn = input.required("FunctionArn")?;
    if !is_function_arn(function_arn, &input.world.region) {
        return Err(input.refuse(
            "FunctionArn must be the ARN of a function of this region, with or without a qualifier",
        ));
    }
    if !instance.lambdas.contains(function_arn) {
        limits::check_functions(input, instance)?;
    }
    let world = input.world;
    if !world
        .lambda
        .grant_connect(world, function_arn, &instance.arn)
    {
        return Err(errors::not_found("function"));
    }
    instance.lambdas.insert(function_arn.to_owned());
    done()
}

/// That the function is gone is no failure.
fn disassociate_lambda(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let function_arn = input.query("functionArn").unwrap_or_default();
    if instance.lambdas.shift_remove(function_arn) {
        let world = input.world;
        world
            .lambda
            .revoke_connect(world, function_arn, &instance.arn);
    }
    done()
}

/// `arn:aws:lambda:region:account:function:name` with `:qualifier` or without.
fn is_function_arn(text: &str, region: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let named = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '$'))
    };
    match parts.as_slice() {
        [
            "arn",
            "aws",
            "lambda",
            of_region,
            account,
            "function",
            names @ ..,
        ] => {
            *of_region == region
                && account.len() == 12
                && account.chars().all(|it| it.is_ascii_digit())
                && matches!(names.len(), 1 | 2)
                && names.iter().all(|name| named(name))
        }
        _ => false,
    }
}

fn list_lambdas(input: &Input<'_>, state: &mut State) -> Answer {
    let arns = input.instance(state)?.lambdas.iter();
    let arns = arns.map(|arn| arn.as_str().into()).collect();
    paging::list(input, "LambdaFunctions", arns)
}

/// The bot of the request as ListBots shows it: `LexBot` or `LexV2Bot`, one of them.
fn bot(input: &Input<'_>) -> Result<Value, ServiceError> {
    match (input.value("LexBot"), input.value("LexV2Bot")) {
        (Some(bot), None) => Ok(json!({ "LexBot": bot })),
        (None, Some(bot)) => Ok(json!({ "LexV2Bot": bot })),
        _ => Err(errors::invalid_request(
            "one of LexBot and LexV2Bot is required",
        )),
    }
}

fn associate_bot(input: &Input<'_>, state: &mut State) -> Answer {
    let bot = bot(input)?;
    let bots = &mut input.instance(state)?.bots;
    if !bots.contains(&bot) {
        bots.push(bot);
    }
    done()
}

fn list_bots(input: &Input<'_>, state: &mut State) -> Answer {
    let member = match input.query("lexVersion") {
        Some("V1") => "LexBot",
        _ => "LexV2Bot",
    };
    let bots = input.instance(state)?.bots.iter();
    let bots = bots.filter(|bot| !bot[member].is_null()).cloned().collect();
    paging::list(input, "LexBots", bots)
}

fn disassociate_bot(input: &Input<'_>, state: &mut State) -> Answer {
    let bot = bot(input)?;
    input.instance(state)?.bots.retain(|other| *other != bot);
    done()
}

/// Keys for encrypting stored customer input cannot be associated here, so there are none.
fn list_security_keys(input: &Input<'_>, state: &mut State) -> Answer {
    input.instance(state)?;
    paging::list(input, "SecurityKeys", Vec::new())
}
