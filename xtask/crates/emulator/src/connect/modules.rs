//! Flow modules: content with its settings, metadata. Versions and aliases are in their own file.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::model::DocumentKind;
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done, name_is_free, reply};
use super::search::{Fields, matches};
use super::state::{
    Head, Instance, Kind, LATEST, ModuleContent, ModuleRecord, PublishedModule, Reference, SAVED,
    State,
};
use super::{documents, errors, paging};
use crate::wire::ServiceError;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateContactFlowModule" => create,
        "DescribeContactFlowModule" => describe,
        "ListContactFlowModules" => list,
        "SearchContactFlowModules" => search,
        "UpdateContactFlowModuleContent" => update_content,
        "UpdateContactFlowModuleMetadata" => update_metadata,
        "DeleteContactFlowModule" => delete,
        _ => return None,
    })
}

fn create(input: &Input<'_>, state: &mut State) -> Answer {
    if let Some(id) = input.created_before(state)? {
        let arn = input.instance(state)?.arn_of(Kind::Module, &id);
        return reply(json!({ "Id": id, "Arn": arn }));
    }
    let instance = input.instance(state)?;
    let head = input.new_head(instance, Kind::Module)?;
    name_is_free(instance.modules.values(), &head.name, None)?;
    let content = ModuleContent {
        content: documents::content(input.required("Content")?),
        settings: settings(input)?,
    };
    let record = ModuleRecord {
        published: Some(publishable(instance, &head, content)?),
        active: true,
        external_invocation: input.value("ExternalInvocationConfiguration").cloned(),
        draft: None,
        versions: BTreeMap::new(),
        last_version: 0,
        aliases: IndexMap::new(),
        head,
    };
    let (id, arn) = (record.head.id.clone(), record.head.arn.clone());
    instance.modules.insert(id.clone(), record);
    input.remember(state, &id);
    reply(json!({ "Id": id, "Arn": arn }))
}

/// The request's `Settings`: the text of a JSON object.
fn settings(input: &Input<'_>) -> Result<Option<String>, ServiceError> {
    let Some(text) = input.text("Settings") else {
        return Ok(None);
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(_)) => Ok(Some(text.to_owned())),
        _ => Err(errors::invalid_request("Settings is not a JSON object")),
    }
}

/// Content as flows will run it, if the service would publish it.
fn publishable(
    instance: &Instance,
    head: &Head,
    content: ModuleContent,
) -> Result<Arc<PublishedModule>, ServiceError> {
    let text = content.content.text.as_str();
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    // The document of a module has a Settings object of its own, beside the API's member.
    if document.is_object() && document["Settings"].is_null() {
        return Err(errors::invalid_request(
            "JSON field is missing or null for field name: settings",
        ));
    }
    let flow = documents::read(instance, text, DocumentKind::Module)
        .map_err(|problems| errors::invalid_module(&problems))?;
    Ok(Arc::new(PublishedModule {
        arn: head.arn.clone(),
        name: head.name.clone(),
        content,
        flow,
    }))
}

/// The module that the path names, and what follows the colon.
pub(super) fn locate<'a>(
    input: &'a Input<'_>,
    instance: &Instance,
) -> Result<(String, Option<&'a str>), ServiceError> {
    let named = input.path("ContactFlowModuleId")?;
    Reference::parse(named, Kind::Module, &instance.arn)
        .filter(|reference| instance.modules.contains_key(reference.id))
        .map(|reference| (reference.id.to_owned(), reference.qualifier))
        .ok_or_else(|| errors::not_found("module"))
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, qualifier) = locate(input, instance)?;
    let record = &instance.modules[&id];
    let mut members = summary(record);
    let content = match qualifier {
        None | Some(LATEST) => published(record),
        Some(SAVED) => record.draft.as_ref().or_else(|| published(record)),
        Some(qualifier) => {
            let number = record
                .aliases
                .get(qualifier)
                .map(|alias| alias.version)
                .or_else(|| qualifier.parse().ok());
            let version = number.and_then(|number| record.versions.get(&number));
            members["Version"] = json!(number);
            members["VersionDescription"] =
                json!(version.and_then(|version| version.description.as_ref()));
            version.map(|version| &version.published.content)
        }
    }
    .ok_or_else(|| errors::not_found("module version"))?;
    members["Content"] = content.content.text.as_str().into();
    members["FlowModuleContentSha256"] = content.content.digest.as_str().into();
    members["Settings"] = json!(content.settings);
    members["ExternalInvocationConfiguration"] = json!(record.external_invocation);
    reply(json!({ "ContactFlowModule": members }))
}

