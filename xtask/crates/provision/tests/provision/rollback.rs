//! Going back to an earlier release.

use aws_sdk_lambda::config::{Credentials, Region};
use flow::model::FlowDefinition;
use provision::address::{Layer, ResourceAddr, ResourceKind};
use provision::apply::apply_recorded;
use provision::desired::{Desired, LambdaPackage};
use provision::infra::ModuleSpec;
use provision::ledger::{Recorder, Written, previous, releases, state};
use provision::live::{Which, versions};
use provision::plan::{ChangeReason, Choices, Plan, PlanProblem, PlanWarning};

use crate::centre::{Centre, REGION, package, writes};
use crate::console::Console;
use crate::documents::{goes_on_in, greeting, invokes, module, to_support, uses_module};
use crate::drift::look;
use crate::ledger::{about, deploy, read};

fn packages(content: &str) -> Vec<LambdaPackage> {
    let names = ["bot-join", "bot-reply", "bot-leave"];
    names.map(|name| package(name, content)).into()
}

/// What there was after a release.
async fn earlier(centre: &Centre, release: u64, edits: bool) -> Desired {
    let scope = centre.desired(Vec::new()).scope().clone();
    let state = state(&centre.clients, &scope, release).await;
    let state = state.expect("there is a table");
    Desired::earlier(&centre.environment, release, state, edits)
}

/// Goes back to a release, with a record.
async fn go_back(centre: &Centre, release: u64, edits: bool) -> Plan {
    let desired = earlier(centre, release, edits).await;
    let plan = centre.plan(&desired, Layer::Release).await;
    let recorder = Recorder::open(&centre.clients, desired.scope(), about()).await;
    let recorder = recorder.expect("there is a table");
    let mut recorder = recorder.rolling_back_to(release);
    let recording = Some(&mut recorder);
    let applied = apply_recorded(&centre.clients, &desired, &plan, recording, |_| {}).await;
    applied.expect("there is nothing in the way");
    recorder.close(&plan, true).await.expect("recorded");
    plan
}

/// The texts of what is live, by title.
async fn live(centre: &Centre, flows: &[FlowDefinition]) -> Vec<String> {
    let desired = centre.desired(flows.to_vec());
    let versions = versions(&centre.clients, &desired, Which::Published).await;
    let flows = versions.expect("the emulator answers").flows;
    let texts = flows.iter().map(|it| flow::canonical::text(&it.flow));
    texts.collect()
}

fn texts(flows: &[FlowDefinition]) -> Vec<String> {
    let texts = flows.iter().map(|it| flow::canonical::text(&it.flow));
    texts.collect()
}

fn lambda(name: &str) -> ResourceAddr {
    ResourceAddr::new(ResourceKind::Lambda, name)
}

fn functions(centre: &Centre) -> aws_sdk_lambda::Client {
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version_latest()
        .region(Region::new(REGION))
        .endpoint_url(centre.emulator.endpoint())
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .build();
    aws_sdk_lambda::Client::from_conf(config)
}

/// The version that the alias of a function points to.
async fn live_version(centre: &Centre, name: &str) -> Option<String> {
    let remote = format!("{}-{name}", centre.environment.instance_alias);
    let request = functions(centre).get_alias().function_name(remote);
    let answer = request.name("live").send().await;
    answer.expect("there is an alias").function_version
}

/// Flows of all kinds that refer to each other, with a text that tells releases apart.
fn all(text: &str) -> Vec<FlowDefinition> {
    vec![
        greeting("main", text),
        goes_on_in("a", "b"),
        goes_on_in("b", "a"),
        to_support("support"),
        invokes("bot", "bot-join"),
        module("greeting", text),
        uses_module("caller", "greeting"),
    ]
}

#[tokio::test]
async fn everything_is_as_it_was_and_what_is_deployed_next_is_told_truly() {
    let centre = Centre::bootstrapped().await;
    let first = centre.desired_with(all("one"), packages("v1"));
    deploy(&centre, &first).await;
    let second = centre.desired_with(all("two"), packages("v2"));
    deploy(&centre, &second).await;
    assert_eq!(
        live_version(&centre, "bot-join").await.as_deref(),
        Some("2")
    );
    let before = centre.now();
    let plan = go_back(&centre, 1, false).await;
    assert_eq!(plan.problems, []);
    let changed: Vec<String> = plan.changes.iter().map(|it| it.addr.to_string()).collect();
    assert_eq!(
        changed,
        [
            "flow.main",
            "module.greeting",
            "lambda.bot-join",
            "lambda.bot-leave",
            "lambda.bot-reply"
        ]
    );
    let reasons = plan.changes.iter().map(|it| &it.reason);
    assert!(
        reasons
            .into_iter()
            .all(|it| *it == ChangeReason::EarlierRelease)
    );
    let operations = centre.operations_since(before);
    let uploads = ["UpdateFunctionCode", "PublishVersion", "CreateFunction"];
    assert!(!operations.iter().any(|it| uploads.contains(&it.as_str())));
    assert_eq!(live(&centre, &all("one")).await, texts(&all("one")));
    assert_eq!(
        live_version(&centre, "bot-join").await.as_deref(),
        Some("1")
    );
    // The same again finds nothing to do.
    let again = earlier(&centre, 1, false).await;
    assert!(centre.plan(&again, Layer::Release).await.is_empty());
    // The ledger knows, and the sources differ from what is live.
    let releases = releases(&centre.clients, first.scope()).await;
    let releases = releases.expect("there is a table");
    assert_eq!((releases.len(), releases[2].rollback_to), (3, Some(1)));
    assert_eq!(
        previous(&releases),
        None,
        "there is nothing before the first"
    );
    let deployed = read(&centre, &second).await;
    assert_eq!(deployed.flows.len(), 7);
    let plan = centre.plan(&second, Layer::Release).await;
    let changed: Vec<String> = plan.changes.iter().map(|it| it.addr.to_string()).collect();
    assert!(changed.contains(&"flow.main".to_owned()), "{changed:?}");
    assert!(
        changed.contains(&"lambda.bot-join".to_owned()),
        "{changed:?}"
    );
    // And forward again, by its number.
    go_back(&centre, 2, false).await;
    assert!(centre.plan(&second, Layer::Release).await.is_empty());
    assert_eq!(
        live_version(&centre, "bot-join").await.as_deref(),
        Some("2")
    );
}

