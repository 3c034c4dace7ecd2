//! S3, as storage of transcripts and attachments is set up.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, CorsConfiguration, CorsRule,
    CreateBucketConfiguration, Delete, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, ObjectIdentifier, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    Tag, Tagging,
};

use super::{ACCOUNT, Bench, REGION};

const BUCKET: &str = "acme-transcripts";

async fn bucket(client: &Client) {
    create(client, REGION).await.expect("the name is free");
}

async fn create(client: &Client, region: &str) -> Result<(), String> {
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(region))
        .build();
    let made = client.create_bucket().bucket(BUCKET);
    let made = made.create_bucket_configuration(place).send().await;
    made.map(|_| ())
        .map_err(|error| error.code().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_bucket_is_made_in_the_region_of_the_endpoint_only() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    let missing = client.head_bucket().bucket(BUCKET).send().await;
    let missing = missing.expect_err("it is not there").into_service_error();
    assert!(missing.is_not_found());
    assert_eq!(
        create(&client, "us-west-2").await,
        Err("IllegalLocationConstraintException".to_owned())
    );
    bucket(&client).await;
    let head = client.head_bucket().bucket(BUCKET).send().await;
    assert_eq!(head.expect("it is there").bucket_region(), Some(REGION));
    let place = client.get_bucket_location().bucket(BUCKET).send().await;
    let place = place.expect("it is there").location_constraint;
    assert_eq!(place, Some(BucketLocationConstraint::EuWest2));
    assert_eq!(
        create(&client, REGION).await,
        Err("BucketAlreadyOwnedByYou".to_owned())
    );
}

#[tokio::test]
async fn a_bucket_of_somebody_else_is_neither_made_nor_seen() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    bench.emulator.take_bucket(BUCKET);
    assert_eq!(
        create(&client, REGION).await,
        Err("BucketAlreadyExists".to_owned())
    );
    let head = client.head_bucket().bucket(BUCKET).send().await;
    let status = head
        .expect_err("it is not ours")
        .raw_response()
        .map(|raw| raw.status().as_u16());
    assert_eq!(status, Some(403));
}

#[tokio::test]
async fn the_expected_owner_is_looked_at() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    bucket(&client).await;
    let of = |owner: &str| {
        let location = client.get_bucket_location().bucket(BUCKET);
        location.expected_bucket_owner(owner).send()
    };
    of(ACCOUNT).await.expect("it is ours");
    let refused = of("999999999999").await.expect_err("it is not theirs");
    assert_eq!(refused.code(), Some("AccessDenied"));
}

#[tokio::test]
async fn a_new_bucket_blocks_public_access_and_encrypts() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    bucket(&client).await;
    let block = client.get_public_access_block().bucket(BUCKET).send().await;
    let block = block
        .expect("it is there")
        .public_access_block_configuration;
    let all = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    assert_eq!(block, Some(all));
    assert_eq!(
        encryption(&client).await,
        (ServerSideEncryption::Aes256, None)
    );

    let open = PublicAccessBlockConfiguration::builder().block_public_acls(true);
    client
        .put_public_access_block()
        .bucket(BUCKET)
        .public_access_block_configuration(open.build())
        .send()
        .await
        .expect("it is ours");
    let block = client.get_public_access_block().bucket(BUCKET).send().await;
    let block = block
        .expect("it is there")
        .public_access_block_configuration;
    let block = block.expect("it was set");
    assert_eq!(block.block_public_acls, Some(true));
    assert_eq!(block.block_public_policy, Some(false));
}

async fn encryption(client: &Client) -> (ServerSideEncryption, Option<String>) {
    let answer = client.get_bucket_encryption().bucket(BUCKET).send().await;
    let rules = answer
        .expect("it is there")
        .server_side_encryption_configuration
        .expect("buckets always encrypt")
        .rules;
    let rule = rules[0]
        .apply_server_side_encryption_by_default
        .clone()
        .expect("the rule says how");
    (rule.sse_algorithm, rule.kms_master_key_id)
}

#[tokio::test]
async fn encryption_with_a_key_is_kept() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    bucket(&client).await;
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/k");
    let with = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .kms_master_key_id(&key)
        .build()
        .expect("it is whole");
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(with)
        .bucket_key_enabled(true)
        .build();
    let rules = ServerSideEncryptionConfiguration::builder().rules(rule);
    client
        .put_bucket_encryption()
        .bucket(BUCKET)
        .server_side_encryption_configuration(rules.build().expect("it is whole"))
        .send()
        .await
        .expect("it is ours");
    assert_eq!(
        encryption(&client).await,
        (ServerSideEncryption::AwsKms, Some(key))
    );
}

