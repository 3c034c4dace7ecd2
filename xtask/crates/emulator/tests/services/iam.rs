//! IAM and STS.

use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::types::Tag;
use serde_json::{Value, json};

use super::{ACCOUNT, Bench, trust};

fn policy() -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem"],
            "Resource": format!("arn:aws:dynamodb:eu-west-2:{ACCOUNT}:table/a&b"),
        }],
    })
    .to_string()
}

/// A document as IAM returns it, decoded.
fn decoded(document: &str) -> Value {
    assert!(
        document.starts_with("%7B"),
        "IAM returns documents URL-encoded: {document}"
    );
    let text = percent_encoding::percent_decode_str(document)
        .decode_utf8()
        .expect("it is UTF-8");
    serde_json::from_str(&text).expect("it is JSON")
}

#[tokio::test]
async fn a_role_keeps_its_trust_its_policies_and_its_tags() {
    let bench = Bench::start().await;
    let iam = &bench.iam;
    let tag = |key: &str, value: &str| {
        Tag::builder()
            .key(key)
            .value(value)
            .build()
            .expect("it is whole")
    };
    let created = iam
        .create_role()
        .role_name("bot")
        .path("/flowyard/")
        .description("runs the bot")
        .max_session_duration(7200)
        .assume_role_policy_document(trust("lambda.amazonaws.com"))
        .tags(tag("flowyard", "local"))
        .send()
        .await
        .expect("the role can be made");
    let arn = created.role.expect("the role is in the answer").arn;
    assert_eq!(arn, format!("arn:aws:iam::{ACCOUNT}:role/flowyard/bot"));

    let role = iam
        .get_role()
        .role_name("bot")
        .send()
        .await
        .expect("it exists")
        .role
        .expect("it is there");
    assert_eq!(role.description.as_deref(), Some("runs the bot"));
    assert_eq!(role.max_session_duration, Some(7200));
    let document = role
        .assume_role_policy_document
        .expect("it has a trust policy");
    assert_eq!(
        decoded(&document)["Statement"][0]["Principal"]["Service"],
        "lambda.amazonaws.com"
    );

    iam.put_role_policy()
        .role_name("bot")
        .policy_name("table")
        .policy_document(policy())
        .send()
        .await
        .expect("the policy can be put");
    let got = iam
        .get_role_policy()
        .role_name("bot")
        .policy_name("table")
        .send()
        .await
        .expect("it exists");
    let expected: Value = serde_json::from_str(&policy()).expect("it is JSON");
    assert_eq!(decoded(&got.policy_document), expected);
    let listed = iam
        .list_role_policies()
        .role_name("bot")
        .send()
        .await
        .expect("it exists");
    assert_eq!(listed.policy_names, ["table"]);

    iam.tag_role()
        .role_name("bot")
        .tags(tag("team", "chat"))
        .send()
        .await
        .expect("it exists");
    iam.untag_role()
        .role_name("bot")
        .tag_keys("flowyard")
        .send()
        .await
        .expect("it exists");
    let tags = iam
        .list_role_tags()
        .role_name("bot")
        .send()
        .await
        .expect("it exists")
        .tags;
    let tags: Vec<_> = tags
        .iter()
        .map(|tag| (tag.key.as_str(), tag.value.as_str()))
        .collect();
    assert_eq!(tags, [("team", "chat")]);

    iam.update_role()
        .role_name("bot")
        .description("now")
        .send()
        .await
        .expect("it exists");
    iam.update_assume_role_policy()
        .role_name("bot")
        .policy_document(trust("connect.amazonaws.com"))
        .send()
        .await
        .expect("it exists");
    let role = iam
        .get_role()
        .role_name("bot")
        .send()
        .await
        .expect("it exists")
        .role
        .expect("it is there");
    assert_eq!(role.description.as_deref(), Some("now"));
    let document = role
        .assume_role_policy_document
        .expect("it has a trust policy");
    assert_eq!(
        decoded(&document)["Statement"][0]["Principal"]["Service"],
        "connect.amazonaws.com"
    );

    let roles = iam
        .list_roles()
        .path_prefix("/flowyard/")
        .send()
        .await
        .expect("they can be listed");
    assert_eq!(roles.roles.len(), 1);

    let error = iam
        .delete_role()
        .role_name("bot")
        .send()
        .await
        .expect_err("it still has a policy");
    assert_eq!(error.code(), Some("DeleteConflict"));
    iam.delete_role_policy()
        .role_name("bot")
        .policy_name("table")
        .send()
        .await
        .expect("it exists");
    iam.delete_role()
        .role_name("bot")
        .send()
        .await
        .expect("it has nothing any more");
    let error = iam
        .get_role()
        .role_name("bot")
        .send()
        .await
        .expect_err("it is gone");
    assert_eq!(error.code(), Some("NoSuchEntity"));
    assert_eq!(
        error
            .raw_response()
            .expect("there is an answer")
            .status()
            .as_u16(),
        404
    );
}

