//! Routing profiles: channels, concurrency and the queues they serve.

use serde_json::{Map, Value, json};

use super::input::{Answer, Handler, Input, done, name_is_free, reply};
use super::search::{Fields, matches};
use super::state::{Instance, Kind, QueuePriority, RoutingProfile, State, find};
use super::{errors, paging};
use crate::wire::ServiceError;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateRoutingProfile" => create,
        "DescribeRoutingProfile" => describe,
        "ListRoutingProfiles" => list,
        "SearchRoutingProfiles" => search,
        "ListRoutingProfileQueues" => list_queues,
        "ListRoutingProfileManualAssignmentQueues" => list_manual_queues,
        "AssociateRoutingProfileQueues" => associate_queues,
        "DisassociateRoutingProfileQueues" => disassociate_queues,
        "UpdateRoutingProfileQueues" => update_queues,
        "UpdateRoutingProfileConcurrency" => update_concurrency,
        "UpdateRoutingProfileDefaultOutboundQueue" => update_default_outbound_queue,
        "UpdateRoutingProfileName" => update_name,
        "UpdateRoutingProfileAgentAvailabilityTimer" => update_timer,
        "DeleteRoutingProfile" => delete,
        _ => return None,
    })
}

/// A queue and a channel.
type QueueChannel = (String, String);

impl RoutingProfile {
    /// Whether the profile serves the queue or calls out through it.
    pub(super) fn uses_queue(&self, queue_id: &str) -> bool {
        self.default_outbound_queue_id == queue_id
            || self
                .queues
                .keys()
                .chain(&self.manual_queues)
                .any(|(id, _)| id == queue_id)
    }
}

fn create(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let head = input.new_head(instance, Kind::RoutingProfile)?;
    name_is_free(instance.routing_profiles.values(), &head.name, None)?;
    let profile = RoutingProfile {
        default_outbound_queue_id: default_outbound_queue_id(input, instance)?,
        concurrencies: input.list("MediaConcurrencies").to_vec(),
        queues: queue_configs(input, instance)?.into_iter().collect(),
        manual_queues: manual_queues(input, instance)?.into_iter().collect(),
        agent_availability_timer: input.text("AgentAvailabilityTimer").map(str::to_owned),
        head,
    };
    let answer = json!({
        "RoutingProfileArn": profile.head.arn,
        "RoutingProfileId": profile.head.id,
    });
    let id = profile.head.id.clone();
    instance.routing_profiles.insert(id, profile);
    reply(answer)
}

/// The id of a queue that the request names, which must exist.
fn queue_id(instance: &Instance, named: Option<&str>) -> Result<String, ServiceError> {
    named
        .and_then(|named| find(&instance.queues, named, &instance.arn))
        .map(|queue| queue.head.id.clone())
        .ok_or_else(|| errors::not_found(Kind::Queue.noun()))
}

fn default_outbound_queue_id(
    input: &Input<'_>,
    instance: &Instance,
) -> Result<String, ServiceError> {
    queue_id(instance, Some(input.required("DefaultOutboundQueueId")?))
}

/// A `RoutingProfileQueueReference` whose queue exists.
fn reference(instance: &Instance, reference: &Value) -> Result<QueueChannel, ServiceError> {
    let queue_id = queue_id(instance, reference["QueueId"].as_str())?;
    let channel = reference["Channel"].as_str().unwrap_or_default().to_owned();
    Ok((queue_id, channel))
}

fn queue_configs(
    input: &Input<'_>,
    instance: &Instance,
) -> Result<Vec<(QueueChannel, QueuePriority)>, ServiceError> {
    let configs = input.list("QueueConfigs").iter().map(|config| {
        let priority = QueuePriority {
            priority: config["Priority"].as_i64().unwrap_or(1),
            delay_seconds: config["Delay"].as_i64().unwrap_or(0),
        };
        Ok((reference(instance, &config["QueueReference"])?, priority))
    });
    configs.collect()
}

fn manual_queues(
    input: &Input<'_>,
    instance: &Instance,
) -> Result<Vec<QueueChannel>, ServiceError> {
    let configs = input.list("ManualAssignmentQueueConfigs").iter();
    configs
        .map(|config| reference(instance, &config["QueueReference"]))
        .collect()
}

/// The profile that the path names, to change it.
fn change<'s>(
    input: &Input<'_>,
    state: &'s mut State,
) -> Result<&'s mut RoutingProfile, ServiceError> {
    let instance = input.instance(state)?;
    let arn = &instance.arn;
    input.change(&mut instance.routing_profiles, arn, "RoutingProfileId")
}

/// The profile that the path names, to look at it beside its instance.
fn read<'s>(
    input: &Input<'_>,
    state: &'s mut State,
) -> Result<(&'s Instance, &'s RoutingProfile), ServiceError> {
    let instance = &*input.instance(state)?;
    let arn = &instance.arn;
    let id = input.locate(&instance.routing_profiles, arn, "RoutingProfileId")?;
    Ok((instance, &instance.routing_profiles[&id]))
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let (instance, profile) = read(input, state)?;
    reply(json!({ "RoutingProfile": members(input, instance, profile) }))
}

fn members(input: &Input<'_>, instance: &Instance, profile: &RoutingProfile) -> Value {
    let [time, region] = input.modified(&profile.head);
    json!({
        "InstanceId": instance.id,
        "Name": profile.head.name,
        "RoutingProfileArn": profile.head.arn,
        "RoutingProfileId": profile.head.id,
        "Description": profile.head.description,
        "MediaConcurrencies": profile.concurrencies,
        "DefaultOutboundQueueId": profile.default_outbound_queue_id,
        "Tags": profile.head.tags,
        "NumberOfAssociatedQueues": profile.queues.len(),
        "NumberOfAssociatedManualAssignmentQueues": profile.manual_queues.len(),
        "NumberOfAssociatedUsers": users(instance, &profile.head.id).count(),
        "AgentAvailabilityTimer": profile.agent_availability_timer,
        "LastModifiedTime": time,
        "LastModifiedRegion": region,
    })
}

