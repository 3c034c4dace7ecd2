//! SNS: topics, filters, and delivery to functions.

use std::time::Duration;

use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::types::MessageAttributeValue;
use emulator::faults::{DeliveryFault, Fault};
use serde_json::{Value, json};

use super::{ACCOUNT, Bench};

impl Bench {
    async fn topic(&self, name: &str) -> String {
        let created = self
            .sns
            .create_topic()
            .name(name)
            .send()
            .await
            .expect("it can be made");
        created.topic_arn.expect("it has an ARN")
    }

    /// Subscribes a function that SNS may invoke.
    async fn subscribe(&self, topic: &str, function: &str, filter: &Value) -> String {
        let allow = self
            .lambda
            .add_permission()
            .function_name(function)
            .statement_id("sns");
        let allow = allow
            .action("lambda:InvokeFunction")
            .principal("sns.amazonaws.com");
        allow
            .source_arn(topic)
            .send()
            .await
            .expect("the function exists");
        let endpoint = format!("arn:aws:lambda:eu-west-2:{ACCOUNT}:function:{function}");
        let subscribe = self
            .sns
            .subscribe()
            .topic_arn(topic)
            .protocol("lambda")
            .endpoint(endpoint);
        let subscribe = subscribe.attributes("FilterPolicy", filter.to_string());
        let subscribed = subscribe.return_subscription_arn(true).send().await;
        subscribed
            .expect("it can be subscribed")
            .subscription_arn
            .expect("it has an ARN")
    }

    async fn publish(&self, topic: &str, text: &str, role: &str) {
        let role = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(role)
            .build();
        let publish = self.sns.publish().topic_arn(topic).message(text);
        let publish = publish.message_attributes("ParticipantRole", role.expect("it is whole"));
        publish.send().await.expect("the topic exists");
    }

    /// How many invocations of a function were answered.
    async fn answered(&self) -> usize {
        self.emulator.settle().await;
        let entries = self.emulator.timeline().since(0);
        let answered = entries
            .iter()
            .filter(|entry| entry.event == "ended" && entry.details["outcome"] == "answered");
        answered.count()
    }
}

#[tokio::test]
async fn a_topic_keeps_its_attributes_its_tags_and_its_subscriptions() {
    let bench = Bench::start().await;
    let topic = bench.topic("chat").await;
    assert_eq!(topic, format!("arn:aws:sns:eu-west-2:{ACCOUNT}:chat"));
    assert_eq!(
        bench.topic("chat").await,
        topic,
        "making it again is no change"
    );
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "connect.amazonaws.com" }, "Action": "sns:Publish", "Resource": topic }] }).to_string();
    let set = bench
        .sns
        .set_topic_attributes()
        .topic_arn(&topic)
        .attribute_name("Policy")
        .attribute_value(&policy);
    set.send().await.expect("the topic exists");
    let got = bench
        .sns
        .get_topic_attributes()
        .topic_arn(&topic)
        .send()
        .await
        .expect("it exists")
        .attributes
        .expect("it has some");
    assert_eq!(got["Policy"], policy);
    assert_eq!(got["Owner"], ACCOUNT);
    let broken = bench
        .sns
        .set_topic_attributes()
        .topic_arn(&topic)
        .attribute_name("Policy")
        .attribute_value("{");
    assert_eq!(
        broken.send().await.expect_err("it is no policy").code(),
        Some("InvalidParameter")
    );

    bench.function("f", &[]).await;
    let subscription = bench
        .subscribe(&topic, "f", &json!({ "ParticipantRole": ["CUSTOMER"] }))
        .await;
    let listed = bench
        .sns
        .list_subscriptions_by_topic()
        .topic_arn(&topic)
        .send()
        .await
        .expect("it exists");
    assert_eq!(
        listed.subscriptions()[0].subscription_arn(),
        Some(subscription.as_str())
    );
    let got = bench
        .sns
        .get_subscription_attributes()
        .subscription_arn(&subscription)
        .send()
        .await
        .expect("it exists");
    let got = got.attributes.expect("it has some");
    assert_eq!(got["FilterPolicy"], r#"{"ParticipantRole":["CUSTOMER"]}"#);
    assert_eq!(got["PendingConfirmation"], "false");

    let tag = aws_sdk_sns::types::Tag::builder()
        .key("flowyard")
        .value("local")
        .build()
        .expect("it is whole");
    bench
        .sns
        .tag_resource()
        .resource_arn(&topic)
        .tags(tag)
        .send()
        .await
        .expect("it exists");
    let tags = bench
        .sns
        .list_tags_for_resource()
        .resource_arn(&topic)
        .send()
        .await
        .expect("it exists");
    assert_eq!(tags.tags().len(), 1);
    bench
        .sns
        .unsubscribe()
        .subscription_arn(&subscription)
        .send()
        .await
        .expect("it exists");
    bench
        .sns
        .delete_topic()
        .topic_arn(&topic)
        .send()
        .await
        .expect("it exists");
    let gone = bench
        .sns
        .get_topic_attributes()
        .topic_arn(&topic)
        .send()
        .await
        .expect_err("it is gone");
    assert_eq!(gone.code(), Some("NotFound"));
    assert_eq!(
        gone.raw_response()
            .expect("there is an answer")
            .status()
            .as_u16(),
        404
    );
}

