//! StartChatContact: a contact whose flow starts once the customer has connected.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use flow_engine::contact::Contact as FlowContact;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::alarm::Alarm;
use super::body::Body;
use super::contact::{CUSTOMER_CONNECT_LIMIT, Contact, Phase, Times};
use super::idle::IdleTimers;
use super::item::{Draft, Role, TEXT_PLAIN};
use super::operations::{Answer, MESSAGE_MAX, attributes_of, check_topic, not_found};
use super::running::flow_document;
use super::tokens::Secret;
use super::{Scene, State, count_up};
use crate::connect::state::{Instance, PublishedFlow};
use crate::quotas::Quota;
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

/// What StartChatContact answered.
#[derive(Clone)]
pub(crate) struct StartedChat {
    contact_id: String,
    participant_id: String,
    token: Secret,
    streaming_id: Option<String>,
}

impl StartedChat {
    fn answer(&self) -> Response {
        let mut answer = json!({
            "ContactId": self.contact_id,
            "ParticipantId": self.participant_id,
            "ParticipantToken": self.token.reveal(),
        });
        if let Some(id) = &self.streaming_id {
            answer["StreamingId"] = id.as_str().into();
        }
        Response::json(&answer)
    }
}

/// How long a chat may be, in minutes [doc].
pub(crate) const DURATION_MINUTES: std::ops::RangeInclusive<u64> = 60..=10_080;
const DEFAULT_DURATION_MINUTES: u64 = 25 * 60;

/// The members of a request that make a chat.
struct ChatRequest {
    display_name: String,
    attributes: IndexMap<String, String>,
    segment_attributes: IndexMap<String, String>,
    supported_content_types: Vec<String>,
    /// Content type and content.
    initial_message: Option<(String, String)>,
    customer_id: Option<String>,
    duration: Duration,
    topic: Option<String>,
    client_token: Option<String>,
}

impl ChatRequest {
    fn read(body: &Body) -> Result<Self, ServiceError> {
        body.not_emulated(
            "StartChatContact",
            &[
                "PersistentChat",
                "RelatedContactId",
                "ConnectionTypes",
                "ParticipantConfiguration",
                "DisconnectOnCustomerExit",
            ],
        )?;
        let details = body.required_part("ParticipantDetails")?;
        let minutes = body
            .number("ChatDurationInMinutes", DURATION_MINUTES)?
            .unwrap_or(DEFAULT_DURATION_MINUTES);
        let supported_content_types = supported_content_types(body)?;
        Ok(Self {
            display_name: details.sized("DisplayName", 256)?.to_owned(),
            attributes: attributes_of(body)?,
            segment_attributes: segment_attributes(body)?,
            initial_message: initial_message(body, &supported_content_types)?,
            supported_content_types,
            customer_id: body.text("CustomerId")?.map(str::to_owned),
            duration: Duration::from_secs(minutes * 60),
            topic: body
                .part("ChatStreamingConfiguration")?
                .map(|it| it.sized("StreamingEndpointArn", 350).map(str::to_owned))
                .transpose()?,
            client_token: body.text("ClientToken")?.map(str::to_owned),
        })
    }
}

pub(super) fn start_chat_contact(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::connect(request)?;
    let asked = ChatRequest::read(&body)?;
    let connect = world.connect();
    let instance = connect
        .instance(body.required("InstanceId")?)
        .ok_or_else(|| not_found("instance"))?;
    if !instance.is_active(world.clock.now()) {
        return Err(body.refuse("the instance is not active yet"));
    }
    let flow = instance
        .published_flow(body.required("ContactFlowId")?)
        .ok_or_else(|| not_found("flow"))?;
    if let Some(topic) = &asked.topic {
        check_topic(world, topic)?;
    }
    let mut chat = world.chat();
    let State {
        contacts,
        tokens,
        load,
        started,
    } = &mut *chat;
    let key = asked.client_token.clone();
    let key = key.map(|token| (instance.id.clone(), token));
    if let Some(started) = key.as_ref().and_then(|key| started.get(key)) {
        return Ok(started.answer());
    }
    let most = world.quotas.value(Quota::ActiveChats);
    let active = load.active.get(&instance.id).copied().unwrap_or(0);
    if u32::try_from(active).is_ok_and(|active| active >= most) {
        let message = format!("there are {most} active chats already");
        return Err(ServiceError::new(429, "LimitExceededException", message));
    }
    let mut scene = Scene {
        world,
        connect: &connect,
        tokens,
        load,
    };
    let (contact, answer) = begin(asked, instance, &flow, &mut scene);
    contacts.insert(answer.contact_id.clone(), contact);
    let response = answer.answer();
    if let Some(key) = key {
        started.insert(key, answer);
    }
    Ok(response)
}

