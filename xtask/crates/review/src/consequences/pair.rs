//! Two versions of a flow, with which action of one is which of the other.

use std::collections::{HashMap, HashSet};

use flow::diff::FlowDiff;
use flow::identifiers::Numbers;
use flow::model::{Action, ActionId, Flow};
use flow_source::lint::Insight;

use super::around::{Around, Versions};
use super::uses::Use;
use super::words::named;
use crate::comparison::{FlowChange, Status};

/// Both versions of a flow. A number of an action is its place in its own version; the new version
/// has the actions of the old one first, in their order, so that a check that names the first of
/// several names the same one in both.
pub(super) struct Pair<'a> {
    pub(super) change: &'a FlowChange,
    pub(super) old: Side<'a>,
    pub(super) new: Side<'a>,
    versions: &'a Versions<'a>,
    old_of: Vec<Option<usize>>,
    new_of: Vec<Option<usize>>,
}

/// One version of the flow.
pub(super) struct Side<'a> {
    /// Whether the version has the flow at all.
    pub(super) exists: bool,
    pub(super) flow: &'a Flow,
    pub(super) insight: Insight<'a>,
}

impl<'a> Pair<'a> {
    pub(super) fn new(
        change: &'a FlowChange,
        old: Insight<'a>,
        new: Insight<'a>,
        versions: &'a Versions<'a>,
    ) -> Self {
        let side = |insight: Insight<'a>, missing| Side {
            exists: change.status != missing,
            flow: insight.graph.flow,
            insight,
        };
        let old = side(old, Status::Added);
        let new = side(new, Status::Removed);
        let old_of = old_numbers(old.flow, new.flow, &change.diff);
        let mut new_of = vec![None; old.flow.actions.len()];
        for (n, earlier) in old_of.iter().enumerate() {
            if let Some(place) = earlier.and_then(|it| new_of.get_mut(it)) {
                *place = Some(n);
            }
        }
        Self {
            change,
            old,
            new,
            versions,
            old_of,
            new_of,
        }
    }

    /// The address of the flow, the new one if it has another.
    pub(super) fn address(&self) -> &'a str {
        &self.change.address
    }

    /// The address that the flow had.
    pub(super) fn old_address(&self) -> &'a str {
        let change = self.change;
        change.renamed_from.as_ref().unwrap_or(&change.address)
    }

    /// Whether findings of a rule are allowed in the new version.
    pub(super) fn allows(&self, code: &str) -> bool {
        self.versions.allows(self.address(), code)
    }

    /// The flows around this one in the old version.
    pub(super) fn before(&self) -> &'a Around {
        self.versions.before()
    }

    /// The flows around this one in the new version.
    pub(super) fn after(&self) -> &'a Around {
        self.versions.after()
    }

    /// What the old version refers to, by its name in the new one.
    pub(super) fn renamed(&self, it: Use) -> Use {
        let address = it.address();
        let new = address.and_then(|it| self.versions.renamed.get(&it).copied());
        let name = new
            .and_then(|it| it.split_once('.'))
            .map(|it| it.1.to_owned());
        Use {
            name: name.unwrap_or(it.name),
            ..it
        }
    }

    /// Whether two identifiers, one of each version, stand for the same action.
    pub(super) fn is_same(&self, old: &ActionId, new: &ActionId) -> bool {
        let old_number = self.old.insight.graph.number(old);
        match (old_number, self.new.insight.graph.number(new)) {
            (Some(old), Some(new)) => self.old_of(new) == Some(old),
            _ => old == new,
        }
    }

    /// The action of the old version that an action of the new one was.
    pub(super) fn old_of(&self, new: usize) -> Option<usize> {
        self.old_of.get(new).copied().flatten()
    }

    /// The action of the new version that an action of the old one is.
    pub(super) fn new_of(&self, old: usize) -> Option<usize> {
        self.new_of.get(old).copied().flatten()
    }

    /// The actions that both versions have: the number in the old one, then in the new one.
    pub(super) fn kept(&self) -> impl Iterator<Item = (usize, usize)> {
        let old_of = self.old_of.iter().enumerate();
        old_of.filter_map(|(new, old)| Some(((*old)?, new)))
    }
}

impl<'a> Side<'a> {
    pub(super) fn action(&self, n: usize) -> Option<&'a Action> {
        self.flow.actions.get(n)
    }

    pub(super) fn action_of(&self, id: &ActionId) -> Option<&'a Action> {
        self.insight.graph.number(id).and_then(|n| self.action(n))
    }

    /// An action by its name; what is not there by its identifier.
    pub(super) fn named(&self, id: &ActionId) -> String {
        self.action_of(id).map_or_else(|| format!("`{id}`"), named)
    }

    /// The identifiers of actions.
    pub(super) fn ids(&self, numbers: impl IntoIterator<Item = usize>) -> Vec<ActionId> {
        let actions = numbers.into_iter().filter_map(|n| self.action(n));
        actions.map(|it| it.id.clone()).collect()
    }

    /// Whether a contact can come to an action.
    pub(super) fn is_reached(&self, n: usize) -> bool {
        let reached = &self.insight.graph.is_reached;
        reached.get(n).copied().unwrap_or(false)
    }

    /// The actions that a contact can come to, each with its number.
    pub(super) fn reached(&self) -> impl Iterator<Item = (usize, &'a Action)> {
        let actions = self.flow.actions.iter().enumerate();
        actions.filter(|(n, _)| self.is_reached(*n))
    }
}

/// For each action of the new version the place of the old action that it was.
fn old_numbers(old: &Flow, new: &Flow, diff: &FlowDiff) -> Vec<Option<usize>> {
    let numbers = Numbers::new(old);
    let added: HashSet<&ActionId> = diff.added.iter().map(|it| &it.id).collect();
    let renamed = diff.renamed.iter().map(|it| (&it.new, &it.old));
    let renamed: HashMap<&ActionId, &ActionId> = renamed.collect();
    let mut is_taken = vec![false; old.actions.len()];
    let mut old_of = |action: &Action| {
        let id = renamed.get(&action.id).copied().or_else(|| {
            let is_same = !added.contains(&action.id);
            is_same.then_some(&action.id)
        })?;
        let n = numbers.get(id)?;
        let is_free = !std::mem::replace(is_taken.get_mut(n)?, true);
        is_free.then_some(n)
    };
    new.actions.iter().map(&mut old_of).collect()
}

/// The new version with the actions of the old one first, in their order.
pub(super) fn in_order_of(old: &Flow, new: &Flow, diff: &FlowDiff) -> Flow {
    let places = old_numbers(old, new, diff);
    let mut order: Vec<(usize, &Action)> = new.actions.iter().enumerate().collect();
    order.sort_by_key(|(n, _)| places.get(*n).copied().flatten().unwrap_or(usize::MAX));
    Flow {
        actions: order.into_iter().map(|(_, it)| it.clone()).collect(),
        settings: new.settings.clone(),
        extra: new.extra.clone(),
        ..Flow::new(&new.start)
    }
}
