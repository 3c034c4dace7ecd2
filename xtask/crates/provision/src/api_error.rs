//! Errors of AWS, told apart by what a caller could do about them, whichever service speaks.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A call of AWS that did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{operation} {kind}{said}")]
pub struct ApiError {
    /// As IAM spells it: `connect:CreateQueue`.
    pub operation: &'static str,
    pub kind: ApiErrorKind,
    /// In a box, since errors travel in every result.
    said: Box<Said>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What the service said.
#[derive(Debug, Default)]
struct Said {
    code: Option<String>,
    message: Option<String>,
    problems: Vec<String>,
    request_id: Option<String>,
    status: Option<u16>,
}

/// What a caller could do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiErrorKind {
    NotFound,
    AlreadyExists,
    /// Something else is being done to the resource, or it is not ready.
    Conflict,
    /// Still throttled after all attempts.
    Throttled,
    QuotaReached,
    Denied,
    /// The request is wrong; sending it again changes nothing.
    Refused,
    /// The service failed.
    Failed,
    /// No answer.
    Unreachable,
}

impl fmt::Display for ApiErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ApiErrorKind::NotFound => "did not find it",
            ApiErrorKind::AlreadyExists => "found it there already",
            ApiErrorKind::Conflict => "met another change",
            ApiErrorKind::Throttled => "was throttled",
            ApiErrorKind::QuotaReached => "met a quota",
            ApiErrorKind::Denied => "was denied",
            ApiErrorKind::Refused => "was refused",
            ApiErrorKind::Failed => "failed in the service",
            ApiErrorKind::Unreachable => "got no answer",
        })
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        match self.problems.len() {
            0 => Ok(()),
            1 => f.write_str(": 1 problem"),
            count => write!(f, ": {count} problems"),
        }
    }
}

impl ApiError {
    /// The service's own name of the error, for example `ResourceNotFoundException`.
    pub fn code(&self) -> Option<&str> {
        self.said.code.as_deref()
    }

    /// What the service said.
    pub fn message(&self) -> Option<&str> {
        self.said.message.as_deref()
    }

    /// What Connect finds wrong with a flow, whole and in its order.
    pub fn problems(&self) -> &[String] {
        &self.said.problems
    }

    /// The status of the answer, if there was one.
    pub(crate) fn status(&self) -> Option<u16> {
        self.said.status
    }

    /// For a support case.
    pub fn request_id(&self) -> Option<&str> {
        self.said.request_id.as_deref()
    }

    /// Whether the thing asked for is not there.
    pub fn is_not_found(&self) -> bool {
        self.kind == ApiErrorKind::NotFound
    }

    /// Whether the request was never sent, since there was nobody to sign it as. The SDK tells by its
    /// words only.
    pub fn lacks_credentials(&self) -> bool {
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let text = error.to_string();
            if text.contains("credentials") || text.contains("identity resolver") {
                return self.kind == ApiErrorKind::Unreachable;
            }
            cause = error.source();
        }
        false
    }

    /// Whether something is not what the request supposed.
    pub(crate) fn is_precondition(&self) -> bool {
        let code = self.code().unwrap_or_default();
        code.starts_with("PreconditionFailed")
    }

    pub fn is_already_exists(&self) -> bool {
        self.kind == ApiErrorKind::AlreadyExists
    }

    /// Reads an error of the SDK.
    pub(crate) fn new<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let raw = error.raw_response();
        let status = raw.map(|raw| raw.status().as_u16());
        let request_id = raw.and_then(|raw| {
            let headers = raw.headers();
            let id = headers
                .get("x-amzn-requestid")
                .or(headers.get("x-amz-request-id"));
            id.map(str::to_owned)
        });
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = meta.and_then(|meta| meta.code()).map(str::to_owned);
        let message = meta.and_then(|meta| meta.message()).map(str::to_owned);
        let kind = match (&code, status) {
            (Some(code), _) => kind_of(code, operation, status, message.as_deref()),
            (None, Some(status)) => kind_of_status(status),
            (None, None) => ApiErrorKind::Unreachable,
        };
        // The service's own words say it all; below them are only the SDK's types.
        let source = meta.is_none().then(|| Box::new(error) as Box<_>);
        let said = Said {
            code,
            message,
            problems: Vec::new(),
            request_id,
            status,
        };
        Self {
            operation,
            kind,
            said: Box::new(said),
            source,
        }
    }

    pub(crate) fn with_problems(mut self, problems: Vec<String>) -> Self {
        self.said.problems = problems;
        self
    }

    /// An answer that lacks what the service always sends.
    pub(crate) fn incomplete(operation: &'static str, missing: &str) -> Self {
        Self {
            operation,
            kind: ApiErrorKind::Failed,
            said: Box::new(Said {
                message: Some(format!("the answer has no {missing}")),
                ..Said::default()
            }),
            source: None,
        }
    }
}

