//! Connect: the table of the reference, and the other services that an operation uses in the caller's
//! name.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::{Call, ask, request_tags, resource_tags, set, tag_keys, tag_map};
use crate::connect;
use crate::iam::condition::Context;
use crate::iam::policy::Ask;

static RESOURCES: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let lines = include_str!("connect.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    let rows = lines.filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        Some((words.next()?, words.collect()))
    });
    rows.collect()
});

/// What Connect makes for the people of an instance before the instance itself.
const DIRECTORY: [&str; 8] = [
    "ds:AuthorizeApplication",
    "ds:CheckAlias",
    "ds:CreateAlias",
    "ds:CreateDirectory",
    "ds:CreateIdentityPoolDirectory",
    "ds:DeleteDirectory",
    "ds:DescribeDirectories",
    "ds:UnauthorizeApplication",
];

pub(super) fn asks(call: &Call<'_>) -> Option<Vec<Ask>> {
    let templates = RESOURCES.get(call.operation)?;
    let body = call.body();
    let mut context = Context::new();
    let instance = instance_arn(call, &body);
    if let Some(arn) = &instance {
        set(&mut context, "connect:InstanceId", id_of(arn));
    }
    let tags = tag_map(body.get("Tags").or_else(|| body.get("tags")));
    let makes_tags = !tags.is_empty();
    request_tags(&mut context, tags);
    let taken = call.request.query_all("tagKeys").map(str::to_owned);
    tag_keys(&mut context, taken.collect());
    keys_of_body(call, &body, &mut context);
    let resources = templates
        .iter()
        .flat_map(|template| resources(call, template, instance.as_deref(), &body));
    let action = call.own();
    let mut asks: Vec<Ask> = resources
        .map(|resource| about(call, &action, resource, &context))
        .collect();
    if makes_tags && call.operation != "TagResource" {
        asks.extend(tagging(call, &context, instance.as_deref()));
    }
    asks.extend(others(call, &body, &context));
    Some(asks)
}

/// An ask about a resource, with the tags that it has.
fn about(call: &Call<'_>, action: &str, resource: String, context: &Context) -> Ask {
    let mut context = context.clone();
    let mut state = call.world.connect();
    resource_tags(&mut context, connect::tags_of(&mut state, &resource));
    if let Some(flow_type) = connect::flow_type_of(&state, &resource) {
        set(&mut context, "connect:FlowType", flow_type);
    }
    ask(action, resource, &context)
}

fn keys_of_body(call: &Call<'_>, body: &Map<String, Value>, context: &mut Context) {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if let Some(flow_type) = text("Type").filter(|_| call.operation == "CreateContactFlow") {
        set(context, "connect:FlowType", flow_type);
    }
    let kind = text("ResourceType").or_else(|| call.request.query("resourceType"));
    if let Some(kind) = kind.filter(|_| call.operation.contains("StorageConfig")) {
        set(context, "connect:StorageResourceType", kind);
    }
    if let Some(kind) = connect::path_parameter(call.request, "AttributeType") {
        set(context, "connect:AttributeType", kind);
    }
}

/// The instance that the path or the body names, by its ARN.
fn instance_arn(call: &Call<'_>, body: &Map<String, Value>) -> Option<String> {
    let in_path = connect::path_parameter(call.request, "InstanceId");
    let in_body = || body.get("InstanceId").and_then(Value::as_str);
    let in_arn = || connect::path_parameter(call.request, "resourceArn");
    let given = in_path.or_else(in_body).or_else(in_arn)?;
    let id = match given.split_once(":instance/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => given,
    };
    Some(call.arn("connect", &format!("instance/{id}")))
}

fn id_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The resources that a template of the table stands for in a request.
fn resources(
    call: &Call<'_>,
    template: &str,
    instance: Option<&str>,
    body: &Map<String, Value>,
) -> Vec<String> {
    let instance = instance.unwrap_or("*");
    let Some((segment, rest)) = template.split_once('/') else {
        return match template {
            "instance" => vec![instance.to_owned()],
            "{resourceArn}" => named(call, "resourceArn", body),
            _ => vec!["*".to_owned()],
        };
    };
    match rest
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        None => vec![format!("{instance}/{segment}/{rest}")],
        Some(name) => named(call, name, body)
            .into_iter()
            .map(|id| whole(&id, instance, segment))
            .collect(),
    }
}

