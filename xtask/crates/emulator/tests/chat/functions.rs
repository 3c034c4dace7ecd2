//! Flows that call functions, and streams that reach them. The function is a shell script, run by
//! the emulator as any `bootstrap`.

use std::io::Write as _;

use aws_sdk_connect::types::{ChatStreamingConfiguration, ContactFlowType};
use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::bench::Bench;

const BOOTSTRAP: &str = include_str!("bootstrap.sh");
const TOPIC_PUBLISHER: &str = "connect.amazonaws.com";

/// A bench with a function that keeps its events.
struct Workshop {
    bench: Bench,
    lambda: aws_sdk_lambda::Client,
    sns: aws_sdk_sns::Client,
    folder: TempDir,
    function: String,
}

impl Workshop {
    /// With a function that answers this; without an answer it fails.
    async fn start(answer: Option<Value>) -> Self {
        let bench = Bench::start().await;
        let endpoint = bench.emulator.endpoint();
        let credentials = Credentials::new("key", "secret", None, None, "tests");
        let region = Region::new("eu-west-2");
        let lambda = aws_sdk_lambda::Client::from_conf(
            aws_sdk_lambda::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .endpoint_url(&endpoint)
                .region(region.clone())
                .credentials_provider(credentials.clone())
                .build(),
        );
        let sns = aws_sdk_sns::Client::from_conf(
            aws_sdk_sns::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .endpoint_url(&endpoint)
                .region(region.clone())
                .credentials_provider(credentials.clone())
                .build(),
        );
        let iam = aws_sdk_iam::Client::from_conf(
            aws_sdk_iam::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .endpoint_url(&endpoint)
                .region(region)
                .credentials_provider(credentials)
                .build(),
        );
        let folder = tempfile::tempdir().unwrap();
        let role = iam
            .create_role()
            .role_name("keeper")
            .assume_role_policy_document(trust())
            .send()
            .await
            .unwrap();
        let mut environment = Environment::builder()
            .variables("EVENTS", folder.path().join("events").display().to_string());
        if let Some(answer) = answer {
            environment = environment.variables("ANSWER", answer.to_string());
        }
        let created = lambda
            .create_function()
            .function_name("keeper")
            .role(role.role.unwrap().arn)
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .code(
                FunctionCode::builder()
                    .zip_file(Blob::new(package()))
                    .build(),
            )
            .environment(environment.build())
            .timeout(30)
            .send()
            .await
            .unwrap();
        // A new function is Pending until somebody looks.
        let looked = lambda.get_function().function_name("keeper");
        looked.send().await.unwrap();
        Self {
            bench,
            lambda,
            sns,
            folder,
            function: created.function_arn.unwrap(),
        }
    }

    async fn allow(&self, principal: &str, source_arn: &str) {
        self.lambda
            .add_permission()
            .function_name("keeper")
            .statement_id(principal.split('.').next().unwrap())
            .action("lambda:InvokeFunction")
            .principal(principal)
            .source_arn(source_arn)
            .send()
            .await
            .unwrap();
    }

    /// A flow that greets, calls the function and tells what came of it.
    async fn calling_flow(&self) -> String {
        let content = CALLING_FLOW.replace("FUNCTION", &self.function);
        let kind = ContactFlowType::ContactFlow;
        self.bench.create_flow("calling", kind, &content).await.0
    }

    /// The events that the function got.
    fn events(&self) -> Vec<Value> {
        let events = std::fs::read_to_string(self.folder.path().join("events"));
        let events = events.unwrap_or_default();
        let events = events
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        events.collect()
    }
}

fn trust() -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }],
    })
    .to_string()
}

