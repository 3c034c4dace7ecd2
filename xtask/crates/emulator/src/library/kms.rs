//! Keys as far as deployments use them: made, named, described, turned, and deleted at last; nothing is
//! encrypted. Where the library differs from AWS: the policy given with a new key is lost, aliases are
//! taken where only ids and ARNs are, a key that waits for its deletion can still be changed, and lists
//! of aliases have no order and one page.

use std::collections::HashMap;
use std::sync::MutexGuard;

use serde_json::{Map, Value, json};

use super::Library;
use crate::resource_policy::{self, ServiceCall};
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

/// What is known of keys without asking the library, whose answers have to be waited for.
#[derive(Default)]
pub(super) struct KeyBook {
    /// By the key's id.
    policies: HashMap<String, Value>,
    /// Ids of keys by alias.
    aliases: HashMap<String, String>,
}

impl KeyBook {
    /// The id of a key named by id, ARN, alias or the ARN of an alias.
    fn id<'a>(&'a self, key: &'a str) -> Option<&'a str> {
        match key.find("alias/") {
            Some(at) => self.aliases.get(&key[at..]).map(String::as_str),
            None => Some(key.rsplit("key/").next().unwrap_or(key)),
        }
    }
}

impl Library {
    /// Whether a service may encrypt with a key on behalf of a resource: the key can be used, and its
    /// policy lets the service make data keys and read them.
    pub(crate) fn key_admits(&self, key: &str, principal: &str, source_arn: &str) -> bool {
        let keys = self.keys();
        let id = keys.id(key).unwrap_or(key);
        let Some(policy) = keys.policies.get(id) else {
            return false;
        };
        let resource = format!("arn:aws:kms:{}:{}:key/{id}", self.region, self.account);
        ["kms:GenerateDataKey", "kms:Decrypt"].iter().all(|action| {
            let call = ServiceCall {
                principal,
                action,
                resource: &resource,
                source_account: &self.account,
                source_arn,
            };
            resource_policy::admits(policy, &call)
        })
    }

    /// Whether a key, named by id, ARN or alias, is there and not about to be deleted.
    pub(super) fn has_key(&self, key: &str) -> bool {
        let keys = self.keys();
        keys.id(key)
            .is_some_and(|id| keys.policies.contains_key(id))
    }

    /// The ARN of the key that an alias stands for.
    pub(crate) fn key_arn(&self, alias: &str) -> String {
        let keys = self.keys();
        let id = keys.id(alias).unwrap_or(alias);
        format!("arn:aws:kms:{}:{}:key/{id}", self.region, self.account)
    }

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
        let response = match operation {
            "CreateKey" => self.create_key(&input, request).await,
            "ListAliases" => self.list_aliases(&input, request).await,
            _ => self.pass(Service::Kms, request).await,
        }?;
        self.note(operation, &input, &response);
        Ok(response)
    }

    /// Keeps the book of keys.
    fn note(&self, operation: &str, input: &Map<String, Value>, response: &Response) {
        let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = |key: &str| key.rsplit("key/").next().unwrap_or(key).to_owned();
        let policy = || serde_json::from_str(text("Policy")).unwrap_or_default();
        let mut keys = self.keys();
        match operation {
            "CreateKey" => {
                let made: Value = serde_json::from_slice(&response.body).unwrap_or_default();
                let made = made["KeyMetadata"]["KeyId"].as_str().unwrap_or_default();
                keys.policies.insert(made.to_owned(), policy());
            }
            "PutKeyPolicy" => {
                keys.policies.insert(id(text("KeyId")), policy());
            }
            "ScheduleKeyDeletion" => {
                keys.policies.remove(&id(text("KeyId")));
            }
            "CreateAlias" => {
                let alias = text("AliasName").to_owned();
                keys.aliases.insert(alias, id(text("TargetKeyId")));
            }
            "DeleteAlias" => {
                keys.aliases.remove(text("AliasName"));
            }
            _ => {}
        }
    }

    fn keys(&self) -> MutexGuard<'_, KeyBook> {
        self.keys
            .lock()
            .expect("no code panics while it holds the book of keys")
    }

    pub(super) async fn describe_key(&self, key: &str) -> Result<Value, ServiceError> {
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
