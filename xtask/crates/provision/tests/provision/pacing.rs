//! Requests by the rates of their operations, on a clock that jumps.

use std::collections::BTreeMap;
use std::time::Duration;

use emulator::faults::Fault;
use flow::model::FlowDefinition;
use provision::address::Layer;
use provision::pace::{self, Pace};
use provision::rates;

use crate::centre::{Centre, environment, infra_file};
use crate::documents::{greeting, module};

/// Has the requests of a centre wait, and gives the clock they wait by.
fn pace(centre: &mut Centre) -> Pace {
    let clock = pace::jumping();
    centre.clients = centre.clients.clone().at_pace(clock.clone()).paced(true);
    clock
}

/// How long these calls take at least if everything that can be asked at once is.
fn floor(calls: &BTreeMap<String, u64>) -> f64 {
    let of = calls.iter().filter_map(|(operation, count)| {
        let rate = rates::rate(operation)?;
        Some(((*count as f64) - rate.burst).max(0.0) / rate.per_second)
    });
    of.fold(0.0, f64::max)
}

fn since(now: BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let counts = now.into_iter().map(|(operation, count)| {
        let earlier = before.get(&operation).copied().unwrap_or_default();
        (operation, count - earlier)
    });
    counts.filter(|(_, count)| *count > 0).collect()
}

fn flows() -> Vec<FlowDefinition> {
    let flows = (0..30).map(|n| greeting(&format!("flow {n}"), "Hello"));
    let modules = (0..20).map(|n| module(&format!("module {n}"), "Hello"));
    flows.chain(modules).collect()
}

#[tokio::test]
async fn planning_takes_no_longer_than_the_slowest_operation_needs() {
    let mut centre = Centre::bootstrapped().await;
    let desired = centre.desired(flows());
    let deployed = centre.deploy(&desired, Layer::Release).await;
    deployed.expect("deploy");
    let clock = pace(&mut centre);
    let before = centre.clients.calls();
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
    let calls = since(centre.clients.calls(), &before);
    let (took, floor) = (clock.elapsed().as_secs_f64(), floor(&calls));
    assert!(floor >= 12.5, "30 flows at two a second: {floor}");
    assert!(
        took >= floor * 0.99 && took <= floor * 1.05,
        "{took} for {floor}: {calls:?}"
    );
    assert_eq!(centre.clients.throttled(), BTreeMap::new());
}

#[tokio::test]
async fn attempts_are_counted_as_the_service_sees_them() {
    let mut centre = Centre::bootstrapped().await;
    let clock = pace(&mut centre);
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    let fault = Fault::operation("connect", "CreateContactFlow", 429, "ThrottlingException");
    centre.emulator.faults().arm(fault.times(2));
    let (sequence, before) = (centre.now(), centre.clients.calls());
    let deployed = centre.deploy(&desired, Layer::Release).await;
    deployed.expect("deploy");
    let counted = since(centre.clients.calls(), &before);
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for operation in centre.operations_since(sequence) {
        *seen.entry(operation).or_insert(0) += 1;
    }
    let counted_without_services: BTreeMap<String, u64> =
        counted
            .iter()
            .fold(BTreeMap::new(), |mut all, (operation, count)| {
                let (_, name) = operation.split_once(':').expect("as IAM spells it");
                *all.entry(name.to_owned()).or_insert(0) += count;
                all
            });
    assert_eq!(counted_without_services, seen);
    assert_eq!(counted["connect:CreateContactFlow"], 3);
    assert_eq!(centre.clients.throttled()["connect:CreateContactFlow"], 2);
    // Twice throttled, the next attempts come at a quarter of two a second.
    assert!(clock.elapsed() > Duration::from_secs(2), "{clock:?}");
}

#[tokio::test]
async fn what_is_on_this_machine_waits_only_if_the_environment_says_so() {
    let mut centre = Centre::empty().await;
    let mut spent = Vec::new();
    for has_budget in [false, true] {
        let mut environment = environment(&infra_file("environments/local.yaml"));
        (environment.has_budget, environment.api_share) = (has_budget, 0.5);
        let endpoint = centre.emulator.endpoint();
        let clients = provision::clients::Clients::connect(&environment, Some(&endpoint)).await;
        let clock = pace::jumping();
        centre.clients = clients.at_pace(clock.clone());
        let desired = centre.desired(Vec::new());
        for _ in 0..10 {
            centre.plan(&desired, Layer::Foundation).await;
        }
        spent.push(clock.elapsed());
    }
    assert_eq!(spent[0], Duration::ZERO);
    // Half of a burst of five is two and a half.
    assert!((spent[1].as_secs_f64() - 7.5).abs() < 0.5, "{spent:?}");
}
