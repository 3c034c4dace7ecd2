//! Security profiles, quick connects, and which of them queues offer.

use provision::address::{Layer, ResourceAddr, ResourceKind};
use provision::apply::ApplyError;
use provision::infra::{Destination, FlowName};
use provision::plan::{ChangeKind, ChangeReason, Choices, PlanProblem, view};

use crate::centre::{Centre, writes};
use crate::documents::{greeting, to_support};

async fn deploy_all(centre: &Centre, flows: &[&str]) -> String {
    let flows = || flows.iter().map(|name| to_support(name)).collect();
    let desired = centre.desired(flows());
    let mut shown = String::new();
    for layer in [Layer::Foundation, Layer::Release] {
        let plan = centre.plan(&desired, layer).await;
        shown += &view::human(&plan);
        centre.deploy(&desired, layer).await.expect("deploy");
        let again = centre.plan(&desired, layer).await;
        assert!(again.is_empty(), "{}", view::human(&again));
    }
    shown
}

#[tokio::test]
async fn people_may_do_what_the_files_say() {
    let centre = Centre::bootstrapped().await;
    let (id, connect) = centre.console().await;
    let profiles = connect.list_security_profiles().instance_id(&id);
    let profiles = profiles.send().await.expect("an answer");
    let mut profiles = profiles.security_profile_summary_list().iter();
    let profile = profiles.find(|it| it.name() == Some("support"));
    let profile = profile.and_then(|it| it.id()).expect("it was made");
    let permissions = connect.list_security_profile_permissions();
    let permissions = permissions.instance_id(&id).security_profile_id(profile);
    let permissions = permissions.send().await.expect("an answer");
    assert_eq!(
        permissions.permissions(),
        ["BasicAgentAccess", "TransferDestinations.View"]
    );
}

#[tokio::test]
async fn changes_of_people_and_quick_connects_are_made_field_by_field() {
    let mut centre = Centre::bootstrapped().await;
    deploy_all(&centre, &["back"]).await;
    let profile = &mut centre.infra.security_profiles["support"];
    profile.description = Some("People who chat".to_owned());
    profile.permissions = ["BasicAgentAccess".to_owned(), "Queues.View".to_owned()].into();
    profile.only_tagged = Some([("team".to_owned(), "chat".to_owned())].into());
    profile.only_tagged_kinds = Some(["User".to_owned()].into());
    let quick_connect = &mut centre.infra.quick_connects["to-support"];
    quick_connect.description = Some("Back to the queue".to_owned());
    quick_connect.to = Destination::Queue {
        queue: "support".to_owned(),
        flow: FlowName::Ours("back".to_owned()),
    };
    insta::assert_snapshot!(deploy_all(&centre, &["back"]).await);
}

#[tokio::test]
async fn a_seeded_security_profile_is_adopted_and_that_is_said() {
    let mut centre = Centre::bootstrapped().await;
    centre.declare("security_profiles: { Agent: { permissions: [BasicAgentAccess] } }");
    let desired = centre.desired(Vec::new());
    let plan = centre.plan(&desired, Layer::Foundation).await;
    let change = &plan.changes[0];
    assert_eq!(change.addr.to_string(), "security_profile.Agent");
    assert_eq!(change.kind, ChangeKind::Adopt);
    assert_eq!(change.reason, ChangeReason::NotOurs { owner: None });
    assert_eq!(change.fields[0].old.as_deref(), Some("OutboundCallAccess"));
    centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("deploy");
    assert!(centre.plan(&desired, Layer::Foundation).await.is_empty());
}

#[tokio::test]
async fn a_quick_connect_through_a_flow_of_the_same_release_comes_after_it() {
    let mut centre = Centre::bootstrapped().await;
    centre.declare(
        "quick_connects:
  a: { queue: support, flow: first }
  b: { flow: first }
  c: { flow: { title: Title of first } }
  d: { phone: '+442071234567' }
",
    );
    let desired = centre.desired(vec![to_support("first")]);
    let plan = centre.plan(&desired, Layer::Release).await;
    assert_eq!(plan.problems, []);
    let position = |kind: ResourceKind, name: &str| {
        let addr = ResourceAddr::new(kind, name);
        plan.steps.iter().position(|step| step.addr == addr)
    };
    for name in ["a", "b", "c", "d"] {
        let quick_connect = position(ResourceKind::QuickConnect, name);
        assert!(
            quick_connect > position(ResourceKind::Flow, "first"),
            "{name}"
        );
    }
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let again = centre.plan(&desired, Layer::Release).await;
    assert!(again.is_empty(), "{}", view::human(&again));
}

