//! Plans what stands around functions and flows, in the order in which one needs the other.

use flow::value::RefKind;
use serde_json::Value as Json;

use super::call::Call;
use super::compare::Compare;
use super::{PlanProblem, Planned, create};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::{Desired, LogGroup, Role};
use crate::infra::{HoursSpec, OpenTime, QueueSpec, RoutedQueue, RoutingProfileSpec, TableSpec};
use crate::live::Live;
use crate::policy;
use crate::remote::{bound_id, show_bucket};

pub(super) fn plan(desired: &Desired, live: &Live) -> Vec<Planned> {
    let mut planned = vec![instance(desired, live)];
    planned.extend(attributes(desired, live));
    planned.extend(storage(desired, live));
    planned.extend(origins(desired, live));
    planned.extend(each(&desired.hours, |name, spec| {
        hours(desired, live, name, spec)
    }));
    planned.extend(each(&desired.queues, |name, spec| {
        queue(desired, live, name, spec)
    }));
    let profiles = &desired.routing_profiles;
    planned.extend(each(profiles, |name, spec| {
        profile(desired, live, name, spec)
    }));
    planned.extend(each(&desired.topics, |name, policy| {
        topic(desired, live, name, policy)
    }));
    planned.extend(each(&desired.tables, |name, spec| {
        table(desired, live, name, spec)
    }));
    planned.extend(each(&desired.roles, |name, spec| {
        role(desired, live, name, spec)
    }));
    planned.extend(each(&desired.log_groups, |name, spec| {
        log_group(desired, live, name, spec)
    }));
    planned
}

fn each<T>(
    map: &indexmap::IndexMap<String, T>,
    plan: impl Fn(&str, &T) -> Planned,
) -> Vec<Planned> {
    map.iter().map(|(name, spec)| plan(name, spec)).collect()
}

fn instance(desired: &Desired, live: &Live) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Instance, &desired.scope.alias);
    let Some(found) = &live.instance else {
        return create(addr, vec![Call::CreateInstance]);
    };
    if found.status != "ACTIVE" {
        return Planned::Blocked(PlanProblem::InstanceNotActive {
            alias: desired.scope.alias.clone(),
            status: found.status.clone(),
        });
    }
    let identity = desired.instance.identity.as_str();
    if let Some(live) = &found.identity
        && live != identity
    {
        return Planned::Blocked(PlanProblem::FieldIsImmutable {
            addr,
            field: "identity",
            live: live.clone(),
            desired: identity.to_owned(),
        });
    }
    let mut compare = Compare::new(addr.clone());
    if let Some(tags) = &found.tags {
        compare.tags(tags, &desired.tags(&addr), Call::TagConnectResource);
    }
    compare.finish()
}

fn attributes(desired: &Desired, live: &Live) -> Vec<Planned> {
    let specs = desired.instance.attributes.iter();
    let planned = specs.map(|spec| {
        let addr = ResourceAddr::new(ResourceKind::Attribute, spec.name);
        let found = live.attributes.get(&spec.api_name()).copied();
        let mut compare = Compare::new(addr);
        if found != Some(spec.value) {
            let old = found.map(|value| value.to_string());
            let new = Some(spec.value.to_string());
            compare.change("value", old, new, Call::UpdateInstanceAttribute);
        }
        compare.finish()
    });
    planned.collect()
}

fn storage(desired: &Desired, live: &Live) -> Vec<Planned> {
    let specs = desired.storage.iter();
    let planned = specs.map(|(kind, bucket)| {
        let addr = ResourceAddr::new(ResourceKind::Storage, kind.to_ascii_lowercase());
        let Some(found) = live.storage.get(kind) else {
            return create(addr, vec![Call::AssociateInstanceStorageConfig]);
        };
        let mut compare = Compare::new(addr);
        if found.bucket.as_ref() != Some(bucket) {
            let old = found.bucket.as_ref().map(show_bucket);
            let call = Call::UpdateInstanceStorageConfig {
                association_id: found.association_id.clone(),
            };
            compare.change("bucket", old, Some(show_bucket(bucket)), call);
        }
        compare.finish()
    });
    planned.collect()
}

