//! A person at the console who changes what a plan is about: before it is carried out, while it is,
//! and afterwards.

use provision::address::Layer;
use provision::apply::{ApplyError, apply};
use provision::desired::Desired;
use provision::plan::{Call, FlowCall, Plan};

use crate::centre::{Centre, REGION, package, writes};
use crate::console::Console;
use crate::documents::{greeting, module};

#[tokio::test]
async fn a_flow_that_was_edited_after_the_plan_is_not_overwritten() {
    let centre = Centre::bootstrapped().await;
    let flows = |text: &str| vec![greeting("main", text), module("part", text)];
    let desired = centre.desired(flows("Hello"));
    let applied = centre.deploy(&desired, Layer::Release).await;
    let console = Console::new(&centre, &applied.expect("deploy"));
    let desired = centre.desired(flows("Good day"));

    let plan = centre.plan(&desired, Layer::Release).await;
    console.edits_module("part", "Hello", "Hi", true).await;
    let before = centre.now();
    assert_eq!(
        refused(&centre, &desired, &plan).await,
        "module.part: content"
    );
    let made = centre.operations_since(before);
    assert_eq!(writes(&made), [""; 0], "modules come first");

    let plan = centre.plan(&desired, Layer::Release).await;
    console.edits("main", "Hello", "Hi").await;
    let before = centre.now();
    assert_eq!(
        refused(&centre, &desired, &plan).await,
        "flow.main: content"
    );
    let made = centre.operations_since(before);
    assert!(
        !writes(&made).contains(&"UpdateContactFlowContent"),
        "{made:?}"
    );

    // Who plans again sees it, and may overwrite it.
    let again = centre.deploy(&desired, Layer::Release).await;
    again.expect("deploy");
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

/// What moved according to the error.
async fn refused(centre: &Centre, desired: &Desired, plan: &Plan) -> String {
    let refused = apply(&centre.clients, desired, plan, |_| {}).await;
    match refused {
        Err(ApplyError::Moved { addr, what, .. }) => format!("{addr}: {what}"),
        other => panic!("it is not as it was: {other:?}"),
    }
}

#[tokio::test]
async fn a_function_that_was_changed_after_the_plan_is_not_overwritten() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(Vec::new());
    let deployed = centre.deploy(&desired, Layer::Release).await;
    deployed.expect("deploy");
    let packages = vec![
        package("bot-join", "v2"),
        package("bot-reply", "v1"),
        package("bot-leave", "v1"),
    ];
    let desired = centre.desired_with(Vec::new(), packages);
    let plan = centre.plan(&desired, Layer::Release).await;
    let lambda = lambda(&centre);
    let edit = lambda.update_function_configuration();
    let edit = edit.function_name("acme-local-bot-join").timeout(3).send();
    edit.await.expect("the function is there");
    // A change is under way for a while after it was made.
    let look = lambda.get_function_configuration();
    let look = look.function_name("acme-local-bot-join").send();
    look.await.expect("the function is there");
    let before = centre.now();
    let moved = refused(&centre, &desired, &plan).await;
    assert_eq!(moved, "lambda.bot-join: code or configuration");
    let made = centre.operations_since(before);
    assert_eq!(
        writes(&made),
        ["UpdateFunctionCode"],
        "it was tried, and refused"
    );

    let plan = centre.plan(&desired, Layer::Release).await;
    let publish = lambda
        .publish_version()
        .function_name("acme-local-bot-join")
        .send();
    let version = publish.await.expect("the function is there").version;
    let point = lambda
        .update_alias()
        .function_name("acme-local-bot-join")
        .name("live");
    let point = point.set_function_version(version).send();
    point.await.expect("the alias is there");
    let moved = refused(&centre, &desired, &plan).await;
    assert_eq!(moved, "lambda.bot-join: alias `live`");
    let again = centre.deploy(&desired, Layer::Release).await;
    again.expect("deploy");
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

/// A client of its own, as the console has one.
fn lambda(centre: &Centre) -> aws_sdk_lambda::Client {
    let credentials = aws_sdk_lambda::config::Credentials::new("a", "b", None, None, "test");
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_lambda::config::Region::new(REGION))
        .endpoint_url(centre.emulator.endpoint())
        .credentials_provider(credentials)
        .build();
    aws_sdk_lambda::Client::from_conf(config)
}

#[tokio::test]
async fn a_description_that_was_edited_after_the_plan_is_not_overwritten() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    let applied = centre.deploy(&desired, Layer::Release).await;
    let applied = applied.expect("deploy");
    let desired = centre.desired(vec![greeting("main", "Good day")]);
    let plan = centre.plan(&desired, Layer::Release).await;
    Console::new(&centre, &applied)
        .describes("main", "Theirs")
        .await;
    let refused = apply(&centre.clients, &desired, &plan, |_| {}).await;
    let Err(error @ ApplyError::Moved { .. }) = refused else {
        panic!("it is not as it was: {refused:?}");
    };
    let text = error.to_string();
    assert!(
        text.starts_with("somebody changed flow.main after the plan was made: its description"),
        "{text}"
    );
}

/// The content is written and somebody else writes theirs before it is read back.
#[tokio::test]
async fn an_edit_during_the_deployment_is_detected() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    let applied = centre.deploy(&desired, Layer::Release).await;
    let console = Console::new(&centre, &applied.expect("deploy"));
    let desired = centre.desired(vec![greeting("main", "Good day")]);
    let plan = centre.plan(&desired, Layer::Release).await;
    // Compared, written, read back: the editor comes just before the third request.
    let steps = plan.steps.iter();
    let first = steps.map(|step| &step.call).next();
    assert_eq!(first, Some(&Call::Flow(FlowCall::UpdateFlowContent)));
    let stop = centre
        .emulator
        .stop_at(3, emulator::stops::Moment::BeforeEffect);
    let work = apply(&centre.clients, &desired, &plan, |_| {});
    let edit = async {
        let reached = stop.reached().await;
        assert_eq!(reached.operation, "DescribeContactFlow");
        console.edits("main", "Hello", "Hi").await;
        drop(stop);
    };
    let (refused, ()) = tokio::join!(work, edit);
    let Err(ApplyError::Moved { addr, what, .. }) = refused else {
        panic!("it is not what was sent: {refused:?}");
    };
    assert_eq!(addr.to_string(), "flow.main");
    assert_eq!(what, "content is not what was sent");
}
