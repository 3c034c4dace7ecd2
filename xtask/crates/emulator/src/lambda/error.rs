//! The errors of Lambda's control plane, worded as AWS words them.

use serde_json::Value;

use crate::wire::ServiceError;

/// An error; its body names who is to blame.
fn error(status: u16, code: &str, message: impl Into<String>) -> ServiceError {
    let blame = if status < 500 { "User" } else { "Service" };
    ServiceError::new(status, code, message).with("Type", blame)
}

/// A parameter that is well formed but not acceptable.
pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    error(400, "InvalidParameterValueException", message)
}

/// A parameter outside the constraints of the interface's model.
pub(super) fn constraint(name: &str, value: &str, rule: &str) -> ServiceError {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {rule}"
    );
    error(400, "ValidationException", message)
}

/// Something that exists already, or is not in a state for this.
pub(super) fn conflict(message: impl Into<String>) -> ServiceError {
    error(409, "ResourceConflictException", message)
}

/// Something that does not exist. Its message has another name than that of all other errors.
pub(super) fn not_found(message: impl Into<String>) -> ServiceError {
    let message: String = message.into();
    let mut error = error(404, "ResourceNotFoundException", "");
    error.message = None;
    error.with("Message", Value::from(message))
}

/// A function that does not exist.
pub(super) fn no_function(arn: &str) -> ServiceError {
    not_found(format!("Function not found: {arn}"))
}

/// A revision that is not the latest one.
pub(super) fn stale() -> ServiceError {
    error(
        412,
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the \
         GetFunction/GetAlias API to retrieve the latest Revision Id",
    )
}

/// Too many invocations at once.
pub(super) fn throttled() -> ServiceError {
    error(429, "TooManyRequestsException", "Rate Exceeded.").with(
        "Reason",
        "ReservedFunctionConcurrentInvocationLimitExceeded",
    )
}

/// A payload that is too large.
pub(super) fn too_large(limit: usize) -> ServiceError {
    let message =
        format!("Request must be smaller than {limit} bytes for the InvokeFunction operation");
    error(413, "RequestTooLargeException", message)
}

/// A payload that is no JSON.
pub(super) fn not_json(detail: &str) -> ServiceError {
    let message = format!("Could not parse request body into json: {detail}");
    error(400, "InvalidRequestContentException", message)
}

/// The service itself failed.
pub(super) fn unavailable(message: impl Into<String>) -> ServiceError {
    error(500, "ServiceException", message)
}

/// Something of Lambda that the emulator does not have.
pub(super) fn missing(what: &str) -> ServiceError {
    let message = format!("the emulator's Lambda does not have {what}");
    error(501, "NotImplementedException", message)
}
