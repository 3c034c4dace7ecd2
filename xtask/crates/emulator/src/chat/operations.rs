//! The contact operations of the Connect API.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use flow_engine::contact::{attributes_fit, is_attribute_key};
use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::alarm::Alarm;
use super::body::Body;
use super::contact::{BOT_CONNECT_LIMIT, Contact};
use super::delivery::Stream;
use super::idle::TimerType;
use super::item::Role;
use super::start::{DURATION_MINUTES, start_chat_contact};
use super::tokens::{Secret, after, iso};
use super::{Scene, with_contact};
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

/// What an operation answers.
pub(super) type Answer = Result<Response, ServiceError>;

/// The longest message; the documents disagree about less, and none allows more.
pub(crate) const MESSAGE_MAX: usize = 16_384;

/// Topics of a contact [doc].
const TOPICS_PER_CONTACT: usize = 2;

/// Timers of UpdateParticipantRoleConfig, in minutes [doc].
const TIMER_MINUTES: std::ops::RangeInclusive<u64> = 2..=480;

/// Carries out an operation on contacts; nothing if it is not one of these.
pub(crate) async fn handle(
    world: &Arc<World>,
    operation: &'static str,
    request: &Request,
) -> Option<Answer> {
    Some(match operation {
        "StartChatContact" => start_chat_contact(world, request),
        "StopContact" => stop_contact(world, request),
        "CreateParticipant" => create_participant(world, request),
        "StartContactStreaming" => start_contact_streaming(world, request),
        "StopContactStreaming" => stop_contact_streaming(world, request),
        "UpdateParticipantRoleConfig" => update_participant_role_config(world, request),
        "DescribeContact" => describe_contact(world, request),
        "GetContactAttributes" => get_contact_attributes(world, request),
        "UpdateContactAttributes" => update_contact_attributes(world, request),
        _ => return None,
    })
}

fn stop_contact(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::connect(request)?;
    let (instance, contact) = (body.required("InstanceId")?, body.required("ContactId")?);
    on_contact(world, instance, contact, |contact, scene| {
        if contact.has_ended() {
            return Err(body.refuse("the contact has ended"));
        }
        contact.end("StopContact", scene);
        Ok(Response::empty())
    })
}

fn create_participant(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::connect(request)?;
    let (instance, contact) = (body.required("InstanceId")?, body.required("ContactId")?);
    let details = body.required_part("ParticipantDetails")?;
    let role = details.required("ParticipantRole")?;
    if role != Role::CustomBot.as_str() {
        return Err(body.refuse("ParticipantRole must be CUSTOM_BOT for a chat"));
    }
    let display_name = details.sized("DisplayName", 256)?;
    let client_token = body.text("ClientToken")?;
    on_contact(world, instance, contact, |contact, scene| {
        let before = client_token.and_then(|token| contact.created.get(token));
        if let Some(before) = before.and_then(|id| contact.participant(id)) {
            let id = before.sender.participant_id.clone();
            let token = before.token.clone();
            return Ok(participant_answer(contact, &id, &token));
        }
        // Which error AWS gives is not documented; the operation models a conflict with the state of
        // the contact.
        let conflict = |why| Err(ServiceError::new(409, "ConflictException", why));
        if contact.has_ended() {
            return conflict("the contact has ended");
        }
        if contact.has(Role::Agent) {
            return conflict("an agent is on the contact");
        }
        if contact.has(Role::CustomBot) {
            return conflict("the contact has a custom participant already");
        }
        let (id, token) = contact.invite(Role::CustomBot, display_name, scene);
        if let Some(client_token) = client_token {
            contact.created.insert(client_token.to_owned(), id.clone());
        }
        contact.set_alarm(world, Alarm::BotConnect(id.clone()), BOT_CONNECT_LIMIT);
        contact.record(scene, "created", &[("role", role)]);
        Ok(participant_answer(contact, &id, &token))
    })
}

fn participant_answer(contact: &Contact, id: &str, token: &Secret) -> Response {
    // The token lives as long as its participant is in the chat, at the longest seven days.
    let longest = Duration::from_secs(DURATION_MINUTES.end() * 60);
    Response::json(&json!({
        "ParticipantCredentials": {
            "ParticipantToken": token.reveal(),
            "Expiry": iso(after(contact.times.started, longest)),
        },
        "ParticipantId": id,
    }))
}

