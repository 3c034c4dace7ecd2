//! What differs between two versions of a flow, action by action.
//!
//! Actions are the same if their identifiers are. What has no effect makes no difference: the
//! canvas, and all that [`crate::canonical`] evens out.

use std::collections::HashMap;

use crate::canonical;
use crate::catalogue;
use crate::model::{Action, ActionId, ActionKind, Condition, Flow};
use crate::value::{Map, Value};

/// What differs between two versions of a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowDiff {
    /// The old and the new start action, if they differ.
    pub start: Option<(ActionId, ActionId)>,
    /// In the order of the new version.
    pub added: Vec<Action>,
    /// In the order of the old version.
    pub removed: Vec<Action>,
    /// Actions in both versions that differ in type, parameters or transitions, in the order of
    /// the new version.
    pub changed: Vec<ActionDiff>,
    /// Differences beside the actions, by path: `Settings.InputParameters`.
    pub document: Vec<ValueChange>,
}

impl FlowDiff {
    pub fn is_empty(&self) -> bool {
        *self == FlowDiff::default()
    }
}

/// What differs in one action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionDiff {
    pub id: ActionId,
    /// The type in the new version.
    pub kind: ActionKind,
    /// The old type, if it was another.
    pub old_kind: Option<ActionKind>,
    pub parameters: Vec<ValueChange>,
    pub rewired: Vec<Rewired>,
    /// The old and the new order of the conditions, if that alone may change which one is taken.
    pub reordered: Option<(Vec<String>, Vec<String>)>,
}

/// A value that differs, and where: `Text`, `LambdaInvocationAttributes.greeting`, `Events[0]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueChange {
    pub path: String,
    pub old: Option<Value>,
    pub new: Option<Value>,
}

/// A way out that leads elsewhere; nothing stands for a branch that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewired {
    /// `next`, `Equals handoff`, `NoMatchingError`.
    pub branch: String,
    pub old: Option<ActionId>,
    pub new: Option<ActionId>,
}

/// Compares two versions.
pub fn diff(old: &Flow, new: &Flow) -> FlowDiff {
    let before = by_id(old);
    let after = by_id(new);
    let mut diff = FlowDiff::default();
    if old.start != new.start {
        diff.start = Some((old.start.clone(), new.start.clone()));
    }
    for action in &new.actions {
        match before.get(&action.id) {
            None => diff.added.push(action.clone()),
            Some(earlier) => diff.changed.extend(action_diff(earlier, action)),
        }
    }
    let removed = old
        .actions
        .iter()
        .filter(|action| !after.contains_key(&action.id));
    diff.removed = removed.cloned().collect();
    let settings = |flow: &Flow| flow.settings.clone().map(Value::Map);
    compare_optional(
        "Settings",
        settings(old).as_ref(),
        settings(new).as_ref(),
        &mut diff.document,
    );
    compare_maps("", &old.extra, &new.extra, &mut diff.document);
    diff
}

fn by_id(flow: &Flow) -> HashMap<&ActionId, &Action> {
    flow.actions
        .iter()
        .map(|action| (&action.id, action))
        .collect()
}

fn action_diff(old: &Action, new: &Action) -> Option<ActionDiff> {
    let mut parameters = Vec::new();
    compare_maps("", &old.parameters, &new.parameters, &mut parameters);
    parameters.retain(|change| {
        let counts = |kind, value: &Option<Value>| {
            let value = value.as_ref();
            value.map(|it| canonical::parameter(kind, &change.path, it).into_owned())
        };
        counts(&old.kind, &change.old) != counts(&new.kind, &change.new)
    });
    compare_maps("", &old.extra, &new.extra, &mut parameters);
    compare_maps(
        "",
        &old.transitions.extra,
        &new.transitions.extra,
        &mut parameters,
    );
    let rewired = rewired(old, new);
    let reordered = reordered(old, new);
    let old_kind = (old.kind != new.kind).then(|| old.kind.clone());
    let is_same = parameters.is_empty() && rewired.is_empty() && reordered.is_none();
    if is_same && old_kind.is_none() {
        return None;
    }
    Some(ActionDiff {
        id: new.id.clone(),
        kind: new.kind.clone(),
        old_kind,
        parameters,
        rewired,
        reordered,
    })
}

