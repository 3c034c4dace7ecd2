//! What makes no difference, over real flows and over an action of each type: each kind of noise
//! alone, and all of them at once.

use std::fs;
use std::path::Path;

use flow::canonical::text;
use flow::catalogue::{self, Next};
use flow::diff::diff;
use flow::model::{Condition, Flow, Omitted};
use flow::value::{Map, Value};
use flow::{exact, json, jsonpath, layout};

use crate::corpus;

/// Changes a flow in a way that saving it in the console can; false if it has nothing to change.
type Noise = fn(&mut Flow) -> bool;

const NOISE: [(&str, Noise); 18] = [
    ("blocks moved on the canvas", moved),
    ("canvas lost", canvas_lost),
    ("other things written about the canvas", metadata_rewritten),
    ("keys in another order", keys_turned),
    ("actions in another order", actions_turned),
    ("empty parts left out", left_out),
    ("empty parts written", written),
    ("errors in another order", errors_turned),
    (
        "conditions that exclude each other in another order",
        conditions_turned,
    ),
    ("texts as numbers", numbers),
    ("numbers as texts", texts),
    ("parameters added that say nothing", defaults_written),
    ("parameters left out that say nothing", defaults_left_out),
    (
        "next actions that nobody follows lead elsewhere",
        mirrors_changed,
    ),
    ("next actions that nobody follows lost", mirrors_lost),
    ("next actions that nobody follows written", mirrors_written),
    ("spaces and escapes in the text", escaped),
    ("written and read again", read_again),
];

