//! Reads what we deployed once and our sources have no more, and who refers to it.

use std::collections::BTreeSet;

use aws_sdk_connect::types::{
    ContactFlowModuleSearchFilter, ContactFlowSearchFilter, ControlPlaneTagFilter, TagCondition,
};
use flow::model::DocumentKind;
use futures_util::try_join;

use super::connect::Listed;
use super::describe::{self, Which};
use super::flows::{list_all_flows, list_all_modules, readable};
use super::functions::{function_tags, subscription};
use super::read::{each, found};
use super::{Leftover, LeftoverFunction, Live, Referrer, configuration};
use crate::address::{ResourceAddr, ResourceKind};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;
use crate::ledger;
use crate::plan::Choices;
use crate::remote;
use crate::tags;

/// Something that we may have deployed.
struct Candidate {
    addr: ResourceAddr,
    arn: String,
}

/// Finds what is ours and no longer in the sources. Those who refer to it are read only if it is to
/// be deleted, since that takes a call for each flow of the instance.
pub(super) async fn read(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
    choices: &Choices,
) -> Result<(), ApiError> {
    let Some(instance) = live.instance().cloned() else {
        return Ok(());
    };
    let to_delete = choices.prune;
    let replaces = choices.allow_destroy && replaces(desired, live);
    let candidates = candidates(clients, desired, &instance.id, to_delete).await?;
    let bound: BTreeSet<&str> = live
        .bindings
        .iter()
        .map(|(_, it)| remote::bare(&it.arn))
        .collect();
    let candidates: Vec<Candidate> = candidates
        .into_iter()
        .filter(|it| !is_desired(desired, &it.addr) && !bound.contains(it.arn.as_str()))
        .collect();
    let (functions, documents): (Vec<_>, Vec<_>) = candidates
        .into_iter()
        .partition(|it| it.addr.kind == ResourceKind::Lambda);
    let functions = each(functions, |it| function(clients, desired, live, it)).await?;
    for (addr, leftover) in functions.into_iter().flatten() {
        live.leftovers.insert(addr, leftover);
    }
    let deletes_functions = to_delete && !live.leftovers.is_empty();
    if !documents.is_empty() || deletes_functions || replaces {
        let id = instance.id.as_str();
        let (flows, modules) =
            try_join!(list_all_flows(clients, id), list_all_modules(clients, id))?;
        let listed: Vec<_> = flows.into_iter().chain(modules).collect();
        self::documents(clients, id, live, &documents, &listed, to_delete).await?;
        if (to_delete && !live.leftovers.is_empty()) || replaces {
            referrers(clients, id, live, listed).await?;
        }
    }
    Ok(())
}

/// Whether a flow is there as another type than it should be.
fn replaces(desired: &Desired, live: &Live) -> bool {
    let mut flows = desired.flows.iter();
    flows.any(|(addr, definition)| {
        let found = live.flows.get(addr);
        found.is_some_and(|found| found.kind != definition.kind)
    })
}

fn is_desired(desired: &Desired, addr: &ResourceAddr) -> bool {
    match addr.kind {
        ResourceKind::Lambda => desired.functions.contains_key(&addr.name),
        _ => desired.flows.contains_key(addr),
    }
}

/// What the ledger says we deployed. What is to be deleted is asked for by its tags as well: not
/// everything has a record, and there may be no ledger at all.
async fn candidates(
    clients: &Clients,
    desired: &Desired,
    instance: &str,
    to_delete: bool,
) -> Result<Vec<Candidate>, ApiError> {
    let recorded = ledger::latest_records(clients, &desired.scope).await;
    let recorded = recorded.unwrap_or_default().into_iter();
    let mut candidates: Vec<Candidate> = recorded
        .map(|record| Candidate {
            addr: record.addr,
            arn: record.arn,
        })
        .collect();
    if to_delete {
        let (flows, modules, functions) = try_join!(
            tagged_flows(clients, instance),
            tagged_modules(clients, instance),
            named_functions(clients, desired),
        )?;
        for found in flows.into_iter().chain(modules).chain(functions) {
            if candidates.iter().all(|it| it.addr != found.addr) {
                candidates.push(found);
            }
        }
    }
    Ok(candidates)
}

