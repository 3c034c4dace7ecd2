//! Reads flows and modules, what they may refer to, and which functions they may invoke.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_connect::types::ContactFlowType;
use flow::bind::references;
use flow::canonical;
use flow::model::{DocumentKind, Flow};
use flow::value::{Ref, RefKind};
use futures_util::future::try_join;

use super::connect::{Listed, bind, list_hours, list_queues};
use super::describe::{self, Which, flow_kind};
use super::people;
use super::read::{bind_functions, each, found};
use super::{Draft, Live, LiveFlow, aliases};
use crate::address::{ResourceAddr, ResourceKind};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;
use crate::plan;

/// Associations, and every flow and module that should be there.
pub(super) async fn release(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
) -> Result<(), ApiError> {
    let Some(instance) = &live.instance else {
        return Ok(());
    };
    let id = instance.remote.id.clone();
    live.associations = associations(clients, &id).await?;
    let (flows, modules) = try_join(
        list_flows(clients, desired, &id),
        list_modules(clients, desired, &id),
    )
    .await?;
    live.counts = BTreeMap::from([
        (ResourceKind::Association, live.associations.len()),
        (ResourceKind::Flow, flows.len()),
        (ResourceKind::Module, modules.len()),
    ]);
    let titled = flows.iter();
    live.flow_titles = titled
        .map(|(it, _)| (it.name.clone(), it.id.clone()))
        .collect();
    let found = named(desired, live, &flows, &modules);
    let listed = found.clone();
    // Each kind has an operation with a rate of its own.
    let (flows, modules): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|(_, _, kind)| *kind != DocumentKind::Module);
    let (mut described, modules) = try_join(
        each(flows, |found| describe(clients, &id, found)),
        each(modules, |found| describe(clients, &id, found)),
    )
    .await?;
    described.extend(modules);
    let contents = described.iter().filter_map(|(_, it)| it.content.as_ref());
    bind_references(clients, desired, live, contents, &id).await?;
    people::quick_connects(clients, desired, live, &id).await?;
    live.flows = described.into_iter().collect();
    bind_functions(desired, live);
    aliases::read(clients, desired, live, &id).await?;
    drafts(clients, desired, live, &id, listed).await
}

/// Looks for what somebody saved and did not publish, where publishing would take its place.
async fn drafts(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
    instance: &str,
    listed: Vec<(ResourceAddr, Listed, DocumentKind)>,
) -> Result<(), ApiError> {
    let changing = listed.into_iter().filter(|(addr, _, kind)| {
        let definition = &desired.flows[addr];
        live.flows.get(addr).is_some_and(|found| {
            *kind == definition.kind && plan::content_differs(definition, found, &live.bindings)
        })
    });
    let saved = each(
        changing.collect::<Vec<_>>(),
        async |(addr, listed, kind)| {
            let asked = describe::describe(clients, instance, &listed, kind, Which::Saved);
            Ok((addr, found(asked.await)?))
        },
    );
    for (addr, saved) in saved.await? {
        let Some((saved, flow)) = saved.zip(live.flows.get_mut(&addr)) else {
            continue;
        };
        let digest = |flow: &Flow| canonical::digest(flow);
        let draft = saved.content.as_deref().and_then(readable);
        if draft.as_ref().map(digest) != flow.content.as_ref().map(digest) {
            let modified = saved.modified;
            flow.draft = Some(Draft { modified });
        }
    }
    Ok(())
}

/// What flows refer to beside each other, listed only if they do: those that should be there, or
/// `present` ones, which may have lost their last reference in our sources.
pub(super) async fn bind_references<'a>(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
    present: impl Iterator<Item = &'a Flow>,
    id: &str,
) -> Result<(), ApiError> {
    let present: Vec<String> = present.map(flow::json::to_text).collect();
    let wanted = desired.flows.values();
    let mut wanted: BTreeSet<RefKind> = wanted
        .flat_map(|definition| references(&definition.flow))
        .map(|reference| reference.kind)
        .collect();
    if !desired.quick_connects.is_empty() {
        wanted.insert(RefKind::Queue);
    }
    let refers_to = |kind: RefKind, segment: &str| {
        wanted.contains(&kind) || present.iter().any(|text| text.contains(segment))
    };
    if refers_to(RefKind::Queue, "/queue/") {
        let listed = list_queues(clients, id).await?;
        bind(live, RefKind::Queue, &listed);
    }
    if refers_to(RefKind::Hours, "/operating-hours/") {
        let listed = list_hours(clients, id).await?;
        bind(live, RefKind::Hours, &listed);
    }
    if refers_to(RefKind::Prompt, "/prompt/") {
        let listed = list_prompts(clients, id).await?;
        bind(live, RefKind::Prompt, &listed);
    }
    if refers_to(RefKind::View, ":view/") {
        let listed = list_views(clients, id).await?;
        bind(live, RefKind::View, &listed);
    }
    Ok(())
}

