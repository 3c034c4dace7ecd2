//! The SNS API: Query requests in, XML answers out.

use std::sync::Arc;

use indexmap::IndexMap;
use uuid::Uuid;

use super::delivery::{self, Message};
use super::topic::{State, Subscription, Topic, invalid, not_emulated};
use crate::wire::query::{self, Form, element};
use crate::wire::{Request, Response, Service, ServiceError};
use crate::world::World;

/// Every operation of SNS, so that one which is not here is named when it is asked for.
const OPERATIONS: [&str; 42] = [
    "AddPermission",
    "CheckIfPhoneNumberIsOptedOut",
    "ConfirmSubscription",
    "CreatePlatformApplication",
    "CreatePlatformEndpoint",
    "CreateSMSSandboxPhoneNumber",
    "CreateTopic",
    "DeleteEndpoint",
    "DeletePlatformApplication",
    "DeleteSMSSandboxPhoneNumber",
    "DeleteTopic",
    "GetDataProtectionPolicy",
    "GetEndpointAttributes",
    "GetPlatformApplicationAttributes",
    "GetSMSAttributes",
    "GetSMSSandboxAccountStatus",
    "GetSubscriptionAttributes",
    "GetTopicAttributes",
    "ListEndpointsByPlatformApplication",
    "ListOriginationNumbers",
    "ListPhoneNumbersOptedOut",
    "ListPlatformApplications",
    "ListSMSSandboxPhoneNumbers",
    "ListSubscriptions",
    "ListSubscriptionsByTopic",
    "ListTagsForResource",
    "ListTopics",
    "OptInPhoneNumber",
    "Publish",
    "PublishBatch",
    "PutDataProtectionPolicy",
    "RemovePermission",
    "SetEndpointAttributes",
    "SetPlatformApplicationAttributes",
    "SetSMSAttributes",
    "SetSubscriptionAttributes",
    "SetTopicAttributes",
    "Subscribe",
    "TagResource",
    "Unsubscribe",
    "UntagResource",
    "VerifySMSSandboxPhoneNumber",
];

/// How many topics or subscriptions one page lists.
const PAGE: usize = 100;

/// The operation that a request names, if SNS has it.
pub(crate) fn operation(request: &Request) -> Option<&'static str> {
    let form = Form::of(request);
    let action = form.get("Action")?;
    OPERATIONS.into_iter().find(|name| *name == action)
}

/// Carries out an operation; nothing if it is not emulated.
pub(crate) fn handle(
    world: &Arc<World>,
    operation: &'static str,
    request: &Request,
) -> Option<Result<Response, ServiceError>> {
    let form = Form::of(request);
    let mut state = world.sns.state();
    let result = match operation {
        "CreateTopic" => create_topic(world, &mut state, &form),
        "GetTopicAttributes" => get_topic_attributes(&mut state, &form),
        "SetTopicAttributes" => set_topic_attributes(&mut state, &form),
        "ListTopics" => list_topics(&state, &form),
        "DeleteTopic" => delete_topic(&mut state, &form),
        "Subscribe" => subscribe(&mut state, &form),
        "Unsubscribe" => unsubscribe(&mut state, &form),
        "ListSubscriptions" => Ok(list_subscriptions(&state, &form)),
        "ListSubscriptionsByTopic" => list_subscriptions_by_topic(&mut state, &form),
        "GetSubscriptionAttributes" => get_subscription_attributes(&state, &form),
        "SetSubscriptionAttributes" => set_subscription_attributes(&mut state, &form),
        "TagResource" => tag_resource(&mut state, &form),
        "UntagResource" => untag_resource(&mut state, &form),
        "ListTagsForResource" => list_tags(&mut state, &form),
        "Publish" => {
            drop(state);
            publish(world, &form)
        }
        _ => return None,
    };
    let crate::wire::Protocol::Query(namespace) = Service::Sns.protocol() else {
        return None;
    };
    Some(result.map(|result| query::answer(namespace, operation, result.as_deref())))
}

/// The XML inside `{operation}Result`; nothing where an operation answers none.
type Answer = Result<Option<String>, ServiceError>;

