//! What goes wrong on the way: throttling, lost answers, quotas, refusals.

use emulator::faults::Fault;
use flow::model::Action;
use provision::address::Layer;
use provision::api_error::ApiErrorKind;
use provision::apply::ApplyError;

use crate::centre::{Centre, writes};
use crate::documents::{goes_on_in, greeting, inbound, module, say, to_support};

#[tokio::test]
async fn throttling_is_waited_out() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![to_support("support")]);
    for operation in ["ListContactFlows", "CreateContactFlow"] {
        let fault = Fault::operation("connect", operation, 429, "ThrottlingException");
        centre.emulator.faults().arm(fault.times(2));
    }
    let before = centre.now();
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let operations = centre.operations_since(before);
    let created = operations
        .iter()
        .filter(|name| *name == "CreateContactFlow")
        .count();
    assert_eq!(created, 3, "two were throttled");
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

#[tokio::test]
async fn a_reached_quota_is_final() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![to_support("support")]);
    let fault = Fault::operation(
        "connect",
        "CreateContactFlow",
        429,
        "LimitExceededException",
    );
    centre.emulator.faults().arm(fault);
    let before = centre.now();
    let error = centre
        .deploy(&desired, Layer::Release)
        .await
        .expect_err("no more flows");
    let ApplyError::Call { addr, source } = error else {
        panic!("another error: {error:?}");
    };
    assert_eq!(addr.to_string(), "flow.support");
    assert_eq!(source.kind, ApiErrorKind::QuotaReached);
    let operations = centre.operations_since(before);
    let attempts = operations
        .iter()
        .filter(|name| *name == "CreateContactFlow")
        .count();
    assert_eq!(attempts, 1);
}

#[tokio::test]
async fn creations_whose_answer_got_lost_are_adopted() {
    let centre = Centre::empty().await;
    let flows = || vec![to_support("support"), module("greeting", "Hello")];
    for operation in [
        "CreateHoursOfOperation",
        "CreateQueue",
        "CreateRoutingProfile",
        "CreateSecurityProfile",
        "CreateContactFlow",
        "CreateContactFlowModule",
        "CreateQuickConnect",
        "AssociateQueueQuickConnects",
        "AssociateLambdaFunction",
        "AssociateApprovedOrigin",
    ] {
        let fault = Fault::operation("connect", operation, 500, "InternalServiceException");
        centre.emulator.faults().arm(fault.after_effect().times(1));
    }
    for layer in [Layer::Foundation, Layer::Release] {
        let desired = centre.desired(flows());
        centre.deploy(&desired, layer).await.expect("deploy");
        let again = centre.plan(&desired, layer).await;
        assert!(again.is_empty(), "{}", provision::plan::view::human(&again));
    }
    assert_eq!(centre.emulator.faults().armed(), []);
}

#[tokio::test]
async fn a_deployment_that_was_cut_short_goes_on_from_there() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![to_support("support"), greeting("main", "Hello")]);
    let full = centre.plan(&desired, Layer::Release).await.steps.len();
    // Each run fails one step later than the one before.
    let mut runs = 0;
    for operation in [
        ("lambda", "PublishVersion"),
        ("lambda", "CreateAlias"),
        ("connect", "AssociateLambdaFunction"),
        ("sns", "Subscribe"),
        ("connect", "CreateContactFlow"),
    ] {
        let fault = Fault::operation(operation.0, operation.1, 403, "AccessDeniedException");
        let id = centre.emulator.faults().arm(fault);
        centre
            .deploy(&desired, Layer::Release)
            .await
            .expect_err("denied");
        centre.emulator.faults().disarm(id);
        runs += 1;
    }
    assert_eq!(runs, 5);
    let rest = centre.plan(&desired, Layer::Release).await.steps.len();
    assert!(rest < full, "{rest} of {full} are left");
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

#[tokio::test]
async fn what_was_just_made_and_is_not_visible_yet_is_waited_for() {
    let centre = Centre::bootstrapped().await;
    let faults = centre.emulator.faults();
    let unseen = "ResourceNotFoundException";
    for operation in [
        "UpdateContactFlowContent",
        "AssociateLambdaFunction",
        "CreateQuickConnect",
        "AssociateQueueQuickConnects",
    ] {
        faults.arm(Fault::operation("connect", operation, 404, unseen).times(2));
    }
    let role = Fault::operation(
        "lambda",
        "CreateFunction",
        400,
        "InvalidParameterValueException",
    );
    let role = role.message("The role defined for the function cannot be assumed by Lambda.");
    faults.arm(role.times(2));
    let desired = centre.desired(vec![goes_on_in("a", "b"), goes_on_in("b", "a")]);
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    assert_eq!(centre.emulator.faults().armed(), []);
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

#[tokio::test]
async fn what_was_there_and_is_gone_is_not_waited_for() {
    let centre = Centre::bootstrapped().await;
    let first = centre.desired(vec![greeting("main", "Hello")]);
    centre.deploy(&first, Layer::Release).await.expect("deploy");
    let gone = "ResourceNotFoundException";
    let fault = Fault::operation("connect", "UpdateContactFlowContent", 404, gone);
    centre.emulator.faults().arm(fault);
    let second = centre.desired(vec![greeting("main", "Good day")]);
    let before = centre.now();
    let error = centre
        .deploy(&second, Layer::Release)
        .await
        .expect_err("it is gone");
    let ApplyError::Call { source, .. } = error else {
        panic!("another error: {error:?}");
    };
    assert!(source.is_not_found());
    assert_eq!(
        writes(&centre.operations_since(before)),
        ["UpdateContactFlowContent"]
    );
}

#[tokio::test]
async fn what_connect_finds_wrong_is_told_for_each_action() {
    let centre = Centre::bootstrapped().await;
    let mut wait = Action::new("wait for it", "Wait");
    wait.parameters
        .insert("TimeoutSeconds".to_owned(), "900".into());
    wait.transitions.next = Some("end".into());
    let end = Action::new("end", "DisconnectParticipant");
    let broken = inbound("broken", vec![say("Hello", "wait for it"), wait, end]);
    let desired = centre.desired(vec![broken]);
    let error = centre
        .deploy(&desired, Layer::Release)
        .await
        .expect_err("not a valid flow");
    let ApplyError::InvalidFlow { addr, problems, .. } = error else {
        panic!("another error: {error:?}");
    };
    assert_eq!(addr.to_string(), "flow.broken");
    assert!(problems.len() > 1, "{problems:?}");
    for problem in &problems {
        let action = problem.action.as_ref().map(flow::model::ActionId::as_str);
        assert_eq!(action, Some("wait for it"), "{}", problem.message);
    }
}

#[tokio::test]
async fn a_flow_of_the_same_title_that_appears_meanwhile_is_not_overwritten() {
    let centre = Centre::bootstrapped().await;
    let ours = centre.desired(vec![greeting("main", "Hello")]);
    let plan = centre.plan(&ours, Layer::Release).await;
    let mut theirs = greeting("other", "Theirs");
    theirs.title = "Title of main".to_owned();
    let desired = centre.desired(vec![theirs]);
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    // The functions are there by now as well, with the code of the plan.
    let before = centre.now();
    let error = provision::apply::apply(&centre.clients, &ours, &plan, |_| {}).await;
    let ApplyError::Stale { addr } = error.expect_err("somebody was faster") else {
        panic!("another error");
    };
    assert_eq!(addr.to_string(), "flow.main");
    let operations = centre.operations_since(before);
    assert!(!writes(&operations).contains(&"UpdateContactFlowContent"));
}
