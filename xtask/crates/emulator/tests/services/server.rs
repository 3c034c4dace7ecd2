//! The server: who may speak to it, which errors it gives, faults, time, and its end.

use std::time::{Duration, Instant};

use aws_sdk_iam::error::ProvideErrorMetadata;
use emulator::faults::Fault;
use emulator::{Config, Emulator, StartError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ACCOUNT, Bench, trust};

/// Sends a request as it is written and gives the whole answer.
pub(super) async fn raw(emulator: &Emulator, head: &str, body: &str) -> String {
    let mut socket = TcpStream::connect(emulator.address())
        .await
        .expect("the server listens");
    let request = format!(
        "{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    socket
        .write_all(request.as_bytes())
        .await
        .expect("it can be written to");
    let mut answer = String::new();
    socket
        .read_to_string(&mut answer)
        .await
        .expect("the answer is text");
    answer
}

/// The head of a request to a control that takes JSON.
pub(super) fn post(path: &str) -> String {
    format!("POST /_flowyard/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json")
}

#[tokio::test]
async fn a_host_that_is_not_loopback_is_turned_away() {
    let bench = Bench::start().await;
    let health = "GET /_flowyard/health HTTP/1.1";
    let rebound = raw(
        &bench.emulator,
        &format!("{health}\r\nHost: evil.example"),
        "",
    )
    .await;
    assert!(rebound.starts_with("HTTP/1.1 403"), "{rebound}");
    let local = raw(
        &bench.emulator,
        &format!("{health}\r\nHost: localhost:1"),
        "",
    )
    .await;
    assert!(local.starts_with("HTTP/1.1 200"), "{local}");
    assert!(local.contains(ACCOUNT), "{local}");
}

#[tokio::test]
async fn pages_from_elsewhere_are_turned_away_and_local_ones_get_what_browsers_ask_for() {
    let bench = Bench::start().await;
    let ask = |origin: &str| {
        format!(
            "OPTIONS /participant/connection HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {origin}\r\n\
             Access-Control-Request-Method: POST\r\n\
             Access-Control-Request-Headers: x-amz-bearer, content-type"
        )
    };
    let foreign = raw(&bench.emulator, &ask("https://evil.example"), "").await;
    assert!(foreign.starts_with("HTTP/1.1 403"), "{foreign}");
    let local = raw(&bench.emulator, &ask("http://localhost:3000"), "").await;
    assert!(local.starts_with("HTTP/1.1 204"), "{local}");
    for header in [
        "access-control-allow-origin: http://localhost:3000",
        "access-control-allow-headers: x-amz-bearer, content-type",
        "access-control-expose-headers: x-amzn-errortype, x-amzn-requestid",
    ] {
        assert!(local.contains(header), "{local}");
    }
}

#[tokio::test]
async fn an_operation_that_is_not_here_is_named_in_the_clients_own_protocol() {
    let bench = Bench::start().await;
    let error = bench
        .iam
        .list_users()
        .send()
        .await
        .expect_err("users are not emulated");
    let status = error
        .raw_response()
        .expect("there is an answer")
        .status()
        .as_u16();
    let text = format!("{} {:?} {:?}", status, error.code(), error.message());
    insta::assert_snapshot!(text, @r#"501 Some("NotImplementedException") Some("the emulator does not have ListUsers of iam")"#);

    let error = bench
        .lambda
        .list_layers()
        .send()
        .await
        .expect_err("layers are not emulated");
    assert_eq!(error.code(), Some("NotImplementedException"));
    assert_eq!(
        error.message(),
        Some("the emulator does not have ListLayers of lambda")
    );

    let dynamodb = aws_sdk_dynamodb::Client::new(&bench.config);
    let error = dynamodb
        .list_backups()
        .send()
        .await
        .expect_err("backups are not emulated");
    assert_eq!(
        error.message(),
        Some("the emulator does not have ListBackups of dynamodb")
    );

    let other = raw(
        &bench.emulator,
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: AmazonSSM.GetParameter",
        "{}",
    )
    .await;
    assert!(other.starts_with("HTTP/1.1 501"), "{other}");
    assert!(
        other.contains("the emulator does not have GetParameter of AmazonSSM"),
        "{other}"
    );
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let bench = Bench::start().await;
    let port = bench.emulator.address().port();
    let config = Config {
        port,
        ..Config::default()
    };
    let error = Emulator::start(config)
        .await
        .expect_err("the port is taken");
    assert!(matches!(error, StartError::PortInUse { port: taken, .. } if taken == port));
    assert_eq!(
        error.to_string(),
        format!("port {port} of 127.0.0.1 is in use by another program")
    );
}

#[tokio::test]
async fn an_account_that_is_none_is_refused() {
    let error = Emulator::start(Config::new("12", "eu-west-2")).await;
    let error = error.expect_err("twelve digits are needed");
    assert_eq!(
        error.to_string(),
        "the account is not a number of twelve digits: `12`"
    );
}

#[tokio::test]
async fn a_fault_strikes_before_or_after_the_effect() {
    let bench = Bench::start().await;
    let create = |name: &'static str| {
        let request = bench.iam.create_role().role_name(name);
        request
            .assume_role_policy_document(trust("lambda.amazonaws.com"))
            .send()
    };
    let throttled = Fault::operation("iam", "CreateRole", 400, "Throttling").times(1);
    bench.emulator.faults().arm(throttled.clone());
    let error = create("before").await.expect_err("the fault strikes");
    assert_eq!(error.code(), Some("Throttling"));
    create("before")
        .await
        .expect("the role was not made, and the fault is used up");

    bench.emulator.faults().arm(throttled.after_effect());
    create("after").await.expect_err("the fault strikes");
    let error = create("after")
        .await
        .expect_err("the role was made all the same");
    assert_eq!(error.code(), Some("EntityAlreadyExists"));
}

#[tokio::test]
async fn faults_and_time_are_also_controlled_over_http() {
    let bench = Bench::start().await;
    let fault = r#"{"service":"iam","operation":"*","status":503,"error":"ServiceUnavailable"}"#;
    let armed = raw(&bench.emulator, &post("faults"), fault).await;
    assert!(armed.starts_with("HTTP/1.1 200"), "{armed}");
    let error = bench
        .iam
        .list_roles()
        .send()
        .await
        .expect_err("the fault strikes");
    assert_eq!(error.code(), Some("ServiceUnavailable"));
    raw(
        &bench.emulator,
        "DELETE /_flowyard/faults HTTP/1.1\r\nHost: 127.0.0.1",
        "",
    )
    .await;
    bench
        .iam
        .list_roles()
        .send()
        .await
        .expect("the fault is cleared");

    let before = bench.emulator.clock().now();
    let moved = raw(
        &bench.emulator,
        &post("clock/advance"),
        r#"{"seconds":604800}"#,
    )
    .await;
    assert!(moved.starts_with("HTTP/1.1 200"), "{moved}");
    let passed = bench.emulator.clock().now().duration_since(before);
    assert_eq!(passed.as_secs(), 604_800);
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let bench = Bench::start().await;
    let head = "POST /instance HTTP/1.1\r\nHost: 127.0.0.1";
    let answer = raw(&bench.emulator, head, &"x".repeat((8 << 20) + 1)).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{:.200}", answer);
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_the_timeline_tells_of_it() {
    let bench = Bench::start().await;
    let answer = raw(
        &bench.emulator,
        "GET /nothing/here HTTP/1.1\r\nHost: 127.0.0.1",
        "",
    )
    .await;
    assert!(answer.contains("x-amzn-requestid: "), "{answer}");
    let entries = bench.emulator.timeline().since(0);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].event, "refused");
    assert_eq!(entries[0].details["operation"], "GET /nothing/here");
}

