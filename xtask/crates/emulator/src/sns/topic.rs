//! Topics and subscriptions as SNS keeps them.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::filter::Filter;
use crate::wire::ServiceError;

/// All topics by ARN, and the messages that a fault holds back.
#[derive(Default)]
pub(crate) struct State {
    pub(super) topics: IndexMap<String, Topic>,
}

/// A topic with its subscriptions.
pub(super) struct Topic {
    pub(super) arn: String,
    /// The attributes that were set.
    pub(super) attributes: IndexMap<String, String>,
    pub(super) tags: IndexMap<String, String>,
    pub(super) subscriptions: IndexMap<String, Subscription>,
}

/// An endpoint that gets the messages of a topic.
#[derive(Clone)]
pub(super) struct Subscription {
    pub(super) arn: String,
    pub(super) protocol: String,
    pub(super) endpoint: String,
    pub(super) attributes: IndexMap<String, String>,
    pub(super) filter: Option<Filter>,
}

impl State {
    pub(super) fn topic(&mut self, arn: &str) -> Result<&mut Topic, ServiceError> {
        self.topics
            .get_mut(arn)
            .ok_or_else(|| ServiceError::new(404, "NotFound", "Topic does not exist"))
    }

    pub(super) fn subscription(&mut self, arn: &str) -> Result<&mut Subscription, ServiceError> {
        self.topics
            .values_mut()
            .find_map(|topic| topic.subscriptions.get_mut(arn))
            .ok_or_else(|| ServiceError::new(404, "NotFound", "Subscription does not exist"))
    }
}

impl Topic {
    pub(super) fn new(arn: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            attributes: IndexMap::new(),
            tags: IndexMap::new(),
            subscriptions: IndexMap::new(),
        }
    }

    /// Sets an attribute after checking it as SNS does.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), ServiceError> {
        match name {
            "Policy" => check_policy(value)?,
            "DisplayName"
            | "DeliveryPolicy"
            | "KmsMasterKeyId"
            | "SignatureVersion"
            | "TracingConfig"
            | "FifoTopic"
            | "ContentBasedDeduplication" => {}
            _ => return Err(invalid("AttributeName")),
        }
        self.attributes.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    pub(super) fn is_standard(&self) -> bool {
        self.attributes
            .get("FifoTopic")
            .is_none_or(|fifo| fifo != "true")
    }

    /// The key that encrypts what is published; those of AWS itself can be used by no other service,
    /// so they count too.
    pub(super) fn key(&self) -> Option<&str> {
        let key = self.attributes.get("KmsMasterKeyId");
        key.map(String::as_str).filter(|key| !key.is_empty())
    }

    /// The policy in force: the one that was set, else the one that SNS gives every topic.
    pub(super) fn policy(&self) -> String {
        let set = self.attributes.get("Policy").cloned();
        set.unwrap_or_else(|| default_policy(&self.arn).to_string())
    }

    /// The attributes as GetTopicAttributes shows them.
    pub(super) fn shown(&self) -> IndexMap<String, String> {
        let owner = self.arn.split(':').nth(4).unwrap_or_default();
        let confirmed = self.subscriptions.len().to_string();
        let mut shown: IndexMap<String, String> = [
            ("TopicArn", self.arn.as_str()),
            ("Owner", owner),
            ("DisplayName", ""),
            ("SubscriptionsConfirmed", &confirmed),
            ("SubscriptionsPending", "0"),
            ("SubscriptionsDeleted", "0"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        shown.insert("Policy".to_owned(), self.policy());
        shown.extend(self.attributes.clone());
        shown
    }
}

impl Subscription {
    /// The queue for what cannot be delivered.
    pub(super) fn dead_letters(&self) -> Option<String> {
        let policy = self.attributes.get("RedrivePolicy")?;
        let policy: Value = serde_json::from_str(policy).ok()?;
        policy["deadLetterTargetArn"].as_str().map(str::to_owned)
    }

    /// Sets an attribute after checking it as SNS does.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), ServiceError> {
        match name {
            "FilterPolicy" => {
                // Setting the empty policy removes it.
                let empty = value.is_empty() || value == "{}";
                self.filter = (!empty)
                    .then(|| Filter::parse(value))
                    .transpose()
                    .map_err(|problem| invalid(&format!("FilterPolicy: {problem}")))?;
                if empty {
                    self.attributes.shift_remove(name);
                    return Ok(());
                }
            }
            "FilterPolicyScope" if value == "MessageAttributes" => {}
            "RawMessageDelivery" if value == "false" || self.protocol != "lambda" => {}
            // Setting an empty policy removes it.
            "RedrivePolicy" if value.is_empty() => {
                self.attributes.shift_remove(name);
                return Ok(());
            }
            "RedrivePolicy" => check_redrive(value)?,
            "DeliveryPolicy" => check_json(name, value)?,
            "FilterPolicyScope" => return Err(not_emulated("FilterPolicyScope MessageBody")),
            _ => return Err(invalid("AttributeName")),
        }
        self.attributes.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// The attributes as GetSubscriptionAttributes shows them.
    pub(super) fn shown(&self, topic_arn: &str) -> IndexMap<String, String> {
        let owner = topic_arn.split(':').nth(4).unwrap_or_default();
        let mut shown: IndexMap<String, String> = [
            ("SubscriptionArn", self.arn.as_str()),
            ("TopicArn", topic_arn),
            ("Owner", owner),
            ("Protocol", &self.protocol),
            ("Endpoint", &self.endpoint),
            ("PendingConfirmation", "false"),
            ("ConfirmationWasAuthenticated", "true"),
            ("RawMessageDelivery", "false"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        if self.filter.is_some() {
            shown.insert(
                "FilterPolicyScope".to_owned(),
                "MessageAttributes".to_owned(),
            );
        }
        shown.extend(self.attributes.clone());
        shown
    }
}

/// `Invalid parameter: …`, as SNS words it.
pub(super) fn invalid(what: &str) -> ServiceError {
    ServiceError::new(
        400,
        "InvalidParameter",
        format!("Invalid parameter: {what}"),
    )
}

/// Something that SNS has and this emulator has not.
pub(super) fn not_emulated(what: &str) -> ServiceError {
    ServiceError::new(501, "NotImplemented", format!("{what} is not emulated"))
}

fn check_policy(text: &str) -> Result<(), ServiceError> {
    match serde_json::from_str::<Value>(text) {
        Ok(policy) if policy["Statement"].is_array() || policy["Statement"].is_object() => Ok(()),
        Ok(_) => Err(invalid("Policy Error: null")),
        Err(_) => Err(invalid("Policy: failed to parse JSON")),
    }
}

fn check_redrive(text: &str) -> Result<(), ServiceError> {
    let policy: Value =
        serde_json::from_str(text).map_err(|_| invalid("RedrivePolicy: failed to parse JSON"))?;
    let target = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    match target.starts_with("arn:aws:sqs:") {
        true => Ok(()),
        false => Err(invalid(
            "RedrivePolicy: deadLetterTargetArn must be the ARN of an SQS queue",
        )),
    }
}

fn check_json(name: &str, text: &str) -> Result<(), ServiceError> {
    serde_json::from_str::<Value>(text)
        .map(|_| ())
        .map_err(|_| invalid(&format!("{name}: failed to parse JSON")))
}

/// Admits the account that owns the topic, and through its condition no AWS service.
fn default_policy(arn: &str) -> Value {
    let owner = arn.split(':').nth(4).unwrap_or_default();
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission",
                "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic", "SNS:Publish"],
            "Resource": arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": owner}},
        }],
    })
}
