//! The WebSocket of a participant: subscribing to `aws/chat`, heartbeats, and the items of the chat.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::delivery::Socket;
use super::tokens::{Bearer, Secret, Use};
use super::with_contact;
use crate::world::World;

/// The path of sockets; the address is its last segment.
pub(crate) const PATH: &str = "/participant/websocket";

/// Open sockets of one participant [doc].
const SOCKETS_PER_PARTICIPANT: usize = 5;

/// The address handed out by CreateParticipantConnection. chatjs takes `ws://127.0.0.1:PORT/` only.
pub(crate) fn url(world: &World, address: &Secret) -> String {
    format!("ws://{}{PATH}/{}", world.authority(), address.reveal())
}

/// Answers the handshake at an address.
pub(crate) fn upgrade(world: Arc<World>, address: &str, handshake: WebSocketUpgrade) -> Response {
    let now = world.clock.now();
    let bearer = world.chat().tokens.check(Some(address), Use::Socket, now);
    let Ok(bearer) = bearer else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let Some(opened) = open(&world, &bearer, address) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    handshake.on_upgrade(move |socket| serve(world, bearer, opened, socket))
}

/// A socket that is registered with its contact.
struct Opened {
    number: u64,
    /// What goes to the client, from the contact and from here.
    out: UnboundedReceiver<String>,
}

/// Registers a socket; nothing if the participant has too many.
fn open(world: &Arc<World>, bearer: &Bearer, address: &str) -> Option<Opened> {
    with_contact(world, &bearer.contact_id, |contact, scene| {
        let of_participant = contact
            .sockets
            .iter()
            .filter(|it| it.participant_id == bearer.participant_id)
            .count();
        if contact.has_ended() || of_participant >= SOCKETS_PER_PARTICIPANT {
            return None;
        }
        let (frames, out) = unbounded_channel();
        contact.alarm_number += 1;
        let number = contact.alarm_number;
        let address = scene.tokens.secret(address)?;
        contact.sockets.push(Socket {
            participant_id: bearer.participant_id.clone(),
            number,
            subscribed: false,
            frames,
            address,
        });
        Some(Opened { number, out })
    })
    .flatten()
}

/// Reads and writes until either side ends.
async fn serve(world: Arc<World>, bearer: Bearer, opened: Opened, mut socket: WebSocket) {
    let Opened { number, mut out } = opened;
    loop {
        tokio::select! {
            frame = out.recv() => match frame {
                Some(frame) => {
                    if socket.send(Message::Text(frame.into())).await.is_err() {
                        break;
                    }
                }
                // The contact let go of the socket: the chat or the participation is over.
                None => {
                    let _ = socket.send(Message::Close(None)).await;
                    break;
                }
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    // Nothing is awaited meanwhile: a client that does not read must not stop the
                    // time.
                    let _working = world.clock.in_flight();
                    if let Some(answer) = answer(&world, &bearer, number, &text) {
                        reply(&world, &bearer, number, &answer);
                    }
                    // Only after the answer, since joining may push items.
                    if asks_for_chat(&text) {
                        join(&world, &bearer);
                    }
                }
                Some(Ok(Message::Close(_))) | Some(Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    with_contact(&world, &bearer.contact_id, |contact, _| {
        contact.sockets.retain(|it| it.number != number);
    });
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn asks_for_chat(text: &str) -> bool {
    let frame = parse(text);
    let topics = frame["content"]["topics"].as_array();
    frame["topic"] == "aws/subscribe"
        && topics.is_some_and(|topics| topics.iter().any(|it| it == "aws/chat"))
}

/// What a frame of the client is answered; empty frames and unknown topics are not.
fn answer(world: &Arc<World>, bearer: &Bearer, number: u64, text: &str) -> Option<Value> {
    match parse(text)["topic"].as_str()? {
        "aws/heartbeat" => Some(json!({ "topic": "aws/heartbeat" })),
        "aws/ping" => Some(json!({
            "topic": "aws/ping",
            "statusCode": 200,
            "statusContent": "OK",
        })),
        "aws/subscribe" if asks_for_chat(text) => {
            subscribe(world, bearer, number, true);
            Some(json!({
                "topic": "aws/subscribe",
                "content": { "status": "success", "topics": ["aws/chat"] },
            }))
        }
        "aws/subscribe" => Some(json!({
            "topic": "aws/subscribe",
            "content": { "status": "failure", "topics": [] },
        })),
        "aws/unsubscribe" => {
            subscribe(world, bearer, number, false);
            None
        }
        _ => None,
    }
}

/// Answers go the way of the contact's items, in order with them.
fn reply(world: &Arc<World>, bearer: &Bearer, number: u64, answer: &Value) {
    with_contact(world, &bearer.contact_id, |contact, _| {
        let mut sockets = contact.sockets.iter();
        if let Some(socket) = sockets.find(|it| it.number == number) {
            // A socket that is just closing misses it.
            let _ = socket.frames.send(answer.to_string());
        }
    });
}

fn subscribe(world: &Arc<World>, bearer: &Bearer, number: u64, subscribed: bool) {
    with_contact(world, &bearer.contact_id, |contact, _| {
        let mut sockets = contact.sockets.iter_mut();
        if let Some(socket) = sockets.find(|it| it.number == number) {
            socket.subscribed = subscribed;
        }
    });
}

/// An open socket that is subscribed connects its participant [doc].
fn join(world: &Arc<World>, bearer: &Bearer) {
    with_contact(world, &bearer.contact_id, |contact, scene| {
        if !contact.has_ended() {
            contact.join(&bearer.participant_id, scene);
        }
    });
}
