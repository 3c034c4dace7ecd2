//! Plans quick connects and which of them queues offer.
//!
//! A quick connect to a queue or to a person names a flow that a transferred contact runs through,
//! and flows come into being with a release. So all of them are planned with the release, after the
//! flows, those to phones as well: what is of one kind is found in one place. Nothing refers to a
//! quick connect but queues, and those offer it after it was made.

use std::collections::BTreeMap;

use flow::value::{Ref, RefKind};

use super::compare::Compare;
use super::{Call, Change, InstanceCall, PeopleCall, Plan, PlanProblem, Planned, create};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::Desired;
use crate::infra::{Destination, FlowName, QuickConnectSpec};
use crate::live::{Live, LiveDestination, Places};

/// The most that one call associates with a queue.
const MOST_AT_ONCE: usize = 50;

pub(super) fn plan(desired: &Desired, live: &Live, plan: &mut Plan) {
    for (name, spec) in &desired.quick_connects {
        plan.problems
            .extend(missing(desired, live, &addr(name), &spec.to));
        plan.take(quick_connect(desired, live, name, spec));
    }
    for (queue, spec) in &desired.queues {
        if let Some(offered) = &spec.quick_connects {
            plan.take(offers(live, queue, offered));
        }
    }
}

fn addr(name: &str) -> ResourceAddr {
    ResourceAddr::new(ResourceKind::QuickConnect, name)
}

fn places(live: &Live) -> Places<'_> {
    Places {
        bindings: &live.bindings,
        flow_titles: &live.flow_titles,
        users: &live.users,
    }
}

/// What a quick connect leads to and neither exists nor comes into being with this plan.
fn missing(
    desired: &Desired,
    live: &Live,
    addr: &ResourceAddr,
    to: &Destination,
) -> Vec<PlanProblem> {
    let mut problems = Vec::new();
    let mut unresolved = |reference: Ref| {
        let addr = addr.clone();
        problems.push(PlanProblem::UnresolvedReference { addr, reference });
    };
    match to.flow() {
        Some(FlowName::Ours(name)) => {
            let reference = Ref::new(RefKind::Flow, name);
            let target = ResourceAddr::new(ResourceKind::Flow, name);
            let is_planned = desired.flows.contains_key(&target);
            if !is_planned && live.bindings.get(&reference).is_none() {
                unresolved(reference);
            }
        }
        Some(FlowName::Titled(title)) => {
            let mut flows = desired.flows.values();
            let is_planned = flows.any(|it| it.title == *title);
            if !is_planned && !live.flow_titles.contains_key(title) {
                unresolved(Ref::new(RefKind::Flow, title));
            }
        }
        None => {}
    }
    match to {
        Destination::Queue { queue, .. } => {
            let reference = Ref::new(RefKind::Queue, queue);
            if live.bindings.get(&reference).is_none() {
                unresolved(reference);
            }
        }
        Destination::User { user, .. } if !live.users.contains_key(user) => {
            problems.push(PlanProblem::UserMissing {
                addr: addr.clone(),
                user: user.clone(),
            });
        }
        Destination::User { .. } | Destination::Phone(_) | Destination::Flow(_) => {}
    }
    problems
}

/// What has to be there before a change of a quick connect, or of what a queue offers, is made.
pub(super) fn needs(desired: &Desired, change: &Change) -> Vec<ResourceAddr> {
    let mut needed = Vec::new();
    if change.addr.kind == ResourceKind::QuickConnect {
        let spec = desired.quick_connects.get(&change.addr.name);
        match spec.and_then(|spec| spec.to.flow()) {
            Some(FlowName::Ours(name)) => needed.push(ResourceAddr::new(ResourceKind::Flow, name)),
            Some(FlowName::Titled(title)) => {
                let flows = desired.flows.iter();
                let titled = flows.filter(|(_, it)| it.title == *title);
                needed.extend(titled.map(|(addr, _)| addr.clone()));
            }
            None => {}
        }
    }
    for call in &change.calls {
        if let Call::People(PeopleCall::AssociateQueueQuickConnects { quick_connects }) = call {
            needed.extend(quick_connects.iter().map(|name| addr(name)));
        }
    }
    needed
}

