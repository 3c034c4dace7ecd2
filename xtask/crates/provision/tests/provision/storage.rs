//! Keys, buckets and dead letters: made with safe settings, repaired, and left alone where they are
//! somebody else's.

use aws_sdk_kms::types::KeyState;
use aws_sdk_s3::types::{ServerSideEncryption, Tag, Tagging};
use aws_sdk_sqs::types::QueueAttributeName;
use emulator::faults::Fault;
use flow::diagnostic::SourceFile;
use provision::address::Layer;
use provision::apply::ApplyError;
use provision::infra::Infra;
use provision::plan::Plan;
use serde_json::Value;

use crate::centre::{ACCOUNT, Centre, REGION, infra_file};

const BUCKET: &str = "acme-local-chat-transcripts";
const ALIAS: &str = "alias/acme-local-chats";

/// An administrator of the account.
struct Account {
    kms: aws_sdk_kms::Client,
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    sns: aws_sdk_sns::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    lambda: aws_sdk_lambda::Client,
}

impl Account {
    fn of(centre: &Centre) -> Account {
        let config = centre.sdk_config();
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true);
        Account {
            kms: aws_sdk_kms::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            sqs: aws_sdk_sqs::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
        }
    }

    /// The ARN of the key that the alias stands for.
    async fn key(&self) -> String {
        let described = self.kms.describe_key().key_id(ALIAS).send().await;
        let metadata = described.expect("it exists").key_metadata;
        let metadata = metadata.expect("it is in the answer");
        assert_eq!(metadata.key_state, Some(KeyState::Enabled));
        metadata.arn.expect("keys have one")
    }

    async fn make_bucket(&self, tags: &[(&str, &str)]) {
        let place = aws_sdk_s3::types::BucketLocationConstraint::from(REGION);
        let configuration = aws_sdk_s3::types::CreateBucketConfiguration::builder();
        let configuration = configuration.location_constraint(place).build();
        let create = self.s3.create_bucket().bucket(BUCKET);
        let create = create.create_bucket_configuration(configuration);
        create.send().await.expect("the name is free");
        if tags.is_empty() {
            return;
        }
        let tags = tags.iter().map(|(key, value)| {
            let tag = Tag::builder().key(*key).value(*value).build();
            tag.expect("it is whole")
        });
        let tagging = Tagging::builder().set_tag_set(Some(tags.collect()));
        let put = self.s3.put_bucket_tagging().bucket(BUCKET);
        let put = put.tagging(tagging.build().expect("it is whole"));
        put.send().await.expect("it is there");
    }

    async fn bucket_key(&self) -> (ServerSideEncryption, Option<String>) {
        let answer = self.s3.get_bucket_encryption().bucket(BUCKET).send().await;
        let rules = answer
            .expect("it is there")
            .server_side_encryption_configuration
            .expect("buckets always encrypt")
            .rules;
        let default = rules[0].apply_server_side_encryption_by_default.clone();
        let default = default.expect("the rule says how");
        (default.sse_algorithm, default.kms_master_key_id)
    }

    async fn queue(&self, name: &str, attribute: QueueAttributeName) -> Option<String> {
        let url = self.sqs.get_queue_url().queue_name(name).send().await;
        let url = url.expect("it exists").queue_url.expect("it has one");
        let attributes = self.sqs.get_queue_attributes().queue_url(url);
        let attributes = attributes.attribute_names(QueueAttributeName::All);
        let answer = attributes.send().await.expect("it exists");
        answer.attributes.unwrap_or_default().remove(&attribute)
    }
}

/// The fields that a plan changes, by address.
fn fields(plan: &Plan) -> Vec<String> {
    let changes = plan.changes.iter().flat_map(|change| {
        let fields = change.fields.iter();
        fields.map(|field| format!("{} {}", change.addr, field.name))
    });
    changes.collect()
}

async fn foundation(centre: &Centre) -> Plan {
    let desired = centre.desired(Vec::new());
    centre.plan(&desired, Layer::Foundation).await
}

