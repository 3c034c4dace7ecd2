//! What the caller is not allowed of what planning and deploying need: IAM is asked to try the
//! caller's policies on every action of the generated ones.
//!
//! IAM tries what the policies of a role or user say, boundaries included, on the names that are
//! given. Policies name patterns of names, so that a made-up name stands for each.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType,
};
use serde_json::Value as Json;

use super::{Area, Finding, Verdict};
use crate::api_error::{ApiError, ApiErrorKind};
use crate::clients::Clients;
use crate::desired::Desired;
use crate::environment::Environment;
use crate::guard::Caller;
use crate::policies::{self, Purpose, Statement};

/// What stands for the part of a name that a policy leaves open.
const ANY: &str = "example";

/// Who calls, as far as policies are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Principal {
    Root,
    /// With its ARN.
    User(String),
    /// A session of a role, whose path the session does not say.
    Role {
        name: String,
        without_path: String,
    },
    /// IAM has no policies to try, for example those of a federated user.
    Other,
}

/// What IAM says to an action.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Allowed,
    /// On this resource.
    Refused(String),
    /// It depends on what only the real request knows.
    Depends(Vec<String>),
}

/// Findings about what the caller may do.
pub(super) async fn examine(
    clients: &Clients,
    environment: &Environment,
    desired: &Desired,
    caller: &Caller,
    instance: Option<&str>,
) -> Vec<Finding> {
    let source = match principal(&caller.arn) {
        Principal::Root => {
            let text = "the caller is root of the account, who may do everything";
            return vec![Finding::new(Area::Permissions, Verdict::Ok, text)];
        }
        Principal::Other => {
            let text = format!("IAM cannot try the policies of {}", caller.arn);
            let finding = Finding::new(Area::Permissions, Verdict::Unknown, text);
            return vec![
                finding.help("call as a role or a user; a plan tells what cannot be read"),
            ];
        }
        Principal::User(arn) => arn,
        Principal::Role { name, without_path } => {
            let known = environment.assume_role.as_deref();
            let known = known.filter(|role| role.rsplit('/').next() == Some(name.as_str()));
            match known {
                Some(role) => role.to_owned(),
                None => role_arn(clients, &name).await.unwrap_or(without_path),
            }
        }
    };
    match simulate(clients, &source, &wanted(desired, instance)).await {
        Ok(answers) => findings(&environment.name, &source, &answers),
        Err(error) => vec![untold(&source, &error)],
    }
}

fn principal(arn: &str) -> Principal {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, service, _, account, rest] = parts.as_slice() else {
        return Principal::Other;
    };
    let words: Vec<&str> = rest.split('/').collect();
    match (*service, words.as_slice()) {
        ("iam", ["root"]) => Principal::Root,
        ("iam", ["user", ..]) => Principal::User(arn.to_owned()),
        ("sts", ["assumed-role", name, ..]) => Principal::Role {
            name: (*name).to_owned(),
            without_path: format!("arn:{partition}:iam::{account}:role/{name}"),
        },
        _ => Principal::Other,
    }
}

/// Who may not look goes on without the path of the role, which most have none of.
async fn role_arn(clients: &Clients, name: &str) -> Option<String> {
    let answer = clients.iam.get_role().role_name(name).send().await;
    let answer = answer.map_err(|e| ApiError::new("iam:GetRole", e)).ok()?;
    Some(answer.role()?.arn().to_owned())
}

/// What planning and deploying need.
fn wanted(desired: &Desired, instance: Option<&str>) -> Vec<Statement> {
    let purposes = [Purpose::Plan, Purpose::Deploy].into_iter();
    purposes
        .flat_map(|purpose| policies::statements_for(desired, purpose, instance))
        .collect()
}

/// What IAM says to each action, the worst on any resource.
async fn simulate(
    clients: &Clients,
    source: &str,
    statements: &[Statement],
) -> Result<BTreeMap<String, Answer>, ApiError> {
    let mut answers = BTreeMap::new();
    for statement in statements {
        let actions = statement.actions.iter().map(|it| (*it).to_owned());
        let resources = statement.resources.iter().map(|it| it.replace('*', ANY));
        // An action that takes no resource is tried on all of them.
        let is_named = statement.resources.iter().all(|it| it != "*");
        let request = clients.iam.simulate_principal_policy();
        let request = request
            .policy_source_arn(source)
            .set_action_names(Some(actions.collect()))
            .set_resource_arns(is_named.then(|| resources.collect()))
            .set_context_entries(Some(context(statement.condition.as_ref())));
        let results = request.into_paginator().items().send().try_collect().await;
        let results = results.map_err(|e| ApiError::new("iam:SimulatePrincipalPolicy", e))?;
        for (action, answer) in results.iter().flat_map(read) {
            let worst = answers.entry(action).or_insert(Answer::Allowed);
            if rank(&answer) > rank(worst) {
                *worst = answer;
            }
        }
    }
    Ok(answers)
}

/// What a request would have to carry to meet a condition.
fn context(condition: Option<&Json>) -> Vec<ContextEntry> {
    let operators = condition.and_then(Json::as_object).into_iter().flatten();
    let keys = operators.filter_map(|(_, keys)| keys.as_object()).flatten();
    let entries = keys.filter_map(|(key, value)| {
        // A request has one of the values that the condition allows.
        let value = value.as_array().and_then(|it| it.first()).unwrap_or(value);
        let entry = ContextEntry::builder()
            .context_key_name(key)
            .context_key_values(value.as_str()?.replace('*', ANY))
            .context_key_type(ContextKeyTypeEnum::String);
        Some(entry.build())
    });
    entries.collect()
}