#[tokio::test]
async fn a_quick_connect_alone_needs_its_flow_to_be_there() {
    let mut centre = Centre::bootstrapped().await;
    centre.declare("quick_connects: { a: { queue: support, flow: first } }");
    centre.infra.queues["support"].quick_connects = Some(vec!["a".to_owned()]);
    let desired = centre.desired(vec![to_support("first")]);
    let chosen = |target: &str| Choices {
        targets: vec![target.to_owned()],
        ..Choices::default()
    };
    let problems = async |target: &str| {
        let plan = centre.plan_with(&desired, &chosen(target)).await;
        let problems = plan.problems.iter().map(PlanProblem::to_string);
        problems.collect::<Vec<_>>().join("; ")
    };
    let flow = problems("quick_connect.a").await;
    assert!(flow.contains("flow.first"), "{flow}");
    let offered = problems("queue_quick_connects.*").await;
    assert!(offered.contains("quick_connect.a"), "{offered}");
    assert_eq!(problems("*.first").await, "");
}

#[tokio::test]
async fn a_quick_connect_to_nothing_is_a_problem_and_nothing_is_written() {
    let mut centre = Centre::bootstrapped().await;
    centre.declare(
        "quick_connects:
  a: { queue: support, flow: gone }
  b: { flow: { title: Gone } }
  c: { user: alice, flow: { title: Default agent transfer } }
",
    );
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    let plan = centre.plan(&desired, Layer::Release).await;
    let problems: Vec<String> = plan.problems.iter().map(PlanProblem::to_string).collect();
    assert_eq!(
        problems,
        [
            "quick_connect.a refers to flow:gone, which is not on the instance",
            "quick_connect.b refers to flow:Gone, which is not on the instance",
            "quick_connect.c leads to alice, who is not on the instance",
        ]
    );
    let before = centre.now();
    let refused = centre.deploy(&desired, Layer::Release).await;
    assert!(matches!(refused, Err(ApplyError::Blocked)));
    assert_eq!(writes(&centre.operations_since(before)), [""; 0]);
}

#[tokio::test]
async fn a_queue_offers_what_is_listed_for_it_and_no_more() {
    let mut centre = Centre::bootstrapped().await;
    deploy_all(&centre, &[]).await;
    let (id, connect) = centre.console().await;
    let queues = connect.list_queues().instance_id(&id).send().await;
    let queues = queues
        .expect("an answer")
        .queue_summary_list
        .unwrap_or_default();
    let queue = queues.iter().find(|it| it.name() == Some("support"));
    let queue = queue.and_then(|it| it.id()).expect("it was made");
    let listed = async || {
        let listed = connect.list_queue_quick_connects().instance_id(&id);
        let listed = listed.queue_id(queue).send().await.expect("an answer");
        let names = listed.quick_connect_summary_list().iter();
        let mut names: Vec<String> = names.filter_map(|it| it.name.clone()).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(listed().await, ["to-support"]);
    let names = ["phone-1".to_owned(), "phone-2".to_owned()];
    let declared = names
        .iter()
        .map(|name| format!("  {name}: {{ phone: '+442071234567' }}\n"));
    centre.declare(&format!(
        "quick_connects:\n{}",
        declared.collect::<String>()
    ));
    centre.infra.queues["support"].quick_connects = Some(names.to_vec());
    deploy_all(&centre, &[]).await;
    assert_eq!(listed().await, names);
    // Left out, it is left as it is.
    centre.infra.queues["support"].quick_connects = None;
    deploy_all(&centre, &[]).await;
    assert_eq!(listed().await, names);
}

#[tokio::test]
async fn a_security_profile_of_the_same_name_that_appears_meanwhile_is_not_taken_over() {
    let mut centre = Centre::bootstrapped().await;
    centre.declare("security_profiles: { leads: { permissions: [Queues.View] } }");
    let desired = centre.desired(Vec::new());
    let plan = centre.plan(&desired, Layer::Foundation).await;
    let (id, connect) = centre.console().await;
    let theirs = connect.create_security_profile().instance_id(&id);
    let theirs = theirs.security_profile_name("leads").send().await;
    theirs.expect("a free name");
    let applied = provision::apply::apply(&centre.clients, &desired, &plan, |_| {}).await;
    let ApplyError::Stale { addr } = applied.expect_err("somebody was faster") else {
        panic!("another error");
    };
    assert_eq!(addr.to_string(), "security_profile.leads");
}
