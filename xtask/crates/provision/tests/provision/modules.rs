//! Modules that flows call by an alias: a version for each change, and the alias moved to it.

use flow::value::{Ref, RefKind};
use provision::address::{Layer, ResourceAddr, ResourceKind};
use provision::apply::{Applied, apply};
use provision::infra::ModuleSpec;
use provision::plan::{Call, ChangeReason, FlowCall, Plan, PlanProblem};

use crate::centre::Centre;
use crate::deployments::client;
use crate::documents::{greeting, module, uses_module};

fn addr(name: &str) -> ResourceAddr {
    ResourceAddr::new(ResourceKind::Module, name)
}

fn with_alias(centre: &mut Centre) {
    let alias = "live".to_owned();
    let modules = &mut centre.infra.modules;
    modules.insert("greeting".to_owned(), ModuleSpec { alias });
}

fn calls(plan: &Plan, addr: &ResourceAddr) -> Vec<&'static str> {
    let steps = plan.steps.iter().filter(|it| it.addr == *addr);
    steps.map(|it| it.call.operation()).collect()
}

/// What flows call the module by.
fn called_by(applied: &Applied) -> &str {
    let reference = Ref::new(RefKind::Module, "greeting");
    let target = applied.bindings.get(&reference);
    &target.expect("the module is there").arn
}

#[tokio::test]
async fn flows_call_the_alias_and_a_change_moves_it_to_a_version() {
    let mut centre = Centre::bootstrapped().await;
    with_alias(&mut centre);
    let flows = |text| vec![module("greeting", text), uses_module("main", "greeting")];
    let desired = centre.desired(flows("Hello"));
    let plan = centre.plan(&desired, Layer::Release).await;
    assert_eq!(
        calls(&plan, &addr("greeting")),
        [
            "connect:CreateContactFlowModule",
            "connect:CreateContactFlowModuleVersion",
            "connect:CreateContactFlowModuleAlias",
        ]
    );
    let applied = apply(&centre.clients, &desired, &plan, |_| {}).await;
    let applied = applied.expect("deploy");
    let main = applied.flows.iter().find(|it| it.addr.name == "main");
    assert!(main.is_some_and(|it| it.content.contains(called_by(&applied))));
    let qualified = called_by(&applied).rsplit('/').next().unwrap_or_default();
    let (id, alias) = qualified
        .split_once(':')
        .expect("an id and that of the alias");
    let instance = applied.instance.as_ref().expect("there is an instance");
    let version = async || {
        let connect = client(&centre).await;
        let request = connect.describe_contact_flow_module_alias();
        let request = request.instance_id(&instance.id).contact_flow_module_id(id);
        let answer = request.alias_id(alias).send().await.expect("an alias");
        let described = answer.contact_flow_module_alias().cloned();
        described.expect("it is described").version
    };
    assert_eq!(version().await, Some(1));
    let again = centre.plan(&desired, Layer::Release).await;
    assert!(again.is_empty(), "{}", provision::plan::view::human(&again));

    let desired = centre.desired(flows("Good day"));
    let plan = centre.plan(&desired, Layer::Release).await;
    insta::assert_snapshot!(provision::plan::view::human(&plan));
    assert_eq!(plan.changes.len(), 1, "flows go on calling the alias");
    apply(&centre.clients, &desired, &plan, |_| {})
        .await
        .expect("deploy");
    assert_eq!(version().await, Some(2));
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

#[tokio::test]
async fn a_module_that_gets_an_alias_is_called_by_it_from_then_on() {
    let mut centre = Centre::bootstrapped().await;
    let flows = vec![
        module("greeting", "Hello"),
        uses_module("main", "greeting"),
        greeting("other", "Hello"),
    ];
    let desired = centre.desired(flows.clone());
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    with_alias(&mut centre);
    let desired = centre.desired(flows.clone());
    let plan = centre.plan(&desired, Layer::Release).await;
    let reasons: Vec<_> = plan
        .changes
        .iter()
        .map(|it| (it.addr.name.as_str(), it.reason.clone()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("greeting", ChangeReason::FieldsDiffer),
            ("main", ChangeReason::TargetReplaced),
        ]
    );
    let applied = apply(&centre.clients, &desired, &plan, |_| {}).await;
    let applied = applied.expect("deploy");
    assert!(
        called_by(&applied)
            .rsplit('/')
            .next()
            .is_some_and(|it| it.contains(':'))
    );
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());

    // Without one again, flows call what was published last.
    centre.infra.modules.clear();
    let desired = centre.desired(flows);
    let plan = centre.plan(&desired, Layer::Release).await;
    assert_eq!(plan.changes.len(), 1);
    let update = Call::from(FlowCall::UpdateFlowContent);
    assert!(plan.steps.iter().any(|it| it.call == update));
    apply(&centre.clients, &desired, &plan, |_| {})
        .await
        .expect("deploy");
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}

#[tokio::test]
async fn an_alias_of_a_module_that_is_not_in_the_sources_is_a_problem() {
    let mut centre = Centre::bootstrapped().await;
    with_alias(&mut centre);
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    let plan = centre.plan(&desired, Layer::Release).await;
    let addr = addr("greeting");
    assert_eq!(plan.problems, [PlanProblem::AliasOfNothing { addr }]);
}
