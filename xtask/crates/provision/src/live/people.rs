//! Reads security profiles, and the quick connects that queues offer.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_connect::types::{QuickConnectConfig, QuickConnectType};
use flow::value::{Ref, RefKind};

use super::connect::{Listed, managed, tags};
use super::read::each;
use super::{Live, LiveDestination, LiveQuickConnect, LiveSecurityProfile};
use crate::address::{ResourceAddr, ResourceKind};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;
use crate::infra::{Destination, FlowName};
use crate::remote::id_of;

/// The security profiles that should be there and are.
pub(super) async fn security_profiles(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<Vec<(Listed, LiveSecurityProfile)>, ApiError> {
    if desired.security_profiles.is_empty() {
        return Ok(Vec::new());
    }
    let listed = list_security_profiles(clients, id).await?;
    let ours = managed(&listed, |name| desired.security_profiles.contains_key(name));
    each(ours, async |listed| {
        let live = describe_security_profile(clients, id, &listed).await?;
        Ok((listed, live))
    })
    .await
}

pub(crate) async fn list_security_profiles(
    clients: &Clients,
    id: &str,
) -> Result<Vec<Listed>, ApiError> {
    let request = clients.connect.list_security_profiles().instance_id(id);
    let pages = request.into_paginator().items();
    let profiles = pages.send().try_collect().await;
    let profiles = profiles.map_err(|e| ApiError::new("connect:ListSecurityProfiles", e))?;
    let listed = profiles.iter();
    Ok(listed
        .filter_map(|it| Listed::new(it.id(), it.arn(), it.name()))
        .collect())
}

pub(crate) async fn describe_security_profile(
    clients: &Clients,
    id: &str,
    listed: &Listed,
) -> Result<LiveSecurityProfile, ApiError> {
    const OPERATION: &str = "connect:DescribeSecurityProfile";
    let request = clients.connect.describe_security_profile().instance_id(id);
    let answer = request.security_profile_id(&listed.id).send().await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
    let Some(profile) = answer.security_profile() else {
        return Err(ApiError::incomplete(OPERATION, "security profile"));
    };
    let kinds = profile.tag_restricted_resources().iter();
    Ok(LiveSecurityProfile {
        description: profile
            .description()
            .filter(|it| !it.is_empty())
            .map(str::to_owned),
        permissions: permissions(clients, id, &listed.id).await?,
        only_tagged: tags(profile.allowed_access_control_tags()),
        only_tagged_kinds: kinds.cloned().collect(),
        tags: tags(profile.tags()),
    })
}

async fn permissions(
    clients: &Clients,
    id: &str,
    profile: &str,
) -> Result<BTreeSet<String>, ApiError> {
    const OPERATION: &str = "connect:ListSecurityProfilePermissions";
    let request = clients.connect.list_security_profile_permissions();
    let request = request.instance_id(id).security_profile_id(profile);
    let pages = request.into_paginator().items();
    let permissions: Result<Vec<String>, _> = pages.send().try_collect().await;
    let permissions = permissions.map_err(|e| ApiError::new(OPERATION, e))?;
    Ok(permissions.into_iter().collect())
}

/// Quick connects, what they lead to, and which of them queues offer. Queues are bound already.
pub(super) async fn quick_connects(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
    id: &str,
) -> Result<(), ApiError> {
    if desired.quick_connects.is_empty() {
        return Ok(());
    }
    let mut quick_connects = desired.quick_connects.values();
    if quick_connects.any(|it| it.to.is_user()) {
        live.users = list_users(clients, id).await?;
    }
    let listed = list_quick_connects(clients, id).await?;
    let ours = managed(&listed, |name| desired.quick_connects.contains_key(name));
    let described = each(ours, async |listed| {
        let live = describe_quick_connect(clients, id, &listed).await?;
        Ok((listed, live))
    })
    .await?;
    for (listed, quick_connect) in described {
        let addr = ResourceAddr::new(ResourceKind::QuickConnect, &listed.name);
        live.arns.insert(addr, listed.arn);
        live.quick_connects.insert(listed.name, quick_connect);
    }
    let queues = desired.queues.iter().filter_map(|(name, spec)| {
        spec.quick_connects.as_ref()?;
        let target = live.bindings.get(&Ref::new(RefKind::Queue, name))?;
        Some((name.clone(), id_of(&target.arn).to_owned()))
    });
    let offered = each(queues.collect::<Vec<_>>(), async |(name, queue)| {
        Ok((name, offered(clients, id, &queue).await?))
    });
    live.queue_quick_connects = offered.await?.into_iter().collect();
    Ok(())
}

/// Ids by the name with which somebody signs in.
async fn list_users(clients: &Clients, id: &str) -> Result<BTreeMap<String, String>, ApiError> {
    let pages = clients.connect.list_users().instance_id(id);
    let users = pages.into_paginator().items().send().try_collect().await;
    let users = users.map_err(|e| ApiError::new("connect:ListUsers", e))?;
    let named = users
        .iter()
        .filter_map(|it| Some((it.username()?.to_owned(), it.id()?.to_owned())));
    Ok(named.collect())
}

pub(crate) async fn list_quick_connects(
    clients: &Clients,
    id: &str,
) -> Result<Vec<Listed>, ApiError> {
    let request = clients.connect.list_quick_connects().instance_id(id);
    let found = request.into_paginator().items().send().try_collect().await;
    let found = found.map_err(|e| ApiError::new("connect:ListQuickConnects", e))?;
    let listed = found.iter();
    Ok(listed
        .filter_map(|it| Listed::new(it.id(), it.arn(), it.name()))
        .collect())
}

pub(crate) async fn describe_quick_connect(
    clients: &Clients,
    id: &str,
    listed: &Listed,
) -> Result<LiveQuickConnect, ApiError> {
    const OPERATION: &str = "connect:DescribeQuickConnect";
    let request = clients.connect.describe_quick_connect().instance_id(id);
    let answer = request.quick_connect_id(&listed.id).send().await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
    let Some(found) = answer.quick_connect() else {
        return Err(ApiError::incomplete(OPERATION, "quick connect"));
    };
    let to = found.quick_connect_config().and_then(destination);
    Ok(LiveQuickConnect {
        description: found
            .description()
            .filter(|it| !it.is_empty())
            .map(str::to_owned),
        to: to.unwrap_or(LiveDestination::Other),
        tags: tags(found.tags()),
    })
}

fn destination(config: &QuickConnectConfig) -> Option<LiveDestination> {
    let id = |id: &str| id_of(id).to_owned();
    match config.quick_connect_type() {
        QuickConnectType::Queue => config.queue_config().map(|to| LiveDestination::Queue {
            queue: id(to.queue_id()),
            flow: id(to.contact_flow_id()),
        }),
        QuickConnectType::User => config.user_config().map(|to| LiveDestination::User {
            user: id(to.user_id()),
            flow: id(to.contact_flow_id()),
        }),
        QuickConnectType::PhoneNumber => {
            let phone = config.phone_config();
            phone.map(|to| LiveDestination::Phone(to.phone_number().to_owned()))
        }
        QuickConnectType::Flow => {
            let flow = config.flow_config();
            flow.map(|to| LiveDestination::Flow(id(to.contact_flow_id())))
        }
        _ => None,
    }
}

/// The names of the quick connects that a queue offers, by id.
async fn offered(
    clients: &Clients,
    id: &str,
    queue: &str,
) -> Result<BTreeMap<String, String>, ApiError> {
    let request = clients.connect.list_queue_quick_connects().instance_id(id);
    let pages = request.queue_id(queue).into_paginator().items();
    let found = pages.send().try_collect().await;
    let found = found.map_err(|e| ApiError::new("connect:ListQueueQuickConnects", e))?;
    let named = found
        .iter()
        .filter_map(|it| Some((it.id()?.to_owned(), it.name()?.to_owned())));
    Ok(named.collect())
}

/// How AWS knows what quick connects lead to, as far as it exists.
pub(crate) struct Places<'a> {
    pub(crate) bindings: &'a flow::bind::Bindings,
    /// Ids of flows by title.
    pub(crate) flow_titles: &'a BTreeMap<String, String>,
    /// Ids of users by the name with which they sign in.
    pub(crate) users: &'a BTreeMap<String, String>,
}

