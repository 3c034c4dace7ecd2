//! Lambda's control plane.

use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use serde_json::Value;

use super::{ACCOUNT, Bench, bootstrap_zip, zip_of};

const INSTANCE: &str = "arn:aws:connect:eu-west-2:111122223333:instance/i-1";

fn arn(tail: &str) -> String {
    format!("arn:aws:lambda:eu-west-2:{ACCOUNT}:function:{tail}")
}

#[tokio::test]
async fn a_new_function_is_pending_until_it_is_looked_at() {
    let bench = Bench::start().await;
    let role = bench.role("bot").await;
    let created = bench
        .lambda
        .create_function()
        .function_name("f")
        .role(&role)
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .tags("flowyard", "local")
        .code(FunctionCode::builder().zip_file(bootstrap_zip()).build())
        .send()
        .await
        .expect("it can be made");
    assert_eq!(created.function_arn(), Some(arn("f").as_str()));
    assert_eq!(created.state().map(|state| state.as_str()), Some("Pending"));
    assert_eq!(
        (created.timeout(), created.memory_size()),
        (Some(3), Some(128))
    );
    let early = bench
        .lambda
        .publish_version()
        .function_name("f")
        .send()
        .await;
    assert_eq!(
        early.expect_err("it is pending").code(),
        Some("ResourceConflictException")
    );

    let got = bench
        .lambda
        .get_function()
        .function_name("f")
        .send()
        .await
        .expect("it exists");
    let configuration = got.configuration.expect("it has one");
    assert_eq!(configuration.state.expect("it has one").as_str(), "Active");
    assert_eq!(configuration.code_sha256, created.code_sha256);
    assert_eq!(got.tags.expect("it has one")["flowyard"], "local");
    assert!(
        got.code
            .expect("it has one")
            .location
            .expect("it has one")
            .starts_with(&bench.emulator.endpoint())
    );
    bench
        .lambda
        .publish_version()
        .function_name("f")
        .send()
        .await
        .expect("it is active");
}

#[tokio::test]
async fn what_cannot_be_a_function_is_refused() {
    let bench = Bench::start().await;
    let role = bench.role("bot").await;
    let elsewhere = bench
        .iam
        .create_role()
        .role_name("other")
        .assume_role_policy_document(super::trust("ec2.amazonaws.com"));
    let elsewhere = elsewhere
        .send()
        .await
        .expect("it can be made")
        .role
        .expect("it is there")
        .arn;
    let create = |name: &str, role: &str, zip: Blob| {
        let request = bench
            .lambda
            .create_function()
            .function_name(name)
            .role(role)
            .handler("bootstrap");
        request
            .runtime(Runtime::Providedal2023)
            .code(FunctionCode::builder().zip_file(zip).build())
    };
    let not_assumed = "The role defined for the function cannot be assumed by Lambda.";
    for (request, code, message) in [
        (
            create("f", "arn:aws:iam::111122223333:role/none", bootstrap_zip()),
            "InvalidParameterValueException",
            not_assumed,
        ),
        (
            create("f", &elsewhere, bootstrap_zip()),
            "InvalidParameterValueException",
            not_assumed,
        ),
        (
            create("f", &role, Blob::new("garbage")),
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
        (
            create("f", &role, bootstrap_zip()).timeout(901),
            "ValidationException",
            "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value between 1 and 900",
        ),
        (
            create("f", &role, bootstrap_zip()).runtime(Runtime::Python312),
            "NotImplementedException",
            "the emulator's Lambda does not have the runtime python3.12, only custom ones",
        ),
    ] {
        let error = request.send().await.expect_err(message);
        assert_eq!((error.code(), error.message()), (Some(code), Some(message)));
    }
    let none = bench
        .lambda
        .get_function()
        .function_name("f")
        .send()
        .await
        .expect_err("none was made");
    assert_eq!(none.code(), Some("ResourceNotFoundException"));
    assert_eq!(
        none.message(),
        Some(format!("Function not found: {}", arn("f")).as_str())
    );
    bench.function("f", &[]).await;
    let again = create("f", &role, bootstrap_zip())
        .send()
        .await
        .expect_err("it exists");
    assert_eq!(again.code(), Some("ResourceConflictException"));
}

#[tokio::test]
async fn a_version_is_only_made_of_something_new() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let publish = || bench.lambda.publish_version().function_name("f").send();
    let version = |output: aws_sdk_lambda::operation::publish_version::PublishVersionOutput| {
        output.version.expect("it has one")
    };
    assert_eq!(version(publish().await.expect("it exists")), "1");
    assert_eq!(version(publish().await.expect("it exists")), "1");
    let update = bench
        .lambda
        .update_function_configuration()
        .function_name("f")
        .timeout(7);
    let updated = update.send().await.expect("it exists");
    assert_eq!(
        updated.last_update_status().map(|status| status.as_str()),
        Some("InProgress")
    );
    let early = publish().await.expect_err("an update is in progress");
    assert_eq!(early.code(), Some("ResourceConflictException"));
    bench.ready("f").await;
    assert_eq!(version(publish().await.expect("it exists")), "2");
    let code = bench
        .lambda
        .update_function_code()
        .function_name("f")
        .zip_file(bootstrap_zip());
    code.send().await.expect("it exists");
    bench.ready("f").await;
    assert_eq!(
        version(publish().await.expect("the same code is nothing new")),
        "2"
    );

    let first = bench
        .lambda
        .get_function_configuration()
        .function_name("f")
        .qualifier("1")
        .send()
        .await;
    assert_eq!(first.expect("it exists").timeout(), Some(5));
    let stale = bench
        .lambda
        .publish_version()
        .function_name("f")
        .revision_id("stale")
        .send()
        .await;
    assert_eq!(
        stale.expect_err("it is stale").code(),
        Some("PreconditionFailedException")
    );
    let versions = bench
        .lambda
        .list_versions_by_function()
        .function_name("f")
        .send()
        .await
        .expect("it exists");
    let versions: Vec<_> = versions
        .versions()
        .iter()
        .filter_map(|version| version.version())
        .collect();
    assert_eq!(versions, ["$LATEST", "1", "2"]);
}