fn origins(desired: &Desired, live: &Live) -> Vec<Planned> {
    let origins = desired.instance.approved_origins.iter();
    let planned = origins.map(|origin| {
        let addr = ResourceAddr::new(ResourceKind::Origin, origin);
        if live.origins.contains(origin) {
            Planned::Unchanged(addr)
        } else {
            create(addr, vec![Call::AssociateApprovedOrigin])
        }
    });
    planned.collect()
}

fn hours(desired: &Desired, live: &Live, name: &str, spec: &HoursSpec) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Hours, name);
    let Some(found) = live.hours.get(name) else {
        return create(addr, vec![Call::CreateHoursOfOperation]);
    };
    let mut compare = Compare::new(addr.clone());
    let call = || Call::UpdateHoursOfOperation;
    // A description that our sources do not give is not ours to judge.
    if let Some(description) = &spec.description {
        let live = found.spec.description.clone();
        compare.field("description", live, description.clone(), call());
    }
    let (live, wanted) = (found.spec.time_zone.clone(), spec.time_zone.clone());
    compare.field("time_zone", live, wanted, call());
    let (live, wanted) = (show_times(&found.spec.open), show_times(&spec.open));
    compare.field("open", live, wanted, call());
    compare.tags(&found.tags, &desired.tags(&addr), Call::TagConnectResource);
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

fn queue(desired: &Desired, live: &Live, name: &str, spec: &QueueSpec) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Queue, name);
    let Some(found) = live.queues.get(name) else {
        return create(addr, vec![Call::CreateQueue]);
    };
    let mut compare = Compare::new(addr.clone());
    if let Some(description) = &spec.description {
        let call = Call::UpdateQueueDescription;
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
            Call::UpdateQueueHoursOfOperation,
        );
    }
    if let Some(count) = spec.max_contacts {
        let live = found.max_contacts.map(|count| count.to_string());
        compare.field(
            "max_contacts",
            live,
            count.to_string(),
            Call::UpdateQueueMaxContacts,
        );
    }
    let live_status = if found.enabled { "enabled" } else { "disabled" };
    let call = Call::UpdateQueueStatus;
    compare.field("status", live_status.to_owned(), "enabled".to_owned(), call);
    compare.tags(&found.tags, &desired.tags(&addr), Call::TagConnectResource);
    compare.finish()
}

fn profile(desired: &Desired, live: &Live, name: &str, spec: &RoutingProfileSpec) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::RoutingProfile, name);
    let Some(found) = live.routing_profiles.get(name) else {
        return create(addr, vec![Call::CreateRoutingProfile]);
    };
    let mut compare = Compare::new(addr.clone());
    let (old, new) = (found.description.clone(), spec.description.clone());
    compare.field(
        "description",
        old,
        new,
        Call::UpdateRoutingProfileDescription,
    );
    let old = found.chats_at_once.map(|count| count.to_string());
    let new = spec.chats_at_once.to_string();
    compare.field(
        "chats_at_once",
        old,
        new,
        Call::UpdateRoutingProfileConcurrency,
    );
    let queue_id = |queue: &str| bound_id(&live.bindings, RefKind::Queue, queue);
    if queue_id(&spec.default_outbound_queue).as_ref() != Some(&found.default_outbound_queue_id) {
        let old = Some(found.default_outbound_queue_id.clone());
        let new = Some(spec.default_outbound_queue.clone());
        let call = Call::UpdateRoutingProfileDefaultOutboundQueue;
        compare.change("default_outbound_queue", old, new, call);
    }
    routed_queues(&mut compare, &found.queues, &spec.queues, &queue_id);
    compare.tags(&found.tags, &desired.tags(&addr), Call::TagConnectResource);
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
        let call = Call::AssociateRoutingProfileQueues { queues: added };
        compare.change("queues", None, new, call);
    }
    if !updated.is_empty() {
        let new = Some(updated.join(", "));
        let call = Call::UpdateRoutingProfileQueues { queues: updated };
        compare.change("queues", new.clone(), new, call);
    }
    if !gone.is_empty() {
        let ids: Vec<&str> = gone.iter().map(|(id, _)| id.as_str()).collect();
        let old = Some(ids.join(", "));
        let call = Call::DisassociateRoutingProfileQueues { queue_ids: gone };
        compare.change("queues", old, None, call);
    }
}

