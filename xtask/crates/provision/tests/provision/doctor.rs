//! What stands in the way of a deployment, and what is said of it.

use emulator::faults::Fault;
use provision::doctor::{Area, Finding, Verdict, could_ask, examine};
use provision::policies::{Purpose, documents};
use serde_json::{Value, json};

use crate::centre::Centre;
use crate::least_privilege::Account;

async fn examined(centre: &Centre) -> Vec<Finding> {
    let desired = centre.desired(Vec::new());
    examine(&centre.clients, &centre.environment, &desired).await
}

fn troubles(findings: &[Finding]) -> Vec<&Finding> {
    let troubles = findings.iter().filter(|it| it.verdict != Verdict::Ok);
    troubles.collect()
}

#[tokio::test]
async fn a_bootstrapped_centre_is_ready_and_what_is_denied_is_named() {
    let centre = Centre::bootstrapped().await;
    let findings = examined(&centre).await;
    assert_eq!(troubles(&findings), [] as [&Finding; 0]);

    let fault = Fault::operation(
        "lambda",
        "GetFunctionConfiguration",
        403,
        "AccessDeniedException",
    );
    centre.emulator.faults().arm(fault);
    let findings = examined(&centre).await;
    let [trouble] = troubles(&findings)[..] else {
        panic!("one is denied: {findings:#?}");
    };
    assert_eq!(
        (trouble.area, trouble.verdict),
        (Area::Services, Verdict::Problem)
    );
    assert!(
        trouble
            .text
            .contains("lambda:GetFunctionConfiguration was denied"),
        "{trouble}"
    );
    let help = trouble.help.as_deref().unwrap_or_default();
    assert!(
        help.contains("allow lambda:GetFunctionConfiguration"),
        "{help}"
    );
}

#[tokio::test]
async fn an_empty_account_needs_bootstrap_and_a_foreign_one_is_not_asked_further() {
    let mut centre = Centre::empty().await;
    let findings = examined(&centre).await;
    let areas: Vec<Area> = troubles(&findings).iter().map(|it| it.area).collect();
    assert_eq!(areas, [Area::Instance, Area::Ledger], "{findings:#?}");

    centre.environment.account = "111122223333".to_owned();
    let findings = examined(&centre).await;
    let verdicts: Vec<_> = findings.iter().map(|it| (it.area, it.verdict)).collect();
    let expected = [
        (Area::Credentials, Verdict::Problem),
        (Area::Clock, Verdict::Ok),
    ];
    assert_eq!(verdicts, expected);
    assert!(could_ask(&findings));
}

#[tokio::test]
async fn credentials_that_nobody_takes_leave_nothing_to_tell() {
    let centre = Centre::empty().await;
    let fault = Fault::operation("sts", "GetCallerIdentity", 403, "ExpiredTokenException");
    centre.emulator.faults().arm(fault);
    let findings = examined(&centre).await;
    assert!(!could_ask(&findings), "{findings:#?}");
}

/// What is said of the permissions of a role that has these policies.
async fn permissions(account: &Account, role: &str, policies: &[Value]) -> Vec<Finding> {
    let clients = account.role(role, policies).await;
    let centre = &account.centre;
    let desired = centre.desired(Vec::new());
    let findings = examine(&clients, &centre.environment, &desired).await;
    let permissions = findings
        .into_iter()
        .filter(|it| it.area == Area::Permissions);
    permissions.collect()
}

/// Takes an action out of all statements of a policy.
fn without(mut policy: Value, action: &str) -> Value {
    let statements = policy["Statement"].as_array_mut().expect("a list");
    for statement in statements.iter_mut() {
        let actions = statement["Action"].as_array_mut().expect("a list");
        actions.retain(|it| it != action);
    }
    statements.retain(|it| it["Action"] != json!([]));
    policy
}

#[tokio::test]
async fn permissions_that_are_missing_are_named_where_iam_may_be_asked() {
    let account = Account::empty().await;
    let desired = account.centre.desired(Vec::new());
    let purposes = [Purpose::Plan, Purpose::Deploy].into_iter();
    let generated = purposes.flat_map(|purpose| documents(&desired, purpose, None));
    let mut policies: Vec<Value> = generated.map(|it| it.policy).collect();

    let silent = permissions(&account, "silent", &policies).await;
    let [finding] = &silent[..] else {
        panic!("one thing is said: {silent:#?}");
    };
    assert_eq!(finding.verdict, Verdict::Unknown);
    let help = finding.help.as_deref().unwrap_or_default();
    assert!(help.contains("iam:SimulatePrincipalPolicy"), "{help}");

    policies.push(json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["iam:SimulatePrincipalPolicy"], "Resource": "*" }] }));
    let whole = permissions(&account, "whole", &policies).await;
    let verdicts: Vec<Verdict> = whole.iter().map(|it| it.verdict).collect();
    assert_eq!(verdicts, [Verdict::Ok], "{whole:#?}");

    let removed = ["connect:CreateContactFlow", "lambda:AddPermission"];
    for action in removed {
        policies = policies.into_iter().map(|it| without(it, action)).collect();
    }
    let lacking = permissions(&account, "lacking", &policies).await;
    assert_eq!(lacking.len(), removed.len(), "{lacking:#?}");
    for (finding, action) in lacking.iter().zip(removed) {
        assert_eq!(finding.verdict, Verdict::Problem);
        assert!(
            finding.text.contains(&format!("may not {action},")),
            "{finding}"
        );
    }
}
