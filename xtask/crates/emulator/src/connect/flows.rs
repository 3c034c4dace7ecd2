//! Flows: what is saved, what is published, and their metadata.

use std::sync::Arc;

use flow::model::{DocumentKind, FlowType};
use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done, name_is_free, reply};
use super::search::{Fields, matches};
use super::state::{
    Content, FlowRecord, FlowVersion, Head, Instance, Kind, LATEST, PublishedFlow, Reference,
    SAVED, State,
};
use super::{documents, errors, paging};
use crate::wire::ServiceError;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateContactFlow" => create,
        "DescribeContactFlow" => describe,
        "ListContactFlows" => list,
        "SearchContactFlows" => search,
        "UpdateContactFlowContent" => update_content,
        "UpdateContactFlowMetadata" | "UpdateContactFlowName" => update_metadata,
        "DeleteContactFlow" => delete,
        "CreateContactFlowVersion" => create_version,
        "ListContactFlowVersions" => list_versions,
        "DeleteContactFlowVersion" => delete_version,
        _ => return None,
    })
}

fn create(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let flow_type = FlowType::parse(input.required("Type")?)
        .ok_or_else(|| input.refuse("Type is not a type of flow"))?;
    let head = input.new_head(instance, Kind::Flow)?;
    name_is_free(of_type(instance, flow_type), &head.name, None)?;
    let content = documents::content(input.required("Content")?);
    let digest = content.digest.clone();
    let (draft, published) = match input.text("Status") {
        Some("SAVED") => (Some(content), None),
        _ => (
            None,
            Some(publishable(instance, &head, flow_type, content)?),
        ),
    };
    let record = FlowRecord {
        draft,
        published,
        ..FlowRecord::new(head, flow_type)
    };
    let answer = json!({
        "ContactFlowId": record.head.id,
        "ContactFlowArn": record.head.arn,
        "FlowContentSha256": digest,
    });
    instance.flows.insert(record.head.id.clone(), record);
    reply(answer)
}

/// The names of flows are unique among those of their type.
fn of_type(instance: &Instance, flow_type: FlowType) -> impl Iterator<Item = &FlowRecord> {
    let flows = instance.flows.values();
    flows.filter(move |record| record.flow_type == flow_type)
}

/// Content as contacts will run it, if the service would publish it.
fn publishable(
    instance: &Instance,
    head: &Head,
    flow_type: FlowType,
    content: Content,
) -> Result<Arc<PublishedFlow>, ServiceError> {
    let flow = documents::read(instance, &content.text, DocumentKind::Flow(flow_type))
        .map_err(|problems| errors::invalid_flow(&problems))?;
    Ok(Arc::new(PublishedFlow {
        arn: head.arn.clone(),
        name: head.name.clone(),
        content,
        flow,
    }))
}

/// The flow that the path names, and what follows the colon.
fn locate<'a>(
    input: &'a Input<'_>,
    instance: &Instance,
) -> Result<(String, Option<&'a str>), ServiceError> {
    let named = input.path("ContactFlowId")?;
    Reference::parse(named, Kind::Flow, &instance.arn)
        .filter(|reference| instance.flows.contains_key(reference.id))
        .map(|reference| (reference.id.to_owned(), reference.qualifier))
        .ok_or_else(|| errors::not_found("flow"))
}

/// The flow that the path names, to change it; a qualifier is not accepted.
fn change<'s>(
    input: &Input<'_>,
    instance: &'s mut Instance,
) -> Result<&'s mut FlowRecord, ServiceError> {
    let arn = instance.arn.clone();
    input.change(&mut instance.flows, &arn, "ContactFlowId")
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, qualifier) = locate(input, instance)?;
    let record = &instance.flows[&id];
    let (content, version) = match qualifier {
        Some(SAVED) => (saved(record), None),
        None | Some(LATEST) => (published(record).ok_or_else(errors::not_published)?, None),
        Some(qualifier) => {
            let (number, version) = qualifier
                .parse()
                .ok()
                .and_then(|number: u64| record.versions.get_key_value(&number))
                .ok_or_else(|| errors::not_found("flow version"))?;
            (&version.published.content, Some((*number, version)))
        }
    };
    let mut members = summary(record);
    let [time, region] = input.modified(&record.head);
    members["Content"] = content.text.as_str().into();
    members["FlowContentSha256"] = content.digest.as_str().into();
    members["Status"] = status(record, qualifier).into();
    members["Description"] = json!(record.head.description);
    members["Tags"] = json!(record.head.tags);
    members["Version"] = json!(version.map(|(number, _)| number));
    members["VersionDescription"] = json!(version.and_then(|(_, it)| it.description.as_ref()));
    members["LastModifiedTime"] = time;
    members["LastModifiedRegion"] = region;
    reply(json!({ "ContactFlow": members }))
}

/// The draft, or what is published where nothing else was saved.
fn saved(record: &FlowRecord) -> &Content {
    record
        .draft
        .as_ref()
        .or_else(|| published(record))
        .expect("a flow has a draft until it is published")
}

fn published(record: &FlowRecord) -> Option<&Content> {
    record.published.as_ref().map(|it| &it.content)
}

fn status(record: &FlowRecord, qualifier: Option<&str>) -> &'static str {
    let unpublished = record.published.is_none();
    if unpublished || (qualifier == Some(SAVED) && record.draft.is_some()) {
        "SAVED"
    } else {
        "PUBLISHED"
    }
}

