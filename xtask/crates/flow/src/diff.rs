//! What differs between two versions of a flow, action by action.
//!
//! Actions are the same if their identifiers are. What has no effect makes no difference: the
//! canvas, the order of keys, of actions and of error branches, empty parts left out, and the
//! target of a `NextAction` that is never followed.

use std::collections::HashMap;

use crate::catalogue;
use crate::model::{Action, ActionId, ActionKind, Flow, Transitions};
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
    compare_maps("", &old.extra, &new.extra, &mut parameters);
    let rewired = rewired(old, new);
    let old_kind = (old.kind != new.kind).then(|| old.kind.clone());
    if parameters.is_empty() && rewired.is_empty() && old_kind.is_none() {
        return None;
    }
    Some(ActionDiff {
        id: new.id.clone(),
        kind: new.kind.clone(),
        old_kind,
        parameters,
        rewired,
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
    let mut rewired = Vec::new();
    let added = after
        .iter()
        .filter(|(name, _)| target(&before, name).is_none());
    for (branch, _) in before.iter().chain(added) {
        let (old, new) = (target(&before, branch), target(&after, branch));
        if old != new {
            let branch = branch.clone();
            let (old, new) = (old.cloned(), new.cloned());
            rewired.push(Rewired { branch, old, new });
        }
    }
    // The first condition that holds wins, so their order counts where operands may overlap.
    let order = |branches: &[(String, ActionId)], transitions: &Transitions| -> Vec<String> {
        let skip = branches.len() - transitions.errors.len() - transitions.conditions.len();
        let conditions = branches
            .iter()
            .skip(skip)
            .take(transitions.conditions.len());
        conditions.map(|(name, _)| name.clone()).collect()
    };
    let is_reordered = order(&before, &old.transitions) != order(&after, &new.transitions);
    if rewired.is_empty() && is_reordered {
        let first = |action: &Action| {
            action
                .transitions
                .conditions
                .first()
                .map(|it| it.next.clone())
        };
        rewired.push(Rewired {
            branch: "order of conditions".to_owned(),
            old: first(old),
            new: first(new),
        });
    }
    rewired
}

/// The ways out by name. The same comparison twice gets a number, since only the first is taken.
fn branches(action: &Action) -> Vec<(String, ActionId)> {
    let transitions = &action.transitions;
    let mut branches: Vec<(String, ActionId)> = Vec::new();
    if let Some(next) = &transitions.next
        && catalogue::follows_next(action)
    {
        branches.push(("next".to_owned(), next.clone()));
    }
    for condition in &transitions.conditions {
        let operands: Vec<String> = condition.operands.iter().map(shown).collect();
        let name = format!("{} {}", condition.operator, operands.join(" "));
        let name = name.trim_end();
        let count = branches.iter().filter(|(seen, _)| seen == name).count();
        let name = if count == 0 {
            name.to_owned()
        } else {
            format!("{name} ({})", count + 1)
        };
        branches.push((name, condition.next.clone()));
    }
    for branch in &transitions.errors {
        branches.push((branch.error.clone(), branch.next.clone()));
    }
    branches
}

fn target<'a>(branches: &'a [(String, ActionId)], name: &str) -> Option<&'a ActionId> {
    branches
        .iter()
        .find(|(seen, _)| seen == name)
        .map(|(_, id)| id)
}

/// A value on one line.
pub fn shown(value: &Value) -> String {
    match crate::json::to_json(value) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}
