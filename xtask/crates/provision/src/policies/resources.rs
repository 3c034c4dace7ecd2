//! What the needs of the table stand for in one environment: ARNs and conditions.

use serde_json::{Value as Json, json};

use super::operations::{Condition, On, Part};
use crate::desired::{Desired, Place};
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
        On::InstanceWith(part) | On::Contained(part) if !is_used(part, desired) => Vec::new(),
        On::InstanceWith(_) => vec![instance.to_owned()],
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
        On::OwnBuckets => {
            let names = desired.buckets.values().map(|bucket| bucket.name.as_str());
            bucket_arns(desired, names)
        }
        On::ObjectsOfOwnBuckets => {
            let names = desired.buckets.values().map(|bucket| bucket.name.as_str());
            let arns = bucket_arns(desired, names).into_iter();
            arns.map(|arn| format!("{arn}/*")).collect()
        }
        On::Keys if desired.keys.is_empty() => Vec::new(),
        On::Keys => vec![scope.key_arn("*")],
        On::KeyAliases => {
            let ours = desired
                .keys
                .iter()
                .filter(|(_, key)| key.existing.is_none());
            ours.map(|(name, _)| scope.key_alias_arn(name)).collect()
        }
        On::DeadLetters => desired
            .dead_letters
            .keys()
            .map(|name| scope.queue_arn(name))
            .collect(),
        On::DataStreams => streams(desired, ":kinesis:"),
        On::DeliveryStreams => streams(desired, ":firehose:"),
        On::Recordings => recordings(desired),
        On::Bots => bots(desired),
    }
}

/// Whether the environment has anything of a kind, so that it is asked for and made. Flows, modules
/// and what they need are everywhere.
fn is_used(part: Part, desired: &Desired) -> bool {
    match part {
        Part::Flows | Part::Modules | Part::Queues | Part::Hours | Part::RoutingProfiles => true,
        Part::SecurityProfiles => !desired.security_profiles.is_empty(),
        Part::QuickConnects => !desired.quick_connects.is_empty(),
        Part::Users => desired.quick_connects.values().any(|it| it.to.is_user()),
        Part::Prompts => !desired.prompts.is_empty(),
        Part::Views => !desired.views.is_empty(),
        Part::LexBots => !desired.instance.lex_bots.is_empty(),
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

fn streams(desired: &Desired, service: &str) -> Vec<String> {
    let places = desired.storage.values().map(|storage| &storage.place);
    let arns = places.filter_map(|place| match place {
        Place::Stream(arn) if arn.contains(service) => Some(arn.clone()),
        Place::Stream(_) | Place::Bucket(_) => None,
    });
    arns.collect()
}

fn buckets(desired: &Desired) -> Vec<String> {
    let stored = desired
        .storage
        .values()
        .filter_map(|storage| match &storage.place {
            Place::Bucket(bucket) => Some(&bucket.name),
            Place::Stream(_) => None,
        });
    let managed = desired.buckets.values().map(|bucket| &bucket.name);
    bucket_arns(desired, stored.chain(managed).map(String::as_str))
}

fn bucket_arns<'a>(desired: &Desired, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let partition = desired.scope().partition();
    let mut arns: Vec<String> = names
        .map(|name| format!("arn:{partition}:s3:::{name}"))
        .collect();
    arns.sort_unstable();
    arns.dedup();
    arns
}

fn recordings(desired: &Desired) -> Vec<String> {
    let partition = desired.scope().partition();
    let places = desired.prompts.values().filter_map(|prompt| {
        let place = prompt.uri.strip_prefix("s3://")?;
        Some(format!("arn:{partition}:s3:::{place}"))
    });
    places.collect()
}

/// The aliases that flows may ask, and the bots of these aliases.
fn bots(desired: &Desired) -> Vec<String> {
    let used = desired.instance.lex_bots.iter();
    let aliases = used.filter_map(|name| desired.lex_bots.get(name));
    let mut arns: Vec<String> = aliases
        .flat_map(|alias| {
            let bot = alias.split_once(":bot-alias/").and_then(|(head, ids)| {
                let (bot, _) = ids.split_once('/')?;
                Some(format!("{head}:bot/{bot}"))
            });
            [Some(alias.clone()), bot].into_iter().flatten()
        })
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
