//! The Participant Service: what customers, bots and agents do in a chat, each with its own token.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::body::Body;
use super::contact::{Contact, Participant};
use super::item::{Draft, Receipt, Role, event};
use super::operations::MESSAGE_MAX;
use super::tokens::{Bearer, SOCKET_ADDRESS_LIFE, Use, after, iso};
use super::transcript::Window;
use super::{Scene, socket, with_contact};
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

type Answer = Result<Response, ServiceError>;

/// The operation that a request means, implemented or not.
pub(crate) fn operation(request: &Request) -> Option<&'static str> {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    Some(match (&request.method, path.as_slice()) {
        (&Method::POST, ["participant", "connection"]) => "CreateParticipantConnection",
        (&Method::POST, ["participant", "message"]) => "SendMessage",
        (&Method::POST, ["participant", "event"]) => "SendEvent",
        (&Method::POST, ["participant", "transcript"]) => "GetTranscript",
        (&Method::POST, ["participant", "disconnect"]) => "DisconnectParticipant",
        (&Method::POST, ["participant", "attachment"]) => "GetAttachment",
        (&Method::POST, ["participant", "start-attachment-upload"]) => "StartAttachmentUpload",
        (&Method::POST, ["participant", "complete-attachment-upload"]) => {
            "CompleteAttachmentUpload"
        }
        (&Method::GET, ["participant", "views", _]) => "DescribeView",
        (&Method::POST, ["participant", "authentication-url"]) => "GetAuthenticationUrl",
        (&Method::POST, ["participant", "cancel-authentication"]) => {
            "CancelParticipantAuthentication"
        }
        _ => return None,
    })
}

/// Carries out an operation; nothing if it is not implemented.
pub(crate) async fn handle(
    world: &Arc<World>,
    operation: &'static str,
    request: &Request,
) -> Option<Answer> {
    Some(match operation {
        "CreateParticipantConnection" => create_participant_connection(world, request),
        "SendMessage" => send_message(world, request),
        "SendEvent" => send_event(world, request),
        "GetTranscript" => get_transcript(world, request),
        "DisconnectParticipant" => disconnect_participant(world, request),
        _ => return None,
    })
}

/// How long a WebSocket is said to last. AWS does not document it; chatjs reconnects before.
const SOCKET_LIFE: Duration = Duration::from_secs(60 * 60);

fn create_participant_connection(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::participant(request)?;
    let types = body.texts("Type")?;
    let connect = body.flag("ConnectParticipant")?;
    let known = ["WEBSOCKET", "CONNECTION_CREDENTIALS"];
    if types.iter().any(|it| !known.contains(&it.as_str())) {
        return Err(body.refuse("Type must be WEBSOCKET or CONNECTION_CREDENTIALS for a chat"));
    }
    if types.is_empty() && !connect {
        return Err(body.refuse("Type is required"));
    }
    let wants = |name: &str| types.iter().any(|it| it == name);
    as_bearer(
        world,
        request,
        Use::Participant,
        |bearer, contact, scene| {
            let mut answer = json!({});
            if wants("CONNECTION_CREDENTIALS") {
                let (token, expires) = contact.open_connection(&bearer.participant_id, scene);
                answer["ConnectionCredentials"] = json!({
                    "ConnectionToken": token.reveal(),
                    "Expiry": iso(expires),
                });
            }
            if wants("WEBSOCKET") {
                let now = scene.world.clock.now();
                let until = Some(after(now, SOCKET_ADDRESS_LIFE));
                let address = scene.tokens.issue(
                    Use::Socket,
                    &bearer.contact_id,
                    &bearer.participant_id,
                    until,
                );
                // Dies with its participant, whether it was opened or not.
                contact.hold(&bearer.participant_id, address.clone());
                answer["Websocket"] = json!({
                    "Url": socket::url(scene.world, &address),
                    "ConnectionExpiry": iso(after(now, SOCKET_LIFE)),
                });
            }
            if connect {
                note_connection_without_streaming(contact, bearer, scene);
                contact.join(&bearer.participant_id, scene);
            }
            Ok(Response::json(&answer))
        },
    )
}

/// AWS documents ConnectParticipant for customers whose chat streams already, and says nothing of
/// others. It is taken here, so that a customer without a WebSocket can chat, and remarked upon.
fn note_connection_without_streaming(contact: &Contact, bearer: &Bearer, scene: &Scene<'_>) {
    let role = contact
        .participant(&bearer.participant_id)
        .map(|it| it.sender.role);
    if role == Some(Role::Customer) && contact.streams.is_empty() {
        contact.record(scene, "connected-without-streaming", &[]);
    }
}

/// Content types of messages beside those that a contact lists [doc].
const INTERACTIVE_RESPONSE: &str = "application/vnd.amazonaws.connect.message.interactive.response";

