//! Flows and modules as they are on the instance, to be compared with other versions of them.

use flow::bind::{Bindings, unbind};
use flow::model::FlowDefinition;
use futures_util::future::try_join;

use super::connect;
use super::describe::{Which, describe};
use super::flows::{bind_references, list_flows, list_modules, named};
use super::read::{bind_functions, each};
use super::{InstanceRef, Live, aliases};
use crate::address::ResourceAddr;
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;

/// The flows and modules of an instance that are ours.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// Nothing if there is no instance of the environment's alias.
    pub instance: Option<InstanceRef>,
    /// With symbolic references. Actions have the identifiers that they have on the instance, which
    /// for an imported flow are the original ones: `CompiledFlow::named` gives them our names.
    ///
    /// A description that our sources do not give is left out, since deploying leaves it alone.
    pub flows: Vec<FlowDefinition>,
    /// What the references stand for.
    pub bindings: Bindings,
    /// Flows whose content is no document that we can read.
    pub unreadable: Vec<ResourceAddr>,
}

/// Reads the content of every flow and module that should be there and is: one list each, one
/// description per flow. What was never published has no published version and is left out of it.
///
/// # Errors
///
/// The first call that gets no answer or no permission. Nothing is retried without credentials.
pub async fn versions(
    clients: &Clients,
    desired: &Desired,
    which: Which,
) -> Result<Versions, ApiError> {
    let mut live = Live {
        instance: connect::instance(clients, &desired.scope.alias).await?,
        ..Live::default()
    };
    let Some(instance) = live.instance().cloned() else {
        return Ok(Versions::default());
    };
    let id = instance.id.as_str();
    let (flows, modules) = try_join(
        list_flows(clients, desired, id),
        list_modules(clients, desired, id),
    )
    .await?;
    let found = named(desired, &mut live, &flows, &modules);
    let described = each(found, async |(addr, listed, kind)| {
        let found = describe(clients, id, &listed, kind, which).await?;
        Ok((addr, listed, kind, found))
    })
    .await?;
    let mut versions = Versions {
        instance: Some(instance.clone()),
        ..Versions::default()
    };
    for (addr, listed, kind, found) in described {
        let Some(content) = found.content else {
            continue;
        };
        let Ok(flow) = flow::json::parse(&content) else {
            versions.unreadable.push(addr);
            continue;
        };
        let wants_description = desired.flows[&addr].description.is_some();
        versions.flows.push(FlowDefinition {
            name: addr.name,
            title: listed.name,
            description: found.description.filter(|_| wants_description),
            kind,
            flow,
        });
    }
    let present = versions.flows.iter().map(|definition| &definition.flow);
    bind_references(clients, desired, &mut live, present, id).await?;
    bind_functions(desired, &mut live);
    aliases::bind(clients, desired, &mut live, id).await?;
    for definition in &mut versions.flows {
        definition.flow = unbind(&definition.flow, &live.bindings);
    }
    versions.bindings = live.bindings;
    Ok(versions)
}