/// A resource from an id or an ARN, without what qualifies it.
fn whole(id: &str, instance: &str, segment: &str) -> String {
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    let id = id.split(':').next().unwrap_or(id);
    format!("{instance}/{segment}/{id}")
}

/// The texts that a request has under a name: a parameter of its path, or a member of its body.
fn named(call: &Call<'_>, name: &str, body: &Map<String, Value>) -> Vec<String> {
    if let Some(text) = connect::path_parameter(call.request, name) {
        return vec![text.to_owned()];
    }
    let body = Value::Object(body.clone());
    let mut found = vec![&body];
    for part in name.split('.') {
        let (member, is_list) = match part.strip_suffix("[]") {
            Some(member) => (member, true),
            None => (part, false),
        };
        let members = found.into_iter().filter_map(|value| value.get(member));
        found = match is_list {
            true => members.filter_map(Value::as_array).flatten().collect(),
            false => members.collect(),
        };
    }
    let texts = found.into_iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// Who makes something with tags must be allowed to put them on.
fn tagging(call: &Call<'_>, context: &Context, instance: Option<&str>) -> Option<Ask> {
    let made = RESOURCES.get(call.operation)?.iter().rev();
    let made = made.copied().find(|template| template.ends_with("/*"));
    let resource = match (made, call.operation) {
        (Some(template), _) => format!("{}/{template}", instance.unwrap_or("*")),
        (None, "CreateInstance") => call.arn("connect", "instance/*"),
        (None, _) => return None,
    };
    Some(ask("connect:TagResource", resource, context))
}

/// What Connect does with other services in the caller's name.
fn others(call: &Call<'_>, body: &Map<String, Value>, context: &Context) -> Vec<Ask> {
    let directories = || ask("ds:DescribeDirectories", "*", &Context::new());
    match call.operation {
        "CreateInstance" => {
            let mut asks: Vec<Ask> = DIRECTORY
                .iter()
                .map(|action| ask(action, "*", &Context::new()))
                .collect();
            asks.extend(service_role(call));
            asks
        }
        "DeleteInstance" => vec![
            directories(),
            ask("ds:DeleteDirectory", "*", &Context::new()),
            ask("ds:UnauthorizeApplication", "*", &Context::new()),
        ],
        "DescribeInstance" | "ListInstances" => vec![directories()],
        "UpdateInstanceAttribute" => {
            let mut asks = vec![directories()];
            asks.extend(service_role(call));
            if context
                .get("connect:attributetype")
                .is_some_and(|it| it[0] == "CONTACTFLOW_LOGS")
            {
                asks.extend(flow_log(call));
            }
            asks
        }
        "AssociateInstanceStorageConfig" | "UpdateInstanceStorageConfig" => {
            let mut asks = vec![directories()];
            asks.extend(service_role(call));
            asks.extend(storage(body));
            asks
        }
        "AssociateBot" => service_role(call).into_iter().chain(bot(body)).collect(),
        "CreatePrompt" | "UpdatePrompt" => recording(body),
        "AssociateLambdaFunction" => function(call, body, "lambda:AddPermission"),
        "DisassociateLambdaFunction" => function(call, body, "lambda:RemovePermission"),
        _ => Vec::new(),
    }
}

/// Connect keeps a role of its own for each instance and changes what it may do.
fn service_role(call: &Call<'_>) -> Vec<Ask> {
    let role = call
        .role_arn("aws-service-role/connect.amazonaws.com/AWSServiceRoleForAmazonConnect_emulated");
    let mut context = Context::new();
    set(&mut context, "iam:AWSServiceName", "connect.amazonaws.com");
    [
        "iam:CreateServiceLinkedRole",
        "iam:AttachRolePolicy",
        "iam:PutRolePolicy",
    ]
    .iter()
    .map(|action| ask(action, role.as_str(), &context))
    .collect()
}

/// The group in which Connect writes the log of flows, named after the instance.
fn flow_log(call: &Call<'_>) -> Option<Ask> {
    let id = connect::path_parameter(call.request, "InstanceId")?;
    let state = call.world.connect();
    let alias = state.instance(id)?.alias.clone()?;
    let group = call.arn("logs", &format!("log-group:/aws/connect/{alias}:*"));
    Some(ask("logs:CreateLogGroup", group, &Context::new()))
}

/// The bucket and the key, or the stream, of a storage configuration.
fn storage(body: &Map<String, Value>) -> Vec<Ask> {
    let config = body.get("StorageConfig").unwrap_or(&Value::Null);
    let none = Context::new();
    let mut asks = Vec::new();
    if let Some(bucket) = config["S3Config"]["BucketName"].as_str() {
        let arn = format!("arn:aws:s3:::{bucket}");
        asks.push(ask("s3:GetBucketAcl", arn.as_str(), &none));
        asks.push(ask("s3:GetBucketLocation", arn, &none));
    }
    if let Some(key) = config["S3Config"]["EncryptionConfig"]["KeyId"].as_str() {
        asks.push(ask("kms:DescribeKey", key, &none));
        asks.push(ask("kms:CreateGrant", key, &none));
    }
    if let Some(stream) = config["KinesisStreamConfig"]["StreamArn"].as_str() {
        asks.push(ask("kinesis:DescribeStream", stream, &none));
    }
    if let Some(stream) = config["KinesisFirehoseConfig"]["FirehoseArn"].as_str() {
        asks.push(ask("firehose:DescribeDeliveryStream", stream, &none));
    }
    asks
}

/// The alias of a Lex bot, whose policy then lets Connect in, and the bot itself. The reference says
/// which actions AssociateBot depends on, but not which of the two each of them is about.
fn bot(body: &Map<String, Value>) -> Vec<Ask> {
    let bot = body.get("LexV2Bot").unwrap_or(&Value::Null);
    let Some(alias) = bot["AliasArn"].as_str() else {
        return Vec::new();
    };
    let none = Context::new();
    let mut asks: Vec<Ask> = [
        "lex:CreateResourcePolicy",
        "lex:DescribeBotAlias",
        "lex:UpdateResourcePolicy",
    ]
    .iter()
    .map(|action| ask(action, alias, &none))
    .collect();
    if let Some((head, ids)) = alias.split_once(":bot-alias/") {
        let id = ids.split('/').next().unwrap_or(ids);
        asks.push(ask("lex:GetBot", format!("{head}:bot/{id}"), &none));
    }
    asks
}

/// Connect fetches the recording of a prompt from its bucket.
fn recording(body: &Map<String, Value>) -> Vec<Ask> {
    let uri = body.get("S3Uri").and_then(Value::as_str);
    let Some(place) = uri.and_then(|uri| uri.strip_prefix("s3://")) else {
        return Vec::new();
    };
    let arn = format!("arn:aws:s3:::{place}");
    ["s3:GetObject", "s3:GetObjectAcl"]
        .iter()
        .map(|action| ask(action, arn.as_str(), &Context::new()))
        .collect()
}

/// Associating writes a statement into the policy of the function.
fn function(call: &Call<'_>, body: &Map<String, Value>, action: &str) -> Vec<Ask> {
    let given = body.get("FunctionArn").and_then(Value::as_str);
    let Some(arn) = given.or_else(|| call.request.query("functionArn")) else {
        return Vec::new();
    };
    let mut context = Context::new();
    set(&mut context, "lambda:Principal", "connect.amazonaws.com");
    vec![ask(action, arn, &context)]
}

#[cfg(test)]
mod tests {
    use super::RESOURCES;

    #[test]
    fn every_line_of_the_table_names_resources() {
        assert!(RESOURCES.len() > 300);
        for (operation, templates) in RESOURCES.iter() {
            assert!(!templates.is_empty(), "{operation}");
            for template in templates {
                let is_known = matches!(
                    *template,
                    "*" | "instance" | "{resourceArn}" | "{ResourceArn}"
                ) || template.split_once('/').is_some_and(|(segment, rest)| {
                    !segment.is_empty()
                        && (rest == "*" || rest.starts_with('{') && rest.ends_with('}'))
                });
                assert!(is_known, "{operation}: {template}");
            }
        }
    }
}
