//! Which action of the old version is which one of the new version, by their numbers, and which
//! way out of the one is which of the other.

use std::collections::HashMap;

use crate::canonical;
use crate::diff::{self, ActionDiff, Branch, BranchChange, FlowDiff};
use crate::model::{Action, ActionId, ActionKind, Flow};
use crate::value::Value;

use super::super::scene::{Target, numbers};

/// The actions of both versions as one list: those of the new version, then the removed ones.
pub(super) struct Pairs<'a> {
    pub(super) old: &'a Flow,
    pub(super) new: &'a Flow,
    /// The old action that each new one was; nothing for added ones.
    old_of: Vec<Option<usize>>,
    /// The place in the common list of each old action.
    place_of_old: Vec<usize>,
    /// The removed actions by their numbers in the old version.
    pub(super) removed: Vec<usize>,
    /// What differs in each new action, if anything does.
    changes: Vec<Option<&'a ActionDiff>>,
    old_numbers: HashMap<&'a ActionId, usize>,
    new_numbers: HashMap<&'a ActionId, usize>,
}

impl<'a> Pairs<'a> {
    pub(super) fn of(old: &'a Flow, new: &'a Flow, diff: &'a FlowDiff) -> Self {
        let is_removed = marked(&old.actions, &diff.removed);
        let is_added = marked(&new.actions, &diff.added);
        let old_names = diff.renamed.iter().map(|it| (&it.new, &it.old));
        let old_names: HashMap<&ActionId, &ActionId> = old_names.collect();
        // The first of several actions with one identifier is the one that is meant.
        let mut waiting: HashMap<&ActionId, usize> = HashMap::new();
        for (n, action) in old.actions.iter().enumerate() {
            if !is_removed[n] {
                waiting.entry(&action.id).or_insert(n);
            }
        }
        let old_of: Vec<Option<usize>> = new
            .actions
            .iter()
            .zip(is_added)
            .map(|(it, is_added)| {
                let name = old_names.get(&it.id).copied().unwrap_or(&it.id);
                if is_added { None } else { waiting.remove(name) }
            })
            .collect();
        let mut place_of_old = vec![usize::MAX; old.actions.len()];
        for (n, old_number) in old_of.iter().enumerate() {
            if let Some(old_number) = old_number {
                place_of_old[*old_number] = n;
            }
        }
        let mut removed = Vec::new();
        for (n, place) in place_of_old.iter_mut().enumerate() {
            if *place == usize::MAX {
                *place = new.actions.len() + removed.len();
                removed.push(n);
            }
        }
        let mut changed: HashMap<&ActionId, &ActionDiff> =
            diff.changed.iter().map(|it| (&it.id, it)).collect();
        let changes = new.actions.iter().zip(&old_of);
        let changes = changes.map(|(it, old)| old.and_then(|_| changed.remove(&it.id)));
        Self {
            changes: changes.collect(),
            old_numbers: numbers(old),
            new_numbers: numbers(new),
            old,
            new,
            old_of,
            place_of_old,
            removed,
        }
    }

    /// The old action that the new one with this number was.
    pub(super) fn old_of(&self, new: usize) -> Option<&'a Action> {
        self.old
            .actions
            .get(self.old_of.get(new).copied().flatten()?)
    }

    /// What differs in the new action with this number.
    pub(super) fn change(&self, new: usize) -> Option<&'a ActionDiff> {
        self.changes.get(new).copied().flatten()
    }

    /// The place in the common list of the old action with this number.
    pub(super) fn place_of_old(&self, old: usize) -> usize {
        self.place_of_old[old]
    }

    /// The place in the common list that an identifier of the old version stands for.
    pub(super) fn old_place(&self, id: &ActionId) -> Option<usize> {
        Some(self.place_of_old[*self.old_numbers.get(id)?])
    }

    /// The place in the common list that an identifier of the new version stands for.
    pub(super) fn new_place(&self, id: &ActionId) -> Option<usize> {
        self.new_numbers.get(id).copied()
    }

    /// Where a way of the old version led, in the common list.
    pub(super) fn old_target(&self, id: &ActionId) -> Target {
        target(self.old_place(id), id)
    }

    /// Where a way of the new version leads, in the common list.
    pub(super) fn new_target(&self, id: &ActionId) -> Target {
        target(self.new_place(id), id)
    }
}

fn target(place: Option<usize>, id: &ActionId) -> Target {
    match place {
        Some(place) => Target::Block(place),
        None => Target::Missing(id.as_str().to_owned()),
    }
}

/// Which of the actions are those of the list: of several with one identifier the last ones, since
/// the first is the one that ways lead to.
fn marked(actions: &[Action], list: &[Action]) -> Vec<bool> {
    let mut left: HashMap<&ActionId, usize> = HashMap::new();
    for action in list {
        *left.entry(&action.id).or_default() += 1;
    }
    let mut marked = vec![false; actions.len()];
    for (n, action) in actions.iter().enumerate().rev() {
        if let Some(n_left) = left.get_mut(&action.id).filter(|it| **it > 0) {
            *n_left -= 1;
            marked[n] = true;
        }
    }
    marked
}

/// What makes a way out the same in another version: its kind, its words, and how many of the same
/// stand before it.
pub(super) type Key = (&'static str, String, usize);

/// The keys of an action's ways out that can be taken, in the order of its rows.
pub(super) fn keys(action: &Action) -> Vec<Key> {
    let ways = diff::ways_out(action);
    ways.iter()
        .map(|(branch, _)| key(&action.kind, branch))
        .collect()
}

/// The changes of ways out by their keys.
pub(super) fn by_key(change: &ActionDiff) -> impl Iterator<Item = (Key, &BranchChange)> {
    change.branches.iter().map(|it| {
        let kind = match (&change.old_kind, &it.old) {
            (Some(kind), Some(_)) => kind,
            _ => &change.kind,
        };
        (key(kind, &it.branch), it)
    })
}

fn key(kind: &ActionKind, branch: &Branch) -> Key {
    match branch {
        Branch::Next => ("next", String::new(), 0),
        Branch::Condition {
            operator,
            operands,
            repeated,
        } => ("condition", words(kind, operator, operands), *repeated),
        Branch::Error { error, repeated } => ("error", error.clone(), *repeated),
    }
}

fn words(kind: &ActionKind, operator: &str, operands: &[Value]) -> String {
    let operands = operands.iter().map(|it| canonical::operand(kind, it));
    format!("{operator} {:?}", operands.collect::<Vec<_>>())
}
