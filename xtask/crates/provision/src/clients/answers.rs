//! What an answer says about sending again: quotas are final, throttling is not.

use std::time::SystemTime;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Makes a reached quota final.
///
/// Connect, CloudWatch Logs and KMS report quotas as `LimitExceededException`, which the SDK counts
/// as throttling and would send again until all attempts are used up
/// (terraform-provider-aws#41118).
#[derive(Debug)]
pub(super) struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(response) if names(response, &[QUOTA]) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "quota is final"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

const QUOTA: &str = "LimitExceededException";

/// What the services call it; a 429 that is no quota is throttling under any name.
const THROTTLING: [&str; 7] = [
    "Throttling",
    "ThrottledException",
    "TooManyRequests",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "ProvisionedThroughputExceeded",
];

/// Whether a service wants to be asked less often.
pub(super) fn is_throttling(response: &HttpResponse) -> bool {
    let is_429 = response.status().as_u16() == 429;
    !names(response, &[QUOTA]) && (is_429 || names(response, &THROTTLING))
}

/// Whether an error has one of these names; some services name it in a header, some in the body.
fn names(response: &HttpResponse, names: &[&str]) -> bool {
    if response.status().is_success() {
        return false;
    }
    let named = |text: &str| names.iter().any(|name| text.contains(name));
    let header = response.headers().get("x-amzn-errortype");
    let body = response.body().bytes().map(String::from_utf8_lossy);
    header.is_some_and(named) || body.is_some_and(|body| named(&body))
}

/// How many seconds later it is where an answer comes from than here. HTTP tells whole seconds.
pub(super) fn seconds_ahead(response: &HttpResponse, now: SystemTime) -> Option<i64> {
    let date = response.headers().get("date")?;
    let there = DateTime::from_str(date, Format::HttpDate).ok()?;
    Some(there.secs() - DateTime::from(now).secs())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn answer(status: u16, header: Option<&'static str>, body: &'static str) -> HttpResponse {
        let status = StatusCode::try_from(status).expect("a status");
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        if let Some(header) = header {
            response.headers_mut().insert("x-amzn-errortype", header);
        }
        response
    }

    #[test]
    fn throttling_is_told_from_quotas_and_other_errors() {
        for (response, is_it) in [
            (answer(429, Some("ThrottlingException"), "{}"), true),
            (answer(429, Some("TooManyRequestsException"), "{}"), true),
            (answer(429, None, "slow down, please"), true),
            (answer(429, Some("LimitExceededException"), "{}"), false),
            (
                answer(400, None, "<Error><Code>Throttling</Code></Error>"),
                true,
            ),
            (
                answer(
                    400,
                    None,
                    r#"{"__type":"com.amazonaws.dynamodb#ThrottlingException"}"#,
                ),
                true,
            ),
            (answer(400, Some("InvalidParameterException"), "{}"), false),
            (answer(500, None, ""), false),
            (
                answer(200, None, r#"{"Name":"ThrottlingException"}"#),
                false,
            ),
        ] {
            assert_eq!(is_throttling(&response), is_it, "{response:?}");
        }
    }

    #[test]
    fn the_date_of_an_answer_tells_how_far_off_the_clock_is() {
        let dated = |date: &'static str| {
            let mut response = answer(200, None, "{}");
            response.headers_mut().insert("date", date);
            let now = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_900);
            seconds_ahead(&response, now)
        };
        assert_eq!(dated("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(dated("Sun, 06 Nov 1994 08:55:37 GMT"), Some(360));
        assert_eq!(dated("Sun, 06 Nov 1994 08:49:07 GMT"), Some(-30));
        assert_eq!(dated("today"), None);
    }
}