#[tokio::test]
async fn shutdown_does_not_wait_for_idle_connections() {
    let bench = Bench::start().await;
    let mut idle = TcpStream::connect(bench.emulator.address())
        .await
        .expect("it listens");
    idle.write_all(b"GET /_flowyard/health HTTP/1.1\r\n")
        .await
        .expect("it can be written to");
    let address = bench.emulator.address();
    let began = Instant::now();
    bench.emulator.shutdown().await;
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(TcpStream::connect(address).await.is_err());
}

/// The whole answer to a GET.
pub(super) async fn raw_bytes(emulator: &Emulator, path: &str) -> Vec<u8> {
    let mut socket = TcpStream::connect(emulator.address())
        .await
        .expect("the server listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    socket
        .write_all(request.as_bytes())
        .await
        .expect("it can be written to");
    let mut answer = Vec::new();
    socket
        .read_to_end(&mut answer)
        .await
        .expect("it can be read");
    answer
}

#[tokio::test]
async fn what_a_page_of_another_site_causes_without_saying_so_is_turned_away() {
    let bench = Bench::start().await;
    let ask = |site: &str| {
        format!(
            "GET /?Action=ListTopics&Version=2010-03-31 HTTP/1.1\r\nHost: 127.0.0.1\r\n\
             Sec-Fetch-Site: {site}"
        )
    };
    let foreign = raw(&bench.emulator, &ask("cross-site"), "").await;
    assert!(foreign.starts_with("HTTP/1.1 403"), "{foreign}");
    let typed = raw(&bench.emulator, &ask("none"), "").await;
    assert!(typed.starts_with("HTTP/1.1 200"), "{typed}");
}

#[tokio::test]
async fn a_request_that_never_arrives_whole_does_not_stop_the_time() {
    let bench = Bench::start().await;
    let mut socket = TcpStream::connect(bench.emulator.address())
        .await
        .expect("the server listens");
    let head =
        "POST /participant/message HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{";
    socket
        .write_all(head.as_bytes())
        .await
        .expect("it can be written to");
    tokio::time::sleep(Duration::from_millis(50)).await;
    let advance = bench.emulator.advance(Duration::from_secs(1));
    tokio::time::timeout(Duration::from_secs(5), advance)
        .await
        .expect("time goes on");
}
