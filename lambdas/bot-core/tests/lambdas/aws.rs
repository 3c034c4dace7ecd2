//! A server on loopback that plays the three services: Connect and the Participant Service from a script, DynamoDB
//! with real conditions. It keeps every request in the order of arrival.
//!
//! It knows nothing of chats; what Connect would refuse has to be scripted.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_connect::config::{Credentials, SharedCredentialsProvider, retry::RetryConfig};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use winterbaume_core::{MockRequest, MockService};
use winterbaume_dynamodb::DynamoDbService;

pub(crate) const TABLE: &str = "chat-sessions";

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) operation: String,
    /// The bearer token of the Participant Service.
    pub(crate) token: Option<String>,
    pub(crate) path: String,
    pub(crate) body: Value,
}

/// What a scripted call gets instead of the usual answer.
#[derive(Debug, Clone)]
pub(crate) enum Instead {
    /// An answer, and no effect.
    Answer(u16, &'static str, Value),
    /// The effect, and then a 500: the answer was lost.
    Lost,
    /// No answer at all.
    Silence,
}

struct Rule {
    operation: &'static str,
    containing: String,
    times: usize,
    instead: Instead,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    rules: Vec<Rule>,
    transcript: Vec<Value>,
    /// From this call on every one fails, after its effect if the flag is set.
    cut: Option<(usize, bool)>,
    made: usize,
    connections: usize,
}

/// The services, as long as the handle lives.
#[derive(Clone)]
pub(crate) struct Aws {
    endpoint: String,
    state: Arc<Mutex<State>>,
    table: Arc<DynamoDbService>,
}

impl Aws {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let aws = Self {
            endpoint,
            state: Arc::default(),
            table: Arc::new(DynamoDbService::new()),
        };
        let server = aws.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        aws.create_table().await;
        aws
    }

    /// An SDK configuration for these services, with one attempt per call.
    pub(crate) fn sdk(&self) -> SdkConfig {
        let credentials = Credentials::new("AKIATEST", "test", None, None, "tests");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-2"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(&self.endpoint)
            .retry_config(RetryConfig::disabled())
            .build()
    }

    /// The next `times` calls of an operation whose body contains a text go as told.
    pub(crate) fn script(
        &self,
        operation: &'static str,
        containing: &str,
        times: usize,
        instead: Instead,
    ) {
        self.state().rules.push(Rule {
            operation,
            containing: containing.to_owned(),
            times,
            instead,
        });
    }

    /// A refusal of the next call of an operation.
    pub(crate) fn refuse(&self, operation: &'static str, status: u16, code: &'static str) {
        self.script(
            operation,
            "",
            1,
            Instead::Answer(status, code, json!({ "message": "s3cr3t refusal" })),
        );
    }

    /// From call number `n_calls` on (counted from now) everything fails until `mend`.
    pub(crate) fn cut(&self, n_calls: usize, after_effect: bool) {
        let mut state = self.state();
        state.made = 0;
        state.cut = Some((n_calls, after_effect));
    }

    /// Ends a cut and says whether it was reached.
    pub(crate) fn mend(&self) -> bool {
        let mut state = self.state();
        let cut = state.cut.take();
        cut.is_some_and(|(n_calls, _)| state.made > n_calls)
    }

