//! Where the library's DynamoDB differs from AWS: tags given with a new table are lost, and some
//! settings of tables are not kept.

use serde_json::{Map, Value, json};

use super::Library;
use crate::wire::{Request, Response, Service, ServiceError};

/// Settings of a table that are not kept.
const NOT_KEPT: [&str; 6] = [
    "SSESpecification",
    "StreamSpecification",
    "ResourcePolicy",
    "OnDemandThroughput",
    "WarmThroughput",
    "GlobalTableSourceArn",
];

impl Library {
    pub(super) async fn dynamodb(
        &self,
        operation: &str,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        if !matches!(operation, "CreateTable" | "UpdateTable") {
            return self.pass(Service::DynamoDb, request).await;
        }
        let input = request.json()?;
        check_settings(&input)?;
        let response = self.pass(Service::DynamoDb, request).await?;
        if let Some(tags) = input.get("Tags").filter(|_| operation == "CreateTable") {
            let described: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            let arn = &described["TableDescription"]["TableArn"];
            let body = json!({ "ResourceArn": arn, "Tags": tags }).to_string();
            let target = "DynamoDB_20120810.TagResource";
            self.call(Service::DynamoDb, Some(target), &body).await?;
        }
        Ok(response)
    }
}

fn check_settings(input: &Map<String, Value>) -> Result<(), ServiceError> {
    let asked = |name: &str| input.get(name).filter(|value| asks_for_something(value));
    let class = input.get("TableClass").and_then(Value::as_str);
    let missing = NOT_KEPT
        .into_iter()
        .chain(["DeletionProtectionEnabled"])
        .find(|name| asked(name).is_some())
        .or(class
            .filter(|class| *class != "STANDARD")
            .map(|_| "TableClass"));
    match missing {
        None => Ok(()),
        Some(name) => Err(ServiceError::new(
            501,
            "NotImplementedException",
            format!("the emulator's DynamoDB does not have {name}"),
        )),
    }
}

/// Whether a setting asks for more than nothing: `{ "Enabled": false }` does not.
fn asks_for_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Object(members) => members.values().any(asks_for_something),
        _ => true,
    }
}