fn quick_connect(desired: &Desired, live: &Live, name: &str, spec: &QuickConnectSpec) -> Planned {
    let addr = addr(name);
    let Some(found) = live.quick_connects.get(name) else {
        return create(addr, vec![PeopleCall::CreateQuickConnect]);
    };
    let mut compare = Compare::new(addr.clone());
    // A description that our sources do not give is not ours to judge.
    if let Some(description) = &spec.description {
        let live = found.description.clone();
        let call = PeopleCall::UpdateQuickConnectDescription;
        compare.field("description", live, description.clone(), call);
    }
    // What does not exist yet has no id, so the quick connect cannot lead there.
    if places(live).resolve(&spec.to).as_ref() != Some(&found.to) {
        let (old, new) = (show_live(live, &found.to), show(&spec.to));
        let call = PeopleCall::UpdateQuickConnectConfig;
        compare.change("to", Some(old), Some(new), call);
    }
    compare.tags(
        &found.tags,
        &desired.tags(&addr),
        InstanceCall::TagConnectResource,
    );
    compare.finish()
}

fn show(to: &Destination) -> String {
    let flow = |flow: &FlowName| match flow {
        FlowName::Ours(name) => format!("flow {name}"),
        FlowName::Titled(title) => format!("flow `{title}`"),
    };
    match to {
        Destination::Queue { queue, flow: it } => format!("queue {queue} by {}", flow(it)),
        Destination::User { user, flow: it } => format!("user {user} by {}", flow(it)),
        Destination::Phone(number) => format!("phone {number}"),
        Destination::Flow(it) => flow(it),
    }
}

/// With names where ids have some.
fn show_live(live: &Live, to: &LiveDestination) -> String {
    let bound = |kind: RefKind, id: &str| {
        let mut bound = live.bindings.iter();
        let found = bound.find(|(reference, target)| {
            reference.kind == kind && crate::remote::id_of(&target.arn) == id
        });
        found.map(|(reference, _)| reference.name.clone())
    };
    let flow = |id: &str| {
        let mut titles = live.flow_titles.iter();
        let titled = titles.find(|(_, it)| *it == id);
        let title = titled.map(|(title, _)| format!("flow `{title}`"));
        let ours = bound(RefKind::Flow, id).map(|name| format!("flow {name}"));
        ours.or(title).unwrap_or_else(|| format!("flow {id}"))
    };
    match to {
        LiveDestination::Queue { queue, flow: it } => {
            let queue = bound(RefKind::Queue, queue).unwrap_or_else(|| queue.clone());
            format!("queue {queue} by {}", flow(it))
        }
        LiveDestination::User { user, flow: it } => {
            let mut users = live.users.iter();
            let name = users.find(|(_, id)| *id == user).map(|(name, _)| name);
            format!("user {} by {}", name.unwrap_or(user), flow(it))
        }
        LiveDestination::Phone(number) => format!("phone {number}"),
        LiveDestination::Flow(it) => flow(it),
        LiveDestination::Other => "somewhere else".to_owned(),
    }
}

/// What a queue offers: exactly what is listed for it.
fn offers(live: &Live, queue: &str, wanted: &[String]) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::QueueQuickConnects, queue);
    let nothing = BTreeMap::new();
    let found = match live.queue_quick_connects.get(queue) {
        Some(found) => found,
        None if live
            .bindings
            .get(&Ref::new(RefKind::Queue, queue))
            .is_some() =>
        {
            &nothing
        }
        None => {
            let addr = ResourceAddr::new(ResourceKind::Queue, queue);
            return Planned::Blocked(PlanProblem::FoundationMissing { addr });
        }
    };
    let offered: Vec<&String> = found.values().collect();
    let added: Vec<String> = wanted
        .iter()
        .filter(|name| !offered.contains(name))
        .cloned()
        .collect();
    let gone: Vec<(&String, &String)> = found
        .iter()
        .filter(|(_, name)| !wanted.contains(name))
        .collect();
    let mut compare = Compare::new(addr);
    for names in added.chunks(MOST_AT_ONCE) {
        let call = PeopleCall::AssociateQueueQuickConnects {
            quick_connects: names.to_vec(),
        };
        compare.change("quick_connects", None, Some(names.join(", ")), call);
    }
    for gone in gone.chunks(MOST_AT_ONCE) {
        let names: Vec<&str> = gone.iter().map(|(_, name)| name.as_str()).collect();
        let call = PeopleCall::DisassociateQueueQuickConnects {
            ids: gone.iter().map(|(id, _)| (*id).clone()).collect(),
        };
        compare.change("quick_connects", Some(names.join(", ")), None, call);
    }
    compare.finish()
}