fn package() -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(BOOTSTRAP.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

const CALLING_FLOW: &str = r#"{
  "Version": "2019-10-30",
  "StartAction": "greet",
  "Actions": [
    {
      "Parameters": { "Text": "Hello" },
      "Identifier": "greet",
      "Type": "MessageParticipant",
      "Transitions": { "NextAction": "call", "Conditions": [], "Errors": [{ "NextAction": "call", "ErrorType": "NoMatchingError" }] }
    },
    {
      "Parameters": {
        "LambdaFunctionARN": "FUNCTION",
        "InvocationTimeLimitSeconds": "8",
        "LambdaInvocationAttributes": { "bot_name": "Ada" },
        "ResponseValidation": { "ResponseType": "STRING_MAP" }
      },
      "Identifier": "call",
      "Type": "InvokeLambdaFunction",
      "Transitions": { "NextAction": "told", "Conditions": [], "Errors": [{ "NextAction": "failed", "ErrorType": "NoMatchingError" }] }
    },
    {
      "Parameters": { "Text": "status $.External.status" },
      "Identifier": "told",
      "Type": "MessageParticipant",
      "Transitions": { "NextAction": "wait", "Conditions": [], "Errors": [{ "NextAction": "wait", "ErrorType": "NoMatchingError" }] }
    },
    {
      "Parameters": { "Text": "Sorry" },
      "Identifier": "failed",
      "Type": "MessageParticipant",
      "Transitions": { "NextAction": "wait", "Conditions": [], "Errors": [{ "NextAction": "wait", "ErrorType": "NoMatchingError" }] }
    },
    {
      "Parameters": { "TimeLimitSeconds": "900" },
      "Identifier": "wait",
      "Type": "Wait",
      "Transitions": { "NextAction": "bye", "Conditions": [{ "NextAction": "bye", "Condition": { "Operator": "Equals", "Operands": ["WaitCompleted"] } }], "Errors": [{ "NextAction": "bye", "ErrorType": "NoMatchingError" }] }
    },
    { "Parameters": {}, "Identifier": "bye", "Type": "DisconnectParticipant", "Transitions": {} }
  ]
}"#;

#[tokio::test]
async fn a_flow_calls_a_function_and_reads_its_answer() {
    let workshop = Workshop::start(Some(json!({ "status": "success" }))).await;
    let bench = &workshop.bench;
    workshop.allow(TOPIC_PUBLISHER, &bench.instance_arn).await;
    let flow = workshop.calling_flow().await;
    let chat = bench.start_chat_with(&flow).await;
    let customer = bench.connect(&chat.token).await.unwrap();
    bench.emulator.settle().await;
    let transcript = customer.transcript().await;
    assert_eq!(transcript.last().unwrap(), "SYSTEM status success");
    let [event] = &workshop.events()[..] else {
        panic!("the function is called once");
    };
    assert_eq!(event["Name"], "ContactFlowEvent");
    assert_eq!(event["Details"]["Parameters"], json!({ "bot_name": "Ada" }));
    let data = &event["Details"]["ContactData"];
    assert_eq!(data["ContactId"], chat.id.as_str());
    assert_eq!(data["InstanceARN"], bench.instance_arn.as_str());
    assert_eq!(data["CustomerEndpoint"], Value::Null);
}

#[tokio::test]
async fn a_function_that_fails_is_called_four_times_and_takes_the_error_branch() {
    let workshop = Workshop::start(None).await;
    let bench = &workshop.bench;
    workshop.allow(TOPIC_PUBLISHER, &bench.instance_arn).await;
    let flow = workshop.calling_flow().await;
    let chat = bench.start_chat_with(&flow).await;
    let customer = bench.connect(&chat.token).await.unwrap();
    bench.emulator.settle().await;
    assert_eq!(customer.transcript().await.last().unwrap(), "SYSTEM Sorry");
    assert_eq!(workshop.events().len(), 4);
}

#[tokio::test]
async fn a_function_without_permission_is_not_called() {
    let workshop = Workshop::start(Some(json!({ "status": "success" }))).await;
    let bench = &workshop.bench;
    let flow = workshop.calling_flow().await;
    let chat = bench.start_chat_with(&flow).await;
    let customer = bench.connect(&chat.token).await.unwrap();
    bench.emulator.settle().await;
    assert_eq!(customer.transcript().await.last().unwrap(), "SYSTEM Sorry");
    assert!(workshop.events().is_empty());
}

