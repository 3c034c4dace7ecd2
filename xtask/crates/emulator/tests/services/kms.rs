//! KMS, as the key of a deployment is made and retired.

use aws_sdk_kms::Client;
use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_kms::types::{KeyState, Tag};

use super::{ACCOUNT, Bench, REGION};

const ALIAS: &str = "alias/flowyard-acme";

/// A policy for the account and, with a statement of that name, for Connect.
fn policy(sid: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{sid}","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
    )
}

async fn key(client: &Client) -> String {
    let tag = Tag::builder().tag_key("managed-by").tag_value("flowyard");
    let made = client
        .create_key()
        .description("chats of acme")
        .policy(policy("first"))
        .tags(tag.build().expect("it is whole"))
        .send()
        .await
        .expect("the policy is fine");
    let metadata = made.key_metadata.expect("it is in the answer");
    let key = metadata.key_id.clone();
    assert_eq!(
        metadata.arn,
        Some(format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"))
    );
    key
}

async fn stored_policy(client: &Client, key: &str) -> String {
    let answer = client.get_key_policy().key_id(key).send().await;
    let policy = answer.expect("it exists").policy;
    policy.expect("every key has one")
}

#[tokio::test]
async fn a_key_has_the_policy_it_was_made_with_and_then_the_one_it_was_given() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    let key = key(&client).await;
    assert_eq!(stored_policy(&client, &key).await, policy("first"));
    let put = |policy: String| client.put_key_policy().key_id(&key).policy(policy).send();
    put(policy("second")).await.expect("it is fine");
    assert_eq!(stored_policy(&client, &key).await, policy("second"));
    let malformed = put("{}".to_owned()).await.expect_err("it says nothing");
    assert_eq!(malformed.code(), Some("MalformedPolicyDocumentException"));

    let plain = client.create_key().send().await.expect("it needs nothing");
    let plain = plain.key_metadata.expect("it is in the answer").key_id;
    let default = stored_policy(&client, &plain).await;
    assert!(default.contains(&format!("arn:aws:iam::{ACCOUNT}:root")));
}

#[tokio::test]
async fn an_alias_finds_its_key_and_is_given_once() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    let missing = client.describe_key().key_id(ALIAS).send().await;
    assert_eq!(missing.expect_err("none").code(), Some("NotFoundException"));
    let key = key(&client).await;
    let name = |alias: &str| {
        let create = client.create_alias().alias_name(alias);
        create.target_key_id(&key).send()
    };
    name(ALIAS).await.expect("it is free");
    assert_eq!(
        name(ALIAS).await.expect_err("it is taken").code(),
        Some("AlreadyExistsException")
    );
    assert_eq!(
        name("flowyard").await.expect_err("no prefix").code(),
        Some("InvalidAliasNameException")
    );
    assert_eq!(
        name("alias/aws/mine").await.expect_err("reserved").code(),
        Some("NotAuthorizedException")
    );
    let found = client.describe_key().key_id(ALIAS).send().await;
    let found = found.expect("it exists").key_metadata;
    assert_eq!(found.expect("it is in the answer").key_id, key);
    let by_alias = client.get_key_policy().key_id(ALIAS).send().await;
    assert_eq!(
        by_alias.expect_err("only ids and ARNs").code(),
        Some("NotFoundException")
    );

    name("alias/a").await.expect("it is free");
    let first = client
        .list_aliases()
        .limit(1)
        .send()
        .await
        .expect("it is fine");
    assert_eq!(first.aliases()[0].alias_name(), Some("alias/a"));
    assert!(first.truncated());
    let next = client.list_aliases().set_marker(first.next_marker).send();
    let next = next.await.expect("it is fine");
    assert_eq!(next.aliases()[0].alias_name(), Some(ALIAS));
    assert_eq!(next.aliases()[0].target_key_id(), Some(key.as_str()));
    client
        .delete_alias()
        .alias_name(ALIAS)
        .send()
        .await
        .expect("it exists");
    let gone = client.delete_alias().alias_name(ALIAS).send().await;
    assert_eq!(
        gone.expect_err("it is gone").code(),
        Some("NotFoundException")
    );
}

#[tokio::test]
async fn a_key_is_turned_and_tagged() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    let key = key(&client).await;
    let turns = || async {
        let status = client.get_key_rotation_status().key_id(&key).send().await;
        status.expect("it exists").key_rotation_enabled
    };
    assert!(!turns().await);
    let turn = client.enable_key_rotation().key_id(&key).send().await;
    turn.expect("it exists");
    assert!(turns().await);

    let tag = Tag::builder().tag_key("stage").tag_value("test").build();
    let tagged = client.tag_resource().key_id(&key);
    let tagged = tagged.tags(tag.expect("it is whole")).send().await;
    tagged.expect("it exists");
    let untagged = client.untag_resource().key_id(&key).tag_keys("managed-by");
    untagged.send().await.expect("it exists");
    let tags = client.list_resource_tags().key_id(&key).send().await;
    let tags = tags.expect("it exists");
    let tags: Vec<_> = tags.tags().iter().map(|tag| tag.tag_key()).collect();
    assert_eq!(tags, ["stage"]);
}

#[tokio::test]
async fn a_key_that_waits_for_its_deletion_takes_no_more_changes() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    let key = key(&client).await;
    let delete = |days| {
        let schedule = client.schedule_key_deletion().key_id(&key);
        schedule.pending_window_in_days(days).send()
    };
    assert_eq!(
        delete(3).await.expect_err("too soon").code(),
        Some("ValidationException")
    );
    let planned = delete(30).await.expect("it exists");
    assert_eq!(planned.key_state(), Some(&KeyState::PendingDeletion));
    assert!(planned.deletion_date().is_some());
    let seen = client.describe_key().key_id(&key).send().await;
    let seen = seen.expect("it still exists").key_metadata;
    assert_eq!(
        seen.expect("it is in the answer").key_state,
        Some(KeyState::PendingDeletion)
    );
    assert_eq!(
        delete(30).await.expect_err("it is planned").code(),
        Some("KMSInvalidStateException")
    );
    let turn = client.enable_key_rotation().key_id(&key).send().await;
    assert_eq!(
        turn.expect_err("it is planned").code(),
        Some("KMSInvalidStateException")
    );
}