/// What the address in a tag and an ARN amount to.
fn candidate(kind: ResourceKind, address: Option<&str>, arn: Option<&str>) -> Option<Candidate> {
    let (tagged, name) = address?.split_once('.')?;
    (tagged == kind.as_str()).then_some(Candidate {
        addr: ResourceAddr::new(kind, name),
        arn: arn?.to_owned(),
    })
}

fn our_tag() -> ControlPlaneTagFilter {
    let condition = TagCondition::builder()
        .tag_key(tags::MANAGED_BY)
        .tag_value(tags::FLOWYARD)
        .build();
    ControlPlaneTagFilter::builder()
        .tag_condition(condition)
        .build()
}

async fn tagged_flows(clients: &Clients, instance: &str) -> Result<Vec<Candidate>, ApiError> {
    let filter = ContactFlowSearchFilter::builder().tag_filter(our_tag());
    let request = clients.connect.search_contact_flows().instance_id(instance);
    let pages = request.search_filter(filter.build()).into_paginator();
    let found = pages.items().send().try_collect().await;
    let found = found.map_err(|e| ApiError::new("connect:SearchContactFlows", e))?;
    let found = found.iter().filter_map(|it| {
        let address = it.tags().and_then(|tags| tags.get(tags::ADDRESS));
        candidate(ResourceKind::Flow, address.map(String::as_str), it.arn())
    });
    Ok(found.collect())
}

async fn tagged_modules(clients: &Clients, instance: &str) -> Result<Vec<Candidate>, ApiError> {
    let filter = ContactFlowModuleSearchFilter::builder().tag_filter(our_tag());
    let request = clients.connect.search_contact_flow_modules();
    let request = request.instance_id(instance).search_filter(filter.build());
    let found = request.into_paginator().items().send().try_collect().await;
    let found = found.map_err(|e| ApiError::new("connect:SearchContactFlowModules", e))?;
    let found = found.iter().filter_map(|it| {
        let address = it.tags().and_then(|tags| tags.get(tags::ADDRESS));
        candidate(ResourceKind::Module, address.map(String::as_str), it.arn())
    });
    Ok(found.collect())
}

/// All flows and modules that carry our tags, with their ARNs.
pub(crate) async fn our_documents(
    clients: &Clients,
    instance: &str,
) -> Result<Vec<(ResourceAddr, String)>, ApiError> {
    let (flows, modules) = try_join!(
        tagged_flows(clients, instance),
        tagged_modules(clients, instance),
    )?;
    let found = flows.into_iter().chain(modules);
    Ok(found.map(|it| (it.addr, it.arn)).collect())
}

/// The names of functions that carry our tags and that the sources have no more.
pub(crate) async fn our_old_functions(
    clients: &Clients,
    desired: &Desired,
) -> Result<Vec<String>, ApiError> {
    let named = named_functions(clients, desired).await?;
    let old = named
        .into_iter()
        .filter(|it| !is_desired(desired, &it.addr));
    let read = each(old.collect::<Vec<_>>(), async |candidate| {
        let tags = function_tags(clients, &candidate.arn).await?;
        let ours = tags.get(tags::ADDRESS) == Some(&candidate.addr.to_string())
            && tags::other_owner(&tags).is_none();
        Ok(ours.then_some(candidate.addr.name))
    });
    Ok(read.await?.into_iter().flatten().collect())
}

