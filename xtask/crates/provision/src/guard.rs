//! Refuses to go on when the caller is not who the environment expects, before anything is read.

use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::environment::Environment;

/// The caller is not in the right place, or it could not be told.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    #[error(
        "environment `{environment}` is account {expected}, but these credentials are of account \
         {found} ({caller})"
    )]
    Account {
        environment: String,
        expected: String,
        found: String,
        caller: String,
    },
    #[error(
        "environment `{environment}` is region {expected}, but the caller is set up for {found}"
    )]
    Region {
        environment: String,
        expected: String,
        found: String,
    },
    #[error("there are no credentials for environment `{environment}`")]
    NoCredentials {
        environment: String,
        #[source]
        source: ApiError,
    },
    #[error("cannot tell whose credentials these are")]
    Unknown(#[source] ApiError),
}

impl GuardError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            GuardError::Account { .. } => {
                "sign in to that account, or set `profile` or `assume_role` in the environment file"
            }
            GuardError::Region { .. } => {
                "unset AWS_REGION, correct the profile, or correct `region` in the environment file"
            }
            GuardError::NoCredentials { .. } => {
                "sign in, for example with `aws sso login`, set AWS_PROFILE or `profile` in the \
                 environment file; in a pipeline take on a role with OIDC"
            }
            GuardError::Unknown(_) => {
                "check that the AWS CLI answers `aws sts get-caller-identity`"
            }
        }
    }
}

/// Who calls, according to AWS and the caller's own configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub account: String,
    pub arn: String,
    /// Where the caller's configuration names one.
    pub region: Option<String>,
}

/// Checks account and region of the caller against the environment.
pub async fn check_caller(
    clients: &Clients,
    environment: &Environment,
) -> Result<Caller, GuardError> {
    const OPERATION: &str = "sts:GetCallerIdentity";
    let answer = clients.sts.get_caller_identity().send().await;
    let identity = answer.map_err(|error| {
        let source = ApiError::new(OPERATION, error);
        match source.lacks_credentials() {
            true => GuardError::NoCredentials {
                environment: environment.name.clone(),
                source,
            },
            false => GuardError::Unknown(source),
        }
    })?;
    let account = identity
        .account()
        .ok_or_else(|| GuardError::Unknown(ApiError::incomplete(OPERATION, "account")))?;
    let caller = Caller {
        account: account.to_owned(),
        arn: identity.arn().unwrap_or("unknown caller").to_owned(),
        region: clients.callers_region.clone(),
    };
    match mismatch(environment, &caller) {
        Some(error) => Err(error),
        None => Ok(caller),
    }
}

fn mismatch(environment: &Environment, caller: &Caller) -> Option<GuardError> {
    if caller.account != environment.account {
        return Some(GuardError::Account {
            environment: environment.name.clone(),
            expected: environment.account.clone(),
            found: caller.account.clone(),
            caller: caller.arn.clone(),
        });
    }
    let region = caller.region.as_ref()?;
    (*region != environment.region).then(|| GuardError::Region {
        environment: environment.name.clone(),
        expected: environment.region.clone(),
        found: region.clone(),
    })
}

#[cfg(test)]
mod tests {
    use flow::diagnostic::SourceFile;

    use super::*;

    fn refusal(account: &str, region: Option<&str>) -> Option<String> {
        let text = "environment: prod\naccount: \"111122223333\"\nregion: eu-west-2\n\
                    instance: { alias: acme }\n";
        let file = SourceFile::new("prod.yaml", text);
        let (environment, diags) = Environment::parse(&file);
        assert!(diags.is_empty(), "{diags:?}");
        let caller = Caller {
            account: account.to_owned(),
            arn: "arn:aws:iam::999988887777:user/me".to_owned(),
            region: region.map(str::to_owned),
        };
        let environment = environment.expect("the file above is complete");
        mismatch(&environment, &caller).map(|error| error.to_string())
    }

    #[test]
    fn the_right_caller_may_go_on() {
        assert_eq!(refusal("111122223333", None), None);
        assert_eq!(refusal("111122223333", Some("eu-west-2")), None);
    }

    #[test]
    fn another_account_is_refused_and_both_are_named() {
        let text = refusal("999988887777", None).expect("another account");
        assert!(
            text.contains("111122223333") && text.contains("999988887777"),
            "{text}"
        );
    }

    #[test]
    fn another_region_is_refused_and_both_are_named() {
        let text = refusal("111122223333", Some("us-east-1")).expect("another region");
        assert!(
            text.contains("eu-west-2") && text.contains("us-east-1"),
            "{text}"
        );
    }
}
