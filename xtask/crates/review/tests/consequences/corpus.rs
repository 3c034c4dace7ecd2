//! Real flows and edited copies of them, where they are at hand: a folder beside the repository, or
//! the one that `FLOWYARD_CORPUS` names.

use std::collections::{HashMap, HashSet};
use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flow::model::{Action, ActionId, DocumentKind, Flow, FlowDefinition, FlowType};
use flow_source::{document_from_json, source_from_bytes};
use review::{Comparison, Version, compare};

fn folder() -> Option<PathBuf> {
    let beside = || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../..");
        root.join("shared/flow-corpus")
    };
    let folder = env::var_os("FLOWYARD_CORPUS").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Past what the test harness captures: that something was not run has to be seen.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn documents(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            documents(&path, paths);
        } else if path.extension().is_some_and(|it| it == "json") {
            paths.push(path);
        }
    }
}

/// The flows that are flow documents, each under a name of its own.
fn flows() -> Option<Vec<FlowDefinition>> {
    let mut paths = Vec::new();
    documents(&folder()?, &mut paths);
    paths.sort();
    let read = |(n, path): (usize, PathBuf)| {
        let bytes = fs::read(&path).expect("a file can be read");
        let file = source_from_bytes("flow.json", &bytes).ok()?;
        let document = document_from_json(&file, None).ok()?;
        let inbound = DocumentKind::Flow(FlowType::ContactFlow);
        Some(FlowDefinition {
            name: format!("flow-{n}"),
            title: document.name.clone(),
            description: None,
            kind: document.kind.unwrap_or(inbound),
            flow: document.flow,
        })
    };
    let flows: Vec<FlowDefinition> = paths.into_iter().enumerate().filter_map(read).collect();
    assert!(flows.len() > 100, "{} flows", flows.len());
    Some(flows)
}

fn compared(old: &FlowDefinition, new: Flow) -> Comparison {
    let new = FlowDefinition {
        flow: new,
        ..old.clone()
    };
    let version = |label, it| Version::new(label, [it]);
    compare(&version("old", old.clone()), &version("new", new))
}

const NOT_HERE: &str = "no corpus of real flows is at hand: it was not checked";

#[test]
fn a_version_does_not_differ_from_itself() {
    let Some(flows) = flows() else {
        return say(NOT_HERE);
    };
    let n_flows = flows.len();
    let version = Version::new("same", flows);
    let comparison = compare(&version, &version);
    assert!(comparison.flows.is_empty());
    assert_eq!(comparison.unchanged.len(), n_flows);
}

#[test]
fn nothing_follows_from_other_identifiers_in_another_order() {
    let Some(flows) = flows() else {
        return say(NOT_HERE);
    };
    for old in flows {
        let comparison = compared(&old, reimported(&old.flow));
        let found = comparison.flows.iter().flat_map(|it| &it.consequences);
        let found: Vec<&str> = found.map(|it| it.text.as_str()).collect();
        assert!(found.is_empty(), "{}: {found:#?}", old.title);
    }
}

/// The same with an identifier of its own for every action, the last first.
fn reimported(flow: &Flow) -> Flow {
    let ids = flow.actions.iter().enumerate();
    let ids: HashMap<ActionId, ActionId> = ids
        .map(|(n, it)| (it.id.clone(), format!("new-{n}").into()))
        .collect();
    let mut flow = flow.clone();
    let rename = |id: &mut ActionId| {
        if let Some(new) = ids.get(id) {
            *id = new.clone();
        }
    };
    rename(&mut flow.start);
    for action in &mut flow.actions {
        rename(&mut action.id);
        each_target(action, rename);
    }
    flow.actions.reverse();
    flow.metadata = None;
    flow
}

fn each_target(action: &mut Action, mut see: impl FnMut(&mut ActionId)) {
    let ways = &mut action.transitions;
    ways.next.iter_mut().for_each(&mut see);
    ways.conditions.iter_mut().for_each(|it| see(&mut it.next));
    ways.errors.iter_mut().for_each(|it| see(&mut it.next));
}

#[test]
fn what_follows_from_an_edit_is_one_sentence_each_about_actions_that_are_there() {
    let Some(flows) = flows() else {
        return say(NOT_HERE);
    };
    let mut n_found = 0;
    for old in &flows {
        for (n, edit) in EDITS.iter().enumerate() {
            let mut new = old.flow.clone();
            edit(&mut new, n);
            let comparison = compared(old, new.clone());
            n_found += look_at(&comparison, &old.flow, &new);
            // And the other way round.
            let back = FlowDefinition {
                flow: new.clone(),
                ..old.clone()
            };
            n_found += look_at(&compared(&back, old.flow.clone()), &new, &old.flow);
        }
    }
    assert!(n_found > 1000, "{n_found}");
}

fn look_at(comparison: &Comparison, old: &Flow, new: &Flow) -> usize {
    let found: Vec<_> = comparison
        .flows
        .iter()
        .flat_map(|it| &it.consequences)
        .collect();
    assert!(found.is_sorted_by_key(|it| it.weight));
    for (n, it) in found.iter().enumerate() {
        let text = &it.text;
        assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
        let is_there = |id| old.action(id).is_some() || new.action(id).is_some();
        assert!(it.actions.iter().all(is_there), "{it:?}");
        let rest = found.iter().skip(n + 1);
        assert!(rest.clone().all(|other| *other != *it), "{it:?}");
        if it.kind == "unreachable" {
            assert!(it.actions.iter().all(|id| !is_reached(new, id)), "{it:?}");
        }
    }
    found.len()
}

/// Whether some way from the start leads to an action, looked for anew.
fn is_reached(flow: &Flow, wanted: &ActionId) -> bool {
    let mut seen: HashSet<&ActionId> = HashSet::new();
    let mut open = vec![&flow.start];
    while let Some(id) = open.pop() {
        if let Some(action) = flow.action(id).filter(|_| !seen.contains(&id)) {
            seen.insert(id);
            open.extend(flow::diff::ways_out(action).into_iter().map(|it| it.1));
        }
    }
    seen.contains(&wanted)
}

type Edit = fn(&mut Flow, usize);

const EDITS: &[Edit] = &[
    |flow, _| {
        let middle = flow.actions.len() / 2;
        flow.actions.truncate(middle);
    },
    |flow, _| {
        flow.actions
            .iter_mut()
            .for_each(|it| it.transitions.errors.clear());
    },
    |flow, _| {
        flow.actions
            .iter_mut()
            .step_by(3)
            .for_each(|it| it.transitions.conditions.clear());
    },
    |flow, _| {
        if let Some(last) = flow.actions.last() {
            flow.start = last.id.clone();
        }
    },
    |flow, _| {
        for action in flow.actions.iter_mut().step_by(2) {
            action.parameters.clear();
        }
    },
    |flow, _| {
        let ids: Vec<ActionId> = flow.actions.iter().map(|it| it.id.clone()).collect();
        for (action, id) in flow.actions.iter_mut().zip(ids.into_iter().rev()) {
            each_target(action, |it| *it = id.clone());
        }
    },
    |flow, n| {
        for action in flow.actions.iter_mut().step_by(n) {
            action.kind = "EndFlowExecution".into();
        }
    },
    |flow, _| {
        let mut more = flow.actions.clone();
        more.truncate(3);
        flow.actions.extend(more);
    },
    |flow, _| flow.actions.clear(),
];