fn create_topic(world: &World, state: &mut State, form: &Form) -> Answer {
    let name = required(form, "Name")?;
    check_name(name)?;
    let arn = format!("arn:aws:sns:{}:{}:{name}", world.region, world.account);
    let mut topic = Topic::new(&arn);
    for (name, value) in form.entries("Attributes", "key", "value") {
        topic.set(&name, &value)?;
    }
    topic.tags = form
        .pairs_of("Tags.member", "Key", "Value")
        .into_iter()
        .collect();
    if name.ends_with(".fifo") == topic.is_standard() {
        return Err(invalid("Topic Name"));
    }
    match state.topics.get(&arn) {
        // Creating a topic again is no change as long as nothing given differs.
        Some(existing) => {
            let differs = topic
                .attributes
                .iter()
                .any(|(k, v)| existing.attributes.get(k) != Some(v));
            if differs {
                return Err(invalid(
                    "Attributes Reason: Topic already exists with different attributes",
                ));
            }
            if topic
                .tags
                .iter()
                .any(|(k, v)| existing.tags.get(k) != Some(v))
            {
                return Err(invalid(
                    "Tags Reason: Topic already exists with different tags",
                ));
            }
        }
        None => {
            state.topics.insert(arn.clone(), topic);
        }
    }
    Ok(Some(element("TopicArn", &arn)))
}

fn get_topic_attributes(state: &mut State, form: &Form) -> Answer {
    let topic = state.topic(required(form, "TopicArn")?)?;
    Ok(Some(attributes(&topic.shown())))
}

fn set_topic_attributes(state: &mut State, form: &Form) -> Answer {
    let topic = state.topic(required(form, "TopicArn")?)?;
    let value = form.get("AttributeValue").unwrap_or_default();
    topic.set(required(form, "AttributeName")?, value)?;
    Ok(None)
}

fn list_topics(state: &State, form: &Form) -> Answer {
    let members: Vec<String> = state
        .topics
        .keys()
        .map(|arn| format!("<member>{}</member>", element("TopicArn", arn)))
        .collect();
    Ok(Some(page("Topics", &members, form)))
}

/// Deleting what is not there is no error.
fn delete_topic(state: &mut State, form: &Form) -> Answer {
    state.topics.shift_remove(required(form, "TopicArn")?);
    Ok(None)
}

fn subscribe(state: &mut State, form: &Form) -> Answer {
    let topic = state.topic(required(form, "TopicArn")?)?;
    let protocol = required(form, "Protocol")?;
    let endpoint = required(form, "Endpoint")?;
    match protocol {
        "lambda" if endpoint.starts_with("arn:aws:lambda:") => {}
        "lambda" => return Err(invalid("Lambda endpoint ARN")),
        "sqs" | "http" | "https" | "email" | "email-json" | "sms" | "application" | "firehose" => {
            return Err(not_emulated(&format!(
                "the subscription protocol {protocol}"
            )));
        }
        _ => return Err(invalid("Amazon SNS protocol")),
    }
    let mut subscription = Subscription {
        arn: format!("{}:{}", topic.arn, Uuid::new_v4()),
        protocol: protocol.to_owned(),
        endpoint: endpoint.to_owned(),
        attributes: IndexMap::new(),
        filter: None,
    };
    for (name, value) in form.entries("Attributes", "key", "value") {
        subscription.set(&name, &value)?;
    }
    let existing = topic
        .subscriptions
        .values()
        .find(|known| known.protocol == protocol && known.endpoint == endpoint);
    let arn = match existing {
        Some(known)
            if known.attributes == subscription.attributes
                || subscription.attributes.is_empty() =>
        {
            known.arn.clone()
        }
        Some(_) => {
            return Err(invalid(
                "Attributes Reason: Subscription already exists with different attributes",
            ));
        }
        None => {
            let arn = subscription.arn.clone();
            topic.subscriptions.insert(arn.clone(), subscription);
            arn
        }
    };
    Ok(Some(element("SubscriptionArn", &arn)))
}

fn unsubscribe(state: &mut State, form: &Form) -> Answer {
    let arn = required(form, "SubscriptionArn")?;
    for topic in state.topics.values_mut() {
        topic.subscriptions.shift_remove(arn);
    }
    Ok(None)
}

fn list_subscriptions(state: &State, form: &Form) -> Option<String> {
    let members: Vec<String> = state
        .topics
        .values()
        .flat_map(subscription_members)
        .collect();
    Some(page("Subscriptions", &members, form))
}

fn list_subscriptions_by_topic(state: &mut State, form: &Form) -> Answer {
    let topic = state.topic(required(form, "TopicArn")?)?;
    let members: Vec<String> = subscription_members(topic).collect();
    Ok(Some(page("Subscriptions", &members, form)))
}

