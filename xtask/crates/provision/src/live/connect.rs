//! Reads the Connect instance, and hours, queues and routing profiles on it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_connect::types::{self, InstanceStorageResourceType, QueueStatus, QueueType};
use flow::value::{Ref, RefKind};
use futures_util::try_join;

use super::media;
use super::people;
use super::read::each;
use super::{
    InstanceRef, Live, LiveHours, LiveInstance, LiveQueue, LiveRoutingProfile, LiveStorage,
};
use crate::address::{ResourceAddr, ResourceKind};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::{Bucket, Desired, Place};
use crate::infra::{Channel, Day, HoursSpec, OpenTime, RoutedQueue};
use crate::tags::Tags;

/// Something of a list.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) name: String,
}

impl Listed {
    /// What has no id, ARN or name cannot be referred to.
    pub(super) fn new(id: Option<&str>, arn: Option<&str>, name: Option<&str>) -> Option<Self> {
        Some(Self {
            id: id?.to_owned(),
            arn: arn?.to_owned(),
            name: name?.to_owned(),
        })
    }
}

/// The instance of this alias.
pub(crate) async fn instance(
    clients: &Clients,
    alias: &str,
) -> Result<Option<LiveInstance>, ApiError> {
    Ok(instances(clients, alias).await?.0)
}

/// The instance of this alias, and the ids of those of this alias that could not be made: the
/// service shows them for a day.
pub(super) async fn instances(
    clients: &Clients,
    alias: &str,
) -> Result<(Option<LiveInstance>, Vec<String>), ApiError> {
    let pages = clients.connect.list_instances().into_paginator();
    let summaries = pages.items().send().try_collect().await;
    let summaries = summaries.map_err(|e| ApiError::new("connect:ListInstances", e))?;
    let ours = summaries
        .iter()
        .filter(|summary| summary.instance_alias() == Some(alias));
    let (failed, there): (Vec<_>, Vec<_>) = ours.partition(|summary| {
        summary.instance_status() == Some(&types::InstanceStatus::CreationFailed)
    });
    let failed = failed.iter().filter_map(|summary| summary.id());
    let failed = failed.map(str::to_owned).collect();
    let instance = there.first().and_then(|summary| {
        let remote = InstanceRef {
            id: summary.id()?.to_owned(),
            arn: summary.arn()?.to_owned(),
        };
        let status = summary.instance_status();
        Some(LiveInstance {
            remote,
            status: status
                .map_or("UNKNOWN", |status| status.as_str())
                .to_owned(),
            tags: None,
            identity: None,
        })
    });
    Ok((instance, failed))
}

/// The instance and all on it that is made with the foundation.
pub(super) async fn foundation(
    clients: &Clients,
    desired: &Desired,
    live: &mut Live,
) -> Result<(), ApiError> {
    let Some(instance) = &mut live.instance else {
        return Ok(());
    };
    let id = instance.remote.id.clone();
    describe_instance(clients, instance).await?;
    if instance.status != "ACTIVE" {
        return Ok(());
    }
    let (attributes, storage, origins, hours, queues) = try_join!(
        attributes(clients, desired, &id),
        storage(clients, desired, &id),
        origins(clients, desired, &id),
        list_hours(clients, &id),
        list_queues(clients, &id),
    )?;
    let profiles = list_routing_profiles(clients, &id).await?;
    let (security_profiles, prompts, views, lex_bots) = try_join!(
        people::security_profiles(clients, desired, &id),
        media::prompts(clients, desired, &id),
        media::views(clients, desired, &id),
        media::lex_bots(clients, desired, &id),
    )?;
    live.security_profiles = known(live, ResourceKind::SecurityProfile, security_profiles);
    live.prompts = known(live, ResourceKind::Prompt, prompts);
    live.views = known(live, ResourceKind::View, views);
    live.lex_bots = lex_bots;
    live.attributes = attributes;
    live.storage = storage;
    live.origins = origins;
    bind(live, RefKind::Hours, &hours);
    bind(live, RefKind::Queue, &queues);
    live.counts = BTreeMap::from([
        (ResourceKind::Hours, hours.len()),
        (ResourceKind::Queue, queues.len()),
        (ResourceKind::RoutingProfile, profiles.len()),
    ]);
    let hours = managed(&hours, |name| desired.hours.contains_key(name));
    let queues = managed(&queues, |name| desired.queues.contains_key(name));
    let profiles = managed(&profiles, |name| {
        desired.routing_profiles.contains_key(name)
    });
    let (hours, queues, profiles) = try_join!(
        each(hours, |listed| describe_hours(clients, &id, listed)),
        each(queues, |listed| describe_queue(clients, &id, listed)),
        each(profiles, |listed| describe_routing_profile(
            clients, &id, listed
        )),
    )?;
    live.hours = hours.into_iter().collect();
    live.queues = queues.into_iter().collect();
    live.routing_profiles = known(live, ResourceKind::RoutingProfile, profiles);
    Ok(())
}

