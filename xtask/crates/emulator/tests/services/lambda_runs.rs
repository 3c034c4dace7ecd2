//! Functions as real processes.

use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, InvocationType, LogType, Runtime};
use base64::Engine;
use emulator::faults::{Fault, FunctionFailure};
use serde_json::{Value, json};

use super::{ACCOUNT, Bench, bootstrap_zip, zip_of};

impl Bench {
    async fn invoke(&self, name: &str, event: Value) -> InvokeOutput {
        let event = Blob::new(event.to_string());
        let invoke = self.lambda.invoke().function_name(name).payload(event);
        invoke.send().await.expect("the function can be invoked")
    }

    async fn answer(&self, name: &str, event: Value) -> Value {
        payload(&self.invoke(name, event).await)
    }

    /// A function from any zip.
    async fn function_of(&self, name: &str, zip: Blob) {
        let role = self.role(name).await;
        let create = self
            .lambda
            .create_function()
            .function_name(name)
            .role(role)
            .handler("x");
        let create = create
            .runtime(Runtime::Providedal2023)
            .architectures(super::host_architecture());
        let code = FunctionCode::builder().zip_file(zip).build();
        create.code(code).send().await.expect("it can be made");
        self.ready(name).await;
    }
}

fn payload(output: &InvokeOutput) -> Value {
    let payload = output.payload.as_ref().expect("there is one").as_ref();
    serde_json::from_slice(payload).expect("it is JSON")
}

/// The text of an error with what differs from run to run left out.
fn error_text(output: &InvokeOutput) -> String {
    assert_eq!(output.function_error(), Some("Unhandled"));
    let document = payload(output);
    let message = document["errorMessage"].as_str().expect("it has a message");
    let message = match message.split_once(" Error: ") {
        Some((id, rest)) if id.starts_with("RequestId: ") => {
            format!("RequestId: [ID] Error: {rest}")
        }
        _ => message.to_owned(),
    };
    format!(
        "{}: {message}",
        document["errorType"].as_str().expect("it has a type")
    )
}

/// Whether a process runs; one that only waits to be collected does not.
fn runs(process: &Value) -> bool {
    let status = Path::new("/proc").join(process.to_string()).join("status");
    std::fs::read_to_string(status).is_ok_and(|status| !status.contains("State:\tZ"))
}