#[tokio::test]
async fn managed_policies_have_versions_and_hang_on_roles() {
    let bench = Bench::start().await;
    let iam = &bench.iam;
    bench.role("bot").await;
    let created = iam
        .create_policy()
        .policy_name("p")
        .policy_document(policy())
        .send()
        .await;
    let arn = created
        .expect("it can be made")
        .policy
        .expect("it is there")
        .arn
        .expect("it has one");
    assert_eq!(arn, format!("arn:aws:iam::{ACCOUNT}:policy/p"));
    iam.attach_role_policy()
        .role_name("bot")
        .policy_arn(&arn)
        .send()
        .await
        .expect("both exist");
    iam.attach_role_policy()
        .role_name("bot")
        .policy_arn(&arn)
        .send()
        .await
        .expect("attaching again is no error");
    let attached = iam
        .list_attached_role_policies()
        .role_name("bot")
        .send()
        .await
        .expect("it exists");
    assert_eq!(attached.attached_policies().len(), 1);

    let second = iam
        .create_policy_version()
        .policy_arn(&arn)
        .policy_document(policy())
        .set_as_default(true);
    second.send().await.expect("a second version can be made");
    let versions = iam
        .list_policy_versions()
        .policy_arn(&arn)
        .send()
        .await
        .expect("it exists");
    let ids: Vec<_> = versions
        .versions()
        .iter()
        .filter_map(|version| version.version_id())
        .collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    let got = iam
        .get_policy()
        .policy_arn(&arn)
        .send()
        .await
        .expect("it exists")
        .policy
        .expect("it is there");
    assert_eq!(got.default_version_id.as_deref(), Some("v2"));
    let version = iam
        .get_policy_version()
        .policy_arn(&arn)
        .version_id("v2")
        .send()
        .await
        .expect("it exists");
    decoded(
        version
            .policy_version
            .expect("it is there")
            .document
            .expect("it has one")
            .as_str(),
    );

    for _ in 0..3 {
        let another = iam
            .create_policy_version()
            .policy_arn(&arn)
            .policy_document(policy());
        another.send().await.expect("up to five are allowed");
    }
    let sixth = iam
        .create_policy_version()
        .policy_arn(&arn)
        .policy_document(policy());
    assert_eq!(
        sixth.send().await.expect_err("five are enough").code(),
        Some("LimitExceeded")
    );

    let error = iam
        .delete_policy()
        .policy_arn(&arn)
        .send()
        .await
        .expect_err("it is attached");
    assert_eq!(error.code(), Some("DeleteConflict"));
    iam.detach_role_policy()
        .role_name("bot")
        .policy_arn(&arn)
        .send()
        .await
        .expect("it is attached");
    let error = iam
        .detach_role_policy()
        .role_name("bot")
        .policy_arn(&arn)
        .send()
        .await;
    assert_eq!(
        error.expect_err("it is detached").code(),
        Some("NoSuchEntity")
    );
    for version in ["v1", "v3", "v4", "v5"] {
        let delete = iam
            .delete_policy_version()
            .policy_arn(&arn)
            .version_id(version);
        delete.send().await.expect("it is not the default one");
    }
    iam.delete_policy()
        .policy_arn(&arn)
        .send()
        .await
        .expect("nothing holds it");
}

#[tokio::test]
async fn errors_are_those_of_aws() {
    let bench = Bench::start().await;
    let iam = &bench.iam;
    bench.role("bot").await;
    let again = iam
        .create_role()
        .role_name("bot")
        .assume_role_policy_document(trust("x.amazonaws.com"));
    assert_eq!(
        again.send().await.expect_err("it exists").code(),
        Some("EntityAlreadyExists")
    );
    let malformed = iam
        .create_role()
        .role_name("other")
        .assume_role_policy_document("{");
    let error = malformed.send().await.expect_err("it is no policy");
    assert_eq!(error.code(), Some("MalformedPolicyDocument"));
    assert_eq!(error.message(), Some("Syntax errors in policy."));
    let missing = iam.get_role_policy().role_name("bot").policy_name("none");
    assert_eq!(
        missing.send().await.expect_err("there is none").code(),
        Some("NoSuchEntity")
    );
    let aws = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    iam.attach_role_policy()
        .role_name("bot")
        .policy_arn(aws)
        .send()
        .await
        .expect("AWS has that one");
    let none = iam
        .attach_role_policy()
        .role_name("bot")
        .policy_arn("arn:aws:iam::111122223333:policy/none");
    assert_eq!(
        none.send().await.expect_err("there is none").code(),
        Some("NoSuchEntity")
    );
}

#[tokio::test]
async fn the_caller_is_of_the_configured_account_and_may_become_a_role() {
    let bench = Bench::start().await;
    let sts = aws_sdk_sts::Client::new(&bench.config);
    let caller = sts
        .get_caller_identity()
        .send()
        .await
        .expect("it always answers");
    assert_eq!(caller.account(), Some(ACCOUNT));
    let role = bench.role("bot").await;
    let assumed = sts
        .assume_role()
        .role_arn(&role)
        .role_session_name("me")
        .send()
        .await
        .expect("it exists");
    let credentials = assumed.credentials.expect("it gives credentials");
    let config = bench
        .config
        .to_builder()
        .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(
            aws_sdk_sts::config::Credentials::new(
                credentials.access_key_id,
                credentials.secret_access_key,
                Some(credentials.session_token),
                None,
                "test",
            ),
        ))
        .build();
    let caller = aws_sdk_sts::Client::new(&config)
        .get_caller_identity()
        .send()
        .await
        .expect("it answers");
    assert_eq!(
        caller.arn(),
        Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/bot/me").as_str())
    );
    let none = sts
        .assume_role()
        .role_arn(format!("arn:aws:iam::{ACCOUNT}:role/none"))
        .role_session_name("me");
    assert_eq!(
        none.send().await.expect_err("there is none").code(),
        Some("AccessDenied")
    );
}
