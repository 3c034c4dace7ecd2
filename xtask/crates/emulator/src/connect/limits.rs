//! How much of everything there may be, where quotas are enforced.

use std::time::Duration;

use jiff::Timestamp;

use super::errors;
use super::input::{Answer, Handler, Input};
use super::state::{Instance, State};
use crate::consistency::earlier;
use crate::quotas::Quota;
use crate::wire::ServiceError;
use crate::world::World;

/// In which time creations and deletions of instances are counted.
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What an operation adds to.
enum Limit {
    /// The instances of the account.
    Instances,
    /// Something that the instance of the request has so many of, and the member of the request with
    /// those that are added; without it, one.
    OfInstance(Quota, fn(&Instance) -> usize, Option<&'static str>),
}

fn limit(operation: &str) -> Option<Limit> {
    let one = |quota, count| Some(Limit::OfInstance(quota, count, None));
    match operation {
        "CreateInstance" => Some(Limit::Instances),
        "CreateContactFlow" => one(Quota::Flows, |it| it.flows.len()),
        "CreateContactFlowModule" => one(Quota::Modules, |it| it.modules.len()),
        "AssociateBot" => one(Quota::LexV2BotAliases, lex_aliases),
        "CreateQueue" => one(Quota::Queues, |it| it.queues.len()),
        "CreateHoursOfOperation" => one(Quota::HoursOfOperation, |it| it.hours.len()),
        "CreateSecurityProfile" => one(Quota::SecurityProfiles, |it| it.security_profiles.len()),
        "CreatePrompt" => one(Quota::Prompts, |it| it.prompts.len()),
        "CreateQuickConnect" => one(Quota::QuickConnects, |it| it.quick_connects.len()),
        "CreateRoutingProfile" => one(Quota::RoutingProfiles, |it| it.routing_profiles.len()),
        "AssociateRoutingProfileQueues" => Some(Limit::OfInstance(
            Quota::QueuesOfRoutingProfile,
            queues_of_routing_profile,
            Some("QueueConfigs"),
        )),
        "AssociateQueueQuickConnects" => Some(Limit::OfInstance(
            Quota::QuickConnectsOfQueue,
            quick_connects_of_queue,
            Some("QuickConnectIds"),
        )),
        _ => None,
    }
}

fn lex_aliases(instance: &Instance) -> usize {
    let bots = instance.bots.iter();
    bots.filter(|bot| bot.get("LexV2Bot").is_some()).count()
}

/// Of the routing profile that has most.
fn queues_of_routing_profile(instance: &Instance) -> usize {
    let profiles = instance.routing_profiles.values();
    profiles.map(|it| it.queues.len()).max().unwrap_or(0)
}

/// Of the queue that has most.
fn quick_connects_of_queue(instance: &Instance) -> usize {
    let queues = instance.queues.values();
    queues
        .map(|it| it.quick_connect_ids.len())
        .max()
        .unwrap_or(0)
}

/// Carries out an operation unless there would be too much of something then. What adds nothing,
/// such as a repeated request with its token or a name that is taken, gets the answer it gets
/// anywhere.
pub(super) fn carry_out(
    world: &World,
    input: &Input<'_>,
    handler: Handler,
    state: &mut State,
) -> Answer {
    let operation = input.route.operation;
    if !world.quotas.is_on() {
        return handler(input, state);
    }
    if matches!(operation, "CreateInstance" | "DeleteInstance") {
        check_changes_of_instances(world, input, state)?;
    }
    let Some((count, value)) = count_and_value(world, input, state) else {
        return handler(input, state);
    };
    let added = match limit(operation) {
        Some(Limit::OfInstance(_, _, Some(member))) => input.list(member).len(),
        Some(Limit::OfInstance(_, _, None) | Limit::Instances) | None => 1,
    };
    if count + added <= value {
        return handler(input, state);
    }
    let mut attempt = state.clone();
    let answer = handler(input, &mut attempt)?;
    let after = count_and_value(world, input, &mut attempt).map_or(0, |(count, _)| count);
    if after > count && after > value {
        return Err(reached(input, value));
    }
    *state = attempt;
    Ok(answer)
}

/// How much there is of what an operation adds to, and how much there may be.
fn count_and_value(world: &World, input: &Input<'_>, state: &mut State) -> Option<(usize, usize)> {
    let (quota, count) = match limit(input.route.operation)? {
        Limit::Instances => (Quota::Instances, state.instances.len()),
        Limit::OfInstance(quota, count, _) => (quota, count(input.any_instance(state).ok()?)),
    };
    Some((count, value(world, quota)))
}

/// Refuses one more function, before anything of it is done: an association changes the function
/// too.
pub(super) fn check_functions(input: &Input<'_>, instance: &Instance) -> Result<(), ServiceError> {
    let value = value(input.world, Quota::LambdaFunctions);
    if input.world.quotas.is_on() && instance.lambdas.len() >= value {
        return Err(reached(input, value));
    }
    Ok(())
}

/// Creations and deletions of instances count together for 30 days.
fn check_changes_of_instances(
    world: &World,
    input: &Input<'_>,
    state: &mut State,
) -> Result<(), ServiceError> {
    let since = earlier(input.now, MONTH);
    state.instance_changes.retain(|time| *time > since);
    if state.instance_changes.len() < value(world, Quota::InstanceChanges) {
        return Ok(());
    }
    let message = "Your account has been flagged for an excessive number of creation and deletion \
                   attempts of instances";
    // Deletion models no error of quotas.
    Err(match input.route.models("SQ") {
        true => errors::quota_exceeded(message),
        false => errors::invalid_request(message),
    })
}

/// Remembers a creation or deletion of an instance.
pub(super) fn instance_changed(state: &mut State, now: Timestamp) {
    state.instance_changes.push(now);
}

/// The error of a quota that is reached: the one that the operation models.
fn reached(input: &Input<'_>, value: usize) -> ServiceError {
    let message = format!("{} exceeds the quota of {value}", input.route.operation);
    if input.route.models("LIM") {
        errors::limit_exceeded(message)
    } else {
        errors::quota_exceeded(message)
    }
}

fn value(world: &World, quota: Quota) -> usize {
    usize::try_from(world.quotas.value(quota)).unwrap_or(usize::MAX)
}
