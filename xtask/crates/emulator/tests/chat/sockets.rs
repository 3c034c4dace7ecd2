//! The WebSocket as chatjs uses it.

use std::time::Duration;

use aws_sdk_connectparticipant::types::ConnectionType;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::bench::{Bench, Chat};

/// An open socket and the connection token that came with it.
struct Session {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    token: String,
}

/// The address of a socket, and a connection token.
async fn details(bench: &Bench, chat: &Chat) -> (String, String) {
    let answer = bench
        .participants
        .create_participant_connection()
        .r#type(ConnectionType::Websocket)
        .r#type(ConnectionType::ConnectionCredentials)
        .participant_token(&chat.token)
        .send()
        .await
        .unwrap();
    let credentials = answer.connection_credentials.unwrap();
    (
        answer.websocket.unwrap().url.unwrap(),
        credentials.connection_token.unwrap(),
    )
}

impl Session {
    async fn open(bench: &Bench, chat: &Chat) -> Self {
        let (url, token) = details(bench, chat).await;
        // chatjs takes an address of this form and no other without TLS.
        assert!(url.starts_with("ws://127.0.0.1:"), "{url}");
        let (socket, _) = connect_async(url).await.unwrap();
        Self { socket, token }
    }

    async fn send(&mut self, frame: Value) {
        let frame = Message::Text(frame.to_string().into());
        self.socket.send(frame).await.unwrap();
    }

    /// The next frame, or nothing once the server has closed the socket.
    async fn frame(&mut self) -> Option<Value> {
        let next = tokio::time::timeout(Duration::from_secs(10), self.socket.next());
        match next.await.expect("a frame comes soon") {
            Some(Ok(Message::Text(text))) => Some(serde_json::from_str(&text).unwrap()),
            _ => None,
        }
    }

    async fn subscribe(&mut self) {
        self.send(json!({ "topic": "aws/subscribe", "content": { "topics": ["aws/chat"] } }))
            .await;
        assert_eq!(
            self.frame().await.unwrap(),
            json!({
                "topic": "aws/subscribe",
                "content": { "status": "success", "topics": ["aws/chat"] },
            })
        );
    }

    /// The item of the next frame on `aws/chat`.
    async fn item(&mut self) -> Option<Value> {
        let frame = self.frame().await?;
        assert_eq!(frame["topic"], "aws/chat");
        assert_eq!(frame["contentType"], "application/json");
        Some(serde_json::from_str(frame["content"].as_str().unwrap()).unwrap())
    }
}

fn event(name: &str) -> String {
    format!("application/vnd.amazonaws.connect.event.{name}")
}

#[tokio::test]
async fn subscribing_starts_the_flow_and_shows_the_chat() {
    let bench = Bench::start().await;
    let chat = bench.start_chat().await;
    let mut session = Session::open(&bench, &chat).await;
    session.send(json!({ "topic": "aws/heartbeat" })).await;
    let heartbeat = session.frame().await.unwrap();
    assert_eq!(heartbeat, json!({ "topic": "aws/heartbeat" }));
    session.send(json!({ "topic": "aws/ping" })).await;
    assert_eq!(session.frame().await.unwrap()["statusCode"], 200);
    assert_eq!(bench.state(&chat.id), "starting");

    session.subscribe().await;
    let joined = session.item().await.unwrap();
    assert_eq!(joined["ContentType"], event("participant.joined"));
    let greeting = session.item().await.unwrap();
    assert_eq!(greeting["Content"], "Hello");
    assert_eq!(greeting["ParticipantRole"], "SYSTEM");
    assert_eq!(greeting["ContactId"], chat.id.as_str());
    assert_eq!(greeting["InitialContactId"], chat.id.as_str());

    // The sender's own messages come back with the id that SendMessage gave.
    let sent = bench
        .participants
        .send_message()
        .content_type("text/plain")
        .content("Hi")
        .connection_token(&session.token)
        .send()
        .await
        .unwrap();
    let echo = session.item().await.unwrap();
    assert_eq!(echo["Id"], sent.id.unwrap().as_str());
    assert_eq!(echo["AbsoluteTime"], sent.absolute_time.unwrap().as_str());

    bench
        .participants
        .disconnect_participant()
        .connection_token(&session.token)
        .send()
        .await
        .unwrap();
    let left = session.item().await.unwrap();
    assert_eq!(left["ContentType"], event("participant.left"));
    let ended = session.item().await.unwrap();
    assert_eq!(ended["ContentType"], event("chat.ended"));
    assert_eq!(session.frame().await, None);
}

#[tokio::test]
async fn an_address_opens_for_a_hundred_seconds() {
    let bench = Bench::start().await;
    let chat = bench.start_chat().await;
    let (url, _) = details(&bench, &chat).await;
    bench.emulator.advance(Duration::from_secs(99)).await;
    connect_async(&url).await.unwrap();
    bench.emulator.advance(Duration::from_secs(1)).await;
    assert!(is_forbidden(connect_async(&url).await.err()));
}

#[tokio::test]
async fn the_address_of_somebody_who_left_opens_nothing() {
    let bench = Bench::start().await;
    let chat = bench.start_chat().await;
    let (url, token) = details(&bench, &chat).await;
    let disconnect = bench.participants.disconnect_participant();
    let left = disconnect.connection_token(token).send().await;
    left.unwrap();
    assert!(is_forbidden(connect_async(&url).await.err()));
    assert_eq!(bench.state(&chat.id), "ended");
}

#[tokio::test]
async fn a_client_that_does_not_read_does_not_stop_the_time() {
    let bench = Bench::start().await;
    let chat = bench.start_chat().await;
    let mut session = Session::open(&bench, &chat).await;
    let flood = async {
        loop {
            let frame = json!({ "topic": "aws/ping" }).to_string();
            if session
                .socket
                .send(Message::Text(frame.into()))
                .await
                .is_err()
            {
                return;
            }
        }
    };
    // Until the answers fill all buffers and the server no longer reads.
    let _ = tokio::time::timeout(Duration::from_secs(2), flood).await;
    let advance = bench.emulator.advance(Duration::from_secs(1));
    tokio::time::timeout(Duration::from_secs(5), advance)
        .await
        .expect("time goes on");
}

#[tokio::test]
async fn a_participant_has_five_sockets_at_most() {
    let bench = Bench::start().await;
    let chat = bench.start_chat().await;
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(Session::open(&bench, &chat).await);
    }
    let (url, _) = details(&bench, &chat).await;
    assert!(is_forbidden(connect_async(&url).await.err()));
    // Two of them are subscribed, as while chatjs replaces one by the other; both are shown all.
    for session in &mut open[..2] {
        session.subscribe().await;
    }
    bench.set_attribute(&chat.id, "name", "Ann").await;
    let person = bench.connect(&chat.token).await.unwrap();
    person.say("Hi").await.unwrap();
    for session in &mut open[..2] {
        loop {
            let item = session.item().await.unwrap();
            if item["Content"] == "Hi" {
                break;
            }
        }
    }
}

fn is_forbidden(error: Option<tungstenite::Error>) -> bool {
    matches!(error, Some(tungstenite::Error::Http(response)) if response.status() == 403)
}
