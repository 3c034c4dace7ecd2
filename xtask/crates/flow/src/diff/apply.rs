//! Making the new version out of the old one and what differs.

use std::collections::HashMap;

use crate::canonical;
use crate::catalogue;
use crate::model::{Action, ActionId, ActionKind, Condition, ErrorBranch, Flow};
use crate::value::{Map, Value};

use super::matching::Names;
use super::values::{self, SETTINGS, TRANSITIONS};
use super::ways::Key;
use super::{
    ActionDiff, Branch, BranchChange, FlowDiff, PathStep, ValueChange, ValuePath, action, ways,
};

/// Why a diff cannot be applied to a flow: the flow is not what the diff was made from.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum ApplyError {
    #[error("the flow has no action `{id}`")]
    Missing { id: ActionId },
    #[error("the flow has two actions `{id}`")]
    Twice { id: ActionId },
    #[error("the flow starts at `{found}`, not at `{expected}`")]
    Start { found: ActionId, expected: ActionId },
    #[error("action `{id}`, which goes away, is not what it was")]
    Removed { id: ActionId },
    #[error("action `{id}` is of type {found}, not {expected}")]
    Kind {
        id: ActionId,
        found: ActionKind,
        expected: ActionKind,
    },
    #[error("`{path}` of {owner} is not what it was")]
    Value { owner: String, path: ValuePath },
    #[error("the way out of action `{id}` on {branch} is not what it was")]
    Way { id: ActionId, branch: Branch },
    #[error("the conditions of action `{id}` are not in the order in which they were")]
    Order { id: ActionId },
}

impl FlowDiff {
    /// The new version, made from one that is canonically equal to the old one. Of the result, too,
    /// only the canonical text is that of the new version: the canvas, the order of actions and
    /// whatever else has no effect stay as they are.
    ///
    /// What the diff does not mention is not looked at: a flow with further changes elsewhere keeps
    /// them. A flow with two actions of the same identifier is refused, before and after.
    pub fn apply(&self, to: &Flow) -> Result<Flow, ApplyError> {
        let mut flow = to.clone();
        self.apply_to_document(&mut flow)?;
        let mut numbers = numbers(to)?;
        let gone = self.gone(to, &numbers)?;
        let mut names = Names::default();
        for renamed in &self.renamed {
            find(&numbers, &renamed.old)?;
            names.rename(&renamed.old, &renamed.new);
        }
        self.apply_to_start(&mut flow, &names)?;
        for diff in &self.changed {
            let n = find(&numbers, &diff.old_id)?;
            apply_to_action(diff, &mut flow.actions[n], &names)?;
            // What is left in the end only has to follow the names.
            numbers.remove(&diff.old_id);
        }
        for n in numbers.into_values() {
            rename_targets(&mut flow.actions[n], &names);
        }
        for action in &mut flow.actions {
            action.id = names.new_name(&action.id).clone();
        }
        let mut n = 0..;
        flow.actions.retain(|_| !n.next().is_some_and(|n| gone[n]));
        flow.actions.extend(self.added.iter().cloned());
        self::numbers(&flow)?;
        Ok(flow)
    }

    fn apply_to_document(&self, flow: &mut Flow) -> Result<(), ApplyError> {
        let mut document = std::mem::take(&mut flow.extra);
        if let Some(settings) = flow.settings.take() {
            document.insert(SETTINGS.to_owned(), Value::Map(settings));
        }
        apply_values(&self.document, &mut document, "the document", same)?;
        flow.settings = match document.shift_remove(SETTINGS) {
            Some(Value::Map(settings)) => Some(settings),
            _ => None,
        };
        flow.extra = document;
        Ok(())
    }

    fn apply_to_start(&self, flow: &mut Flow, names: &Names<'_>) -> Result<(), ApplyError> {
        match &self.start {
            Some((expected, new)) if flow.start == *expected => flow.start = new.clone(),
            Some((expected, _)) => {
                return Err(ApplyError::Start {
                    found: flow.start.clone(),
                    expected: expected.clone(),
                });
            }
            None => flow.start = names.new_name(&flow.start).clone(),
        }
        Ok(())
    }

    /// Which actions go away.
    fn gone(
        &self,
        flow: &Flow,
        numbers: &HashMap<ActionId, usize>,
    ) -> Result<Vec<bool>, ApplyError> {
        let mut gone = vec![false; flow.actions.len()];
        for removed in &self.removed {
            let n = find(numbers, &removed.id)?;
            if action::compare(removed, &flow.actions[n], &Names::default()).is_some() {
                let id = removed.id.clone();
                return Err(ApplyError::Removed { id });
            }
            gone[n] = true;
        }
        Ok(gone)
    }
}

/// The number of each action.
fn numbers(flow: &Flow) -> Result<HashMap<ActionId, usize>, ApplyError> {
    let mut numbers = HashMap::with_capacity(flow.actions.len());
    for (n, action) in flow.actions.iter().enumerate() {
        if numbers.insert(action.id.clone(), n).is_some() {
            let id = action.id.clone();
            return Err(ApplyError::Twice { id });
        }
    }
    Ok(numbers)
}

