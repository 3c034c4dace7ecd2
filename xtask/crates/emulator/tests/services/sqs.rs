//! SQS, as queues of dead letters are made and looked into.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::QueueAttributeName;

use super::{ACCOUNT, Bench, REGION};

async fn queue(client: &Client) -> String {
    let made = client
        .create_queue()
        .queue_name("dead-letters")
        .attributes(QueueAttributeName::MessageRetentionPeriod, "1209600")
        .attributes(QueueAttributeName::KmsMasterKeyId, "alias/acme")
        .tags("managed-by", "flowyard")
        .send()
        .await;
    made.expect("the name is free")
        .queue_url
        .expect("it is in the answer")
}

async fn attribute(client: &Client, queue: &str, name: QueueAttributeName) -> Option<String> {
    let asked = client.get_queue_attributes().queue_url(queue);
    let answer = asked.attribute_names(name.clone()).send().await;
    let attributes = answer.expect("it exists").attributes.unwrap_or_default();
    assert!(attributes.len() <= 1, "only what was asked for is shown");
    attributes.get(&name).cloned()
}

#[tokio::test]
async fn a_queue_keeps_what_it_was_made_with() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    let missing = client
        .get_queue_url()
        .queue_name("dead-letters")
        .send()
        .await;
    let missing = missing.expect_err("it is not there").into_service_error();
    assert!(missing.is_queue_does_not_exist(), "{missing:?}");

    let url = queue(&client).await;
    assert_eq!(
        url,
        format!("{}/{ACCOUNT}/dead-letters", bench.emulator.endpoint())
    );
    let found = client
        .get_queue_url()
        .queue_name("dead-letters")
        .send()
        .await;
    assert_eq!(found.expect("it exists").queue_url(), Some(url.as_str()));
    assert_eq!(queue(&client).await, url, "making it again is no change");
    let other = client
        .create_queue()
        .queue_name("dead-letters")
        .attributes(QueueAttributeName::KmsMasterKeyId, "alias/other")
        .send()
        .await
        .expect_err("it is encrypted otherwise")
        .into_service_error();
    assert!(other.is_queue_name_exists(), "{other:?}");

    let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:dead-letters");
    for (name, value) in [
        (QueueAttributeName::QueueArn, arn.as_str()),
        (QueueAttributeName::MessageRetentionPeriod, "1209600"),
        (QueueAttributeName::KmsMasterKeyId, "alias/acme"),
        (QueueAttributeName::SqsManagedSseEnabled, "false"),
    ] {
        let found = attribute(&client, &url, name.clone()).await;
        assert_eq!(found.as_deref(), Some(value), "{name}");
    }
    let tags = client.list_queue_tags().queue_url(&url).send().await;
    let tags = tags.expect("it exists").tags.unwrap_or_default();
    assert_eq!(tags["managed-by"], "flowyard");
}

#[tokio::test]
async fn attributes_and_tags_change_and_what_cannot_be_is_refused() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    let url = queue(&client).await;
    let set = |name: QueueAttributeName, value: &str| {
        let set = client.set_queue_attributes().queue_url(&url);
        set.attributes(name, value).send()
    };
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    set(QueueAttributeName::Policy, policy)
        .await
        .expect("it is fine");
    let kept = attribute(&client, &url, QueueAttributeName::Policy).await;
    assert_eq!(kept.as_deref(), Some(policy));
    let broken = set(QueueAttributeName::Policy, "{").await;
    assert_eq!(
        broken.expect_err("it is cut short").code(),
        Some("InvalidAttributeValue")
    );
    let unknown = set(QueueAttributeName::from("Colour"), "red").await;
    assert_eq!(
        unknown.expect_err("there is no such thing").code(),
        Some("InvalidAttributeName")
    );
    set(QueueAttributeName::KmsMasterKeyId, "")
        .await
        .expect("it is fine");
    let kept = attribute(&client, &url, QueueAttributeName::KmsMasterKeyId).await;
    assert_eq!(kept, None);
    let managed = attribute(&client, &url, QueueAttributeName::SqsManagedSseEnabled).await;
    assert_eq!(managed.as_deref(), Some("true"));

    let tag = client.tag_queue().queue_url(&url).tags("stage", "test");
    tag.send().await.expect("it exists");
    let untag = client.untag_queue().queue_url(&url).tag_keys("managed-by");
    untag.send().await.expect("it exists");
    let tags = client.list_queue_tags().queue_url(&url).send().await;
    let tags = tags.expect("it exists").tags.unwrap_or_default();
    assert_eq!(tags.into_keys().collect::<Vec<_>>(), ["stage"]);
}

#[tokio::test]
async fn messages_wait_until_they_are_taken_and_a_queue_goes_with_them() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    let url = queue(&client).await;
    for body in ["one", "two"] {
        let sent = client.send_message().queue_url(&url).message_body(body);
        sent.send().await.expect("it exists");
    }
    let receive = || async {
        let got = client.receive_message().queue_url(&url);
        let got = got.max_number_of_messages(10).send().await;
        got.expect("it exists").messages.unwrap_or_default()
    };
    let got = receive().await;
    let bodies: Vec<_> = got.iter().filter_map(|message| message.body()).collect();
    assert_eq!(bodies, ["one", "two"]);
    assert!(receive().await.is_empty(), "they are being looked at");
    let handle = got[0].receipt_handle().expect("messages have one");
    let done = client
        .delete_message()
        .queue_url(&url)
        .receipt_handle(handle);
    done.send().await.expect("it is there");

    client
        .delete_queue()
        .queue_url(&url)
        .send()
        .await
        .expect("it exists");
    let gone = client.delete_queue().queue_url(&url).send().await;
    let gone = gone.expect_err("it is gone");
    assert_eq!(
        gone.code(),
        Some("AWS.SimpleQueueService.NonExistentQueue"),
        "clients that speak to SQS know its older names"
    );
}