#[tokio::test]
async fn what_came_only_later_stays_and_that_is_said() {
    let centre = Centre::bootstrapped().await;
    deploy(&centre, &centre.desired(vec![greeting("main", "one")])).await;
    let both = vec![greeting("main", "two"), greeting("late", "Hello")];
    deploy(&centre, &centre.desired(both.clone())).await;
    let plan = go_back(&centre, 1, false).await;
    let addr = ResourceAddr::new(ResourceKind::Flow, "late");
    assert_eq!(
        plan.warnings,
        [PlanWarning::StaysBehind { addr, release: 1 }]
    );
    let live = live(&centre, &both).await;
    assert_eq!(live.len(), 2);
    assert!(live[0].contains("one") && live[1].contains("Hello"));
}

#[tokio::test]
async fn what_somebody_else_had_published_is_brought_back_if_wanted() {
    let centre = Centre::bootstrapped().await;
    let main = |text: &str| centre.desired(vec![greeting("main", text)]);
    let (applied, _) = deploy(&centre, &main("Ours")).await;
    let console = Console::new(&centre, &applied);
    console.edits("main", "Ours", "Theirs").await;
    deploy(&centre, &main("Later")).await;
    let flows = [greeting("main", "any")];
    let plan = go_back(&centre, 1, true).await;
    assert_eq!(plan.warnings, []);
    assert!(live(&centre, &flows).await[0].contains("Theirs"));
    let plan = go_back(&centre, 1, false).await;
    let addr = ResourceAddr::new(ResourceKind::Flow, "main");
    assert_eq!(
        plan.warnings,
        [PlanWarning::EditNotBroughtBack { addr, release: 1 }]
    );
    assert!(live(&centre, &flows).await[0].contains("Ours"));
}

#[tokio::test]
async fn a_flow_that_was_deleted_since_is_made_again() {
    let centre = Centre::bootstrapped().await;
    let flows = vec![goes_on_in("a", "b"), goes_on_in("b", "a")];
    let desired = centre.desired(flows.clone());
    let (applied, _) = deploy(&centre, &desired).await;
    Console::new(&centre, &applied).deletes("b").await;
    let plan = go_back(&centre, 1, false).await;
    assert_eq!(plan.counts().create, 1);
    assert_eq!(live(&centre, &flows).await, texts(&flows));
}

#[tokio::test]
async fn what_a_release_deleted_is_made_again_and_what_it_made_stays() {
    let centre = Centre::bootstrapped().await;
    let flows = vec![
        greeting("main", "one"),
        module("greeting", "Hello"),
        uses_module("caller", "greeting"),
    ];
    deploy(&centre, &centre.desired(flows.clone())).await;
    let fewer = centre.desired(vec![greeting("main", "two"), greeting("fresh", "Hello")]);
    let prune = Choices {
        prune: true,
        ..Choices::default()
    };
    let plan = centre.plan_with(&fewer, &prune).await;
    assert_eq!(plan.counts().delete, 2);
    let recorder = Recorder::open(&centre.clients, fewer.scope(), about()).await;
    let mut recorder = recorder.expect("there is a table");
    let recording = Some(&mut recorder);
    let applied = apply_recorded(&centre.clients, &fewer, &plan, recording, |_| {}).await;
    applied.expect("nothing refers to them");
    recorder.close(&plan, true).await.expect("recorded");
    let plan = go_back(&centre, 1, false).await;
    assert_eq!((plan.counts().create, plan.counts().update), (2, 1));
    assert_eq!(plan.warnings.len(), 1, "{:?}", plan.warnings);
    assert_eq!(live(&centre, &flows).await, texts(&flows));
    // What is deleted in the release that is brought back does not come back.
    let forward = go_back(&centre, 2, false).await;
    assert_eq!(forward.counts().delete, 0);
    assert!(live(&centre, &[greeting("main", "any")]).await[0].contains("two"));
}

