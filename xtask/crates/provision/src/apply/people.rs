//! The calls that make and change security profiles and quick connects.

use aws_sdk_connect::operation::create_security_profile::builders::CreateSecurityProfileInputBuilder;
use aws_sdk_connect::types::{
    FlowQuickConnectConfig, PhoneNumberQuickConnectConfig, QueueQuickConnectConfig,
    QuickConnectConfig, QuickConnectType, UserQuickConnectConfig,
};
use flow::value::RefKind;

use super::{Applying, Failure, adopt};
use crate::address::{ResourceAddr, ResourceKind};
use crate::api_error::{ApiError, done};
use crate::infra::{Destination, FlowName};
use crate::live::{LiveDestination, Places, people};
use crate::plan::PeopleCall;

pub(super) async fn send(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
    call: &PeopleCall,
) -> Result<(), Failure> {
    match call {
        PeopleCall::CreateSecurityProfile => create_profile(applying, addr).await,
        PeopleCall::UpdateSecurityProfile => update_profile(applying, addr).await,
        PeopleCall::CreateQuickConnect => create_quick_connect(applying, addr).await,
        PeopleCall::UpdateQuickConnectDescription => describe_quick_connect(applying, addr).await,
        PeopleCall::UpdateQuickConnectConfig => lead_elsewhere(applying, addr).await,
        PeopleCall::AssociateQueueQuickConnects { quick_connects } => {
            offer(applying, &addr.name, quick_connects).await
        }
        PeopleCall::DisassociateQueueQuickConnects { ids } => {
            offer_no_longer(applying, &addr.name, ids).await
        }
    }
}

fn profile_request(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
) -> Result<CreateSecurityProfileInputBuilder, Failure> {
    let spec = &applying.desired.security_profiles[&addr.name];
    let tags = spec.only_tagged.clone();
    let kinds = spec.only_tagged_kinds.clone();
    Ok(CreateSecurityProfileInputBuilder::default()
        .instance_id(applying.instance_id()?)
        .security_profile_name(&addr.name)
        .set_description(spec.description.clone())
        .set_permissions(Some(spec.permissions.iter().cloned().collect()))
        .set_allowed_access_control_tags(tags.map(|it| it.into_iter().collect()))
        .set_tag_restricted_resources(kinds.map(|it| it.into_iter().collect()))
        .set_tags(Some(applying.desired.tags(addr).into_iter().collect())))
}

async fn create_profile(applying: &mut Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    const OPERATION: &str = "connect:CreateSecurityProfile";
    let (clients, id) = (applying.clients, applying.instance_id()?);
    let request = profile_request(applying, addr)?;
    let answer = request.send_with(&clients.connect).await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e));
    let answer = answer.and_then(|it| adopt::told(OPERATION, it.security_profile_arn()));
    let list = || people::list_security_profiles(clients, &id);
    let tags = async |listed| {
        let found = people::describe_security_profile(clients, &id, &listed).await?;
        Ok(found.tags)
    };
    let arn = adopt::created(applying, addr, &addr.name, answer, list, tags).await?;
    applying.arns.insert(addr.clone(), arn);
    Ok(())
}

/// Sends all that our sources say; the service leaves what is not sent.
async fn update_profile(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let spec = &applying.desired.security_profiles[&addr.name];
    let tags = spec.only_tagged.clone();
    let kinds = spec.only_tagged_kinds.clone();
    let request = applying.clients.connect.update_security_profile();
    let request = request
        .instance_id(applying.instance_id()?)
        .security_profile_id(applying.known_id(addr)?)
        .set_description(spec.description.clone())
        .set_permissions(Some(spec.permissions.iter().cloned().collect()))
        .set_allowed_access_control_tags(tags.map(|it| it.into_iter().collect()))
        .set_tag_restricted_resources(kinds.map(|it| it.into_iter().collect()));
    Ok(done("connect:UpdateSecurityProfile", request.send()).await?)
}

