//! Bootstrapping and deploying: what a plan says is what happens, and then there is nothing to do.

use std::collections::BTreeMap;

use provision::address::{Layer, ResourceAddr, ResourceKind};
use provision::desired::{Architecture, LambdaSource};
use provision::plan::{
    Call, ChangeKind, ChangeReason, Content, FlowCall, FunctionCall, InstanceCall, PlanProblem,
    PlanWarning,
};
use serde_json::json;

use crate::centre::{Centre, package, writes};
use crate::documents::{goes_on_in, greeting, invokes, module, to_support, uses_module};

#[tokio::test]
async fn after_bootstrapping_there_is_nothing_to_do() {
    let centre = Centre::empty().await;
    let desired = centre.desired(Vec::new());
    let plan = centre.plan(&desired, Layer::Foundation).await;
    assert_eq!(plan.problems, []);
    assert_eq!(plan.counts().unchanged, 0);
    let first = centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("bootstrap");
    assert!(first.instance.is_some());
    let again = centre.plan(&desired, Layer::Foundation).await;
    assert!(again.is_empty(), "{}", provision::plan::view::human(&again));
    assert_eq!(
        again.counts().unchanged,
        plan.counts().create + plan.counts().update
    );
}

#[tokio::test]
async fn after_deploying_there_is_nothing_to_do() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![
        to_support("support"),
        invokes("bot", "bot-join"),
        module("greeting", "Hello"),
        uses_module("main", "greeting"),
    ]);
    let plan = centre.plan(&desired, Layer::Release).await;
    assert_eq!(plan.problems, []);
    let applied = centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    assert_eq!(applied.flows.len(), 4);
    let again = centre.plan(&desired, Layer::Release).await;
    assert!(again.is_empty(), "{}", provision::plan::view::human(&again));
    // Functions, associations and subscriptions, flows, a quick connect and a queue that offers it.
    assert_eq!(again.counts().unchanged, 3 + 3 + 4 + 2);
}

#[tokio::test]
async fn deploying_twice_writes_nothing_the_second_time() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![to_support("support"), module("greeting", "Hello")]);
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let before = centre.now();
    for layer in [Layer::Foundation, Layer::Release] {
        let applied = centre.deploy(&desired, layer).await.expect("deploy again");
        assert!(applied.calls.is_empty());
    }
    let operations = centre.operations_since(before);
    assert!(!operations.is_empty(), "planning reads");
    assert_eq!(writes(&operations), [""; 0]);
}

#[tokio::test]
async fn a_plan_counts_the_calls_that_applying_makes() {
    let centre = Centre::empty().await;
    for layer in [Layer::Foundation, Layer::Release] {
        let desired = centre.desired(vec![goes_on_in("a", "b"), goes_on_in("b", "a")]);
        let plan = centre.plan(&desired, layer).await;
        let before = centre.now();
        let applied = provision::apply::apply(&centre.clients, &desired, &plan, |_| {});
        let applied = applied.await.expect("deploy");
        let made = centre.operations_since(before);
        assert_eq!(applied.calls.values().sum::<usize>(), writes(&made).len());
        let mut planned = plan.calls();
        // Associating a function may have let the instance in already.
        planned.retain(|operation, _| *operation != "lambda:AddPermission");
        for (operation, count) in planned {
            assert_eq!(applied.calls.get(operation), Some(&count), "{operation}");
        }
        let estimated = plan.estimate().calls;
        let named = |name: &str| made.iter().filter(|it| *it == name).count();
        // Services share names, and the timeline has the names only.
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        for (operation, count) in &estimated {
            let name = operation.split_once(':').map_or("", |(_, name)| name);
            *by_name.entry(name).or_default() += count;
        }
        // As above.
        by_name.retain(|name, _| *name != "AddPermission");
        for (name, count) in by_name {
            assert_eq!(named(name), count, "{name}");
        }
        for name in made {
            let ending = format!(":{name}");
            assert!(estimated.keys().any(|it| it.ends_with(&ending)), "{name}");
        }
    }
}

#[tokio::test]
async fn who_creates_an_instance_is_warned_and_who_has_one_is_not() {
    let centre = Centre::empty().await;
    let desired = centre.desired(Vec::new());
    let plan = centre.plan(&desired, Layer::Foundation).await;
    let alias = "acme-local".to_owned();
    assert_eq!(
        plan.warnings,
        [PlanWarning::InstanceWillBeCreated { alias }]
    );
    assert!(plan.can_apply());
    centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("bootstrap");
    let plan = centre.plan(&desired, Layer::Foundation).await;
    assert_eq!(plan.warnings, []);
}

