//! Plans what stands around functions and flows, in the order in which one needs the other.

mod instance;
mod media;
mod people;
mod roles;
mod routing;
mod storage;
mod streaming;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::compare::Compare;
use super::{Call, PlanWarning, Planned};
use crate::desired::Desired;
use crate::ledger;
use crate::live::Live;
use crate::policy;

pub(super) fn plan(desired: &Desired, live: &Live) -> Vec<Planned> {
    // First of all the table where everything after it is noted.
    let tables = |wanted: fn(&str) -> bool| {
        let tables = desired.tables.iter().filter(move |(name, _)| wanted(name));
        tables.map(|(name, spec)| streaming::table(desired, live, name, spec))
    };
    let mut planned: Vec<Planned> = tables(|name| name == ledger::TABLE).collect();
    planned.push(instance::instance(desired, live));
    planned.extend(instance::attributes(desired, live));
    planned.extend(each(&desired.keys, |name, spec| {
        storage::key(desired, live, name, spec)
    }));
    planned.extend(each(&desired.buckets, |name, spec| {
        storage::bucket(desired, live, name, spec)
    }));
    planned.extend(instance::storage(desired, live));
    planned.extend(instance::origins(desired, live));
    planned.extend(each(&desired.hours, |name, spec| {
        routing::hours(desired, live, name, spec)
    }));
    planned.extend(each(&desired.queues, |name, spec| {
        routing::queue(desired, live, name, spec)
    }));
    let profiles = &desired.routing_profiles;
    planned.extend(each(profiles, |name, spec| {
        routing::profile(desired, live, name, spec)
    }));
    planned.extend(each(&desired.dead_letters, |name, spec| {
        storage::dead_letters(desired, live, name, spec)
    }));
    planned.extend(each(&desired.security_profiles, |name, spec| {
        people::security_profile(desired, live, name, spec)
    }));
    planned.extend(each(&desired.prompts, |name, spec| {
        media::prompt(desired, live, name, spec)
    }));
    planned.extend(each(&desired.views, |name, spec| {
        media::view(desired, live, name, spec)
    }));
    planned.extend(desired.instance.lex_bots.iter().filter_map(|name| {
        let alias = desired.lex_bots.get(name)?;
        Some(media::lex_bot(live, name, alias))
    }));
    planned.extend(each(&desired.topics, |name, policy| {
        streaming::topic(desired, live, name, policy)
    }));
    planned.extend(tables(|name| name != ledger::TABLE));
    planned.extend(each(&desired.roles, |name, spec| {
        roles::role(desired, live, name, spec)
    }));
    planned.extend(each(&desired.log_groups, |name, spec| {
        roles::log_group(desired, live, name, spec)
    }));
    planned
}

pub(super) fn warnings(desired: &Desired, live: &Live) -> Vec<PlanWarning> {
    let alias = desired.scope.alias.clone();
    let created = live.instance.is_none();
    let created = created.then_some(PlanWarning::InstanceWillBeCreated { alias });
    let created = created.into_iter();
    created.chain(storage::warnings(desired, live)).collect()
}

fn each<T>(map: &IndexMap<String, T>, plan: impl Fn(&str, &T) -> Planned) -> Vec<Planned> {
    map.iter().map(|(name, spec)| plan(name, spec)).collect()
}

fn policies(
    compare: &mut Compare,
    field: &str,
    live: Option<&Json>,
    desired: &Json,
    call: impl Into<Call>,
) {
    if !live.is_some_and(|live| policy::same(live, desired)) {
        let old = live.map(Json::to_string);
        compare.change(field, old, Some(desired.to_string()), call);
    }
}

/// A policy with the ARNs of the instance and of keys in it, as far as there are any.
fn bound(policy: &Json, live: &Live) -> Json {
    let policy = policy::with_instance(policy, instance_arn(live));
    policy::with_keys(&policy, &live.key_arns())
}

fn instance_arn(live: &Live) -> Option<&str> {
    live.instance().map(|instance| instance.arn.as_str())
}
