//! IAM, STS, SNS, DynamoDB, CloudWatch Logs and Service Quotas.

use serde_json::{Map, Value};

use super::{Call, ask, request_tags, resource_tags, set, tag_keys, tag_list, tag_map};
use crate::iam::condition::Context;
use crate::iam::policy::Ask;
use crate::wire::query::Form;

/// Roles and users by their names, policies by their ARNs.
pub(super) async fn identity(call: &Call<'_>) -> Option<Vec<Ask>> {
    let form = Form::of(call.request);
    let action = call.own();
    let mut context = Context::new();
    let tags = form.pairs_of("Tags.member", "Key", "Value");
    let makes_tags = !tags.is_empty();
    request_tags(&mut context, tags);
    tag_keys(&mut context, form.members("TagKeys"));
    for (key, name) in [
        ("iam:PolicyARN", "PolicyArn"),
        ("iam:PermissionsBoundary", "PermissionsBoundary"),
        ("iam:AWSServiceName", "AWSServiceName"),
        ("sts:RoleSessionName", "RoleSessionName"),
        ("sts:ExternalId", "ExternalId"),
    ] {
        if let Some(value) = form.get(name) {
            set(&mut context, key, value);
        }
    }
    // Everybody may ask who they are, whatever policies say (STS, GetCallerIdentity); a session
    // token is refused to nobody either.
    if matches!(call.operation, "GetCallerIdentity" | "GetSessionToken") {
        return Some(Vec::new());
    }
    let resource = subject(call, &form).await?;
    resource_tags(
        &mut context,
        call.world.library.identity_tags(&resource).await,
    );
    let mut asks = vec![ask(&action, resource.as_str(), &context)];
    let tagging = match call.operation {
        "CreateRole" => Some("iam:TagRole"),
        "CreateUser" => Some("iam:TagUser"),
        "CreatePolicy" => Some("iam:TagPolicy"),
        _ => None,
    };
    if let Some(tagging) = tagging.filter(|_| makes_tags) {
        asks.push(ask(tagging, resource, &context));
    }
    Some(asks)
}

/// The ARN of what an operation of IAM or STS is about.
async fn subject(call: &Call<'_>, form: &Form) -> Option<String> {
    let account = &call.world.account;
    let of = |kind: &str, name: &str| {
        let path = form.get("Path").unwrap_or("/");
        format!("arn:aws:iam::{account}:{kind}{path}{name}")
    };
    let library = &call.world.library;
    let arn = match call.operation {
        "AssumeRole" => form.get("RoleArn")?.to_owned(),
        "SimulatePrincipalPolicy" => form.get("PolicySourceArn")?.to_owned(),
        "ListRoles" | "ListPolicies" | "ListUsers" => "*".to_owned(),
        "CreateServiceLinkedRole" => {
            let service = form.get("AWSServiceName")?;
            format!("arn:aws:iam::{account}:role/aws-service-role/{service}/*")
        }
        "CreateRole" => of("role", form.get("RoleName")?),
        "CreateUser" => of("user", form.get("UserName")?),
        "CreatePolicy" => of("policy", form.get("PolicyName")?),
        _ => match (
            form.get("RoleName"),
            form.get("UserName"),
            form.get("PolicyArn"),
        ) {
            (Some(role), _, _) => {
                let found = library.role_arn(role).await;
                found.unwrap_or_else(|| of("role", role))
            }
            (_, Some(user), _) => of("user", user),
            (_, _, Some(policy)) => policy.to_owned(),
            _ => return None,
        },
    };
    Some(arn)
}

/// Topics; subscriptions are no resources of IAM.
pub(super) fn sns(call: &Call<'_>) -> Option<Vec<Ask>> {
    let form = Form::of(call.request);
    let mut context = Context::new();
    let tags = form.pairs_of("Tags.member", "Key", "Value");
    let makes_tags = !tags.is_empty();
    request_tags(&mut context, tags);
    tag_keys(&mut context, form.members("TagKeys"));
    for (key, name) in [("sns:Protocol", "Protocol"), ("sns:Endpoint", "Endpoint")] {
        if let Some(value) = form.get(name) {
            set(&mut context, key, value);
        }
    }
    let topic = match call.operation {
        "CreateTopic" => call.arn("sns", form.get("Name")?),
        "TagResource" | "UntagResource" | "ListTagsForResource" => {
            form.get("ResourceArn")?.to_owned()
        }
        "Publish" => form
            .get("TopicArn")
            .or_else(|| form.get("TargetArn"))?
            .to_owned(),
        "ListTopics"
        | "ListSubscriptions"
        | "Unsubscribe"
        | "GetSubscriptionAttributes"
        | "SetSubscriptionAttributes" => "*".to_owned(),
        _ => form.get("TopicArn")?.to_owned(),
    };
    resource_tags(&mut context, call.world.sns.tags_of(&topic));
    let mut asks = vec![ask(&call.own(), topic.as_str(), &context)];
    if makes_tags && call.operation == "CreateTopic" {
        asks.push(ask("sns:TagResource", topic, &context));
    }
    Some(asks)
}