fn compare_maps(path: &str, old: &Map, new: &Map, changes: &mut Vec<ValueChange>) {
    let added = new.keys().filter(|key| !old.contains_key(*key));
    for key in old.keys().chain(added) {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        compare_optional(&path, old.get(key), new.get(key), changes);
    }
}

fn compare_optional(
    path: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    changes: &mut Vec<ValueChange>,
) {
    match (old, new) {
        (Some(Value::Map(old)), Some(Value::Map(new))) => compare_maps(path, old, new, changes),
        (Some(Value::List(old)), Some(Value::List(new))) => {
            for n in 0..old.len().max(new.len()) {
                compare_optional(&format!("{path}[{n}]"), old.get(n), new.get(n), changes);
            }
        }
        (old, new) if old != new => changes.push(ValueChange {
            path: path.to_owned(),
            old: old.cloned(),
            new: new.cloned(),
        }),
        _ => {}
    }
}

fn rewired(old: &Action, new: &Action) -> Vec<Rewired> {
    let before = branches(old);
    let after = branches(new);
    let find = |branches: &[Branch], key: &Key| {
        let found = branches.iter().find(|it| it.key == *key);
        found.map(|it| it.to.clone())
    };
    let added = after.iter().filter(|it| find(&before, &it.key).is_none());
    let mut rewired = Vec::new();
    for branch in before.iter().chain(added) {
        let (old, new) = (find(&before, &branch.key), find(&after, &branch.key));
        if old != new {
            let branch = branch.name.clone();
            rewired.push(Rewired { branch, old, new });
        }
    }
    rewired
}

/// The old and the new order of conditions, where an action has the same ones in another order and
/// more than one can hold: the first wins.
fn reordered(old: &Action, new: &Action) -> Option<(Vec<String>, Vec<String>)> {
    let (old, new) = (&old.transitions.conditions, &new.transitions.conditions);
    if canonical::exclude_each_other(old) && canonical::exclude_each_other(new) {
        return None;
    }
    let names = |conditions: &[Condition]| conditions.iter().map(condition_name).collect();
    let (old, new): (Vec<String>, Vec<String>) = (names(old), names(new));
    (old != new && same_names(&old, &new)).then_some((old, new))
}

fn same_names(old: &[String], new: &[String]) -> bool {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    sorted(old) == sorted(new)
}

fn condition_name(condition: &Condition) -> String {
    let operands: Vec<String> = condition.operands.iter().map(shown).collect();
    let name = format!("{} {}", condition.operator, operands.join(" "));
    name.trim_end().to_owned()
}

/// A way out, and what makes it the same in another version.
struct Branch {
    key: Key,
    name: String,
    to: ActionId,
}

/// The kind of branch, its exact words, and how many of the same stand before it.
type Key = (&'static str, String, usize);

fn branches(action: &Action) -> Vec<Branch> {
    let transitions = &action.transitions;
    let mut branches: Vec<Branch> = Vec::new();
    let mut push = |kind: &'static str, words: String, name: String, to: &ActionId| {
        let is_same = |it: &&Branch| it.key.0 == kind && it.key.1 == words;
        let n = branches.iter().filter(is_same).count();
        let name = if n == 0 {
            name
        } else {
            format!("{name} ({})", n + 1)
        };
        let to = to.clone();
        branches.push(Branch {
            key: (kind, words, n),
            name,
            to,
        });
    };
    if let Some(next) = &transitions.next
        && catalogue::follows_next(action)
    {
        push("next", String::new(), "next".to_owned(), next);
    }
    for condition in &transitions.conditions {
        let operands = condition.operands.iter();
        let operands: Vec<_> = operands
            .map(|it| canonical::operand(&action.kind, it))
            .collect();
        let words = format!("{} {operands:?}", condition.operator);
        push(
            "condition",
            words,
            condition_name(condition),
            &condition.next,
        );
    }
    for branch in &transitions.errors {
        push(
            "error",
            branch.error.clone(),
            branch.error.clone(),
            &branch.next,
        );
    }
    branches
}

/// A value on one line.
pub fn shown(value: &Value) -> String {
    match crate::json::to_json(value) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}
