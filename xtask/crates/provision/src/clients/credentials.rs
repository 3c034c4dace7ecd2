//! As whom to call: the caller's own credentials, a role taken on, or nobody's on a laptop.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::region::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_connect::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};

use crate::environment::Environment;

/// Whether the caller has taken on the role before us, as a pipeline does with its own token: a role
/// need not be allowed to take on itself.
pub(super) async fn is_already(config: &SdkConfig, role: &str) -> bool {
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

pub(super) async fn assume(config: &SdkConfig, environment: &Environment, role: &str) -> SdkConfig {
    let provider = aws_config::sts::AssumeRoleProvider::builder(role)
        .session_name("flowyard")
        .region(Region::new(environment.region.clone()))
        .configure(config)
        .build()
        .await;
    let provider = SharedCredentialsProvider::new(provider);
    config.to_builder().credentials_provider(provider).build()
}

/// The caller's credentials from environment variables, which say who calls the emulator.
///
/// Profiles are left out: to resolve one may ask AWS itself, for a role or a login, and what runs
/// on a laptop must neither need nor use that. An environment file can name one all the same.
pub(super) async fn own_credentials() -> Option<Credentials> {
    let provider = EnvironmentVariableCredentialsProvider::new();
    provider.provide_credentials().await.ok()
}

/// For the emulator, which asks for a signature and does not look at it.
pub(super) fn fake_credentials() -> Credentials {
    Credentials::new("flowyard", "flowyard", None, None, "emulator")
}

/// The region that the caller's environment variables or profile name.
pub(super) async fn callers_region(environment: &Environment) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::is_session_of;

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
}
