//! Standard queues. Those of agents are only listed.

use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done, name_is_free, reply};
use super::search::{Fields, matches};
use super::state::{Instance, Kind, Queue, State, find};
use super::{errors, paging};
use crate::wire::ServiceError;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateQueue" => create,
        "DescribeQueue" => describe,
        "ListQueues" => list,
        "SearchQueues" => search,
        "UpdateQueueName" => update_name,
        "UpdateQueueStatus" => update_status,
        "UpdateQueueHoursOfOperation" => update_hours,
        "UpdateQueueMaxContacts" => update_max_contacts,
        "UpdateQueueOutboundCallerConfig" => update_outbound_caller,
        "UpdateQueueOutboundEmailConfig" => update_outbound_email,
        "AssociateQueueQuickConnects" => associate_quick_connects,
        "DisassociateQueueQuickConnects" => disassociate_quick_connects,
        "ListQueueQuickConnects" => list_quick_connects,
        "DeleteQueue" => delete,
        _ => return None,
    })
}

fn create(input: &Input<'_>, state: &mut State) -> Answer {
    input.not_emulated(&["EmailAddressesConfig"])?;
    let instance = input.instance(state)?;
    let head = input.new_head(instance, Kind::Queue)?;
    name_is_free(instance.queues.values(), &head.name, None)?;
    let queue = Queue {
        hours_id: hours_id(input, instance)?,
        enabled: true,
        max_contacts: input.value("MaxContacts").and_then(Value::as_i64),
        outbound_caller: input.value("OutboundCallerConfig").cloned(),
        outbound_email: input.value("OutboundEmailConfig").cloned(),
        quick_connect_ids: quick_connect_ids(input, instance)?.into_iter().collect(),
        head,
    };
    let answer = json!({ "QueueArn": queue.head.arn, "QueueId": queue.head.id });
    instance.queues.insert(queue.head.id.clone(), queue);
    reply(answer)
}

/// The hours that the request names, which must exist.
fn hours_id(input: &Input<'_>, instance: &Instance) -> Result<String, ServiceError> {
    find(
        &instance.hours,
        input.required("HoursOfOperationId")?,
        &instance.arn,
    )
    .map(|hours| hours.head.id.clone())
    .ok_or_else(|| errors::not_found(Kind::Hours.noun()))
}

fn quick_connect_ids(input: &Input<'_>, instance: &Instance) -> Result<Vec<String>, ServiceError> {
    input
        .list("QuickConnectIds")
        .iter()
        .filter_map(Value::as_str)
        .map(|id| {
            instance
                .quick_connects
                .get(id)
                .map(|it| it.head.id.clone())
                .ok_or_else(|| errors::not_found(Kind::QuickConnect.noun()))
        })
        .collect()
}

/// The queue that the path names, to change it.
fn change<'s>(input: &Input<'_>, state: &'s mut State) -> Result<&'s mut Queue, ServiceError> {
    let instance = input.instance(state)?;
    input.change(&mut instance.queues, &instance.arn, "QueueId")
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let id = input.locate(&instance.queues, &instance.arn, "QueueId")?;
    reply(json!({ "Queue": members(input, &instance.queues[&id]) }))
}

fn members(input: &Input<'_>, queue: &Queue) -> Value {
    let [time, region] = input.modified(&queue.head);
    json!({
        "Name": queue.head.name,
        "QueueArn": queue.head.arn,
        "QueueId": queue.head.id,
        "Description": queue.head.description,
        "OutboundCallerConfig": queue.outbound_caller,
        "OutboundEmailConfig": queue.outbound_email,
        "HoursOfOperationId": queue.hours_id,
        "MaxContacts": queue.max_contacts,
        "Status": if queue.enabled { "ENABLED" } else { "DISABLED" },
        "Tags": queue.head.tags,
        "LastModifiedTime": time,
        "LastModifiedRegion": region,
    })
}