#[tokio::test]
async fn nothing_has_drifted_after_going_back() {
    let centre = Centre::bootstrapped().await;
    deploy(&centre, &centre.desired(all("one"))).await;
    let second = centre.desired(all("two"));
    deploy(&centre, &second).await;
    go_back(&centre, 1, false).await;
    let deployed = read(&centre, &second).await;
    let found = look(&centre, &second, &deployed).await;
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    assert_eq!(found.unchanged, all("one").len());
}

#[tokio::test]
async fn a_version_that_is_gone_keeps_everything_from_going_back() {
    let centre = Centre::bootstrapped().await;
    let first = centre.desired_with(vec![greeting("main", "one")], packages("v1"));
    deploy(&centre, &first).await;
    let second = centre.desired_with(vec![greeting("main", "two")], packages("v2"));
    deploy(&centre, &second).await;
    let remote = format!("{}-bot-join", centre.environment.instance_alias);
    let request = functions(&centre).delete_function().function_name(remote);
    request
        .qualifier("1")
        .send()
        .await
        .expect("nobody needs it");
    let desired = earlier(&centre, 1, false).await;
    let plan = centre.plan(&desired, Layer::Release).await;
    let (addr, version) = (lambda("bot-join"), "1".to_owned());
    assert_eq!(plan.problems, [PlanProblem::VersionGone { addr, version }]);
    let before = centre.now();
    let applied = provision::apply::apply(&centre.clients, &desired, &plan, |_| {}).await;
    assert!(applied.is_err());
    assert_eq!(writes(&centre.operations_since(before)), [""; 0]);
}

#[tokio::test]
async fn a_version_of_the_same_number_and_other_code_is_refused() {
    let centre = Centre::bootstrapped().await;
    deploy(&centre, &centre.desired_with(Vec::new(), packages("v1"))).await;
    let remote = format!("{}-bot-join", centre.environment.instance_alias);
    let request = functions(&centre).delete_function().function_name(remote);
    request.send().await.expect("it is there");
    deploy(&centre, &centre.desired_with(Vec::new(), packages("v2"))).await;
    let desired = earlier(&centre, 1, false).await;
    let plan = centre.plan(&desired, Layer::Release).await;
    assert!(
        plan.problems
            .iter()
            .any(|it| matches!(it, PlanProblem::VersionIsAnother { addr, .. } if *addr == lambda("bot-join"))),
        "{:?}",
        plan.problems
    );
}

#[tokio::test]
async fn reads_that_do_not_see_the_latest_release_yet_keep_nothing_from_going_back() {
    let centre = Centre::bootstrapped().await;
    let of =
        |text: &str, code: &str| centre.desired_with(vec![greeting("main", text)], packages(code));
    let (applied, _) = deploy(&centre, &of("one", "v1")).await;
    deploy(&centre, &of("two", "v2")).await;
    // The instance answers as if the second release had not been.
    let console = Console::new(&centre, &applied);
    console.edits("main", "one", "one").await;
    let desired = earlier(&centre, 1, false).await;
    let plan = centre.plan(&desired, Layer::Release).await;
    let changed = plan.changes.iter().find(|it| it.addr.name == "main");
    assert_eq!(
        changed.map(|it| &it.reason),
        Some(&ChangeReason::Superseded)
    );
    go_back(&centre, 1, false).await;
    assert!(live(&centre, &[greeting("main", "any")]).await[0].contains("one"));
    let again = earlier(&centre, 1, false).await;
    assert!(centre.plan(&again, Layer::Release).await.is_empty());
}

#[tokio::test]
async fn a_module_that_flows_call_by_an_alias_goes_back_with_it() {
    let mut centre = Centre::bootstrapped().await;
    let alias = "live".to_owned();
    let modules = &mut centre.infra.modules;
    modules.insert("greeting".to_owned(), ModuleSpec { alias });
    let flows = |text: &str| vec![module("greeting", text), uses_module("main", "greeting")];
    let (first, _) = deploy(&centre, &centre.desired(flows("one"))).await;
    let second = centre.desired(flows("two"));
    deploy(&centre, &second).await;
    let plan = go_back(&centre, 1, false).await;
    assert_eq!(plan.problems, []);
    assert_eq!(live(&centre, &flows("one")).await, texts(&flows("one")));
    // Flows call the same alias as before, and it points to that content.
    assert!(
        centre
            .plan(&centre.desired(flows("one")), Layer::Release)
            .await
            .is_empty()
    );
    let deployed = read(&centre, &second).await;
    let main = &deployed.flows[&ResourceAddr::new(ResourceKind::Flow, "main")];
    let sent = first.flows.iter().find(|it| it.addr.name == "main");
    assert_eq!(Some(&main.content), sent.map(|it| &it.content));
    let module = &deployed.flows[&ResourceAddr::new(ResourceKind::Module, "greeting")];
    let Written::Document { alias, .. } = &module.record.what else {
        panic!("a module is a document")
    };
    let alias = alias.as_ref().expect("it is recorded");
    assert_eq!((alias.name.as_str(), alias.version), ("live", Some(3)));
}