#[tokio::test]
async fn lifecycle_cors_tags_and_policy_are_kept_and_missing_ones_are_named() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    bucket(&client).await;

    let none = client.get_bucket_lifecycle_configuration().bucket(BUCKET);
    let none = none.send().await.expect_err("there is none");
    assert_eq!(none.code(), Some("NoSuchLifecycleConfiguration"));
    let rule = LifecycleRule::builder()
        .id("flowyard-expiry")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .expiration(LifecycleExpiration::builder().days(365).build())
        .build()
        .expect("it is whole");
    let rules = BucketLifecycleConfiguration::builder().rules(rule.clone());
    client
        .put_bucket_lifecycle_configuration()
        .bucket(BUCKET)
        .lifecycle_configuration(rules.build().expect("it is whole"))
        .send()
        .await
        .expect("it is ours");
    let kept = client.get_bucket_lifecycle_configuration().bucket(BUCKET);
    let kept = kept.send().await.expect("there is one");
    assert_eq!(kept.rules(), [rule]);

    let none = client.get_bucket_cors().bucket(BUCKET).send().await;
    let none = none.expect_err("there is none");
    assert_eq!(none.code(), Some("NoSuchCORSConfiguration"));
    let rule = CorsRule::builder()
        .allowed_methods("PUT")
        .allowed_methods("GET")
        .allowed_headers("*")
        .allowed_origins("https://chat.example.com")
        .build()
        .expect("it is whole");
    let cors = CorsConfiguration::builder()
        .cors_rules(rule.clone())
        .build();
    client
        .put_bucket_cors()
        .bucket(BUCKET)
        .cors_configuration(cors.expect("it is whole"))
        .send()
        .await
        .expect("it is ours");
    let kept = client.get_bucket_cors().bucket(BUCKET).send().await;
    assert_eq!(kept.expect("there is one").cors_rules(), [rule]);

    let none = client.get_bucket_tagging().bucket(BUCKET).send().await;
    assert_eq!(none.expect_err("none").code(), Some("NoSuchTagSet"));
    let tag = Tag::builder().key("managed-by").value("flowyard").build();
    let tag = tag.expect("it is whole");
    let tags = Tagging::builder().tag_set(tag.clone()).build();
    client
        .put_bucket_tagging()
        .bucket(BUCKET)
        .tagging(tags.expect("it is whole"))
        .send()
        .await
        .expect("it is ours");
    let kept = client.get_bucket_tagging().bucket(BUCKET).send().await;
    assert_eq!(kept.expect("there are some").tag_set(), [tag]);

    let none = client.get_bucket_policy().bucket(BUCKET).send().await;
    assert_eq!(none.expect_err("none").code(), Some("NoSuchBucketPolicy"));
    let put = |policy: &str| {
        client
            .put_bucket_policy()
            .bucket(BUCKET)
            .policy(policy)
            .send()
    };
    let malformed = put("{\"Version\":").await.expect_err("it is cut short");
    assert_eq!(malformed.code(), Some("MalformedPolicy"));
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::{BUCKET}/*","Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}]}}"#
    );
    put(&policy).await.expect("it is ours");
    let kept = client.get_bucket_policy().bucket(BUCKET).send().await;
    assert_eq!(kept.expect("there is one").policy(), Some(policy.as_str()));
}

#[tokio::test]
async fn a_bucket_is_deleted_only_when_it_is_empty() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    bucket(&client).await;
    let body = format!("said on behalf of {ACCOUNT}");
    for key in ["chats/2026/11/one.json", "chats/2026/11/two words.json"] {
        client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .body(ByteStream::from(body.clone().into_bytes()))
            .send()
            .await
            .expect("it is ours");
    }
    let refused = client.delete_bucket().bucket(BUCKET).send().await;
    assert_eq!(
        refused.expect_err("not empty").code(),
        Some("BucketNotEmpty")
    );
    let got = client
        .get_object()
        .bucket(BUCKET)
        .key("chats/2026/11/two words.json");
    let got = got.send().await.expect("it is there").body.collect().await;
    assert_eq!(got.expect("it is whole").into_bytes(), body.as_bytes());

    let listed = client
        .list_objects_v2()
        .bucket(BUCKET)
        .prefix("chats/")
        .max_keys(1);
    let first = listed.clone().send().await.expect("it is ours");
    assert_eq!(first.is_truncated(), Some(true));
    let token = first.next_continuation_token().expect("there is more");
    let second = listed.continuation_token(token).send().await;
    let second = second.expect("it is ours");
    let keys: Vec<_> = first.contents().iter().chain(second.contents()).collect();
    assert_eq!(keys.len(), 2);
    let objects = keys.iter().map(|object| {
        let key = object.key().expect("objects have one");
        ObjectIdentifier::builder()
            .key(key)
            .build()
            .expect("it is whole")
    });
    let delete = Delete::builder()
        .set_objects(Some(objects.collect()))
        .build();
    let deleted = client.delete_objects().bucket(BUCKET);
    let deleted = deleted.delete(delete.expect("it is whole")).send().await;
    let deleted = deleted.expect("it is ours");
    assert_eq!((deleted.deleted().len(), deleted.errors().len()), (2, 0));
    let gone = client.delete_bucket().bucket(BUCKET).send().await;
    gone.expect("it is empty");
    let again = client.delete_bucket().bucket(BUCKET).send().await;
    assert_eq!(again.expect_err("it is gone").code(), Some("NoSuchBucket"));
}

#[tokio::test]
async fn what_was_not_tried_is_named() {
    let bench = Bench::start().await;
    let client = Client::new(&bench.config);
    bucket(&client).await;
    let website = client.get_bucket_website().bucket(BUCKET).send().await;
    let error = website.expect_err("it is not here");
    assert_eq!(error.code(), Some("NotImplementedException"));
}
