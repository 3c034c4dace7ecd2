//! The calls that make and change hours, queues and routing profiles.

use aws_sdk_connect::operation::create_hours_of_operation::builders::CreateHoursOfOperationInputBuilder;
use aws_sdk_connect::operation::create_queue::builders::CreateQueueInputBuilder;
use aws_sdk_connect::operation::create_routing_profile::builders::CreateRoutingProfileInputBuilder;
use aws_sdk_connect::types::{
    Channel, HoursOfOperationConfig, HoursOfOperationDays, HoursOfOperationTimeSlice,
    MediaConcurrency, QueueStatus, RoutingProfileQueueConfig, RoutingProfileQueueReference,
};
use flow::value::RefKind;

use super::{Applying, Failure, adopt};
use crate::address::{ResourceAddr, ResourceKind};
use crate::api_error::{ApiError, done};
use crate::infra::{OpenTime, RoutedQueue, RoutingProfileSpec};
use crate::live::connect;
use crate::plan::RoutingCall;

pub(super) async fn send(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
    call: &RoutingCall,
) -> Result<(), Failure> {
    let name = addr.name.as_str();
    match call {
        RoutingCall::CreateHoursOfOperation => create_hours(applying, addr).await,
        RoutingCall::UpdateHoursOfOperation => update_hours(applying, name).await,
        RoutingCall::CreateQueue => create_queue(applying, addr).await,
        RoutingCall::UpdateQueueDescription => describe_queue(applying, name).await,
        RoutingCall::UpdateQueueStatus => enable_queue(applying, name).await,
        RoutingCall::UpdateQueueHoursOfOperation => set_hours(applying, name).await,
        RoutingCall::UpdateQueueMaxContacts => limit_queue(applying, name).await,
        RoutingCall::CreateRoutingProfile => create_profile(applying, addr).await,
        RoutingCall::UpdateRoutingProfileDescription => describe_profile(applying, name).await,
        RoutingCall::UpdateRoutingProfileConcurrency => set_concurrency(applying, name).await,
        RoutingCall::UpdateRoutingProfileDefaultOutboundQueue => {
            set_outbound_queue(applying, name).await
        }
        RoutingCall::AssociateRoutingProfileQueues { queues } => {
            associate_queues(applying, name, queues).await
        }
        RoutingCall::UpdateRoutingProfileQueues { queues } => {
            update_queues(applying, name, queues).await
        }
        RoutingCall::DisassociateRoutingProfileQueues { queue_ids } => {
            disassociate_queues(applying, name, queue_ids).await
        }
    }
}

fn open_config(open: &[OpenTime]) -> Vec<HoursOfOperationConfig> {
    let slice = |minutes: u16| {
        HoursOfOperationTimeSlice::builder()
            .hours(i32::from(minutes / 60))
            .minutes(i32::from(minutes % 60))
            .build()
            .expect("both members are set")
    };
    let configs = open.iter().map(|time| {
        HoursOfOperationConfig::builder()
            .day(HoursOfOperationDays::from(time.day.as_str()))
            .start_time(slice(time.from))
            .end_time(slice(time.to))
            .build()
            .expect("every member is set")
    });
    configs.collect()
}

fn hours_request(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
) -> Result<CreateHoursOfOperationInputBuilder, Failure> {
    let spec = &applying.desired.hours[&addr.name];
    Ok(CreateHoursOfOperationInputBuilder::default()
        .instance_id(applying.instance_id()?)
        .name(&addr.name)
        .set_description(spec.description.clone())
        .time_zone(&spec.time_zone)
        .set_config(Some(open_config(&spec.open)))
        .set_tags(Some(applying.desired.tags(addr).into_iter().collect())))
}

async fn create_hours(applying: &mut Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    const OPERATION: &str = "connect:CreateHoursOfOperation";
    let (clients, id) = (applying.clients, applying.instance_id()?);
    let request = hours_request(applying, addr)?;
    let answer = request.send_with(&clients.connect).await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e));
    let answer = answer.and_then(|it| adopt::told(OPERATION, it.hours_of_operation_arn()));
    let list = || connect::list_hours(clients, &id);
    let tags = async |listed| Ok(connect::describe_hours(clients, &id, listed).await?.1.tags);
    let arn = adopt::created(applying, addr, &addr.name, answer, list, tags).await?;
    applying.bind(RefKind::Hours, &addr.name, &arn, &addr.name);
    Ok(())
}

