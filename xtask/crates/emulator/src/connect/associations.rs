//! What an instance is connected with: approved origins, Lambda functions and Lex bots.
//!
//! The three are sets: adding what is there and removing what is not there both succeed.

use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done};
use super::state::State;
use super::{errors, paging};
use crate::wire::ServiceError;

/// Origins that an instance may approve; not adjustable.
const MOST_ORIGINS: usize = 100;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "AssociateApprovedOrigin" => associate_origin,
        "ListApprovedOrigins" => list_origins,
        "DisassociateApprovedOrigin" => disassociate_origin,
        "ListLambdaFunctions" => list_lambdas,
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
