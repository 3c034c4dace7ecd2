//! Service Quotas: the quotas of Connect and Lambda as clients may ask for them. They can be read and
//! not be raised here; [`Config::quotas`](crate::Config::quotas) has the values.

use serde_json::{Map, Value, json};

use super::table::{Entry, Level, ServiceCode, TABLE};
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

type Answer = Result<Response, ServiceError>;

/// How many quotas a page has at most, and without being asked.
const PAGE: usize = 100;

/// Carries out an operation; `None` if it is not here.
pub(crate) fn handle(world: &World, operation: &str, request: &Request) -> Option<Answer> {
    let run: fn(&World, &Map<String, Value>) -> Answer = match operation {
        "ListServiceQuotas" => list_applied,
        "ListAWSDefaultServiceQuotas" => list_defaults,
        "GetServiceQuota" => get_applied,
        "GetAWSDefaultServiceQuota" => get_default,
        _ => return None,
    };
    Some(request.json().and_then(|input| run(world, &input)))
}

fn list_applied(world: &World, input: &Map<String, Value>) -> Answer {
    let level = text(input, "QuotaAppliedAtLevel");
    let code = text(input, "QuotaCode");
    let of_level = |entry: &&Entry| match level {
        Some("ACCOUNT") => entry.level == Level::Account,
        Some("RESOURCE") => entry.level == Level::Instance,
        _ => true,
    };
    let wanted = entries(input)?
        .filter(of_level)
        .filter(|entry| code.is_none_or(|code| entry.code == code));
    let quotas = wanted.map(|entry| describe(world, entry, applied(world, entry), None));
    page(input, quotas.collect())
}

fn list_defaults(world: &World, input: &Map<String, Value>) -> Answer {
    let quotas = entries(input)?.map(|entry| describe(world, entry, entry.default, None));
    page(input, quotas.collect())
}

fn get_applied(world: &World, input: &Map<String, Value>) -> Answer {
    let entry = one(input)?;
    let value = applied(world, entry);
    reply(describe(world, entry, value, text(input, "ContextId")))
}

fn get_default(world: &World, input: &Map<String, Value>) -> Answer {
    let entry = one(input)?;
    reply(describe(world, entry, entry.default, None))
}

fn reply(quota: Value) -> Answer {
    Ok(json_answer(&json!({ "Quota": quota })))
}

fn applied(world: &World, entry: &Entry) -> u32 {
    match entry.quota {
        Some(quota) => world.quotas.value(quota),
        None => entry.default,
    }
}

/// The quotas of the service that a request names.
fn entries(
    input: &Map<String, Value>,
) -> Result<impl Iterator<Item = &'static Entry>, ServiceError> {
    let service = match text(input, "ServiceCode") {
        Some("connect") => ServiceCode::Connect,
        Some("lambda") => ServiceCode::Lambda,
        Some(_) => {
            return Err(no_such(
                "The request failed because the service is unknown here.",
            ));
        }
        None => {
            let message = "1 validation error detected: ServiceCode must not be null";
            return Err(ServiceError::new(400, "ValidationException", message));
        }
    };
    Ok(TABLE.iter().filter(move |entry| entry.service == service))
}

fn one(input: &Map<String, Value>) -> Result<&'static Entry, ServiceError> {
    let code = text(input, "QuotaCode").unwrap_or_default();
    entries(input)?
        .find(|entry| entry.code == code)
        .ok_or_else(|| no_such("The service has no quota of this code."))
}

fn no_such(message: &str) -> ServiceError {
    ServiceError::new(400, "NoSuchResourceException", message)
}

/// A quota as the service words it. What counts for an instance has that as its context.
fn describe(world: &World, entry: &Entry, value: u32, context: Option<&str>) -> Value {
    let (service, name) = match entry.service {
        ServiceCode::Connect => ("connect", "Amazon Connect"),
        ServiceCode::Lambda => ("lambda", "AWS Lambda"),
    };
    let (region, account, code) = (&world.region, &world.account, entry.code);
    let mut quota = json!({
        "ServiceCode": service,
        "ServiceName": name,
        "QuotaArn": format!("arn:aws:servicequotas:{region}:{account}:{service}/{code}"),
        "QuotaCode": code,
        "QuotaName": entry.name,
        "Value": f64::from(value),
        "Unit": "None",
        "Adjustable": entry.is_adjustable,
        "GlobalQuota": false,
        "QuotaAppliedAtLevel": "ACCOUNT",
    });
    if entry.level == Level::Instance {
        quota["QuotaAppliedAtLevel"] = json!("RESOURCE");
        quota["QuotaContext"] = json!({
            "ContextScope": "RESOURCE",
            "ContextScopeType": "AWS::Connect::Instance",
            "ContextId": context.unwrap_or("*"),
        });
    }
    quota
}

/// The part of a list that a request asks for; its token is where the next part begins.
fn page(input: &Map<String, Value>, quotas: Vec<Value>) -> Answer {
    let invalid = |message| ServiceError::new(400, "IllegalArgumentException", message);
    let from = match text(input, "NextToken") {
        Some(token) => token
            .parse()
            .ok()
            .filter(|from| *from <= quotas.len())
            .ok_or_else(|| {
                let message = "the pagination token is not valid";
                ServiceError::new(400, "InvalidPaginationTokenException", message)
            })?,
        None => 0,
    };
    let most = match input.get("MaxResults").and_then(Value::as_u64) {
        Some(most @ 1..=100) => usize::try_from(most).unwrap_or(PAGE),
        Some(_) => return Err(invalid("MaxResults is from 1 to 100")),
        None => PAGE,
    };
    let to = quotas.len().min(from + most);
    let mut answer = json!({ "Quotas": quotas[from..to] });
    if to < quotas.len() {
        answer["NextToken"] = json!(to.to_string());
    }
    Ok(json_answer(&answer))
}

fn json_answer(value: &Value) -> Response {
    Response::new(200, "application/x-amz-json-1.1", value.to_string())
}

fn text<'a>(input: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Value::as_str)
}
