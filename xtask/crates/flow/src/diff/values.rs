//! Values compared by path.

use std::borrow::Cow;

use crate::canonical;
use crate::model::{Action, ActionKind, Flow};
use crate::value::{Map, Value};

use super::{PathStep, ValueChange, ValuePath};

/// The key under which the settings of a module stand in its document.
pub(super) const SETTINGS: &str = "Settings";
/// The key under which what nobody knows among the transitions of an action is shown.
pub(super) const TRANSITIONS: &str = "Transitions";

/// Differences beside the actions.
pub(super) fn document(old: &Flow, new: &Flow) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    let path = ValuePath::key(SETTINGS);
    match (&old.settings, &new.settings) {
        (Some(old), Some(new)) => maps(&path, old, new, &mut changes),
        (None, None) => {}
        (old, new) => changes.push(ValueChange {
            path,
            old: old.clone().map(Value::Map),
            new: new.clone().map(Value::Map),
        }),
    }
    maps(&ValuePath::default(), &old.extra, &new.extra, &mut changes);
    changes
}

/// Differences in the parameters of an action.
pub(super) fn parameters(old: &Action, new: &Action) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    let is_same_kind = old.kind == new.kind;
    each_key(&old.parameters, &new.parameters, |key, before, after| {
        if is_same_kind && before == after {
            return;
        }
        let was = before.and_then(|it| canonical::parameter(&old.kind, key, it));
        let is = after.and_then(|it| canonical::parameter(&new.kind, key, it));
        let path = ValuePath::key(key);
        match (was, is) {
            (None, None) => {}
            (Some(was), Some(is)) => optional(&path, Some(&was), Some(&is), &mut changes),
            // What counts as nothing is shown as it stands there.
            (was, is) => changes.push(ValueChange {
                path,
                old: was.map(Cow::into_owned).or_else(|| before.cloned()),
                new: is.map(Cow::into_owned).or_else(|| after.cloned()),
            }),
        }
    });
    changes
}

/// Differences in the keys of an action that the language does not have.
pub(super) fn extra(old: &Action, new: &Action) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    maps(&ValuePath::default(), &old.extra, &new.extra, &mut changes);
    let (old, new) = (&old.transitions.extra, &new.transitions.extra);
    maps(&ValuePath::key(TRANSITIONS), old, new, &mut changes);
    changes
}

/// A value among parameters as it counts, wherever a path leads.
pub(super) fn counted<'a>(
    kind: &ActionKind,
    path: &ValuePath,
    value: &'a Value,
) -> Option<Cow<'a, Value>> {
    match path.0.as_slice() {
        [PathStep::Key(key)] => canonical::parameter(kind, key, value),
        _ => Some(Cow::Borrowed(value)),
    }
}

/// Every key of two maps: those of the old one in its order, then those that only the new one has.
/// Most pairs have the same keys in the same order, which needs no look-up.
fn each_key<'a>(
    old: &'a Map,
    new: &'a Map,
    mut compare: impl FnMut(&str, Option<&'a Value>, Option<&'a Value>),
) {
    if old.len() == new.len() && old.keys().eq(new.keys()) {
        for ((key, old), new) in old.iter().zip(new.values()) {
            compare(key, Some(old), Some(new));
        }
        return;
    }
    for (key, value) in old {
        compare(key, Some(value), new.get(key));
    }
    for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(key)) {
        compare(key, None, Some(value));
    }
}

fn maps(path: &ValuePath, old: &Map, new: &Map, changes: &mut Vec<ValueChange>) {
    each_key(old, new, |key, before, after| {
        if before != after {
            let path = path.with(PathStep::Key(key.to_owned()));
            optional(&path, before, after, changes);
        }
    });
}

fn optional(
    path: &ValuePath,
    old: Option<&Value>,
    new: Option<&Value>,
    changes: &mut Vec<ValueChange>,
) {
    match (old, new) {
        (old, new) if old == new => {}
        (Some(Value::Map(old)), Some(Value::Map(new))) => maps(path, old, new, changes),
        (Some(Value::List(old)), Some(Value::List(new))) if is_by_position(old, new) => {
            for n in 0..old.len().max(new.len()) {
                let (before, after) = (old.get(n), new.get(n));
                if before != after {
                    optional(&path.with(PathStep::Index(n)), before, after, changes);
                }
            }
        }
        (old, new) => changes.push(ValueChange {
            path: path.clone(),
            old: old.cloned(),
            new: new.cloned(),
        }),
    }
}

/// Whether the items of two lists are the same by their positions. If something was put in or
/// taken out anywhere but at the end they are not, and the lists are shown whole.
fn is_by_position(old: &[Value], new: &[Value]) -> bool {
    old.len() == new.len() || old.starts_with(new) || new.starts_with(old)
}

/// A value on one line.
pub fn shown(value: &Value) -> String {
    match crate::json::to_json(value) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}