fn subscription_members(topic: &Topic) -> impl Iterator<Item = String> + '_ {
    let owner = topic.arn.split(':').nth(4).unwrap_or_default();
    topic.subscriptions.values().map(move |subscription| {
        format!(
            "<member>{}{}{}{}{}</member>",
            element("SubscriptionArn", &subscription.arn),
            element("Owner", owner),
            element("Protocol", &subscription.protocol),
            element("Endpoint", &subscription.endpoint),
            element("TopicArn", &topic.arn),
        )
    })
}

fn get_subscription_attributes(state: &State, form: &Form) -> Answer {
    let arn = required(form, "SubscriptionArn")?;
    let found = state
        .topics
        .values()
        .find_map(|topic| Some((topic, topic.subscriptions.get(arn)?)));
    let (topic, subscription) =
        found.ok_or_else(|| ServiceError::new(404, "NotFound", "Subscription does not exist"))?;
    Ok(Some(attributes(&subscription.shown(&topic.arn))))
}

fn set_subscription_attributes(state: &mut State, form: &Form) -> Answer {
    let subscription = state.subscription(required(form, "SubscriptionArn")?)?;
    let value = form.get("AttributeValue").unwrap_or_default();
    subscription.set(required(form, "AttributeName")?, value)?;
    Ok(None)
}

fn tag_resource(state: &mut State, form: &Form) -> Answer {
    let topic = tagged(state, form)?;
    topic
        .tags
        .extend(form.pairs_of("Tags.member", "Key", "Value"));
    Ok(Some(String::new()))
}

fn untag_resource(state: &mut State, form: &Form) -> Answer {
    let topic = tagged(state, form)?;
    for key in form.members("TagKeys") {
        topic.tags.shift_remove(&key);
    }
    Ok(Some(String::new()))
}

fn list_tags(state: &mut State, form: &Form) -> Answer {
    let topic = tagged(state, form)?;
    let members = topic.tags.iter().map(|(key, value)| {
        format!(
            "<member>{}{}</member>",
            element("Key", key),
            element("Value", value)
        )
    });
    Ok(Some(format!(
        "<Tags>{}</Tags>",
        members.collect::<String>()
    )))
}

fn tagged<'a>(state: &'a mut State, form: &Form) -> Result<&'a mut Topic, ServiceError> {
    // The tagging operations have an error name of their own.
    state
        .topic(required(form, "ResourceArn")?)
        .map_err(|_| ServiceError::new(404, "ResourceNotFound", "Resource does not exist"))
}

fn publish(world: &Arc<World>, form: &Form) -> Answer {
    let topic_arn = match (form.get("TopicArn"), form.get("TargetArn")) {
        (Some(arn), _) | (None, Some(arn)) => arn,
        (None, None) => return Err(not_emulated("publishing to a phone number")),
    };
    world.sns.state().topic(topic_arn)?;
    let message = required(form, "Message")?;
    if message.len() > 262_144 {
        return Err(invalid("Message too long"));
    }
    let id = delivery::deliver(
        world,
        Message {
            topic_arn: topic_arn.to_owned(),
            subject: form.get("Subject").map(str::to_owned),
            text: message.to_owned(),
            attributes: form.pairs_of("MessageAttributes.entry", "Name", "Value.StringValue"),
        },
    );
    Ok(Some(element("MessageId", &id)))
}

fn check_name(name: &str) -> Result<(), ServiceError> {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if stem.is_empty() || name.len() > 256 || !stem.bytes().all(legal) {
        return Err(invalid("Topic Name"));
    }
    Ok(())
}

fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, ServiceError> {
    form.get(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| invalid(&format!("{name} Reason: no value for required parameter")))
}

fn attributes(attributes: &IndexMap<String, String>) -> String {
    let entries = attributes.iter().map(|(name, value)| {
        format!(
            "<entry>{}{}</entry>",
            element("key", name),
            element("value", value)
        )
    });
    format!("<Attributes>{}</Attributes>", entries.collect::<String>())
}

/// One page of a list; the token is the number of its first member.
fn page(name: &str, members: &[String], form: &Form) -> String {
    let from = form
        .get("NextToken")
        .and_then(|token| token.parse().ok())
        .unwrap_or(0);
    let shown: String = members
        .iter()
        .skip(from)
        .take(PAGE)
        .map(String::as_str)
        .collect();
    let more = members.len() > from + PAGE;
    let token = if more {
        element("NextToken", &(from + PAGE).to_string())
    } else {
        String::new()
    };
    format!("<{name}>{shown}</{name}>{token}")
}
