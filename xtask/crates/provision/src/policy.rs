//! Policies of roles, topics and functions as JSON values: built least-privileged, compared by
//! meaning.
//!
//! The ARN of the instance is not known before the instance is; [`INSTANCE`] stands for it until
//! [`with_instance`] puts it in.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::infra::{GrantTarget, LambdaSpec};
use crate::scope::Scope;

/// Stands for the ARN of the instance.
const INSTANCE: &str = "${instance}";

/// Stands for the ARN of a key of this name.
fn key_named(name: &str) -> String {
    format!("${{key:{name}}}")
}

/// Who may take on the role of a function: Lambda, for this function of this account.
pub(crate) fn trust(scope: &Scope, lambda: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": { "aws:SourceAccount": scope.account },
                "ArnLike": { "aws:SourceArn": scope.function_arn(lambda) },
            },
        }],
    })
}

/// What a function may do: what it was granted, and to write its own log.
///
/// `keys` are those that encrypt what it reads and writes, with the services that use them for it.
pub(crate) fn role(
    scope: &Scope,
    lambda: &str,
    spec: &LambdaSpec,
    keys: &BTreeMap<&str, Vec<&str>>,
) -> Value {
    let group = scope.log_group_arn(&scope.function_log_group(lambda));
    let log = json!({
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [format!("{group}:*")],
    });
    let granted = spec.may.iter().map(|grant| {
        let resources: Vec<String> = grant.on.iter().map(|on| resource(scope, on)).collect();
        json!({ "Effect": "Allow", "Action": grant.actions, "Resource": resources })
    });
    let failures = spec.on_failure.as_ref().and_then(|it| it.send_to.as_ref());
    let failures = failures.map(|queue| {
        let queue = scope.queue_arn(queue);
        json!({ "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [queue] })
    });
    let keys = keys.iter().map(|(key, services)| {
        let services = services.iter();
        let via: Vec<String> = services
            .map(|service| format!("{service}.{}.amazonaws.com", scope.region))
            .collect();
        json!({
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": [key_named(key)],
            "Condition": { "StringEquals": { "kms:ViaService": via } },
        })
    });
    let statements: Vec<Value> = granted.chain(failures).chain(keys).chain([log]).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn resource(scope: &Scope, target: &GrantTarget) -> String {
    match target {
        GrantTarget::Instance => INSTANCE.to_owned(),
        GrantTarget::Contacts => format!("{INSTANCE}/contact/*"),
        GrantTarget::Table(table) => scope.table_arn(table),
        GrantTarget::Topic(topic) => scope.topic_arn(topic),
    }
}

/// Who may publish to a topic: Connect for this instance, and nobody without TLS.
///
/// It replaces the policy a topic is born with, whose condition on the owner would not admit
/// Connect (Administrator Guide, chat message streaming).
pub(crate) fn topic(scope: &Scope, topic: &str) -> Value {
    let arn = scope.topic_arn(topic);
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "connect",
                "Effect": "Allow",
                "Principal": { "Service": "connect.amazonaws.com" },
                "Action": "sns:Publish",
                "Resource": arn,
                "Condition": {
                    "StringEquals": { "aws:SourceAccount": scope.account },
                    "ArnEquals": { "aws:SourceArn": INSTANCE },
                },
            },
            {
                "Sid": "tls",
                "Effect": "Deny",
                "Principal": { "AWS": "*" },
                "Action": "sns:Publish",
                "Resource": arn,
                "Condition": { "Bool": { "aws:SecureTransport": "false" } },
            },
        ],
    })
}

/// Who may use a key: the account, as far as its own policies allow; Connect for this instance, to
/// encrypt what it publishes to topics; and SNS for these topics, to encrypt dead letters.
///
/// Connect needs no more than to make data keys and read them (Administrator Guide, chat message
/// streaming, whose own example allows everything).
pub(crate) fn key(scope: &Scope, topics: &[&str]) -> Value {
    let root = format!("arn:{}:iam::{}:root", scope.partition(), scope.account);
    let service = |sid: &str, principal: &str, source: Value| {
        json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": { "Service": principal },
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
            "Resource": "*",
            "Condition": {
                "StringEquals": { "aws:SourceAccount": scope.account },
                "ArnEquals": { "aws:SourceArn": source },
            },
        })
    };
    let mut statements = vec![
        json!({
            "Sid": "account",
            "Effect": "Allow",
            "Principal": { "AWS": root },
            "Action": "kms:*",
            "Resource": "*",
        }),
        service("connect", "connect.amazonaws.com", INSTANCE.into()),
    ];
    if !topics.is_empty() {
        let topics: Vec<String> = topics.iter().map(|name| scope.topic_arn(name)).collect();
        statements.push(service("sns", "sns.amazonaws.com", topics.into()));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Who may send to a queue for dead letters: SNS for these topics. Functions send by their own role.
pub(crate) fn dead_letters(scope: &Scope, queue: &str, topics: &[&str]) -> Value {
    let topics: Vec<String> = topics.iter().map(|name| scope.topic_arn(name)).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "sns",
            "Effect": "Allow",
            "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": scope.queue_arn(queue),
            "Condition": {
                "StringEquals": { "aws:SourceAccount": scope.account },
                "ArnEquals": { "aws:SourceArn": topics },
            },
        }],
    })
}