#[tokio::test]
async fn an_alias_names_a_version_and_keeps_it_from_being_deleted() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let lambda = &bench.lambda;
    lambda
        .publish_version()
        .function_name("f")
        .send()
        .await
        .expect("it exists");
    let none = lambda
        .create_alias()
        .function_name("f")
        .name("live")
        .function_version("9")
        .send()
        .await;
    assert_eq!(
        none.expect_err("there is none").code(),
        Some("ResourceNotFoundException")
    );
    let alias = lambda
        .create_alias()
        .function_name("f")
        .name("live")
        .function_version("1")
        .send()
        .await
        .expect("it can be made");
    assert_eq!(alias.alias_arn(), Some(arn("f:live").as_str()));
    let again = lambda
        .create_alias()
        .function_name("f")
        .name("live")
        .function_version("1")
        .send()
        .await;
    assert_eq!(
        again.expect_err("it exists").code(),
        Some("ResourceConflictException")
    );
    let in_use = lambda
        .delete_function()
        .function_name("f")
        .qualifier("1")
        .send()
        .await;
    assert_eq!(
        in_use.expect_err("the alias names it").code(),
        Some("ResourceConflictException")
    );
    let by_alias = lambda
        .get_function_configuration()
        .function_name(arn("f:live"))
        .send()
        .await
        .expect("it exists");
    assert_eq!(by_alias.version(), Some("1"));
    let updated = lambda
        .update_alias()
        .function_name("f")
        .name("live")
        .function_version("$LATEST")
        .send()
        .await
        .expect("it exists");
    assert_ne!(updated.revision_id(), alias.revision_id());
    let listed = lambda
        .list_aliases()
        .function_name("f")
        .send()
        .await
        .expect("it exists");
    assert_eq!(listed.aliases().len(), 1);
    lambda
        .delete_alias()
        .function_name("f")
        .name("live")
        .send()
        .await
        .expect("it exists");
    let gone = lambda
        .get_alias()
        .function_name("f")
        .name("live")
        .send()
        .await
        .expect_err("it is gone");
    assert_eq!(gone.code(), Some("ResourceNotFoundException"));
    lambda
        .delete_function()
        .function_name("f")
        .send()
        .await
        .expect("it exists");
    assert!(
        lambda
            .list_functions()
            .send()
            .await
            .expect("they can be listed")
            .functions()
            .is_empty()
    );
}