impl Places<'_> {
    /// Where a quick connect leads, in ids; nothing if something of it does not exist.
    pub(crate) fn resolve(&self, to: &Destination) -> Option<LiveDestination> {
        Some(match to {
            Destination::Queue { queue, flow } => LiveDestination::Queue {
                queue: self.bound(RefKind::Queue, queue)?,
                flow: self.flow(flow)?,
            },
            Destination::User { user, flow } => LiveDestination::User {
                user: self.users.get(user)?.clone(),
                flow: self.flow(flow)?,
            },
            Destination::Phone(number) => LiveDestination::Phone(number.clone()),
            Destination::Flow(flow) => LiveDestination::Flow(self.flow(flow)?),
        })
    }

    fn bound(&self, kind: RefKind, name: &str) -> Option<String> {
        crate::remote::bound_id(self.bindings, kind, name)
    }

    /// A flow of a title may have come into being a moment ago, as one of ours.
    fn flow(&self, name: &FlowName) -> Option<String> {
        match name {
            FlowName::Ours(name) => self.bound(RefKind::Flow, name),
            FlowName::Titled(title) => {
                let mut bound = self.bindings.iter();
                let ours = bound.find(|(reference, target)| {
                    let is_titled = target.display_name.as_ref() == Some(title);
                    reference.kind == RefKind::Flow && is_titled
                });
                let ours = ours.map(|(_, target)| id_of(&target.arn).to_owned());
                ours.or_else(|| self.flow_titles.get(title).cloned())
            }
        }
    }
}
