//! The errors of the Connect API, with the statuses and members the service gives them.
//!
//! An operation models only some errors; the abbreviations in `routes.txt` say which.

use flow::validate::Problem;
use serde_json::{Value, json};

use super::routes::Route;
use crate::wire::ServiceError;

/// Names and statuses by abbreviation.
const ERRORS: &[(&str, &str, u16)] = &[
    ("IR", "InvalidRequestException", 400),
    ("IP", "InvalidParameterException", 400),
    ("ICF", "InvalidContactFlowException", 400),
    ("ICFM", "InvalidContactFlowModuleException", 400),
    ("SQ", "ServiceQuotaExceededException", 402),
    ("NF", "ResourceNotFoundException", 404),
    ("CNP", "ContactFlowNotPublishedException", 404),
    ("DUP", "DuplicateResourceException", 409),
    ("RC", "ResourceConflictException", 409),
    ("RIU", "ResourceInUseException", 409),
    ("IDEM", "IdempotencyException", 409),
    ("LIM", "LimitExceededException", 429),
    ("IS", "InternalServiceException", 500),
];

/// The service reports at most so many problems of so many characters.
const MOST_PROBLEMS: usize = 50;
const LONGEST_PROBLEM: usize = 256;

/// An error by its abbreviation.
fn error(abbreviation: &str, message: impl Into<String>) -> ServiceError {
    let (_, code, status) = ERRORS
        .iter()
        .find(|(name, _, _)| *name == abbreviation)
        .expect("only abbreviations of the table are used");
    ServiceError::new(*status, code, message)
}

/// Whether an operation models an error. What is not of the API's own, such as a body that is not
/// JSON, any operation may answer.
pub(super) fn is_modelled(route: &Route, error: &ServiceError) -> bool {
    ERRORS
        .iter()
        .find(|(_, code, _)| *code == error.code)
        .is_none_or(|(abbreviation, _, _)| route.models(abbreviation))
}

/// The request as such is refused.
pub(super) fn invalid_request(message: impl Into<String>) -> ServiceError {
    error("IR", message)
}

/// A value is refused: InvalidParameter where the operation models it, else InvalidRequest.
pub(super) fn invalid(route: &Route, message: impl Into<String>) -> ServiceError {
    if route.models("IP") {
        error("IP", message)
    } else {
        error("IR", message)
    }
}

/// Something that was named is not there.
pub(super) fn not_found(what: &str) -> ServiceError {
    error("NF", format!("{what} not found"))
}

/// The flow has only ever been saved.
pub(super) fn not_published() -> ServiceError {
    error("CNP", "the flow has not been published")
}

/// The name is taken.
pub(super) fn duplicate(what: &str) -> ServiceError {
    error("DUP", format!("{what} with this name already exists"))
}

/// There is one already.
pub(super) fn conflict(message: impl Into<String>) -> ServiceError {
    error("RC", message)
}

/// The same ClientToken came with another request.
pub(super) fn token_reused(route: &Route) -> ServiceError {
    let message = "the client token was used with different parameters";
    if route.models("IDEM") {
        error("IDEM", message)
    } else {
        error("IR", message)
    }
}

/// A quota that the operation reports as a limit.
pub(super) fn limit_exceeded(message: impl Into<String>) -> ServiceError {
    error("LIM", message)
}

/// A quota that the operation reports as one.
pub(super) fn quota_exceeded(message: impl Into<String>) -> ServiceError {
    error("SQ", message)
}

/// Something else uses the resource.
pub(super) fn in_use(resource_type: &str, resource_id: &str) -> ServiceError {
    let mut error = error("RIU", "the resource is in use");
    error
        .members
        .insert("ResourceType".into(), resource_type.into());
    error
        .members
        .insert("ResourceId".into(), resource_id.into());
    error
}

/// A flow that does not validate: `problems`, and no message.
pub(super) fn invalid_flow(problems: &[Problem]) -> ServiceError {
    with_problems(error("ICF", ""), "problems", problems)
}

/// A module that does not validate: `Problems`, and no message.
pub(super) fn invalid_module(problems: &[Problem]) -> ServiceError {
    with_problems(error("ICFM", ""), "Problems", problems)
}

fn with_problems(mut error: ServiceError, member: &str, problems: &[Problem]) -> ServiceError {
    let problems: Vec<Value> = problems
        .iter()
        .take(MOST_PROBLEMS)
        .map(|problem| {
            let message: String = problem.message.chars().take(LONGEST_PROBLEM).collect();
            json!({ "message": message })
        })
        .collect();
    error.message = None;
    error.members.insert(member.into(), problems.into());
    error
}

/// A member of the request that the emulator does not carry out.
pub(super) fn not_implemented(operation: &str, member: &str) -> ServiceError {
    ServiceError::new(
        501,
        "NotImplementedException",
        format!("the emulator does not implement `{member}` of {operation}"),
    )
}