async fn ends(process: &Value) -> bool {
    let began = Instant::now();
    while runs(process) {
        if began.elapsed() > Duration::from_secs(5) {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    true
}

#[tokio::test]
async fn a_function_runs_with_the_environment_of_lambda_and_nothing_else() {
    let bench = Bench::start().await;
    bench.function("f", &[("TABLE", "sessions")]).await;
    let answer = bench.answer("f", json!({ "hello": "world" })).await;
    assert_eq!(answer["event"], json!({ "hello": "world" }));
    assert_eq!(
        answer["arn"],
        format!("arn:aws:lambda:eu-west-2:{ACCOUNT}:function:f")
    );
    let environment = answer["environment"].as_object().expect("it is a map");
    for (name, value) in [
        ("TABLE", "sessions"),
        ("_HANDLER", "bootstrap"),
        ("AWS_REGION", "eu-west-2"),
        ("AWS_LAMBDA_FUNCTION_NAME", "f"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_ENDPOINT_URL", &bench.emulator.endpoint()),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    assert!(
        !environment.contains_key("HOME"),
        "the emulator's own environment is not handed on"
    );
    assert!(!environment.contains_key("CARGO_MANIFEST_DIR"));
}

#[tokio::test]
async fn an_idle_process_is_used_again_until_the_function_changes() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let first = bench.answer("f", json!({})).await;
    let second = bench.answer("f", json!({})).await;
    assert_eq!(first["process"], second["process"]);
    assert_eq!(second["handled"], 2);
    let update = bench
        .lambda
        .update_function_configuration()
        .function_name("f")
        .memory_size(256);
    update.send().await.expect("it exists");
    assert!(
        ends(&first["process"]).await,
        "the old process is let go of"
    );
    bench.ready("f").await;
    let third = bench.answer("f", json!({})).await;
    assert_eq!(third["handled"], 1);
    assert_eq!(
        third["environment"]["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        "256"
    );
}

#[tokio::test]
async fn events_at_the_same_time_get_processes_of_their_own() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let slow = json!({ "do": "sleep", "ms": 1500 });
    tokio::join!(
        bench.invoke("f", slow.clone()),
        bench.invoke("f", slow.clone()),
        bench.invoke("f", slow.clone()),
    );
    let entries = bench.emulator.timeline().since(0);
    let started = entries.iter().filter(|entry| entry.event == "starting");
    assert_eq!(started.count(), 3);
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let update = bench
        .lambda
        .update_function_configuration()
        .function_name("f")
        .timeout(1);
    update.send().await.expect("it exists");
    bench.ready("f").await;
    let process = bench.answer("f", json!({})).await["process"].clone();
    let output = bench
        .invoke("f", json!({ "do": "sleep", "ms": 60_000 }))
        .await;
    assert_eq!(
        error_text(&output),
        "Sandbox.Timedout: RequestId: [ID] Error: Task timed out after 1.00 seconds"
    );
    assert!(ends(&process).await);
    let answer = bench.answer("f", json!({})).await;
    assert_ne!(
        answer["process"], process,
        "the next event gets a new process"
    );
}

#[tokio::test]
async fn a_function_that_fails_or_ends_says_so_as_on_aws() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let failed = bench.invoke("f", json!({ "do": "error" })).await;
    assert_eq!(error_text(&failed), "Told: told to fail");
    let process = bench.answer("f", json!({})).await["process"].clone();
    let ended = bench.invoke("f", json!({ "do": "exit", "code": 3 })).await;
    assert_eq!(
        error_text(&ended),
        "Runtime.ExitError: RequestId: [ID] Error: Runtime exited with error: exit status 3"
    );
    let ended = bench.invoke("f", json!({ "do": "exit", "code": 0 })).await;
    assert_eq!(
        error_text(&ended),
        "Runtime.ExitError: RequestId: [ID] Error: Runtime exited without providing a reason"
    );
    assert!(ends(&process).await);
    let large = bench
        .invoke("f", json!({ "do": "large", "bytes": (6 << 20) + 1 }))
        .await;
    assert!(
        error_text(&large).starts_with("Function.ResponseSizeTooLarge: "),
        "{}",
        error_text(&large)
    );
}

#[tokio::test]
async fn a_function_that_cannot_start_says_why() {
    let bench = Bench::start().await;
    bench.function("exits", &[("ON_START", "exit")]).await;
    let output = bench.invoke("exits", json!({})).await;
    assert_eq!(
        error_text(&output),
        "Runtime.ExitError: RequestId: [ID] Error: Runtime exited with error: exit status 7"
    );
    bench.function("fails", &[("ON_START", "error")]).await;
    let output = bench.invoke("fails", json!({})).await;
    assert_eq!(error_text(&output), "Bootstrap.NoReason: told to");
    bench
        .function_of("nothing", zip_of("readme", b"x", 0o644))
        .await;
    let output = bench.invoke("nothing", json!({})).await;
    assert_eq!(
        error_text(&output),
        "Runtime.InvalidEntrypoint: RequestId: [ID] Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    );
    bench
        .function_of("mode", zip_of("bootstrap", b"#!/bin/sh\n", 0o644))
        .await;
    let output = bench.invoke("mode", json!({})).await;
    assert_eq!(
        error_text(&output),
        "Runtime.InvalidEntrypoint: RequestId: [ID] Error: fork/exec /var/task/bootstrap: permission denied"
    );
    let mut other_machine = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x28\0".to_vec();
    other_machine.resize(100, 0);
    bench
        .function_of("machine", zip_of("bootstrap", &other_machine, 0o755))
        .await;
    let output = bench.invoke("machine", json!({})).await;
    assert_eq!(
        error_text(&output),
        "Runtime.InvalidEntrypoint: RequestId: [ID] Error: fork/exec /var/task/bootstrap: exec format error"
    );
}

#[tokio::test]
async fn no_process_survives_the_emulator() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    bench.function("g", &[]).await;
    let idle = bench.answer("f", json!({ "do": "child" })).await;
    let busy = bench.answer("g", json!({ "do": "child" })).await;
    let client = bench.lambda.clone();
    let running = tokio::spawn(async move {
        let event = Blob::new(json!({ "do": "sleep", "ms": 60_000 }).to_string());
        let _ = client
            .invoke()
            .function_name("g")
            .payload(event)
            .send()
            .await;
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    for process in [
        &idle["process"],
        &idle["child"],
        &busy["process"],
        &busy["child"],
    ] {
        assert!(runs(process), "{process}");
    }
    bench.emulator.shutdown().await;
    for process in [
        &idle["process"],
        &idle["child"],
        &busy["process"],
        &busy["child"],
    ] {
        assert!(ends(process).await, "{process}");
    }
    running
        .await
        .expect("the client got an answer or lost its connection");
}

#[tokio::test]
async fn dropping_the_emulator_kills_its_processes_too() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let idle = bench.answer("f", json!({ "do": "child" })).await;
    drop(bench);
    assert!(ends(&idle["process"]).await);
    assert!(ends(&idle["child"]).await);
}

#[tokio::test]
async fn what_a_function_writes_is_in_its_log_and_in_the_tail() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let event = Blob::new(json!({ "do": "print", "text": "seen by nobody" }).to_string());
    let invoke = bench
        .lambda
        .invoke()
        .function_name("f")
        .payload(event)
        .log_type(LogType::Tail);
    let output = invoke.send().await.expect("it can be invoked");
    assert_eq!(output.executed_version(), Some("$LATEST"));
    let tail = output.log_result().expect("it was asked for");
    let tail = base64::engine::general_purpose::STANDARD
        .decode(tail)
        .expect("it is base64");
    let tail = String::from_utf8(tail).expect("it is text");
    let lines: Vec<&str> = tail
        .lines()
        .map(|line| line.split(' ').next().unwrap_or_default())
        .collect();
    assert_eq!(lines, ["START", "seen", "END", "REPORT"], "{tail}");

    let logs = aws_sdk_cloudwatchlogs::Client::new(&bench.config);
    let found = logs
        .filter_log_events()
        .log_group_name("/aws/lambda/f")
        .filter_pattern("nobody")
        .send()
        .await;
    assert_eq!(found.expect("the group exists").events().len(), 1);
}

#[tokio::test]
async fn versions_and_aliases_run_what_they_name() {
    let bench = Bench::start().await;
    bench.function("f", &[("WHICH", "old")]).await;
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
    let new = aws_sdk_lambda::types::Environment::builder()
        .variables("WHICH", "new")
        .build();
    lambda
        .update_function_configuration()
        .function_name("f")
        .environment(new)
        .send()
        .await
        .expect("it exists");
    bench.ready("f").await;
    for (name, which, version) in [
        ("f", "new", "$LATEST"),
        ("f:1", "old", "1"),
        ("f:live", "old", "1"),
    ] {
        let output = bench.invoke(name, json!({})).await;
        assert_eq!(output.executed_version(), Some(version), "{name}");
        assert_eq!(payload(&output)["environment"]["WHICH"], which, "{name}");
    }
    let none = lambda
        .invoke()
        .function_name("f")
        .qualifier("none")
        .send()
        .await
        .expect_err("there is none");
    assert_eq!(none.code(), Some("ResourceNotFoundException"));
    let text = lambda
        .invoke()
        .function_name("f")
        .payload(Blob::new("not json"))
        .send()
        .await;
    assert_eq!(
        text.expect_err("it is no JSON").code(),
        Some("InvalidRequestContentException")
    );
    let dry = lambda
        .invoke()
        .function_name("f")
        .invocation_type(InvocationType::DryRun)
        .send()
        .await;
    assert_eq!(dry.expect("it could be invoked").status_code(), 204);
}

#[tokio::test]
async fn an_event_whose_function_fails_is_tried_three_times_in_emulated_time() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let event = Blob::new(json!({ "do": "error" }).to_string());
    let invoke = bench
        .lambda
        .invoke()
        .function_name("f")
        .payload(event)
        .invocation_type(InvocationType::Event);
    assert_eq!(
        invoke.send().await.expect("it is queued").status_code(),
        202
    );
    let attempts = || {
        let entries = bench.emulator.timeline().since(0);
        let ended = entries.into_iter().filter(|entry| entry.event == "ended");
        ended.map(|entry| entry.at).collect::<Vec<_>>()
    };
    bench.emulator.settle().await;
    assert_eq!(attempts().len(), 1);
    bench.emulator.advance(Duration::from_secs(600)).await;
    let at = attempts();
    let waits: Vec<i64> = at
        .windows(2)
        .map(|pair| pair[1].duration_since(pair[0]).as_secs())
        .collect();
    assert_eq!(waits, [60, 120]);
    let dropped = bench
        .emulator
        .timeline()
        .since(0)
        .into_iter()
        .find(|entry| entry.event == "event dropped");
    assert_eq!(
        dropped.expect("it is noted").details["reason"],
        "the function failed each time"
    );
}

