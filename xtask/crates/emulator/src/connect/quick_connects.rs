//! Quick connects: where people can transfer a contact to.

use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done, name_is_free, reply};
use super::search::{Fields, matches};
use super::state::{Instance, Kind, QuickConnect, Reference, State, find};
use super::{errors, paging};
use crate::wire::ServiceError;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateQuickConnect" => create,
        "DescribeQuickConnect" => describe,
        "ListQuickConnects" => list,
        "SearchQuickConnects" => search,
        "UpdateQuickConnectConfig" => update_config,
        "UpdateQuickConnectName" => update_name,
        "DeleteQuickConnect" => delete,
        _ => return None,
    })
}

impl QuickConnect {
    /// `USER`, `QUEUE`, `PHONE_NUMBER` or `FLOW`.
    fn kind(&self) -> &str {
        self.config["QuickConnectType"].as_str().unwrap_or_default()
    }
}

fn create(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let head = input.new_head(instance, Kind::QuickConnect)?;
    name_is_free(instance.quick_connects.values(), &head.name, None)?;
    let config = config(input, instance)?;
    let answer = json!({ "QuickConnectARN": head.arn, "QuickConnectId": head.id });
    let id = head.id.clone();
    let quick_connect = QuickConnect { head, config };
    instance.quick_connects.insert(id, quick_connect);
    reply(answer)
}

/// The configuration of the request. It has the part of its type, which names what exists, and no
/// other part.
///
/// AWS documents that the part of the type is required; that others are refused and that everything
/// named must exist is assumed, so that a deployer which gets the order wrong is told.
fn config(input: &Input<'_>, instance: &Instance) -> Result<Value, ServiceError> {
    let config = input.value("QuickConnectConfig").unwrap_or(&Value::Null);
    let kind = config["QuickConnectType"].as_str().unwrap_or_default();
    for (of_kind, member) in [
        ("USER", "UserConfig"),
        ("QUEUE", "QueueConfig"),
        ("PHONE_NUMBER", "PhoneConfig"),
        ("FLOW", "FlowConfig"),
    ] {
        let part = &config[member];
        if part.is_null() == (of_kind == kind) {
            let verb = if part.is_null() { "needs" } else { "has no" };
            return Err(input.refuse(format!("a quick connect of type {kind} {verb} {member}")));
        }
        if !part.is_null() {
            targets_exist(instance, part)?;
        }
    }
    Ok(config.clone())
}

fn targets_exist(instance: &Instance, part: &Value) -> Result<(), ServiceError> {
    let flow = |id: &str| {
        let flow = Reference::parse(id, Kind::Flow, &instance.arn);
        flow.is_some_and(|it| instance.flows.contains_key(it.id))
    };
    let queue = |id: &str| find(&instance.queues, id, &instance.arn).is_some();
    let user = |id: &str| instance.users.contains_key(id);
    let missing = |member: &str, exists: &dyn Fn(&str) -> bool| {
        let id = part[member].as_str();
        id.is_some_and(|id| !exists(id))
    };
    let kind = if missing("ContactFlowId", &flow) {
        Kind::Flow
    } else if missing("QueueId", &queue) {
        Kind::Queue
    } else if missing("UserId", &user) {
        Kind::User
    } else {
        return Ok(());
    };
    Err(errors::not_found(kind.noun()))
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let shelf = &instance.quick_connects;
    let id = input.locate(shelf, &instance.arn, "QuickConnectId")?;
    reply(json!({ "QuickConnect": members(input, &shelf[&id]) }))
}

fn members(input: &Input<'_>, quick_connect: &QuickConnect) -> Value {
    let head = &quick_connect.head;
    let [time, region] = input.modified(head);
    json!({
        "QuickConnectARN": head.arn,
        "QuickConnectId": head.id,
        "Name": head.name,
        "Description": head.description,
        "QuickConnectConfig": quick_connect.config,
        "Tags": head.tags,
        "LastModifiedTime": time,
        "LastModifiedRegion": region,
    })
}

/// A quick connect as lists show it.
pub(super) fn summary(input: &Input<'_>, quick_connect: &QuickConnect) -> Value {
    let mut summary = input.summary(&quick_connect.head);
    summary["QuickConnectType"] = quick_connect.kind().into();
    summary
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let wanted = input.query_all("QuickConnectTypes");
    let shelf = input.instance(state)?.quick_connects.values();
    let summaries = shelf
        .filter(|it| wanted.is_empty() || wanted.contains(&it.kind()))
        .map(|it| summary(input, it))
        .collect();
    paging::list(input, "QuickConnectSummaryList", summaries)
}

fn search(input: &Input<'_>, state: &mut State) -> Answer {
    let mut found = Vec::new();
    for quick_connect in input.instance(state)?.quick_connects.values() {
        let fields = Fields {
            head: &quick_connect.head,
            conditions: &[],
        };
        if matches(input, &fields)? {
            found.push(members(input, quick_connect));
        }
    }
    paging::search(input, "QuickConnects", found)
}

fn update_config(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let config = config(input, instance)?;
    let shelf = &mut instance.quick_connects;
    input.change(shelf, &instance.arn, "QuickConnectId")?.config = config;
    done()
}

fn update_name(input: &Input<'_>, state: &mut State) -> Answer {
    if input.value("Name").is_none() && input.value("Description").is_none() {
        return Err(input.refuse("Name or Description is required"));
    }
    let instance = input.instance(state)?;
    let shelf = &mut instance.quick_connects;
    // Of a name that is taken this operation models no error of its own.
    if let Some(name) = input.text("Name") {
        let id = input.locate(shelf, &instance.arn, "QuickConnectId")?;
        name_is_free(shelf.values(), name, Some(&id))
            .map_err(|_| input.refuse("Name is that of another quick connect"))?;
    }
    input.rename(shelf, &instance.arn, "QuickConnectId")?;
    done()
}

/// Queues offer it no longer.
fn delete(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let shelf = &mut instance.quick_connects;
    let id = input.locate(shelf, &instance.arn, "QuickConnectId")?;
    shelf.shift_remove(&id);
    for queue in instance.queues.values_mut() {
        queue.quick_connect_ids.shift_remove(&id);
    }
    done()
}
