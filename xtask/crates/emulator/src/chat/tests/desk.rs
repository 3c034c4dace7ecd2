//! An instance with a queue and some flows, and somebody who carries out the commands of a script.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::super::delivery::Socket;
use super::super::tokens::Use;
use super::super::{agent, participant, report, with_contact};
use crate::clock::{Clock, ClockMode};
use crate::connect;
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

pub(super) struct Desk {
    world: Arc<World>,
    instance: String,
    /// Flow ids by name.
    flows: HashMap<String, String>,
    contact: String,
    /// Participant and connection token of everybody, by the name in the script.
    people: HashMap<String, Person>,
    /// What the customer's socket shows.
    screen: Option<UnboundedReceiver<String>>,
    /// What stands for the ids in the answers.
    names: Vec<(String, String)>,
    out: String,
}

#[derive(Clone, Default)]
struct Person {
    participant_token: String,
    connection_token: String,
}

type Answer = Result<Value, ServiceError>;

const FLOWS: [(&str, &str, &str); 5] = [
    // A message, time for a bot to join, a Wait for it, then the queue.
    ("bot", "CONTACT_FLOW", include_str!("flows/bot.json")),
    // Straight into the queue, with a queue flow of its own.
    ("queue", "CONTACT_FLOW", include_str!("flows/queue.json")),
    ("hold", "CUSTOMER_QUEUE", include_str!("flows/hold.json")),
    // An action that is not emulated.
    ("lex", "CONTACT_FLOW", include_str!("flows/lex.json")),
    // One message, then a Wait for the customer to come back.
    ("back", "CONTACT_FLOW", include_str!("flows/back.json")),
];

impl Desk {
    pub(super) async fn new() -> Self {
        let origin: Timestamp = "2026-11-22T09:00:00Z".parse().expect("a time");
        let clock = Clock::start(ClockMode::Virtual, origin);
        let mut desk = Self {
            world: Arc::new(World::new("123456789012", "eu-west-2", clock)),
            instance: String::new(),
            flows: HashMap::new(),
            contact: String::new(),
            people: HashMap::new(),
            screen: None,
            names: Vec::new(),
            out: String::new(),
        };
        desk.furnish().await;
        desk
    }

    async fn furnish(&mut self) {
        let instance = json!({
            "IdentityManagementType": "CONNECT_MANAGED",
            "InstanceAlias": "acme-test",
            "InboundCallsEnabled": true,
            "OutboundCallsEnabled": true,
        });
        let instance = self.must(Method::PUT, "/instance", instance).await;
        self.instance = text(&instance, "Id");
        let i = self.instance.clone();
        let always: Vec<Value> = [
            "MONDAY",
            "TUESDAY",
            "WEDNESDAY",
            "THURSDAY",
            "FRIDAY",
            "SATURDAY",
            "SUNDAY",
        ]
        .iter()
        .map(|day| {
            let midnight = json!({ "Hours": 0, "Minutes": 0 });
            json!({ "Day": day, "StartTime": midnight, "EndTime": midnight })
        })
        .collect();
        let hours = json!({ "Name": "Always", "TimeZone": "Europe/London", "Config": always });
        let path = format!("/hours-of-operations/{i}");
        let hours = self.must(Method::PUT, &path, hours).await;
        let queue = json!({
            "Name": "Support",
            "HoursOfOperationId": hours["HoursOfOperationId"],
            "MaxContacts": 1,
        });
        let path = format!("/queues/{i}");
        let queue = text(&self.must(Method::PUT, &path, queue).await, "QueueArn");
        let path = format!("/contact-flows/{i}");
        let mut hold = String::new();
        for (name, kind, content) in FLOWS.iter().rev() {
            let content = content.replace("QUEUE", &queue).replace("HOLD", &hold);
            let flow = json!({ "Name": name, "Type": kind, "Content": content });
            let flow = self.must(Method::PUT, &path, flow).await;
            if *name == "hold" {
                hold = text(&flow, "ContactFlowArn");
            }
            self.flows
                .insert((*name).to_owned(), text(&flow, "ContactFlowId"));
        }
    }

    pub(super) async fn play(mut self, script: &str) -> String {
        for line in script.lines() {
            if let Some(command) = line.strip_prefix("> ") {
                writeln!(self.out, "> {command}").expect("a string takes all");
                self.obey(command).await;
                self.world.clock.settle().await;
                self.show_screen();
            }
        }
        self.out
    }

