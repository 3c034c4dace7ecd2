//! `bench diff`: comparing flows as large as Connect takes them, on one core, and as a whole process
//! beside `connect-flow diff`.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use flow::canonical;
use flow::diff::{FlowDiff, diff};
use flow::json;
use flow::layout;
use flow::model::{Action, ActionId, Flow};
use serde_json::{Value, json};

use super::lang::made_flows;
use super::measure::{
    PROCESS_ROUNDS, Process, Processes, ROUNDS, in_turn, median, milliseconds, profile,
    stages_json, timed,
};
use super::peer;
use crate::args::BenchArgs;
use crate::exit::Outcome;
use crate::printer::Printer;

/// The goal of the design for two flows of 250 actions.
const GOAL: Duration = Duration::from_millis(1);
/// Of the flows compared at once, every tenth differs.
const FLOWS: usize = 100;
const CHANGED_FLOWS: usize = 10;

pub(crate) fn run(args: &BenchArgs, printer: &Printer) -> anyhow::Result<Outcome> {
    let old = made_flows().into_iter().next();
    let old = old.context("the flow to measure on does not compile")?;
    let edited = edited(&old);
    let rows = vec![
        of_pair("itself", &old, &old),
        of_pair("an edited copy", &old, &edited),
        of_pair("a copy with other identifiers", &old, &imported_again(&old)),
        of_pair(
            "an edited copy with other identifiers",
            &old,
            &imported_again(&edited),
        ),
        of_pair("a flow that has nothing of it", &old, &Flow::new("nowhere")),
        of_many(&old, &edited),
        of_texts(&old, &edited)?,
    ];
    let processes = match beside_the_peer(args, &old, &edited, printer) {
        Ok(found) => Some(found),
        Err(error) => {
            printer.warning(&format!("not measured beside connect-flow: {error:#}"));
            None
        }
    };
    printer.view(
        || table(&rows, processes.as_ref()),
        || document(&rows, processes.as_ref()),
    );
    Ok(Outcome::Done)
}

/// What a reviewer's day brings: texts reworded, ways rewired, actions added, removed and renamed.
fn edited(flow: &Flow) -> Flow {
    let mut new = flow.clone();
    let n = new.actions.len();
    for action in new.actions.iter_mut().step_by(48) {
        let text = "Welcome back! This part has another text, and it is a little longer.";
        action.parameters.insert("Text".to_owned(), text.into());
    }
    for action in new.actions.iter_mut().skip(3).step_by(80) {
        action.transitions.next = Some(flow.start.clone());
        for branch in &mut action.transitions.errors {
            branch.next = flow.start.clone();
        }
    }
    new.actions.remove(n / 2);
    new.actions.remove(n / 4);
    let names = new.actions.iter().skip(7).step_by(90).enumerate();
    let names = names.map(|(n, it)| (it.id.clone(), format!("another name {n}").into()));
    new = renamed(&new, &names.collect());
    for n in 0..2 {
        let mut action = Action::new(format!("new {n}"), "MessageParticipant");
        let text = "Nobody has said this before.";
        action.parameters.insert("Text".to_owned(), text.into());
        action.transitions.next = Some(flow.start.clone());
        new.actions.push(action);
    }
    new
}

/// The same flow as the console writes it after an import: new identifiers in another order.
fn imported_again(flow: &Flow) -> Flow {
    let uuid = |id: &ActionId| {
        let hex = canonical::hex_digest(id.as_str());
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|it| &hex[it]);
        ActionId::new(parts.join("-"))
    };
    let ids = flow.actions.iter().map(|it| (it.id.clone(), uuid(&it.id)));
    let mut new = renamed(flow, &ids.collect());
    new.actions.sort_by(|a, b| a.id.cmp(&b.id));
    new
}

fn renamed(flow: &Flow, ids: &HashMap<ActionId, ActionId>) -> Flow {
    let rename = |id: &mut ActionId| {
        if let Some(new) = ids.get(id) {
            *id = new.clone();
        }
    };
    let mut new = flow.clone();
    rename(&mut new.start);
    for action in &mut new.actions {
        rename(&mut action.id);
        let transitions = &mut action.transitions;
        transitions.next.iter_mut().for_each(rename);
        let conditions = transitions.conditions.iter_mut();
        conditions.for_each(|it| rename(&mut it.next));
        let errors = transitions.errors.iter_mut();
        errors.for_each(|it| rename(&mut it.next));
    }
    new
}