/// Tables by name or ARN; a transaction asks for what is in it.
pub(super) fn dynamodb(call: &Call<'_>) -> Option<Vec<Ask>> {
    let body = call.body();
    let mut context = Context::new();
    let tags = tag_list(body.get("Tags"), "Key", "Value");
    let makes_tags = !tags.is_empty();
    request_tags(&mut context, tags);
    let table = |value: &Value| {
        let name = value.as_str()?;
        Some(match name.starts_with("arn:") {
            true => name.to_owned(),
            false => call.arn("dynamodb", &format!("table/{name}")),
        })
    };
    let action = call.own();
    let mut asks = match call.operation {
        "ListTables" => vec![ask(&action, "*", &context)],
        "TagResource" | "UntagResource" | "ListTagsOfResource" => {
            let keys = body
                .get("TagKeys")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let keys = keys.filter_map(|key| Some(key.as_str()?.to_owned()));
            tag_keys(&mut context, keys.collect());
            vec![ask(&action, body.get("ResourceArn")?.as_str()?, &context)]
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body.get("RequestItems")?.as_object()?.keys();
            let tables = tables.filter_map(|name| table(&Value::from(name.as_str())));
            tables.map(|table| ask(&action, table, &context)).collect()
        }
        "TransactGetItems" | "TransactWriteItems" => transaction(&body, &table, &context)?,
        _ => vec![ask(&action, table(body.get("TableName")?)?, &context)],
    };
    asks.extend(table_key(call, &body));
    if makes_tags && call.operation == "CreateTable" {
        let table = table(body.get("TableName")?)?;
        asks.push(ask("dynamodb:TagResource", table, &context));
    }
    Some(asks)
}

/// A table that is encrypted with a key of the account uses it in the caller's name (DynamoDB
/// Developer Guide, encryption at rest).
fn table_key(call: &Call<'_>, body: &Map<String, Value>) -> Vec<Ask> {
    let key = body.get("SSESpecification").map(|it| &it["KMSMasterKeyId"]);
    let Some(key) = key
        .and_then(Value::as_str)
        .filter(|key| !key.contains("alias/aws/"))
    else {
        return Vec::new();
    };
    let arn = call.world.library.key_arn(key);
    let mut context = Context::new();
    let service = format!("dynamodb.{}.amazonaws.com", call.world.region);
    set(&mut context, "kms:ViaService", service);
    [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKey",
    ]
    .iter()
    .map(|action| ask(action, arn.as_str(), &context))
    .collect()
}

fn transaction(
    body: &Map<String, Value>,
    table: &impl Fn(&Value) -> Option<String>,
    context: &Context,
) -> Option<Vec<Ask>> {
    let mut asks = Vec::new();
    for item in body.get("TransactItems")?.as_array()? {
        for (kind, request) in item.as_object()? {
            let action = match kind.as_str() {
                "Put" => "dynamodb:PutItem",
                "Update" => "dynamodb:UpdateItem",
                "Delete" => "dynamodb:DeleteItem",
                "Get" => "dynamodb:GetItem",
                "ConditionCheck" => "dynamodb:ConditionCheckItem",
                _ => return None,
            };
            asks.push(ask(action, table(&request["TableName"])?, context));
        }
    }
    Some(asks)
}

/// Log groups: actions on tags name them without the star at the end, all others with it.
pub(super) fn logs(call: &Call<'_>) -> Option<Vec<Ask>> {
    let body = call.body();
    let mut context = Context::new();
    let tags = tag_map(body.get("tags"));
    let makes_tags = !tags.is_empty();
    request_tags(&mut context, tags);
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let group = |name: &str| match name.starts_with("arn:") {
        true => name.strip_suffix(":*").unwrap_or(name).to_owned(),
        false => call.arn("logs", &format!("log-group:{name}")),
    };
    let name = text("logGroupName").or_else(|| text("logGroupIdentifier"));
    let action = call.own();
    let asks = match call.operation {
        "DescribeLogGroups" => vec![ask(&action, "*", &context)],
        "TagResource" | "UntagResource" | "ListTagsForResource" => {
            let keys = body
                .get("tagKeys")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let keys = keys.filter_map(|key| Some(key.as_str()?.to_owned()));
            tag_keys(&mut context, keys.collect());
            vec![ask(&action, group(text("resourceArn")?), &context)]
        }
        "CreateLogStream" | "PutLogEvents" | "GetLogEvents" | "DeleteLogStream" => {
            let stream = text("logStreamName")?;
            let resource = format!("{}:log-stream:{stream}", group(name?));
            vec![ask(&action, resource, &context)]
        }
        _ => {
            let group = group(name?);
            let mut asks = vec![ask(&action, format!("{group}:*"), &context)];
            if makes_tags && call.operation == "CreateLogGroup" {
                asks.push(ask("logs:TagResource", group, &context));
            }
            asks
        }
    };
    Some(asks)
}

/// One quota, or all of a service, which IAM does not tell apart.
pub(super) fn quotas(call: &Call<'_>) -> Option<Vec<Ask>> {
    let body = call.body();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let service = text("ServiceCode");
    let mut context = Context::new();
    if let Some(service) = service {
        set(&mut context, "servicequotas:service", service);
    }
    let resource = match (call.operation, service, text("QuotaCode")) {
        ("GetServiceQuota", Some(service), Some(code)) => {
            call.arn("servicequotas", &format!("{service}/{code}"))
        }
        _ => "*".to_owned(),
    };
    Some(vec![ask(&call.own(), resource, &context)])
}
