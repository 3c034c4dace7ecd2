//! Queues. Where the library differs from AWS: addresses of queues are not the emulator's, how a queue
//! is encrypted is not kept, settings nobody knows and policies nobody can read are taken, all settings
//! are shown whichever are asked for, and errors have the names of the older protocol. Messages become visible again by the real time, whatever the
//! emulated clock shows.

use std::collections::{BTreeMap, HashMap};
use std::sync::MutexGuard;

use serde_json::{Map, Value, json};

use super::Library;
use crate::resource_policy::{self, ServiceCall};
use crate::wire::{Request, Response, Service, ServiceError};

/// Settings of one queue that the library does not keep.
pub(super) type Settings = BTreeMap<String, String>;

/// The settings of queues that the library keeps.
const KEPT: [&str; 9] = [
    "ContentBasedDeduplication",
    "DelaySeconds",
    "FifoQueue",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
];

/// The settings of queues that are kept here.
const KEPT_HERE: [&str; 4] = [
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];

/// Why a service's message did not reach a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotQueued {
    /// There is no such queue.
    NoQueue,
    /// Its policy does not let the service send.
    Denied,
}

impl Library {
    pub(super) async fn sqs(
        &self,
        operation: &str,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let input = request.json()?;
        check_attributes(&input)?;
        let response = match operation {
            "CreateQueue" => self.create_queue(&input, request).await,
            _ => self.pass(Service::Sqs, request).await,
        };
        let mut response = response.map_err(renamed)?;
        match operation {
            "CreateQueue" | "GetQueueUrl" => own_address(&mut response, request),
            "GetQueueAttributes" => self.add_settings(&input, &mut response),
            "SetQueueAttributes" => self.keep_settings(&queue_name(&input), &input),
            "DeleteQueue" => {
                self.queue_settings().remove(&queue_name(&input));
            }
            _ => {}
        }
        Ok(response)
    }

    /// Sends a message for a service, if the queue's policy lets it.
    pub(crate) async fn send_for_service(
        &self,
        call: ServiceCall<'_>,
        body: &str,
    ) -> Result<(), NotQueued> {
        let queue = self.queue_of(call.resource).ok_or(NotQueued::NoQueue)?;
        let policy = self.queue_policy(queue).await?;
        let key = self
            .queue_settings()
            .get(queue)
            .and_then(|kept| kept.get("KmsMasterKeyId").cloned());
        let encrypts = key.is_none_or(|key| self.key_admits(&key, call.principal, call.source_arn));
        if !resource_policy::admits(&policy, &call) || !encrypts {
            return Err(NotQueued::Denied);
        }
        self.send_to_queue(call.resource, body).await
    }

    /// Sends a message for somebody whose right to it is known.
    pub(crate) async fn send_to_queue(&self, arn: &str, body: &str) -> Result<(), NotQueued> {
        let input = json!({
            "QueueUrl": self.queue_of(arn).ok_or(NotQueued::NoQueue)?,
            "MessageBody": body,
        });
        let target = Some("AmazonSQS.SendMessage");
        self.call(Service::Sqs, target, &input.to_string())
            .await
            .map(|_| ())
            .map_err(|_| NotQueued::NoQueue)
    }

    async fn queue_policy(&self, queue: &str) -> Result<Value, NotQueued> {
        let input = json!({ "QueueUrl": queue, "AttributeNames": ["Policy"] }).to_string();
        let target = Some("AmazonSQS.GetQueueAttributes");
        let answer = self.call(Service::Sqs, target, &input).await;
        let answer = answer.map_err(|_| NotQueued::NoQueue)?;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let policy = answer["Attributes"]["Policy"].as_str().unwrap_or("{}");
        Ok(serde_json::from_str(policy).unwrap_or_default())
    }

