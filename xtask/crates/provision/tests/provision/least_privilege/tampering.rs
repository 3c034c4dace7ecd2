//! What somebody does behind our back, for bootstrapping to mend.

use aws_sdk_connect::types::QueueStatus;
use aws_sdk_dynamodb::types::SseSpecification;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use super::Account;
use crate::centre::{ACCOUNT, REGION};

/// Somebody changes what is ours behind our back.
pub(super) async fn tamper(account: &Account) {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let update = account
        .iam
        .update_assume_role_policy()
        .role_name("acme-local-bot-join");
    let update = update.policy_document(trust.to_string()).send().await;
    update.expect("the owner may do everything");
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:acme-local-chat-messages");
    let set = account.sns.set_topic_attributes().topic_arn(topic);
    let nothing = json!({ "Version": "2012-10-17", "Statement": [] }).to_string();
    let set = set
        .attribute_name("Policy")
        .attribute_value(nothing)
        .send()
        .await;
    set.expect("the owner may do everything");
    let config = account.centre.sdk_config();
    tamper_with_dead_letters(&aws_sdk_sqs::Client::new(&config)).await;
    tamper_with_table(&aws_sdk_dynamodb::Client::new(&config)).await;
    disable_queue(account).await;
}

async fn tamper_with_dead_letters(sqs: &aws_sdk_sqs::Client) {
    let url = sqs
        .get_queue_url()
        .queue_name("acme-local-chat-undelivered");
    let url = url.send().await.expect("bootstrapping has made it");
    let set = sqs.set_queue_attributes().set_queue_url(url.queue_url);
    let set = set.attributes(QueueAttributeName::MessageRetentionPeriod, "60");
    set.send().await.expect("the owner may do everything");
}

async fn tamper_with_table(dynamodb: &aws_sdk_dynamodb::Client) {
    let plain = SseSpecification::builder().enabled(false).build();
    let update = dynamodb.update_table();
    let update = update.table_name("acme-local-chat-sessions");
    let update = update.sse_specification(plain).send().await;
    update.expect("the owner may do everything");
}

async fn disable_queue(account: &Account) {
    let (instance, connect) = account.centre.console().await;
    let queues = connect.list_queues().instance_id(&instance).send().await;
    let queues = queues.expect("the owner may do everything");
    let mut queues = queues.queue_summary_list().iter();
    let queue = queues.find(|it| it.name() == Some("support"));
    let queue = queue.and_then(|it| it.id()).expect("it was made");
    let update = connect.update_queue_status().instance_id(&instance);
    let update = update.queue_id(queue).status(QueueStatus::Disabled);
    update.send().await.expect("the owner may do everything");
}