/// Without a type both kinds are listed: the queues of agents appear there too.
fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let types = input.query_all("queueTypes");
    let wanted = |queue_type| types.is_empty() || types.contains(&queue_type);
    let instance = input.instance(state)?;
    let mut summaries = Vec::new();
    if wanted("STANDARD") {
        summaries.extend(instance.queues.values().map(|queue| {
            let [time, region] = input.modified(&queue.head);
            json!({
                "Id": queue.head.id,
                "Arn": queue.head.arn,
                "Name": queue.head.name,
                "QueueType": "STANDARD",
                "LastModifiedTime": time,
                "LastModifiedRegion": region,
            })
        }));
    }
    if wanted("AGENT") {
        summaries.extend(instance.users.values().map(|user| {
            let id = format!("agent/{}", user.head.id);
            json!({
                "Arn": instance.arn_of(Kind::Queue, &id),
                "Id": id,
                "QueueType": "AGENT",
            })
        }));
    }
    paging::list(input, "QueueSummaryList", summaries)
}

fn search(input: &Input<'_>, state: &mut State) -> Answer {
    let mut found = Vec::new();
    for queue in input.instance(state)?.queues.values() {
        let fields = Fields {
            head: &queue.head,
            conditions: &[("QueueTypeCondition", "STANDARD")],
        };
        if matches(input, &fields)? {
            found.push(members(input, queue));
        }
    }
    paging::search(input, "Queues", found)
}

fn update_name(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    input.rename(&mut instance.queues, &instance.arn, "QueueId")?;
    done()
}

fn update_status(input: &Input<'_>, state: &mut State) -> Answer {
    change(input, state)?.enabled = input.required("Status")? == "ENABLED";
    done()
}

fn update_hours(input: &Input<'_>, state: &mut State) -> Answer {
    let hours_id = hours_id(input, input.instance(state)?)?;
    change(input, state)?.hours_id = hours_id;
    done()
}

/// Without a number there is no limit any more.
fn update_max_contacts(input: &Input<'_>, state: &mut State) -> Answer {
    change(input, state)?.max_contacts = input.value("MaxContacts").and_then(Value::as_i64);
    done()
}

fn update_outbound_caller(input: &Input<'_>, state: &mut State) -> Answer {
    change(input, state)?.outbound_caller = input.value("OutboundCallerConfig").cloned();
    done()
}

fn update_outbound_email(input: &Input<'_>, state: &mut State) -> Answer {
    change(input, state)?.outbound_email = input.value("OutboundEmailConfig").cloned();
    done()
}

fn associate_quick_connects(input: &Input<'_>, state: &mut State) -> Answer {
    let ids = quick_connect_ids(input, input.instance(state)?)?;
    change(input, state)?.quick_connect_ids.extend(ids);
    done()
}

fn disassociate_quick_connects(input: &Input<'_>, state: &mut State) -> Answer {
    let queue = change(input, state)?;
    for id in input
        .list("QuickConnectIds")
        .iter()
        .filter_map(Value::as_str)
    {
        queue.quick_connect_ids.shift_remove(id);
    }
    done()
}

fn list_quick_connects(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let id = input.locate(&instance.queues, &instance.arn, "QueueId")?;
    let summaries = instance.queues[&id]
        .quick_connect_ids
        .iter()
        .filter_map(|id| instance.quick_connects.get(id))
        .map(|it| super::quick_connects::summary(input, it))
        .collect();
    paging::list(input, "QuickConnectSummaryList", summaries)
}

/// A queue that a routing profile serves stays.
fn delete(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let id = input.locate(&instance.queues, &instance.arn, "QueueId")?;
    let user = instance
        .routing_profiles
        .values()
        .find(|profile| profile.uses_queue(&id));
    if let Some(profile) = user {
        return Err(errors::in_use("ROUTING_PROFILE", &profile.head.id));
    }
    instance.queues.shift_remove(&id);
    done()
}
