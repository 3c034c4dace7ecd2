//! Cut off at calls that change something, before and after its effect, and run again: the
//! end is the same as without.
//!
//! What a crash leaves behind is what was carried out up to it, and reading carries out nothing. So
//! the calls that write, the lock's and the journal's among them, are all there is to be cut off at.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_connect::config::{Credentials, Region};
use emulator::stops::Moment;
use flow::model::FlowDefinition;
use provision::address::Layer;
use provision::apply::Stop;
use provision::desired::Desired;
use provision::ledger::{Ended, holder};
use provision::live::read_live;

use crate::centre::{Centre, REGION};
use crate::documents::{goes_on_in, greeting, invokes, module, to_support, uses_module};
use crate::locks::{Fast, deploy_locked};

/// Thirty resources with two circles: flows, modules, functions with their associations and a
/// subscription.
pub(crate) fn flows() -> Vec<FlowDefinition> {
    let mut flows = vec![
        goes_on_in("a", "b"),
        goes_on_in("b", "c"),
        goes_on_in("c", "a"),
        goes_on_in("left", "right"),
        goes_on_in("right", "left"),
        goes_on_in("entry", "a"),
        to_support("support"),
        invokes("bot", "bot-join"),
    ];
    for n in 0..6 {
        flows.push(module(&format!("part {n}"), "Hello"));
        flows.push(uses_module(&format!("caller {n}"), &format!("part {n}")));
    }
    for n in 0..7 {
        flows.push(greeting(&format!("greeting {n}"), "Hello"));
    }
    flows
}

/// How a run is cut off.
#[derive(Clone, Copy, Debug)]
struct Cut {
    layer: Layer,
    /// The number of the request, from 1.
    n: u64,
    moment: Moment,
}

pub(crate) async fn centre(layer: Layer) -> Centre {
    match layer {
        Layer::Foundation => Centre::empty().await,
        Layer::Release => Centre::bootstrapped().await,
    }
}

/// Carries a plan out to its end, and gives the numbers of the requests that wrote, and what is
/// there afterwards.
async fn without_cut(layer: Layer) -> (Vec<u64>, String) {
    let centre = centre(layer).await;
    let desired = centre.desired(flows());
    let plan = centre.plan(&desired, layer).await;
    if layer == Layer::Release {
        let resources = plan.changes.len();
        assert!(resources >= 30, "{resources}");
    }
    let before = centre.now();
    let deployed = deploy_locked(&centre.clients, &desired, &plan, Stop::default()).await;
    let (applied, _) = deployed.expect("nobody else deploys");
    applied.expect("deploy");
    let operations = centre.operations_since(before);
    let reads = ["List", "Describe", "Get", "Query"];
    let numbered = (1..).zip(operations);
    let writes = numbered.filter(|(_, name)| !reads.iter().any(|read| name.starts_with(read)));
    let writes = writes.map(|(n, _)| n).collect();
    (writes, dump(&centre, &desired, layer).await)
}

/// Cuts a run off, runs again, and says what is there afterwards.
async fn with_cut(cut: Cut) -> String {
    let mut centre = centre(cut.layer).await;
    let clock = Fast::in_real_time();
    centre.clients = centre.clients.clone().at_pace(clock.clone());
    let desired = centre.desired(flows());
    let plan = centre.plan(&desired, cut.layer).await;
    let stop = centre.emulator.stop_at(cut.n, cut.moment);
    tokio::select! {
        reached = stop.reached() => drop(reached),
        _ = deploy_locked(&centre.clients, &desired, &plan, Stop::default()) => {
            panic!("{cut:?} is never reached")
        }
    }
    drop(stop);
    go_on(&centre, &desired, &format!("{cut:?}"), cut.layer, &clock).await;
    dump(&centre, &desired, cut.layer).await
}

/// Runs again what did not come to its end, and checks that nothing is left to do or held.
pub(crate) async fn go_on(
    centre: &Centre,
    desired: &Desired,
    cut: &str,
    layer: Layer,
    clock: &Arc<Fast>,
) {
    // Nobody renews the lock of who was cut off.
    clock.forward(Duration::from_secs(10 * 60));
    let plan = centre.plan(desired, layer).await;
    assert_eq!(plan.problems, [], "{cut}");
    if !plan.is_empty() {
        let deployed = deploy_locked(&centre.clients, desired, &plan, Stop::default()).await;
        let (applied, before) = deployed.unwrap_or_else(|error| panic!("{cut}: {error}"));
        if let Some(before) = before {
            assert!(
                before.ended.is_none() || before.ended == Some(Ended::Failed),
                "{cut}"
            );
            assert!(before.step <= before.of, "{cut}: {before:?}");
        }
        applied.unwrap_or_else(|error| {
            panic!("{cut}: {error}: {:?}", std::error::Error::source(&error))
        });
        let held = holder(&centre.clients, desired.scope()).await;
        assert_eq!(held.expect("there is a table"), None, "{cut}");
    }
    let again = centre.plan(desired, layer).await;
    assert!(
        again.is_empty(),
        "{cut}: {}",
        provision::plan::view::human(&again)
    );
}

