//! Views: pages that flows show to people, with drafts, what is published, and versions.
//!
//! How the service checks a template is not documented. Here it has to be a JSON object when it is
//! published.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::input::{Answer, Handler, Input, done, name_is_free, reply, timestamp};
use super::search::{Fields, matches};
use super::state::{
    Instance, Kind, LATEST, Reference, SAVED, State, View, ViewContent, ViewVersion,
};
use super::{errors, paging};
use crate::wire::ServiceError;

/// Template and actions together, in bytes.
const LARGEST_CONTENT: usize = 400 * 1000;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateView" => create,
        "DescribeView" => describe,
        "ListViews" => list,
        "SearchViews" => search,
        "UpdateViewContent" => update_content,
        "UpdateViewMetadata" => update_metadata,
        "DeleteView" => delete,
        "CreateViewVersion" => create_version,
        "ListViewVersions" => list_versions,
        "DeleteViewVersion" => delete_version,
        _ => return None,
    })
}

fn create(input: &Input<'_>, state: &mut State) -> Answer {
    if let Some(id) = input.created_before(state)? {
        let instance = input.instance(state)?;
        let view = instance.views.get(&id);
        let view = view.ok_or_else(|| errors::not_found(Kind::View.noun()))?;
        return reply(json!({ "View": members(view, &view.saved, None) }));
    }
    let content = content(input)?;
    let instance = input.instance(state)?;
    let head = input.new_head(instance, Kind::View)?;
    name_is_free(instance.views.values(), &head.name, None)?;
    let id = head.id.clone();
    let view = View {
        created: input.now,
        published: is_published(input).then(|| content.clone()),
        saved: content,
        versions: Default::default(),
        last_version: 0,
        head,
    };
    let answer = json!({ "View": members(&view, &view.saved, None) });
    instance.views.insert(id.clone(), view);
    input.remember(state, &id);
    reply(answer)
}

fn is_published(input: &Input<'_>) -> bool {
    input.text("Status") == Some("PUBLISHED")
}

fn content(input: &Input<'_>) -> Result<ViewContent, ServiceError> {
    let content = input.value("Content").unwrap_or(&Value::Null);
    let template = content["Template"].as_str().map(str::to_owned);
    let actions = content["Actions"].as_array().cloned().unwrap_or_default();
    if content.to_string().len() > LARGEST_CONTENT {
        return Err(input.refuse(format!("Content has more than {LARGEST_CONTENT} bytes")));
    }
    let read = template.as_deref().map(serde_json::from_str::<Value>);
    if is_published(input) && !matches!(read, Some(Ok(Value::Object(_)))) {
        return Err(input.refuse("Template is not a JSON object"));
    }
    let text = format!(
        "{}\n{}",
        template.as_deref().unwrap_or_default(),
        json!(actions)
    );
    Ok(ViewContent {
        digest: format!("{:x}", Sha256::digest(text)),
        template,
        actions,
    })
}

/// A view with one of its contents. The schema of its input, which the service derives, is left out.
fn members(view: &View, content: &ViewContent, version: Option<(u64, Option<&str>)>) -> Value {
    let is_published = view.published.as_ref() == Some(content) || version.is_some();
    json!({
        "Id": view.head.id,
        "Arn": view.head.arn,
        "Name": view.head.name,
        "Status": if is_published { "PUBLISHED" } else { "SAVED" },
        "Type": "CUSTOMER_MANAGED",
        "Description": view.head.description,
        "Version": version.map(|(number, _)| number),
        "VersionDescription": version.and_then(|(_, description)| description),
        "Content": { "Template": content.template, "Actions": content.actions },
        "Tags": view.head.tags,
        "CreatedTime": timestamp(view.created),
        "LastModifiedTime": timestamp(view.head.modified),
        "ViewContentSha256": view.published.as_ref().map(|it| &it.digest),
    })
}

/// The view that the path names, and what follows its id.
fn named<'a>(
    input: &'a Input<'_>,
    instance: &Instance,
) -> Result<(String, Option<&'a str>), ServiceError> {
    let reference = Reference::parse(input.path("ViewId")?, Kind::View, &instance.arn);
    reference
        .filter(|it| instance.views.contains_key(it.id))
        .map(|it| (it.id.to_owned(), it.qualifier))
        .ok_or_else(|| errors::not_found(Kind::View.noun()))
}

