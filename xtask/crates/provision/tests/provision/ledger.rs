//! The ledger: what it says after a deployment, and that it says nothing where nothing was done.

use emulator::faults::Fault;
use jiff::Timestamp;
use provision::address::{Layer, ResourceAddr, ResourceKind};
use provision::apply::{Applied, apply_recorded};
use provision::desired::Desired;
use provision::ledger::{About, Deployed, LedgerError, Recorder, Written, deployed};

use crate::centre::{Centre, writes};
use crate::documents::{goes_on_in, greeting, invokes, module, to_support, uses_module};

pub(crate) fn about() -> About {
    About {
        environment: "local".to_owned(),
        commit: Some("0123abcd".to_owned()),
        at: "2026-03-04T05:06:07Z".parse::<Timestamp>().expect("a time"),
    }
}

/// Deploys with a record; gives the number of the release as well.
pub(crate) async fn deploy(centre: &Centre, desired: &Desired) -> (Applied, Option<u64>) {
    let plan = centre.plan(desired, Layer::Release).await;
    let recorder = Recorder::open(&centre.clients, desired.scope(), about()).await;
    let mut recorder = recorder.expect("bootstrapping has made the table");
    let recording = Some(&mut recorder);
    let applied = apply_recorded(&centre.clients, desired, &plan, recording, |_| {}).await;
    let applied = applied.expect("deploy");
    let release = recorder.close(&plan, true).await.expect("recorded");
    (applied, release)
}

pub(crate) async fn read(centre: &Centre, desired: &Desired) -> Deployed {
    let deployed = deployed(&centre.clients, desired.scope()).await;
    deployed.expect("there is a table")
}

fn flow(name: &str) -> ResourceAddr {
    ResourceAddr::new(ResourceKind::Flow, name)
}

#[tokio::test]
async fn the_ledger_has_what_was_sent_and_what_its_references_stood_for() {
    let centre = Centre::bootstrapped().await;
    let flows = vec![
        to_support("support"),
        invokes("bot", "bot-join"),
        goes_on_in("a", "b"),
        goes_on_in("b", "a"),
        module("greeting", "Hello"),
        uses_module("main", "greeting"),
    ];
    let desired = centre.desired(flows.clone());
    let (applied, release) = deploy(&centre, &desired).await;
    assert_eq!(release, Some(1));
    let deployed = read(&centre, &desired).await;
    assert_eq!(deployed.flows.len(), flows.len());
    assert_eq!(deployed.functions.len(), 3);
    for sent in &applied.flows {
        assert_eq!(deployed.flows[&sent.addr].content, sent.content);
        assert_eq!(deployed.flows[&sent.addr].record.arn, sent.arn);
    }
    for definition in &flows {
        let addr = provision::desired::addr_of(definition);
        let found = &deployed.flows[&addr];
        assert_eq!(found.definition, *definition, "{addr}");
        let record = &found.record;
        assert_eq!((record.release, record.at), (1, about().at));
        assert_eq!(record.commit, about().commit);
        assert!(record.by.starts_with("arn:aws:"), "{}", record.by);
        assert!(matches!(record.what, Written::Document { .. }));
    }
}

#[tokio::test]
async fn a_release_records_what_it_changed_and_nothing_else() {
    let centre = Centre::bootstrapped().await;
    let before = centre.desired(vec![greeting("main", "Hello"), to_support("support")]);
    deploy(&centre, &before).await;
    let after = centre.desired(vec![greeting("main", "Good day"), to_support("support")]);
    let (_, release) = deploy(&centre, &after).await;
    assert_eq!(release, Some(2));
    let deployed = read(&centre, &after).await;
    assert_eq!(deployed.flows[&flow("main")].record.release, 2);
    assert!(deployed.flows[&flow("main")].content.contains("Good day"));
    assert_eq!(deployed.flows[&flow("support")].record.release, 1);
}

#[tokio::test]
async fn a_deployment_with_nothing_to_do_writes_nothing_to_the_ledger() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    deploy(&centre, &desired).await;
    let before = centre.now();
    let (_, release) = deploy(&centre, &desired).await;
    assert_eq!(release, None);
    let operations = centre.operations_since(before);
    let mut writes = writes(&operations);
    writes.retain(|name| *name != "Query");
    assert_eq!(writes, [""; 0]);
}

#[tokio::test]
async fn what_was_deployed_without_a_record_is_recorded_by_the_next_deployment() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    assert!(read(&centre, &desired).await.flows.is_empty());
    let (_, release) = deploy(&centre, &desired).await;
    assert_eq!(release, Some(1));
    let deployed = read(&centre, &desired).await;
    assert_eq!(deployed.flows.len(), 1);
    assert_eq!(deployed.functions.len(), 3);
}

#[tokio::test]
async fn a_flow_as_large_as_can_be_comes_back_whole() {
    let centre = Centre::bootstrapped().await;
    let text = "漢".repeat(200_000);
    let desired = centre.desired(vec![greeting("main", &text)]);
    let (applied, _) = deploy(&centre, &desired).await;
    let deployed = read(&centre, &desired).await;
    let content = &deployed.flows[&flow("main")].content;
    assert!(content.len() > 400_000, "it takes more than one item");
    assert_eq!(*content, applied.flows[0].content);
}

#[tokio::test]
async fn without_a_table_there_is_no_ledger_and_that_is_said() {
    let centre = Centre::empty().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    let found = deployed(&centre.clients, desired.scope()).await;
    assert!(matches!(found, Err(LedgerError::Missing { .. })));
    let opened = Recorder::open(&centre.clients, desired.scope(), about()).await;
    assert!(matches!(opened, Err(LedgerError::Missing { .. })));
}

#[tokio::test]
async fn what_cannot_be_recorded_is_deployed_all_the_same_and_that_is_said() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello"), to_support("support")]);
    let plan = centre.plan(&desired, Layer::Release).await;
    let fault = Fault::operation("dynamodb", "PutItem", 400, "AccessDeniedException");
    centre.emulator.faults().arm(fault);
    let recorder = Recorder::open(&centre.clients, desired.scope(), about()).await;
    let mut recorder = recorder.expect("the table can be looked at");
    let recording = Some(&mut recorder);
    let applied = apply_recorded(&centre.clients, &desired, &plan, recording, |_| {}).await;
    assert_eq!(applied.expect("deploy").flows.len(), 2);
    let error = recorder.close(&plan, true).await.expect_err("it is denied");
    assert!(error.help().contains("dynamodb:"), "{error}");
    centre.emulator.faults().clear();
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
    assert!(read(&centre, &desired).await.flows.is_empty());
    // Nothing is lost: the next deployment records what is as it should be.
    let (applied, _) = deploy(&centre, &desired).await;
    assert_eq!(applied.flows, []);
    assert_eq!(read(&centre, &desired).await.flows.len(), 2);
}