/// What is there, with names in the place of what AWS makes up.
pub(crate) async fn dump(centre: &Centre, desired: &Desired, layer: Layer) -> String {
    let live = read_live(&centre.clients, desired, layer).await;
    let live = live.expect("the emulator answers");
    let mut text = format!("{live:#?}\n{:?}", titles(centre, &live).await);
    let mut names: Vec<(String, String)> = Vec::new();
    for (reference, target) in live.bindings().iter() {
        if let Some((_, id)) = target.arn.rsplit_once('/') {
            names.push((id.to_owned(), format!("<{reference}>")));
        }
    }
    if let Some(instance) = live.instance() {
        names.push((instance.id.clone(), "<instance>".to_owned()));
    }
    for (id, name) in names {
        text = text.replace(&id, &name);
    }
    without_ids(&text)
}

/// The titles of all flows and modules, so that nothing is there twice or beside.
async fn titles(centre: &Centre, live: &provision::live::Live) -> BTreeSet<String> {
    let Some(instance) = live.instance() else {
        return BTreeSet::new();
    };
    let config = aws_sdk_connect::Config::builder()
        .behavior_version_latest()
        .region(Region::new(REGION))
        .endpoint_url(centre.emulator.endpoint())
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .build();
    let connect = aws_sdk_connect::Client::from_conf(config);
    let flows = connect
        .list_contact_flows()
        .instance_id(&instance.id)
        .max_results(1000);
    let flows = flows.send().await.expect("the instance is there");
    let names = flows.contact_flow_summary_list().iter();
    let names: Vec<_> = names
        .filter_map(|it| it.name().map(str::to_owned))
        .collect();
    let all = names.len();
    let names: BTreeSet<String> = names.into_iter().collect();
    assert_eq!(names.len(), all, "no title is there twice");
    names
}

/// UUIDs in the order of their appearance are all the same.
fn without_ids(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let end = rest[start..].find(|c| !is_part(c));
        let end = end.map_or(rest.len(), |length| start + length);
        let word = &rest[start..end];
        kept.push_str(&rest[..start]);
        let is_id = word.len() == 36 && word.matches('-').count() == 4;
        kept.push_str(if is_id { "<id>" } else { word });
        rest = &rest[end..];
    }
    kept + rest
}

/// All cuts take minutes; without `FLOWYARD_CUTS=all` only every 25th is made, by turns before
/// and after the effect.
const SAMPLE: usize = 25;

/// Each has emulators of its own.
pub(crate) const THREADS: usize = 4;

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let builder = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    builder.expect("a runtime can be had")
}

/// How many of all places come between two that are tried.
pub(crate) fn every() -> usize {
    match std::env::var("FLOWYARD_CUTS").as_deref() {
        Ok("all") => 1,
        _ => SAMPLE,
    }
}

fn cut_everywhere(layer: Layer) {
    let (writes, expected) = runtime().block_on(without_cut(layer));
    assert!(writes.len() > 30, "{writes:?}");
    let cuts = writes.iter().flat_map(|&n| {
        let moments = [Moment::BeforeEffect, Moment::AfterEffect];
        moments.map(|moment| Cut { layer, n, moment })
    });
    let cuts: Vec<Cut> = cuts.collect();
    let cuts: Vec<&Cut> = cuts.iter().step_by(every()).collect();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let cuts = cuts.iter().copied().skip(thread).step_by(THREADS);
            let expected = &expected;
            scope.spawn(move || runtime().block_on(cut_at_each(cuts, expected)));
        }
    });
}

async fn cut_at_each(cuts: impl Iterator<Item = &Cut>, expected: &str) {
    for cut in cuts {
        let found = with_cut(*cut).await;
        assert!(
            found == expected,
            "{cut:?}:\n{}",
            first_difference(expected, &found)
        );
    }
}

pub(crate) fn first_difference(expected: &str, found: &str) -> String {
    let pairs = expected.lines().zip(found.lines());
    let different = pairs.filter(|(expected, found)| expected != found).take(5);
    different
        .map(|(expected, found)| format!("-{expected}\n+{found}\n"))
        .collect()
}

#[test]
fn a_release_that_is_cut_off_ends_the_same() {
    cut_everywhere(Layer::Release);
}

#[test]
fn a_bootstrap_that_is_cut_off_ends_the_same() {
    cut_everywhere(Layer::Foundation);
}