fn send_message(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::participant(request)?;
    let content_type = body.sized("ContentType", 100)?;
    let content = body.required("Content")?;
    if content.is_empty() || content.len() > MESSAGE_MAX {
        return Err(body.refuse(format!("Content must have 1 to {MESSAGE_MAX} bytes")));
    }
    let client_token = body.text("ClientToken")?;
    as_connected(world, request, |bearer, contact, scene| {
        let supported = contact.supported_content_types.iter();
        if !supported.clone().any(|it| it == content_type) {
            return Err(body.refuse("the content type is not supported by this contact"));
        }
        if content_type == INTERACTIVE_RESPONSE && !is_interactive_response(content) {
            let why = "Message content is not a valid InteractiveMessageResponse";
            return Err(body.refuse(why));
        }
        let key = client_token.map(|token| (bearer.participant_id.clone(), token.to_owned()));
        if let Some((id, time)) = key.as_ref().and_then(|key| contact.sent.get(key)) {
            return Ok(identity(id, *time));
        }
        let participant = sender_of(contact, bearer)?;
        let sender = participant.sender.clone();
        let role = sender.role;
        let message = Draft::Message {
            content_type: content_type.to_owned(),
            content: content.to_owned(),
        };
        contact.record(scene, "message", &[("role", role.as_str())]);
        contact.not_idle(role, scene);
        let (id, time) = contact.add(Some(sender), message, scene);
        if let Some(key) = key {
            contact.sent.insert(key, (id.clone(), time));
        }
        if role == Role::Customer {
            contact.customer_returned(scene);
        }
        Ok(identity(&id, time))
    })
}

/// `version` 1.0 and an `action` of at most 200 characters [S].
fn is_interactive_response(content: &str) -> bool {
    let content: Value = serde_json::from_str(content).unwrap_or_default();
    let action = content["action"].as_str().unwrap_or_default();
    content["version"] == "1.0" && (1..=200).contains(&action.chars().count())
}

fn send_event(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::participant(request)?;
    let content_type = body.sized("ContentType", 100)?;
    let name = content_type.strip_prefix(event::PREFIX).unwrap_or_default();
    let Some(name) = [
        event::TYPING,
        event::DELIVERED,
        event::READ,
        event::ACKNOWLEDGED,
    ]
    .into_iter()
    .find(|it| *it == name) else {
        return Err(body.refuse("the content type is not one of an event that can be sent"));
    };
    let content = body.text("Content")?.unwrap_or_default();
    as_connected(world, request, |bearer, contact, scene| {
        let sender = sender_of(contact, bearer)?.sender.clone();
        let draft = match name {
            event::DELIVERED | event::READ => {
                Draft::Receipt(name, receipt(&body, content, bearer, contact)?)
            }
            // Receipts are not told apart by their ClientToken: chatjs sends the same for all [S].
            _ => Draft::Event(name),
        };
        if name == event::ACKNOWLEDGED {
            // Without effect since it was retired at the end of 2024 [doc].
            let now = scene.world.clock.now();
            return Ok(identity(&uuid::Uuid::new_v4().to_string(), now));
        }
        let (id, time) = contact.add(Some(sender), draft, scene);
        Ok(identity(&id, time))
    })
}

fn receipt(
    body: &Body,
    content: &str,
    bearer: &Bearer,
    contact: &Contact,
) -> Result<Receipt, ServiceError> {
    let active = contact.participants.iter().filter(|it| it.is_connected());
    if active.count() > 2 {
        let why = "receipts are for chats of two participants";
        return Err(ServiceError::new(409, "ConflictException", why));
    }
    let content: Value = serde_json::from_str(content).unwrap_or_default();
    match content["messageId"].as_str() {
        Some(message_id) if contact.items.iter().any(|it| it.id == message_id) => Ok(Receipt {
            message_id: message_id.to_owned(),
            recipient_id: bearer.participant_id.clone(),
        }),
        _ => Err(body.refuse("Content must be JSON with the messageId of a message")),
    }
}

fn get_transcript(world: &Arc<World>, request: &Request) -> Answer {
    let body = Body::participant(request)?;
    let window = Window::read(&body)?;
    as_connected(world, request, |bearer, contact, _| {
        if let Some(id) = body.text("ContactId")?
            && id != bearer.contact_id
        {
            return Err(body.refuse("ContactId is not a contact of this chat"));
        }
        window.answer(contact, &body)
    })
}

fn disconnect_participant(world: &Arc<World>, request: &Request) -> Answer {
    as_connected(world, request, |bearer, contact, scene| {
        contact.leave(&bearer.participant_id, scene);
        Ok(Response::empty())
    })
}

/// Only who has joined can speak. A customer who only holds credentials counts as connecting, since
/// AWS does not say that a WebSocket must be open first.
fn sender_of<'c>(contact: &'c Contact, bearer: &Bearer) -> Result<&'c Participant, ServiceError> {
    let participant = contact.participant(&bearer.participant_id);
    match participant {
        Some(it) if it.is_connected() || it.sender.role == Role::Customer => Ok(it),
        _ => Err(ServiceError::new(
            403,
            "AccessDeniedException",
            "Access denied",
        )),
    }
}

fn identity(id: &str, time: jiff::Timestamp) -> Response {
    Response::json(&json!({ "Id": id, "AbsoluteTime": iso(time) }))
}

fn as_connected(
    world: &Arc<World>,
    request: &Request,
    work: impl FnOnce(&Bearer, &mut Contact, &mut Scene<'_>) -> Answer,
) -> Answer {
    as_bearer(world, request, Use::Connection, work)
}

/// Works for whoever the bearer token belongs to.
fn as_bearer(
    world: &Arc<World>,
    request: &Request,
    used_for: Use,
    work: impl FnOnce(&Bearer, &mut Contact, &mut Scene<'_>) -> Answer,
) -> Answer {
    let now = world.clock.now();
    let bearer = world.chat().tokens.check(request.bearer(), used_for, now)?;
    with_contact(world, &bearer.contact_id, |contact, scene| {
        // The token may have died since it was checked.
        scene.tokens.check(request.bearer(), used_for, now)?;
        work(&bearer, contact, scene)
    })
    .unwrap_or_else(|| {
        Err(ServiceError::new(
            403,
            "AccessDeniedException",
            "Access denied",
        ))
    })
}