/// Makes the contact with its customer, who has five minutes to connect.
fn begin(
    asked: ChatRequest,
    instance: &Instance,
    flow: &PublishedFlow,
    scene: &mut Scene<'_>,
) -> (Contact, StartedChat) {
    let (display_name, duration) = (asked.display_name.clone(), asked.duration);
    let topic = asked.topic.clone();
    let mut contact = Contact::starting(asked, instance, flow, scene);
    count_up(&mut scene.load.active, &instance.id);
    let (participant_id, token) = contact.invite(Role::Customer, &display_name, scene);
    // Started with the chat, so that no ClientToken of StartContactStreaming can name it.
    let streaming_id = topic.map(|topic| contact.stream_to(topic, ""));
    contact.set_alarm(scene.world, Alarm::CustomerConnect, CUSTOMER_CONNECT_LIMIT);
    contact.set_alarm(scene.world, Alarm::ChatDuration, duration);
    contact.record(scene, "started", &[("flow", &flow.name)]);
    let answer = StartedChat {
        contact_id: contact.data.contact_id.clone(),
        participant_id,
        token,
        streaming_id,
    };
    (contact, answer)
}

impl Contact {
    fn starting(
        asked: ChatRequest,
        instance: &Instance,
        flow: &PublishedFlow,
        scene: &Scene<'_>,
    ) -> Self {
        let id = Uuid::new_v4().to_string();
        let now = scene.world.clock.now();
        let said = asked.initial_message.as_ref();
        Self {
            instance_id: instance.id.clone(),
            data: FlowContact {
                contact_id: id.clone(),
                initial_contact_id: id,
                instance_arn: instance.arn.clone(),
                region: scene.world.region.clone(),
                channel: "CHAT".to_owned(),
                initiation_method: "API".to_owned(),
                customer_id: asked.customer_id,
                initial_message: said.map(|(_, content)| content.clone()),
                segment_attributes: asked.segment_attributes,
                attributes: asked.attributes,
                ..FlowContact::default()
            },
            phase: Phase::Starting,
            participants: Vec::new(),
            items: Vec::new(),
            latest_item: Timestamp::MIN,
            streams: Vec::new(),
            sockets: Vec::new(),
            first_flow: flow_document(flow),
            running: None,
            call_number: 0,
            steps_recorded: 0,
            role_config: HashMap::new(),
            idle: IdleTimers::default(),
            alarms: HashMap::new(),
            alarm_number: 0,
            initial_message: asked
                .initial_message
                .map(|(content_type, content)| Draft::Message {
                    content_type,
                    content,
                }),
            supported_content_types: asked.supported_content_types,
            times: Times {
                started: now,
                updated: now,
                connected: None,
                enqueued: None,
                agent_joined: None,
                ended: None,
            },
            error: None,
            created: HashMap::new(),
            sent: HashMap::new(),
        }
    }
}

fn segment_attributes(body: &Body) -> Result<IndexMap<String, String>, ServiceError> {
    let mut attributes = IndexMap::new();
    attributes.insert("connect:Subtype".to_owned(), "connect:Chat".to_owned());
    if let Some(given) = body.part("SegmentAttributes")? {
        for key in given.names() {
            let value = given.required_part(key)?;
            attributes.insert(key.to_owned(), value.required("ValueString")?.to_owned());
        }
    }
    Ok(attributes)
}

/// Must contain text/plain [doc], which is also all there is if nothing is said.
fn supported_content_types(body: &Body) -> Result<Vec<String>, ServiceError> {
    let supported = body.texts("SupportedMessagingContentTypes")?;
    if supported.is_empty() {
        return Ok(vec![TEXT_PLAIN.to_owned()]);
    }
    if supported.iter().any(|it| it == TEXT_PLAIN) {
        Ok(supported)
    } else {
        Err(body.refuse("SupportedMessagingContentTypes must contain text/plain"))
    }
}

fn initial_message(
    body: &Body,
    supported: &[String],
) -> Result<Option<(String, String)>, ServiceError> {
    let Some(message) = body.part("InitialMessage")? else {
        return Ok(None);
    };
    let content_type = message.sized("ContentType", 100)?;
    if !supported.iter().any(|it| it == content_type) {
        return Err(body.refuse("the content type of InitialMessage is not supported"));
    }
    let content = message.sized("Content", MESSAGE_MAX)?;
    Ok(Some((content_type.to_owned(), content.to_owned())))
}