fn find(numbers: &HashMap<ActionId, usize>, id: &ActionId) -> Result<usize, ApplyError> {
    let found = numbers.get(id).copied();
    found.ok_or_else(|| ApplyError::Missing { id: id.clone() })
}

fn rename_targets(action: &mut Action, names: &Names<'_>) {
    let transitions = &mut action.transitions;
    let conditions = transitions.conditions.iter_mut().map(|it| &mut it.next);
    let errors = transitions.errors.iter_mut().map(|it| &mut it.next);
    for to in transitions.next.iter_mut().chain(conditions).chain(errors) {
        *to = names.new_name(to).clone();
    }
}

fn apply_to_action(
    diff: &ActionDiff,
    action: &mut Action,
    names: &Names<'_>,
) -> Result<(), ApplyError> {
    let owner = format!("action `{}`", action.id);
    let expected = diff.old_kind.as_ref().unwrap_or(&diff.kind);
    if action.kind != *expected {
        return Err(ApplyError::Kind {
            id: action.id.clone(),
            found: action.kind.clone(),
            expected: expected.clone(),
        });
    }
    // Which ways there are is told by the old type and the old parameters.
    let next = next(diff, action, names)?;
    action.transitions.conditions = conditions(diff, action, names)?;
    action.transitions.errors = errors(diff, action, names)?;
    let kind = action.kind.clone();
    if diff.old_kind.is_some() {
        // What counts alike under one type may not under another.
        let parameters = std::mem::take(&mut action.parameters);
        let counted = parameters.iter().filter_map(|(key, value)| {
            let value = canonical::parameter(&kind, key, value)?;
            Some((key.clone(), value.into_owned()))
        });
        action.parameters = counted.collect();
    }
    let counts = |path: &ValuePath, was: Option<&Value>, is: Option<&Value>| {
        let counted = |it| values::counted(&kind, path, it);
        was.and_then(counted) == is.and_then(counted)
    };
    apply_values(&diff.parameters, &mut action.parameters, &owner, counts)?;
    apply_extra(diff, action, &owner)?;
    action.kind = diff.kind.clone();
    rename_next(action, next, names);
    Ok(())
}

fn rename_next(action: &mut Action, next: Option<ActionId>, names: &Names<'_>) {
    if catalogue::follows_next(action) {
        action.transitions.next = next;
    } else if let Some(mirror) = &mut action.transitions.next {
        *mirror = names.new_name(mirror).clone();
    }
}

fn apply_extra(diff: &ActionDiff, action: &mut Action, owner: &str) -> Result<(), ApplyError> {
    let mut extra = std::mem::take(&mut action.extra);
    let transitions = std::mem::take(&mut action.transitions.extra);
    extra.insert(TRANSITIONS.to_owned(), Value::Map(transitions));
    apply_values(&diff.extra, &mut extra, owner, same)?;
    if let Some(Value::Map(transitions)) = extra.shift_remove(TRANSITIONS) {
        action.transitions.extra = transitions;
    }
    action.extra = extra;
    Ok(())
}

fn way(diff: &ActionDiff, branch: &Branch) -> ApplyError {
    ApplyError::Way {
        id: diff.old_id.clone(),
        branch: branch.clone(),
    }
}

/// Where the new version goes on, if it follows its next action at all.
fn next(
    diff: &ActionDiff,
    action: &Action,
    names: &Names<'_>,
) -> Result<Option<ActionId>, ApplyError> {
    let next = ways::next(action);
    let change = diff.branches.iter().find(|it| it.branch == Branch::Next);
    match change {
        Some(change) if change.old.as_ref() != next => Err(way(diff, &change.branch)),
        Some(change) => Ok(change.new.clone()),
        None => Ok(next.map(|to| names.new_name(to).clone())),
    }
}

fn conditions(
    diff: &ActionDiff,
    action: &Action,
    names: &Names<'_>,
) -> Result<Vec<Condition>, ApplyError> {
    let mut changes: HashMap<Key, &BranchChange> = HashMap::new();
    let mut added = Vec::new();
    for change in &diff.branches {
        let Some((key, condition)) = condition(&change.branch, change.new.as_ref()) else {
            continue;
        };
        if change.old.is_none() {
            added.push((key.clone(), condition));
        }
        changes.insert(key, change);
    }
    let before = ways::numbered(&action.kind, action.transitions.conditions.iter().collect());
    if let Some((order, _)) = &diff.reordered
        && !before.iter().map(|(key, _)| key).eq(order
            .iter()
            .filter_map(key)
            .collect::<Vec<_>>()
            .iter())
    {
        let id = diff.old_id.clone();
        return Err(ApplyError::Order { id });
    }
    let mut after = Vec::new();
    for (key, was) in before {
        let mut condition = was.clone();
        for operand in &mut condition.operands {
            *operand = canonical::operand(&action.kind, operand).into_owned();
        }
        match changes.remove(&key) {
            Some(change) if change.old.as_ref() != Some(&was.next) => {
                return Err(way(diff, &change.branch));
            }
            Some(change) => match &change.new {
                Some(to) => condition.next = to.clone(),
                None => continue,
            },
            None => condition.next = names.new_name(&was.next).clone(),
        }
        after.push((key, condition));
    }
    if let Some(change) = changes.values().find(|it| it.old.is_some()) {
        return Err(way(diff, &change.branch));
    }
    after.extend(added);
    if let Some((_, order)) = &diff.reordered {
        let places = order.iter().filter_map(key).enumerate();
        let places: HashMap<Key, usize> = places.map(|(n, key)| (key, n)).collect();
        after.sort_by_key(|(key, _)| places.get(key).copied());
    }
    Ok(after.into_iter().map(|(_, condition)| condition).collect())
}

