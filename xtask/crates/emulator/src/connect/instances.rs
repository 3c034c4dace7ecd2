//! Instances: creation, which takes time, description and deletion.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done, new_id, reply, timestamp};
use super::state::{Instance, State};
use super::{attributes, errors, limits, paging, seed};
use crate::wire::ServiceError;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateInstance" => create,
        "DescribeInstance" => describe,
        "ListInstances" => list,
        "DeleteInstance" => delete,
        _ => return None,
    })
}

/// How long the service shows an instance that could not be made.
const FAILURE_IS_SHOWN: Duration = Duration::from_secs(24 * 60 * 60);

fn create(input: &Input<'_>, state: &mut State) -> Answer {
    state
        .instances
        .retain(|_, instance| is_shown(instance, input.now));
    check_identity(input)?;
    if let Some(id) = input.created_before(state)? {
        return reply(json!({ "Id": id, "Arn": arn(input, &id) }));
    }
    let alias = input.text("InstanceAlias");
    // One that could not be made is shown for a day and holds nothing.
    let taken = |instance: &Instance| {
        let failed = instance.failure.is_some() && input.now >= instance.active_from;
        !failed
            && alias.is_some_and(|alias| {
                let other = instance.alias.as_deref();
                other.is_some_and(|other| other.eq_ignore_ascii_case(alias))
            })
    };
    if state.instances.values().any(taken) {
        return Err(errors::invalid_request("Instance alias is already used"));
    }
    let instance = new_instance(input, state.creation_delay)?;
    let answer = json!({ "Id": instance.id, "Arn": instance.arn });
    input.remember(state, &instance.id);
    state.instances.insert(instance.id.clone(), instance);
    limits::instance_changed(state, input.now);
    reply(answer)
}

/// A directory is needed to use an existing one, an alias in all other cases.
fn check_identity(input: &Input<'_>) -> Result<(), ServiceError> {
    if input.required("IdentityManagementType")? == "EXISTING_DIRECTORY" {
        input.required("DirectoryId")?;
    } else if input.text("InstanceAlias").is_none() {
        return Err(input.refuse("InstanceAlias is required without a DirectoryId"));
    }
    Ok(())
}

fn new_instance(input: &Input<'_>, creation_delay: Duration) -> Result<Instance, ServiceError> {
    let id = new_id();
    let mut instance = Instance {
        arn: arn(input, &id),
        id,
        alias: input.text("InstanceAlias").map(str::to_owned),
        identity_management: input.required("IdentityManagementType")?.to_owned(),
        created: input.now,
        active_from: after(input.now, creation_delay),
        failure: input.world.faults.of_instance_creation(),
        tags: input.tags(),
        attributes: attributes::of_new_instance(
            flag(input, "InboundCallsEnabled"),
            flag(input, "OutboundCallsEnabled"),
        ),
        ..Instance::default()
    };
    seed::fill(&mut instance);
    Ok(instance)
}

fn arn(input: &Input<'_>, id: &str) -> String {
    let (region, account) = (&input.world.region, &input.world.account);
    format!("arn:aws:connect:{region}:{account}:instance/{id}")
}

fn flag(input: &Input<'_>, name: &str) -> bool {
    input.value(name).and_then(Value::as_bool).unwrap_or(false)
}

fn after(now: Timestamp, delay: Duration) -> Timestamp {
    SignedDuration::try_from(delay)
        .ok()
        .and_then(|delay| now.checked_add(delay).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Whether an instance is there to be seen; one that could not be made is for a day.
fn is_shown(instance: &Instance, now: Timestamp) -> bool {
    instance.failure.is_none() || now < after(instance.active_from, FAILURE_IS_SHOWN)
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.any_instance(state)?;
    if !is_shown(instance, input.now) {
        return Err(errors::not_found("instance"));
    }
    let mut members = summary(instance, input.now);
    members["Tags"] = json!(instance.tags);
    if let Some(reason) = &instance.failure
        && input.now >= instance.active_from
    {
        members["StatusReason"] = json!({ "Message": reason });
    }
    reply(json!({ "Instance": members }))
}

fn summary(instance: &Instance, now: Timestamp) -> Value {
    let status = match &instance.failure {
        _ if now < instance.active_from => "CREATION_IN_PROGRESS",
        Some(_) => "CREATION_FAILED",
        None => "ACTIVE",
    };
    let account = instance.arn.split(':').nth(4).unwrap_or_default();
    json!({
        "Id": instance.id,
        "Arn": instance.arn,
        "IdentityManagementType": instance.identity_management,
        "InstanceAlias": instance.alias,
        "CreatedTime": timestamp(instance.created),
        "ServiceRole": format!(
            "arn:aws:iam::{account}:role/aws-service-role/connect.amazonaws.com/AWSServiceRoleForAmazonConnect_{}",
            instance.id.replace('-', "").chars().take(20).collect::<String>(),
        ),
        "InstanceStatus": status,
        "InboundCallsEnabled": instance.attribute("INBOUND_CALLS"),
        "OutboundCallsEnabled": instance.attribute("OUTBOUND_CALLS"),
        "InstanceAccessUrl": instance
            .alias
            .as_ref()
            .map(|alias| format!("https://{alias}.my.connect.aws")),
    })
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let summaries = state
        .instances
        .values()
        .filter(|instance| is_shown(instance, input.now))
        .map(|instance| summary(instance, input.now))
        .collect();
    paging::list(input, "InstanceSummaryList", summaries)
}

fn delete(input: &Input<'_>, state: &mut State) -> Answer {
    let id = input.any_instance(state)?.id.clone();
    state.instances.shift_remove(&id);
    // How long the service remembers the tokens of what is gone, nobody says.
    state.tokens.retain(|_, used| used.id != id);
    limits::instance_changed(state, input.now);
    done()
}
