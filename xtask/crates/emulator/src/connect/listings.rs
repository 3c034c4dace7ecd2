//! Lists of the kinds of resource that the emulator can seed but not create.

use serde_json::Value;

use super::input::{Answer, Handler, Input, drop_nulls, reply};
use super::paging;
use super::state::{Plain, Shelf, State};
use serde_json::json;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "ListUsers" => list_users,
        "ListAgentStatuses" => list_agent_statuses,
        "ListPhoneNumbers" => list_phone_numbers,
        "ListPhoneNumbersV2" => list_phone_numbers_v2,
        "ListIntegrationAssociations" => list_integrations,
        "ListTrafficDistributionGroups" => list_traffic_distribution_groups,
        "ListFlowAssociations" => list_flow_associations,
        "BatchGetFlowAssociation" => batch_get_flow_association,
        _ => return None,
    })
}

/// The summary of a resource, with the members of its kind.
fn summary(input: &Input<'_>, record: &Plain) -> Value {
    let mut members = input.summary(&record.head);
    if let Some(further) = record.details.as_object() {
        for (name, value) in further {
            members[name] = value.clone();
        }
    }
    drop_nulls(&mut members);
    members
}

/// The summaries of the records whose `member` is one of `wanted`; all where nothing is wanted.
fn summaries(input: &Input<'_>, shelf: &Shelf<Plain>, member: &str, wanted: &[&str]) -> Vec<Value> {
    shelf
        .values()
        .map(|record| summary(input, record))
        .filter(|it| {
            wanted.is_empty() || it[member].as_str().is_some_and(|it| wanted.contains(&it))
        })
        .collect()
}

fn list_users(input: &Input<'_>, state: &mut State) -> Answer {
    let mut items = summaries(input, &input.instance(state)?.users, "", &[]);
    for item in &mut items {
        item["Username"] = item["Name"].take();
    }
    paging::list(input, "UserSummaryList", items)
}

fn list_agent_statuses(input: &Input<'_>, state: &mut State) -> Answer {
    let wanted = input.query_all("AgentStatusTypes");
    let shelf = &input.instance(state)?.agent_statuses;
    let items = summaries(input, shelf, "Type", &wanted);
    paging::list(input, "AgentStatusSummaryList", items)
}

fn list_phone_numbers(input: &Input<'_>, state: &mut State) -> Answer {
    let wanted = input.query_all("phoneNumberTypes");
    let shelf = &input.instance(state)?.phone_numbers;
    let items = summaries(input, shelf, "PhoneNumberType", &wanted);
    paging::list(input, "PhoneNumberSummaryList", items)
}

/// Numbers can be asked for by instance id, by the ARN of what they are claimed for, or all.
fn list_phone_numbers_v2(input: &Input<'_>, state: &mut State) -> Answer {
    let named = input.text("InstanceId").or_else(|| input.text("TargetArn"));
    let items = match named {
        Some(named) => {
            let instance = state
                .instance(named)
                .ok_or_else(|| super::errors::not_found("instance"))?;
            summaries(input, &instance.phone_numbers, "", &[])
        }
        None => state
            .instances
            .values()
            .flat_map(|instance| summaries(input, &instance.phone_numbers, "", &[]))
            .collect(),
    };
    paging::list(input, "ListPhoneNumbersSummaryList", items)
}

fn list_integrations(input: &Input<'_>, state: &mut State) -> Answer {
    let wanted: Vec<&str> = input.query("integrationType").into_iter().collect();
    let shelf = &input.instance(state)?.integrations;
    let items = summaries(input, shelf, "IntegrationType", &wanted);
    paging::list(input, "IntegrationAssociationSummaryList", items)
}

/// Groups distribute traffic between regions, and the emulator has one.
fn list_traffic_distribution_groups(input: &Input<'_>, _state: &mut State) -> Answer {
    paging::list(input, "TrafficDistributionGroupSummaryList", Vec::new())
}

/// Flows are associated with phone numbers and addresses, of which there are none; web chat does
/// not use associations.
fn list_flow_associations(input: &Input<'_>, state: &mut State) -> Answer {
    input.instance(state)?;
    paging::list(input, "FlowAssociationSummaryList", Vec::new())
}

fn batch_get_flow_association(input: &Input<'_>, state: &mut State) -> Answer {
    input.instance(state)?;
    reply(json!({ "FlowAssociationSummaryList": [] }))
}
