//! Each fault that the emulator knows, once on every operation of a deployment: whatever becomes of
//! that run, the next one ends as if nothing had happened.

use std::collections::BTreeSet;

use emulator::faults::{Fault, NoAnswer, Stale};
use provision::address::Layer;
use provision::apply::Stop;

use crate::interruptions::{THREADS, centre, dump, every, first_difference, flows, go_on, runtime};
use crate::locks::{Fast, deploy_locked};

/// What goes wrong, once.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Throttled,
    Fails,
    FailsAfterItsEffect,
    Reset,
    ResetAfterItsEffect,
    /// A read does not find what is there.
    Unseen,
}

const TROUBLES: [Trouble; 6] = [
    Trouble::Throttled,
    Trouble::Fails,
    Trouble::FailsAfterItsEffect,
    Trouble::Reset,
    Trouble::ResetAfterItsEffect,
    Trouble::Unseen,
];

/// A fault and the operation that it strikes.
#[derive(Clone, Debug)]
struct Strike {
    layer: Layer,
    service: String,
    operation: String,
    trouble: Trouble,
}

impl Strike {
    fn fault(&self) -> Fault {
        let (service, operation) = (self.service.as_str(), self.operation.as_str());
        let error = |status, name| Fault::operation(service, operation, status, name);
        let connection = || Fault::connection(service, operation, NoAnswer::Reset);
        let fault = match self.trouble {
            Trouble::Throttled => error(429, "ThrottlingException"),
            Trouble::Fails => error(500, "InternalServiceException"),
            Trouble::FailsAfterItsEffect => error(500, "InternalServiceException").after_effect(),
            Trouble::Reset => connection(),
            Trouble::ResetAfterItsEffect => connection().after_effect(),
            Trouble::Unseen => Fault::stale(service, operation, Stale::NotFound),
        };
        fault.times(1)
    }
}

/// The operations of a deployment that nothing happens to, and what is there afterwards.
async fn undisturbed(layer: Layer) -> (Vec<Strike>, String) {
    let centre = centre(layer).await;
    let desired = centre.desired(flows());
    let plan = centre.plan(&desired, layer).await;
    let before = centre.now();
    let deployed = deploy_locked(&centre.clients, &desired, &plan, Stop::default()).await;
    let (applied, _) = deployed.expect("nobody else deploys");
    applied.expect("deploy");
    let entries = centre.emulator.timeline().since(before).into_iter();
    let requests = entries.filter(|entry| entry.area == "request");
    let named = requests.map(|entry| {
        let detail = |name: &str| entry.details[name].as_str().unwrap_or_default().to_owned();
        (detail("service"), detail("operation"))
    });
    let called: BTreeSet<(String, String)> = named.collect();
    let strikes = called.iter().flat_map(|(service, operation)| {
        let troubles = TROUBLES.iter().filter(move |trouble| {
            let is_read = ["List", "Describe", "Get", "Query"];
            let is_read = is_read.iter().any(|read| operation.starts_with(read));
            // STS knows callers, and nothing that could be missing.
            is_read && service != "sts" || !matches!(trouble, Trouble::Unseen)
        });
        troubles.map(move |trouble| Strike {
            layer,
            service: service.clone(),
            operation: operation.clone(),
            trouble: *trouble,
        })
    });
    (strikes.collect(), dump(&centre, &desired, layer).await)
}

async fn struck(strike: &Strike) -> String {
    let mut centre = centre(strike.layer).await;
    let clock = Fast::in_real_time();
    centre.clients = centre.clients.clone().at_pace(clock.clone());
    let desired = centre.desired(flows());
    let plan = centre.plan(&desired, strike.layer).await;
    centre.emulator.faults().arm(strike.fault());
    // Whether this run gets through does not matter here.
    let _ = deploy_locked(&centre.clients, &desired, &plan, Stop::default()).await;
    centre.emulator.faults().clear();
    go_on(
        &centre,
        &desired,
        &format!("{strike:?}"),
        strike.layer,
        &clock,
    )
    .await;
    dump(&centre, &desired, strike.layer).await
}

fn strike_everywhere(layer: Layer) {
    let (strikes, expected) = runtime().block_on(undisturbed(layer));
    assert!(strikes.len() > 50, "{strikes:?}");
    let strikes: Vec<&Strike> = strikes.iter().step_by(every()).collect();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let strikes: Vec<&Strike> = strikes
                .iter()
                .copied()
                .skip(thread)
                .step_by(THREADS)
                .collect();
            let expected = &expected;
            scope.spawn(move || {
                for strike in strikes {
                    let found = runtime().block_on(struck(strike));
                    let difference = first_difference(expected, &found);
                    assert!(found == *expected, "{strike:?}:\n{difference}");
                }
            });
        }
    });
}

#[test]
fn a_release_that_meets_any_fault_ends_the_same() {
    strike_everywhere(Layer::Release);
}

#[test]
fn a_bootstrap_that_meets_any_fault_ends_the_same() {
    strike_everywhere(Layer::Foundation);
}
