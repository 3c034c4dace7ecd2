//! Permissions, as long as they are enforced: who may call what, and what refusals say.

use aws_config::SdkConfig;
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_iam::error::ProvideErrorMetadata;
use emulator::Config;
use emulator::clock::ClockMode;
use serde_json::{Value, json};

use super::{ACCOUNT, Bench, REGION, trust};

async fn enforcing() -> Bench {
    Bench::with(Config {
        clock: ClockMode::Virtual,
        iam: true,
        ..Config::new(ACCOUNT, REGION)
    })
    .await
}

fn document(statements: Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

/// A role that the account's own people may take on, with one inline policy.
async fn role(bench: &Bench, name: &str, statements: Value) -> String {
    let root = json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") });
    let trust = json!([{ "Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole" }]);
    let made = bench.iam.create_role().role_name(name);
    let made = made.assume_role_policy_document(document(trust)).send();
    let made = made.await.expect("the role can be made");
    let put = bench.iam.put_role_policy().role_name(name);
    let put = put.policy_name("own").policy_document(document(statements));
    put.send().await.expect("the policy can be put");
    made.role.expect("the role is in the answer").arn
}

/// The configuration of clients with these keys.
fn with_keys(config: &SdkConfig, key: &str, secret: &str, token: Option<String>) -> SdkConfig {
    let keys = Credentials::new(key, secret, token, None, "test");
    config
        .to_builder()
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .build()
}

/// The configuration of clients that have taken on a role.
async fn assumed(config: &SdkConfig, role: &str, policy: Option<String>) -> SdkConfig {
    let sts = aws_sdk_sts::Client::new(config);
    let session = sts.assume_role().role_arn(role).role_session_name("run");
    let session = session.set_policy(policy).send().await;
    let keys = session.expect("the role can be assumed").credentials;
    let keys = keys.expect("credentials are in the answer");
    let (key, secret) = (keys.access_key_id, keys.secret_access_key);
    with_keys(config, &key, &secret, Some(keys.session_token))
}

/// The code and the message of a refusal.
fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata>(answer: Result<T, E>) -> (String, String) {
    let error = answer.expect_err("it is refused");
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (text(error.code()), text(error.message()))
}

#[tokio::test]
async fn what_no_policy_allows_is_refused_in_the_words_of_aws() {
    let bench = enforcing().await;
    let arn = role(&bench, "reader", json!([allow("dynamodb:ListTables", "*")])).await;
    let config = assumed(&bench.config, &arn, None).await;
    let tables = aws_sdk_dynamodb::Client::new(&config).list_tables().send();
    tables.await.expect("it is allowed");
    let topic = aws_sdk_sns::Client::new(&config).create_topic().name("t");
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/run");
    let refused = format!(
        "User: {session} is not authorized to perform: sns:CreateTopic on resource: \
         arn:aws:sns:{REGION}:{ACCOUNT}:t because no identity-based policy allows the \
         sns:CreateTopic action"
    );
    let (code, message) = refusal(topic.send().await.map_err(|e| e.into_service_error()));
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("AuthorizationError", refused.as_str())
    );
    let connect = aws_sdk_connect::Client::new(&config);
    let listed = connect.list_instances().send().await;
    let (code, message) = refusal(listed.map_err(|e| e.into_service_error()));
    assert_eq!(code, "AccessDeniedException");
    assert!(
        message.contains("perform: connect:ListInstances on resource: * because"),
        "{message}"
    );
    let entries = bench.emulator.timeline().since(0);
    let denied = entries
        .iter()
        .rfind(|it| it.area == "iam")
        .expect("it is on the timeline");
    assert_eq!(denied.details["action"], "connect:ListInstances");
    assert_eq!(denied.details["caller"], session.as_str());
}

