//! Request rates of Lambda and the answers of Service Quotas.

use std::time::Duration;

use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_servicequotas::types::AppliedLevelEnum;
use emulator::Config;
use emulator::clock::ClockMode;
use emulator::quotas::{Quota, Quotas};

use super::server::{post, raw};
use super::{ACCOUNT, Bench, REGION};

async fn limited(quotas: Option<Quotas>) -> (Bench, aws_sdk_servicequotas::Client) {
    let bench = Bench::with(Config {
        clock: ClockMode::Virtual,
        quotas,
        ..Config::new(ACCOUNT, REGION)
    })
    .await;
    let quotas = aws_sdk_servicequotas::Client::new(&bench.config);
    (bench, quotas)
}

#[tokio::test]
async fn lambdas_control_plane_shares_its_rate_and_a_second_fills_it_again() {
    let (bench, _) = limited(Some(Quotas::defaults())).await;
    for _ in 0..15 {
        let list = bench.lambda.list_functions().send().await;
        list.expect("it is within the rate");
    }
    let alias = bench.lambda.get_alias().function_name("bot").name("live");
    let error = alias.clone().send().await.expect_err("the bucket is empty");
    assert_eq!(error.code(), Some("TooManyRequestsException"));
    let get = bench
        .lambda
        .get_function()
        .function_name("bot")
        .send()
        .await;
    let error = get.expect_err("reads of functions have a rate of their own");
    assert_eq!(error.code(), Some("ResourceNotFoundException"));
    bench.emulator.advance(Duration::from_secs(1)).await;
    let error = alias.send().await.expect_err("there is no function");
    assert_eq!(error.code(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn without_quotas_nothing_is_throttled() {
    let (bench, _) = limited(None).await;
    for _ in 0..40 {
        let list = bench.lambda.list_functions().send().await;
        list.expect("there is no rate");
    }
}

#[tokio::test]
async fn service_quotas_tells_what_is_applied_and_what_is_usual() {
    let (bench, client) = limited(Some(Quotas::defaults().with(Quota::Flows, 3))).await;
    let mut names = Vec::new();
    let mut token = None;
    loop {
        let page = client.list_service_quotas().service_code("connect");
        let page = page.max_results(4).set_next_token(token).send().await;
        let page = page.expect("the service is known");
        names.extend(page.quotas.unwrap_or_default().into_iter().map(|quota| {
            let name = quota.quota_name.unwrap_or_default();
            (name, quota.value.unwrap_or_default())
        }));
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    let of = |name: &str| {
        names
            .iter()
            .find(|(it, _)| it == name)
            .map(|(_, value)| *value)
    };
    assert_eq!(of("Contact flows per instance"), Some(3.0));
    assert_eq!(of("Flow modules per instance"), Some(200.0));
    assert_eq!(of("Amazon Connect instance count"), Some(2.0));

    let get = || client.get_service_quota().service_code("connect");
    let arn = "arn:aws:connect:eu-west-2:123456789012:instance/i";
    let flows = get().quota_code("L-22922690").context_id(arn).send().await;
    let flows = flows
        .expect("there is such a quota")
        .quota
        .expect("it is told");
    assert_eq!(
        flows.quota_applied_at_level,
        Some(AppliedLevelEnum::Resource)
    );
    let context = flows.quota_context.expect("it counts for an instance");
    assert_eq!(context.context_id.as_deref(), Some(arn));
    bench.emulator.set_quota(Quota::Flows, 7);
    let flows = get().quota_code("L-22922690").send().await;
    assert_eq!(
        flows.expect("it is there").quota.and_then(|it| it.value),
        Some(7.0)
    );
    let usual = client
        .get_aws_default_service_quota()
        .service_code("connect");
    let usual = usual.quota_code("L-22922690").send().await;
    assert_eq!(
        usual.expect("it is there").quota.and_then(|it| it.value),
        Some(100.0)
    );

    let unknown = get().quota_code("L-00000000").send().await;
    let error = unknown.expect_err("there is no such quota");
    assert!(
        error
            .as_service_error()
            .is_some_and(|it| it.is_no_such_resource_exception())
    );
    let usual = client
        .list_aws_default_service_quotas()
        .service_code("lambda");
    let usual = usual.send().await.expect("the service is known");
    assert_eq!(usual.quotas().len(), 4);
    let other = client
        .list_service_quotas()
        .service_code("ec2")
        .send()
        .await;
    other.expect_err("only Connect and Lambda are here");
}

#[tokio::test]
async fn quotas_are_also_set_over_http() {
    let (bench, client) = limited(None).await;
    let body = r#"{"queues":12,"lambda_functions":5}"#;
    let set = raw(&bench.emulator, &post("quotas"), body).await;
    assert!(set.starts_with("HTTP/1.1 204"), "{set}");
    let queues = client.get_service_quota().service_code("connect");
    let queues = queues.quota_code("L-19A87C94").send().await;
    assert_eq!(
        queues.expect("it is there").quota.and_then(|it| it.value),
        Some(12.0)
    );
    let wrong = raw(&bench.emulator, &post("quotas"), r#"{"flow":12}"#).await;
    assert!(wrong.starts_with("HTTP/1.1 422"), "{wrong}");
}