fn start_contact_streaming(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::connect(request)?;
    let (instance, contact) = (body.required("InstanceId")?, body.required("ContactId")?);
    let configuration = body.required_part("ChatStreamingConfiguration")?;
    let topic = configuration.sized("StreamingEndpointArn", 350)?;
    let client_token = body.sized("ClientToken", 500)?;
    check_topic(world, topic)?;
    on_contact(world, instance, contact, |contact, scene| {
        let mut streams = contact.streams.iter();
        if let Some(stream) = streams.find(|it| it.client_token == client_token) {
            return Ok(Response::json(&json!({ "StreamingId": stream.id })));
        }
        if contact.has_ended() {
            return Err(body.refuse("the contact has ended"));
        }
        if contact.streams.len() >= TOPICS_PER_CONTACT {
            let message = format!("a contact can stream to {TOPICS_PER_CONTACT} topics");
            return Err(ServiceError::new(429, "LimitExceededException", message));
        }
        let id = contact.stream_to(topic.to_owned(), client_token);
        contact.record(scene, "streaming", &[("topic", topic)]);
        Ok(Response::json(&json!({ "StreamingId": id })))
    })
}

impl Contact {
    pub(super) fn stream_to(&mut self, topic_arn: String, client_token: &str) -> String {
        let id = Uuid::new_v4().to_string();
        self.streams.push(Stream {
            id: id.clone(),
            topic_arn,
            client_token: client_token.to_owned(),
        });
        id
    }
}

/// A standard topic in the instance's region; it may belong to another account [doc].
pub(super) fn check_topic(world: &World, topic_arn: &str) -> Result<(), ServiceError> {
    let refuse = |why: &str| Err(ServiceError::new(400, "InvalidParameterException", why));
    let parts: Vec<&str> = topic_arn.split(':').collect();
    let ["arn", _, "sns", region, account, name] = parts[..] else {
        return refuse("StreamingEndpointArn must be the ARN of an SNS topic");
    };
    if region != world.region {
        return refuse("the topic must be in the region of the instance");
    }
    if name.ends_with(".fifo") {
        return refuse("the topic must be a standard topic");
    }
    if account == world.account && !world.sns.is_standard_topic(topic_arn) {
        return refuse("there is no such standard topic");
    }
    Ok(())
}

fn stop_contact_streaming(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::connect(request)?;
    let (instance, contact) = (body.required("InstanceId")?, body.required("ContactId")?);
    let id = body.sized("StreamingId", 100)?;
    on_contact(world, instance, contact, |contact, _| {
        let Some(position) = contact.streams.iter().position(|it| it.id == id) else {
            return Err(not_found("streaming"));
        };
        contact.streams.remove(position);
        Ok(Response::empty())
    })
}

fn update_participant_role_config(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::connect(request)?;
    let (instance, contact) = (segment(request, 2)?, segment(request, 3)?);
    let chat = body
        .required_part("ChannelConfiguration")?
        .required_part("Chat")?;
    let timers = chat.parts("ParticipantTimerConfigList")?;
    if !(1..=6).contains(&timers.len()) {
        return Err(body.refuse("ParticipantTimerConfigList must have 1 to 6 items"));
    }
    let mut changes = HashMap::new();
    for timer in &timers {
        let (key, value) = timer_of(timer)?;
        if changes.insert(key, value).is_some() {
            return Err(body.refuse("a timer is given twice"));
        }
    }
    on_contact(world, instance, contact, |contact, scene| {
        if contact.has_ended() {
            return Err(body.refuse("the contact has ended"));
        }
        for (key, minutes) in changes {
            match minutes {
                Some(minutes) => contact.role_config.insert(key, minutes),
                None => contact.role_config.remove(&key),
            };
        }
        contact.record(scene, "timers-configured", &[]);
        Ok(Response::empty())
    })
}

/// A timer and its minutes; none removes it.
fn timer_of(timer: &Body) -> Result<((Role, TimerType), Option<u64>), ServiceError> {
    let role = match timer.required("ParticipantRole")? {
        "CUSTOMER" => Role::Customer,
        "AGENT" => Role::Agent,
        _ => return Err(timer.refuse("ParticipantRole must be CUSTOMER or AGENT")),
    };
    let kind = match timer.required("TimerType")? {
        "IDLE" => TimerType::Idle,
        "DISCONNECT_NONCUSTOMER" => TimerType::DisconnectNoncustomer,
        _ => return Err(timer.refuse("TimerType must be IDLE or DISCONNECT_NONCUSTOMER")),
    };
    let value = timer.required_part("TimerValue")?;
    let minutes = value.number("ParticipantTimerDurationInMinutes", TIMER_MINUTES)?;
    let minutes = match (value.text("ParticipantTimerAction")?, minutes) {
        (Some("Unset"), None) => None,
        (None, Some(minutes)) => Some(minutes),
        _ => return Err(timer.refuse("TimerValue must be a duration or the action Unset")),
    };
    Ok(((role, kind), minutes))
}

fn describe_contact(world: &Arc<World>, request: &Request) -> Answer {
    let (instance, contact) = (segment(request, 1)?, segment(request, 2)?);
    on_contact(world, instance, contact, |contact, _| {
        Ok(Response::json(&json!({ "Contact": contact.described() })))
    })
}

