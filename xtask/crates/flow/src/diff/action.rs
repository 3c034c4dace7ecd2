//! What differs in one action, and beside the actions.

use crate::canonical;
use crate::catalogue;
use crate::model::{Action, ActionId, Condition, Flow};
use crate::value::{Map, Value};

use super::matching::Matching;
use super::{ActionDiff, Branch, BranchChange, PathStep, ValueChange, ValuePath};

/// Differences beside the actions.
pub(super) fn document(old: &Flow, new: &Flow) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    let settings = |flow: &Flow| flow.settings.clone().map(Value::Map);
    compare_optional(
        &ValuePath::key("Settings"),
        settings(old).as_ref(),
        settings(new).as_ref(),
        &mut changes,
    );
    compare_maps(&ValuePath::default(), &old.extra, &new.extra, &mut changes);
    changes
}

/// What differs between two versions of an action, if anything does.
pub(super) fn compare(old: &Action, new: &Action, matching: &Matching<'_>) -> Option<ActionDiff> {
    let diff = ActionDiff {
        old_id: old.id.clone(),
        id: new.id.clone(),
        kind: new.kind.clone(),
        old_kind: (old.kind != new.kind).then(|| old.kind.clone()),
        parameters: parameters(old, new),
        extra: extra(old, new),
        branches: branch_changes(old, new, matching),
        reordered: reordered(old, new),
    };
    let is_same = diff.old_kind.is_none()
        && diff.parameters.is_empty()
        && diff.extra.is_empty()
        && diff.branches.is_empty()
        && diff.reordered.is_none();
    (!is_same).then_some(diff)
}

fn parameters(old: &Action, new: &Action) -> Vec<ValueChange> {
    let mut parameters = Vec::new();
    let nowhere = ValuePath::default();
    compare_maps(&nowhere, &old.parameters, &new.parameters, &mut parameters);
    parameters.retain(|change| {
        let name = change.path.first_key().filter(|_| change.path.0.len() == 1);
        let counts = |kind, value: &Option<Value>| {
            let value = value.as_ref();
            value.map(|it| canonical::parameter(kind, name.unwrap_or(""), it).into_owned())
        };
        counts(&old.kind, &change.old) != counts(&new.kind, &change.new)
    });
    parameters
}

fn extra(old: &Action, new: &Action) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    compare_maps(&ValuePath::default(), &old.extra, &new.extra, &mut changes);
    let (old, new) = (&old.transitions.extra, &new.transitions.extra);
    compare_maps(&ValuePath::key("Transitions"), old, new, &mut changes);
    changes
}

fn compare_maps(path: &ValuePath, old: &Map, new: &Map, changes: &mut Vec<ValueChange>) {
    let added = new.keys().filter(|key| !old.contains_key(key));
    for key in old.keys().chain(added) {
        let (before, after) = (old.get(key), new.get(key));
        if before != after {
            let path = path.with(PathStep::Key(key.clone()));
            compare_optional(&path, before, after, changes);
        }
    }
}

fn compare_optional(
    path: &ValuePath,
    old: Option<&Value>,
    new: Option<&Value>,
    changes: &mut Vec<ValueChange>,
) {
    match (old, new) {
        (Some(Value::Map(old)), Some(Value::Map(new))) => compare_maps(path, old, new, changes),
        (Some(Value::List(old)), Some(Value::List(new))) => {
            for n in 0..old.len().max(new.len()) {
                let path = path.with(PathStep::Index(n));
                compare_optional(&path, old.get(n), new.get(n), changes);
            }
        }
        (old, new) if old != new => changes.push(ValueChange {
            path: path.clone(),
            old: old.cloned(),
            new: new.cloned(),
        }),
        _ => {}
    }
}