/// The flows of the corpus, if there is one, and those around an action of each type.
fn flows() -> Vec<(String, Flow)> {
    let real = corpus::flows().into_iter();
    let mut flows: Vec<_> = real.map(|(file, flow)| (file.name, flow)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/actions");
    for entry in fs::read_dir(folder).expect("the fixtures are there") {
        let path = entry.expect("the fixtures can be read").path();
        let text = fs::read_to_string(&path).expect("the fixtures can be read");
        let flow = json::parse(&text).expect("a fixture is a flow");
        flows.push((path.display().to_string(), flow));
    }
    flows
}

#[track_caller]
fn expect_same(old: &Flow, new: &Flow, what: &str) {
    let found = diff(old, new);
    assert!(found.is_empty(), "{what}: {found:#?}");
    assert!(diff(new, old).is_empty(), "{what}, the other way round");
    assert_eq!(text(old), text(new), "{what}");
}

#[test]
fn no_kind_of_noise_makes_a_difference() {
    let mut changed = [0; NOISE.len()];
    for (name, flow) in flows() {
        for ((what, noise), changed) in NOISE.iter().zip(&mut changed) {
            let mut noisy = flow.clone();
            *changed += usize::from(noise(&mut noisy));
            expect_same(&flow, &noisy, &format!("{name}: {what}"));
        }
    }
    for ((what, _), changed) in NOISE.iter().zip(changed) {
        assert!(changed > 0, "no flow had any of: {what}");
    }
}

#[test]
fn all_noise_together_makes_no_difference() {
    for (name, flow) in flows() {
        let mut noisy = flow.clone();
        for (_, noise) in NOISE {
            noise(&mut noisy);
        }
        expect_same(&flow, &noisy, &name);
        for (_, noise) in NOISE.iter().rev() {
            noise(&mut noisy);
        }
        expect_same(&flow, &noisy, &name);
    }
}

#[test]
fn an_edit_is_seen_through_all_noise() {
    for (name, flow) in flows() {
        let mut edited = flow.clone();
        for (_, noise) in NOISE {
            noise(&mut edited);
        }
        let action = &mut edited.actions[0];
        let id = action.id.clone();
        action.parameters.insert("Edited".to_owned(), "yes".into());
        let found = diff(&flow, &edited);
        let [changed] = found.changed.as_slice() else {
            panic!("{name}: {found:#?}");
        };
        assert_eq!(changed.id, id, "{name}");
        let paths: Vec<String> = changed
            .parameters
            .iter()
            .map(|it| it.path.to_string())
            .collect();
        assert_eq!(paths, ["Edited"], "{name}");
        assert!(
            changed.branches.is_empty() && found.renamed.is_empty(),
            "{name}"
        );
    }
}

fn moved(flow: &mut Flow) -> bool {
    flow.metadata = Some(layout::lay_out(flow));
    true
}

fn canvas_lost(flow: &mut Flow) -> bool {
    flow.metadata.take().is_some()
}

fn metadata_rewritten(flow: &mut Flow) -> bool {
    let metadata = flow.metadata.get_or_insert_default();
    for (key, value) in [
        ("snapToGrid", Value::Bool(true)),
        ("status", "SAVED".into()),
        ("name", "Another name".into()),
        ("hash", Value::Map(Map::new())),
        ("Annotations", Value::List(vec!["a note".into()])),
    ] {
        metadata.insert(key.to_owned(), value);
    }
    if let Some(Value::Map(actions)) = metadata.get_mut("ActionMetadata") {
        for about in actions.values_mut() {
            *about = Value::Map(Map::from_iter([(
                "conditionMetadata".to_owned(),
                "new".into(),
            )]));
        }
    }
    true
}

fn keys_turned(flow: &mut Flow) -> bool {
    let maps = flow
        .actions
        .iter_mut()
        .flat_map(|it| [&mut it.parameters, &mut it.extra]);
    let mut changed = false;
    for map in maps.chain(flow.settings.as_mut()) {
        changed |= map.len() > 1;
        turn(map);
    }
    flow.extra.reverse();
    changed
}

fn turn(map: &mut Map) {
    map.reverse();
    map.values_mut().for_each(turn_inside);
}

fn turn_inside(value: &mut Value) {
    match value {
        Value::Map(map) => turn(map),
        Value::List(items) => items.iter_mut().for_each(turn_inside),
        _ => {}
    }
}

fn actions_turned(flow: &mut Flow) -> bool {
    flow.actions.reverse();
    let half = flow.actions.len() / 2;
    flow.actions.rotate_left(half);
    flow.actions.len() > 1
}

fn set_omitted(flow: &mut Flow, is_omitted: bool) -> bool {
    let before: Vec<Omitted> = flow.actions.iter().map(|it| it.omitted).collect();
    for action in &mut flow.actions {
        action.omitted = Omitted {
            parameters: is_omitted,
            transitions: is_omitted,
            conditions: is_omitted,
            errors: is_omitted,
        };
    }
    !before
        .iter()
        .copied()
        .eq(flow.actions.iter().map(|it| it.omitted))
}

fn left_out(flow: &mut Flow) -> bool {
    set_omitted(flow, true)
}

fn written(flow: &mut Flow) -> bool {
    set_omitted(flow, false)
}

fn errors_turned(flow: &mut Flow) -> bool {
    let errors = flow.actions.iter_mut().map(|it| &mut it.transitions.errors);
    let turned = errors.map(|it| {
        it.reverse();
        it.len() > 1
    });
    turned.fold(false, |changed, it| changed | it)
}

/// Turns neighbouring conditions that ask for equality with different literals.
fn conditions_turned(flow: &mut Flow) -> bool {
    let mut changed = false;
    for action in &mut flow.actions {
        let conditions = &mut action.transitions.conditions;
        for run in conditions.chunk_by_mut(|a, b| exclude(a) && exclude(b)) {
            let mut operands: Vec<String> =
                run.iter().map(|it| format!("{:?}", it.operands)).collect();
            operands.sort();
            operands.dedup();
            if operands.len() == run.len() && run.len() > 1 {
                run.reverse();
                changed = true;
            }
        }
    }
    changed
}

fn exclude(condition: &Condition) -> bool {
    let operand = condition.operands.first();
    let is_literal = operand
        .and_then(Value::as_text)
        .is_some_and(|it| !jsonpath::is_reference(it));
    condition.operator == "Equals" && condition.operands.len() == 1 && is_literal
}

/// Changes the values for which the service takes a number as well as its text.
fn scalars(flow: &mut Flow, change: fn(&mut Value) -> bool) -> bool {
    let mut changed = false;
    for action in &mut flow.actions {
        let Some(entry) = catalogue::entry(&action.kind) else {
            continue;
        };
        for parameter in entry.parameters.iter().filter(|it| it.takes_numbers) {
            let value = action.parameters.get_mut(&parameter.name);
            changed |= value.is_some_and(change);
        }
        if entry.conditions.as_ref().is_some_and(|it| it.takes_numbers) {
            let conditions = action.transitions.conditions.iter_mut();
            let operands = conditions.flat_map(|it| &mut it.operands);
            changed |= operands.map(change).fold(false, |changed, it| changed | it);
        }
    }
    changed
}

fn numbers(flow: &mut Flow) -> bool {
    scalars(flow, |value| {
        let number = value.as_text().and_then(exact::number);
        let number = number.filter(|it| Some(it.to_string().as_str()) == value.as_text());
        number.is_some_and(|it| {
            *value = Value::Number(it);
            true
        })
    })
}

fn texts(flow: &mut Flow) -> bool {
    // Exports write texts, so there is something to turn back only after numbers were written.
    let changed = numbers(flow);
    scalars(flow, |value| {
        if let Value::Number(number) = value {
            *value = Value::Text(number.to_string());
        }
        true
    });
    changed
}

/// What the console of today adds to an action of some types.
const DEFAULTS: [(&str, &str, Option<&str>); 4] = [
    (
        "InvokeLambdaFunction",
        "InvocationType",
        Some("SYNCHRONOUS"),
    ),
    ("InvokeLambdaFunction", "LambdaInvocationAttributes", None),
    (
        "MessageParticipant",
        "SkipWhenDTMFBufferEnabled",
        Some("false"),
    ),
    (
        "GetParticipantInput",
        "SkipWhenDTMFBufferEnabled",
        Some("false"),
    ),
];

fn defaults(flow: &mut Flow, change: impl Fn(&mut Map, &str, Value) -> bool) -> bool {
    let mut changed = false;
    for (kind, name, text) in DEFAULTS {
        let value = text.map_or(Value::Map(Map::new()), Value::from);
        for action in flow
            .actions
            .iter_mut()
            .filter(|it| it.kind.as_str() == kind)
        {
            changed |= change(&mut action.parameters, name, value.clone());
        }
    }
    changed
}

fn defaults_written(flow: &mut Flow) -> bool {
    defaults(flow, |parameters, name, value| {
        let is_absent = !parameters.contains_key(name);
        if is_absent {
            parameters.insert(name.to_owned(), value);
        }
        is_absent
    })
}

fn defaults_left_out(flow: &mut Flow) -> bool {
    defaults(flow, |parameters, name, value| {
        let is_default = parameters.get(name) == Some(&value);
        if is_default {
            parameters.shift_remove(name);
        }
        is_default
    })
}

/// Changes the next actions that the language demands and that are never followed.
fn mirrors(flow: &mut Flow, to: impl Fn(&Flow) -> Option<flow::model::ActionId>) -> bool {
    let to = to(flow);
    let mut changed = false;
    for action in &mut flow.actions {
        let is_terminal = catalogue::entry(&action.kind).is_some_and(|it| it.next == Next::None);
        if !catalogue::follows_next(action) && !is_terminal {
            changed |= action.transitions.next != to;
            action.transitions.next.clone_from(&to);
        }
    }
    changed
}

fn mirrors_changed(flow: &mut Flow) -> bool {
    mirrors(flow, |flow| flow.actions.last().map(|it| it.id.clone()))
}

fn mirrors_lost(flow: &mut Flow) -> bool {
    mirrors(flow, |_| None)
}

fn mirrors_written(flow: &mut Flow) -> bool {
    mirrors(flow, |_| None);
    mirrors(flow, |flow| Some(flow.start.clone()))
}

fn escaped(flow: &mut Flow) -> bool {
    let json: serde_json::Value =
        serde_json::from_str(&json::to_text(flow)).expect("what we write is JSON");
    let pretty = serde_json::to_string_pretty(&json).expect("JSON can be written");
    let mut escaped = String::new();
    for letter in pretty.chars() {
        match letter {
            '/' => escaped.push_str("\\/"),
            it if it.is_ascii() => escaped.push(it),
            it => {
                let mut units = [0; 2];
                for unit in it.encode_utf16(&mut units) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    *flow = json::parse(&escaped).expect("the same flow");
    escaped != pretty
}

fn read_again(flow: &mut Flow) -> bool {
    *flow = json::parse(&json::to_text(flow)).expect("what we write is a flow");
    true
}
