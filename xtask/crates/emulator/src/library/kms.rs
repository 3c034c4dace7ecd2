//! Keys as far as deployments use them: made, named, described, turned, and deleted at last; nothing is
//! encrypted. Where the library differs from AWS: the policy given with a new key is lost, aliases are
//! taken where only ids and ARNs are, a key that waits for its deletion can still be changed, and lists
//! of aliases have no order and one page.

use serde_json::{Map, Value, json};

use super::Library;
use crate::wire::{Request, Response, Service, ServiceError};

/// What is refused for a key that waits for its deletion.
const NOT_WHEN_DELETED: [&str; 5] = [
    "CreateAlias",
    "EnableKeyRotation",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
];

/// Aliases in one answer unless fewer are asked for.
const PAGE: usize = 50;

impl Library {
    pub(super) async fn kms(
        &self,
        operation: &str,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let input = request.json()?;
        check_input(operation, &input)?;
        if NOT_WHEN_DELETED.contains(&operation) {
            self.check_not_deleted(&input).await?;
        }
        match operation {
            "CreateKey" => self.create_key(&input, request).await,
            "ListAliases" => self.list_aliases(&input, request).await,
            _ => self.pass(Service::Kms, request).await,
        }
    }

    async fn describe_key(&self, key: &str) -> Result<Value, ServiceError> {
        let body = json!({ "KeyId": key }).to_string();
        let target = Some("TrentService.DescribeKey");
        let answer = self.call(Service::Kms, target, &body).await?;
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    async fn check_not_deleted(&self, input: &Map<String, Value>) -> Result<(), ServiceError> {
        let key = input.get("KeyId").or_else(|| input.get("TargetKeyId"));
        let key = key.and_then(Value::as_str).unwrap_or_default();
        let metadata = &self.describe_key(key).await?["KeyMetadata"];
        if metadata["KeyState"] != "PendingDeletion" {
            return Ok(());
        }
        let arn = metadata["Arn"].as_str().unwrap_or_default();
        let message = format!("{arn} is pending deletion.");
        Err(ServiceError::new(400, "KMSInvalidStateException", message))
    }

    async fn create_key(
        &self,
        input: &Map<String, Value>,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let response = self.pass(Service::Kms, request).await?;
        if let Some(policy) = input.get("Policy") {
            let made: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            let key = &made["KeyMetadata"]["KeyId"];
            let body = json!({ "KeyId": key, "PolicyName": "default", "Policy": policy });
            let target = Some("TrentService.PutKeyPolicy");
            self.call(Service::Kms, target, &body.to_string()).await?;
        }
        Ok(response)
    }

    /// The aliases in the order of their names; the marker is the name before the next one.
    async fn list_aliases(
        &self,
        input: &Map<String, Value>,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let mut response = self.pass(Service::Kms, request).await?;
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let name = |alias: &Value| alias["AliasName"].as_str().unwrap_or_default().to_owned();
        let mut aliases = answer["Aliases"].as_array().cloned().unwrap_or_default();
        aliases.sort_by_key(name);
        if let Some(after) = input.get("Marker").and_then(Value::as_str) {
            aliases.retain(|alias| name(alias).as_str() > after);
        }
        let asked = input.get("Limit").and_then(Value::as_u64);
        let limit = asked.and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(PAGE).clamp(1, 100);
        let more = aliases.len() > limit;
        aliases.truncate(limit);
        let mut page = json!({ "Truncated": more });
        if let Some(last) = aliases.last().filter(|_| more) {
            page["NextMarker"] = Value::from(name(last));
        }
        page["Aliases"] = Value::from(aliases);
        response.body = page.to_string().into();
        Ok(response)
    }
}

fn check_input(operation: &str, input: &Map<String, Value>) -> Result<(), ServiceError> {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    if let Some(policy) = text("Policy") {
        check_policy(policy)?;
    }
    if let Some(alias) = text("AliasName") {
        check_alias(alias)?;
    }
    let alias = text("KeyId").filter(|key| key.starts_with("alias/") || key.contains(":alias/"));
    match alias {
        Some(alias) if operation != "DescribeKey" => Err(ServiceError::new(
            400,
            "NotFoundException",
            format!("Invalid keyId {alias}"),
        )),
        _ => Ok(()),
    }
}

fn check_policy(text: &str) -> Result<(), ServiceError> {
    let malformed = || {
        let message = "Policy contains a statement that is not a valid JSON document";
        ServiceError::new(400, "MalformedPolicyDocumentException", message)
    };
    let policy: Value = serde_json::from_str(text).map_err(|_| malformed())?;
    policy
        .get("Statement")
        .is_some_and(|statement| statement.is_array() || statement.is_object())
        .then_some(())
        .ok_or_else(malformed)
}

fn check_alias(alias: &str) -> Result<(), ServiceError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
    let message = match alias.strip_prefix("alias/") {
        None => {
            "Alias must start with the prefix \"alias/\". Please see \
                 https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        }
        Some(name) if name.starts_with("aws/") => {
            let message = "the prefix alias/aws/ is reserved";
            return Err(ServiceError::new(400, "NotAuthorizedException", message));
        }
        Some(name) if name.is_empty() || !name.bytes().all(fits) => "Invalid alias name",
        Some(_) => return Ok(()),
    };
    Err(ServiceError::new(400, "InvalidAliasNameException", message))
}