fn branch_changes(old: &Action, new: &Action, matching: &Matching<'_>) -> Vec<BranchChange> {
    let before = ways(old);
    let after = ways(new);
    let find = |ways: &[Way], key: &Key| ways.iter().find(|it| it.key == *key).cloned();
    let added = after.iter().filter(|it| find(&before, &it.key).is_none());
    let mut changes = Vec::new();
    for way in before.iter().chain(added) {
        let (old, new) = (find(&before, &way.key), find(&after, &way.key));
        let is_same = match (&old, &new) {
            (Some(old), Some(new)) => matching.is_same(&old.to, &new.to),
            _ => false,
        };
        if !is_same {
            changes.push(BranchChange {
                branch: way.branch.clone(),
                old: old.map(|it| it.to),
                new: new.map(|it| it.to),
            });
        }
    }
    changes
}

/// The old and the new order of conditions, where an action has the same ones in another order and
/// more than one can hold: the first wins.
fn reordered(old: &Action, new: &Action) -> Option<(Vec<Branch>, Vec<Branch>)> {
    let exclude = |action: &Action| canonical::exclude_each_other(&action.transitions.conditions);
    if exclude(old) && exclude(new) {
        return None;
    }
    let of = |action| -> Vec<Way> {
        let ways = ways(action);
        let is_condition = |it: &Way| matches!(it.branch, Branch::Condition { .. });
        ways.into_iter().filter(is_condition).collect()
    };
    let (old, new) = (of(old), of(new));
    let keys = |ways: &[Way]| -> Vec<Key> { ways.iter().map(|it| it.key.clone()).collect() };
    let (mut before, mut after) = (keys(&old), keys(&new));
    if before == after {
        return None;
    }
    before.sort();
    after.sort();
    let branches = |ways: Vec<Way>| ways.into_iter().map(|it| it.branch).collect();
    (before == after).then(|| (branches(old), branches(new)))
}

/// A way out, and what makes it the same in another version.
#[derive(Clone)]
struct Way {
    key: Key,
    branch: Branch,
    to: ActionId,
}

/// The kind of branch, its exact words, and how many of the same stand before it.
type Key = (&'static str, String, usize);

fn ways(action: &Action) -> Vec<Way> {
    let transitions = &action.transitions;
    let mut ways: Vec<Way> = Vec::new();
    if let Some(next) = &transitions.next
        && catalogue::follows_next(action)
    {
        ways.push(Way {
            key: ("next", String::new(), 0),
            branch: Branch::Next,
            to: next.clone(),
        });
    }
    for condition in &transitions.conditions {
        let words = words(action, condition);
        let repeated = repeated(&ways, "condition", &words);
        ways.push(Way {
            key: ("condition", words, repeated),
            branch: Branch::Condition {
                operator: condition.operator.clone(),
                operands: condition.operands.clone(),
                repeated,
            },
            to: condition.next.clone(),
        });
    }
    for branch in &transitions.errors {
        let repeated = repeated(&ways, "error", &branch.error);
        ways.push(Way {
            key: ("error", branch.error.clone(), repeated),
            branch: Branch::Error {
                error: branch.error.clone(),
                repeated,
            },
            to: branch.next.clone(),
        });
    }
    ways
}

/// The ways out of an action that a contact can take, in the order of the document.
pub fn ways_out(action: &Action) -> Vec<(Branch, &ActionId)> {
    let ways = ways(action).into_iter().map(|it| it.branch);
    let to = action.transitions.targets();
    let skipped =
        usize::from(action.transitions.next.is_some() && !catalogue::follows_next(action));
    ways.zip(to.skip(skipped)).collect()
}

fn words(action: &Action, condition: &Condition) -> String {
    let operands = condition.operands.iter();
    let operands: Vec<_> = operands
        .map(|it| canonical::operand(&action.kind, it))
        .collect();
    format!("{} {operands:?}", condition.operator)
}

fn repeated(ways: &[Way], kind: &str, words: &str) -> usize {
    let is_same = |it: &&Way| it.key.0 == kind && it.key.1 == words;
    ways.iter().filter(is_same).count()
}

/// A value on one line.
pub fn shown(value: &Value) -> String {
    match crate::json::to_json(value) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}