/// The members that descriptions and search results have in common.
fn summary(record: &FlowRecord) -> Value {
    json!({
        "Arn": record.head.arn,
        "Id": record.head.id,
        "Name": record.head.name,
        "Type": record.flow_type.as_str(),
        "State": if record.active { "ACTIVE" } else { "ARCHIVED" },
        "Status": status(record, None),
    })
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let types = input.query_all("contactFlowTypes");
    let instance = input.instance(state)?;
    let summaries = instance
        .flows
        .values()
        .filter(|record| types.is_empty() || types.contains(&record.flow_type.as_str()))
        .map(|record| {
            json!({
                "Id": record.head.id,
                "Arn": record.head.arn,
                "Name": record.head.name,
                "ContactFlowType": record.flow_type.as_str(),
                "ContactFlowState": if record.active { "ACTIVE" } else { "ARCHIVED" },
                "ContactFlowStatus": status(record, None),
            })
        })
        .collect();
    paging::list(input, "ContactFlowSummaryList", summaries)
}

/// Whether AWS fills `Content` in the results is not documented; here it is left out.
fn search(input: &Input<'_>, state: &mut State) -> Answer {
    let mut found = Vec::new();
    for record in input.instance(state)?.flows.values() {
        let fields = Fields {
            head: &record.head,
            conditions: &[
                ("TypeCondition", record.flow_type.as_str()),
                (
                    "StateCondition",
                    if record.active { "ACTIVE" } else { "ARCHIVED" },
                ),
                ("StatusCondition", status(record, None)),
            ],
        };
        if matches(input, &fields)? {
            let mut members = summary(record);
            members["Description"] = json!(record.head.description);
            members["Tags"] = json!(record.head.tags);
            found.push(members);
        }
    }
    paging::search(input, "ContactFlows", found)
}

/// A bare id publishes; `:$SAVED` changes the draft, which nothing validates. That publishing ends
/// an unpublished draft is an assumption; the documentation does not say.
fn update_content(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, qualifier) = locate(input, instance)?;
    let content = documents::content(input.required("Content")?);
    match qualifier {
        None | Some(LATEST) => {
            let FlowRecord {
                head, flow_type, ..
            } = &instance.flows[&id];
            let published = publishable(instance, head, *flow_type, content)?;
            let record = &mut instance.flows[&id];
            record.draft = None;
            record.published = Some(published);
        }
        Some(SAVED) => instance.flows[&id].draft = Some(content),
        Some(_) => return Err(input.refuse("versions are immutable")),
    }
    instance.flows[&id].head.modified = input.now;
    done()
}

/// Name, description and state. An empty description changes nothing: the service has no way of
/// removing one.
fn update_metadata(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let record = change(input, instance)?;
    let (id, flow_type) = (record.head.id.clone(), record.flow_type);
    if let Some(name) = input.text("Name") {
        name_is_free(of_type(instance, flow_type), name, Some(&id))?;
    }
    let record = change(input, instance)?;
    if let Some(name) = input.text("Name") {
        name.clone_into(&mut record.head.name);
        if let Some(published) = &mut record.published {
            name.clone_into(&mut Arc::make_mut(published).name);
        }
    }
    if let Some(description) = input.text("Description").filter(|text| !text.is_empty()) {
        record.head.description = Some(description.to_owned());
    }
    if let Some(state) = input.text("ContactFlowState") {
        record.active = state == "ACTIVE";
    }
    done()
}

/// That other flows refer to it does not keep a flow: the service does not look.
fn delete(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let id = change(input, instance)?.head.id.clone();
    instance.flows.shift_remove(&id);
    done()
}

fn create_version(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, _) = locate(input, instance)?;
    let record = &mut instance.flows[&id];
    if record.flow_type != FlowType::Campaign {
        return Err(errors::invalid_request(
            "versions are supported for flows of the type CAMPAIGN only",
        ));
    }
    let published = record.published.clone().ok_or_else(|| {
        errors::invalid_request("a flow must be published before it can have versions")
    })?;
    let expected = input.text("FlowContentSha256");
    if expected.is_some_and(|digest| digest != published.content.digest) {
        return Err(input.refuse("FlowContentSha256 is not that of the published content"));
    }
    let number = record.last_version + 1;
    record.last_version = number;
    record.versions.insert(
        number,
        FlowVersion {
            description: input.text("Description").map(str::to_owned),
            published,
        },
    );
    let arn = format!("{}:{number}", record.head.arn);
    reply(json!({ "ContactFlowArn": arn, "Version": number }))
}

fn list_versions(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, _) = locate(input, instance)?;
    let record = &instance.flows[&id];
    let versions = record.versions.iter();
    let described = versions.map(|(number, version)| (*number, version.description.as_deref()));
    let summaries = documents::version_summaries(&record.head.arn, described);
    paging::list(input, "ContactFlowVersionSummaryList", summaries)
}

fn delete_version(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, _) = locate(input, instance)?;
    let number = input.path("ContactFlowVersion")?.parse().unwrap_or(0);
    match instance.flows[&id].versions.remove(&number) {
        Some(_) => done(),
        None => Err(errors::not_found("flow version")),
    }
}