#[tokio::test]
async fn only_what_the_filter_admits_reaches_the_function() {
    let bench = Bench::start().await;
    let topic = bench.topic("chat").await;
    bench.function("f", &[]).await;
    let subscription = bench
        .subscribe(&topic, "f", &json!({ "ParticipantRole": ["CUSTOMER"] }))
        .await;
    bench.publish(&topic, "hello", "CUSTOMER").await;
    bench.publish(&topic, "hello", "CUSTOM_BOT").await;
    assert_eq!(bench.answered().await, 1);
    let set = bench
        .sns
        .set_subscription_attributes()
        .subscription_arn(&subscription);
    let not_bot = json!({ "ParticipantRole": [{ "anything-but": "CUSTOMER" }] }).to_string();
    set.attribute_name("FilterPolicy")
        .attribute_value(not_bot)
        .send()
        .await
        .expect("it exists");
    bench.publish(&topic, "hello", "CUSTOM_BOT").await;
    assert_eq!(bench.answered().await, 2);
}

#[tokio::test]
async fn a_function_that_does_not_admit_the_topic_is_not_called() {
    let bench = Bench::start().await;
    let topic = bench.topic("chat").await;
    bench.function("f", &[]).await;
    let endpoint = format!("arn:aws:lambda:eu-west-2:{ACCOUNT}:function:f");
    let subscribe = bench
        .sns
        .subscribe()
        .topic_arn(&topic)
        .protocol("lambda")
        .endpoint(endpoint);
    subscribe
        .send()
        .await
        .expect("it can be subscribed all the same");
    bench.publish(&topic, "hello", "CUSTOMER").await;
    assert_eq!(bench.answered().await, 0);
    let refused = bench
        .emulator
        .timeline()
        .since(0)
        .into_iter()
        .find(|entry| entry.area == "lambda" && entry.event == "refused");
    assert_eq!(
        refused.expect("it is noted").details["principal"],
        "sns.amazonaws.com"
    );
}

#[tokio::test]
async fn faults_duplicate_lose_and_hold_back_deliveries() {
    let bench = Bench::start().await;
    let topic = bench.topic("chat").await;
    bench.function("f", &[]).await;
    bench.subscribe(&topic, "f", &json!({})).await;
    let faults = bench.emulator.faults();
    faults.arm(Fault::delivery(Some("chat"), DeliveryFault::Duplicate).times(1));
    bench.publish(&topic, "twice", "CUSTOMER").await;
    assert_eq!(bench.answered().await, 2);
    faults.arm(Fault::delivery(None, DeliveryFault::Lose).times(1));
    bench.publish(&topic, "never", "CUSTOMER").await;
    assert_eq!(bench.answered().await, 2);
    faults.arm(Fault::delivery(Some(&topic), DeliveryFault::Reorder).times(1));
    bench.publish(&topic, "later", "CUSTOMER").await;
    assert_eq!(bench.answered().await, 2);
    bench.publish(&topic, "first", "CUSTOMER").await;
    assert_eq!(bench.answered().await, 4);
    bench.emulator.advance(Duration::from_secs(60)).await;
    assert_eq!(bench.answered().await, 4);
}

#[tokio::test]
async fn operators_and_protocols_that_are_not_here_are_refused() {
    let bench = Bench::start().await;
    let topic = bench.topic("chat").await;
    let subscribe = |protocol: &str, endpoint: &str| {
        bench
            .sns
            .subscribe()
            .topic_arn(&topic)
            .protocol(protocol)
            .endpoint(endpoint)
    };
    let lambda = format!("arn:aws:lambda:eu-west-2:{ACCOUNT}:function:f");
    let numeric =
        subscribe("lambda", &lambda).attributes("FilterPolicy", r#"{"a":[{"numeric":["=",1]}]}"#);
    let error = numeric.send().await.expect_err("it is not here");
    assert!(error.code().is_some(), "{error:?}");
    let email = subscribe("email", "a@example.com")
        .send()
        .await
        .expect_err("it is not here");
    assert_eq!(
        email
            .raw_response()
            .expect("there is an answer")
            .status()
            .as_u16(),
        501
    );
    let nonsense = subscribe("lambda", "f")
        .send()
        .await
        .expect_err("it is no ARN");
    assert_eq!(nonsense.code(), Some("InvalidParameter"));
}