#[tokio::test]
async fn bootstrapping_encrypts_everything_with_a_key_that_connect_may_use_and_no_more() {
    let centre = Centre::bootstrapped().await;
    let account = Account::of(&centre);
    let key = account.key().await;
    let turns = account
        .kms
        .get_key_rotation_status()
        .key_id(&key)
        .send()
        .await;
    assert!(turns.expect("it exists").key_rotation_enabled);
    let policy = account.kms.get_key_policy().key_id(&key).send().await;
    let policy = policy.expect("it exists").policy.expect("keys have one");
    let policy: Value = serde_json::from_str(&policy).expect("it is JSON");
    let statements = policy["Statement"].as_array().expect("it has some");
    let services = statements
        .iter()
        .filter(|it| !it["Principal"]["Service"].is_null());
    let services: Vec<&Value> = services.collect();
    assert_eq!(services.len(), 2, "Connect and SNS");
    for statement in services {
        let actions = &statement["Action"];
        assert_eq!(
            *actions,
            serde_json::json!(["kms:GenerateDataKey*", "kms:Decrypt"])
        );
        let condition = &statement["Condition"];
        assert_eq!(condition["StringEquals"]["aws:SourceAccount"], ACCOUNT);
        assert!(!condition["ArnEquals"]["aws:SourceArn"].is_null());
        assert!(!condition.to_string().contains("${"), "{condition}");
    }

    assert_eq!(
        account.bucket_key().await,
        (ServerSideEncryption::AwsKms, Some(key.clone()))
    );
    for queue in ["acme-local-chat-undelivered", "acme-local-chat-failures"] {
        let encrypted = account
            .queue(queue, QueueAttributeName::KmsMasterKeyId)
            .await;
        assert_eq!(encrypted.as_ref(), Some(&key), "{queue}");
    }
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:acme-local-chat-messages");
    let attributes = account
        .sns
        .get_topic_attributes()
        .topic_arn(topic)
        .send()
        .await;
    let attributes = attributes
        .expect("it exists")
        .attributes
        .unwrap_or_default();
    assert_eq!(attributes.get("KmsMasterKeyId"), Some(&key));
    let table = account
        .dynamodb
        .describe_table()
        .table_name("acme-local-chat-sessions");
    let table = table.send().await.expect("it exists").table;
    let encryption = table.and_then(|table| table.sse_description);
    assert_eq!(encryption.and_then(|it| it.kms_master_key_arn), Some(key));
}