async fn update_hours(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let spec = &applying.desired.hours[name];
    let request = applying.clients.connect.update_hours_of_operation();
    let answer = request
        .instance_id(applying.instance_id()?)
        .hours_of_operation_id(applying.id(RefKind::Hours, name)?)
        .set_description(spec.description.clone())
        .time_zone(&spec.time_zone)
        .set_config(Some(open_config(&spec.open)))
        .send()
        .await;
    answer.map_err(|e| ApiError::new("connect:UpdateHoursOfOperation", e))?;
    Ok(())
}

fn queue_request(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
) -> Result<CreateQueueInputBuilder, Failure> {
    let spec = &applying.desired.queues[&addr.name];
    Ok(CreateQueueInputBuilder::default()
        .instance_id(applying.instance_id()?)
        .name(&addr.name)
        .set_description(spec.description.clone())
        .hours_of_operation_id(applying.id(RefKind::Hours, &spec.hours)?)
        .set_max_contacts(spec.max_contacts)
        .set_tags(Some(applying.desired.tags(addr).into_iter().collect())))
}

async fn create_queue(applying: &mut Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    const OPERATION: &str = "connect:CreateQueue";
    let (clients, id) = (applying.clients, applying.instance_id()?);
    let request = queue_request(applying, addr)?;
    let answer = request.send_with(&clients.connect).await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e));
    let answer = answer.and_then(|it| adopt::told(OPERATION, it.queue_arn()));
    let list = || connect::list_queues(clients, &id);
    let tags = async |listed| Ok(connect::describe_queue(clients, &id, listed).await?.1.tags);
    let arn = adopt::created(applying, addr, &addr.name, answer, list, tags).await?;
    applying.bind(RefKind::Queue, &addr.name, &arn, &addr.name);
    Ok(())
}

async fn describe_queue(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let description = applying.desired.queues[name].description.clone();
    let request = applying.clients.connect.update_queue_name();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.queue_id(applying.id(RefKind::Queue, name)?);
    let request = request.name(name).set_description(description);
    Ok(done("connect:UpdateQueueName", request.send()).await?)
}

async fn enable_queue(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let request = applying.clients.connect.update_queue_status();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.queue_id(applying.id(RefKind::Queue, name)?);
    let request = request.status(QueueStatus::Enabled);
    Ok(done("connect:UpdateQueueStatus", request.send()).await?)
}

async fn limit_queue(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let request = applying.clients.connect.update_queue_max_contacts();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.queue_id(applying.id(RefKind::Queue, name)?);
    let request = request.set_max_contacts(applying.desired.queues[name].max_contacts);
    Ok(done("connect:UpdateQueueMaxContacts", request.send()).await?)
}

async fn set_hours(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let hours = &applying.desired.queues[name].hours;
    let request = applying.clients.connect.update_queue_hours_of_operation();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.queue_id(applying.id(RefKind::Queue, name)?);
    let request = request.hours_of_operation_id(applying.id(RefKind::Hours, hours)?);
    Ok(done("connect:UpdateQueueHoursOfOperation", request.send()).await?)
}

fn concurrency(spec: &RoutingProfileSpec) -> MediaConcurrency {
    MediaConcurrency::builder()
        .channel(Channel::Chat)
        .concurrency(spec.chats_at_once)
        .build()
        .expect("both members are set")
}

fn queue_config(
    applying: &Applying<'_>,
    routed: &RoutedQueue,
) -> Result<RoutingProfileQueueConfig, Failure> {
    let config = RoutingProfileQueueConfig::builder()
        .queue_reference(reference(
            &applying.id(RefKind::Queue, &routed.queue)?,
            routed.channel.as_str(),
        ))
        .priority(routed.priority)
        .delay(routed.delay_seconds)
        .build();
    Ok(config.expect("every member is set"))
}

fn reference(queue_id: &str, channel: &str) -> RoutingProfileQueueReference {
    RoutingProfileQueueReference::builder()
        .queue_id(queue_id)
        .channel(Channel::from(channel))
        .build()
        .expect("both members are set")
}

/// The configurations of some of a profile's queues.
fn queue_configs(
    applying: &Applying<'_>,
    spec: &RoutingProfileSpec,
    queues: &[String],
) -> Result<Vec<RoutingProfileQueueConfig>, Failure> {
    let routed = spec
        .queues
        .iter()
        .filter(|routed| queues.contains(&routed.queue));
    routed
        .map(|routed| queue_config(applying, routed))
        .collect()
}

