//! DynamoDB, as the session table and the deployment table use it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, Put, ReturnValue,
    ScalarAttributeType, Tag, TimeToLiveSpecification, TransactWriteItem, Update,
};

use super::{ACCOUNT, Bench};

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

async fn table(client: &Client) {
    let key = KeySchemaElement::builder()
        .attribute_name("pk")
        .key_type(KeyType::Hash)
        .build();
    let definition = AttributeDefinition::builder()
        .attribute_name("pk")
        .attribute_type(ScalarAttributeType::S)
        .build();
    client
        .create_table()
        .table_name("sessions")
        .key_schema(key.expect("it is whole"))
        .attribute_definitions(definition.expect("it is whole"))
        .billing_mode(BillingMode::PayPerRequest)
        .tags(
            Tag::builder()
                .key("flowyard")
                .value("local")
                .build()
                .expect("it is whole"),
        )
        .send()
        .await
        .expect("the table can be made");
}

#[tokio::test]
async fn a_table_is_described_tagged_and_given_a_time_to_live() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    table(&client).await;
    let described = client
        .describe_table()
        .table_name("sessions")
        .send()
        .await
        .expect("it exists");
    let described = described.table.expect("it is there");
    let arn = format!("arn:aws:dynamodb:eu-west-2:{ACCOUNT}:table/sessions");
    assert_eq!(described.table_arn(), Some(arn.as_str()));
    assert_eq!(
        described.table_status().map(|status| status.as_str()),
        Some("ACTIVE")
    );
    let billing = described
        .billing_mode_summary
        .and_then(|summary| summary.billing_mode);
    assert_eq!(billing, Some(BillingMode::PayPerRequest));

    let none = client
        .describe_time_to_live()
        .table_name("sessions")
        .send()
        .await
        .expect("it exists");
    let status = |ttl: Option<aws_sdk_dynamodb::types::TimeToLiveDescription>| {
        ttl.and_then(|ttl| ttl.time_to_live_status)
            .expect("it has a status")
            .as_str()
            .to_owned()
    };
    assert_eq!(status(none.time_to_live_description), "DISABLED");
    let ttl = TimeToLiveSpecification::builder()
        .attribute_name("expires_at")
        .enabled(true)
        .build();
    let update = client.update_time_to_live().table_name("sessions");
    update
        .time_to_live_specification(ttl.expect("it is whole"))
        .send()
        .await
        .expect("it exists");
    let set = client
        .describe_time_to_live()
        .table_name("sessions")
        .send()
        .await
        .expect("it exists");
    assert_eq!(status(set.time_to_live_description), "ENABLED");

    let tags = client
        .list_tags_of_resource()
        .resource_arn(&arn)
        .send()
        .await
        .expect("it exists");
    assert_eq!(tags.tags().len(), 1);
    client
        .untag_resource()
        .resource_arn(&arn)
        .tag_keys("flowyard")
        .send()
        .await
        .expect("it exists");
    let tags = client
        .list_tags_of_resource()
        .resource_arn(&arn)
        .send()
        .await
        .expect("it exists");
    assert!(tags.tags().is_empty());

    let again = client
        .create_table()
        .table_name("sessions")
        .billing_mode(BillingMode::PayPerRequest);
    let again = again
        .key_schema(
            KeySchemaElement::builder()
                .attribute_name("pk")
                .key_type(KeyType::Hash)
                .build()
                .expect("it is whole"),
        )
        .attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name("pk")
                .attribute_type(ScalarAttributeType::S)
                .build()
                .expect("it is whole"),
        );
    assert_eq!(
        again.send().await.expect_err("it exists").code(),
        Some("ResourceInUseException")
    );
    client
        .delete_table()
        .table_name("sessions")
        .send()
        .await
        .expect("it exists");
    let gone = client
        .describe_table()
        .table_name("sessions")
        .send()
        .await
        .expect_err("it is gone");
    assert_eq!(gone.code(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn conditions_decide_whether_an_item_is_written() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    table(&client).await;
    let put = || {
        client
            .put_item()
            .table_name("sessions")
            .item("pk", text("message#1"))
            .item("expires_at", AttributeValue::N("1700000000".to_owned()))
            .condition_expression("attribute_not_exists(pk)")
            .send()
    };
    put().await.expect("the first one is written");
    let second = put().await.expect_err("the second one is not");
    assert_eq!(second.code(), Some("ConditionalCheckFailedException"));
    assert_eq!(second.message(), Some("The conditional request failed"));

    let updated = client
        .update_item()
        .table_name("sessions")
        .key("pk", text("message#1"))
        .update_expression("SET #s = :done, tries = if_not_exists(tries, :zero) + :one")
        .condition_expression("attribute_exists(pk) AND (attribute_not_exists(#s) OR #s <> :done)")
        .expression_attribute_names("#s", "state")
        .expression_attribute_values(":done", text("done"))
        .expression_attribute_values(":zero", AttributeValue::N("0".to_owned()))
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
        .return_values(ReturnValue::AllNew)
        .send()
        .await
        .expect("the condition holds");
    let attributes = updated.attributes.expect("they were asked for");
    assert_eq!(attributes["tries"], AttributeValue::N("1".to_owned()));
    assert_eq!(attributes["state"], text("done"));

    let got = client
        .get_item()
        .table_name("sessions")
        .key("pk", text("message#1"))
        .consistent_read(true);
    assert_eq!(
        got.send()
            .await
            .expect("it exists")
            .item
            .expect("it is there")
            .len(),
        4
    );
    let found = client
        .query()
        .table_name("sessions")
        .key_condition_expression("pk = :pk")
        .filter_expression("expires_at < :now")
        .expression_attribute_values(":pk", text("message#1"))
        .expression_attribute_values(":now", AttributeValue::N("1800000000".to_owned()))
        .send()
        .await
        .expect("the query is fine");
    assert_eq!(found.count(), 1);
    client
        .delete_item()
        .table_name("sessions")
        .key("pk", text("message#1"))
        .send()
        .await
        .expect("it exists");
    let got = client
        .get_item()
        .table_name("sessions")
        .key("pk", text("message#1"))
        .send()
        .await;
    assert!(got.expect("the table exists").item.is_none());
}

#[tokio::test]
async fn a_transaction_is_whole_or_nothing_and_says_why() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    table(&client).await;
    let put = Put::builder()
        .table_name("sessions")
        .item("pk", text("a"))
        .build()
        .expect("it is whole");
    let update = Update::builder()
        .table_name("sessions")
        .key("pk", text("b"))
        .update_expression("SET x = :x")
        .condition_expression("attribute_exists(pk)")
        .expression_attribute_values(":x", text("1"))
        .build()
        .expect("it is whole");
    let error = client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(put).build())
        .transact_items(TransactWriteItem::builder().update(update).build())
        .send()
        .await
        .expect_err("the second part's condition fails");
    let error = error.into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(canceled) = &error else {
        panic!("{error:?}");
    };
    let codes: Vec<_> = canceled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code().unwrap_or_default())
        .collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    let scanned = client
        .scan()
        .table_name("sessions")
        .send()
        .await
        .expect("the table exists");
    assert_eq!(scanned.count(), 0);
}

#[tokio::test]
async fn point_in_time_recovery_can_be_switched_on() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    table(&client).await;
    let on = aws_sdk_dynamodb::types::PointInTimeRecoverySpecification::builder()
        .point_in_time_recovery_enabled(true)
        .build()
        .expect("it is whole");
    let update = client.update_continuous_backups().table_name("sessions");
    update
        .point_in_time_recovery_specification(on)
        .send()
        .await
        .expect("the table exists");
    let described = client
        .describe_continuous_backups()
        .table_name("sessions")
        .send()
        .await
        .expect("it exists");
    let status = described
        .continuous_backups_description
        .and_then(|backups| backups.point_in_time_recovery_description)
        .and_then(|recovery| recovery.point_in_time_recovery_status);
    assert_eq!(
        status.map(|status| status.as_str().to_owned()).as_deref(),
        Some("ENABLED")
    );
}