#[tokio::test]
async fn denials_boundaries_and_sessions_take_away() {
    let bench = enforcing().await;
    let everything = || json!([allow("*", "*")]);
    let denied =
        json!([allow("*", "*"), { "Effect": "Deny", "NotAction": "sns:*", "Resource": "*" }]);
    let with_denial = role(&bench, "denied", denied).await;
    let bounded = role(&bench, "bounded", everything()).await;
    let boundary = bench.iam.create_policy().policy_name("boundary");
    let boundary = boundary.policy_document(document(json!([allow("sns:*", "*")])));
    let boundary = boundary
        .send()
        .await
        .expect("the policy can be made")
        .policy;
    let boundary = boundary.and_then(|it| it.arn).expect("it has an ARN");
    let put = bench
        .iam
        .put_role_permissions_boundary()
        .role_name("bounded");
    let put = put.permissions_boundary(boundary).send().await;
    put.expect("the boundary can be put");
    let open = role(&bench, "open", everything()).await;
    let narrow = document(json!([allow("sns:*", "*")]));
    for (role, session, reason) in [
        (
            with_denial,
            None,
            "with an explicit deny in an identity-based policy",
        ),
        (
            bounded,
            None,
            "because no permissions boundary allows the dynamodb:ListTables action",
        ),
        (
            open,
            Some(narrow),
            "because no session policy allows the dynamodb:ListTables action",
        ),
    ] {
        let config = assumed(&bench.config, &role, session).await;
        let listed = aws_sdk_sns::Client::new(&config).list_topics().send().await;
        listed.expect("that remains allowed");
        let tables = aws_sdk_dynamodb::Client::new(&config)
            .list_tables()
            .send()
            .await;
        let (_, message) = refusal(tables.map_err(|e| e.into_service_error()));
        assert!(message.ends_with(reason), "{message}");
    }
}

#[tokio::test]
async fn a_role_is_taken_on_only_by_whom_it_trusts() {
    let bench = enforcing().await;
    let lambda = bench.iam.create_role().role_name("of-a-function");
    let lambda = lambda.assume_role_policy_document(trust("lambda.amazonaws.com"));
    let lambda = lambda.send().await.expect("the role can be made").role;
    let lambda = lambda.expect("the role is in the answer").arn;
    let assume = |config: &SdkConfig, role: &str| {
        let sts = aws_sdk_sts::Client::new(config);
        sts.assume_role()
            .role_arn(role)
            .role_session_name("run")
            .send()
    };
    let refused = assume(&bench.config, &lambda).await;
    let (code, message) = refusal(refused.map_err(|e| e.into_service_error()));
    assert_eq!(code, "AccessDenied");
    assert!(
        message.ends_with("because no role trust policy allows the sts:AssumeRole action"),
        "{message}"
    );
    // The account is trusted, so its own policies decide.
    let open = role(&bench, "open", json!([allow("sns:*", "*")])).await;
    let weak = assumed(&bench.config, &open, None).await;
    let refused = assume(&weak, &open).await;
    let (_, message) = refusal(refused.map_err(|e| e.into_service_error()));
    assert!(
        message.ends_with("because no identity-based policy allows the sts:AssumeRole action"),
        "{message}"
    );
}

#[tokio::test]
async fn conditions_on_tags_tell_what_may_be_made_and_changed() {
    let bench = enforcing().await;
    let ours = |key: &str| {
        json!({ "Effect": "Allow", "Action": "iam:*", "Resource": "*",
            "Condition": { "StringEquals": { key: "flowyard" } } })
    };
    let statements = json!([
        ours("aws:RequestTag/managed-by"),
        ours("aws:ResourceTag/managed-by")
    ]);
    let arn = role(&bench, "tagger", statements).await;
    let config = assumed(&bench.config, &arn, None).await;
    let iam = aws_sdk_iam::Client::new(&config);
    let make = |name: &str, owner: &str| {
        let tag = aws_sdk_iam::types::Tag::builder()
            .key("managed-by")
            .value(owner);
        let tag = tag.build().expect("both members are set");
        let trust = trust("lambda.amazonaws.com");
        iam.create_role()
            .role_name(name)
            .assume_role_policy_document(trust)
            .tags(tag)
            .send()
    };
    make("ours", "flowyard")
        .await
        .expect("it is tagged as wanted");
    let theirs = make("theirs", "somebody").await;
    let (code, _) = refusal(theirs.map_err(|e| e.into_service_error()));
    assert_eq!(code, "AccessDenied");
    let delete = |name: &str| iam.delete_role().role_name(name).send();
    delete("ours").await.expect("it carries the tag");
    let (_, message) = refusal(delete("tagger").await.map_err(|e| e.into_service_error()));
    assert!(
        message.contains(&format!("iam:DeleteRole on resource: {arn}")),
        "{message}"
    );
}

