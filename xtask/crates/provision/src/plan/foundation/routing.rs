//! Plans hours, queues and routing profiles.

use flow::value::RefKind;

use super::super::compare::Compare;
use super::super::{InstanceCall, Planned, RoutingCall, create};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::infra::{HoursSpec, OpenTime, QueueSpec, RoutedQueue, RoutingProfileSpec};
use crate::live::Live;
use crate::remote::bound_id;

pub(super) fn hours(desired: &Desired, live: &Live, name: &str, spec: &HoursSpec) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Hours, name);
    let Some(found) = live.hours.get(name) else {
        return create(addr, vec![RoutingCall::CreateHoursOfOperation]);
    };
    let mut compare = Compare::new(addr.clone());
    let call = || RoutingCall::UpdateHoursOfOperation;
    // A description that our sources do not give is not ours to judge.
    if let Some(description) = &spec.description {
        let live = found.spec.description.clone();
        compare.field("description", live, description.clone(), call());
    }
    let (live, wanted) = (found.spec.time_zone.clone(), spec.time_zone.clone());
    compare.field("time_zone", live, wanted, call());
    let (live, wanted) = (show_times(&found.spec.open), show_times(&spec.open));
    compare.field("open", live, wanted, call());
    compare.tags(
        &found.tags,
        &desired.tags(&addr),
        InstanceCall::TagConnectResource,
    );
    compare.finish()
}

fn show_times(times: &[OpenTime]) -> String {
    let shown: Vec<String> = times
        .iter()
        .map(|time| {
            let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let day = time.day.as_str().to_ascii_lowercase();
            format!("{day} {}-{}", clock(time.from), clock(time.to))
        })
        .collect();
    shown.join(", ")
}

pub(super) fn queue(desired: &Desired, live: &Live, name: &str, spec: &QueueSpec) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Queue, name);
    let Some(found) = live.queues.get(name) else {
        return create(addr, vec![RoutingCall::CreateQueue]);
    };
    let mut compare = Compare::new(addr.clone());
    if let Some(description) = &spec.description {
        let call = RoutingCall::UpdateQueueDescription;
        compare.field(
            "description",
            found.description.clone(),
            description.clone(),
            call,
        );
    }
    // Hours that do not exist yet have no id, so the queue cannot have them.
    if bound_id(&live.bindings, RefKind::Hours, &spec.hours).as_ref() != Some(&found.hours_id) {
        let (old, new) = (found.hours_id.clone(), spec.hours.clone());
        compare.change(
            "hours",
            Some(old),
            Some(new),
            RoutingCall::UpdateQueueHoursOfOperation,
        );
    }
    if let Some(count) = spec.max_contacts {
        let live = found.max_contacts.map(|count| count.to_string());
        compare.field(
            "max_contacts",
            live,
            count.to_string(),
            RoutingCall::UpdateQueueMaxContacts,
        );
    }
    let live_status = if found.enabled { "enabled" } else { "disabled" };
    let call = RoutingCall::UpdateQueueStatus;
    compare.field("status", live_status.to_owned(), "enabled".to_owned(), call);
    compare.tags(
        &found.tags,
        &desired.tags(&addr),
        InstanceCall::TagConnectResource,
    );
    compare.finish()
}

pub(super) fn profile(
    desired: &Desired,
    live: &Live,
    name: &str,
    spec: &RoutingProfileSpec,
) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::RoutingProfile, name);
    let Some(found) = live.routing_profiles.get(name) else {
        return create(addr, vec![RoutingCall::CreateRoutingProfile]);
    };
    let mut compare = Compare::new(addr.clone());
    let (old, new) = (found.description.clone(), spec.description.clone());
    compare.field(
        "description",
        old,
        new,
        RoutingCall::UpdateRoutingProfileDescription,
    );
    let old = found.chats_at_once.map(|count| count.to_string());
    let new = spec.chats_at_once.to_string();
    compare.field(
        "chats_at_once",
        old,
        new,
        RoutingCall::UpdateRoutingProfileConcurrency,
    );
    let queue_id = |queue: &str| bound_id(&live.bindings, RefKind::Queue, queue);
    if queue_id(&spec.default_outbound_queue).as_ref() != Some(&found.default_outbound_queue_id) {
        let old = Some(found.default_outbound_queue_id.clone());
        let new = Some(spec.default_outbound_queue.clone());
        let call = RoutingCall::UpdateRoutingProfileDefaultOutboundQueue;
        compare.change("default_outbound_queue", old, new, call);
    }
    routed_queues(&mut compare, &found.queues, &spec.queues, &queue_id);
    compare.tags(
        &found.tags,
        &desired.tags(&addr),
        InstanceCall::TagConnectResource,
    );
    compare.finish()
}

/// Adds, sets anew and takes away queues; `live` has their ids where `desired` has their names.
fn routed_queues(
    compare: &mut Compare,
    live: &[RoutedQueue],
    desired: &[RoutedQueue],
    queue_id: &impl Fn(&str) -> Option<String>,
) {
    let (mut added, mut updated) = (Vec::new(), Vec::new());
    let mut kept = Vec::new();
    for routed in desired {
        let id = queue_id(&routed.queue);
        let found = live
            .iter()
            .find(|live| Some(&live.queue) == id.as_ref() && live.channel == routed.channel);
        let Some(found) = found else {
            added.push(routed.queue.clone());
            continue;
        };
        kept.push((found.queue.clone(), found.channel));
        let (same_priority, same_delay) = (
            found.priority == routed.priority,
            found.delay_seconds == routed.delay_seconds,
        );
        if !(same_priority && same_delay) {
            updated.push(routed.queue.clone());
        }
    }
    let gone: Vec<(String, String)> = live
        .iter()
        .filter(|live| !kept.contains(&(live.queue.clone(), live.channel)))
        .map(|live| (live.queue.clone(), live.channel.as_str().to_owned()))
        .collect();
    if !added.is_empty() {
        let new = Some(added.join(", "));
        let call = RoutingCall::AssociateRoutingProfileQueues { queues: added };
        compare.change("queues", None, new, call);
    }
    if !updated.is_empty() {
        let new = Some(updated.join(", "));
        let call = RoutingCall::UpdateRoutingProfileQueues { queues: updated };
        compare.change("queues", new.clone(), new, call);
    }
    if !gone.is_empty() {
        let ids: Vec<&str> = gone.iter().map(|(id, _)| id.as_str()).collect();
        let old = Some(ids.join(", "));
        let call = RoutingCall::DisassociateRoutingProfileQueues { queue_ids: gone };
        compare.change("queues", old, None, call);
    }
}
