//! Which action of the new version is which action of the old one: by identifier first, then by
//! structure, so that what was renamed or imported again is not removed and added.

mod contested;
mod exact;
mod graph;
mod hash;
mod names;
mod open;
mod pairs;
mod similar;

pub(super) use names::Names;

use std::collections::HashMap;

use crate::identifiers::Numbers;
use crate::model::{ActionId, Flow};

use graph::Graph;
use open::Open;
use pairs::Pairs;

use super::ActionDiff;
use super::action::compare;

/// Pairs of actions, by their numbers.
pub(super) struct Matching<'a> {
    pairs: Pairs,
    /// Identifiers that differ.
    pub(super) names: Names<'a>,
    /// What differs in actions with the same identifier, by the number of the new one, as long as
    /// no name differs.
    by_id: Vec<Option<ActionDiff>>,
}

impl<'a> Matching<'a> {
    pub(super) fn of(old: &'a Flow, new: &'a Flow) -> Self {
        let numbers = [Numbers::new(old), Numbers::new(new)];
        let by_id = by_identifier([old, new], &numbers);
        let diffs = differences([old, new], &by_id);
        let open = Open::of([old, new], &numbers, &by_id, &diffs);
        let mut pairs = match open.is_settled([old, new], &by_id) {
            true => by_id,
            false => by_structure([old, new], &numbers, &by_id, open),
        };
        let names = renamed([old, new], &pairs);
        pair_shadowed([old, new], &numbers, &names, &mut pairs);
        Self {
            pairs,
            by_id: if names.is_empty() { diffs } else { Vec::new() },
            names,
        }
    }

    /// The number of the old action that the new action with this number was.
    pub(super) fn old_of(&self, new: usize) -> Option<usize> {
        self.pairs.old_of(new)
    }

    /// Whether the old action with this number is still there.
    pub(super) fn has_new(&self, old: usize) -> bool {
        self.pairs.new_of(old).is_some()
    }

    /// What differs between the versions of an action, by their numbers.
    pub(super) fn compare(
        &mut self,
        flows: [&'a Flow; 2],
        old: usize,
        new: usize,
    ) -> Option<ActionDiff> {
        if self.names.is_empty() {
            return self.by_id.get_mut(new)?.take();
        }
        let (old, new) = (flows[0].actions.get(old)?, flows[1].actions.get(new)?);
        compare(old, new, &self.names)
    }
}

fn by_identifier(flows: [&Flow; 2], numbers: &[Numbers<'_>; 2]) -> Pairs {
    let mut pairs = Pairs::none(flows[0].actions.len(), flows[1].actions.len());
    for (n, action) in flows[1].actions.iter().enumerate() {
        let old = numbers[0].get(&action.id);
        if let Some(old) = old.filter(|old| pairs.are_free(*old, n)) {
            pairs.join(old, n);
        }
    }
    pairs
}

/// What differs in each pair if all identifiers mean the same in both versions.
fn differences(flows: [&Flow; 2], pairs: &Pairs) -> Vec<Option<ActionDiff>> {
    let names = Names::default();
    let new = flows[1].actions.iter().enumerate();
    let differences = new.map(|(n, action)| {
        let old = flows[0].actions.get(pairs.old_of(n)?)?;
        compare(old, action, &names)
    });
    differences.collect()
}

/// How often the search is done again because what it found makes more identifiers doubtful.
const MOST_SEARCHES: usize = 4;

/// Pairs by structure among open actions, and by identifier where that says as much.
fn by_structure(
    flows: [&Flow; 2],
    numbers: &[Numbers<'_>; 2],
    by_id: &Pairs,
    mut open: Open,
) -> Pairs {
    let graphs = [0, 1].map(|side| Graph::of(flows[side], &numbers[side]));
    let named = by_id.sorted(&graphs);
    let mut pairs = search(&graphs, &named, by_id, &open);
    for _ in 1..MOST_SEARCHES {
        if !open.grow(&graphs, by_id, &pairs) {
            break;
        }
        pairs = search(&graphs, &named, by_id, &open);
    }
    similar::pair_up(&graphs, &mut pairs);
    pairs
}

fn search(graphs: &[Graph<'_>; 2], named: &[(usize, usize)], by_id: &Pairs, open: &Open) -> Pairs {
    let [n_old, n_new] = [0, 1].map(|side| graphs[side].flow.actions.len());
    let mut pairs = Pairs::none(n_old, n_new);
    for (old, new) in named.iter().filter(|it| !open.has(it.0)) {
        pairs.join(*old, *new);
    }
    exact::pair_up(graphs, &mut pairs);
    for (old, new) in named {
        if pairs.are_free(*old, *new) {
            pairs.join(*old, *new);
        }
    }
    contested::decide(graphs, by_id, pairs)
}

fn renamed<'a>(flows: [&'a Flow; 2], pairs: &Pairs) -> Names<'a> {
    let mut names = Names::default();
    for (n, action) in flows[1].actions.iter().enumerate() {
        let old = pairs.old_of(n).and_then(|it| flows[0].actions.get(it));
        if let Some(old) = old.filter(|it| it.id != action.id) {
            names.rename(&old.id, &action.id);
        }
    }
    names
}

/// Pairs actions that no way leads to, since another before them has their identifier: the first
/// such with the first such, if they are the same.
fn pair_shadowed(
    flows: [&Flow; 2],
    numbers: &[Numbers<'_>; 2],
    names: &Names<'_>,
    pairs: &mut Pairs,
) {
    let [old, new] = [0, 1].map(|side| shadowed(flows[side], &numbers[side]));
    for (id, before) in old {
        let after = new.get(id).map(Vec::as_slice).unwrap_or_default();
        for (old, new) in before.into_iter().zip(after.iter().copied()) {
            let (was, is) = (&flows[0].actions[old], &flows[1].actions[new]);
            if compare(was, is, names).is_none() {
                pairs.join(old, new);
            }
        }
    }
}

fn shadowed<'a>(flow: &'a Flow, numbers: &Numbers<'_>) -> HashMap<&'a ActionId, Vec<usize>> {
    let mut shadowed: HashMap<&ActionId, Vec<usize>> = HashMap::new();
    if numbers.len() < flow.actions.len() {
        for (n, action) in flow.actions.iter().enumerate() {
            if numbers.get(&action.id) != Some(n) {
                shadowed.entry(&action.id).or_default().push(n);
            }
        }
    }
    shadowed
}
