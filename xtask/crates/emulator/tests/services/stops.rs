//! Requests that are held on either side of their effect.

use std::time::Duration;

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use emulator::stops::Moment;
use http::StatusCode;

use super::server::{post, raw};
use super::{Bench, trust};

/// Makes a role.
async fn create(bench: &Bench, name: &str) -> Result<(), Option<String>> {
    let request = bench.iam.create_role().role_name(name);
    let made = request
        .assume_role_policy_document(trust("lambda.amazonaws.com"))
        .send()
        .await;
    made.map(drop)
        .map_err(|error| error.code().map(str::to_owned))
}

/// Whether there is a role.
async fn exists(bench: &Bench, name: &str) -> bool {
    let role = bench.iam.get_role().role_name(name).send().await;
    role.is_ok()
}

#[tokio::test]
async fn a_client_that_crashes_at_a_stop_leaves_what_the_moment_says() {
    for (moment, made) in [(Moment::BeforeEffect, false), (Moment::AfterEffect, true)] {
        let bench = Bench::start().await;
        let stop = bench.emulator.stop_at(2, moment);
        let work = async {
            create(&bench, "first").await.expect("it is not held");
            create(&bench, "second").await
        };
        let reached = tokio::select! {
            _ = work => panic!("the second request is never answered"),
            reached = stop.reached() => reached,
        };
        assert_eq!(reached.number, 2);
        assert_eq!(
            (reached.service.as_str(), reached.operation.as_str()),
            ("iam", "CreateRole")
        );
        drop(stop);
        assert!(exists(&bench, "first").await);
        assert_eq!(exists(&bench, "second").await, made, "{moment:?}");
        assert_eq!(bench.emulator.requests(), 4);
    }
}

#[tokio::test]
async fn a_held_request_does_not_hold_the_time_and_ends_without_an_answer() {
    for moment in [Moment::BeforeEffect, Moment::AfterEffect] {
        let bench = Bench::start().await;
        let stop = bench.emulator.stop_at(1, moment);
        let request = bench.iam.list_roles().send();
        let (answer, ()) = tokio::join!(request, async {
            stop.reached().await;
            assert!(stop.held().is_some());
            bench.emulator.advance(Duration::from_secs(3600)).await;
            drop(stop);
        });
        let error = answer.expect_err("the connection is closed without an answer");
        assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
        let roles = bench.iam.list_roles().send().await;
        roles.expect("the next request is answered again");
    }
}

#[tokio::test]
async fn stops_are_also_controlled_over_http_and_controls_do_not_count() {
    let bench = Bench::start().await;
    let set = raw(
        &bench.emulator,
        &post("stops"),
        r#"{"n":1,"moment":"before_effect"}"#,
    )
    .await;
    assert!(set.starts_with("HTTP/1.1 200"), "{set}");
    assert_eq!(bench.emulator.requests(), 0);
    let list = "GET /_flowyard/stops HTTP/1.1\r\nHost: 127.0.0.1";
    let request = bench.iam.list_roles().send();
    let (answer, ()) = tokio::join!(request, async {
        let held = async {
            while !raw(&bench.emulator, list, "")
                .await
                .contains(r#""operation":"ListRoles""#)
            {}
        };
        tokio::time::timeout(Duration::from_secs(10), held)
            .await
            .expect("the request is listed as held");
        let clear = "DELETE /_flowyard/stops HTTP/1.1\r\nHost: 127.0.0.1";
        let cleared = raw(&bench.emulator, clear, "").await;
        let status = StatusCode::NO_CONTENT.as_str();
        assert!(cleared.contains(status), "{cleared}");
    });
    answer.expect_err("it was held before its effect");
}

#[tokio::test]
async fn an_emulator_ends_although_a_request_is_held() {
    let bench = Bench::start().await;
    let stop = bench.emulator.stop_at(1, Moment::AfterEffect);
    let request = tokio::spawn(bench.iam.list_roles().send());
    stop.reached().await;
    bench.emulator.shutdown().await;
    let answer = request.await.expect("the client does not panic");
    answer.expect_err("there is no answer");
}
