//! Where messages and events go that nobody managed to handle.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    SseSpecification,
};
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::types::{DestinationConfig, InvocationType, OnFailure};
use aws_sdk_sqs::types::QueueAttributeName;
use emulator::faults::{Fault, FunctionFailure};
use serde_json::{Value, json};

use super::{ACCOUNT, Bench, REGION};

impl Bench {
    /// A queue with a policy; gives its ARN.
    async fn queue(&self, name: &str, policy: Option<&Value>, key: Option<&str>) -> String {
        let sqs = aws_sdk_sqs::Client::new(&self.config);
        let mut create = sqs.create_queue().queue_name(name);
        if let Some(policy) = policy {
            create = create.attributes(QueueAttributeName::Policy, policy.to_string());
        }
        if let Some(key) = key {
            create = create.attributes(QueueAttributeName::KmsMasterKeyId, key);
        }
        create.send().await.expect("it can be made");
        format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
    }

    /// What is in a queue.
    async fn letters(&self, name: &str) -> Vec<Value> {
        self.emulator.settle().await;
        let sqs = aws_sdk_sqs::Client::new(&self.config);
        let url = format!("{}/{ACCOUNT}/{name}", self.emulator.endpoint());
        let got = sqs.receive_message().queue_url(url);
        let got = got.max_number_of_messages(10).send().await;
        let messages = got.expect("it exists").messages.unwrap_or_default();
        let bodies = messages.iter().filter_map(|message| message.body());
        bodies
            .map(|body| serde_json::from_str(body).expect("letters are JSON"))
            .collect()
    }

    fn fails(&self, function: &str) {
        let fault = Fault::function(function, FunctionFailure::Error);
        self.emulator.faults().arm(fault);
    }

    async fn event(&self, function: &str, payload: &Value) {
        let payload = aws_sdk_lambda::primitives::Blob::new(payload.to_string());
        let invoke = self.lambda.invoke().function_name(function);
        let invoke = invoke.invocation_type(InvocationType::Event);
        let queued = invoke.payload(payload).send().await;
        queued.expect("the function exists");
    }
}

fn to(queue: &str) -> DestinationConfig {
    let failure = OnFailure::builder().destination(queue).build();
    DestinationConfig::builder().on_failure(failure).build()
}

/// Lets SNS send to a queue for a topic.
fn admits_topic(topic: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": "*",
            "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
        }],
    })
}

#[tokio::test]
async fn an_event_goes_to_the_queue_for_failures_after_the_retries_that_were_asked_for() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let queue = bench.queue("failures", None, None).await;
    bench
        .lambda
        .put_function_event_invoke_config()
        .function_name("f")
        .maximum_retry_attempts(1)
        .maximum_event_age_in_seconds(3600)
        .destination_config(to(&queue))
        .send()
        .await
        .expect("the function exists");
    bench.fails("f");
    bench.event("f", &json!({ "chat": 7 })).await;
    bench.emulator.settle().await;
    assert!(
        bench.letters("failures").await.is_empty(),
        "it is tried again"
    );
    bench.emulator.advance(Duration::from_secs(60)).await;
    let letters = bench.letters("failures").await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0]["requestPayload"], json!({ "chat": 7 }));
    assert_eq!(
        letters[0]["requestContext"]["condition"],
        "RetriesExhausted"
    );
    assert_eq!(letters[0]["requestContext"]["approximateInvokeCount"], 2);
}

#[tokio::test]
async fn an_event_that_would_become_too_old_is_given_up() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let queue = bench.queue("failures", None, None).await;
    let config = bench.lambda.put_function_event_invoke_config();
    let config = config.function_name("f").maximum_event_age_in_seconds(100);
    let config = config.destination_config(to(&queue)).send().await;
    config.expect("the function exists");
    bench.fails("f");
    bench.event("f", &json!({})).await;
    bench.emulator.advance(Duration::from_secs(60)).await;
    let letters = bench.letters("failures").await;
    assert_eq!(
        letters.len(),
        1,
        "the second wait would end after 180 seconds"
    );
    assert_eq!(
        letters[0]["requestContext"]["condition"],
        "EventAgeExceeded"
    );
}

#[tokio::test]
async fn settings_for_events_are_of_one_qualifier_and_kept() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let get = || {
        bench
            .lambda
            .get_function_event_invoke_config()
            .function_name("f")
    };
    let none = get().send().await.expect_err("there are none");
    assert_eq!(none.code(), Some("ResourceNotFoundException"));
    let put = |retries| {
        let put = bench.lambda.put_function_event_invoke_config();
        put.function_name("f")
            .maximum_retry_attempts(retries)
            .send()
    };
    let wrong = put(3).await.expect_err("two are the most");
    assert_eq!(wrong.code(), Some("ValidationException"));
    put(0).await.expect("the function exists");
    let update = bench.lambda.update_function_event_invoke_config();
    let update = update.function_name("f").maximum_event_age_in_seconds(60);
    update.send().await.expect("there are some");
    let kept = get().send().await.expect("there are some");
    assert_eq!(kept.maximum_retry_attempts, Some(0));
    assert_eq!(kept.maximum_event_age_in_seconds, Some(60));
    let arn = kept.function_arn.unwrap_or_default();
    assert!(arn.ends_with(":function:f:$LATEST"), "{arn}");
    put(1).await.expect("the function exists");
    let kept = get().send().await.expect("there are some");
    assert_eq!(kept.maximum_event_age_in_seconds, None, "putting replaces");
    let missing = get().qualifier("live").send().await;
    assert!(missing.is_err(), "the alias has its own");
    let delete = bench.lambda.delete_function_event_invoke_config();
    delete
        .function_name("f")
        .send()
        .await
        .expect("there are some");
    get().send().await.expect_err("they are gone");
}

