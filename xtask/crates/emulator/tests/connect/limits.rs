//! Quotas of Connect: rates by the clock, and how much of everything there may be.

use std::time::Duration;

use aws_sdk_connect::types::{ContactFlowType, DirectoryType, HoursOfOperationConfig};
use emulator::Config;
use emulator::clock::ClockMode;
use emulator::quotas::{Quota, Quotas};

use super::{Bench, CONTENT, MODULE, code, refusal};

async fn limited(quotas: Quotas) -> Bench {
    Bench::with(Config {
        clock: ClockMode::Virtual,
        quotas: Some(quotas),
        ..Config::new("123456789012", "eu-west-2")
    })
    .await
}

impl Bench {
    /// Lets every bucket fill up.
    async fn breathe(&self) {
        self.emulator.advance(Duration::from_secs(60)).await;
    }
}

#[tokio::test]
async fn an_operation_is_throttled_beyond_its_burst_and_others_are_not() {
    let bench = limited(Quotas::defaults()).await;
    let instance = bench.instance("rates").await;
    let list = || bench.connect.list_queues().instance_id(&instance).send();
    for _ in 0..5 {
        list().await.expect("the burst is five");
    }
    assert_eq!(refusal(list().await), code(429, "ThrottlingException"));
    let others = bench.connect.list_prompts().instance_id(&instance).send();
    others.await.expect("it has a bucket of its own");
    bench.emulator.advance(Duration::from_millis(500)).await;
    list().await.expect("two a second");
    assert_eq!(refusal(list().await), code(429, "ThrottlingException"));
}

#[tokio::test]
async fn one_flow_too_many_is_refused_and_a_taken_name_is_still_a_taken_name() {
    let bench = limited(Quotas::defaults()).await;
    let instance = bench.instance("limits").await;
    let flows = bench.connect.list_contact_flows().instance_id(&instance);
    let flows = flows.send().await.unwrap().contact_flow_summary_list;
    let seeded = u32::try_from(flows.unwrap_or_default().len()).unwrap();
    bench.emulator.set_quota(Quota::Flows, seeded + 1);
    bench.flow(&instance, "one", CONTENT).await;
    let create = |name: &str| {
        let flow = bench.connect.create_contact_flow().instance_id(&instance);
        let flow = flow.name(name).r#type(ContactFlowType::ContactFlow);
        flow.content(CONTENT).send()
    };
    let limit = code(429, "LimitExceededException");
    assert_eq!(refusal(create("two").await), limit);
    let taken = code(409, "DuplicateResourceException");
    assert_eq!(refusal(create("one").await), taken);
    bench.emulator.set_quota(Quota::Flows, seeded + 2);
    create("two").await.expect("the quota was raised");
}

#[tokio::test]
async fn a_module_that_is_made_again_with_its_token_is_none_too_many() {
    let bench = limited(Quotas::defaults().with(Quota::Modules, 1)).await;
    let instance = bench.instance("tokens").await;
    let create = |name: &str, token: &str| {
        let module = bench.connect.create_contact_flow_module();
        let module = module.instance_id(&instance).name(name).content(MODULE);
        module.client_token(token).send()
    };
    let first = create("one", "token").await.expect("there is room for one");
    let again = create("one", "token").await.expect("it is the same one");
    assert_eq!(first.id, again.id);
    let limit = code(429, "LimitExceededException");
    assert_eq!(refusal(create("two", "other").await), limit);
}

#[tokio::test]
async fn kinds_of_resource_have_quotas_of_their_own() {
    let quotas = Quotas::defaults()
        .with(Quota::HoursOfOperation, 1)
        .with(Quota::QueuesOfRoutingProfile, 1)
        .with(Quota::LambdaFunctions, 0)
        .with(Quota::SecurityProfiles, 1);
    let bench = limited(quotas).await;
    let instance = bench.instance("kinds").await;
    let hours = bench.connect.create_hours_of_operation();
    let hours = hours.instance_id(&instance).name("late").time_zone("UTC");
    let hours = hours.set_config(Some(Vec::<HoursOfOperationConfig>::new()));
    let limit = code(429, "LimitExceededException");
    assert_eq!(refusal(hours.send().await), limit);
    let profile = bench.connect.create_security_profile();
    let profile = profile.instance_id(&instance).security_profile_name("bots");
    assert_eq!(refusal(profile.send().await), limit);
    let lambda = bench.connect.associate_lambda_function();
    let arn = "arn:aws:lambda:eu-west-2:123456789012:function:bot:live";
    let lambda = lambda.instance_id(&instance).function_arn(arn);
    let quota = code(402, "ServiceQuotaExceededException");
    assert_eq!(refusal(lambda.send().await), quota);
}

#[tokio::test]
async fn a_third_instance_is_one_too_many_and_a_hundred_changes_lock_the_account() {
    let bench = limited(Quotas::defaults()).await;
    let create = |alias: String| {
        let instance = bench.connect.create_instance().instance_alias(alias);
        let instance = instance.identity_management_type(DirectoryType::ConnectManaged);
        instance
            .inbound_calls_enabled(true)
            .outbound_calls_enabled(false)
            .send()
    };
    let quota = code(402, "ServiceQuotaExceededException");
    let first = create("first".into()).await.unwrap().id.unwrap();
    create("second".into()).await.unwrap();
    assert_eq!(refusal(create("third".into()).await), quota);

    let delete = |id: String| bench.connect.delete_instance().instance_id(id).send();
    delete(first).await.unwrap();
    for number in 0..48 {
        bench.breathe().await;
        let id = create(format!("more-{number}")).await.unwrap().id.unwrap();
        delete(id).await.unwrap();
    }
    bench.breathe().await;
    let last = create("last".into())
        .await
        .expect("it is the hundredth change");
    assert_eq!(refusal(create("beyond".into()).await), quota);
    let locked = delete(last.id.unwrap()).await;
    assert_eq!(refusal(locked), code(400, "InvalidRequestException"));
    let month = Duration::from_secs(30 * 24 * 60 * 60);
    bench.emulator.advance(month).await;
    let instances = bench.connect.list_instances().send().await.unwrap();
    let instances = instances.instance_summary_list.unwrap_or_default();
    delete(instances[0].id.clone().unwrap())
        .await
        .expect("a month has passed");
    create("again".into()).await.expect("a month has passed");
}
