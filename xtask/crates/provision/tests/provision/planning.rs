//! What a plan says beside what changes: drafts, quotas, what was left out; and how much it asks.

use std::collections::BTreeMap;

use provision::address::{Layer, ResourceAddr, ResourceKind};
use provision::apply::apply;
use provision::plan::{Choices, Part, PlanProblem, PlanWarning};
use provision::quotas::Source;

use crate::centre::Centre;
use crate::deployments::client;
use crate::documents::{goes_on_in, greeting, invokes, module, to_support, uses_module};

fn flow(name: &str) -> ResourceAddr {
    ResourceAddr::new(ResourceKind::Flow, name)
}

fn only(targets: &[&str], only: &[Part]) -> Choices {
    Choices {
        targets: targets.iter().map(|it| (*it).to_owned()).collect(),
        only: only.to_vec(),
        ..Choices::default()
    }
}

#[tokio::test]
async fn a_plan_with_nothing_changed_lists_and_describes_each_flow_once() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![
        to_support("support"),
        invokes("bot", "bot-join"),
        module("greeting", "Hello"),
        uses_module("main", "greeting"),
    ]);
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let before = centre.now();
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for operation in centre.operations_since(before) {
        *counted.entry(operation).or_default() += 1;
    }
    let of = |name: &str| counted.get(name).copied().unwrap_or_default();
    assert_eq!(of("DescribeContactFlow"), 3);
    assert_eq!(of("DescribeContactFlowModule"), 1);
    let lists = [
        "Instances",
        "ContactFlows",
        "ContactFlowModules",
        "LambdaFunctions",
        "Queues",
    ];
    for list in lists {
        assert_eq!(of(&format!("List{list}")), 1, "{list}");
    }
    // The rest is about functions and the ledger, which other services answer.
    let others = counted.keys().filter(|it| {
        let is_list = lists.iter().any(|list| **it == format!("List{list}"));
        !is_list && !it.starts_with("DescribeContactFlow")
    });
    let others: Vec<&str> = others.map(String::as_str).collect();
    insta::assert_snapshot!(others.join(" "));
}

#[tokio::test]
async fn a_draft_that_would_be_buried_is_named_and_only_then_looked_for() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello"), module("greeting", "Hello")]);
    let applied = centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    let instance = applied.instance.as_ref().expect("there is an instance");
    let sent = applied.flows.iter().find(|it| it.addr == flow("main"));
    let sent = sent.expect("it was sent");
    let id = sent.arn.rsplit('/').next().unwrap_or_default();
    let update = client(&centre).await.update_contact_flow_content();
    let update = update.instance_id(&instance.id);
    let content = sent.content.replace("Hello", "Half a thought");
    let update = update
        .contact_flow_id(format!("{id}:$SAVED"))
        .content(content);
    update.send().await.expect("a draft");

    let unchanged = centre.plan(&desired, Layer::Release).await;
    assert!(unchanged.is_empty());
    assert_eq!(unchanged.warnings, []);

    let sources = vec![greeting("main", "Good day"), module("greeting", "Good day")];
    let plan = centre.plan(&centre.desired(sources), Layer::Release).await;
    let [PlanWarning::DraftBuried { addr, modified }] = &plan.warnings[..] else {
        panic!("{:?}", plan.warnings);
    };
    assert_eq!(*addr, flow("main"));
    assert!(modified.is_some());
    assert!(plan.can_apply());
}

#[tokio::test]
async fn quotas_that_would_be_exceeded_stand_in_the_way() {
    let mut centre = Centre::bootstrapped().await;
    let flows = |count: usize| {
        let names = (0..count).map(|n| greeting(&format!("flow-{n}"), "Hello"));
        names.collect::<Vec<_>>()
    };
    centre.environment.quotas = BTreeMap::from([("flows".to_owned(), 40)]);
    let plan = centre
        .plan(&centre.desired(flows(60)), Layer::Release)
        .await;
    let [PlanProblem::QuotaExceeded { what, most, by, .. }] = &plan.problems[..] else {
        panic!("{:?}", plan.problems);
    };
    assert_eq!(
        (what.as_str(), *most, *by),
        ("flows", 40, Source::Environment)
    );

    centre.environment.quotas = BTreeMap::from([("flows".to_owned(), 70)]);
    let plan = centre
        .plan(&centre.desired(flows(50)), Layer::Release)
        .await;
    assert_eq!(plan.problems, []);
    let nearly = |it: &PlanWarning| matches!(it, PlanWarning::QuotaNearlyReached { .. });
    assert!(plan.warnings.iter().any(nearly), "{:?}", plan.warnings);

    // Asked where the environment says nothing.
    centre.environment.quotas.clear();
    let before = centre.now();
    let plan = centre
        .plan(&centre.desired(flows(130)), Layer::Release)
        .await;
    let [PlanProblem::QuotaExceeded { most, by, .. }] = &plan.problems[..] else {
        panic!("{:?}", plan.problems);
    };
    assert_eq!((*most, *by), (100, Source::ServiceQuotas));
    let asked = centre.operations_since(before);
    assert!(asked.iter().any(|it| it == "ListServiceQuotas"));
}

#[tokio::test]
async fn a_narrowed_plan_has_what_was_chosen_and_names_what_that_needs() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![
        to_support("support"),
        goes_on_in("main", "support"),
        invokes("bot", "bot-join"),
        module("greeting", "Hello"),
        uses_module("polite", "greeting"),
    ]);
    let names = |plan: &provision::plan::Plan| {
        let changes = plan.changes.iter();
        changes.map(|it| it.addr.to_string()).collect::<Vec<_>>()
    };
    let plan = centre.plan_with(&desired, &only(&["flow.sup*"], &[])).await;
    assert_eq!(names(&plan), ["flow.support"]);
    assert_eq!(plan.problems, []);
    assert_eq!(plan.steps.len(), 1);

    let plan = centre.plan_with(&desired, &only(&[], &[Part::Flows])).await;
    let needed: Vec<(String, String)> = plan
        .problems
        .iter()
        .map(|problem| match problem {
            PlanProblem::NeedsLeftOut { addr, needed } => (addr.to_string(), needed.to_string()),
            other => panic!("{other}"),
        })
        .collect();
    let pair = |addr: &str, needed: &str| (addr.to_owned(), needed.to_owned());
    assert_eq!(
        needed,
        [
            pair("flow.bot", "lambda.bot-join"),
            pair("flow.bot", "association.bot-join"),
            pair("flow.polite", "module.greeting"),
        ]
    );

    let plan = centre
        .plan_with(&desired, &only(&["flow.suport"], &[]))
        .await;
    let pattern = "flow.suport".to_owned();
    assert_eq!(plan.problems, [PlanProblem::NothingMatches { pattern }]);

    // Part by part, everything gets done.
    for part in [
        Part::Lambdas,
        Part::Modules,
        Part::Flows,
        Part::QuickConnects,
    ] {
        let plan = centre.plan_with(&desired, &only(&[], &[part])).await;
        assert_eq!(plan.problems, [], "{part:?}");
        let applied = apply(&centre.clients, &desired, &plan, |_| {}).await;
        applied.expect("deploy");
    }
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}
