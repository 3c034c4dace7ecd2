//! What an instance is born with: default and sample flows, a queue, hours, a routing profile,
//! security profiles, prompts and the two agent statuses of the system.
//!
//! The names are those of the service, the contents are our own.

use std::sync::Arc;

use flow::model::FlowType;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::documents;
use super::hours::{Hours, Slot};
use super::input::new_id;
use super::state::{
    FlowRecord, Head, Instance, Kind, Plain, Prompt, PublishedFlow, Queue, QueuePriority,
    RoutingProfile, SecurityProfile, Shelf, Tags,
};

/// Fills a new instance.
pub(super) fn fill(instance: &mut Instance) {
    flows(instance);
    let hours_id = hours(instance);
    let queue_id = queue(instance, hours_id);
    routing_profile(instance, queue_id);
    security_profiles(instance);
    prompts(instance);
    for (name, status_type) in [("Available", "ROUTABLE"), ("Offline", "OFFLINE")] {
        let head = head(instance, Kind::AgentStatus, name, None);
        put(
            &mut instance.agent_statuses,
            head,
            json!({ "Type": status_type }),
        );
    }
}

fn head(instance: &Instance, kind: Kind, name: &str, description: Option<&str>) -> Head {
    let id = new_id();
    Head {
        arn: instance.arn_of(kind, &id),
        id,
        name: name.to_owned(),
        description: description.map(str::to_owned),
        tags: Tags::new(),
        modified: instance.created,
    }
}

fn put(shelf: &mut Shelf<Plain>, head: Head, details: Value) {
    shelf.insert(head.id.clone(), Plain { head, details });
}

fn hours(instance: &mut Instance) -> String {
    let head = head(
        instance,
        Kind::Hours,
        "Basic Hours",
        Some("Open at all times"),
    );
    let days = [
        Weekday::Sunday,
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
    ];
    let hours = Hours {
        time_zone: TimeZone::UTC,
        slots: days
            .into_iter()
            .map(|day| Slot {
                day,
                start: 0,
                end: 0,
            })
            .collect(),
        head,
    };
    let id = hours.head.id.clone();
    instance.hours.insert(id.clone(), hours);
    id
}

fn queue(instance: &mut Instance, hours_id: String) -> String {
    let head = head(
        instance,
        Kind::Queue,
        "BasicQueue",
        Some("A simple, basic queue"),
    );
    let queue = Queue {
        hours_id,
        enabled: true,
        max_contacts: None,
        outbound_caller: None,
        outbound_email: None,
        quick_connect_ids: Default::default(),
        head,
    };
    let id = queue.head.id.clone();
    instance.queues.insert(id.clone(), queue);
    id
}

fn routing_profile(instance: &mut Instance, queue_id: String) {
    let head = head(
        instance,
        Kind::RoutingProfile,
        "Basic Routing Profile",
        Some("A simple routing profile"),
    );
    let channels = [("VOICE", 1), ("CHAT", 2)];
    let priority = QueuePriority {
        priority: 1,
        delay_seconds: 0,
    };
    let profile = RoutingProfile {
        default_outbound_queue_id: queue_id.clone(),
        concurrencies: channels
            .iter()
            .map(|(channel, n)| json!({ "Channel": channel, "Concurrency": n }))
            .collect(),
        queues: channels
            .iter()
            .map(|(channel, _)| ((queue_id.clone(), (*channel).to_owned()), priority))
            .collect(),
        manual_queues: Default::default(),
        agent_availability_timer: None,
        head,
    };
    let id = profile.head.id.clone();
    instance.routing_profiles.insert(id, profile);
}

/// What each may do is only a part of what it may on AWS.
fn security_profiles(instance: &mut Instance) {
    let manager = ["Users.View", "Queues.View", "RoutingPolicies.View"];
    let profiles: [(&str, &[&str]); 4] = [
        ("Admin", &["Users.Create", "Users.Edit", "Users.View"]),
        ("Agent", &["BasicAgentAccess", "OutboundCallAccess"]),
        ("CallCenterManager", &manager),
        ("QualityAnalyst", &["BasicAgentAccess"]),
    ];
    for (name, permissions) in profiles {
        let head = head(instance, Kind::SecurityProfile, name, None);
        let permissions = permissions.iter().map(|it| (*it).to_owned());
        let profile = SecurityProfile {
            permissions: permissions.collect(),
            details: Map::new(),
            head,
        };
        let id = profile.head.id.clone();
        instance.security_profiles.insert(id, profile);
    }
}

/// As lists of prompts of instances show them that people have published.
fn prompts(instance: &mut Instance) {
    for name in [
        "Beep.wav",
        "CustomerHold.wav",
        "CustomerQueue.wav",
        "Music_Jazz_MyTimetoFly_Inst.wav",
        "Music_Pop_ThisAndThatIsLife_Inst.wav",
        "Music_Pop_ThrowYourselfInFrontOfIt_Inst.wav",
        "Music_Rock_EverywhereTheSunShines_Inst.wav",
    ] {
        let head = head(instance, Kind::Prompt, name, None);
        let prompt = Prompt { head, s3_uri: None };
        instance.prompts.insert(prompt.head.id.clone(), prompt);
    }
}

