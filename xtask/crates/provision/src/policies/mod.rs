//! What planning, deploying and bootstrapping must be allowed, as policies of IAM, and who may take
//! on the roles that have them.
//!
//! Everything here follows from [`operations`] and from what should be in the environment. Nothing
//! is asked of AWS: with the ARN of the instance the policies name it, without it every instance of
//! the account and region, since the id is not known before the instance is.

pub(crate) mod operations;
mod resources;
mod statements;
mod trust;

#[cfg(test)]
mod tests;

use serde_json::Value as Json;

use self::operations::{OPERATIONS, On, Operation};
use crate::desired::Desired;
use crate::policy;
use crate::scope::Scope;

pub use self::operations::Purpose;
pub(crate) use self::statements::Statement;
pub use self::trust::Repository;

/// A policy with its name and what it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What to call it in the account; at most 128 letters, digits and hyphens.
    pub name: String,
    /// A sentence without a full stop.
    pub about: String,
    pub policy: Json,
    /// Why an action is allowed on everything, by action.
    pub notes: Vec<String>,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Purpose; 5] = [
        Purpose::Plan,
        Purpose::Deploy,
        Purpose::Prune,
        Purpose::Bootstrap,
        Purpose::Destroy,
    ];

    fn word(self) -> &'static str {
        match self {
            Purpose::Plan => "plan",
            Purpose::Deploy => "deploy",
            Purpose::Prune => "prune",
            Purpose::Bootstrap => "bootstrap",
            Purpose::Destroy => "destroy",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Purpose::Plan => "Reads what is there and changes nothing",
            Purpose::Deploy => "Makes releases; goes with the policy for planning",
            Purpose::Prune => "Lets `deploy --prune` delete; goes with the one for deploying",
            Purpose::Bootstrap => "Makes the instance and what is around it; goes with planning",
            Purpose::Destroy => "Deletes all of it; goes with the policy for planning",
        }
    }
}

/// The managed policies for a purpose, without what the ones for planning grant already; none if
/// nothing is needed. More than one if one would be larger than IAM takes.
pub fn documents(desired: &Desired, purpose: Purpose, instance_arn: Option<&str>) -> Vec<Document> {
    let policies = statements::documents(statements_for(desired, purpose, instance_arn));
    let count = policies.len();
    let notes = notes(purpose);
    let numbered = policies.into_iter().enumerate();
    let documents = numbered.map(|(index, policy)| {
        let base = format!("{}-flowyard-{}", desired.scope().alias, purpose.word());
        let part = match count {
            1 => String::new(),
            _ => format!("-{}", index + 1),
        };
        let about = match count {
            1 => purpose.about().to_owned(),
            _ => format!("{} (part {} of {count})", purpose.about(), index + 1),
        };
        Document {
            name: format!("{base}{part}"),
            about,
            policy,
            notes: if index == 0 {
                notes.clone()
            } else {
                Vec::new()
            },
        }
    });
    documents.collect()
}

/// What a purpose needs beside planning, action by action.
pub(crate) fn statements_for(
    desired: &Desired,
    purpose: Purpose,
    instance: Option<&str>,
) -> Vec<Statement> {
    let any = any_instance(desired.scope());
    let instance = instance.unwrap_or(&any);
    let granted = match purpose {
        Purpose::Plan => Vec::new(),
        _ => statements_for(desired, Purpose::Plan, Some(instance)),
    };
    let mut statements = Vec::new();
    for operation in of(purpose) {
        for need in operation.needs {
            let action = operation.action(need);
            let resources = resources::resources(need.on, desired, instance);
            let is_granted = granted.iter().any(|statement: &Statement| {
                statement.condition.is_none()
                    && statement.resources == resources
                    && statement.actions.contains(action)
            });
            if resources.is_empty() || is_granted {
                continue;
            }
            let condition = need
                .only
                .map(|it| resources::condition(it, desired.scope()));
            statements::allow(&mut statements, action, resources, condition);
        }
    }
    statements
}

fn of(purpose: Purpose) -> impl Iterator<Item = &'static Operation> {
    OPERATIONS
        .iter()
        .filter(move |operation| operation.by.contains(&purpose))
}

/// Every instance of the account and region.
fn any_instance(scope: &Scope) -> String {
    let (partition, region, account) = (scope.partition(), &scope.region, &scope.account);
    format!("arn:{partition}:connect:{region}:{account}:instance/*")
}

fn notes(purpose: Purpose) -> Vec<String> {
    let mut notes = Vec::new();
    for operation in of(purpose) {
        for need in operation.needs {
            if let On::Everything(why) = need.on {
                let note = format!("{} on `*`: {why}", operation.action(need));
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    notes
}

/// The role of a function: who may take it on, and what it may do. Nothing if there is no function of
/// that name.
pub fn function_role(
    desired: &Desired,
    name: &str,
    instance_arn: Option<&str>,
) -> Option<[Document; 2]> {
    let role = desired.roles.get(name)?;
    let any = any_instance(desired.scope());
    let arn = instance_arn.unwrap_or(&any);
    let remote = desired.scope().remote_name(name);
    let document = |part: &str, about: String, policy: Json| Document {
        name: format!("{remote}{part}"),
        about,
        policy,
        notes: Vec::new(),
    };
    Some([
        document(
            "-trust",
            format!("Who may take on the role of {remote}: the function and nobody else"),
            role.trust.clone(),
        ),
        document(
            "",
            format!("What {remote} may do; `bootstrap` puts it into the role"),
            policy::with_instance(&role.policy, Some(arn)),
        ),
    ])
}

/// Who may take on the roles for planning and for deploying in pipelines of a repository on GitHub.
pub fn github_trust(scope: &Scope, repository: &Repository, environment: &str) -> [Document; 2] {
    let document = |word: &str, about: String, policy: Json| Document {
        name: format!("{}-flowyard-{word}-trust", scope.alias),
        about,
        policy,
        notes: Vec::new(),
    };
    [
        document(
            "plan",
            "Trust of the role for planning: pull requests and the branch main".to_owned(),
            trust::plan(scope, repository),
        ),
        document(
            "deploy",
            format!("Trust of the role for deploying: jobs of the environment {environment}"),
            trust::deploy(scope, repository, environment),
        ),
    ]
}