#[tokio::test]
async fn users_have_keys_and_what_a_resource_grants_adds_to_their_policies() {
    let bench = enforcing().await;
    bench
        .iam
        .create_user()
        .user_name("ann")
        .send()
        .await
        .expect("the user can be made");
    let keys = bench.iam.create_access_key().user_name("ann").send().await;
    let keys = keys
        .expect("keys can be made")
        .access_key
        .expect("they are in the answer");
    let config = with_keys(
        &bench.config,
        &keys.access_key_id,
        &keys.secret_access_key,
        None,
    );
    let identity = aws_sdk_sts::Client::new(&config)
        .get_caller_identity()
        .send()
        .await;
    let identity = identity.expect("everybody may ask that");
    let ann = format!("arn:aws:iam::{ACCOUNT}:user/ann");
    assert_eq!(identity.arn(), Some(ann.as_str()));
    let topic = bench
        .sns
        .create_topic()
        .name("open")
        .send()
        .await
        .expect("it can be made");
    let topic = topic.topic_arn.expect("it has an ARN");
    let sns = aws_sdk_sns::Client::new(&config);
    let publish = || sns.publish().topic_arn(&topic).message("m").send();
    // The policy that a topic is born with is for its owner.
    let (code, _) = refusal(publish().await.map_err(|e| e.into_service_error()));
    assert_eq!(code, "AuthorizationError");
    let grant = json!([{ "Effect": "Allow", "Principal": { "AWS": ann }, "Action": "sns:Publish",
        "Resource": topic }]);
    let set = bench.sns.set_topic_attributes().topic_arn(&topic);
    let set = set
        .attribute_name("Policy")
        .attribute_value(document(grant));
    set.send().await.expect("the policy can be set");
    publish().await.expect("the topic allows it");
}

#[tokio::test]
async fn a_simulation_says_what_a_role_may_do() {
    let bench = enforcing().await;
    let queue = format!("arn:aws:connect:{REGION}:{ACCOUNT}:instance/i/queue/*");
    let arn = role(
        &bench,
        "deploy",
        json!([allow("connect:CreateQueue", &queue)]),
    )
    .await;
    let simulation = bench
        .iam
        .simulate_principal_policy()
        .policy_source_arn(&arn);
    let simulation = simulation
        .action_names("connect:CreateQueue")
        .action_names("connect:DeleteQueue")
        .resource_arns(queue)
        .send();
    let results = simulation
        .await
        .expect("the owner may ask")
        .evaluation_results
        .unwrap_or_default();
    let results = results
        .iter()
        .map(|it| (it.eval_action_name(), it.eval_decision().as_str()));
    let results: Vec<_> = results.collect();
    assert_eq!(
        results,
        [
            ("connect:CreateQueue", "allowed"),
            ("connect:DeleteQueue", "implicitDeny")
        ]
    );
}

#[tokio::test]
async fn nobody_is_held_to_policies_unless_that_is_wanted() {
    let bench = Bench::start().await;
    let arn = role(&bench, "nothing", json!([allow("s3:GetObject", "*")])).await;
    let config = assumed(&bench.config, &arn, None).await;
    let topic = aws_sdk_sns::Client::new(&config)
        .create_topic()
        .name("t")
        .send()
        .await;
    topic.expect("permissions are not looked at");
}
