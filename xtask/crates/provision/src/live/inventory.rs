//! Flows and modules of an instance that our sources need not know, with the names of all that they
//! refer to: what an import is made from.

use std::collections::{BTreeMap, BTreeSet};

use flow::bind::{Bindings, map_values};
use flow::model::{DocumentKind, Flow};
use flow::value::{Ref, RefKind, Value};
use futures_util::try_join;

use super::connect::{self, Listed, describe_hours, describe_queue, list_hours, list_queues};
use super::describe::{Which, describe};
use super::flows::{associations, list_all_flows, list_all_modules, list_prompts, list_views};
use super::read::each;
use super::{InstanceRef, Live};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::drift::seeded;
use crate::infra::{HoursSpec, QueueSpec};
use crate::remote::id_of;
use crate::scope::{LIVE, Scope};

/// Which flows and modules are wanted.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// All but those that every instance is born with, or those as well.
    All { seeded: bool },
    /// Those of these titles, or with these ids or ARNs.
    Named(Vec<String>),
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub instance: InstanceRef,
    /// With what the wanted ones refer to.
    pub documents: Vec<LiveDocument>,
    /// The titles of those that were never published: contacts cannot run through them.
    pub unpublished: Vec<String>,
    /// What was asked for by name and is not there.
    pub missing: Vec<String>,
    /// The titles of all that there is.
    pub titles: Vec<String>,
    /// What the names of queues, hours, prompts, views and of our functions stand for.
    pub bindings: Bindings,
}

/// A published flow or module.
#[derive(Clone, Debug)]
pub struct LiveDocument {
    pub id: String,
    pub arn: String,
    pub title: String,
    pub kind: DocumentKind,
    pub description: Option<String>,
    /// ARNs stand where the service takes bare ids as well.
    pub flow: Flow,
    /// Nobody asked for it, but something that was asked for refers to it.
    pub is_referred_to: bool,
}

/// Reads what is wanted and what it refers to, one description each; nothing if there is no
/// instance.
///
/// # Errors
///
/// The first call that gets no answer or no permission.
pub async fn inventory(
    clients: &Clients,
    scope: &Scope,
    wanted: &Wanted,
) -> Result<Option<Inventory>, ApiError> {
    let Some(instance) = connect::instance(clients, &scope.alias).await? else {
        return Ok(None);
    };
    let instance = instance.remote;
    let id = instance.id.as_str();
    let (flows, modules, bindings) = try_join!(
        list_all_flows(clients, id),
        list_all_modules(clients, id),
        names(clients, scope, id),
    )?;
    let listed: Vec<(Listed, DocumentKind)> = flows.into_iter().chain(modules).collect();
    let arns = arns(&listed, &bindings);
    let (mut asked, missing) = choose(&listed, wanted);
    let mut inventory = Inventory {
        documents: Vec::new(),
        unpublished: Vec::new(),
        missing,
        titles: listed.iter().map(|(it, _)| it.name.clone()).collect(),
        bindings,
        instance: instance.clone(),
    };
    let mut seen: BTreeSet<String> = asked.iter().map(|(it, _)| it.arn.clone()).collect();
    let mut is_referred_to = false;
    while !asked.is_empty() {
        let described = each(asked, async |(listed, kind)| {
            let found = describe(clients, id, &listed, kind, Which::Published).await?;
            Ok((listed, kind, found))
        });
        let mut next = Vec::new();
        for (it, kind, found) in described.await? {
            let flow = found.content.as_deref().map(flow::json::parse);
            let Some(Ok(mut flow)) = flow else {
                inventory.unpublished.push(it.name);
                continue;
            };
            let targets = spell_out(&mut flow, &arns);
            let of = |arn: &String| listed.iter().find(|(it, _)| it.arn == *arn).cloned();
            let fresh = targets.iter().filter_map(of);
            next.extend(fresh.filter(|(it, _)| seen.insert(it.arn.clone())));
            inventory.documents.push(LiveDocument {
                id: it.id,
                arn: it.arn,
                title: it.name,
                kind,
                description: found.description,
                flow,
                is_referred_to,
            });
        }
        asked = next;
        is_referred_to = true;
    }
    Ok(Some(inventory))
}

