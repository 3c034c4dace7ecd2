//! Which action of the old version is which one of the new version, by their numbers, and which
//! way out of the one is which of the other.

use std::collections::{HashMap, VecDeque};

use crate::canonical;
use crate::catalogue;
use crate::diff::{ActionDiff, Branch, FlowDiff};
use crate::model::{Action, ActionId, Flow};
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
        // Of several actions with one identifier the first is the one that ways lead to.
        let mut waiting: HashMap<&ActionId, VecDeque<usize>> = HashMap::new();
        for (n, action) in old.actions.iter().enumerate() {
            if !is_removed[n] {
                waiting.entry(&action.id).or_default().push_back(n);
            }
        }
        let new_actions = new.actions.iter().zip(is_added);
        let old_of = new_actions.map(|(it, is_added)| {
            let name = old_names.get(&it.id).copied().unwrap_or(&it.id);
            let waiting = waiting.get_mut(name).filter(|_| !is_added);
            waiting.and_then(VecDeque::pop_front)
        });
        let old_of: Vec<Option<usize>> = old_of.collect();
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

/// A version of two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

/// A way out of an action that both versions have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The number of its change.
    Changed(usize),
    /// What makes a contact take it, and how many unchanged ways of the same name stand before it.
    Same(Name, usize),
}

/// The kind of a way and its words.
type Name = (&'static str, String);

/// The ways out that can be taken of a version of an action, in the order of its rows.
pub(super) fn ways(action: &Action, change: &ActionDiff, side: Side) -> Vec<Way> {
    let mut changes: Vec<Option<(Name, &ActionId)>> = change
        .branches
        .iter()
        .map(|it| {
            let to = match side {
                Side::Old => it.old.as_ref(),
                Side::New => it.new.as_ref(),
            };
            Some((name(&it.branch), to?))
        })
        .collect();
    let mut seen: HashMap<Name, usize> = HashMap::new();
    let named = named(action).into_iter();
    named
        .map(|(name, to)| {
            let is_it = |it: &Option<(Name, &ActionId)>| {
                it.as_ref().is_some_and(|it| it.0 == name && it.1 == to)
            };
            if let Some(n) = changes.iter().position(is_it) {
                changes[n] = None;
                return Way::Changed(n);
            }
            let n = seen.entry(name.clone()).or_default();
            *n += 1;
            Way::Same(name, *n)
        })
        .collect()
}

fn named(action: &Action) -> Vec<(Name, &ActionId)> {
    let transitions = &action.transitions;
    let next = transitions
        .next
        .iter()
        .filter(|_| catalogue::follows_next(action));
    let next = next.map(|to| (("next", String::new()), to));
    let conditions = transitions.conditions.iter().map(|it| {
        let operands = it.operands.iter();
        let operands = operands.map(|it| canonical::operand(&action.kind, it).into_owned());
        let words = words(&it.operator, &operands.collect::<Vec<_>>());
        (("condition", words), &it.next)
    });
    let errors = transitions.errors.iter();
    let errors = errors.map(|it| (("error", it.error.clone()), &it.next));
    next.chain(conditions).chain(errors).collect()
}

/// Branches of a diff have their operands as they count.
fn name(branch: &Branch) -> Name {
    match branch {
        Branch::Next => ("next", String::new()),
        Branch::Condition {
            operator, operands, ..
        } => ("condition", words(operator, operands)),
        Branch::Error { error, .. } => ("error", error.clone()),
    }
}

fn words(operator: &str, operands: &[Value]) -> String {
    format!("{operator} {operands:?}")
}