impl Contact {
    fn described(&self) -> Value {
        let data = &self.data;
        let mut contact = Map::new();
        let mut set = |name: &str, value: Value| {
            if !value.is_null() {
                contact.insert(name.to_owned(), value);
            }
        };
        let arn = format!("{}/contact/{}", data.instance_arn, data.contact_id);
        set("Arn", arn.into());
        set("Id", data.contact_id.as_str().into());
        set("InitialContactId", data.initial_contact_id.as_str().into());
        set("PreviousContactId", json!(data.previous_contact_id));
        set("InitiationMethod", data.initiation_method.as_str().into());
        set("Name", json!(data.name));
        set("Description", json!(data.description));
        set("Channel", data.channel.as_str().into());
        set("CustomerId", json!(data.customer_id));
        if let (Some(queue), Some(since)) = (&data.queue, self.times.enqueued) {
            let since = epoch_seconds(since);
            set(
                "QueueInfo",
                json!({ "Id": queue.id, "EnqueueTimestamp": since }),
            );
        }
        if let Some(since) = self.times.agent_joined {
            let since = epoch_seconds(since);
            set("AgentInfo", json!({ "ConnectedToAgentTimestamp": since }));
        }
        set("InitiationTimestamp", epoch_seconds(self.times.started));
        let ended = self.times.ended.map(epoch_seconds);
        set("DisconnectTimestamp", ended.unwrap_or_default());
        set("LastUpdateTimestamp", epoch_seconds(self.times.updated));
        let connected = self.times.connected.map(epoch_seconds);
        set("ConnectedToSystemTimestamp", connected.unwrap_or_default());
        let segment_attributes: Map<String, Value> = data
            .segment_attributes
            .iter()
            .map(|(key, value)| (key.clone(), json!({ "ValueString": value })))
            .collect();
        set("SegmentAttributes", segment_attributes.into());
        Value::Object(contact)
    }
}

/// The user attributes of a request, checked on their own.
pub(super) fn attributes_of(body: &Body) -> Result<IndexMap<String, String>, ServiceError> {
    let mut attributes = IndexMap::new();
    let Some(given) = body.part("Attributes")? else {
        return Ok(attributes);
    };
    for key in given.names() {
        if !is_attribute_key(key) {
            return Err(body
                .refuse("attribute keys can have letters, digits, hyphens and underscores only"));
        }
        let value = given.text(key)?.unwrap_or_default();
        attributes.insert(key.to_owned(), value.to_owned());
    }
    if attributes_fit(&attributes) {
        Ok(attributes)
    } else {
        Err(too_large(body))
    }
}

fn too_large(body: &Body) -> ServiceError {
    body.refuse("the attributes of a contact can have 32768 bytes in all")
}

fn get_contact_attributes(world: &Arc<World>, request: &Request) -> Answer {
    let (instance, contact) = (segment(request, 2)?, segment(request, 3)?);
    on_contact(world, instance, contact, |contact, _| {
        Ok(Response::json(
            &json!({ "Attributes": contact.data.attributes }),
        ))
    })
}

/// Works on ended contacts as well [doc].
fn update_contact_attributes(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::connect(request)?;
    let instance = body.required("InstanceId")?;
    let contact = body.required("InitialContactId")?;
    if !body.has("Attributes") {
        return Err(body.refuse("Attributes is required"));
    }
    let changes = attributes_of(&body)?;
    on_contact(world, instance, contact, |contact, scene| {
        let mut attributes = contact.data.attributes.clone();
        attributes.extend(changes);
        if !attributes_fit(&attributes) {
            return Err(too_large(&body));
        }
        contact.data.attributes = attributes;
        contact.touch(scene.world);
        contact.record(scene, "attributes-updated", &[]);
        Ok(Response::empty())
    })
}

/// Works on a contact of an instance.
fn on_contact(
    world: &Arc<World>,
    instance_id: &str,
    contact_id: &str,
    work: impl FnOnce(&mut Contact, &mut Scene<'_>) -> Answer,
) -> Answer {
    with_contact(world, contact_id, |contact, scene| {
        let instance = scene
            .connect
            .instance(instance_id)
            .ok_or_else(|| not_found("instance"))?;
        if instance.id != contact.instance_id {
            return Err(not_found("contact"));
        }
        work(contact, scene)
    })
    .unwrap_or_else(|| Err(not_found("contact")))
}

/// A segment of the path; the routes make sure that it is there.
fn segment(request: &Request, position: usize) -> Result<&str, ServiceError> {
    let segment = request.path.get(position).map(String::as_str);
    segment.ok_or_else(|| not_found("contact"))
}

pub(super) fn not_found(what: &str) -> ServiceError {
    ServiceError::new(
        404,
        "ResourceNotFoundException",
        format!("{what} not found"),
    )
}

/// As the control plane writes times.
fn epoch_seconds(time: Timestamp) -> Value {
    json!(time.as_millisecond() as f64 / 1000.0)
}
