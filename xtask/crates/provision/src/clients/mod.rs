//! The clients of AWS for one environment: credentials, endpoint, and the one place for retries.

mod answers;
mod budget;
mod credentials;
mod sending;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use self::answers::QuotaIsFinal;
use self::budget::Budget;
use self::sending::{Naming, Paced};
use crate::environment::Environment;
use crate::pace::Pace;

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
    budget: Budget,
}

/// Connect admits about two calls a second per operation, shared with the live contact centre, so
/// the default of three attempts is used up at once. Ten, with twice the wait each time and up to
/// 20 seconds, outlast a minute of throttling.
const ATTEMPTS: u32 = 10;
const FIRST_BACKOFF: Duration = Duration::from_millis(300);
const LONGEST_BACKOFF: Duration = Duration::from_secs(20);

/// Uploading the zip of a function takes its time on a slow line. It counts from when a request is
/// sent: before, it may have to wait for its turn.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl Clients {
    /// Clients for an environment; `endpoint` wins over that of the environment.
    ///
    /// Requests wait for their turn by the rates of their operations, of which the environment's
    /// share may be used. What is on this machine is not rationed, unless the environment says a
    /// share all the same.
    pub async fn connect(environment: &Environment, endpoint: Option<&str>) -> Clients {
        Clients::trying(environment, endpoint, ATTEMPTS).await
    }

    /// The same with another number of attempts at each request than the ten that a deployment has.
    pub async fn trying(
        environment: &Environment,
        endpoint: Option<&str>,
        attempts: u32,
    ) -> Clients {
        let endpoint = endpoint.or(environment.endpoint.as_deref());
        let is_local = endpoint.is_some_and(is_loopback);
        let share = environment.api_share;
        let budget = match is_local {
            true => Budget::new(share, environment.has_budget),
            false => Budget::of(&environment.account, &environment.region, share),
        };
        let config = load(environment, endpoint, attempts, &budget).await;
        let config = match &environment.assume_role {
            Some(role) if !credentials::is_already(&config, role).await => {
                credentials::assume(&config, environment, role).await
            }
            _ => config,
        };
        // On loopback nobody's configuration is meant, whatever it says.
        let callers_region = match is_local {
            true => None,
            false => credentials::callers_region(environment).await,
        };
        clients(&config, budget, is_local, callers_region)
    }

    /// The same clients, waiting by another clock.
    #[must_use]
    pub fn at_pace(mut self, pace: Pace) -> Clients {
        self.budget.set_pace(pace.clone());
        self.pace = pace;
        self
    }

    /// The same clients, whose requests wait for their turn or do not.
    #[must_use]
    pub fn paced(self, is_paced: bool) -> Clients {
        self.budget.set_paced(is_paced);
        self
    }

    /// How many attempts of each operation were sent so far, by all that share the budget: the
    /// clones of these clients, and what else this process does in the same account and region.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.budget.calls()
    }

    /// How many of them the services throttled.
    pub fn throttled(&self) -> BTreeMap<String, u64> {
        self.budget.throttled()
    }

    /// How many seconds the clock of the services is ahead of this machine's, by the latest answer
    /// that had a date; nothing if none had.
    pub fn seconds_ahead(&self) -> Option<i64> {
        self.budget.seconds_ahead()
    }

    /// How long requests have waited for their turn, added up.
    pub fn waited(&self) -> Duration {
        self.budget.waited()
    }
}

/// The configuration of a service's client that names its operations, so that they are sent by the
/// budget.
macro_rules! named {
    ($sdk:ident, $service:literal, $config:expr, $budget:expr) => {
        $sdk::config::Builder::from($config).interceptor(Naming {
            service: $service,
            budget: $budget.clone(),
        })
    };
}

fn clients(
    config: &SdkConfig,
    budget: Budget,
    is_local: bool,
    callers_region: Option<String>,
) -> Clients {
    let connect = named!(aws_sdk_connect, "connect", config, budget);
    let connect = connect.retry_classifier(QuotaIsFinal).build();
    let logs = named!(aws_sdk_cloudwatchlogs, "logs", config, budget);
    let logs = logs.retry_classifier(QuotaIsFinal).build();
    let kms = named!(aws_sdk_kms, "kms", config, budget);
    let kms = kms.retry_classifier(QuotaIsFinal).build();
    // The name of a bucket is no host on this machine.
    let s3 = named!(aws_sdk_s3, "s3", config, budget).force_path_style(is_local);
    let dynamodb = named!(aws_sdk_dynamodb, "dynamodb", config, budget).build();
    let iam = named!(aws_sdk_iam, "iam", config, budget).build();
    let lambda = named!(aws_sdk_lambda, "lambda", config, budget).build();
    let quotas = named!(aws_sdk_servicequotas, "servicequotas", config, budget).build();
    let sns = named!(aws_sdk_sns, "sns", config, budget).build();
    let sqs = named!(aws_sdk_sqs, "sqs", config, budget).build();
    let sts = named!(aws_sdk_sts, "sts", config, budget).build();
    Clients {
        connect: aws_sdk_connect::Client::from_conf(connect),
        dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
        iam: aws_sdk_iam::Client::from_conf(iam),
        kms: aws_sdk_kms::Client::from_conf(kms),
        lambda: aws_sdk_lambda::Client::from_conf(lambda),
        logs: aws_sdk_cloudwatchlogs::Client::from_conf(logs),
        s3: aws_sdk_s3::Client::from_conf(s3.build()),
        quotas: aws_sdk_servicequotas::Client::from_conf(quotas),
        sns: aws_sdk_sns::Client::from_conf(sns),
        sqs: aws_sdk_sqs::Client::from_conf(sqs),
        sts: aws_sdk_sts::Client::from_conf(sts),
        callers_region,
        pace: budget.pace(),
        budget,
    }
}

async fn load(
    environment: &Environment,
    endpoint: Option<&str>,
    attempts: u32,
    budget: &Budget,
) -> SdkConfig {
    let is_local = endpoint.is_some_and(is_loopback);
    let retries = RetryConfig::standard()
        .with_max_attempts(attempts)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(LONGEST_BACKOFF);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(ANSWER_TIMEOUT)
        .build();
    // A request that waits for its turn is not an upload that got stuck.
    let stalled = StalledStreamProtectionConfig::enabled()
        .upload_enabled(false)
        .build();
    let is_plain = is_local && endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(environment.region.clone()))
        .retry_config(retries)
        .timeout_config(timeouts)
        .stalled_stream_protection(stalled)
        .http_client(Paced {
            client: http_client(is_plain),
            budget: budget.clone(),
        });
    if let Some(profile) = &environment.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if is_plain {
        loader = loader.use_fips(false).use_dual_stack(false);
    }
    if is_local && environment.profile.is_none() {
        let own = credentials::own_credentials().await;
        loader = loader.credentials_provider(own.unwrap_or_else(credentials::fake_credentials));
    }
    loader.load().await
}

/// What is between here and AWS, a proxy say, is not between here and this machine.
fn http_client(is_plain: bool) -> SharedHttpClient {
    let builder = aws_smithy_http_client::Builder::new();
    match is_plain {
        true => builder.build_http(),
        false => builder
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build_https(),
    }
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

#[cfg(test)]
mod tests {
    use super::is_loopback;

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