fn flows(instance: &mut Instance) {
    for (name, flow_type, is_default, actions) in contents() {
        let head = head(instance, Kind::Flow, name, None);
        let text = document(actions);
        let published = PublishedFlow {
            arn: head.arn.clone(),
            name: head.name.clone(),
            flow: flow::json::parse(&text).expect("the seeded flows are documents"),
            content: documents::content(&text),
        };
        let record = FlowRecord {
            is_default,
            published: Some(Arc::new(published)),
            ..FlowRecord::new(head, flow_type)
        };
        instance.flows.insert(record.head.id.clone(), record);
    }
}

/// A document that starts with its first action.
fn document(actions: Vec<Value>) -> String {
    json!({
        "Version": "2019-10-30",
        "StartAction": actions[0]["Identifier"],
        "Metadata": { "entryPointPosition": { "x": 20, "y": 20 } },
        "Actions": actions,
    })
    .to_string()
}

/// Name, type, whether it is the default of its type, and actions.
fn contents() -> Vec<(&'static str, FlowType, bool, Vec<Value>)> {
    let say_and_end = |text: &str| vec![message("message", text, "end"), end("EndFlowExecution")];
    let hold = |text: &str| vec![repeat(text)];
    vec![
        (
            "Default agent hold",
            FlowType::AgentHold,
            true,
            hold("You are on hold."),
        ),
        (
            "Default agent transfer",
            FlowType::AgentTransfer,
            true,
            vec![end("TransferContactToAgent")],
        ),
        (
            "Default agent whisper",
            FlowType::AgentWhisper,
            true,
            say_and_end("$.Queue.Name"),
        ),
        (
            "Default customer hold",
            FlowType::CustomerHold,
            true,
            hold("Please hold the line."),
        ),
        (
            "Default customer queue",
            FlowType::CustomerQueue,
            true,
            say_and_end("Thank you for your patience. Somebody will be with you shortly."),
        ),
        (
            "Default customer whisper",
            FlowType::CustomerWhisper,
            true,
            say_and_end("You are being connected."),
        ),
        (
            "Default outbound",
            FlowType::OutboundWhisper,
            true,
            say_and_end("This call is not recorded."),
        ),
        (
            "Default queue transfer",
            FlowType::QueueTransfer,
            true,
            vec![transfer_to_queue(), end("DisconnectParticipant")],
        ),
        (
            "Sample disconnect flow",
            FlowType::ContactFlow,
            false,
            vec![end("DisconnectParticipant")],
        ),
        (
            "Sample inbound flow (first contact experience)",
            FlowType::ContactFlow,
            false,
            vec![
                message("message", "Hello. This is a sample.", "end"),
                end("DisconnectParticipant"),
            ],
        ),
    ]
}

fn message(id: &str, text: &str, next: &str) -> Value {
    json!({
        "Parameters": { "Text": text },
        "Identifier": id,
        "Type": "MessageParticipant",
        "Transitions": { "NextAction": next, "Conditions": [], "Errors": on_errors(&["NoMatchingError"], next) },
    })
}

fn repeat(text: &str) -> Value {
    json!({
        "Parameters": { "Messages": [{ "Text": text }] },
        "Identifier": "repeat",
        "Type": "MessageParticipantIteratively",
        "Transitions": {},
    })
}

fn transfer_to_queue() -> Value {
    json!({
        "Parameters": {},
        "Identifier": "transfer",
        "Type": "TransferContactToQueue",
        "Transitions": {
            "NextAction": "end",
            "Conditions": [],
            "Errors": on_errors(&["QueueAtCapacity", "NoMatchingError"], "end"),
        },
    })
}

fn end(action_type: &str) -> Value {
    json!({
        "Parameters": {},
        "Identifier": "end",
        "Type": action_type,
        "Transitions": {},
    })
}

fn on_errors(errors: &[&str], next: &str) -> Vec<Value> {
    errors
        .iter()
        .map(|error| json!({ "NextAction": next, "ErrorType": error }))
        .collect()
}

#[cfg(test)]
mod tests {
    use flow::model::DocumentKind;

    use super::*;

    #[test]
    fn every_seeded_flow_is_one_that_the_service_would_publish() {
        let instance = Instance::default();
        for (name, flow_type, _, actions) in contents() {
            let kind = DocumentKind::Flow(flow_type);
            let read = documents::read(&instance, &document(actions), kind);
            assert_eq!(read.err().unwrap_or_default(), [], "{name}");
        }
    }

    #[test]
    fn every_type_but_inbound_and_campaign_has_one_default() {
        let mut instance = Instance::default();
        fill(&mut instance);
        for flow_type in FlowType::ALL {
            let expected = !matches!(flow_type, FlowType::ContactFlow | FlowType::Campaign);
            assert_eq!(instance.default_flow(flow_type).is_some(), expected);
        }
    }
}