#[tokio::test]
async fn a_fault_crashes_a_function_until_it_is_cleared() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    bench
        .emulator
        .faults()
        .arm(Fault::function("f", FunctionFailure::Crash));
    for _ in 0..2 {
        let output = bench.invoke("f", json!({})).await;
        assert!(error_text(&output).starts_with("Runtime.ExitError: "));
    }
    bench.emulator.faults().clear();
    assert_eq!(bench.answer("f", json!({})).await["handled"], 1);
    bench
        .emulator
        .faults()
        .arm(Fault::function("f", FunctionFailure::Throttle).times(1));
    let throttled = bench
        .lambda
        .invoke()
        .function_name("f")
        .send()
        .await
        .expect_err("it is throttled");
    assert_eq!(throttled.code(), Some("TooManyRequestsException"));
}

#[tokio::test]
async fn the_caller_of_a_function_is_its_role() {
    let bench = Bench::start().await;
    bench.function("f", &[]).await;
    let environment = bench.answer("f", json!({})).await["environment"].clone();
    let text = |name: &str| environment[name].as_str().expect("it is set").to_owned();
    let credentials = aws_sdk_sts::config::Credentials::new(
        text("AWS_ACCESS_KEY_ID"),
        text("AWS_SECRET_ACCESS_KEY"),
        Some(text("AWS_SESSION_TOKEN")),
        None,
        "test",
    );
    let provider = aws_sdk_sts::config::SharedCredentialsProvider::new(credentials);
    let config = bench
        .config
        .to_builder()
        .credentials_provider(provider)
        .build();
    let caller = aws_sdk_sts::Client::new(&config)
        .get_caller_identity()
        .send()
        .await
        .expect("it answers");
    assert_eq!(
        caller.arn(),
        Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/role-of-f/f").as_str())
    );
}

#[tokio::test]
async fn new_code_is_what_runs_next() {
    let bench = Bench::start().await;
    bench
        .function_of("f", zip_of("bootstrap", b"#!/bin/sh\nexit 9\n", 0o755))
        .await;
    let output = bench.invoke("f", json!({})).await;
    assert!(
        error_text(&output).ends_with("exit status 9"),
        "{}",
        error_text(&output)
    );
    let update = bench
        .lambda
        .update_function_code()
        .function_name("f")
        .zip_file(bootstrap_zip());
    update.send().await.expect("it exists");
    bench.ready("f").await;
    assert_eq!(bench.answer("f", json!({})).await["handled"], 1);
}

#[tokio::test]
async fn an_invocation_type_that_is_none_is_refused() {
    let bench = Bench::start().await;
    bench.function_of("odd", bootstrap_zip()).await;
    let invoke = bench.lambda.invoke().function_name("odd");
    let invoke = invoke.invocation_type(InvocationType::from("Later"));
    let refused = invoke.send().await.expect_err("there is no such type");
    assert_eq!(refused.code(), Some("InvalidParameterValueException"));
}
