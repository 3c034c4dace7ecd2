//! Which action of the new version is which action of the old one.

use std::collections::HashMap;

use crate::model::{ActionId, Flow};

/// Pairs of actions, by their numbers.
pub(super) struct Matching<'a> {
    old_numbers: HashMap<&'a ActionId, usize>,
    new_numbers: HashMap<&'a ActionId, usize>,
    old_of: Vec<Option<usize>>,
    has_new: Vec<bool>,
}

impl<'a> Matching<'a> {
    pub(super) fn of(old: &'a Flow, new: &'a Flow) -> Self {
        let (old_numbers, new_numbers) = (numbers(old), numbers(new));
        let mut has_new = vec![false; old.actions.len()];
        let old_of = new.actions.iter().enumerate().map(|(n, action)| {
            let found = old_numbers.get(&action.id).copied();
            let found = found.filter(|_| new_numbers.get(&action.id) == Some(&n));
            if let Some(found) = found {
                has_new[found] = true;
            }
            found
        });
        Self {
            old_of: old_of.collect(),
            old_numbers,
            new_numbers,
            has_new,
        }
    }

    /// The number of the old action that the new action with this number was.
    pub(super) fn old_of(&self, new: usize) -> Option<usize> {
        self.old_of.get(new).copied().flatten()
    }

    /// Whether the old action with this number is still there.
    pub(super) fn has_new(&self, old: usize) -> bool {
        self.has_new.get(old).copied().unwrap_or(false)
    }

    /// Whether two identifiers, one of each version, stand for the same action. What one of the
    /// versions lacks is the same if it is called the same.
    pub(super) fn is_same(&self, old: &ActionId, new: &ActionId) -> bool {
        match (self.old_numbers.get(old), self.new_numbers.get(new)) {
            (Some(old), Some(new)) => self.old_of(*new) == Some(*old),
            _ => old == new,
        }
    }
}

/// The number of each action; of the first, should two have the same identifier.
fn numbers(flow: &Flow) -> HashMap<&ActionId, usize> {
    let mut numbers = HashMap::new();
    for (n, action) in flow.actions.iter().enumerate() {
        numbers.entry(&action.id).or_insert(n);
    }
    numbers
}