pub(crate) async fn list_prompts(clients: &Clients, id: &str) -> Result<Vec<Listed>, ApiError> {
    let pages = clients
        .connect
        .list_prompts()
        .instance_id(id)
        .into_paginator();
    let prompts = pages.items().send().try_collect().await;
    let prompts = prompts.map_err(|e| ApiError::new("connect:ListPrompts", e))?;
    let listed = prompts.iter();
    Ok(listed
        .filter_map(|p| Listed::new(p.id(), p.arn(), p.name()))
        .collect())
}

pub(crate) async fn list_views(clients: &Clients, id: &str) -> Result<Vec<Listed>, ApiError> {
    let pages = clients
        .connect
        .list_views()
        .instance_id(id)
        .into_paginator();
    let views = pages.items().send().try_collect().await;
    let views = views.map_err(|e| ApiError::new("connect:ListViews", e))?;
    let listed = views.iter();
    Ok(listed
        .filter_map(|v| Listed::new(v.id(), v.arn(), v.name()))
        .collect())
}

pub(super) async fn associations(
    clients: &Clients,
    id: &str,
) -> Result<BTreeSet<String>, ApiError> {
    let pages = clients
        .connect
        .list_lambda_functions()
        .instance_id(id)
        .into_paginator();
    let functions = pages.items().send().try_collect().await;
    let functions: Vec<String> =
        functions.map_err(|e| ApiError::new("connect:ListLambdaFunctions", e))?;
    Ok(functions.into_iter().collect())
}

pub(super) async fn list_flows(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<Vec<(Listed, DocumentKind)>, ApiError> {
    let is_asked = has_kind(desired, ResourceKind::Flow) || !desired.quick_connects.is_empty();
    match is_asked {
        true => list_all_flows(clients, id).await,
        false => Ok(Vec::new()),
    }
}

pub(crate) async fn list_all_flows(
    clients: &Clients,
    id: &str,
) -> Result<Vec<(Listed, DocumentKind)>, ApiError> {
    let pages = clients
        .connect
        .list_contact_flows()
        .instance_id(id)
        .into_paginator();
    let flows = pages.page_size(1000).items().send().try_collect().await;
    let flows = flows.map_err(|e| ApiError::new("connect:ListContactFlows", e))?;
    let listed = flows.iter().filter_map(|flow| {
        let kind = flow_kind(flow.contact_flow_type().map(ContactFlowType::as_str))?;
        Some((Listed::new(flow.id(), flow.arn(), flow.name())?, kind))
    });
    Ok(listed.collect())
}

pub(super) async fn list_modules(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<Vec<(Listed, DocumentKind)>, ApiError> {
    match has_kind(desired, ResourceKind::Module) {
        true => list_all_modules(clients, id).await,
        false => Ok(Vec::new()),
    }
}

pub(crate) async fn list_all_modules(
    clients: &Clients,
    id: &str,
) -> Result<Vec<(Listed, DocumentKind)>, ApiError> {
    let pages = clients
        .connect
        .list_contact_flow_modules()
        .instance_id(id)
        .into_paginator();
    let modules = pages.page_size(1000).items().send().try_collect().await;
    let modules = modules.map_err(|e| ApiError::new("connect:ListContactFlowModules", e))?;
    let listed = modules.iter().filter_map(|module| {
        let listed = Listed::new(module.id(), module.arn(), module.name())?;
        Some((listed, DocumentKind::Module))
    });
    Ok(listed.collect())
}

fn has_kind(desired: &Desired, kind: ResourceKind) -> bool {
    desired.flows.keys().any(|addr| addr.kind == kind)
}

/// Finds the desired flows in the lists by their titles, and binds the references to them.
pub(super) fn named(
    desired: &Desired,
    live: &mut Live,
    flows: &[(Listed, DocumentKind)],
    modules: &[(Listed, DocumentKind)],
) -> Vec<(ResourceAddr, Listed, DocumentKind)> {
    let mut found = Vec::new();
    for (addr, definition) in &desired.flows {
        let (list, kind) = match addr.kind {
            ResourceKind::Module => (modules, RefKind::Module),
            _ => (flows, RefKind::Flow),
        };
        let mut of_title = list
            .iter()
            .filter(|(listed, _)| listed.name == definition.title);
        let Some((listed, live_kind)) = of_title.next() else {
            continue;
        };
        if of_title.next().is_some() {
            live.ambiguous.insert(addr.clone());
        }
        let reference = Ref::new(kind, &addr.name);
        live.bindings
            .insert(reference, &listed.arn, Some(listed.name.clone()));
        found.push((addr.clone(), listed.clone(), *live_kind));
    }
    found
}

async fn describe(
    clients: &Clients,
    instance: &str,
    (addr, listed, kind): (ResourceAddr, Listed, DocumentKind),
) -> Result<(ResourceAddr, LiveFlow), ApiError> {
    let found = describe::describe(clients, instance, &listed, kind, Which::Published).await?;
    let flow = LiveFlow {
        kind,
        description: found.description,
        archived: found.archived,
        tags: found.tags,
        content: found.content.as_deref().and_then(readable),
        draft: None,
    };
    Ok((addr, flow))
}

/// What cannot be read as a document is replaced, like what was never published.
pub(super) fn readable(content: &str) -> Option<Flow> {
    flow::json::parse(content).ok()
}