    /// The name of a queue of this account and region.
    fn queue_of<'a>(&self, arn: &'a str) -> Option<&'a str> {
        let own = format!("arn:aws:sqs:{}:{}:", self.region, self.account);
        arn.strip_prefix(&own)
    }

    async fn create_queue(
        &self,
        input: &Map<String, Value>,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let name = text(input, "QueueName");
        let asked = settings(input);
        let known = self.queue_settings().get(name).cloned();
        if known.is_some_and(|known| {
            asked
                .iter()
                .any(|(name, value)| known.get(name) != Some(value))
        }) {
            return Err(ServiceError::new(
                400,
                "QueueNameExists",
                "A queue already exists with the same name and a different value for an attribute",
            ));
        }
        let response = self.pass(Service::Sqs, request).await?;
        self.keep_settings(name, input);
        Ok(response)
    }

    fn keep_settings(&self, name: &str, input: &Map<String, Value>) {
        let asked = settings(input);
        let mut queues = self.queue_settings();
        let kept = queues.entry(name.to_owned()).or_default();
        kept.extend(asked);
        // An empty value takes a setting away.
        kept.retain(|_, value| !value.is_empty());
    }

    fn add_settings(&self, input: &Map<String, Value>, response: &mut Response) {
        let asked: Vec<&str> = input
            .get("AttributeNames")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let kept = self.queue_settings().get(&queue_name(input)).cloned();
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let mut shown = answer["Attributes"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let kept = kept.unwrap_or_default();
        if kept.contains_key("KmsMasterKeyId") {
            shown.insert("SqsManagedSseEnabled".to_owned(), Value::from("false"));
            shown.insert(
                "KmsDataKeyReusePeriodSeconds".to_owned(),
                Value::from("300"),
            );
        }
        shown.extend(kept.into_iter().map(|(name, value)| (name, value.into())));
        shown.retain(|name, _| asked.contains(&"All") || asked.contains(&name.as_str()));
        response.body = json!({ "Attributes": shown }).to_string().into();
    }

    fn queue_settings(&self) -> MutexGuard<'_, HashMap<String, Settings>> {
        self.queue_settings
            .lock()
            .expect("no code panics while it holds the settings of queues")
    }
}

fn settings(input: &Map<String, Value>) -> Settings {
    let attributes = input.get("Attributes").and_then(Value::as_object);
    attributes
        .into_iter()
        .flatten()
        .filter(|(name, _)| KEPT_HERE.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}

fn check_attributes(input: &Map<String, Value>) -> Result<(), ServiceError> {
    let attributes = input.get("Attributes").and_then(Value::as_object);
    for (name, value) in attributes.into_iter().flatten() {
        let known = |names: &[&str]| names.contains(&name.as_str());
        if !known(&KEPT) && !known(&KEPT_HERE) {
            let message = format!("Unknown Attribute {name}.");
            return Err(ServiceError::new(400, "InvalidAttributeName", message));
        }
        let document = matches!(
            name.as_str(),
            "Policy" | "RedrivePolicy" | "RedriveAllowPolicy"
        );
        let value = value.as_str().unwrap_or_default();
        let readable = serde_json::from_str::<Map<String, Value>>(value).is_ok();
        if document && !value.is_empty() && !readable {
            let message = format!("Invalid value for the parameter {name}.");
            return Err(ServiceError::new(400, "InvalidAttributeValue", message));
        }
    }
    Ok(())
}

/// The same error under the name of SQS's model.
fn renamed(error: ServiceError) -> ServiceError {
    let code = match error.code.as_str() {
        "AWS.SimpleQueueService.NonExistentQueue" => "QueueDoesNotExist",
        "QueueAlreadyExists" => "QueueNameExists",
        code => code,
    };
    ServiceError {
        code: code.to_owned(),
        ..error
    }
}

/// The library's queues live at amazonaws.com; some clients send to the address of a queue.
fn own_address(response: &mut Response, request: &Request) {
    let mut answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let path = answer["QueueUrl"]
        .as_str()
        .and_then(|url| url.split_once("amazonaws.com"))
        .map(|(_, path)| path.to_owned());
    if let (Some(path), Some(host)) = (path, request.header("host")) {
        answer["QueueUrl"] = Value::from(format!("http://{host}{path}"));
        response.body = answer.to_string().into();
    }
}

fn queue_name(input: &Map<String, Value>) -> String {
    let url = text(input, "QueueUrl");
    url.rsplit('/').next().unwrap_or_default().to_owned()
}

fn text<'a>(input: &'a Map<String, Value>, name: &str) -> &'a str {
    input.get(name).and_then(Value::as_str).unwrap_or_default()
}