/// Without a qualifier what is published is meant, and that there is none is an error.
fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, qualifier) = named(input, instance)?;
    let view = &instance.views[&id];
    let missing = || errors::not_found("published content of the view");
    let members = match qualifier {
        None | Some(LATEST) => {
            let content = view.published.as_ref().ok_or_else(missing)?;
            members(view, content, None)
        }
        Some(SAVED) => members(view, &view.saved, None),
        Some(number) => {
            let number = number.parse().map_err(|_| missing())?;
            version(view, number)?
        }
    };
    reply(json!({ "View": members }))
}

fn version(view: &View, number: u64) -> Result<Value, ServiceError> {
    let found = view.versions.get(&number);
    let found = found.ok_or_else(|| errors::not_found("version of the view"))?;
    let shown = Some((number, found.description.as_deref()));
    Ok(members(view, &found.content, shown))
}

/// Sorted by name; all are of one type.
fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let is_wanted = input.query("type") != Some("AWS_MANAGED");
    let views = input.instance(state)?.views.values();
    let mut views: Vec<&View> = views.filter(|_| is_wanted).collect();
    views.sort_by(|a, b| a.head.name.cmp(&b.head.name));
    let summaries = views.into_iter().map(|view| {
        let is_published = view.published.is_some();
        json!({
            "Id": view.head.id,
            "Arn": view.head.arn,
            "Name": view.head.name,
            "Type": "CUSTOMER_MANAGED",
            "Status": if is_published { "PUBLISHED" } else { "SAVED" },
            "Description": view.head.description,
        })
    });
    paging::list(input, "ViewsSummaryList", summaries.collect())
}

fn search(input: &Input<'_>, state: &mut State) -> Answer {
    let mut found = Vec::new();
    for view in input.instance(state)?.views.values() {
        let fields = Fields {
            head: &view.head,
            conditions: &[("ViewTypeCondition", "CUSTOMER_MANAGED")],
        };
        if matches(input, &fields)? {
            found.push(members(view, &view.saved, None));
        }
    }
    paging::search(input, "Views", found)
}

/// The draft is always written, what is published only if that is said.
fn update_content(input: &Input<'_>, state: &mut State) -> Answer {
    let content = content(input)?;
    let instance = input.instance(state)?;
    let (id, _) = named(input, instance)?;
    let view = &mut instance.views[&id];
    if is_published(input) {
        view.published = Some(content.clone());
    }
    view.saved = content;
    view.head.modified = input.now;
    reply(json!({ "View": members(view, &view.saved, None) }))
}

fn update_metadata(input: &Input<'_>, state: &mut State) -> Answer {
    if input.value("Name").is_none() && input.value("Description").is_none() {
        return Err(input.refuse("Name or Description is required"));
    }
    let instance = input.instance(state)?;
    input.rename(&mut instance.views, &instance.arn, "ViewId")?;
    done()
}

fn delete(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, _) = named(input, instance)?;
    instance.views.shift_remove(&id);
    done()
}

/// Content that has a version already gets no second one.
fn create_version(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, _) = named(input, instance)?;
    let view = &mut instance.views[&id];
    let published = view.published.clone();
    let content = published.ok_or_else(|| errors::not_found("published content of the view"))?;
    if input
        .text("ViewContentSha256")
        .is_some_and(|digest| digest != content.digest)
    {
        return Err(input.refuse("ViewContentSha256 is not that of the published content"));
    }
    let last = view.versions.last_key_value();
    let number = match last {
        Some((number, last)) if last.content == content => *number,
        _ => {
            view.last_version += 1;
            let version = ViewVersion {
                description: input.text("VersionDescription").map(str::to_owned),
                content,
            };
            view.versions.insert(view.last_version, version);
            view.last_version
        }
    };
    let view = version(view, number)?;
    reply(json!({ "View": view }))
}

/// From the highest version to the lowest.
fn list_versions(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let (id, _) = named(input, instance)?;
    let view = &instance.views[&id];
    let summaries = view.versions.iter().rev().map(|(number, version)| {
        json!({
            "Id": format!("{}:{number}", view.head.id),
            "Arn": format!("{}:{number}", view.head.arn),
            "Description": view.head.description,
            "Name": view.head.name,
            "Type": "CUSTOMER_MANAGED",
            "Version": number,
            "VersionDescription": version.description,
        })
    });
    paging::list(input, "ViewVersionSummaryList", summaries.collect())
}

fn delete_version(input: &Input<'_>, state: &mut State) -> Answer {
    let number = input.path("ViewVersion")?.parse::<u64>().ok();
    let instance = input.instance(state)?;
    let (id, _) = named(input, instance)?;
    let versions = &mut instance.views[&id].versions;
    let removed = number.and_then(|number| versions.remove(&number));
    removed.ok_or_else(|| errors::not_found("version of the view"))?;
    done()
}
