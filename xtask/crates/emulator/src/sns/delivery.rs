//! From a published message to the invocations of the functions that subscribe to it, or to the queue
//! for what cannot be delivered.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::topic::Subscription;
use crate::faults::DeliveryFault;
use crate::lambda::{Caller, Invocation};
use crate::library::NotQueued;
use crate::resource_policy::ServiceCall;
use crate::world::World;

/// A message on its way.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) topic_arn: String,
    pub(super) subject: Option<String>,
    pub(super) text: String,
    /// All of type `String`.
    pub(super) attributes: Vec<(String, String)>,
}

/// An invocation that a fault holds back until the topic's next message has been delivered.
pub(crate) struct Held {
    topic_arn: String,
    delivery: Delivery,
}

/// An invocation, and where its message goes if Lambda does not take it.
#[derive(Clone)]
struct Delivery {
    invocation: Invocation,
    dead_letters: Option<String>,
    /// The notification as queues get it.
    notification: String,
}

/// Delivers a message to the subscriptions whose filter admits it, and gives its id.
pub(super) fn deliver(world: &Arc<World>, message: Message) -> String {
    let id = Uuid::new_v4().to_string();
    let subscriptions: Vec<Subscription> = match world.sns.state().topics.get(&message.topic_arn) {
        Some(topic) => topic.subscriptions.values().cloned().collect(),
        None => Vec::new(),
    };
    for subscription in subscriptions {
        let admitted = subscription
            .filter
            .as_ref()
            .is_none_or(|filter| filter.admits(&message.attributes));
        let event = if admitted {
            "delivered"
        } else {
            "filtered out"
        };
        let names = [
            ("topic", message.topic_arn.as_str()),
            ("message", id.as_str()),
            ("endpoint", subscription.endpoint.as_str()),
        ];
        world.record("sns", event, &names);
        if admitted {
            send(world, &message, &id, &subscription);
        }
    }
    id
}

fn send(world: &Arc<World>, message: &Message, id: &str, subscription: &Subscription) {
    let notification = notification(message, id, world.clock.now());
    let event = lambda_event(&notification, subscription);
    let invocation = Invocation {
        function_arn: subscription.endpoint.clone(),
        payload: event.to_string().into(),
        caller: Caller {
            principal: "sns.amazonaws.com",
            source_arn: message.topic_arn.clone(),
        },
        limit: None,
    };
    let delivery = Delivery {
        invocation,
        dead_letters: subscription.dead_letters(),
        notification: notification.to_string(),
    };
    let fault = world.faults.of_delivery(&message.topic_arn);
    if let Some(fault) = fault {
        let names = [("topic", message.topic_arn.as_str()), ("message", id)];
        world.record("sns", fault_event(fault), &names);
    }
    let copies = match fault {
        None => 1,
        Some(DeliveryFault::Duplicate) => 2,
        Some(DeliveryFault::Lose) => 0,
        Some(DeliveryFault::Reorder) => {
            let topic_arn = message.topic_arn.clone();
            world.sns.held().push(Held {
                topic_arn,
                delivery,
            });
            return;
        }
    };
    for _ in 0..copies {
        hand_over(world, delivery.clone());
    }
    for delivery in take_held(world, &message.topic_arn) {
        hand_over(world, delivery);
    }
}

/// A client-side error, such as a missing permission or function, is not tried again by SNS: the
/// message goes to the queue for dead letters at once.
fn hand_over(world: &Arc<World>, delivery: Delivery) {
    let topic_arn = delivery.invocation.caller.source_arn.clone();
    if world.lambda.invoke_async(world, delivery.invocation) {
        return;
    }
    let Some(queue) = delivery.dead_letters else {
        return;
    };
    let guard = world.clock.in_flight();
    let world = Arc::clone(world);
    tokio::spawn(async move {
        let call = ServiceCall {
            principal: "sns.amazonaws.com",
            action: "sqs:SendMessage",
            resource: &queue,
            source_account: &world.account,
            source_arn: &topic_arn,
        };
        let sent = world
            .library
            .send_for_service(call, &delivery.notification)
            .await;
        let event = match sent {
            Ok(()) => "sent to the dead letters",
            Err(NotQueued::NoQueue) => "lost, the queue for dead letters does not exist",
            Err(NotQueued::Denied) => "lost, the queue for dead letters or its key refuses",
        };
        world.record("sns", event, &[("topic", &topic_arn), ("queue", &queue)]);
        drop(guard);
    });
}

fn take_held(world: &World, topic_arn: &str) -> Vec<Delivery> {
    let mut held = world.sns.held();
    let due = held.extract_if(.., |held| held.topic_arn == topic_arn);
    due.map(|held| held.delivery).collect()
}

fn fault_event(fault: DeliveryFault) -> &'static str {
    match fault {
        DeliveryFault::Duplicate => "duplicated by a fault",
        DeliveryFault::Reorder => "held back by a fault",
        DeliveryFault::Lose => "lost by a fault",
    }
}

/// What is delivered of a message.
fn notification(message: &Message, id: &str, now: Timestamp) -> Value {
    let attributes: Map<String, Value> = message
        .attributes
        .iter()
        .map(|(name, value)| (name.clone(), json!({"Type": "String", "Value": value})))
        .collect();
    // Nothing here signs; the members are there because consumers may read them.
    json!({
        "Type": "Notification",
        "MessageId": id,
        "TopicArn": message.topic_arn,
        "Subject": message.subject,
        "Message": message.text,
        "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "SignatureVersion": "1",
        "Signature": "",
        "SigningCertUrl": "",
        "UnsubscribeUrl": "",
        "MessageAttributes": attributes,
    })
}

/// The event that a subscribed function gets.
fn lambda_event(notification: &Value, subscription: &Subscription) -> Value {
    json!({"Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": notification,
    }]})
}
