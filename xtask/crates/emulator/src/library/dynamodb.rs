//! Where the library's DynamoDB differs from AWS: tags given with a new table are lost, how a table is
//! encrypted is not kept, and some other settings of tables are not either.

use std::collections::HashMap;
use std::sync::MutexGuard;

use serde_json::{Map, Value, json};

use super::Library;
use crate::wire::{Request, Response, Service, ServiceError};

/// Settings of a table that are not kept.
const NOT_KEPT: [&str; 5] = [
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
        if operation == "DescribeTable" {
            let response = self.pass(Service::DynamoDb, request).await?;
            return Ok(self.show_encryption(response, "Table"));
        }
        if !matches!(operation, "CreateTable" | "UpdateTable" | "DeleteTable") {
            return self.pass(Service::DynamoDb, request).await;
        }
        let input = request.json()?;
        check_settings(&input)?;
        let response = self.encrypted(operation, &input, request).await?;
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

impl Library {
    /// Carries out what may change how a table is encrypted.
    async fn encrypted(
        &self,
        operation: &str,
        input: &Map<String, Value>,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let table = input.get("TableName").and_then(Value::as_str);
        let table = table
            .and_then(|name| name.rsplit('/').next())
            .unwrap_or_default();
        let specification = input.get("SSESpecification");
        let mut request = request.clone();
        if let Some(specification) = specification {
            check_key(self, specification)?;
            let mut rest = input.clone();
            rest.remove("SSESpecification");
            request.body = Value::Object(rest).to_string().into();
        }
        let response = match operation {
            // The library refuses a change of nothing.
            "UpdateTable" if input.len() == 2 && specification.is_some() => {
                let body = json!({ "TableName": table }).to_string();
                let target = Some("DynamoDB_20120810.DescribeTable");
                let mut response = self.call(Service::DynamoDb, target, &body).await?;
                let described: Value = serde_json::from_slice(&response.body).unwrap_or_default();
                let answer = json!({ "TableDescription": described["Table"] });
                response.body = answer.to_string().into();
                response
            }
            _ => self.pass(Service::DynamoDb, &request).await?,
        };
        match specification {
            _ if operation == "DeleteTable" => {
                self.table_keys().remove(table);
            }
            Some(specification) if specification["Enabled"] == true => {
                let key = specification["KMSMasterKeyId"].as_str();
                let key = key.unwrap_or("alias/aws/dynamodb").to_owned();
                self.table_keys().insert(table.to_owned(), key);
            }
            Some(_) => {
                self.table_keys().remove(table);
            }
            None => {}
        }
        Ok(self.show_encryption(response, "TableDescription"))
    }

    fn show_encryption(&self, mut response: Response, member: &str) -> Response {
        let mut answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let table = answer[member]["TableName"].as_str().unwrap_or_default();
        let key = self.table_keys().get(table).cloned();
        if let Some(key) = key {
            let arn = match key.starts_with("arn:") {
                true => key,
                false if key.starts_with("alias/") => self.key_arn(&key),
                false => format!("arn:aws:kms:{}:{}:key/{key}", self.region, self.account),
            };
            answer[member]["SSEDescription"] =
                json!({ "Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": arn });
            response.body = answer.to_string().into();
        }
        response
    }

    fn table_keys(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.table_keys
            .lock()
            .expect("no code panics while it holds the keys of tables")
    }
}

fn check_key(library: &Library, specification: &Value) -> Result<(), ServiceError> {
    let key = specification["KMSMasterKeyId"].as_str();
    match key {
        Some(key) if !key.contains("alias/aws/") && !library.has_key(key) => {
            Err(ServiceError::new(
                400,
                "ValidationException",
                format!("One or more parameter values were invalid: KMS key {key} cannot be used"),
            ))
        }
        _ => Ok(()),
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
