//! Instances, their attributes and storage.

use std::time::Duration;

use aws_sdk_connect::types::{
    DirectoryType, InstanceAttributeType, InstanceStatus, InstanceStorageConfig,
    InstanceStorageResourceType, S3Config, StorageType,
};
use emulator::Config;
use emulator::clock::ClockMode;

use super::{Bench, code, refusal, refusal_message};

fn create(
    bench: &Bench,
    alias: &str,
) -> aws_sdk_connect::operation::create_instance::builders::CreateInstanceFluentBuilder {
    bench
        .connect
        .create_instance()
        .identity_management_type(DirectoryType::ConnectManaged)
        .instance_alias(alias)
        .inbound_calls_enabled(true)
        .outbound_calls_enabled(false)
}

async fn status(bench: &Bench, instance: &str) -> Option<InstanceStatus> {
    let described = bench.connect.describe_instance().instance_id(instance);
    described.send().await.unwrap().instance?.instance_status
}

#[tokio::test]
async fn a_created_instance_becomes_active_after_a_while() {
    let bench = Bench::with(Config {
        clock: ClockMode::Virtual,
        instance_creation: Duration::from_secs(60),
        ..Config::new("123456789012", "eu-west-2")
    })
    .await;
    let id = bench.instance("acme").await;
    assert_eq!(
        status(&bench, &id).await,
        Some(InstanceStatus::CreationInProgress)
    );
    let early = bench.connect.list_queues().instance_id(&id).send().await;
    assert_eq!(refusal(early), code(400, "InvalidRequestException"));
    bench.emulator.advance(Duration::from_secs(60)).await;
    assert_eq!(status(&bench, &id).await, Some(InstanceStatus::Active));
    bench
        .connect
        .list_queues()
        .instance_id(&id)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn an_instance_is_described_as_it_was_created() {
    let bench = Bench::start().await;
    let created = create(&bench, "acme")
        .tags("team", "chat")
        .send()
        .await
        .unwrap();
    let arn = created.arn.unwrap();
    let described = bench.connect.describe_instance().instance_id(&arn);
    let instance = described.send().await.unwrap().instance.unwrap();
    assert_eq!(instance.id, created.id);
    assert_eq!(instance.instance_alias.as_deref(), Some("acme"));
    assert_eq!(instance.inbound_calls_enabled, Some(true));
    assert_eq!(instance.outbound_calls_enabled, Some(false));
    assert_eq!(instance.tags.unwrap()["team"], "chat");
    assert_eq!(
        instance.instance_access_url.as_deref(),
        Some("https://acme.my.connect.aws")
    );
    assert_eq!(
        arn,
        format!(
            "arn:aws:connect:eu-west-2:123456789012:instance/{}",
            created.id.unwrap()
        )
    );
}

#[tokio::test]
async fn an_alias_that_is_taken_is_refused() {
    let bench = Bench::start().await;
    bench.instance("acme").await;
    let message = refusal_message(create(&bench, "ACME").send().await);
    assert_eq!(message, "Instance alias is already used");
    let refused = refusal(create(&bench, "acme").send().await);
    assert_eq!(refused, code(400, "InvalidRequestException"));
}

#[tokio::test]
async fn an_alias_against_the_rules_is_refused() {
    let bench = Bench::start().await;
    let long = "a".repeat(46);
    for alias in ["d-acme", "acme_prod", "-acme", "acme-", "", long.as_str()] {
        let refused = refusal(create(&bench, alias).send().await);
        assert_eq!(refused, code(400, "InvalidRequestException"), "{alias}");
    }
}

#[tokio::test]
async fn an_instance_without_alias_or_directory_is_refused() {
    let bench = Bench::start().await;
    let request = bench
        .connect
        .create_instance()
        .identity_management_type(DirectoryType::Saml)
        .inbound_calls_enabled(true)
        .outbound_calls_enabled(true);
    let refused = refusal(request.send().await);
    assert_eq!(refused, code(400, "InvalidRequestException"));
}

#[tokio::test]
async fn a_repeated_client_token_creates_nothing_new() {
    let bench = Bench::start().await;
    let first = create(&bench, "acme")
        .client_token("t")
        .send()
        .await
        .unwrap();
    let again = create(&bench, "acme")
        .client_token("t")
        .send()
        .await
        .unwrap();
    assert_eq!(first.id, again.id);
    let other = create(&bench, "other").client_token("t").send().await;
    assert_eq!(refusal(other), code(400, "InvalidRequestException"));
}

#[tokio::test]
async fn a_deleted_instance_is_gone() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let delete = || bench.connect.delete_instance().instance_id(&id).send();
    delete().await.unwrap();
    let described = bench.connect.describe_instance().instance_id(&id).send();
    assert_eq!(
        refusal(described.await),
        code(404, "ResourceNotFoundException")
    );
    assert_eq!(
        refusal(delete().await),
        code(404, "ResourceNotFoundException")
    );
    bench.instance("acme").await;
}