#[tokio::test]
async fn permissions_are_kept_by_qualifier() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let lambda = &bench.lambda;
    lambda
        .publish_version()
        .function_name("f")
        .send()
        .await
        .expect("it exists");
    lambda
        .create_alias()
        .function_name("f")
        .name("live")
        .function_version("1")
        .send()
        .await
        .expect("it can be made");
    let add = || {
        lambda
            .add_permission()
            .function_name("f")
            .qualifier("live")
            .statement_id("connect")
            .action("lambda:InvokeFunction")
            .principal("connect.amazonaws.com")
            .source_account(ACCOUNT)
            .source_arn(INSTANCE)
            .send()
    };
    add().await.expect("the alias exists");
    let again = add().await.expect_err("the statement exists");
    assert_eq!(again.code(), Some("ResourceConflictException"));
    let none = lambda
        .get_policy()
        .function_name("f")
        .send()
        .await
        .expect_err("the function itself has none");
    assert_eq!(none.code(), Some("ResourceNotFoundException"));
    let policy = lambda
        .get_policy()
        .function_name("f")
        .qualifier("live")
        .send()
        .await
        .expect("the alias has one");
    let document: Value =
        serde_json::from_str(policy.policy().expect("it is there")).expect("it is JSON");
    insta::assert_snapshot!(document["Statement"][0].to_string(), @r#"{"Sid":"connect","Effect":"Allow","Principal":{"Service":"connect.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:eu-west-2:111122223333:function:f:live","Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333"},"ArnLike":{"AWS:SourceArn":"arn:aws:connect:eu-west-2:111122223333:instance/i-1"}}}"#);
    let latest = lambda
        .add_permission()
        .function_name("f")
        .qualifier("$LATEST")
        .statement_id("s")
        .action("lambda:InvokeFunction")
        .principal("sns.amazonaws.com");
    assert_eq!(
        latest.send().await.expect_err("it cannot have one").code(),
        Some("InvalidParameterValueException")
    );
    let remove = || {
        lambda
            .remove_permission()
            .function_name("f")
            .qualifier("live")
            .statement_id("connect")
            .send()
    };
    remove().await.expect("it exists");
    assert_eq!(
        remove().await.expect_err("it is gone").code(),
        Some("ResourceNotFoundException")
    );
}

#[tokio::test]
async fn tags_and_reserved_concurrency_are_kept() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let lambda = &bench.lambda;
    lambda
        .tag_resource()
        .resource(arn("f"))
        .tags("team", "chat")
        .tags("x", "y")
        .send()
        .await
        .expect("it exists");
    lambda
        .untag_resource()
        .resource(arn("f"))
        .tag_keys("x")
        .send()
        .await
        .expect("it exists");
    let tags = lambda
        .list_tags()
        .resource(arn("f"))
        .send()
        .await
        .expect("it exists")
        .tags
        .expect("it has some");
    assert_eq!(tags.len(), 1);
    assert_eq!(tags["team"], "chat");
    lambda
        .put_function_concurrency()
        .function_name("f")
        .reserved_concurrent_executions(0)
        .send()
        .await
        .expect("it exists");
    let throttled = lambda
        .invoke()
        .function_name("f")
        .send()
        .await
        .expect_err("nothing may run");
    assert_eq!(throttled.code(), Some("TooManyRequestsException"));
}

#[tokio::test]
async fn variables_that_lambda_sets_itself_are_refused() {
    let bench = Bench::start().await;
    bench.function("f", &[("TABLE", "sessions")]).await;
    let reserved = aws_sdk_lambda::types::Environment::builder()
        .variables("AWS_REGION", "x")
        .build();
    let error = bench
        .lambda
        .update_function_configuration()
        .function_name("f")
        .environment(reserved)
        .send()
        .await;
    let error = error.expect_err("it is reserved");
    assert_eq!(error.code(), Some("InvalidParameterValueException"));
    let kept = bench
        .lambda
        .get_function_configuration()
        .function_name("f")
        .send()
        .await
        .expect("it exists");
    let variables = kept
        .environment
        .and_then(|environment| environment.variables)
        .expect("it has some");
    assert_eq!(variables["TABLE"], "sessions");
}

#[tokio::test]
async fn the_address_of_the_code_gives_the_zip_back() {
    let bench = Bench::start().await;
    let role = bench.role("bot").await;
    let zip = zip_of("bootstrap", b"#!/bin/sh\n", 0o755);
    let request = bench
        .lambda
        .create_function()
        .function_name("f")
        .role(role)
        .handler("x")
        .runtime(Runtime::Providedal2023);
    request
        .code(FunctionCode::builder().zip_file(zip.clone()).build())
        .send()
        .await
        .expect("it can be made");
    let got = bench
        .lambda
        .get_function()
        .function_name("f")
        .send()
        .await
        .expect("it exists");
    let location = got.code.expect("it has one").location.expect("it has one");
    let path = location
        .strip_prefix(&bench.emulator.endpoint())
        .expect("it is the emulator's");
    let answer = super::server::raw_bytes(&bench.emulator, path).await;
    assert!(answer.ends_with(zip.as_ref()));
}