/// IAM answers for several resources in one result, or with one result for each.
fn read(result: &EvaluationResult) -> Vec<(String, Answer)> {
    let action = result.eval_action_name();
    let each = result.resource_specific_results();
    if each.is_empty() {
        let resource = result.eval_resource_name().unwrap_or("*");
        let missing = result.missing_context_values();
        let answer = answer(result.eval_decision(), resource, missing);
        return vec![(action.to_owned(), answer)];
    }
    let each = each.iter().map(|it| {
        let (decision, resource) = (it.eval_resource_decision(), it.eval_resource_name());
        let answer = answer(decision, resource, it.missing_context_values());
        (action.to_owned(), answer)
    });
    each.collect()
}

fn answer(decision: &PolicyEvaluationDecisionType, resource: &str, missing: &[String]) -> Answer {
    match decision {
        PolicyEvaluationDecisionType::Allowed => Answer::Allowed,
        _ if !missing.is_empty() => Answer::Depends(missing.to_vec()),
        _ => Answer::Refused(resource.to_owned()),
    }
}

fn rank(answer: &Answer) -> u8 {
    match answer {
        Answer::Allowed => 0,
        Answer::Depends(_) => 1,
        Answer::Refused(_) => 2,
    }
}

fn findings(environment: &str, source: &str, answers: &BTreeMap<String, Answer>) -> Vec<Finding> {
    let finding = |verdict, text: String| Finding::new(Area::Permissions, verdict, text);
    let mut all: Vec<Finding> = Vec::new();
    for (action, answer) in answers {
        match answer {
            Answer::Allowed => {}
            Answer::Refused(resource) => {
                let text = format!("{source} may not {action}, tried on {resource}");
                let help = format!(
                    "attach what `cargo xtask policies --env {environment} --for deploy` prints"
                );
                all.push(finding(Verdict::Problem, text).help(help));
            }
            Answer::Depends(keys) => {
                let keys = keys.join(", ");
                let text = format!("whether {source} may {action} depends on {keys}");
                let help = "the generated policies have no such condition; a deployment tells";
                all.push(finding(Verdict::Unknown, text).help(help));
            }
        }
    }
    if all.is_empty() {
        let count = answers.len();
        let text = format!("the policies of {source} allow all {count} actions of plan and deploy");
        all.push(finding(Verdict::Ok, text));
    }
    all
}

fn untold(source: &str, error: &ApiError) -> Finding {
    let text = format!("cannot tell what {source} may do: {error}");
    let help = match error.kind {
        ApiErrorKind::Denied => {
            format!("let it call iam:SimulatePrincipalPolicy on {source} to have that told")
        }
        ApiErrorKind::NotFound => "if its role has a path, name the role as `assume_role` in the \
                                   environment file, or let it call iam:GetRole on itself"
            .to_owned(),
        ApiErrorKind::AlreadyExists
        | ApiErrorKind::Conflict
        | ApiErrorKind::Throttled
        | ApiErrorKind::QuotaReached
        | ApiErrorKind::Refused
        | ApiErrorKind::Failed
        | ApiErrorKind::Unreachable => {
            "try again later; a plan tells what cannot be read".to_owned()
        }
    };
    Finding::new(Area::Permissions, Verdict::Unknown, text).help(help)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn callers_are_told_apart_by_their_arns() {
        let user = "arn:aws:iam::111122223333:user/teams/ann";
        let role = Principal::Role {
            name: "deploy".to_owned(),
            without_path: "arn:aws-cn:iam::111122223333:role/deploy".to_owned(),
        };
        for (arn, expected) in [
            ("arn:aws:iam::111122223333:root", Principal::Root),
            (user, Principal::User(user.to_owned())),
            (
                "arn:aws-cn:sts::111122223333:assumed-role/deploy/run-7",
                role,
            ),
            (
                "arn:aws:sts::111122223333:federated-user/ann",
                Principal::Other,
            ),
            ("unknown caller", Principal::Other),
        ] {
            assert_eq!(principal(arn), expected, "{arn}");
        }
    }

    #[test]
    fn a_request_meets_every_key_of_a_condition_with_one_value() {
        let condition = json!({
            "StringEquals": { "lambda:Principal": ["connect.amazonaws.com", "sns.amazonaws.com"] },
            "StringLike": { "sns:Endpoint": "arn:aws:lambda:eu-west-2:1:function:acme-*" },
        });
        let entries = context(Some(&condition));
        let shown: Vec<_> = entries
            .iter()
            .map(|it| (it.context_key_name(), it.context_key_values().join(" ")))
            .collect();
        let endpoint = "arn:aws:lambda:eu-west-2:1:function:acme-example".to_owned();
        assert_eq!(
            shown,
            [
                (Some("lambda:Principal"), "connect.amazonaws.com".to_owned()),
                (Some("sns:Endpoint"), endpoint),
            ]
        );
    }

    #[test]
    fn what_depends_on_the_request_is_not_refused() {
        let denied = PolicyEvaluationDecisionType::ImplicitDeny;
        let keys = ["aws:SourceIp".to_owned()];
        assert_eq!(answer(&denied, "*", &keys), Answer::Depends(keys.to_vec()));
        assert_eq!(answer(&denied, "*", &[]), Answer::Refused("*".to_owned()));
    }
}
