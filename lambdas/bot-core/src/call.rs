//! What one failed call to AWS means to a Lambda: which kind of refusal, and whether trying again can help.
//!
//! The answer's own text is left out on purpose: a service may quote the request, and requests hold tokens and
//! what people wrote.

use aws_sdk_connect::config::http::HttpResponse;
use aws_sdk_connect::error::{ProvideErrorMetadata, SdkError};

/// One call that was refused or not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} failed with {code}{}", status.map(|status| format!(" (HTTP {status})")).unwrap_or_default())]
pub struct CallError {
    /// The API operation's name.
    pub operation: &'static str,
    /// What the refusal means.
    pub kind: CallErrorKind,
    /// The service's error name, or what went wrong before there was an answer.
    pub code: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
}

/// The differences between refusals that change what a Lambda does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    /// 403. From the Participant Service also the sign that the participant or the chat is over.
    Denied,
    /// The contact, participant or table does not exist.
    NotFound,
    /// The state of the contact does not allow it.
    Conflict,
    /// A limit that waiting does not lift.
    Quota,
    /// The request itself was refused; the same request will be refused again.
    Invalid,
    /// A DynamoDB condition did not hold.
    ConditionFailed,
    /// Too many calls at the moment.
    Throttled,
    /// No answer, or an answer that says the service failed.
    Unavailable,
}

impl CallError {
    /// Reads the kind and the code out of an SDK error and forgets the rest.
    pub fn new<E: ProvideErrorMetadata>(
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self {
        let status = error
            .raw_response()
            .map(|response| response.status().as_u16());
        let code = match error {
            SdkError::ConstructionFailure(_) => "an unusable request".to_owned(),
            SdkError::TimeoutError(_) => "a timeout".to_owned(),
            SdkError::DispatchFailure(_) => "no connection".to_owned(),
            _ => error.code().unwrap_or("an unreadable answer").to_owned(),
        };
        let unusable = matches!(error, SdkError::ConstructionFailure(_));
        Self {
            operation,
            kind: if unusable {
                CallErrorKind::Invalid
            } else {
                CallErrorKind::of(&code, status)
            },
            code,
            status,
        }
    }

    /// Whether the same call may succeed a little later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            CallErrorKind::Throttled | CallErrorKind::Unavailable
        )
    }
}

impl CallErrorKind {
    fn of(code: &str, status: Option<u16>) -> Self {
        match code {
            "AccessDeniedException" => Self::Denied,
            "ResourceNotFoundException" | "ContactNotFoundException" => Self::NotFound,
            "ConflictException" | "ResourceConflictException" | "IdempotencyException" => {
                Self::Conflict
            }
            "ConditionalCheckFailedException" => Self::ConditionFailed,
            // Connect answers LimitExceededException with 429, yet means a quota such as two streams per contact.
            "LimitExceededException" | "ServiceQuotaExceededException" => Self::Quota,
            "ThrottlingException"
            | "TooManyRequestsException"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded" => Self::Throttled,
            _ => match status {
                Some(403) => Self::Denied,
                Some(404 | 410) => Self::NotFound,
                Some(409) => Self::Conflict,
                Some(429) => Self::Throttled,
                Some(400..=499) => Self::Invalid,
                _ => Self::Unavailable,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CallErrorKind::{self, *};

    #[test]
    fn the_error_name_decides_and_the_status_is_the_fallback() {
        let cases = [
            ("AccessDeniedException", Some(403), Denied),
            ("ForbiddenException", Some(403), Denied),
            ("ResourceNotFoundException", Some(404), NotFound),
            ("ContactNotFoundException", Some(410), NotFound),
            ("ConflictException", Some(409), Conflict),
            ("LimitExceededException", Some(429), Quota),
            ("ServiceQuotaExceededException", Some(402), Quota),
            ("ThrottlingException", Some(429), Throttled),
            ("SomethingNewException", Some(429), Throttled),
            ("ValidationException", Some(400), Invalid),
            ("InternalServiceException", Some(500), Unavailable),
            ("an unreadable answer", Some(200), Unavailable),
            ("no connection", None, Unavailable),
            (
                "ConditionalCheckFailedException",
                Some(400),
                ConditionFailed,
            ),
        ];
        for (code, status, kind) in cases {
            assert_eq!(CallErrorKind::of(code, status), kind, "{code} {status:?}");
        }
    }
}
