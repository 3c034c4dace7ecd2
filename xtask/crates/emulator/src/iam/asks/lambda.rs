//! Lambda: nearly everything is about one function.

use serde_json::Value;

use super::{Call, ask, request_tags, resource_tags, set, tag_keys, tag_map};
use crate::iam::condition::Context;
use crate::iam::policy::Ask;

/// Operations that are about no function in particular.
const OF_ACCOUNT: [&str; 3] = [
    "ListFunctions",
    "GetAccountSettings",
    "ListEventSourceMappings",
];

pub(super) async fn asks(call: &Call<'_>) -> Option<Vec<Ask>> {
    let body = call.body();
    let mut context = Context::new();
    let tags = tag_map(body.get("Tags"));
    let makes_tags = !tags.is_empty();
    request_tags(&mut context, tags);
    tag_keys(
        &mut context,
        call.request
            .query_all("tagKeys")
            .map(str::to_owned)
            .collect(),
    );
    if let Some(principal) = body.get("Principal").and_then(Value::as_str) {
        set(&mut context, "lambda:Principal", principal);
    }
    if OF_ACCOUNT.contains(&call.operation) {
        return Some(vec![ask(&call.own(), "*", &context)]);
    }
    let arn = function_arn(call, body.get("FunctionName"))?;
    resource_tags(&mut context, call.world.lambda.tags_of(&arn));
    let action = match call.operation {
        "Invoke" | "InvokeAsync" | "InvokeWithResponseStream" => "lambda:InvokeFunction".to_owned(),
        _ => call.own(),
    };
    let mut asks = vec![ask(&action, arn.as_str(), &context)];
    if makes_tags && call.operation == "CreateFunction" {
        asks.push(ask("lambda:TagResource", arn, &context));
    }
    let gives_role = matches!(
        call.operation,
        "CreateFunction" | "UpdateFunctionConfiguration"
    );
    if let Some(role) = body
        .get("Role")
        .and_then(Value::as_str)
        .filter(|_| gives_role)
    {
        let mut context = Context::new();
        set(&mut context, "iam:PassedToService", "lambda.amazonaws.com");
        asks.push(ask("iam:PassRole", role, &context));
    }
    Some(asks)
}

/// The ARN of the function that the path or the body names, with its qualifier.
fn function_arn(call: &Call<'_>, in_body: Option<&Value>) -> Option<String> {
    let path = &call.request.path;
    let given = match call.operation {
        "CreateFunction" => in_body?.as_str()?,
        _ => path.get(2)?.as_str(),
    };
    let qualifier = call.request.query("Qualifier").filter(|it| !it.is_empty());
    let local = match given.split_once(":function:") {
        Some((_, local)) => local,
        None => given.strip_prefix("function:").unwrap_or(given),
    };
    let local = match qualifier {
        Some(qualifier) if !local.contains(':') => format!("{local}:{qualifier}"),
        _ => local.to_owned(),
    };
    Some(call.arn("lambda", &format!("function:{local}")))
}