/// Nobody reads or writes a bucket without TLS.
pub(crate) fn bucket(scope: &Scope, bucket: &str) -> Value {
    let arn = format!("arn:{}:s3:::{bucket}", scope.partition());
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "tls",
            "Effect": "Deny",
            "Principal": { "AWS": "*" },
            "Action": "s3:*",
            "Resource": [arn, format!("{arn}/*")],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        }],
    })
}

/// Puts the ARNs of keys in, as far as they are known.
pub(crate) fn with_keys(policy: &Value, keys: &BTreeMap<String, String>) -> Value {
    map_texts(policy, &|text| {
        let name = text
            .strip_prefix("${key:")
            .and_then(|rest| rest.strip_suffix('}'));
        let arn = name.and_then(|name| keys.get(name));
        arn.map_or_else(|| text.to_owned(), Clone::clone)
    })
}

/// Puts the ARN of the instance in; as long as there is none, policies differ from every live one.
pub(crate) fn with_instance(policy: &Value, instance_arn: Option<&str>) -> Value {
    let Some(arn) = instance_arn else {
        return policy.clone();
    };
    map_texts(policy, &|text| text.replace(INSTANCE, arn))
}

fn map_texts(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => items.iter().map(|item| map_texts(item, change)).collect(),
        Value::Object(members) => {
            let pairs = members.iter();
            let changed = pairs.map(|(key, value)| (key.clone(), map_texts(value, change)));
            Value::Object(changed.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// Whether two policies mean the same: order of keys, statements and lists does not matter, nor
/// whether one text stands alone or in a list.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    canonical(a) == canonical(b)
}

/// A text that is equal for policies that mean the same.
fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let mut items: Vec<String> = items.iter().map(canonical).collect();
            items.sort_unstable();
            match items.as_slice() {
                [only] => only.clone(),
                _ => format!("[{}]", items.join(",")),
            }
        }
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(key, value)| format!("{key:?}:{}", canonical(value)))
                .collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        scalar => scalar.to_string(),
    }
}

/// Whether a function's policy lets a service invoke it on behalf of `source_arn`.
pub(crate) fn admits(policy: &Value, principal: &str, source_arn: &str) -> bool {
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement) => std::slice::from_ref(statement),
        None => &[],
    };
    statements.iter().any(|statement| {
        let allows = statement.get("Effect") == Some(&json!("Allow"));
        let services = statement.pointer("/Principal/Service");
        let actions = statement.get("Action");
        allows
            && contains(services, &|service| service == principal)
            && contains(actions, &|action| action == "lambda:InvokeFunction")
            && source_matches(statement.get("Condition"), source_arn)
    })
}

fn contains(value: Option<&Value>, test: &impl Fn(&str) -> bool) -> bool {
    match value {
        Some(Value::String(text)) => test(text),
        Some(Value::Array(items)) => items.iter().any(|item| contains(Some(item), test)),
        _ => false,
    }
}

/// The condition on `AWS:SourceArn`, whose case and operator differ between services and years.
fn source_matches(condition: Option<&Value>, source_arn: &str) -> bool {
    let Some(Value::Object(operators)) = condition else {
        return false;
    };
    operators.values().any(|keys| {
        let keys = keys.as_object().into_iter().flatten();
        keys.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn"))
            .any(|(_, value)| contains(Some(value), &|arn| arn == source_arn))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_compared_by_meaning() {
        let ours = json!({ "Statement": [{ "Action": ["a", "b"], "Resource": ["r"] }] });
        let live = json!({ "Statement": { "Resource": "r", "Action": ["b", "a"] } });
        assert!(same(&ours, &live));
        let other = json!({ "Statement": { "Resource": "r", "Action": ["b", "c"] } });
        assert!(!same(&ours, &other));
    }

    #[test]
    fn a_statement_for_another_instance_does_not_admit_ours() {
        let policy = |arn: &str| {
            json!({ "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "connect.amazonaws.com" },
                "Action": "lambda:InvokeFunction",
                "Condition": {
                    "StringEquals": { "AWS:SourceAccount": "123456789012" },
                    "ArnLike": { "AWS:SourceArn": arn },
                },
            }] })
        };
        let ours = "arn:aws:connect:eu-west-2:123456789012:instance/ours";
        assert!(admits(&policy(ours), "connect.amazonaws.com", ours));
        assert!(!admits(&policy("arn:other"), "connect.amazonaws.com", ours));
        assert!(!admits(&policy(ours), "sns.amazonaws.com", ours));
    }

    #[test]
    fn a_policy_without_its_instance_equals_no_live_one() {
        let scope = Scope {
            account: "123456789012".to_owned(),
            region: "eu-west-2".to_owned(),
            alias: "acme-local".to_owned(),
        };
        let policy = topic(&scope, "chat-messages");
        let live = with_instance(&policy, Some("arn:aws:connect:eu-west-2:1:instance/i"));
        assert!(!same(&with_instance(&policy, None), &live));
        assert!(!live.to_string().contains(INSTANCE));
    }
}