#[tokio::test]
async fn what_the_bot_cannot_handle_goes_to_its_queues() {
    let centre = Centre::bootstrapped().await;
    let account = Account::of(&centre);
    let desired = centre.desired(Vec::new());
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let events = account.lambda.get_function_event_invoke_config();
    let events = events
        .function_name("acme-local-bot-reply")
        .qualifier("live");
    let events = events.send().await.expect("it was set");
    assert_eq!(events.maximum_retry_attempts, Some(2));
    assert_eq!(events.maximum_event_age_in_seconds, Some(900));
    let failure = events.destination_config.and_then(|it| it.on_failure);
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:acme-local-chat-failures");
    assert_eq!(failure.and_then(|it| it.destination), Some(queue));

    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:acme-local-chat-messages");
    let subscriptions = account.sns.list_subscriptions_by_topic().topic_arn(topic);
    let subscriptions = subscriptions.send().await.expect("it exists");
    let arn = subscriptions.subscriptions()[0].subscription_arn();
    let attributes = account.sns.get_subscription_attributes();
    let attributes = attributes
        .subscription_arn(arn.unwrap_or_default())
        .send()
        .await;
    let attributes = attributes
        .expect("it exists")
        .attributes
        .unwrap_or_default();
    let redrive = attributes.get("RedrivePolicy").expect("it was set");
    assert!(
        redrive.contains(":acme-local-chat-undelivered\""),
        "{redrive}"
    );

    // Somebody takes both away.
    let delete = account.lambda.delete_function_event_invoke_config();
    let delete = delete
        .function_name("acme-local-bot-reply")
        .qualifier("live");
    delete.send().await.expect("it was set");
    let set = account.sns.set_subscription_attributes();
    let set = set.set_subscription_arn(arn.map(str::to_owned));
    let set = set.attribute_name("RedrivePolicy").attribute_value("");
    set.send().await.expect("it exists");
    let plan = centre.plan(&desired, Layer::Release).await;
    assert_eq!(
        fields(&plan),
        [
            "lambda.bot-reply retries",
            "lambda.bot-reply max_age",
            "lambda.bot-reply send_to",
            "subscription.bot-reply undelivered",
        ]
    );
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

#[tokio::test]
async fn what_somebody_opened_is_closed_again() {
    let centre = Centre::bootstrapped().await;
    let account = Account::of(&centre);
    let key = account.key().await;
    let open = aws_sdk_s3::types::PublicAccessBlockConfiguration::builder().build();
    let put = account.s3.put_public_access_block().bucket(BUCKET);
    let put = put.public_access_block_configuration(open).send().await;
    put.expect("it is there");
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
    );
    let put = account.kms.put_key_policy().key_id(&key).policy(policy);
    put.send().await.expect("it is there");
    let url = account
        .sqs
        .get_queue_url()
        .queue_name("acme-local-chat-undelivered");
    let url = url.send().await.expect("it exists").queue_url;
    let set = account.sqs.set_queue_attributes().set_queue_url(url);
    let set = set.attributes(QueueAttributeName::MessageRetentionPeriod, "60");
    set.send().await.expect("it exists");

    let plan = foundation(&centre).await;
    assert_eq!(
        fields(&plan),
        [
            "key.chats policy",
            "bucket.chat-transcripts public access",
            "dead_letters.chat-undelivered keep",
        ]
    );
    let desired = centre.desired(Vec::new());
    centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("bootstrap");
    assert!(foundation(&centre).await.is_empty());
}

#[tokio::test]
async fn a_bucket_without_our_tags_is_used_and_stays_as_it_is() {
    for tags in [&[][..], &[("managed-by", "terraform")]] {
        let centre = Centre::empty().await;
        let account = Account::of(&centre);
        account.make_bucket(tags).await;
        let plan = foundation(&centre).await;
        let warned = plan
            .warnings
            .iter()
            .filter(|it| it.as_str() == "bucket_is_not_ours");
        assert_eq!(warned.count(), 1);
        let desired = centre.desired(Vec::new());
        centre
            .deploy(&desired, Layer::Foundation)
            .await
            .expect("bootstrap");
        assert_eq!(account.bucket_key().await.0, ServerSideEncryption::Aes256);
        let plan = foundation(&centre).await;
        assert!(plan.is_empty(), "{:?}", fields(&plan));
        let storage = plan.unchanged.iter().map(ToString::to_string);
        assert!(
            storage
                .into_iter()
                .any(|it| it == "storage.chat_transcripts")
        );
    }
}

#[tokio::test]
async fn a_bucket_of_another_account_is_not_touched() {
    let centre = Centre::empty().await;
    centre.emulator.take_bucket(BUCKET);
    let desired = centre.desired(Vec::new());
    let plan = foundation(&centre).await;
    assert!(
        plan.warnings
            .iter()
            .any(|it| it.as_str() == "bucket_is_not_ours")
    );
    centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("bootstrap");
}

#[tokio::test]
async fn a_key_that_got_no_name_is_found_again() {
    let centre = Centre::empty().await;
    let account = Account::of(&centre);
    let desired = centre.desired(Vec::new());
    let fault = Fault::operation("kms", "CreateAlias", 400, "AccessDeniedException").times(1);
    centre.emulator.faults().arm(fault);
    let failed = centre.deploy(&desired, Layer::Foundation).await;
    assert!(matches!(failed, Err(ApplyError::Call { .. })));
    centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("bootstrap");
    let keys = account.kms.list_keys().send().await.expect("it is fine");
    assert_eq!(keys.keys().len(), 1);
    assert_eq!(keys.keys()[0].key_arn(), Some(account.key().await.as_str()));
    assert!(foundation(&centre).await.is_empty());
}