/// What was compared, and the medians of the times it took.
struct Row {
    what: String,
    n_actions: usize,
    stages: Vec<(&'static str, Duration)>,
    found: String,
}

fn of_pair(what: &str, old: &Flow, new: &Flow) -> Row {
    let time = || timed(|| black_box(diff(old, new))).0;
    Row {
        what: format!("a flow and {what}"),
        n_actions: old.actions.len(),
        stages: vec![("diff", median_of(time))],
        found: counts(&diff(old, new)),
    }
}

fn of_many(old: &Flow, edited: &Flow) -> Row {
    let new = |n: usize| if is_changed(n) { edited } else { old };
    let compare = || (0..FLOWS).map(|n| diff(old, new(n))).collect::<Vec<_>>();
    let time = || timed(|| black_box(compare())).0;
    Row {
        what: format!("{FLOWS} flows, {CHANGED_FLOWS} of them edited"),
        n_actions: FLOWS * old.actions.len(),
        stages: vec![("diff", median_of(time))],
        found: differing(&compare()),
    }
}

fn is_changed(n: usize) -> bool {
    n.is_multiple_of(FLOWS / CHANGED_FLOWS)
}

/// The same out of JSON text, as a deployment reads it.
fn of_texts(old: &Flow, edited: &Flow) -> anyhow::Result<Row> {
    let texts = [json::to_text(old), json::to_text(edited)];
    let parse = || -> Result<Vec<[Flow; 2]>, json::ParseError> {
        let pair = |n| {
            let new = &texts[usize::from(is_changed(n))];
            Ok([json::parse(&texts[0])?, json::parse(new)?])
        };
        (0..FLOWS).map(pair).collect()
    };
    let compare = |flows: &[[Flow; 2]]| -> Vec<FlowDiff> {
        flows.iter().map(|[old, new]| diff(old, new)).collect()
    };
    let found = compare(&parse().context("cannot read back a flow")?);
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (parsed, flows) = timed(parse);
        let flows = flows.context("cannot read back a flow")?;
        times.0.push(parsed);
        times.1.push(timed(|| black_box(compare(&flows))).0);
    }
    Ok(Row {
        what: format!("{FLOWS} flows as JSON, {CHANGED_FLOWS} of them edited"),
        n_actions: FLOWS * old.actions.len(),
        stages: vec![("parse", median(times.0)), ("diff", median(times.1))],
        found: differing(&found),
    })
}

fn median_of(mut time: impl FnMut() -> Duration) -> Duration {
    // The first time fills caches and whatever is made lazily.
    time();
    median((0..ROUNDS).map(|_| time()).collect())
}

fn counts(diff: &FlowDiff) -> String {
    let rewired = diff.changed.iter().filter(|it| it.is_rewired()).count();
    let changed = diff.changed.iter().filter(|it| it.is_changed()).count();
    let counts = [
        (diff.added.len(), "added"),
        (diff.removed.len(), "removed"),
        (changed, "changed"),
        (rewired, "rewired"),
        (diff.renamed.len(), "renamed"),
    ];
    let counts = counts.iter().filter(|(n, _)| *n > 0);
    let counts: Vec<String> = counts.map(|(n, what)| format!("{n} {what}")).collect();
    match counts.as_slice() {
        [] => "no difference".to_owned(),
        counts => counts.join(", "),
    }
}

fn differing(diffs: &[FlowDiff]) -> String {
    let n = diffs.iter().filter(|it| !it.is_empty()).count();
    format!("{n} differ")
}

fn beside_the_peer(
    args: &BenchArgs,
    old: &Flow,
    edited: &Flow,
    printer: &Printer,
) -> anyhow::Result<Processes> {
    let theirs = peer::connect_flow(
        args.peer.as_deref(),
        Path::new("target/flowyard/peers"),
        printer,
    )?;
    let ours = std::env::current_exe().context("cannot tell our own binary")?;
    let folder = Path::new("target/flowyard/bench-diff");
    let files = [
        written(folder, "old.json", old)?,
        written(folder, "new.json", edited)?,
    ];
    let files = files.iter().map(|it| it.as_os_str());
    // Both end with 1 where something differs.
    let process = |program, words: &'static [&'static str]| Process {
        program,
        arguments: words.iter().map(OsStr::new).chain(files.clone()).collect(),
        codes: 1..=1,
    };
    let step = printer.step("diff --files and connect-flow diff, in turn");
    let found = in_turn(
        &process(&ours, &["diff", "--files"]),
        &process(&theirs, &["diff"]),
    )?;
    step.done("");
    Ok(found)
}

/// A file with the flow; with its canvas, without which the peer refuses it.
fn written(folder: &Path, name: &str, flow: &Flow) -> anyhow::Result<PathBuf> {
    let mut flow = flow.clone();
    flow.metadata = Some(layout::lay_out(&flow));
    let path = folder.join(name);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, json::to_text(&flow)))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

fn table(rows: &[Row], processes: Option<&Processes>) -> String {
    let mut out = format!(
        "one core, {} profile, medians of {ROUNDS} rounds; the goal is {} ms for two flows of 250 actions\n",
        profile(),
        GOAL.as_millis()
    );
    for row in rows {
        let stage =
            |(name, time): &(&str, Duration)| format!("{name} {:.3} ms", milliseconds(*time));
        let stages: Vec<String> = row.stages.iter().map(stage).collect();
        out.push_str(&format!(
            "  {:50} {:6} actions   {:32} {}\n",
            row.what,
            row.n_actions,
            stages.join(", "),
            row.found,
        ));
    }
    if let Some(it) = processes {
        out.push_str(&format!(
            "whole processes over two files, in turn, medians of {PROCESS_ROUNDS}\n  \
             diff --files {:.1} ms, connect-flow diff {:.1} ms: 1/{:.1}\n",
            milliseconds(it.ours),
            milliseconds(it.theirs),
            1.0 / it.ratio(),
        ));
    }
    out
}

fn document(rows: &[Row], processes: Option<&Processes>) -> Value {
    let rows = rows.iter().map(|row| {
        json!({
            "what": row.what,
            "actions": row.n_actions,
            "milliseconds": stages_json(&row.stages),
            "found": row.found,
        })
    });
    let processes = processes.map(|it| {
        json!({
            "diff_milliseconds": milliseconds(it.ours),
            "connect_flow_diff_milliseconds": milliseconds(it.theirs),
            "ratio": it.ratio(),
        })
    });
    json!({
        "profile": profile(),
        "rounds": ROUNDS,
        "goal_milliseconds": milliseconds(GOAL),
        "one_core": rows.collect::<Vec<_>>(),
        "processes": processes,
    })
}