#[tokio::test]
async fn a_message_for_a_function_that_may_not_be_called_goes_to_the_dead_letters() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let topic = bench.sns.create_topic().name("chat").send().await;
    let topic = topic
        .expect("it can be made")
        .topic_arn
        .expect("it has an ARN");
    let open = bench.queue("open", Some(&admits_topic(&topic)), None).await;
    let closed = bench.queue("closed", None, None).await;
    let endpoint = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f");
    let subscribed = bench
        .sns
        .subscribe()
        .topic_arn(&topic)
        .protocol("lambda")
        .endpoint(endpoint)
        .attributes(
            "RedrivePolicy",
            json!({ "deadLetterTargetArn": open }).to_string(),
        )
        .return_subscription_arn(true)
        .send()
        .await;
    let subscription = subscribed.expect("it is fine").subscription_arn;
    let publish = || {
        bench
            .sns
            .publish()
            .topic_arn(&topic)
            .message("hello")
            .send()
    };
    publish().await.expect("the topic exists");
    let letters = bench.letters("open").await;
    assert_eq!(letters.len(), 1, "no permission was given");
    assert_eq!(letters[0]["Message"], "hello");

    let set = bench.sns.set_subscription_attributes();
    set.set_subscription_arn(subscription)
        .attribute_name("RedrivePolicy")
        .attribute_value(json!({ "deadLetterTargetArn": closed }).to_string())
        .send()
        .await
        .expect("it is fine");
    publish().await.expect("the topic exists");
    assert!(
        bench.letters("closed").await.is_empty(),
        "its policy admits nobody"
    );
}

#[tokio::test]
async fn an_encrypted_queue_takes_dead_letters_only_if_its_key_admits_sns() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let kms = aws_sdk_kms::Client::new(&bench.config);
    let key = kms.create_key().send().await.expect("it can be made");
    let key = key.key_metadata.expect("it is in the answer").key_id;
    let topic = bench.sns.create_topic().name("chat").send().await;
    let topic = topic
        .expect("it can be made")
        .topic_arn
        .expect("it has an ARN");
    let queue = bench
        .queue("letters", Some(&admits_topic(&topic)), Some(&key))
        .await;
    let subscribed = bench
        .sns
        .subscribe()
        .topic_arn(&topic)
        .protocol("lambda")
        .endpoint(format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"))
        .attributes(
            "RedrivePolicy",
            json!({ "deadLetterTargetArn": queue }).to_string(),
        )
        .send()
        .await;
    subscribed.expect("it is fine");
    let publish = || {
        bench
            .sns
            .publish()
            .topic_arn(&topic)
            .message("hello")
            .send()
    };
    publish().await.expect("the topic exists");
    assert!(
        bench.letters("letters").await.is_empty(),
        "the key admits the account only"
    );
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "sns.amazonaws.com" },
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
            "Resource": "*",
            "Condition": { "StringEquals": { "aws:SourceAccount": ACCOUNT } },
        }],
    });
    let put = kms.put_key_policy().key_id(&key).policy(policy.to_string());
    put.send().await.expect("it is fine");
    publish().await.expect("the topic exists");
    assert_eq!(bench.letters("letters").await.len(), 1);
}

#[tokio::test]
async fn a_table_shows_the_key_that_encrypts_it() {
    let bench = Bench::start().await;
    let kms = aws_sdk_kms::Client::new(&bench.config);
    let dynamodb = aws_sdk_dynamodb::Client::new(&bench.config);
    let key = kms.create_key().send().await.expect("it can be made");
    let key = key.key_metadata.expect("it is in the answer");
    let with = |key: &str| {
        let sse = SseSpecification::builder().enabled(true);
        sse.sse_type("KMS".into()).kms_master_key_id(key).build()
    };
    let create = |key: &str| {
        let schema = KeySchemaElement::builder()
            .attribute_name("pk")
            .key_type(KeyType::Hash);
        let definition = AttributeDefinition::builder()
            .attribute_name("pk")
            .attribute_type(ScalarAttributeType::S);
        let create = dynamodb.create_table().table_name("sessions");
        create
            .key_schema(schema.build().expect("it is whole"))
            .attribute_definitions(definition.build().expect("it is whole"))
            .billing_mode(BillingMode::PayPerRequest)
            .sse_specification(with(key))
            .send()
    };
    let missing = create("no-such-key")
        .await
        .expect_err("there is no such key");
    assert_eq!(missing.code(), Some("ValidationException"));
    create(&key.key_id).await.expect("the key is there");
    let shown = || async {
        let described = dynamodb
            .describe_table()
            .table_name("sessions")
            .send()
            .await;
        let table = described.expect("it exists").table.expect("it is there");
        table.sse_description.and_then(|sse| sse.kms_master_key_arn)
    };
    assert_eq!(shown().await, key.arn);
    let off = SseSpecification::builder().enabled(false).build();
    let update = dynamodb.update_table().table_name("sessions");
    update
        .sse_specification(off)
        .send()
        .await
        .expect("it exists");
    assert_eq!(shown().await, None);
    let update = dynamodb.update_table().table_name("sessions");
    let on = update.sse_specification(with(&key.key_id)).send().await;
    on.expect("it exists");
    assert_eq!(shown().await, key.arn);
}