#[tokio::test]
async fn a_changed_text_is_one_update_with_its_old_and_new_text() {
    let centre = Centre::bootstrapped().await;
    let before = vec![greeting("main", "Hello from Acme"), to_support("support")];
    let desired = centre.desired(before);
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");

    let after = vec![
        greeting("main", "Good day from Acme"),
        to_support("support"),
    ];
    let desired = centre.desired(after);
    let plan = centre.plan(&desired, Layer::Release).await;
    let counts = plan.counts();
    assert_eq!((counts.create, counts.update, counts.delete), (0, 1, 0));
    assert_eq!(plan.changes[0].reason, ChangeReason::SourceChanged);
    insta::assert_snapshot!(provision::plan::view::human(&plan));
    assert_eq!(
        json!(plan.calls()),
        json!({ "connect:UpdateContactFlowContent": 1, "connect:TagResource": 1 })
    );
    let applied = centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    assert_eq!(applied.flows.len(), 1);
    assert!(applied.flows[0].content.contains("Good day from Acme"));
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

#[tokio::test]
async fn flows_that_refer_to_each_other_take_one_stub_and_are_right_afterwards() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![
        goes_on_in("a", "b"),
        goes_on_in("b", "c"),
        goes_on_in("c", "a"),
    ]);
    let plan = centre.plan(&desired, Layer::Release).await;
    let calls: Vec<(String, Call)> = plan
        .steps
        .iter()
        .filter(|step| step.addr.kind == ResourceKind::Flow)
        .map(|step| (step.addr.name.clone(), step.call.clone()))
        .collect();
    let named = |name: &str| name.to_owned();
    assert_eq!(
        calls,
        [
            (named("a"), FlowCall::CreateFlow(Content::Stub).into()),
            (named("c"), FlowCall::CreateFlow(Content::Full).into()),
            (named("b"), FlowCall::CreateFlow(Content::Full).into()),
            (named("a"), FlowCall::UpdateFlowContent.into()),
            (named("a"), InstanceCall::TagConnectResource.into()),
        ]
    );
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let again = centre.plan(&desired, Layer::Release).await;
    assert!(again.is_empty(), "{}", provision::plan::view::human(&again));
}

#[tokio::test]
async fn a_release_without_an_instance_says_what_to_do() {
    let centre = Centre::empty().await;
    let desired = centre.desired(vec![to_support("support")]);
    let plan = centre.plan(&desired, Layer::Release).await;
    assert!(!plan.can_apply());
    let alias = "acme-local".to_owned();
    assert!(
        plan.problems
            .contains(&PlanProblem::InstanceMissing { alias })
    );
    let before = centre.now();
    let refused = centre.deploy(&desired, Layer::Release).await;
    assert!(matches!(
        refused,
        Err(provision::apply::ApplyError::Blocked)
    ));
    assert_eq!(writes(&centre.operations_since(before)), [""; 0]);
}

#[tokio::test]
async fn what_is_there_and_not_ours_is_adopted_and_that_is_said() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let connect = client(&centre).await;
    let live = provision::live::read_live(&centre.clients, &desired, Layer::Release).await;
    let live = live.expect("the emulator answers");
    let reference = flow::value::Ref::new(flow::value::RefKind::Flow, "main");
    let arn = live
        .bindings()
        .get(&reference)
        .expect("it was deployed")
        .arn
        .clone();
    let untag = connect
        .untag_resource()
        .resource_arn(arn)
        .tag_keys("managed-by");
    untag.send().await.expect("a tag to take away");

    let plan = centre.plan(&desired, Layer::Release).await;
    let kinds: Vec<ChangeKind> = plan.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Adopt]);
    assert_eq!(
        plan.changes[0].reason,
        ChangeReason::NotOurs { owner: None }
    );
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

#[tokio::test]
async fn a_flow_changed_in_the_console_is_told_from_one_changed_in_the_sources() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    let applied = centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let sent = &applied.flows[0];
    let connect = client(&centre).await;
    let instance = applied.instance.as_ref().expect("there is an instance");
    let id = sent.arn.rsplit('/').next().unwrap_or_default();
    let update = connect
        .update_contact_flow_content()
        .instance_id(&instance.id);
    let content = sent.content.replace("Hello", "Hi");
    let update = update.contact_flow_id(id).content(content);
    update.send().await.expect("a valid flow");

    let plan = centre.plan(&desired, Layer::Release).await;
    assert_eq!(plan.changes[0].reason, ChangeReason::ChangedOnInstance);
}

#[tokio::test]
async fn new_code_becomes_a_new_version_behind_the_alias() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(Vec::new());
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let packages = vec![
        package("bot-join", "v2"),
        package("bot-reply", "v1"),
        package("bot-leave", "v1"),
    ];
    let desired = centre.desired_with(Vec::new(), packages);
    let plan = centre.plan(&desired, Layer::Release).await;
    assert_eq!(plan.counts().update, 1);
    let change = &plan.changes[0];
    assert_eq!(
        change.addr,
        ResourceAddr::new(ResourceKind::Lambda, "bot-join")
    );
    assert_eq!(change.reason, ChangeReason::CodeDiffers);
    assert_eq!(
        change.calls,
        [
            FunctionCall::UpdateFunctionCode,
            FunctionCall::PublishVersion,
            FunctionCall::UpdateAlias,
            FunctionCall::TagFunction,
        ]
        .map(Call::from)
    );
    assert_eq!(plan.to_build(), ["bot-join"]);
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

