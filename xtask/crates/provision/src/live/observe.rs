//! Everything on the instance that could have been changed behind our back: all flows and modules,
//! those of others included.

use flow::bind::Bindings;
use flow::model::{DocumentKind, Flow};
use futures_util::future::try_join;

use super::connect::{self, Listed};
use super::describe::{Which, describe};
use super::flows::{bind_references, list_all_flows, list_all_modules, named};
use super::read::{bind_functions, each, found};
use super::{InstanceRef, Live, aliases};
use crate::address::ResourceKind;
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;
use crate::drift::seeded;
use crate::tags::{self, Tags};

/// The flows and modules of an instance, but for those that every instance is born with.
#[derive(Clone, Debug)]
pub struct Observed {
    pub instance: InstanceRef,
    pub objects: Vec<Object>,
    /// What our names stand for, as far as it is there.
    pub bindings: Bindings,
}

/// A flow or module as it is on the instance.
#[derive(Clone, Debug)]
pub struct Object {
    pub arn: String,
    pub title: String,
    pub kind: DocumentKind,
    pub description: Option<String>,
    pub archived: bool,
    pub(crate) tags: Tags,
    /// The text of what is published. Nothing if it never was.
    pub published: Option<String>,
    /// The text of what was saved last; asked for where it could be ours.
    pub saved: Option<String>,
}

impl Object {
    /// The address in our sources that its tags name, if they say that it is ours.
    pub fn tagged_address(&self) -> Option<&str> {
        match tags::other_owner(&self.tags) {
            None => self.tags.get(tags::ADDRESS).map(String::as_str),
            Some(_) => None,
        }
    }

    /// The digest that its tags say we wrote.
    pub(crate) fn tagged_digest(&self) -> Option<&str> {
        self.tags.get(tags::DIGEST).map(String::as_str)
    }
}

/// Reads all flows and modules of the instance; nothing if there is no instance. `is_ours` says by
/// ARN which of them have a record.
///
/// # Errors
///
/// The first call that gets no answer or no permission: what could not be seen is not unchanged.
pub async fn observe(
    clients: &Clients,
    desired: &Desired,
    is_ours: impl Fn(&str) -> bool,
) -> Result<Option<Observed>, ApiError> {
    let mut live = Live {
        instance: connect::instance(clients, &desired.scope.alias).await?,
        ..Live::default()
    };
    let Some(instance) = live.instance().cloned() else {
        return Ok(None);
    };
    let id = instance.id.as_str();
    let (flows, modules) =
        try_join(list_all_flows(clients, id), list_all_modules(clients, id)).await?;
    named(desired, &mut live, &flows, &modules);
    let listed = flows.into_iter().chain(modules);
    let looked_at = listed.filter(|(listed, kind)| {
        is_ours(&listed.arn) || is_wanted(desired, listed, *kind) || !seeded(&listed.name, *kind)
    });
    let objects = each(looked_at.collect::<Vec<_>>(), async |(listed, kind)| {
        let is_ours = is_ours(&listed.arn) || is_wanted(desired, &listed, kind);
        object(clients, id, listed, kind, is_ours).await
    });
    let objects: Vec<Object> = objects.await?.into_iter().flatten().collect();
    let contents = objects.iter().flat_map(|it| [&it.published, &it.saved]);
    let contents: Vec<Flow> = contents
        .flatten()
        .filter_map(|text| flow::json::parse(text).ok())
        .collect();
    bind_references(clients, desired, &mut live, contents.iter(), id).await?;
    bind_functions(desired, &mut live);
    aliases::bind(clients, desired, &mut live, id).await?;
    Ok(Some(Observed {
        bindings: live.bindings,
        instance,
        objects,
    }))
}

/// Whether our sources have something of this title.
fn is_wanted(desired: &Desired, listed: &Listed, kind: DocumentKind) -> bool {
    let wanted = match kind {
        DocumentKind::Module => ResourceKind::Module,
        DocumentKind::Flow(_) => ResourceKind::Flow,
    };
    let mut flows = desired.flows.iter();
    flows.any(|(addr, definition)| addr.kind == wanted && definition.title == listed.name)
}

/// Describes one object; nothing if it went away since it was listed.
async fn object(
    clients: &Clients,
    instance: &str,
    listed: Listed,
    kind: DocumentKind,
    is_ours: bool,
) -> Result<Option<Object>, ApiError> {
    let ask = |which| describe(clients, instance, &listed, kind, which);
    let Some(published) = found(ask(Which::Published).await)? else {
        return Ok(None);
    };
    let by_tags = tags::other_owner(&published.tags).is_none();
    let saved = match is_ours || by_tags {
        true => found(ask(Which::Saved).await)?.and_then(|it| it.content),
        false => None,
    };
    Ok(Some(Object {
        arn: listed.arn,
        title: listed.name,
        kind,
        description: published.description,
        archived: published.archived,
        tags: published.tags,
        published: published.content,
        saved,
    }))
}

impl Observed {
    /// What references stood for when something was deployed, and what they stand for now beside
    /// that: a name that moved on still means the same in what was deployed.
    pub(crate) fn bindings_with(&self, recorded: &Bindings) -> Bindings {
        let mut bindings = self.bindings.clone();
        for (reference, target) in recorded.iter() {
            bindings.insert(reference.clone(), &target.arn, target.display_name.clone());
        }
        bindings
    }
}