    async fn obey(&mut self, command: &str) {
        let words: Vec<&str> = command.split(' ').collect();
        let rest = |n: usize| words[n.min(words.len())..].join(" ");
        match words[..] {
            ["start", flow, ..] => self.start(flow, parse(&rest(2))).await,
            ["wait", time] => self.world.clock.advance(duration(time)).await,
            ["report"] => self.report(),
            ["agent", "joins"] => self.agent_joins(),
            ["stop"] => {
                let body = json!({ "InstanceId": self.instance, "ContactId": self.contact });
                self.show(self.connect(Method::POST, "/contact/stop", body).await);
            }
            ["describe"] => {
                let path = format!("/contacts/{}/{}", self.instance, self.contact);
                self.show(self.connect(Method::GET, &path, json!({})).await);
            }
            ["attributes"] => {
                let path = format!("/contact/attributes/{}/{}", self.instance, self.contact);
                self.show(self.connect(Method::GET, &path, json!({})).await);
            }
            ["attributes", ..] => {
                let body = json!({
                    "InstanceId": self.instance,
                    "InitialContactId": self.contact,
                    "Attributes": parse(&rest(1)),
                });
                self.show(
                    self.connect(Method::POST, "/contact/attributes", body)
                        .await,
                );
            }
            ["timers", ..] => self.timers(&rest(1)).await,
            ["create", who, ..] => self.create(who, parse(&rest(2))).await,
            ["stream", topic, token] => self.stream(topic, token).await,
            ["unstream", id] => {
                let id = self.real(id);
                let body = json!({
                    "InstanceId": self.instance,
                    "ContactId": self.contact,
                    "StreamingId": id,
                });
                self.show(
                    self.connect(Method::POST, "/contact/stop-streaming", body)
                        .await,
                );
            }
            [who, "connects"] => self.connects(who, true).await,
            [who, "refreshes"] => self.connects(who, false).await,
            [who, "confuses", "tokens"] => self.confuses_tokens(who).await,
            [who, "says", ..] => self.sends(who, "text/plain", &rest(2), None).await,
            [who, "repeats", token, ..] => {
                self.sends(who, "text/plain", &rest(3), Some(token)).await;
            }
            [who, "sends", kind, ..] => self.sends(who, kind, &rest(3), None).await,
            [who, "event", kind, ..] => {
                let mut body = json!({
                    "ContentType": format!("application/vnd.amazonaws.connect.event.{kind}"),
                });
                if words.len() > 3 {
                    body["Content"] = self.real(&rest(3)).into();
                }
                let answer = self.as_person(who, "/participant/event", body).await;
                self.show(answer);
            }
            [who, "transcript", ..] => {
                let body = parse(&self.real(&rest(2)));
                let answer = self.as_person(who, "/participant/transcript", body).await;
                self.show_transcript(answer);
            }
            [who, "leaves"] => {
                let answer = self
                    .as_person(who, "/participant/disconnect", json!({}))
                    .await;
                self.show(answer);
            }
            _ => panic!("not understood: {command}"),
        }
    }