fn profile_request(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
) -> Result<CreateRoutingProfileInputBuilder, Failure> {
    let spec = &applying.desired.routing_profiles[&addr.name];
    let queues = spec
        .queues
        .iter()
        .map(|routed| queue_config(applying, routed));
    let queues: Vec<_> = queues.collect::<Result<_, _>>()?;
    Ok(CreateRoutingProfileInputBuilder::default()
        .instance_id(applying.instance_id()?)
        .name(&addr.name)
        .description(&spec.description)
        .default_outbound_queue_id(applying.id(RefKind::Queue, &spec.default_outbound_queue)?)
        .media_concurrencies(concurrency(spec))
        .set_queue_configs(Some(queues))
        .set_tags(Some(applying.desired.tags(addr).into_iter().collect())))
}

async fn create_profile(applying: &mut Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    const OPERATION: &str = "connect:CreateRoutingProfile";
    let (clients, id) = (applying.clients, applying.instance_id()?);
    let request = profile_request(applying, addr)?;
    let answer = request.send_with(&clients.connect).await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e));
    let answer = answer.and_then(|it| adopt::told(OPERATION, it.routing_profile_arn()));
    let list = || connect::list_routing_profiles(clients, &id);
    let tags = async |listed| {
        let (_, live) = connect::describe_routing_profile(clients, &id, listed).await?;
        Ok(live.tags)
    };
    let arn = adopt::created(applying, addr, &addr.name, answer, list, tags).await?;
    applying.arns.insert(addr.clone(), arn);
    Ok(())
}

/// The id of a profile that is there or was made by this run.
fn profile_id(applying: &Applying<'_>, name: &str) -> Result<String, Failure> {
    applying.known_id(&ResourceAddr::new(ResourceKind::RoutingProfile, name))
}

async fn describe_profile(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let spec = &applying.desired.routing_profiles[name];
    let request = applying.clients.connect.update_routing_profile_name();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.routing_profile_id(profile_id(applying, name)?);
    let request = request.name(name).description(&spec.description);
    Ok(done("connect:UpdateRoutingProfileName", request.send()).await?)
}

async fn set_concurrency(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let spec = &applying.desired.routing_profiles[name];
    let request = applying
        .clients
        .connect
        .update_routing_profile_concurrency();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.routing_profile_id(profile_id(applying, name)?);
    let request = request.media_concurrencies(concurrency(spec));
    Ok(done("connect:UpdateRoutingProfileConcurrency", request.send()).await?)
}

async fn set_outbound_queue(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    const OPERATION: &str = "connect:UpdateRoutingProfileDefaultOutboundQueue";
    let queue = &applying.desired.routing_profiles[name].default_outbound_queue;
    let connect = &applying.clients.connect;
    let request = connect.update_routing_profile_default_outbound_queue();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.routing_profile_id(profile_id(applying, name)?);
    let request = request.default_outbound_queue_id(applying.id(RefKind::Queue, queue)?);
    Ok(done(OPERATION, request.send()).await?)
}

async fn associate_queues(
    applying: &Applying<'_>,
    name: &str,
    queues: &[String],
) -> Result<(), Failure> {
    let spec = &applying.desired.routing_profiles[name];
    let request = applying.clients.connect.associate_routing_profile_queues();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.routing_profile_id(profile_id(applying, name)?);
    let request = request.set_queue_configs(Some(queue_configs(applying, spec, queues)?));
    Ok(done("connect:AssociateRoutingProfileQueues", request.send()).await?)
}

async fn update_queues(
    applying: &Applying<'_>,
    name: &str,
    queues: &[String],
) -> Result<(), Failure> {
    let spec = &applying.desired.routing_profiles[name];
    let request = applying.clients.connect.update_routing_profile_queues();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.routing_profile_id(profile_id(applying, name)?);
    let request = request.set_queue_configs(Some(queue_configs(applying, spec, queues)?));
    Ok(done("connect:UpdateRoutingProfileQueues", request.send()).await?)
}

async fn disassociate_queues(
    applying: &Applying<'_>,
    name: &str,
    queue_ids: &[(String, String)],
) -> Result<(), Failure> {
    let gone = queue_ids.iter().map(|(id, channel)| reference(id, channel));
    let connect = &applying.clients.connect;
    let request = connect.disassociate_routing_profile_queues();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.routing_profile_id(profile_id(applying, name)?);
    let request = request.set_queue_references(Some(gone.collect()));
    Ok(done("connect:DisassociateRoutingProfileQueues", request.send()).await?)
}