/// Keeps the ARNs of things and gives the things by their names.
fn known<T>(live: &mut Live, kind: ResourceKind, found: Vec<(Listed, T)>) -> BTreeMap<String, T> {
    let named = found.into_iter().map(|(listed, found)| {
        let addr = ResourceAddr::new(kind, &listed.name);
        live.arns.insert(addr, listed.arn);
        (listed.name, found)
    });
    named.collect()
}

pub(super) fn managed(listed: &[Listed], is_ours: impl Fn(&str) -> bool) -> Vec<Listed> {
    let listed = listed.iter();
    listed
        .filter(|listed| is_ours(&listed.name))
        .cloned()
        .collect()
}

/// Everything on the instance can be referred to by its name.
pub(super) fn bind(live: &mut Live, kind: RefKind, listed: &[Listed]) {
    for Listed { arn, name, .. } in listed {
        live.bindings
            .insert(Ref::new(kind, name), arn, Some(name.clone()));
    }
}

async fn describe_instance(clients: &Clients, instance: &mut LiveInstance) -> Result<(), ApiError> {
    let request = clients.connect.describe_instance();
    let answer = request.instance_id(&instance.remote.id).send().await;
    let answer = answer.map_err(|e| ApiError::new("connect:DescribeInstance", e))?;
    let Some(found) = answer.instance() else {
        return Err(ApiError::incomplete("connect:DescribeInstance", "instance"));
    };
    instance.tags = Some(tags(found.tags()));
    instance.identity = found
        .identity_management_type()
        .map(|kind| kind.as_str().to_owned());
    if let Some(status) = found.instance_status() {
        instance.status = status.as_str().to_owned();
    }
    Ok(())
}