#[tokio::test]
async fn an_asynchronous_call_without_permission_takes_the_error_branch() {
    let workshop = Workshop::start(Some(json!({ "status": "success" }))).await;
    let bench = &workshop.bench;
    let content = CALLING_FLOW
        .replace("FUNCTION", &workshop.function)
        .replace(
            r#""InvocationTimeLimitSeconds": "8","#,
            r#""InvocationTimeLimitSeconds": "8", "InvocationType": "ASYNCHRONOUS","#,
        );
    let kind = ContactFlowType::ContactFlow;
    let (flow, _) = bench.create_flow("asynchronous", kind, &content).await;
    let chat = bench.start_chat_with(&flow).await;
    let customer = bench.connect(&chat.token).await.unwrap();
    bench.emulator.settle().await;
    assert_eq!(customer.transcript().await.last().unwrap(), "SYSTEM Sorry");
    assert!(workshop.events().is_empty());
}

#[tokio::test]
async fn a_stream_carries_every_item_with_its_attributes() {
    let workshop = Workshop::start(Some(json!({}))).await;
    let bench = &workshop.bench;
    let topic = workshop
        .sns
        .create_topic()
        .name("messages")
        .send()
        .await
        .unwrap();
    let topic = topic.topic_arn.unwrap();
    workshop.allow("sns.amazonaws.com", &topic).await;
    let subscription = workshop
        .sns
        .subscribe()
        .topic_arn(&topic)
        .protocol("lambda");
    subscription
        .endpoint(&workshop.function)
        .send()
        .await
        .unwrap();
    let chat = bench.start_chat().await;
    let customer = bench.connect(&chat.token).await.unwrap();
    let configuration = ChatStreamingConfiguration::builder().streaming_endpoint_arn(&topic);
    bench
        .connect
        .start_contact_streaming()
        .instance_id(&bench.instance)
        .contact_id(&chat.id)
        .chat_streaming_configuration(configuration.build().unwrap())
        .client_token("stream")
        .send()
        .await
        .unwrap();
    // The policy a topic is born with does not admit Connect, and nobody in the chat is told.
    customer.say("Lost").await.unwrap();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": TOPIC_PUBLISHER },
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {
                "StringEquals": { "aws:SourceAccount": "123456789012" },
                "ArnEquals": { "aws:SourceArn": bench.instance_arn },
            },
        }],
    });
    workshop
        .sns
        .set_topic_attributes()
        .topic_arn(&topic)
        .attribute_name("Policy")
        .attribute_value(policy.to_string())
        .send()
        .await
        .unwrap();
    customer.say("Kept").await.unwrap();
    customer.leave().await.unwrap();
    bench.emulator.settle().await;

    let mut items: Vec<(Value, Value)> = workshop
        .events()
        .into_iter()
        .map(|event| {
            let sns = &event["Records"][0]["Sns"];
            let message = sns["Message"].as_str().unwrap();
            (
                serde_json::from_str(message).unwrap(),
                sns["MessageAttributes"].clone(),
            )
        })
        .collect();
    // Topics promise no order; items are ordered by their time.
    items.sort_by_key(|(item, _)| item["AbsoluteTime"].to_string());
    let [
        (said, said_attributes),
        (left, _),
        (ended, ended_attributes),
    ] = &items[..]
    else {
        panic!("three items are streamed: {items:?}");
    };
    assert_eq!(said["Content"], "Kept");
    assert_eq!(said["ParticipantRole"], "CUSTOMER");
    assert_eq!(said["DisplayName"], "Ann");
    let attribute = |value: &str| json!({ "Type": "String", "Value": value });
    let expected = json!({
        "InitialContactId": attribute(&chat.id),
        "ContactId": attribute(&chat.id),
        "ParticipantRole": attribute("CUSTOMER"),
        "InstanceId": attribute(&bench.instance),
        "AccountId": attribute("123456789012"),
        "Type": attribute("MESSAGE"),
        "ContentType": attribute("text/plain"),
        "MessageVisibility": attribute("ALL"),
    });
    assert_eq!(*said_attributes, expected);
    assert_eq!(
        left["ContentType"],
        "application/vnd.amazonaws.connect.event.participant.left"
    );
    assert_eq!(
        ended["ContentType"],
        "application/vnd.amazonaws.connect.event.chat.ended"
    );
    // Seen at AWS: the end of a chat has no role, so that a filter on the role hides it.
    assert!(ended_attributes.get("ParticipantRole").is_none());
}