    pub(crate) fn set_transcript(&self, items: Vec<Value>) {
        self.state().transcript = items;
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// The calls of one operation.
    pub(crate) fn calls_of(&self, operation: &str) -> Vec<Call> {
        let mut calls = self.calls();
        calls.retain(|call| call.operation == operation);
        calls
    }

    /// The names of all calls to Connect and the Participant Service since the start or the last `forget`.
    pub(crate) fn chat_operations(&self) -> Vec<String> {
        let calls = self.calls().into_iter().map(|call| call.operation);
        calls
            .filter(|operation| !operation.starts_with("DynamoDB."))
            .collect()
    }

    pub(crate) fn forget(&self) {
        self.state().calls.clear();
    }

    /// The texts a customer has seen: of the messages with the same client token Connect keeps the first.
    pub(crate) fn said(&self) -> Vec<String> {
        let mut seen: Vec<(Value, String)> = Vec::new();
        for call in self.calls_of("SendMessage") {
            let token = call.body["ClientToken"].clone();
            assert!(token.is_string(), "a message without a client token");
            let text = call.body["Content"].as_str().unwrap().to_owned();
            match seen.iter().find(|(other, _)| *other == token) {
                Some((_, first)) => assert_eq!(*first, text, "one client token, two texts"),
                None => seen.push((token, text)),
            }
        }
        seen.into_iter().map(|(_, text)| text).collect()
    }

    /// The different client tokens an operation was called with: each is one effect.
    pub(crate) fn effects(&self, operation: &str) -> usize {
        let mut tokens: Vec<_> = self
            .calls_of(operation)
            .iter()
            .map(|call| call.body["ClientToken"].to_string())
            .collect();
        tokens.sort();
        tokens.dedup();
        tokens.len()
    }

    /// An item of the table, as DynamoDB's JSON.
    pub(crate) async fn item(&self, key: &str) -> Option<Value> {
        let get =
            json!({ "TableName": TABLE, "Key": { "pk": { "S": key } }, "ConsistentRead": true });
        let (status, body) = self.dynamodb("GetItem", &get).await;
        assert_eq!(status, 200, "{body}");
        body.get("Item").cloned()
    }

    /// One attribute of the contact's session, without its type.
    pub(crate) async fn session(&self, contact_id: &str, attribute: &str) -> Option<Value> {
        let item = self.item(&format!("contact#{contact_id}")).await?;
        item.get(attribute)?.as_object()?.values().next().cloned()
    }

    /// Writes an item as a test wants it.
    pub(crate) async fn put(&self, item: Value) {
        let (status, body) = self
            .dynamodb("PutItem", &json!({ "TableName": TABLE, "Item": item }))
            .await;
        assert_eq!(status, 200, "{body}");
    }

    async fn create_table(&self) {
        let table = json!({
            "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        });
        let (status, body) = self.dynamodb("CreateTable", &table).await;
        assert_eq!(status, 200, "{body}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn serve(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some((call, raw)) = read_call(&mut stream).await {
            let Some((status, code, body)) = self.answer(&call, &raw).await else {
                // Silence: the connection stays open and nothing comes.
                std::future::pending::<()>().await;
                return;
            };
            let body = body.to_string();
            let error = if code.is_empty() {
                String::new()
            } else {
                format!("x-amzn-errortype: {code}\r\n")
            };
            let head = format!(
                "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\n{error}content-length: {}\r\n\r\n",
                body.len()
            );
            if stream
                .write_all(format!("{head}{body}").as_bytes())
                .await
                .is_err()
            {
                return;
            }
        }
    }

    async fn answer(&self, call: &Call, raw: &str) -> Option<(u16, &'static str, Value)> {
        const FAULT: (u16, &str, Value) = (500, "InternalServerException", Value::Null);
        let instead = {
            let mut state = self.state();
            state.calls.push(call.clone());
            state.made += 1;
            let made = state.made;
            let cut = state.cut.filter(|(n_calls, _)| made > *n_calls);
            let operation = call.operation.trim_start_matches("DynamoDB.");
            let rule = state.rules.iter_mut().find(|rule| {
                rule.times > 0 && rule.operation == operation && raw.contains(&rule.containing)
            });
            match (cut, rule) {
                (Some((_, true)), _) => Some(Instead::Lost),
                (Some((_, false)), _) => return Some(FAULT),
                (None, Some(rule)) => {
                    rule.times -= 1;
                    Some(rule.instead.clone())
                }
                (None, None) => None,
            }
        };
        match instead {
            Some(Instead::Answer(status, code, body)) => Some((status, code, body)),
            Some(Instead::Silence) => None,
            Some(Instead::Lost) => {
                self.usual_answer(call).await;
                Some(FAULT)
            }
            None => Some(self.usual_answer(call).await),
        }
    }

    async fn usual_answer(&self, call: &Call) -> (u16, &'static str, Value) {
        if let Some(operation) = call.operation.strip_prefix("DynamoDB.") {
            let (status, body) = self.dynamodb(operation, &call.body).await;
            return (status, "", body);
        }
        let body = match call.operation.as_str() {
            "StartContactStreaming" => json!({ "StreamingId": "stream-1" }),
            // Connect gives the same participant for the same client token.
            "CreateParticipant" => {
                let token = call.body["ClientToken"].as_str().unwrap();
                json!({ "ParticipantId": format!("bot-{token}"), "ParticipantCredentials": { "ParticipantToken": format!("s3cr3t-participant-{token}"), "Expiry": "2030-01-01T00:00:00.000Z" } })
            }
            "CreateParticipantConnection" => {
                let mut state = self.state();
                state.connections += 1;
                json!({ "ConnectionCredentials": { "ConnectionToken": format!("s3cr3t-connection-{}", state.connections), "Expiry": in_hours(24) } })
            }
            "SendMessage" => json!({ "Id": "sent", "AbsoluteTime": in_hours(0) }),
            "GetTranscript" => {
                json!({ "InitialContactId": "c-1", "Transcript": self.state().transcript })
            }
            "UpdateParticipantRoleConfig" | "UpdateContactAttributes" | "DisconnectParticipant" => {
                json!({})
            }
            other => return (501, "NotImplemented", json!({ "message": other })),
        };
        (200, "", body)
    }

    async fn dynamodb(&self, operation: &str, body: &Value) -> (u16, Value) {
        let mut headers = HeaderMap::new();
        let target = HeaderValue::from_str(&format!("DynamoDB_20120810.{operation}")).unwrap();
        headers.insert(HeaderName::from_static("x-amz-target"), target);
        let request = MockRequest {
            method: "POST".to_owned(),
            uri: "https://dynamodb.eu-west-2.amazonaws.com/".to_owned(),
            headers,
            body: body.to_string().into(),
        };
        let answer = self.table.handle(request).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }
}

pub(crate) fn in_hours(hours: i64) -> String {
    ago(-hours * 3600)
}

/// A time so many seconds before now, as Connect writes it.
pub(crate) fn ago(seconds: i64) -> String {
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds);
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

async fn read_call(stream: &mut BufReader<TcpStream>) -> Option<(Call, String)> {
    let mut line = String::new();
    if stream.read_line(&mut line).await.ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut target, mut token) = (0, None, None);
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "x-amz-target" => target = Some(value),
            "x-amz-bearer" => token = Some(value),
            _ => {}
        }
    }
    let mut raw = vec![0; length];
    stream.read_exact(&mut raw).await.ok()?;
    let raw = String::from_utf8(raw).ok()?;
    let operation = match target {
        Some(target) => format!("DynamoDB.{}", target.rsplit('.').next()?),
        None => operation(&method, &path).to_owned(),
    };
    let body = serde_json::from_str(&raw).unwrap_or(Value::Null);
    Some((
        Call {
            operation,
            token,
            path,
            body,
        },
        raw,
    ))
}

fn operation<'a>(method: &str, path: &'a str) -> &'a str {
    match (method, path) {
        ("POST", "/contact/start-streaming") => "StartContactStreaming",
        ("POST", "/contact/create-participant") => "CreateParticipant",
        ("POST", "/contact/attributes") => "UpdateContactAttributes",
        ("PUT", path) if path.starts_with("/contact/participant-role-config/") => {
            "UpdateParticipantRoleConfig"
        }
        ("POST", "/participant/connection") => "CreateParticipantConnection",
        ("POST", "/participant/message") => "SendMessage",
        ("POST", "/participant/transcript") => "GetTranscript",
        ("POST", "/participant/disconnect") => "DisconnectParticipant",
        (_, other) => other,
    }
}
