//! The clients of AWS for one environment: credentials, endpoint, and the one place for retries.

use std::net::IpAddr;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::region::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_connect::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};

use crate::environment::Environment;
use crate::pace::{self, Pace};

/// The clients of every service that provisioning uses.
#[derive(Clone, Debug)]
#[allow(dead_code, reason = "the services that bootstrap is about to use")]
pub struct Clients {
    pub(crate) connect: aws_sdk_connect::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) quotas: aws_sdk_servicequotas::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    /// The region that the caller's own configuration names, where it could matter.
    pub(crate) callers_region: Option<String>,
    /// What waiting goes by.
    pub(crate) pace: Pace,
}

/// Connect admits about two calls a second per operation, shared with the live contact centre, so
/// the default of three attempts is used up at once. Ten, with twice the wait each time and up to
/// 20 seconds, outlast a minute of throttling.
const ATTEMPTS: u32 = 10;
const FIRST_BACKOFF: Duration = Duration::from_millis(300);
const LONGEST_BACKOFF: Duration = Duration::from_secs(20);

/// Uploading the zip of a function takes its time on a slow line.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl Clients {
    /// Clients for an environment; `endpoint` wins over that of the environment.
    pub async fn connect(environment: &Environment, endpoint: Option<&str>) -> Clients {
        let endpoint = endpoint.or(environment.endpoint.as_deref());
        let is_local = endpoint.is_some_and(is_loopback);
        let config = load(environment, endpoint, is_local).await;
        let config = match &environment.assume_role {
            Some(role) if !is_already(&config, role).await => {
                assume(&config, environment, role).await
            }
            _ => config,
        };
        // On loopback nobody's configuration is meant, whatever it says.
        let callers_region = match is_local {
            true => None,
            false => callers_region(environment).await,
        };
        let connect = aws_sdk_connect::config::Builder::from(&config)
            .retry_classifier(QuotaIsFinal)
            .build();
        let logs = aws_sdk_cloudwatchlogs::config::Builder::from(&config)
            .retry_classifier(QuotaIsFinal)
            .build();
        // The name of a bucket is no host on this machine.
        let s3 = aws_sdk_s3::config::Builder::from(&config)
            .force_path_style(is_local)
            .build();
        Clients {
            connect: aws_sdk_connect::Client::from_conf(connect),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::from_conf(logs),
            s3: aws_sdk_s3::Client::from_conf(s3),
            quotas: aws_sdk_servicequotas::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            callers_region,
            pace: pace::real(),
        }
    }

    /// The same clients, waiting by another clock.
    #[must_use]
    pub fn at_pace(mut self, pace: Pace) -> Clients {
        self.pace = pace;
        self
    }
}

async fn load(environment: &Environment, endpoint: Option<&str>, is_local: bool) -> SdkConfig {
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(LONGEST_BACKOFF);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(environment.region.clone()))
        .retry_config(retries)
        .timeout_config(timeouts);
    if let Some(profile) = &environment.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if is_local && endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        // What is between here and AWS is not between here and this machine.
        loader = loader
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .use_fips(false)
            .use_dual_stack(false);
    }
    if is_local && environment.profile.is_none() {
        let own = own_credentials().await;
        loader = loader.credentials_provider(own.unwrap_or_else(fake_credentials));
    }
    loader.load().await
}

/// Whether the caller has taken on the role before us, as a pipeline does with its own token: a role
/// need not be allowed to take on itself.
async fn is_already(config: &SdkConfig, role: &str) -> bool {
    let config = aws_sdk_sts::config::Builder::from(config)
        .retry_config(RetryConfig::standard().with_max_attempts(2))
        .build();
    let client = aws_sdk_sts::Client::from_conf(config);
    let answer = client.get_caller_identity().send().await;
    answer.is_ok_and(|identity| is_session_of(identity.arn().unwrap_or_default(), role))
}