/// What flows can refer to beside each other, by the names that planning resolves.
async fn names(clients: &Clients, scope: &Scope, id: &str) -> Result<Bindings, ApiError> {
    let (queues, hours, prompts, views, functions) = try_join!(
        list_queues(clients, id),
        list_hours(clients, id),
        list_prompts(clients, id),
        list_views(clients, id),
        associations(clients, id),
    )?;
    let mut live = Live::default();
    for (kind, listed) in [
        (RefKind::Queue, &queues),
        (RefKind::Hours, &hours),
        (RefKind::Prompt, &prompts),
        (RefKind::View, &views),
    ] {
        connect::bind(&mut live, kind, listed);
    }
    let mut bindings = live.bindings;
    let ours = scope.function_arn("");
    for arn in functions {
        // Functions of other names are none that our sources could deploy.
        let name = arn.strip_prefix(&ours);
        if let Some(name) = name.and_then(|it| it.strip_suffix(&format!(":{LIVE}"))) {
            bindings.insert(Ref::new(RefKind::Lambda, name), &arn, None);
        }
    }
    Ok(bindings)
}

/// The ARN for every text by which a flow may name something on the instance.
fn arns(listed: &[(Listed, DocumentKind)], bindings: &Bindings) -> BTreeMap<String, String> {
    let documents = listed.iter().map(|(it, _)| it.arn.clone());
    let named = bindings.iter().map(|(_, target)| target.arn.clone());
    let mut arns = BTreeMap::new();
    for arn in documents.chain(named) {
        if arn.contains(":connect:") {
            arns.insert(id_of(&arn).to_owned(), arn.clone());
        }
        arns.insert(arn.clone(), arn);
    }
    arns
}

/// Puts ARNs in the place of bare ids, and of both followed by `:$LATEST`, which mean the same.
/// Gives the ARNs of everything that was found.
fn spell_out(flow: &mut Flow, arns: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    map_values(flow, &mut |value| {
        let Some(text) = value.as_text() else { return };
        let name = text.strip_suffix(":$LATEST").unwrap_or(text);
        if let Some(arn) = arns.get(name) {
            found.insert(arn.clone());
            *value = Value::text(arn);
        }
    });
    found
}

/// Those that are wanted, and what is wanted in vain.
fn choose(
    listed: &[(Listed, DocumentKind)],
    wanted: &Wanted,
) -> (Vec<(Listed, DocumentKind)>, Vec<String>) {
    let names = match wanted {
        Wanted::All { seeded: true } => return (listed.to_vec(), Vec::new()),
        Wanted::All { seeded: false } => {
            let own = listed.iter().filter(|(it, kind)| !seeded(&it.name, *kind));
            return (own.cloned().collect(), Vec::new());
        }
        Wanted::Named(names) => names,
    };
    let is = |it: &Listed, name: &String| [&it.name, &it.id, &it.arn].contains(&name);
    let found = listed
        .iter()
        .filter(|(it, _)| names.iter().any(|name| is(it, name)));
    let missing = names
        .iter()
        .filter(|name| !listed.iter().any(|(it, _)| is(it, name)));
    (found.cloned().collect(), missing.cloned().collect())
}

/// Hours and queues of an instance, as our sources would describe them.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    pub hours: BTreeMap<String, HoursSpec>,
    pub queues: BTreeMap<String, QueueSpec>,
}

/// Reads hours and queues, one description each.
///
/// # Errors
///
/// The first call that gets no answer or no permission.
pub async fn waiting(clients: &Clients, instance: &InstanceRef) -> Result<Waiting, ApiError> {
    let id = instance.id.as_str();
    let (hours, queues) = try_join!(list_hours(clients, id), list_queues(clients, id))?;
    let names: BTreeMap<String, String> = hours
        .iter()
        .map(|it| (it.id.clone(), it.name.clone()))
        .collect();
    let (hours, queues) = try_join!(
        each(hours, |listed| describe_hours(clients, id, listed)),
        each(queues, |listed| describe_queue(clients, id, listed)),
    )?;
    let queues = queues.into_iter().filter_map(|(name, live)| {
        let spec = QueueSpec {
            description: live.description,
            hours: names.get(&live.hours_id)?.clone(),
            max_contacts: live.max_contacts,
            // Those that it offers stay as they are.
            quick_connects: None,
        };
        Some((name, spec))
    });
    Ok(Waiting {
        hours: hours
            .into_iter()
            .map(|(name, live)| (name, live.spec))
            .collect(),
        queues: queues.collect(),
    })
}