fn published(record: &ModuleRecord) -> Option<&ModuleContent> {
    record.published.as_ref().map(|it| &it.content)
}

/// The members that descriptions and search results have in common.
fn summary(record: &ModuleRecord) -> Value {
    json!({
        "Arn": record.head.arn,
        "Id": record.head.id,
        "Name": record.head.name,
        "Description": record.head.description,
        "State": state_of(record),
        // The service writes it in lower case here, unlike the status of flows.
        "Status": if record.published.is_some() { "published" } else { "saved" },
        "Tags": record.head.tags,
    })
}

fn state_of(record: &ModuleRecord) -> &'static str {
    if record.active { "ACTIVE" } else { "ARCHIVED" }
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let wanted = input.query("state");
    let summaries = input
        .instance(state)?
        .modules
        .values()
        .filter(|record| wanted.is_none_or(|wanted| wanted == state_of(record)))
        .map(|record| {
            json!({
                "Id": record.head.id,
                "Arn": record.head.arn,
                "Name": record.head.name,
                "State": state_of(record),
            })
        })
        .collect();
    paging::list(input, "ContactFlowModulesSummaryList", summaries)
}

fn search(input: &Input<'_>, state: &mut State) -> Answer {
    let mut found = Vec::new();
    for record in input.instance(state)?.modules.values() {
        let status = if record.published.is_some() {
            "PUBLISHED"
        } else {
            "SAVED"
        };
        let fields = Fields {
            head: &record.head,
            conditions: &[
                ("StateCondition", state_of(record)),
                ("StatusCondition", status),
            ],
        };
        if matches(input, &fields)? {
            found.push(summary(record));
        }
    }
    paging::search(input, "ContactFlowModules", found)
}

/// What the request leaves out stays as it is.
fn update_content(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, qualifier) = locate(input, instance)?;
    let record = &instance.modules[&id];
    if input.text("Content").is_none() && input.text("Settings").is_none() {
        return Err(input.refuse("Content or Settings is required"));
    }
    let as_draft = match qualifier {
        None | Some(LATEST) => false,
        Some(SAVED) => true,
        Some(_) => return Err(input.refuse("versions are immutable")),
    };
    let drafted = record.draft.as_ref().filter(|_| as_draft);
    let mut content = drafted
        .or_else(|| published(record))
        .cloned()
        .ok_or_else(|| input.refuse("Content is required"))?;
    if let Some(text) = input.text("Content") {
        content.content = documents::content(text);
    }
    content.settings = settings(input)?.or(content.settings);
    if as_draft {
        instance.modules[&id].draft = Some(content);
    } else {
        let published = publishable(instance, &record.head, content)?;
        let record = &mut instance.modules[&id];
        record.draft = None;
        record.published = Some(published);
    }
    instance.modules[&id].head.modified = input.now;
    done()
}

fn update_metadata(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let arn = instance.arn.clone();
    input.rename(&mut instance.modules, &arn, "ContactFlowModuleId")?;
    let record = input.change(&mut instance.modules, &arn, "ContactFlowModuleId")?;
    if let (Some(name), Some(published)) = (input.text("Name"), &mut record.published) {
        name.clone_into(&mut Arc::make_mut(published).name);
    }
    if let Some(state) = input.text("State") {
        record.active = state == "ACTIVE";
    }
    done()
}

fn delete(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let id = input.locate(&instance.modules, &instance.arn, "ContactFlowModuleId")?;
    instance.modules.shift_remove(&id);
    done()
}