    async fn start(&mut self, flow: &str, more: Value) {
        let mut body = json!({
            "InstanceId": self.instance,
            "ContactFlowId": self.flows.get(flow).map_or(flow, |id| id.as_str()),
            "ParticipantDetails": { "DisplayName": "Ann" },
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        let answer = self.connect(Method::PUT, "/contact/chat", body).await;
        if let Ok(answer) = &answer {
            self.contact = text(answer, "ContactId");
            let contact = self.contact.clone();
            self.name(&contact, "contact");
            self.name(&text(answer, "ParticipantId"), "customer");
            let person = self.people.entry("customer".to_owned()).or_default();
            person.participant_token = text(answer, "ParticipantToken");
            self.watch();
        }
        self.show(answer);
    }

    /// Looks over the customer's shoulder: a socket that shows everything.
    fn watch(&mut self) {
        let (frames, screen) = unbounded_channel();
        self.screen = Some(screen);
        with_contact(&self.world, &self.contact, |contact, scene| {
            let participant_id = contact.participants[0].sender.participant_id.clone();
            let contact_id = contact.data.contact_id.clone();
            contact.sockets.clear();
            contact.sockets.push(Socket {
                address: scene
                    .tokens
                    .issue(Use::Socket, &contact_id, &participant_id, None),
                participant_id,
                number: 0,
                subscribed: true,
                frames,
            });
        });
    }

    async fn create(&mut self, who: &str, more: Value) {
        let mut body = json!({
            "InstanceId": self.instance,
            "ContactId": self.contact,
            "ParticipantDetails": { "ParticipantRole": "CUSTOM_BOT", "DisplayName": "Bot" },
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        let answer = self
            .connect(Method::POST, "/contact/create-participant", body)
            .await;
        if let Ok(answer) = &answer {
            self.name(&text(answer, "ParticipantId"), who);
            let person = self.people.entry(who.to_owned()).or_default();
            person.participant_token = text(&answer["ParticipantCredentials"], "ParticipantToken");
        }
        self.show(answer);
    }

    async fn connects(&mut self, who: &str, connect: bool) {
        let person = self.people.get(who).cloned().unwrap_or_default();
        let body = json!({ "Type": ["CONNECTION_CREDENTIALS"], "ConnectParticipant": connect });
        let path = "/participant/connection";
        let answer = self
            .participant(path, &person.participant_token, body)
            .await;
        if let Ok(answer) = &answer {
            let person = self.people.entry(who.to_owned()).or_default();
            person.connection_token = text(&answer["ConnectionCredentials"], "ConnectionToken");
        }
        self.show(answer);
    }

    async fn confuses_tokens(&mut self, who: &str) {
        let person = self.people.get(who).cloned().unwrap_or_default();
        let body = json!({ "ContentType": "text/plain", "Content": "x" });
        let path = "/participant/message";
        let answer = self
            .participant(path, &person.participant_token, body)
            .await;
        self.show(answer);
        let body = json!({ "Type": ["CONNECTION_CREDENTIALS"] });
        let path = "/participant/connection";
        let answer = self.participant(path, &person.connection_token, body).await;
        self.show(answer);
    }

    async fn sends(&mut self, who: &str, kind: &str, content: &str, token: Option<&str>) {
        let content = match content.strip_prefix("bytes:") {
            Some(n) => "x".repeat(n.parse().expect("a number")),
            None => content.to_owned(),
        };
        let mut body = json!({ "ContentType": kind, "Content": content });
        if let Some(token) = token {
            body["ClientToken"] = token.into();
        }
        let answer = self.as_person(who, "/participant/message", body).await;
        if let Ok(answer) = &answer {
            let name = format!("message-{}", self.names.len());
            self.name(&text(answer, "Id"), &name);
        }
        self.show(answer);
    }

    async fn timers(&mut self, list: &str) {
        let list: Vec<Value> = list
            .split(", ")
            .map(|timer| {
                let words: Vec<&str> = timer.split(' ').collect();
                let value = match words[2].parse::<i64>() {
                    Ok(minutes) => json!({ "ParticipantTimerDurationInMinutes": minutes }),
                    Err(_) => json!({ "ParticipantTimerAction": words[2] }),
                };
                json!({
                    "ParticipantRole": words[0],
                    "TimerType": words[1],
                    "TimerValue": value,
                })
            })
            .collect();
        let body =
            json!({ "ChannelConfiguration": { "Chat": { "ParticipantTimerConfigList": list } } });
        let path = format!(
            "/contact/participant-role-config/{}/{}",
            self.instance, self.contact
        );
        self.show(self.connect(Method::PUT, &path, body).await);
    }

    async fn stream(&mut self, topic: &str, token: &str) {
        let body = json!({
            "InstanceId": self.instance,
            "ContactId": self.contact,
            "ChatStreamingConfiguration": { "StreamingEndpointArn": topic },
            "ClientToken": token,
        });
        let answer = self
            .connect(Method::POST, "/contact/start-streaming", body)
            .await;
        if let Ok(answer) = &answer {
            let name = format!("stream-{token}");
            self.name(&text(answer, "StreamingId"), &name);
        }
        self.show(answer);
    }

    fn agent_joins(&mut self) {
        match agent::agent_joins(&self.world, &self.contact, "Bea") {
            Ok(joined) => {
                self.name(&joined.participant_id, "agent");
                let person = self.people.entry("agent".to_owned()).or_default();
                person.participant_token = joined.participant_token().to_owned();
            }
            Err(error) => self.line(&error.to_string()),
        }
    }

    fn report(&mut self) {
        let report = report::report(&self.world, &self.contact).expect("there is a contact");
        let queue = report.queue.as_deref().unwrap_or("none");
        self.line(&format!("state {}, queue {queue}", report.state));
        for step in &report.path {
            let branch = step.branch.as_deref().unwrap_or("..");
            self.line(&format!("{}/{} -> {branch}", step.flow, step.action));
        }
        for it in &report.participants {
            self.line(&format!("{} {}", it.role, it.state));
        }
        if let Some(error) = &report.error {
            self.line(&format!("error: {error}"));
        }
    }

    async fn must(&self, method: Method, path: &str, body: Value) -> Value {
        let answer = self.connect(method, path, body).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    async fn connect(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = request(method, path, None, &body);
        let operation = connect::operation(&request).expect("an operation of Connect");
        let answer = connect::handle(&self.world, operation, &request, None).await;
        json_of(answer.expect("an implemented operation"))
    }

    async fn as_person(&self, who: &str, path: &str, body: Value) -> Answer {
        let person = self.people.get(who).cloned().unwrap_or_default();
        self.participant(path, &person.connection_token, body).await
    }

    async fn participant(&self, path: &str, token: &str, body: Value) -> Answer {
        let request = request(Method::POST, path, Some(token), &body);
        let operation = participant::operation(&request).expect("an operation of participants");
        let answer = participant::handle(&self.world, operation, &request).await;
        json_of(answer.expect("an implemented operation"))
    }

    /// From now on this id is shown under a name.
    fn name(&mut self, id: &str, name: &str) {
        if !self.names.iter().any(|(known, _)| known == id) {
            self.names.push((id.to_owned(), name.to_owned()));
        }
    }

    /// A text of the script with ids for their names.
    fn real(&self, text: &str) -> String {
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_by_key(|(_, name)| std::cmp::Reverse(name.len()));
        names.iter().fold(text.to_owned(), |text, (id, name)| {
            text.replace(&format!("<{name}>"), id)
        })
    }

    fn line(&mut self, line: &str) {
        let mut line = line.to_owned();
        for (id, name) in &self.names {
            line = line.replace(id, &format!("<{name}>"));
        }
        line = line.replace(&self.instance, "<instance>");
        line = hide_ids(&line);
        writeln!(self.out, "  {line}").expect("a string takes all");
    }

    fn show(&mut self, answer: Answer) {
        match answer {
            Ok(mut answer) => {
                hide_tokens(&mut answer);
                let line = answer.to_string();
                self.line(&line);
            }
            Err(error) => {
                let message = error.message.unwrap_or_default();
                self.line(&format!("{} {}: {message}", error.status, error.code));
            }
        }
    }

    fn show_transcript(&mut self, answer: Answer) {
        let Ok(answer) = &answer else {
            return self.show(answer);
        };
        for item in answer["Transcript"].as_array().into_iter().flatten() {
            self.line(&summary(item));
        }
        if let Some(next) = answer["NextToken"].as_str() {
            self.line(&format!("next {next}"));
        }
    }

    fn show_screen(&mut self) {
        let mut lines = Vec::new();
        if let Some(screen) = &mut self.screen {
            while let Ok(frame) = screen.try_recv() {
                let item = parse(parse(&frame)["content"].as_str().unwrap_or_default());
                lines.push(format!("* {}", summary(&item)));
            }
        }
        // Hours of waiting need not be shown whole.
        let many = lines.len() > 8;
        for (index, line) in lines.iter().enumerate() {
            if !many || index < 3 || index + 1 == lines.len() {
                self.line(line);
            } else if index == 3 {
                self.line(&format!("* .. {} more ..", lines.len() - 4));
            }
        }
    }
}

/// An item in a line: time of day, sender, what.
fn summary(item: &Value) -> String {
    let time = &item["AbsoluteTime"].as_str().unwrap_or_default()[11..];
    let role = item["ParticipantRole"].as_str().unwrap_or("-");
    let kind = item["ContentType"].as_str().unwrap_or_default();
    let kind = kind.rsplit("event.").next().unwrap_or(kind);
    let content = item["Content"].as_str().unwrap_or_default();
    let metadata = &item["MessageMetadata"];
    let metadata = if metadata.is_null() {
        String::new()
    } else {
        format!(" {metadata}")
    };
    format!("{time} {role} {kind} {content}{metadata}")
        .trim_end()
        .to_owned()
}

/// Ids that have no name in the script.
fn hide_ids(line: &str) -> String {
    let is_id = |word: &str| word.len() == 36 && uuid::Uuid::try_parse(word).is_ok();
    line.split('"')
        .map(|word| if is_id(word) { "<id>" } else { word })
        .collect::<Vec<_>>()
        .join("\"")
}

fn hide_tokens(value: &mut Value) {
    for (key, value) in value.as_object_mut().into_iter().flatten() {
        if key.ends_with("Token") {
            *value = "..".into();
        } else {
            hide_tokens(value);
        }
    }
}

fn request(method: Method, path: &str, token: Option<&str>, body: &Value) -> Request {
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        let token = HeaderValue::from_str(token).expect("tokens are plain");
        headers.insert("x-amz-bearer", token);
    }
    Request {
        method,
        path: path.split('/').skip(1).map(str::to_owned).collect(),
        query: Vec::new(),
        headers,
        body: body.to_string().into(),
    }
}

fn json_of(answer: Result<Response, ServiceError>) -> Answer {
    answer.map(|response| serde_json::from_slice(&response.body).expect("answers are JSON"))
}

fn parse(text: &str) -> Value {
    if text.is_empty() {
        return json!({});
    }
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// `90s`, `15m`, `25h`.
fn duration(text: &str) -> Duration {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: u64 = number.parse().expect("a number and a unit");
    Duration::from_secs(match unit {
        "s" => number,
        "m" => number * 60,
        "h" => number * 3_600,
        _ => panic!("not a duration: {text}"),
    })
}
