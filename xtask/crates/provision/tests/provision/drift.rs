//! Each way in which an instance can differ from what was deployed.

use emulator::faults::Fault;
use provision::api_error::ApiErrorKind;
use provision::desired::Desired;
use provision::drift::{Drift, Kind, drift};
use provision::ledger::Deployed;
use provision::live::observe;

use crate::centre::Centre;
use crate::console::Console;
use crate::documents::{greeting, module, to_support};
use crate::ledger::{deploy, read};

pub(crate) async fn look(centre: &Centre, desired: &Desired, deployed: &Deployed) -> Drift {
    let is_ours = |arn: &str| deployed.flows.values().any(|it| it.record.arn == arn);
    let observed = observe(&centre.clients, desired, is_ours).await;
    let observed = observed.expect("the emulator answers");
    drift(desired, deployed, &observed.expect("there is an instance"))
}

fn kinds(drift: &Drift) -> Vec<(&str, &str)> {
    let findings = drift.findings.iter();
    findings
        .map(|it| (it.address.as_str(), it.kind.as_str()))
        .collect()
}

#[tokio::test]
async fn nothing_drifts_by_itself_and_seeded_flows_are_nobodys_business() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![to_support("support"), module("greeting", "Hello")]);
    deploy(&centre, &desired).await;
    let found = look(&centre, &desired, &read(&centre, &desired).await).await;
    assert_eq!(kinds(&found), []);
    assert_eq!(found.unrecorded, []);
    assert_eq!(found.unchanged, 2);
}

#[tokio::test]
async fn each_change_at_the_console_is_drift_of_its_kind() {
    let centre = Centre::bootstrapped().await;
    let names = [
        "archived",
        "deleted",
        "described",
        "draft",
        "edited",
        "renamed",
    ];
    let mut flows: Vec<_> = names.iter().map(|it| greeting(it, "Hello")).collect();
    flows[2].description = Some("Ours".to_owned());
    flows.push(module("greeting", "Hello"));
    let desired = centre.desired(flows);
    let (applied, _) = deploy(&centre, &desired).await;
    let console = Console::new(&centre, &applied);
    console.archives("archived").await;
    console.deletes("deleted").await;
    console.describes("described", "Theirs").await;
    console.saves("draft", "Hello", "Good day").await;
    console.edits("edited", "Hello", "Good day").await;
    console.renames("renamed", "Another title").await;
    console.edits_module("greeting", "Hello", "Hi", true).await;
    let content = console.content("edited");
    console.creates("Nobody's", &content, true).await;
    console.creates("Sample of somebody", &content, true).await;

    let found = look(&centre, &desired, &read(&centre, &desired).await).await;
    assert_eq!(
        kinds(&found),
        [
            ("flow.archived", "archived"),
            ("flow.deleted", "deleted"),
            ("flow.described", "described"),
            ("flow.draft", "draft"),
            ("flow.edited", "edited"),
            ("flow.renamed", "renamed"),
            ("flow/Nobody's", "unmanaged"),
            ("module.greeting", "edited"),
        ]
    );
    assert_eq!(found.unrecorded, []);
}

#[tokio::test]
async fn a_deployment_that_this_ledger_does_not_know_is_told_from_an_edit() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    deploy(&centre, &desired).await;
    let ledger = read(&centre, &desired).await;
    let other = centre.desired(vec![greeting("main", "Good day")]);
    deploy(&centre, &other).await;
    let found = look(&centre, &desired, &ledger).await;
    assert_eq!(kinds(&found), [("flow.main", "deployed_elsewhere")]);
}

#[tokio::test]
async fn without_records_everything_of_ours_is_unrecorded_and_compared_with_its_tags() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("edited", "Hello"), greeting("main", "Hello")]);
    let (applied, _) = deploy(&centre, &desired).await;
    let console = Console::new(&centre, &applied);
    console.edits("edited", "Hello", "Good day").await;
    let found = look(&centre, &desired, &Deployed::default()).await;
    assert_eq!(kinds(&found), [("flow.edited", "edited")]);
    let unrecorded = found.unrecorded.iter();
    let unrecorded: Vec<_> = unrecorded
        .map(|it| (it.address.as_str(), it.is_as_tagged))
        .collect();
    assert_eq!(unrecorded, [("flow.edited", false), ("flow.main", true)]);
    assert_eq!(found.unchanged, 0);
}

#[tokio::test]
async fn the_state_of_a_difference_changes_with_everything_about_it() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    let (applied, _) = deploy(&centre, &desired).await;
    let ledger = read(&centre, &desired).await;
    let console = Console::new(&centre, &applied);
    let seen = async || {
        let found = look(&centre, &desired, &ledger).await;
        found.findings.into_iter().map(|it| it.state)
    };
    let mut states = std::collections::BTreeSet::new();
    console.edits("main", "Hello", "One").await;
    states.extend(seen().await);
    console.edits("main", "Hello", "Two").await;
    states.extend(seen().await);
    console.saves("main", "Hello", "Three").await;
    states.extend(seen().await);
    console.describes("main", "Something").await;
    states.extend(seen().await);
    assert_eq!(states.len(), 4);
    let again = look(&centre, &desired, &ledger).await;
    assert!(again.findings.iter().all(|it| states.contains(&it.state)));
    assert!(again.findings.iter().any(|it| it.kind == Kind::Edited));
}

#[tokio::test]
async fn a_flow_of_another_title_leaves_the_earlier_one_behind() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    deploy(&centre, &desired).await;
    let mut renamed = greeting("main", "Hello");
    renamed.title = "New title".to_owned();
    let desired = centre.desired(vec![renamed]);
    deploy(&centre, &desired).await;
    let found = look(&centre, &desired, &read(&centre, &desired).await).await;
    assert_eq!(kinds(&found), [("flow/Title of main", "left_behind")]);
    assert_eq!(found.unrecorded, []);
}

#[tokio::test]
async fn what_left_the_sources_may_be_deleted() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello"), greeting("old", "Hello")]);
    let (applied, _) = deploy(&centre, &desired).await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    let ledger = read(&centre, &desired).await;
    assert_eq!(kinds(&look(&centre, &desired, &ledger).await), []);
    Console::new(&centre, &applied).deletes("old").await;
    assert_eq!(kinds(&look(&centre, &desired, &ledger).await), []);
}

#[tokio::test]
async fn what_may_not_be_seen_is_an_error_and_not_unchanged() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello"), module("greeting", "Hello")]);
    deploy(&centre, &desired).await;
    for operation in [
        "ListContactFlows",
        "ListContactFlowModules",
        "DescribeContactFlow",
        "DescribeContactFlowModule",
    ] {
        let fault = Fault::operation("connect", operation, 403, "AccessDeniedException");
        centre.emulator.faults().arm(fault);
        let found = observe(&centre.clients, &desired, |_| true).await;
        let error = found.expect_err("it is denied");
        assert_eq!(error.kind, ApiErrorKind::Denied, "{operation}");
        centre.emulator.faults().clear();
    }
}