/// Where a quick connect leads, with the ids of what it names.
fn config(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<QuickConnectConfig, Failure> {
    let to = &applying.desired.quick_connects[&addr.name].to;
    let places = Places {
        bindings: &applying.bindings,
        flow_titles: &applying.flow_titles,
        users: &applying.users,
    };
    let resolved = places.resolve(to).ok_or_else(|| unresolved(to))?;
    let config = QuickConnectConfig::builder();
    let config = match resolved {
        LiveDestination::Queue { queue, flow } => {
            let to = QueueQuickConnectConfig::builder().queue_id(queue);
            let to = to.contact_flow_id(flow).build();
            let config = config.quick_connect_type(QuickConnectType::Queue);
            config.queue_config(to.expect("both members are set"))
        }
        LiveDestination::User { user, flow } => {
            let to = UserQuickConnectConfig::builder().user_id(user);
            let to = to.contact_flow_id(flow).build();
            let config = config.quick_connect_type(QuickConnectType::User);
            config.user_config(to.expect("both members are set"))
        }
        LiveDestination::Phone(number) => {
            let to = PhoneNumberQuickConnectConfig::builder().phone_number(number);
            let config = config.quick_connect_type(QuickConnectType::PhoneNumber);
            config.phone_config(to.build().expect("its one member is set"))
        }
        LiveDestination::Flow(flow) => {
            let to = FlowQuickConnectConfig::builder().contact_flow_id(flow);
            let config = config.quick_connect_type(QuickConnectType::Flow);
            config.flow_config(to.build().expect("its one member is set"))
        }
        LiveDestination::Other => return Err(unresolved(to)),
    };
    Ok(config.build().expect("the type is set"))
}

/// What is missing. That a user is, the plan has said.
fn unresolved(to: &Destination) -> Failure {
    let flow = to.flow().map(|flow| match flow {
        FlowName::Ours(name) | FlowName::Titled(name) => flow::value::Ref::new(RefKind::Flow, name),
    });
    let queue = match to {
        Destination::Queue { queue, .. } => Some(flow::value::Ref::new(RefKind::Queue, queue)),
        Destination::User { .. } | Destination::Phone(_) | Destination::Flow(_) => None,
    };
    Failure::Unbound(flow.into_iter().chain(queue).collect())
}

async fn create_quick_connect(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
) -> Result<(), Failure> {
    const OPERATION: &str = "connect:CreateQuickConnect";
    let (clients, id) = (applying.clients, applying.instance_id()?);
    let spec = &applying.desired.quick_connects[&addr.name];
    let request = clients.connect.create_quick_connect().instance_id(&id);
    let answer = request
        .name(&addr.name)
        .set_description(spec.description.clone())
        .quick_connect_config(config(applying, addr)?)
        .set_tags(Some(applying.desired.tags(addr).into_iter().collect()))
        .send()
        .await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e));
    let answer = answer.and_then(|it| adopt::told(OPERATION, it.quick_connect_arn()));
    let list = || people::list_quick_connects(clients, &id);
    let tags = async |listed| {
        let found = people::describe_quick_connect(clients, &id, &listed).await?;
        Ok(found.tags)
    };
    let arn = adopt::created(applying, addr, &addr.name, answer, list, tags).await?;
    applying.arns.insert(addr.clone(), arn);
    Ok(())
}

async fn describe_quick_connect(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
) -> Result<(), Failure> {
    let spec = &applying.desired.quick_connects[&addr.name];
    let request = applying.clients.connect.update_quick_connect_name();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.quick_connect_id(applying.known_id(addr)?);
    let request = request.set_description(spec.description.clone());
    Ok(done("connect:UpdateQuickConnectName", request.send()).await?)
}

async fn lead_elsewhere(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let request = applying.clients.connect.update_quick_connect_config();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.quick_connect_id(applying.known_id(addr)?);
    let request = request.quick_connect_config(config(applying, addr)?);
    Ok(done("connect:UpdateQuickConnectConfig", request.send()).await?)
}

async fn offer(applying: &Applying<'_>, queue: &str, names: &[String]) -> Result<(), Failure> {
    let ids: Result<Vec<String>, Failure> = names
        .iter()
        .map(|name| applying.known_id(&ResourceAddr::new(ResourceKind::QuickConnect, name)))
        .collect();
    let request = applying.clients.connect.associate_queue_quick_connects();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.queue_id(applying.id(RefKind::Queue, queue)?);
    let request = request.set_quick_connect_ids(Some(ids?));
    Ok(done("connect:AssociateQueueQuickConnects", request.send()).await?)
}

async fn offer_no_longer(
    applying: &Applying<'_>,
    queue: &str,
    ids: &[String],
) -> Result<(), Failure> {
    let connect = &applying.clients.connect;
    let request = connect.disassociate_queue_quick_connects();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.queue_id(applying.id(RefKind::Queue, queue)?);
    let request = request.set_quick_connect_ids(Some(ids.to_vec()));
    Ok(done("connect:DisassociateQueueQuickConnects", request.send()).await?)
}