/// Functions of the instance are named after its alias; their tags are looked at later.
async fn named_functions(clients: &Clients, desired: &Desired) -> Result<Vec<Candidate>, ApiError> {
    let prefix = desired.scope.remote_name("");
    let pages = clients.lambda.list_functions().into_paginator();
    let found = pages.items().send().try_collect().await;
    let found = found.map_err(|e| ApiError::new("lambda:ListFunctions", e))?;
    let found = found.iter().filter_map(|it| {
        let name = it.function_name()?.strip_prefix(&prefix)?;
        Some(Candidate {
            addr: ResourceAddr::new(ResourceKind::Lambda, name),
            arn: it.function_arn()?.to_owned(),
        })
    });
    Ok(found.collect())
}

/// A function that is there still and carries our tags.
async fn function(
    clients: &Clients,
    desired: &Desired,
    live: &Live,
    candidate: Candidate,
) -> Result<Option<(ResourceAddr, Leftover)>, ApiError> {
    let name = &candidate.addr.name;
    let remote = desired.scope.remote_name(name);
    if configuration(clients, &remote, None).await?.is_none() {
        return Ok(None);
    }
    let tags = function_tags(clients, &candidate.arn).await?;
    if tags.get(tags::ADDRESS) != Some(&candidate.addr.to_string())
        || tags::other_owner(&tags).is_some()
    {
        return Ok(None);
    }
    let topics = desired.topics.keys();
    let subscriptions = each(topics, |topic| subscription(clients, desired, name, topic)).await?;
    let leftover = LeftoverFunction {
        is_associated: live
            .associations
            .contains(&desired.scope.live_alias_arn(name)),
        subscriptions: subscriptions
            .into_iter()
            .flatten()
            .map(|it| it.arn)
            .collect(),
    };
    Ok(Some((candidate.addr, Leftover::Function(leftover))))
}

/// Flows and modules that are there still. Their tags and contents are looked at before they are
/// deleted.
async fn documents(
    clients: &Clients,
    instance: &str,
    live: &mut Live,
    candidates: &[Candidate],
    listed: &[(Listed, DocumentKind)],
    to_delete: bool,
) -> Result<(), ApiError> {
    let there = candidates.iter().filter_map(|candidate| {
        let (listed, kind) = listed.iter().find(|(it, _)| it.arn == candidate.arn)?;
        Some((candidate.addr.clone(), listed.clone(), *kind))
    });
    let read = each(there.collect::<Vec<_>>(), async |(addr, listed, kind)| {
        let mut leftover = Leftover::Document {
            id: listed.id.clone(),
            content: None,
        };
        if to_delete {
            let asked = describe::describe(clients, instance, &listed, kind, Which::Published);
            let Some(described) = found(asked.await)? else {
                return Ok(None);
            };
            if tags::other_owner(&described.tags).is_some() {
                return Ok(None);
            }
            if let Leftover::Document { content, .. } = &mut leftover {
                *content = described.content.as_deref().and_then(readable);
            }
        }
        Ok(Some((addr, leftover)))
    });
    live.leftovers.extend(read.await?.into_iter().flatten());
    Ok(())
}

/// The contents of all flows and modules that are neither ours nor about to go.
async fn referrers(
    clients: &Clients,
    instance: &str,
    live: &mut Live,
    listed: Vec<(Listed, DocumentKind)>,
) -> Result<(), ApiError> {
    let ours: BTreeSet<&str> = live
        .bindings
        .iter()
        .map(|(_, it)| remote::bare(&it.arn))
        .collect();
    let going: BTreeSet<&str> = live.leftovers.values().filter_map(Leftover::id).collect();
    let others: Vec<_> = listed
        .into_iter()
        .filter(|(it, _)| !ours.contains(it.arn.as_str()) && !going.contains(it.id.as_str()))
        .collect();
    let read = each(others, async |(listed, kind)| {
        let asked = describe::describe(clients, instance, &listed, kind, Which::Published);
        let described = found(asked.await)?;
        Ok(Referrer {
            title: listed.name,
            content: described.and_then(|it| it.content).unwrap_or_default(),
        })
    });
    live.referrers = read.await?;
    Ok(())
}
