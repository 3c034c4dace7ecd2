//! What we deployed once and our sources have no more: kept and named, or deleted last.

use flow::model::{DocumentKind, FlowDefinition, FlowType};
use provision::address::{Layer, ResourceAddr, ResourceKind};
use provision::apply::{apply, apply_recorded};
use provision::ledger::Recorder;
use provision::plan::{
    Call, ChangeKind, ChangeReason, Choices, FlowCall, PlanProblem, PlanWarning,
};

use crate::centre::{Centre, package, writes};
use crate::documents::{goes_on_in, greeting, invokes, module, to_support, uses_module};
use crate::ledger::{about, deploy, read};

const PRUNE: Choices = Choices {
    prune: true,
    allow_destroy: false,
    targets: Vec::new(),
    only: Vec::new(),
};

fn flow(name: &str) -> ResourceAddr {
    ResourceAddr::new(ResourceKind::Flow, name)
}

fn all() -> Vec<FlowDefinition> {
    vec![
        to_support("support"),
        greeting("old-end", "Goodbye"),
        goes_on_in("old-start", "old-end"),
        module("old-module", "Hello"),
        uses_module("old-user", "old-module"),
        invokes("old-bot", "bot-leave"),
    ]
}

/// The infrastructure without the function `bot-leave`.
fn forget_bot_leave(centre: &mut Centre) {
    centre.infra.lambdas.shift_remove("bot-leave");
}

fn remaining(centre: &Centre) -> provision::desired::Desired {
    let packages = ["bot-join", "bot-reply"].map(|name| package(name, "v1"));
    centre.desired_with(vec![to_support("support")], packages.into())
}

#[tokio::test]
async fn what_the_sources_have_no_more_is_kept_and_named() {
    let mut centre = Centre::bootstrapped().await;
    deploy(&centre, &centre.desired(all())).await;
    forget_bot_leave(&mut centre);
    let desired = remaining(&centre);
    let before = centre.now();
    let plan = centre.plan(&desired, Layer::Release).await;
    assert!(plan.is_empty(), "{}", provision::plan::view::human(&plan));
    let kept = ["old-bot", "old-end", "old-start", "old-user"].map(flow);
    let mut kept: Vec<ResourceAddr> = kept.into();
    kept.push(ResourceAddr::new(ResourceKind::Module, "old-module"));
    kept.push(ResourceAddr::new(ResourceKind::Lambda, "bot-leave"));
    let mut named: Vec<ResourceAddr> = plan
        .warnings
        .iter()
        .map(|warning| match warning {
            PlanWarning::Kept { addr } => addr.clone(),
            other => panic!("{other}"),
        })
        .collect();
    kept.sort();
    named.sort();
    assert_eq!(named, kept);
    assert_eq!(writes(&centre.operations_since(before)), [""; 0]);
}

#[tokio::test]
async fn what_is_pruned_goes_last_and_callers_before_what_they_call() {
    let mut centre = Centre::bootstrapped().await;
    deploy(&centre, &centre.desired(all())).await;
    forget_bot_leave(&mut centre);
    let packages = ["bot-join", "bot-reply"].map(|name| package(name, "v1"));
    let sources = vec![to_support("support"), greeting("fresh", "Hello")];
    let desired = centre.desired_with(sources, packages.into());
    let plan = centre.plan_with(&desired, &PRUNE).await;
    assert_eq!(plan.problems, []);
    assert_eq!(plan.counts().delete, 6);
    // The ids in the warnings are others every time.
    let shown = provision::plan::view::human(&plan);
    let changes = shown
        .lines()
        .filter(|line| !line.contains("warning") && !line.contains("help"));
    insta::assert_snapshot!(changes.collect::<Vec<_>>().join("\n"));
    let first_deletion = plan
        .steps
        .iter()
        .position(|it| it.addr == flow("old-start"));
    let creation = plan.steps.iter().position(|it| it.addr == flow("fresh"));
    assert!(creation < first_deletion);

    let recorder = Recorder::open(&centre.clients, desired.scope(), about()).await;
    let mut recorder = recorder.expect("there is a table");
    let recording = Some(&mut recorder);
    let before = centre.now();
    let applied = apply_recorded(&centre.clients, &desired, &plan, recording, |_| {}).await;
    applied.expect("deploy");
    recorder.close(&plan, true).await.expect("recorded");
    let made = centre.operations_since(before);
    let deleted = |name: &str| made.iter().filter(|it| *it == name).count();
    assert_eq!(deleted("DeleteContactFlow"), 4);
    assert_eq!(deleted("DeleteContactFlowModule"), 1);
    assert_eq!(deleted("DisassociateLambdaFunction"), 1);
    assert_eq!(deleted("DeleteFunction"), 1);

    let again = centre.plan_with(&desired, &PRUNE).await;
    assert!(again.is_empty(), "{}", provision::plan::view::human(&again));
    assert_eq!(again.warnings, []);
    let recorded = read(&centre, &desired).await;
    let names: Vec<&str> = recorded.flows.keys().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["fresh", "support"]);
}