/// The ids of the users with this profile.
fn users<'a>(instance: &'a Instance, profile_id: &str) -> impl Iterator<Item = &'a str> {
    instance
        .users
        .values()
        .filter(move |user| user.details["RoutingProfileId"] == *profile_id)
        .map(|user| user.head.id.as_str())
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let summaries = input
        .instance(state)?
        .routing_profiles
        .values()
        .map(|profile| input.summary(&profile.head))
        .collect();
    paging::list(input, "RoutingProfileSummaryList", summaries)
}

fn search(input: &Input<'_>, state: &mut State) -> Answer {
    let mut found = Vec::new();
    let instance = &*input.instance(state)?;
    for profile in instance.routing_profiles.values() {
        let fields = Fields {
            head: &profile.head,
            conditions: &[],
        };
        if matches(input, &fields)? {
            let mut members = members(input, instance, profile);
            members["AssociatedQueueIds"] =
                profile.queues.keys().map(|(id, _)| id.as_str()).collect();
            found.push(members);
        }
    }
    paging::search(input, "RoutingProfiles", found)
}

/// The members of a queue in a list of a profile's queues.
fn queue_summary(instance: &Instance, (queue_id, channel): &QueueChannel) -> Value {
    let queue = instance.queues.get(queue_id);
    json!({
        "QueueId": queue_id,
        "QueueArn": instance.arn_of(Kind::Queue, queue_id),
        "QueueName": queue.map(|queue| &queue.head.name),
        "Channel": channel,
    })
}

fn list_queues(input: &Input<'_>, state: &mut State) -> Answer {
    let (instance, profile) = read(input, state)?;
    let summaries = profile.queues.iter().map(|(queue, priority)| {
        let mut members = queue_summary(instance, queue);
        members["Priority"] = priority.priority.into();
        members["Delay"] = priority.delay_seconds.into();
        members
    });
    page_of_queues(
        input,
        "RoutingProfileQueueConfigSummaryList",
        summaries.collect(),
        profile,
    )
}

fn list_manual_queues(input: &Input<'_>, state: &mut State) -> Answer {
    let (instance, profile) = read(input, state)?;
    let summaries = profile.manual_queues.iter();
    page_of_queues(
        input,
        "RoutingProfileManualAssignmentQueueConfigSummaryList",
        summaries
            .map(|queue| queue_summary(instance, queue))
            .collect(),
        profile,
    )
}

fn page_of_queues(
    input: &Input<'_>,
    member: &str,
    summaries: Vec<Value>,
    profile: &RoutingProfile,
) -> Answer {
    let [time, region] = input.modified(&profile.head);
    let further = Map::from_iter([
        ("LastModifiedTime".to_owned(), time),
        ("LastModifiedRegion".to_owned(), region),
    ]);
    paging::list_with(input, member, summaries, further)
}

fn associate_queues(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let queues = queue_configs(input, instance)?;
    let manual = manual_queues(input, instance)?;
    if queues.is_empty() && manual.is_empty() {
        return Err(input.refuse("QueueConfigs or ManualAssignmentQueueConfigs is required"));
    }
    let profile = change(input, state)?;
    profile.queues.extend(queues);
    profile.manual_queues.extend(manual);
    done()
}

fn disassociate_queues(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let references = |member| -> Result<Vec<QueueChannel>, ServiceError> {
        let references = input.list(member).iter();
        references.map(|it| reference(instance, it)).collect()
    };
    let queues = references("QueueReferences")?;
    let manual = references("ManualAssignmentQueueReferences")?;
    let profile = change(input, state)?;
    profile.queues.retain(|queue, _| !queues.contains(queue));
    profile
        .manual_queues
        .retain(|queue| !manual.contains(queue));
    done()
}

/// Changes priority and delay of queues the profile has.
fn update_queues(input: &Input<'_>, state: &mut State) -> Answer {
    let queues = queue_configs(input, input.instance(state)?)?;
    let profile = change(input, state)?;
    if !queues
        .iter()
        .all(|(queue, _)| profile.queues.contains_key(queue))
    {
        return Err(errors::not_found("queue of the routing profile"));
    }
    profile.queues.extend(queues);
    done()
}

fn update_concurrency(input: &Input<'_>, state: &mut State) -> Answer {
    change(input, state)?.concurrencies = input.list("MediaConcurrencies").to_vec();
    done()
}

fn update_default_outbound_queue(input: &Input<'_>, state: &mut State) -> Answer {
    let queue_id = default_outbound_queue_id(input, input.instance(state)?)?;
    change(input, state)?.default_outbound_queue_id = queue_id;
    done()
}

fn update_name(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let arn = &instance.arn;
    input.rename(&mut instance.routing_profiles, arn, "RoutingProfileId")?;
    done()
}

fn update_timer(input: &Input<'_>, state: &mut State) -> Answer {
    let timer = input.required("AgentAvailabilityTimer")?.to_owned();
    change(input, state)?.agent_availability_timer = Some(timer);
    done()
}

/// A profile that users have stays.
fn delete(input: &Input<'_>, state: &mut State) -> Answer {
    let (instance, profile) = read(input, state)?;
    let id = profile.head.id.clone();
    if let Some(user) = users(instance, &id).next() {
        return Err(errors::in_use("USER", user));
    }
    let instance = input.instance(state)?;
    instance.routing_profiles.shift_remove(&id);
    done()
}
