//! Faults of single operations: no answer, answers from the past, the third call; and roles that
//! Lambda does not know yet.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use emulator::Config;
use emulator::clock::ClockMode;
use emulator::faults::{Fault, NoAnswer, Stale};

use super::server::{post, raw};
use super::{ACCOUNT, Bench, REGION, bootstrap_zip, trust};

/// A client that gives an attempt up soon, without trying again.
fn impatient(bench: &Bench) -> aws_sdk_iam::Client {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_millis(300))
        .build();
    let config = aws_sdk_iam::config::Builder::from(&bench.config).timeout_config(timeouts);
    aws_sdk_iam::Client::from_conf(config.build())
}

/// Makes a role; whether the answer came, and else how it failed.
async fn create(
    client: &aws_sdk_iam::Client,
    name: &str,
) -> Result<(), SdkError<aws_sdk_iam::operation::create_role::CreateRoleError>> {
    let request = client.create_role().role_name(name);
    let request = request.assume_role_policy_document(trust("lambda.amazonaws.com"));
    request.send().await.map(drop)
}

#[tokio::test]
async fn a_connection_is_reset_on_either_side_of_the_effect() {
    let bench = Bench::start().await;
    for (name, after, made) in [("before", false, false), ("after", true, true)] {
        let fault = Fault::connection("iam", "CreateRole", NoAnswer::Reset).times(1);
        let fault = if after { fault.after_effect() } else { fault };
        bench.emulator.faults().arm(fault);
        let error = create(&bench.iam, name).await.expect_err("no answer comes");
        assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
        let role = bench.iam.get_role().role_name(name).send().await;
        assert_eq!(role.is_ok(), made, "{name}");
    }
}

#[tokio::test]
async fn a_client_gives_up_on_silence_and_the_effect_is_there() {
    let bench = Bench::start().await;
    let silence = Fault::connection("iam", "CreateRole", NoAnswer::Silence);
    bench.emulator.faults().arm(silence.after_effect().times(1));
    let error = create(&impatient(&bench), "late").await;
    let error = error.expect_err("the client gives up");
    assert!(matches!(error, SdkError::TimeoutError(_)), "{error:?}");
    let role = bench.iam.get_role().role_name("late").send().await;
    role.expect("the role was made all the same");
    // What is not answered does not hold the time.
    bench.emulator.advance(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn the_third_call_is_struck_as_json_asks_for_it() {
    let bench = Bench::start().await;
    let fault =
        r#"{"service":"iam","operation":"ListRoles","connection":"reset","skip":2,"times":1}"#;
    let armed = raw(&bench.emulator, &post("faults"), fault).await;
    assert!(armed.starts_with("HTTP/1.1 200"), "{armed}");
    let mut answered = Vec::new();
    for _ in 0..4 {
        answered.push(bench.iam.list_roles().send().await.is_ok());
    }
    assert_eq!(answered, [true, true, false, true]);
}

#[tokio::test]
async fn a_read_says_that_nothing_is_there_and_writes_are_not_struck() {
    let bench = Bench::start().await;
    let missing = Fault::stale("iam", "*", Stale::NotFound);
    let fault = bench.emulator.faults().arm(missing);
    create(&bench.iam, "young").await.expect("it is a write");
    let role = || bench.iam.get_role().role_name("young").send();
    let error = role().await.expect_err("it is not seen");
    assert_eq!(error.code(), Some("NoSuchEntity"));
    assert!(bench.emulator.faults().disarm(fault));
    role().await.expect("it is seen");
}

#[tokio::test]
async fn every_service_says_in_its_own_words_that_nothing_is_there() {
    let bench = Bench::start().await;
    for service in ["lambda", "sns", "dynamodb", "logs", "s3", "kms", "sqs"] {
        let fault = Fault::stale(service, "*", Stale::NotFound);
        bench.emulator.faults().arm(fault);
    }
    let config = &bench.config;
    let table = aws_sdk_dynamodb::Client::new(config).describe_table();
    let table = table.table_name("sessions").send().await;
    let key = aws_sdk_kms::Client::new(config).describe_key();
    let key = key.key_id("alias/topic").send().await;
    let queue = aws_sdk_sqs::Client::new(config).get_queue_url();
    let queue = queue.queue_name("dead-letters").send().await;
    let function = bench.lambda.get_function().function_name("bot").send();
    let topic = bench.sns.get_topic_attributes();
    let topic = topic.topic_arn("arn:aws:sns:eu-west-2:111122223333:chat");
    let paths = aws_sdk_s3::config::Builder::from(config).force_path_style(true);
    let bucket = aws_sdk_s3::Client::from_conf(paths.build()).get_bucket_policy();
    let bucket = bucket.bucket("transcripts").send().await;
    let groups = aws_sdk_cloudwatchlogs::Client::new(config).describe_log_groups();
    let groups = groups.send().await;

    let table = table.expect_err("it is not seen").into_service_error();
    assert!(table.is_resource_not_found_exception(), "{table:?}");
    let key = key.expect_err("it is not seen").into_service_error();
    assert!(key.is_not_found_exception(), "{key:?}");
    let queue = queue.expect_err("it is not seen").into_service_error();
    assert!(queue.is_queue_does_not_exist(), "{queue:?}");
    let function = function
        .await
        .expect_err("it is not seen")
        .into_service_error();
    assert!(function.is_resource_not_found_exception(), "{function:?}");
    let topic = topic.send().await.expect_err("it is not seen");
    let topic = topic.into_service_error();
    assert!(topic.is_not_found_exception(), "{topic:?}");
    let bucket = bucket.expect_err("it is not seen");
    assert_eq!(bucket.code(), Some("NoSuchBucket"));
    let groups = groups.expect_err("it is not seen");
    assert_eq!(groups.code(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn a_service_without_a_past_says_so() {
    let bench = Bench::start().await;
    let fault = Fault::stale("iam", "ListRoles", Stale::Seconds(10));
    bench.emulator.faults().arm(fault);
    let error = bench.iam.list_roles().send().await;
    let error = error.expect_err("nothing succeeds silently");
    assert_eq!(error.code(), Some("NotImplementedException"));
}

#[tokio::test]
async fn lambda_does_not_know_a_role_until_it_is_old_enough() {
    let bench = Bench::with(Config {
        clock: ClockMode::Virtual,
        consistency: Duration::from_secs(8),
        ..Config::new(ACCOUNT, REGION)
    })
    .await;
    let role = bench.role("young").await;
    let create = || {
        bench
            .lambda
            .create_function()
            .function_name("bot")
            .role(&role)
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .code(FunctionCode::builder().zip_file(bootstrap_zip()).build())
            .send()
    };
    bench.emulator.advance(Duration::from_secs(7)).await;
    let error = create().await.expect_err("the role is too young");
    assert_eq!(error.code(), Some("InvalidParameterValueException"));
    assert_eq!(
        error.message(),
        Some("The role defined for the function cannot be assumed by Lambda.")
    );
    bench.emulator.advance(Duration::from_secs(1)).await;
    create().await.expect("the role is known");
}
