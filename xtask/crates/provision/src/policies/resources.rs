//! What the needs of the table stand for in one environment: ARNs and conditions.

use serde_json::{Value as Json, json};

use super::operations::{Condition, On};
use crate::desired::Desired;
use crate::ledger;
use crate::scope::Scope;
use crate::tags;

/// Where IAM finds the roles that services make for themselves.
const SERVICE_ROLE: &str = "aws-service-role/connect.amazonaws.com/AWSServiceRoleForAmazonConnect*";

/// The ARN patterns of what a need is about; none if the environment has nothing of the kind.
///
/// `instance` is the ARN of the instance, or a pattern for it.
pub(super) fn resources(on: On, desired: &Desired, instance: &str) -> Vec<String> {
    let scope = desired.scope();
    let functions = || desired.functions.keys();
    match on {
        On::Everything(_) => vec!["*".to_owned()],
        On::Instance => vec![instance.to_owned()],
        On::Contained(part) => vec![format!("{instance}/{}/*", part.segment())],
        On::Functions => vec![scope.function_arn("*")],
        On::RolesByName => vec![scope.role_arn("*")],
        On::RolesOfFunctions => functions().map(|name| scope.role_arn(name)).collect(),
        On::ServiceRoles => vec![service_role(scope)],
        On::Topics => desired
            .topics
            .keys()
            .map(|name| scope.topic_arn(name))
            .collect(),
        On::Tables => desired
            .tables
            .keys()
            .map(|name| scope.table_arn(name))
            .collect(),
        On::DeploymentTable => vec![scope.table_arn(ledger::TABLE)],
        On::LogGroups => log_groups(desired).map(|arn| format!("{arn}:*")).collect(),
        On::TaggedLogGroups => log_groups(desired).collect(),
        On::Buckets => buckets(desired),
    }
}

fn service_role(scope: &Scope) -> String {
    let (partition, account) = (scope.partition(), &scope.account);
    format!("arn:{partition}:iam::{account}:role/{SERVICE_ROLE}")
}

fn log_groups(desired: &Desired) -> impl Iterator<Item = String> {
    let groups = desired.log_groups.values();
    groups.map(|group| desired.scope().log_group_arn(&group.remote_name))
}

fn buckets(desired: &Desired) -> Vec<String> {
    let partition = desired.scope().partition();
    let names = desired.storage.values().map(|bucket| &bucket.name);
    let mut arns: Vec<String> = names
        .map(|name| format!("arn:{partition}:s3:::{name}"))
        .collect();
    arns.sort_unstable();
    arns.dedup();
    arns
}

/// The condition block of a statement.
pub(super) fn condition(condition: Condition, scope: &Scope) -> Json {
    let ours = |key: &str| json!({ "StringEquals": { format!("{key}/{}", tags::MANAGED_BY): tags::FLOWYARD } });
    match condition {
        Condition::Ours => ours("aws:ResourceTag"),
        Condition::TaggedAsOurs => ours("aws:RequestTag"),
        Condition::PassedToLambda => {
            json!({ "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } })
        }
        Condition::Invokers => json!({ "StringEquals": {
            "lambda:Principal": ["connect.amazonaws.com", "sns.amazonaws.com"],
        } }),
        Condition::ToFunctions => json!({
            "StringEquals": { "sns:Protocol": "lambda" },
            "StringLike": { "sns:Endpoint": scope.function_arn("*") },
        }),
        Condition::ServiceLinkedRole => {
            json!({ "StringEquals": { "iam:AWSServiceName": "connect.amazonaws.com" } })
        }
    }
}
