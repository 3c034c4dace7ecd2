//! What most tests begin with: the services, a bot on them, and the events of one chat.

use crate::aws::{Aws, TABLE, ago};
use bot_core::bot::Bot;
use bot_core::deadline::Deadline;
use bot_core::failure::Failure;
use bot_core::mind::{Mind, Rules};
use bot_core::settings::Settings;
use bot_join::handler::Answer;
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const TOPIC: &str = "arn:aws:sns:eu-west-2:123456789012:chat-messages";
pub(crate) const CONTACT: &str = "c-2";

const INTENTS: &str = "
greeting: Hello.
attachment: No files.
fallback: { say: Pardon?, hand_over_after: 2, hand_over: A colleague is coming. }
intents:
  - { intent: person, when: [person], hand_over: [Of course., One moment.] }
  - { intent: hours, when: ['hours*'], say: Nine to six. }
  - { intent: two, when: [two], say: [One., Two.] }
  - { intent: long, when: [long], say: 'First sentence. Second sentence. Third.' }
  - { intent: bye, when: [bye], goodbye: Goodbye. }
";

pub(crate) struct Scene {
    pub(crate) aws: Aws,
    pub(crate) bot: Bot,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let aws = Aws::start().await;
        let mind = Mind::Rules(Rules::parse(INTENTS).unwrap());
        let bot = Bot::new(&aws.sdk(), settings(), mind);
        Self { aws, bot }
    }

    /// A scene whose bot has joined; the calls of the join are forgotten.
    pub(crate) async fn joined() -> Self {
        let scene = Self::new().await;
        assert_eq!(scene.join(json!({})).await, Ok(success()));
        scene.aws.forget();
        scene
    }

    pub(crate) async fn join(&self, parameters: Value) -> Result<Answer, Failure> {
        self.join_with(parameters, json!({})).await
    }

    pub(crate) async fn join_with(
        &self,
        parameters: Value,
        attributes: Value,
    ) -> Result<Answer, Failure> {
        bot_join::handler::handle(
            &self.bot,
            TOPIC,
            &flow_event(parameters, attributes),
            soon(),
        )
        .await
    }

    pub(crate) async fn leave(&self) -> Result<Value, Failure> {
        bot_leave::handler::handle(&self.bot, &flow_event(json!({}), json!({})), soon()).await
    }

    /// Delivers chat items in one SNS event.
    pub(crate) async fn deliver(&self, items: &[Value]) -> Result<(), Failure> {
        bot_reply::handler::handle(&self.bot, &sns_event(items), soon()).await
    }

    /// Lets the time of a lease pass whose owner could not give it back.
    pub(crate) async fn expire_lease(&self) {
        let Some(mut item) = self.aws.item("contact#c-2").await else {
            return;
        };
        if item.get("lease_until").is_some() {
            item["lease_until"] = json!({ "N": "1" });
            self.aws.put(item).await;
        }
    }

    /// Makes the join eleven seconds older.
    pub(crate) async fn age_join(&self) {
        let mut item = self.aws.item("contact#c-2").await.unwrap();
        let opened_at = jiff::Timestamp::now().as_millisecond() - 11_000;
        item["opened_at"] = json!({ "N": opened_at.to_string() });
        self.aws.put(item).await;
    }

    pub(crate) async fn state(&self) -> String {
        let state = self.aws.session(CONTACT, "state").await;
        state.map_or_else(String::new, |state| state.as_str().unwrap().to_owned())
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        session_table: TABLE.to_owned(),
        bot_name: "s3cr3t-name".to_owned(),
        max_message_age: Duration::from_secs(900),
        message_limit: 20,
    }
}

pub(crate) fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(8))
}

pub(crate) fn success() -> Answer {
    Answer {
        status: "success",
        reason: None,
    }
}

pub(crate) fn failure(reason: &'static str) -> Answer {
    Answer {
        status: "failure",
        reason: Some(reason),
    }
}

pub(crate) fn flow_event(parameters: Value, attributes: Value) -> Value {
    json!({ "Name": "ContactFlowEvent", "Details": {
        "ContactData": {
            "Name": "ContactFlowEvent", "Attributes": attributes, "Channel": "CHAT",
            "ContactId": CONTACT, "InitialContactId": "c-1", "PreviousContactId": "c-1",
            "InstanceARN": "arn:aws:connect:eu-west-2:123456789012:instance/i-1",
            "InitiationMethod": "API", "CustomerEndpoint": null, "SystemEndpoint": null, "Queue": null,
            "MediaStreams": { "Customer": { "Audio": null } },
        },
        "Parameters": parameters,
    } })
}

/// A message of the customer, as in the stream and in the transcript.
pub(crate) fn message(id: &str, seconds_ago: i64, text: &str) -> Value {
    json!({
        "Id": id, "AbsoluteTime": ago(seconds_ago), "Type": "MESSAGE", "ContentType": "text/plain", "Content": text,
        "ParticipantId": "customer-1", "ParticipantRole": "CUSTOMER", "DisplayName": "s3cr3t-customer",
        "ContactId": CONTACT, "InitialContactId": "c-1",
    })
}

/// An event of Connect's own.
pub(crate) fn event(name: &str, role: Option<&str>, participant_id: &str) -> Value {
    let content_type = format!("application/vnd.amazonaws.connect.event.{name}");
    let mut item = json!({
        "Id": format!("event-{name}"), "AbsoluteTime": ago(0), "Type": "EVENT", "ContentType": content_type,
        "ParticipantId": participant_id, "ContactId": CONTACT, "InitialContactId": "c-1",
    });
    if let Some(role) = role {
        item["ParticipantRole"] = json!(role);
    }
    item
}

/// An item with one member changed.
pub(crate) fn with(mut item: Value, member: &str, value: Value) -> Value {
    item[member] = value;
    item
}

fn sns_event(items: &[Value]) -> Value {
    let records: Vec<_> = items.iter().map(record).collect();
    json!({ "Records": records })
}

fn record(item: &Value) -> Value {
    let mut item = item.clone();
    let mut attributes = json!({});
    let members = item.as_object_mut().unwrap();
    let visibility = members.remove("MessageVisibility").unwrap_or(json!("ALL"));
    let instance = members.remove("InstanceId").unwrap_or(json!("i-1"));
    for (name, value) in [
        ("MessageVisibility", Some(&visibility)),
        ("InstanceId", Some(&instance)),
        ("Type", item.get("Type")),
        ("ParticipantRole", item.get("ParticipantRole")),
    ] {
        if let Some(value) = value {
            attributes[name] = json!({ "Type": "String", "Value": value });
        }
    }
    json!({ "EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {
        "Type": "Notification", "MessageId": "sns-1", "TopicArn": TOPIC, "Subject": null,
        "Message": item.to_string(), "Timestamp": ago(0), "MessageAttributes": attributes,
    } })
}