async fn attributes(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<BTreeMap<String, bool>, ApiError> {
    if desired.instance.attributes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let pages = clients
        .connect
        .list_instance_attributes()
        .instance_id(id)
        .into_paginator();
    let attributes = pages.items().send().try_collect().await;
    let attributes = attributes.map_err(|e| ApiError::new("connect:ListInstanceAttributes", e))?;
    let pairs = attributes.iter().filter_map(|attribute| {
        let name = attribute.attribute_type()?.as_str().to_owned();
        Some((name, attribute.value()? == "true"))
    });
    Ok(pairs.collect())
}

async fn storage(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<BTreeMap<String, LiveStorage>, ApiError> {
    let found = each(desired.storage.keys(), |kind| storage_of(clients, id, kind)).await?;
    Ok(found.into_iter().flatten().collect())
}

async fn storage_of(
    clients: &Clients,
    id: &str,
    kind: &str,
) -> Result<Option<(String, LiveStorage)>, ApiError> {
    let request = clients
        .connect
        .list_instance_storage_configs()
        .instance_id(id);
    let request = request.resource_type(InstanceStorageResourceType::from(kind));
    let configs = request.into_paginator().items().send().try_collect().await;
    let configs = configs.map_err(|e| ApiError::new("connect:ListInstanceStorageConfigs", e))?;
    // The service takes one configuration per kind of data.
    let config = configs.into_iter().next();
    let storage = config.and_then(|config| {
        let s3 = config.s3_config();
        let bucket = s3.map(|s3| {
            Place::Bucket(Bucket {
                name: s3.bucket_name().to_owned(),
                prefix: s3.bucket_prefix().to_owned(),
            })
        });
        let stream = config.kinesis_stream_config().map(|it| it.stream_arn());
        let firehose = config.kinesis_firehose_config();
        let stream = stream.or(firehose.map(|it| it.firehose_arn()));
        let stream = stream.map(|arn| Place::Stream(arn.to_owned()));
        let encryption = s3.and_then(|s3| s3.encryption_config());
        Some(LiveStorage {
            association_id: config.association_id()?.to_owned(),
            place: bucket.or(stream),
            key: encryption.map(|it| it.key_id().to_owned()),
        })
    });
    Ok(storage.map(|storage| (kind.to_owned(), storage)))
}

async fn origins(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<BTreeSet<String>, ApiError> {
    if desired.instance.approved_origins.is_empty() {
        return Ok(BTreeSet::new());
    }
    let pages = clients
        .connect
        .list_approved_origins()
        .instance_id(id)
        .into_paginator();
    let origins = pages.items().send().try_collect().await;
    let origins: Vec<String> =
        origins.map_err(|e| ApiError::new("connect:ListApprovedOrigins", e))?;
    Ok(origins.into_iter().collect())
}

pub(crate) async fn list_hours(clients: &Clients, id: &str) -> Result<Vec<Listed>, ApiError> {
    let pages = clients
        .connect
        .list_hours_of_operations()
        .instance_id(id)
        .into_paginator();
    let hours = pages.items().send().try_collect().await;
    let hours = hours.map_err(|e| ApiError::new("connect:ListHoursOfOperations", e))?;
    let listed = hours.iter();
    Ok(listed
        .filter_map(|h| Listed::new(h.id(), h.arn(), h.name()))
        .collect())
}

pub(crate) async fn list_queues(clients: &Clients, id: &str) -> Result<Vec<Listed>, ApiError> {
    // Every agent has a queue as well; those are not meant.
    let request = clients.connect.list_queues().instance_id(id);
    let pages = request.queue_types(QueueType::Standard).into_paginator();
    let queues = pages.items().send().try_collect().await;
    let queues = queues.map_err(|e| ApiError::new("connect:ListQueues", e))?;
    let listed = queues.iter();
    Ok(listed
        .filter_map(|q| Listed::new(q.id(), q.arn(), q.name()))
        .collect())
}

pub(crate) async fn list_routing_profiles(
    clients: &Clients,
    id: &str,
) -> Result<Vec<Listed>, ApiError> {
    let pages = clients
        .connect
        .list_routing_profiles()
        .instance_id(id)
        .into_paginator();
    let profiles = pages.items().send().try_collect().await;
    let profiles = profiles.map_err(|e| ApiError::new("connect:ListRoutingProfiles", e))?;
    let listed = profiles.iter();
    Ok(listed
        .filter_map(|p| Listed::new(p.id(), p.arn(), p.name()))
        .collect())
}

pub(crate) async fn describe_hours(
    clients: &Clients,
    id: &str,
    listed: Listed,
) -> Result<(String, LiveHours), ApiError> {
    const OPERATION: &str = "connect:DescribeHoursOfOperation";
    let request = clients
        .connect
        .describe_hours_of_operation()
        .instance_id(id);
    let answer = request.hours_of_operation_id(&listed.id).send().await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
    let Some(hours) = answer.hours_of_operation() else {
        return Err(ApiError::incomplete(OPERATION, "hours"));
    };
    let mut open: Vec<OpenTime> = hours.config().iter().filter_map(open_time).collect();
    open.sort_unstable();
    let spec = HoursSpec {
        description: hours
            .description()
            .filter(|d| !d.is_empty())
            .map(str::to_owned),
        time_zone: hours.time_zone().unwrap_or_default().to_owned(),
        open,
    };
    let tags = tags(hours.tags());
    Ok((listed.name, LiveHours { spec, tags }))
}

fn open_time(config: &types::HoursOfOperationConfig) -> Option<OpenTime> {
    let minutes = |slice: &types::HoursOfOperationTimeSlice| {
        u16::try_from(slice.hours() * 60 + slice.minutes()).ok()
    };
    Some(OpenTime {
        day: Day::parse(config.day().as_str())?,
        from: minutes(config.start_time()?)?,
        to: minutes(config.end_time()?)?,
    })
}

pub(crate) async fn describe_queue(
    clients: &Clients,
    id: &str,
    listed: Listed,
) -> Result<(String, LiveQueue), ApiError> {
    const OPERATION: &str = "connect:DescribeQueue";
    let request = clients
        .connect
        .describe_queue()
        .instance_id(id)
        .queue_id(&listed.id);
    let answer = request.send().await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
    let Some(queue) = answer.queue() else {
        return Err(ApiError::incomplete(OPERATION, "queue"));
    };
    let live = LiveQueue {
        description: queue
            .description()
            .filter(|d| !d.is_empty())
            .map(str::to_owned),
        hours_id: queue.hours_of_operation_id().unwrap_or_default().to_owned(),
        max_contacts: queue.max_contacts(),
        enabled: queue.status() != Some(&QueueStatus::Disabled),
        tags: tags(queue.tags()),
    };
    Ok((listed.name, live))
}

pub(crate) async fn describe_routing_profile(
    clients: &Clients,
    id: &str,
    listed: Listed,
) -> Result<(Listed, LiveRoutingProfile), ApiError> {
    const OPERATION: &str = "connect:DescribeRoutingProfile";
    let request = clients.connect.describe_routing_profile().instance_id(id);
    let answer = request.routing_profile_id(&listed.id).send().await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
    let Some(profile) = answer.routing_profile() else {
        return Err(ApiError::incomplete(OPERATION, "routing profile"));
    };
    let chat = profile.media_concurrencies().iter();
    let mut chat = chat.filter(|media| *media.channel() == types::Channel::Chat);
    let outbound = profile.default_outbound_queue_id().unwrap_or_default();
    let live = LiveRoutingProfile {
        queues: routed_queues(clients, id, &listed.id).await?,
        description: profile.description().unwrap_or_default().to_owned(),
        chats_at_once: chat.next().map(types::MediaConcurrency::concurrency),
        default_outbound_queue_id: outbound.to_owned(),
        tags: tags(profile.tags()),
    };
    Ok((listed, live))
}

async fn routed_queues(
    clients: &Clients,
    id: &str,
    profile: &str,
) -> Result<Vec<RoutedQueue>, ApiError> {
    let request = clients
        .connect
        .list_routing_profile_queues()
        .instance_id(id);
    let pages = request.routing_profile_id(profile).into_paginator();
    let queues = pages.items().send().try_collect().await;
    let queues = queues.map_err(|e| ApiError::new("connect:ListRoutingProfileQueues", e))?;
    let routed = queues.iter().filter_map(|queue| {
        Some(RoutedQueue {
            queue: queue.queue_id().to_owned(),
            channel: Channel::parse(queue.channel().as_str())?,
            priority: queue.priority(),
            delay_seconds: queue.delay(),
        })
    });
    Ok(routed.collect())
}

pub(super) fn tags(tags: Option<&std::collections::HashMap<String, String>>) -> Tags {
    let tags = tags.into_iter().flatten();
    tags.map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