#[tokio::test]
async fn a_key_that_the_environment_names_is_used_and_never_changed() {
    let mut centre = Centre::empty().await;
    let account = Account::of(&centre);
    let made = account
        .kms
        .create_key()
        .send()
        .await
        .expect("it can be made");
    let key = made.key_metadata.expect("it is in the answer");
    let arn = key.arn.expect("keys have one");
    centre
        .environment
        .keys
        .insert("chats".to_owned(), "alias/company".to_owned());
    let plan = foundation(&centre).await;
    let problems: Vec<String> = plan.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        ["key.chats is `alias/company` in this environment, and there is no such key"]
    );
    let name = account.kms.create_alias().alias_name("alias/company");
    name.target_key_id(&key.key_id)
        .send()
        .await
        .expect("it is free");
    let desired = centre.desired(Vec::new());
    centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("bootstrap");
    assert_eq!(account.bucket_key().await.1, Some(arn.clone()));
    let turns = account
        .kms
        .get_key_rotation_status()
        .key_id(&arn)
        .send()
        .await;
    assert!(!turns.expect("it exists").key_rotation_enabled);
    let ours = account.kms.describe_key().key_id(ALIAS).send().await;
    ours.expect_err("no other key was made");
    assert!(foundation(&centre).await.is_empty());

    let delete = account.kms.schedule_key_deletion().key_id(&arn);
    delete.send().await.expect("it exists");
    let plan = foundation(&centre).await;
    let problems: Vec<String> = plan.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        ["key.chats cannot be used, it is PendingDeletion"]
    );
}

#[tokio::test]
async fn records_go_to_the_streams_that_the_environment_names() {
    let mut centre = Centre::empty().await;
    let text = "instance:\n  storage:\n    contact_trace_records: { stream: records }\n    agent_events: { stream: events }\n";
    let (infra, diags) = Infra::parse(&[SourceFile::new("instance.yaml", text)]);
    assert_eq!(diags, []);
    centre.infra = infra;
    for (name, arn) in [
        (
            "records",
            "firehose:eu-west-2:123456789012:deliverystream/records",
        ),
        ("events", "kinesis:eu-west-2:123456789012:stream/events"),
    ] {
        let arn = format!("arn:aws:{arn}");
        centre.environment.streams.insert(name.to_owned(), arn);
    }
    let desired = centre.desired(Vec::new());
    centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("bootstrap");
    let plan = foundation(&centre).await;
    assert!(plan.is_empty());
    let moved = "arn:aws:kinesis:eu-west-2:123456789012:stream/others".to_owned();
    centre
        .environment
        .streams
        .insert("events".to_owned(), moved);
    assert_eq!(
        fields(&foundation(&centre).await),
        ["storage.agent_events place"]
    );
}

#[test]
fn what_cannot_be_is_reported_where_it_is_written() {
    let text = "keys:\n  chats: {}\ndead_letters:\n  failures: { keep: 30d, key: other }\nbuckets:\n  b: { expire_after: 36h }\nlambdas:\n  l:\n    timeout: 3s\n    memory: 128\n    on_failure: { retries: 3, max_age: 10s, send_to: nowhere }\n";
    let (_, diags) = Infra::parse(&[SourceFile::new("infra.yaml", text)]);
    let headlines: Vec<&str> = diags.iter().map(|diag| diag.headline.as_str()).collect();
    insta::assert_snapshot!(headlines.join("\n"));
}

#[test]
fn a_key_of_aws_itself_is_refused() {
    let text = infra_file("environments/local.yaml").text.clone();
    let text = format!("{text}keys: {{ chats: alias/aws/sns }}\n");
    let (_, diags) = provision::environment::Environment::parse(&SourceFile::new("e.yaml", text));
    let headlines: Vec<&str> = diags.iter().map(|diag| diag.headline.as_str()).collect();
    assert_eq!(headlines, ["`alias/aws/sns` is a key of AWS itself"]);
}