#[tokio::test]
async fn instances_are_listed_in_pages_of_ten() {
    let bench = Bench::start().await;
    for n in 0..12 {
        bench.instance(&format!("acme-{n}")).await;
    }
    let first = bench.connect.list_instances().send().await.unwrap();
    assert_eq!(first.instance_summary_list().len(), 10);
    let rest = bench
        .connect
        .list_instances()
        .next_token(first.next_token.unwrap());
    let rest = rest.send().await.unwrap();
    assert_eq!(rest.instance_summary_list().len(), 2);
    assert_eq!(rest.next_token, None);
    let large = bench.connect.list_instances().max_results(11).send().await;
    assert_eq!(refusal(large), code(400, "InvalidRequestException"));
}

#[tokio::test]
async fn attributes_are_off_until_they_are_set() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let value = async || {
        bench
            .connect
            .describe_instance_attribute()
            .instance_id(&id)
            .attribute_type(InstanceAttributeType::ContactflowLogs)
            .send()
            .await
            .unwrap()
            .attribute
            .unwrap()
            .value
    };
    let set = |value: &str| {
        bench
            .connect
            .update_instance_attribute()
            .instance_id(&id)
            .attribute_type(InstanceAttributeType::ContactflowLogs)
            .value(value)
            .send()
    };
    assert_eq!(value().await.as_deref(), Some("false"));
    set("true").await.unwrap();
    assert_eq!(value().await.as_deref(), Some("true"));
    let refused = refusal(set("maybe").await);
    assert_eq!(refused, code(400, "InvalidParameterException"));
    let listed = bench
        .connect
        .list_instance_attributes()
        .instance_id(&id)
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    assert_eq!(listed.len(), 13);
    let unknown = bench
        .connect
        .update_instance_attribute()
        .instance_id(&id)
        .attribute_type("CONTACT_FLOW_LOGS".into())
        .value("true");
    assert_eq!(
        refusal(unknown.send().await),
        code(400, "InvalidParameterException")
    );
}

fn bucket(name: &str) -> InstanceStorageConfig {
    let s3 = S3Config::builder().bucket_name(name).bucket_prefix("chat");
    InstanceStorageConfig::builder()
        .storage_type(StorageType::S3)
        .s3_config(s3.build().unwrap())
        .build()
        .unwrap()
}

#[tokio::test]
async fn storage_is_associated_once_updated_and_disassociated() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let transcripts = InstanceStorageResourceType::ChatTranscripts;
    let associate = |name: &str| {
        bench
            .connect
            .associate_instance_storage_config()
            .instance_id(&id)
            .resource_type(transcripts.clone())
            .storage_config(bucket(name))
            .send()
    };
    let association = associate("first").await.unwrap().association_id.unwrap();
    let again = refusal(associate("second").await);
    assert_eq!(again, code(409, "ResourceConflictException"));
    let update = bench
        .connect
        .update_instance_storage_config()
        .instance_id(&id)
        .association_id(&association)
        .resource_type(transcripts.clone())
        .storage_config(bucket("second"));
    update.send().await.unwrap();
    let list = || {
        bench
            .connect
            .list_instance_storage_configs()
            .instance_id(&id)
            .resource_type(transcripts.clone())
            .send()
    };
    let configs = list().await.unwrap().storage_configs.unwrap();
    assert_eq!(configs.len(), 1);
    assert_eq!(configs[0].association_id.as_ref(), Some(&association));
    assert_eq!(configs[0].s3_config.as_ref().unwrap().bucket_name, "second");
    let other_type = bench
        .connect
        .describe_instance_storage_config()
        .instance_id(&id)
        .association_id(&association)
        .resource_type(InstanceStorageResourceType::Attachments);
    assert_eq!(
        refusal(other_type.send().await),
        code(404, "ResourceNotFoundException")
    );
    let disassociate = bench
        .connect
        .disassociate_instance_storage_config()
        .instance_id(&id)
        .association_id(&association)
        .resource_type(transcripts.clone());
    disassociate.send().await.unwrap();
    assert!(list().await.unwrap().storage_configs().is_empty());
}

#[tokio::test]
async fn storage_without_the_part_of_its_type_is_refused() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let config = InstanceStorageConfig::builder().storage_type(StorageType::KinesisStream);
    let request = bench
        .connect
        .associate_instance_storage_config()
        .instance_id(&id)
        .resource_type(InstanceStorageResourceType::ContactTraceRecords)
        .storage_config(config.build().unwrap());
    assert_eq!(
        refusal(request.send().await),
        code(400, "InvalidRequestException")
    );
}