fn topic(desired: &Desired, live: &Live, name: &str, spec: &Json) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Topic, name);
    let Some(found) = live.topics.get(name) else {
        return create(addr, vec![Call::CreateTopic]);
    };
    let mut compare = Compare::new(addr.clone());
    let spec = policy::with_instance(spec, instance_arn(live));
    policies(
        &mut compare,
        "policy",
        Some(&found.policy),
        &spec,
        Call::SetTopicPolicy,
    );
    compare.tags(&found.tags, &desired.tags(&addr), Call::TagTopic);
    compare.finish()
}

fn table(desired: &Desired, live: &Live, name: &str, spec: &TableSpec) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Table, name);
    let Some(found) = live.tables.get(name) else {
        let mut calls = vec![Call::CreateTable];
        calls.extend(
            spec.time_to_live
                .is_some()
                .then_some(Call::UpdateTimeToLive),
        );
        return create(addr, calls);
    };
    if found.partition_key != spec.partition_key {
        return Planned::Blocked(PlanProblem::FieldIsImmutable {
            addr,
            field: "partition_key",
            live: found.partition_key.clone(),
            desired: spec.partition_key.clone(),
        });
    }
    if found.sort_key != spec.sort_key {
        let shown = |key: &Option<String>| key.clone().unwrap_or_else(|| "none".to_owned());
        return Planned::Blocked(PlanProblem::FieldIsImmutable {
            addr,
            field: "sort_key",
            live: shown(&found.sort_key),
            desired: shown(&spec.sort_key),
        });
    }
    let mut compare = Compare::new(addr.clone());
    if let Some(attribute) = &spec.time_to_live {
        let (old, new) = (found.time_to_live.clone(), attribute.clone());
        compare.field("time_to_live", old, new, Call::UpdateTimeToLive);
    }
    compare.tags(&found.tags, &desired.tags(&addr), Call::TagTable);
    compare.finish()
}

fn role(desired: &Desired, live: &Live, name: &str, spec: &Role) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Role, name);
    let Some(found) = live.roles.get(name) else {
        return create(addr, vec![Call::CreateRole, Call::PutRolePolicy]);
    };
    let mut compare = Compare::new(addr.clone());
    policies(
        &mut compare,
        "trust",
        Some(&found.trust),
        &spec.trust,
        Call::UpdateRoleTrust,
    );
    let wanted = policy::with_instance(&spec.policy, instance_arn(live));
    policies(
        &mut compare,
        "policy",
        found.policy.as_ref(),
        &wanted,
        Call::PutRolePolicy,
    );
    compare.tags(&found.tags, &desired.tags(&addr), Call::TagRole);
    compare.finish()
}

fn log_group(desired: &Desired, live: &Live, name: &str, spec: &LogGroup) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::LogGroup, name);
    let Some(found) = live.log_groups.get(name) else {
        let mut calls = vec![Call::CreateLogGroup];
        calls.extend(
            spec.retention_days
                .is_some()
                .then_some(Call::PutRetentionPolicy),
        );
        return create(addr, calls);
    };
    let mut compare = Compare::new(addr.clone());
    if let Some(days) = spec.retention_days {
        let old = found.retention_days.map(|days| format!("{days}d"));
        compare.field(
            "retention",
            old,
            format!("{days}d"),
            Call::PutRetentionPolicy,
        );
    }
    compare.tags(&found.tags, &desired.tags(&addr), Call::TagLogGroup);
    compare.finish()
}

fn policies(compare: &mut Compare, field: &str, live: Option<&Json>, desired: &Json, call: Call) {
    if !live.is_some_and(|live| policy::same(live, desired)) {
        let old = live.map(Json::to_string);
        compare.change(field, old, Some(desired.to_string()), call);
    }
}

fn instance_arn(live: &Live) -> Option<&str> {
    live.instance().map(|instance| instance.arn.as_str())
}