/// Tells errors apart by their name.
fn kind_of(
    code: &str,
    operation: &str,
    status: Option<u16>,
    message: Option<&str>,
) -> ApiErrorKind {
    let name = code.strip_suffix("Exception").unwrap_or(code);
    match name {
        "ResourceNotFound"
        | "NoSuchEntity"
        | "NotFound"
        | "QueueDoesNotExist"
        | "AWS.SimpleQueueService.NonExistentQueue" => ApiErrorKind::NotFound,
        "DuplicateResource"
        | "EntityAlreadyExists"
        | "ResourceAlreadyExists"
        | "AlreadyExists"
        | "BucketAlreadyOwnedByYou"
        | "QueueAlreadyExists"
        | "QueueNameExists" => ApiErrorKind::AlreadyExists,
        // Lambda has one name for what exists already and for what is being changed.
        "ResourceConflict" if lambda_duplicate(operation, message) => ApiErrorKind::AlreadyExists,
        // DynamoDB calls a table that exists a resource in use.
        "ResourceInUse" if operation == "dynamodb:CreateTable" => ApiErrorKind::AlreadyExists,
        // A 404, but of a flow that is there.
        "ContactFlowNotPublished" => ApiErrorKind::Conflict,
        "ResourceConflict"
        | "ResourceInUse"
        | "ResourceNotReady"
        | "Conflict"
        | "ConcurrentModification"
        | "OperationAborted"
        | "KMSInvalidState"
        | "DeleteConflict"
        | "PreconditionFailed" => ApiErrorKind::Conflict,
        "LimitExceeded"
        | "ServiceQuotaExceeded"
        | "CodeStorageExceeded"
        | "TopicLimitExceeded"
        | "SubscriptionLimitExceeded" => ApiErrorKind::QuotaReached,
        "Throttling" | "Throttled" | "TooManyRequests" | "RequestLimitExceeded" => {
            ApiErrorKind::Throttled
        }
        "AccessDenied"
        | "AuthorizationError"
        | "UnrecognizedClient"
        | "InvalidClientTokenId"
        | "ExpiredToken"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken" => ApiErrorKind::Denied,
        _ => status.map_or(ApiErrorKind::Refused, kind_of_status),
    }
}

fn lambda_duplicate(operation: &str, message: Option<&str>) -> bool {
    let creates = matches!(
        operation,
        "lambda:CreateFunction" | "lambda:CreateAlias" | "lambda:AddPermission"
    );
    creates && message.is_some_and(|message| message.contains("exist"))
}

fn kind_of_status(status: u16) -> ApiErrorKind {
    match status {
        401 | 403 => ApiErrorKind::Denied,
        402 => ApiErrorKind::QuotaReached,
        404 => ApiErrorKind::NotFound,
        409 => ApiErrorKind::Conflict,
        429 => ApiErrorKind::Throttled,
        500.. => ApiErrorKind::Failed,
        _ => ApiErrorKind::Refused,
    }
}

/// Sends a request whose answer has nothing of interest in it.
pub(crate) async fn done<T, E>(
    operation: &'static str,
    sending: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
) -> Result<(), ApiError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match sending.await {
        Ok(_) => Ok(()),
        Err(error) => Err(ApiError::new(operation, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reached_quota_is_not_throttling() {
        let kind = kind_of(
            "LimitExceededException",
            "connect:CreateContactFlow",
            Some(429),
            None,
        );
        assert_eq!(kind, ApiErrorKind::QuotaReached);
        let kind = kind_of(
            "ThrottlingException",
            "connect:CreateContactFlow",
            Some(429),
            None,
        );
        assert_eq!(kind, ApiErrorKind::Throttled);
    }

    #[test]
    fn a_function_that_exists_is_not_one_that_is_being_changed() {
        let exists = Some("Function already exist: acme-local-bot-join");
        let kind = |operation, message| {
            kind_of("ResourceConflictException", operation, Some(409), message)
        };
        assert_eq!(
            kind("lambda:CreateFunction", exists),
            ApiErrorKind::AlreadyExists
        );
        let busy = Some("The operation cannot be performed at this time. An update is in progress");
        assert_eq!(
            kind("lambda:UpdateFunctionCode", busy),
            ApiErrorKind::Conflict
        );
    }

    #[test]
    fn a_flow_that_was_never_published_is_not_missing() {
        let code = "ContactFlowNotPublishedException";
        let kind = kind_of(code, "connect:DescribeContactFlow", Some(404), None);
        assert_eq!(kind, ApiErrorKind::Conflict);
    }
}
