//! Who may take on the roles of a pipeline: jobs of GitHub Actions, by the token of the job.

use serde_json::{Value as Json, json};

use crate::scope::Scope;

/// The issuer of GitHub's tokens, which is also the name of the identity provider in the account.
const ISSUER: &str = "token.actions.githubusercontent.com";

/// A repository on GitHub: `acme/chat-flows`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository(String);

impl Repository {
    /// Nothing that is not an owner and a name; a wildcard would let strangers in.
    pub fn parse(text: &str) -> Option<Repository> {
        let (owner, name) = text.split_once('/')?;
        let is_word = |word: &str, others: &str| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
        };
        let is_repository = is_word(owner, "-_") && is_word(name, "-_.");
        is_repository.then(|| Repository(text.to_owned()))
    }
}

/// Pull requests of the repository and its branch `main`. Pull requests from forks get no token that
/// names the repository.
pub(super) fn plan(scope: &Scope, repository: &Repository) -> Json {
    let Repository(name) = repository;
    let subjects = [
        format!("repo:{name}:pull_request"),
        format!("repo:{name}:ref:refs/heads/main"),
    ];
    trust(scope, json!(subjects))
}

/// Jobs of the repository that name the environment, which GitHub protects by its own rules. The
/// subject of such a job names no branch.
pub(super) fn deploy(scope: &Scope, repository: &Repository, environment: &str) -> Json {
    let Repository(name) = repository;
    trust(
        scope,
        json!(format!("repo:{name}:environment:{environment}")),
    )
}

fn trust(scope: &Scope, subjects: Json) -> Json {
    let (partition, account) = (scope.partition(), &scope.account);
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {
                "Federated": format!("arn:{partition}:iam::{account}:oidc-provider/{ISSUER}"),
            },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": {
                format!("{ISSUER}:aud"): "sts.amazonaws.com",
                format!("{ISSUER}:sub"): subjects,
            } },
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::Repository;

    #[test]
    fn a_repository_is_an_owner_and_a_name_without_wildcards() {
        for good in ["acme/chat-flows", "a-1/b_c.d"] {
            assert!(Repository::parse(good).is_some(), "{good}");
        }
        for bad in [
            "acme",
            "acme/*",
            "*/x",
            "acme/a/b",
            "acme/",
            "/a",
            "acme/a:ref",
            "a b/c",
            "acme/?",
        ] {
            assert!(Repository::parse(bad).is_none(), "{bad}");
        }
    }
}