/// The sources of the three functions, without anything built from them.
fn sources(digest: &str) -> Vec<LambdaSource> {
    let names = ["bot-join", "bot-reply", "bot-leave"];
    let sources = names.map(|name| LambdaSource {
        name: name.to_owned(),
        digest: digest.to_owned(),
        architecture: Architecture::X86_64,
    });
    sources.into()
}

#[tokio::test]
async fn functions_are_planned_and_configured_without_being_built() {
    let mut centre = Centre::bootstrapped().await;
    let built = centre.desired(Vec::new()).with_sources(sources("first"));
    centre.deploy(&built, Layer::Release).await.expect("deploy");
    let unbuilt = |centre: &Centre, digest| {
        let desired = centre.desired_with(Vec::new(), Vec::new());
        desired.with_sources(sources(digest))
    };
    let same = centre
        .plan(&unbuilt(&centre, "first"), Layer::Release)
        .await;
    assert!(same.is_empty(), "{}", provision::plan::view::human(&same));

    for lambda in centre.infra.lambdas.values_mut() {
        lambda.timeout_seconds = 6;
    }
    let configured = unbuilt(&centre, "first");
    let plan = centre.plan(&configured, Layer::Release).await;
    assert_eq!(plan.counts().update, 3);
    assert_eq!(plan.to_build(), [""; 0]);
    let applied = centre.deploy(&configured, Layer::Release).await;
    applied.expect("the code that is there is published anew");
    assert!(centre.plan(&configured, Layer::Release).await.is_empty());

    let edited = unbuilt(&centre, "second");
    let plan = centre.plan(&edited, Layer::Release).await;
    assert!(plan.can_apply());
    assert_eq!(plan.to_build().len(), 3);
    let before = centre.now();
    let refused = centre.deploy(&edited, Layer::Release).await;
    assert!(matches!(
        refused,
        Err(provision::apply::ApplyError::NotBuilt { .. })
    ));
    assert_eq!(writes(&centre.operations_since(before)), [""; 0]);
}

#[tokio::test]
async fn code_that_somebody_else_uploaded_is_told_from_changed_sources() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(Vec::new());
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let zip = package("bot-join", "somebody else's").zip;
    let update = functions(&centre).update_function_code();
    let update = update.function_name("acme-local-bot-join");
    let update = update.zip_file(aws_sdk_lambda::primitives::Blob::new(zip));
    update.send().await.expect("code");
    let plan = centre.plan(&desired, Layer::Release).await;
    assert_eq!(plan.changes.len(), 1);
    assert_eq!(plan.changes[0].reason, ChangeReason::ChangedOnInstance);
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

#[tokio::test]
async fn changed_settings_are_changed_field_by_field() {
    let mut centre = Centre::bootstrapped().await;
    let desired = centre.desired(Vec::new());
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    centre.infra.lambdas["bot-reply"].timeout_seconds = 20;
    centre.infra.hours["support"].time_zone = "Europe/Paris".to_owned();
    centre.infra.queues["support"].max_contacts = Some(5);
    centre.infra.routing_profiles["support"].chats_at_once = 2;
    let desired = centre.desired(Vec::new());
    let mut shown = String::new();
    for layer in [Layer::Foundation, Layer::Release] {
        let plan = centre.plan(&desired, layer).await;
        shown += &provision::plan::view::human(&plan);
        centre.deploy(&desired, layer).await.expect("deploy");
        assert!(centre.plan(&desired, layer).await.is_empty());
    }
    insta::assert_snapshot!(shown);
}

/// A client of its own, as the console has one.
pub(crate) async fn client(centre: &Centre) -> aws_sdk_connect::Client {
    let credentials = aws_sdk_connect::config::Credentials::new("a", "b", None, None, "test");
    let config = aws_sdk_connect::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_connect::config::Region::new(crate::centre::REGION))
        .endpoint_url(centre.emulator.endpoint())
        .credentials_provider(credentials)
        .build();
    aws_sdk_connect::Client::from_conf(config)
}

/// The same for functions.
fn functions(centre: &Centre) -> aws_sdk_lambda::Client {
    let credentials = aws_sdk_lambda::config::Credentials::new("a", "b", None, None, "test");
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_lambda::config::Region::new(crate::centre::REGION))
        .endpoint_url(centre.emulator.endpoint())
        .credentials_provider(credentials)
        .build();
    aws_sdk_lambda::Client::from_conf(config)
}
