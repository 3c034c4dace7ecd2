//! Reads the aliases by which flows call modules.

use std::collections::BTreeMap;

use flow::model::DocumentKind;
use flow::value::{Ref, RefKind};

use super::connect::Listed;
use super::describe::{self, Which};
use super::flows::readable;
use super::read::{each, found};
use super::{Live, LiveAlias};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;
use crate::remote;

/// Finds the aliases that should be there and lets the references to their modules stand for them:
/// only the ARN of a module with the id of an alias behind it runs what the alias points to.
pub(super) async fn bind(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
    instance: &str,
) -> Result<BTreeMap<String, LiveAlias>, ApiError> {
    let modules = desired.modules.iter().filter_map(|(name, spec)| {
        let id = remote::bound_id(&live.bindings, RefKind::Module, name)?;
        Some((name.clone(), spec.alias.clone(), id))
    });
    let read = each(modules.collect::<Vec<_>>(), async |(name, alias, id)| {
        let listed = list(clients, instance, &id).await?;
        Ok((name, listed.into_iter().find(|(found, _)| *found == alias)))
    });
    let mut aliases = BTreeMap::new();
    for (name, found) in read.await? {
        let Some((_, alias)) = found else { continue };
        let reference = Ref::new(RefKind::Module, &name);
        if let Some(target) = live.bindings.get(&reference) {
            let arn = format!("{}:{}", remote::bare(&target.arn), alias.id);
            let title = target.display_name.clone();
            live.bindings.insert(reference, arn, title);
        }
        aliases.insert(name, alias);
    }
    Ok(aliases)
}

/// The aliases of a module by their names.
pub(crate) async fn list(
    clients: &Clients,
    instance: &str,
    module: &str,
) -> Result<Vec<(String, LiveAlias)>, ApiError> {
    let request = clients.connect.list_contact_flow_module_aliases();
    let request = request.instance_id(instance).contact_flow_module_id(module);
    let listed = request.into_paginator().items().send().try_collect().await;
    let listed = listed.map_err(|e| ApiError::new("connect:ListContactFlowModuleAliases", e))?;
    let aliases = listed.iter().filter_map(|it| {
        let alias = LiveAlias {
            id: it.alias_id()?.to_owned(),
            version: it.version()?,
            content: None,
        };
        Some((it.alias_name()?.to_owned(), alias))
    });
    Ok(aliases.collect())
}

/// The same with the contents of the versions that they point to.
pub(super) async fn read(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
    instance: &str,
) -> Result<(), ApiError> {
    let aliases = bind(clients, desired, live, instance).await?;
    let named = aliases.into_iter().filter_map(|(name, alias)| {
        let target = live.bindings.get(&Ref::new(RefKind::Module, &name))?;
        let id = remote::bound_id(&live.bindings, RefKind::Module, &name)?;
        let listed = Listed {
            id: format!("{id}:{}", alias.version),
            arn: remote::bare(&target.arn).to_owned(),
            name: name.clone(),
        };
        Some((name, alias, listed))
    });
    let read = each(named.collect::<Vec<_>>(), async |(name, alias, listed)| {
        let (kind, which) = (DocumentKind::Module, Which::Published);
        let described = describe::describe(clients, instance, &listed, kind, which);
        let described = found(described.await)?;
        let content = described.and_then(|it| it.content);
        let content = content.as_deref().and_then(readable);
        Ok((name, LiveAlias { content, ..alias }))
    });
    live.aliases = read.await?.into_iter().collect();
    Ok(())
}