/// What makes a condition the same in another version.
fn key(branch: &Branch) -> Option<Key> {
    match branch {
        Branch::Condition {
            operator,
            operands,
            repeated,
        } => Some((ways::words(operator, operands), *repeated)),
        Branch::Next | Branch::Error { .. } => None,
    }
}

fn condition(branch: &Branch, to: Option<&ActionId>) -> Option<(Key, Condition)> {
    let Branch::Condition {
        operator, operands, ..
    } = branch
    else {
        return None;
    };
    let condition = Condition {
        operator: operator.clone(),
        operands: operands.clone(),
        next: to.cloned().unwrap_or_else(|| ActionId::new("")),
    };
    Some((key(branch)?, condition))
}

fn errors(
    diff: &ActionDiff,
    action: &Action,
    names: &Names<'_>,
) -> Result<Vec<ErrorBranch>, ApplyError> {
    let mut gone: HashMap<(&str, &ActionId), (usize, &Branch)> = HashMap::new();
    let mut added = Vec::new();
    for change in &diff.branches {
        let Branch::Error { error, .. } = &change.branch else {
            continue;
        };
        if let Some(to) = &change.old {
            gone.entry((error, to)).or_insert((0, &change.branch)).0 += 1;
        }
        added.extend(change.new.iter().map(|to| ErrorBranch {
            error: error.clone(),
            next: to.clone(),
        }));
    }
    let mut errors = Vec::new();
    for branch in &action.transitions.errors {
        match gone.get_mut(&(branch.error.as_str(), &branch.next)) {
            Some((n, _)) if *n > 0 => *n -= 1,
            _ => errors.push(ErrorBranch {
                error: branch.error.clone(),
                next: names.new_name(&branch.next).clone(),
            }),
        }
    }
    if let Some((_, branch)) = gone.into_values().find(|(n, _)| *n > 0) {
        return Err(way(diff, branch));
    }
    errors.extend(added);
    Ok(errors)
}

fn same(_: &ValuePath, was: Option<&Value>, is: Option<&Value>) -> bool {
    was == is
}

/// Sets values, and only then takes away those that are gone, the last ones of a list first.
fn apply_values(
    changes: &[ValueChange],
    map: &mut Map,
    owner: &str,
    is_same: impl Fn(&ValuePath, Option<&Value>, Option<&Value>) -> bool,
) -> Result<(), ApplyError> {
    let set = changes.iter().filter(|it| it.new.is_some());
    let gone = changes.iter().rev().filter(|it| it.new.is_none());
    for change in set.chain(gone) {
        let is_old = |found: Option<&Value>| is_same(&change.path, change.old.as_ref(), found);
        if !set_key(map, &change.path.0, change.new.as_ref(), &is_old) {
            return Err(ApplyError::Value {
                owner: owner.to_owned(),
                path: change.path.clone(),
            });
        }
    }
    Ok(())
}

/// Sets or removes a value; false if what is there is not what was.
fn set_key(
    map: &mut Map,
    path: &[PathStep],
    new: Option<&Value>,
    is_old: &dyn Fn(Option<&Value>) -> bool,
) -> bool {
    let [PathStep::Key(key), rest @ ..] = path else {
        return false;
    };
    if !rest.is_empty() {
        return map
            .get_mut(key)
            .is_some_and(|it| set_inside(it, rest, new, is_old));
    }
    let is_old = is_old(map.get(key));
    match new {
        Some(new) if is_old => drop(map.insert(key.clone(), new.clone())),
        None if is_old => drop(map.shift_remove(key)),
        _ => {}
    }
    is_old
}

fn set_inside(
    value: &mut Value,
    path: &[PathStep],
    new: Option<&Value>,
    is_old: &dyn Fn(Option<&Value>) -> bool,
) -> bool {
    match (value, path) {
        (Value::Map(map), _) => set_key(map, path, new, is_old),
        (Value::List(items), [PathStep::Index(n)]) => {
            is_old(items.get(*n)) && set_item(items, *n, new)
        }
        (Value::List(items), [PathStep::Index(n), rest @ ..]) => {
            let item = items.get_mut(*n);
            item.is_some_and(|it| set_inside(it, rest, new, is_old))
        }
        _ => false,
    }
}

fn set_item(items: &mut Vec<Value>, n: usize, new: Option<&Value>) -> bool {
    match new {
        Some(new) if n < items.len() => items[n] = new.clone(),
        Some(new) if n == items.len() => items.push(new.clone()),
        None if n + 1 == items.len() => drop(items.pop()),
        _ => return false,
    }
    true
}
