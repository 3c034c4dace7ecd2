//! Reads flows and modules, what they may refer to, and which functions they may invoke.

use std::collections::BTreeSet;

use aws_sdk_connect::types::{ContactFlowModuleState, ContactFlowState, ContactFlowType};
use flow::bind::references;
use flow::model::{DocumentKind, Flow, FlowType};
use flow::value::{Ref, RefKind};
use futures_util::future::try_join;

use super::connect::{Listed, bind, list_hours, list_queues, tags};
use super::read::each;
use super::{Live, LiveFlow};
use crate::address::{ResourceAddr, ResourceKind};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;

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
    let found = named(desired, live, &flows, &modules);
    let described = each(found, |found| describe(clients, &id, found)).await?;
    live.flows = described.into_iter().collect();
    bind_references(clients, desired, live, &id).await
}

/// Whether any flow refers to this kind of thing: one that should be there, or one that is there
/// and may have lost its last reference in our sources.
fn refers_to(desired: &Desired, live: &Live, kind: RefKind, segment: &str) -> bool {
    let wanted = desired.flows.values();
    let mut wanted = wanted.flat_map(|definition| references(&definition.flow));
    let present = live.flows.values().filter_map(|flow| flow.content.as_ref());
    let mut present = present.map(flow::json::to_text);
    wanted.any(|reference| reference.kind == kind) || present.any(|text| text.contains(segment))
}

/// What flows refer to beside each other, listed only if they do.
async fn bind_references(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
    id: &str,
) -> Result<(), ApiError> {
    if refers_to(desired, live, RefKind::Queue, "/queue/") {
        let listed = list_queues(clients, id).await?;
        bind(live, RefKind::Queue, &listed);
    }
    if refers_to(desired, live, RefKind::Hours, "/operating-hours/") {
        let listed = list_hours(clients, id).await?;
        bind(live, RefKind::Hours, &listed);
    }
    if refers_to(desired, live, RefKind::Prompt, "/prompt/") {
        let listed = list_prompts(clients, id).await?;
        bind(live, RefKind::Prompt, &listed);
    }
    if refers_to(desired, live, RefKind::View, ":view/") {
        let listed = list_views(clients, id).await?;
        bind(live, RefKind::View, &listed);
    }
    Ok(())
}

async fn list_prompts(clients: &Clients, id: &str) -> Result<Vec<Listed>, ApiError> {
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

async fn list_views(clients: &Clients, id: &str) -> Result<Vec<Listed>, ApiError> {
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

async fn associations(clients: &Clients, id: &str) -> Result<BTreeSet<String>, ApiError> {
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

async fn list_flows(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<Vec<(Listed, DocumentKind)>, ApiError> {
    if !has_kind(desired, ResourceKind::Flow) {
        return Ok(Vec::new());
    }
    let pages = clients
        .connect
        .list_contact_flows()
        .instance_id(id)
        .into_paginator();
    let flows = pages.page_size(1000).items().send().try_collect().await;
    let flows = flows.map_err(|e| ApiError::new("connect:ListContactFlows", e))?;
    let listed = flows.iter().filter_map(|flow| {
        let flow_type = FlowType::parse(flow.contact_flow_type().map(ContactFlowType::as_str)?)?;
        let listed = Listed::new(flow.id(), flow.arn(), flow.name())?;
        Some((listed, DocumentKind::Flow(flow_type)))
    });
    Ok(listed.collect())
}

async fn list_modules(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<Vec<(Listed, DocumentKind)>, ApiError> {
    if !has_kind(desired, ResourceKind::Module) {
        return Ok(Vec::new());
    }
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
fn named(
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
    let flow = match kind {
        DocumentKind::Module => describe_module(clients, instance, &listed.id).await?,
        DocumentKind::Flow(flow_type) => {
            describe_flow(clients, instance, &listed.id, flow_type).await?
        }
    };
    Ok((addr, flow))
}

async fn describe_flow(
    clients: &Clients,
    instance: &str,
    id: &str,
    flow_type: FlowType,
) -> Result<LiveFlow, ApiError> {
    const OPERATION: &str = "connect:DescribeContactFlow";
    let describe = |id: String| {
        let request = clients
            .connect
            .describe_contact_flow()
            .instance_id(instance);
        request.contact_flow_id(id).send()
    };
    let (answer, is_published) = match describe(id.to_owned()).await {
        Ok(answer) => (answer, true),
        Err(error) => {
            let error = ApiError::new(OPERATION, error);
            if error.code() != Some("ContactFlowNotPublishedException") {
                return Err(error);
            }
            // Only the draft of a flow that was never published can be read.
            let draft = describe(format!("{id}:$SAVED")).await;
            (draft.map_err(|e| ApiError::new(OPERATION, e))?, false)
        }
    };
    let Some(flow) = answer.contact_flow() else {
        return Err(ApiError::incomplete(OPERATION, "flow"));
    };
    Ok(LiveFlow {
        kind: DocumentKind::Flow(flow_type),
        description: flow
            .description()
            .filter(|d| !d.is_empty())
            .map(str::to_owned),
        archived: flow.state() == Some(&ContactFlowState::Archived),
        tags: tags(flow.tags()),
        content: flow.content().filter(|_| is_published).and_then(readable),
    })
}

async fn describe_module(
    clients: &Clients,
    instance: &str,
    id: &str,
) -> Result<LiveFlow, ApiError> {
    const OPERATION: &str = "connect:DescribeContactFlowModule";
    let request = clients
        .connect
        .describe_contact_flow_module()
        .instance_id(instance);
    let answer = request.contact_flow_module_id(id).send().await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
    let Some(module) = answer.contact_flow_module() else {
        return Err(ApiError::incomplete(OPERATION, "module"));
    };
    // The API answers `published` here and `PUBLISHED` for flows.
    let status = module
        .status()
        .map(|status| status.as_str().to_ascii_uppercase());
    let is_published = status.as_deref() != Some("SAVED");
    Ok(LiveFlow {
        kind: DocumentKind::Module,
        description: module
            .description()
            .filter(|d| !d.is_empty())
            .map(str::to_owned),
        archived: module.state() == Some(&ContactFlowModuleState::Archived),
        tags: tags(module.tags()),
        content: module.content().filter(|_| is_published).and_then(readable),
    })
}

/// What cannot be read as a document is replaced, like what was never published.
fn readable(content: &str) -> Option<Flow> {
    flow::json::parse(content).ok()
}