#[tokio::test]
async fn what_nobody_recorded_is_found_by_its_tags() {
    let centre = Centre::bootstrapped().await;
    let everything = centre.desired(vec![greeting("old", "Hello"), to_support("support")]);
    centre
        .deploy(&everything, Layer::Release)
        .await
        .expect("deploy");
    let desired = centre.desired(vec![to_support("support")]);
    let plan = centre.plan(&desired, Layer::Release).await;
    assert_eq!(plan.warnings, []);
    let plan = centre.plan_with(&desired, &PRUNE).await;
    assert_eq!(plan.changes.len(), 1);
    assert_eq!(plan.changes[0].addr, flow("old"));
    assert_eq!(plan.changes[0].kind, ChangeKind::Delete);
    apply(&centre.clients, &desired, &plan, |_| {})
        .await
        .expect("deploy");
    assert!(centre.plan_with(&desired, &PRUNE).await.is_empty());
}

#[tokio::test]
async fn what_somebody_elses_flow_refers_to_is_not_pruned() {
    let centre = Centre::bootstrapped().await;
    let everything = vec![greeting("old", "Hello"), goes_on_in("theirs", "old")];
    let everything = centre.desired(everything);
    centre
        .deploy(&everything, Layer::Release)
        .await
        .expect("deploy");
    let theirs = provision::live::read_live(&centre.clients, &everything, Layer::Release).await;
    let theirs = theirs.expect("the emulator answers");
    let reference = flow::value::Ref::new(flow::value::RefKind::Flow, "theirs");
    let arn = &theirs.bindings().get(&reference).expect("deployed").arn;
    let untag = crate::deployments::client(&centre).await.untag_resource();
    let untag = untag.resource_arn(arn).tag_keys("managed-by");
    untag.send().await.expect("a tag to take away");

    let desired = centre.desired(Vec::new());
    let plan = centre.plan_with(&desired, &PRUNE).await;
    assert_eq!(
        plan.problems,
        [PlanProblem::StillReferredTo {
            addr: flow("old"),
            referrers: vec!["Title of theirs".to_owned()],
        }]
    );
    assert!(!plan.can_apply());
    let goes =
        |step: &provision::plan::Step| matches!(step.call, Call::Flow(FlowCall::DeleteFlow { .. }));
    assert!(!plan.steps.iter().any(goes));
}

#[tokio::test]
async fn a_protected_environment_wants_leave_to_delete() {
    let mut centre = Centre::bootstrapped().await;
    deploy(&centre, &centre.desired(vec![greeting("old", "Hello")])).await;
    centre.environment.protect = true;
    let desired = centre.desired(Vec::new());
    let refused = centre.plan_with(&desired, &PRUNE).await;
    let addr = flow("old");
    assert_eq!(refused.problems, [PlanProblem::DestroyNotAllowed { addr }]);
    let allowed = Choices {
        allow_destroy: true,
        ..PRUNE
    };
    let plan = centre.plan_with(&desired, &allowed).await;
    assert_eq!(plan.problems, []);
    assert_eq!(plan.counts().delete, 1);
}

#[tokio::test]
async fn a_flow_of_another_type_is_replaced_with_leave_and_who_refers_to_it_follows() {
    let centre = Centre::bootstrapped().await;
    let first = vec![goes_on_in("main", "next"), goes_on_in("next", "main")];
    deploy(&centre, &centre.desired(first.clone())).await;
    let mut second = first;
    second[1].kind = DocumentKind::Flow(FlowType::QueueTransfer);
    let desired = centre.desired(second);
    let refused = centre.plan(&desired, Layer::Release).await;
    assert!(matches!(
        refused.problems[..],
        [PlanProblem::FlowTypeIsImmutable { .. }]
    ));
    let allowed = Choices {
        allow_destroy: true,
        ..Choices::default()
    };
    let plan = centre.plan_with(&desired, &allowed).await;
    assert_eq!(plan.problems, []);
    let kinds: Vec<_> = plan
        .changes
        .iter()
        .map(|it| (it.addr.name.as_str(), it.kind, it.reason.clone()))
        .collect();
    let replaced = ("next", ChangeKind::Replace, ChangeReason::TypeIsImmutable);
    let follows = ("main", ChangeKind::Update, ChangeReason::TargetReplaced);
    assert!(
        kinds.contains(&replaced) && kinds.contains(&follows),
        "{kinds:?}"
    );
    let operations: Vec<&str> = plan.steps.iter().map(|it| it.call.operation()).collect();
    assert_eq!(operations.first(), Some(&"connect:UpdateContactFlowName"));
    assert_eq!(operations.last(), Some(&"connect:DeleteContactFlow"));
    let warned = |it: &PlanWarning| matches!(it, PlanWarning::EntryPointsUnknown { .. });
    assert!(plan.warnings.iter().any(warned));
    apply(&centre.clients, &desired, &plan, |_| {})
        .await
        .expect("deploy");
    let again = centre.plan_with(&desired, &PRUNE).await;
    assert!(again.is_empty(), "{}", provision::plan::view::human(&again));
}