/// Whether `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION` is a session of
/// `arn:aws:iam::ACCOUNT:role/PATH/NAME`; sessions do not say the path.
fn is_session_of(caller: &str, role: &str) -> bool {
    let (Some((_, caller)), Some((_, role))) =
        (caller.split_once(":sts::"), role.split_once(":iam::"))
    else {
        return false;
    };
    let session = caller.split_once(":assumed-role/");
    let session = session.and_then(|(account, rest)| Some((account, rest.split_once('/')?.0)));
    let role = role.split_once(":role/");
    let role = role.map(|(account, path)| (account, path.rsplit('/').next().unwrap_or(path)));
    session.is_some() && session == role
}

async fn assume(config: &SdkConfig, environment: &Environment, role: &str) -> SdkConfig {
    let provider = aws_config::sts::AssumeRoleProvider::builder(role)
        .session_name("flowyard")
        .region(Region::new(environment.region.clone()))
        .configure(config)
        .build()
        .await;
    let provider = SharedCredentialsProvider::new(provider);
    config.to_builder().credentials_provider(provider).build()
}

/// Whether an endpoint cannot be anywhere but on this machine.
pub fn is_loopback(endpoint: &str) -> bool {
    let rest = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The caller's credentials from environment variables, which say who calls the emulator.
///
/// Profiles are left out: to resolve one may ask AWS itself, for a role or a login, and what runs
/// on a laptop must neither need nor use that. An environment file can name one all the same.
async fn own_credentials() -> Option<Credentials> {
    let provider = EnvironmentVariableCredentialsProvider::new();
    provider.provide_credentials().await.ok()
}

/// For the emulator, which asks for a signature and does not look at it.
fn fake_credentials() -> Credentials {
    Credentials::new("flowyard", "flowyard", None, None, "emulator")
}

/// The region that the caller's environment variables or profile name.
async fn callers_region(environment: &Environment) -> Option<String> {
    let from_variables = EnvironmentVariableRegionProvider::new().region().await;
    let region = match from_variables {
        Some(region) => Some(region),
        None => {
            let mut provider = ProfileFileRegionProvider::builder();
            if let Some(profile) = &environment.profile {
                provider = provider.profile_name(profile);
            }
            provider.build().region().await
        }
    };
    region.map(|region| region.to_string())
}

/// Makes a reached quota final.
///
/// Connect and CloudWatch Logs report quotas as `LimitExceededException`, which the SDK counts as
/// throttling and would send again until all attempts are used up (terraform-provider-aws#41118).
#[derive(Debug)]
struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(response) = context.response() else {
            return RetryAction::NoActionIndicated;
        };
        let named = |text: &str| text.contains("LimitExceededException");
        let header = response
            .headers()
            .get("x-amzn-errortype")
            .is_some_and(named);
        let body = response.body().bytes().map(String::from_utf8_lossy);
        let is_error = !response.status().is_success();
        if is_error && (header || body.is_some_and(|body| named(&body))) {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "quota is final"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

#[cfg(test)]
mod tests {
    use super::{is_loopback, is_session_of};

    #[test]
    fn a_session_is_known_by_account_and_name_of_its_role() {
        let session = "arn:aws:sts::111122223333:assumed-role/flowyard-deploy/run-7";
        for (role, is_it) in [
            ("arn:aws:iam::111122223333:role/flowyard-deploy", true),
            (
                "arn:aws:iam::111122223333:role/teams/chat/flowyard-deploy",
                true,
            ),
            ("arn:aws:iam::444455556666:role/flowyard-deploy", false),
            ("arn:aws:iam::111122223333:role/flowyard-plan", false),
            ("flowyard-deploy", false),
        ] {
            assert_eq!(is_session_of(session, role), is_it, "{role}");
        }
        let user = "arn:aws:iam::111122223333:user/ann";
        assert!(!is_session_of(user, "arn:aws:iam::111122223333:role/ann"));
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for endpoint in [
            "http://127.0.0.1:4566",
            "http://localhost:80/path",
            "http://[::1]:9000",
            "http://127.0.0.1",
        ] {
            assert!(is_loopback(endpoint), "{endpoint}");
        }
        for endpoint in [
            "https://connect.eu-west-2.amazonaws.com",
            "http://127.0.0.1.example.com:80",
            "http://10.0.0.1:80",
            "http://localhost.example.com",
        ] {
            assert!(!is_loopback(endpoint), "{endpoint}");
        }
    }
}
