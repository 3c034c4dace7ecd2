//! Which pairs an identifier does not settle.

use std::collections::BTreeMap;

use crate::identifiers::{self, Numbers};
use crate::model::{ActionId, Flow};

use super::super::ActionDiff;
use super::graph::Graph;
use super::hash;
use super::pairs::Pairs;

/// Actions for which an identifier is no proof: those that differ, those that other ways lead to
/// than before, and those that only one version has.
pub(super) struct Open([Vec<bool>; 2]);

impl Open {
    pub(super) fn of(
        flows: [&Flow; 2],
        numbers: &[Numbers<'_>; 2],
        by_id: &Pairs,
        diffs: &[Option<ActionDiff>],
    ) -> Self {
        let mut open = Self([0, 1].map(|side| vec![false; flows[side].actions.len()]));
        if flows[0].start != flows[1].start {
            open.mark(0, numbers, &flows[0].start);
            open.mark(1, numbers, &flows[1].start);
        }
        for diff in diffs.iter().flatten() {
            open.mark(0, numbers, &diff.old_id);
            open.mark(1, numbers, &diff.id);
            for branch in &diff.branches {
                branch.old.iter().for_each(|to| open.mark(0, numbers, to));
                branch.new.iter().for_each(|to| open.mark(1, numbers, to));
            }
        }
        for (side, flow) in flows.into_iter().enumerate() {
            for (n, action) in flow.actions.iter().enumerate() {
                let is_paired = match side {
                    0 => by_id.new_of(n).is_some(),
                    _ => by_id.old_of(n).is_some(),
                };
                if !is_paired && numbers[side].get(&action.id) == Some(n) {
                    open.mark(side, numbers, &action.id);
                    let to = action.transitions.targets();
                    to.for_each(|to| open.mark(side, numbers, to));
                }
            }
        }
        open.settle(flows, by_id);
        open
    }

    fn mark(&mut self, side: usize, numbers: &[Numbers<'_>; 2], id: &ActionId) {
        if let Some(n) = numbers[side].get(id) {
            self.0[side][n] = true;
        }
    }

    /// Opens the partners of what is open, unless their identifier proves that they are the same:
    /// nobody chose it, and importing a flow again gives others.
    fn settle(&mut self, flows: [&Flow; 2], by_id: &Pairs) {
        let [old, new] = &mut self.0;
        for (n, is_open) in old.iter_mut().enumerate() {
            if let Some(partner) = by_id.new_of(n) {
                let is_chosen = !identifiers::is_uuid(flows[0].actions[n].id.as_str());
                *is_open = is_chosen && (*is_open || new[partner]);
                new[partner] = *is_open;
            }
        }
    }

    /// Opens what ways of pairs lead to, where that is no pair; false if it all was open. Renamed
    /// actions make the identifiers around them doubtful.
    pub(super) fn grow(&mut self, graphs: &[Graph<'_>; 2], by_id: &Pairs, pairs: &Pairs) -> bool {
        let before = self.0.clone();
        for (old, _) in graphs[0].actions() {
            let Some(new) = pairs.new_of(old) else {
                continue;
            };
            for way in graphs[0].outs(old) {
                let there = graphs[1].out(new, way.label).and_then(|it| it.other);
                if let (Some(was), Some(is)) = (way.other, there)
                    && pairs.new_of(was) != Some(is)
                {
                    self.0[0][was] = true;
                    self.0[1][is] = true;
                }
            }
        }
        self.settle([0, 1].map(|side| graphs[side].flow), by_id);
        self.0 != before
    }

    /// Whether an action of the old version is open.
    pub(super) fn has(&self, old: usize) -> bool {
        self.0[0][old]
    }

    /// Whether identifiers settle all the same: each names a pair, and none of the open actions
    /// holds what another did.
    pub(super) fn is_settled(&self, flows: [&Flow; 2], by_id: &Pairs) -> bool {
        let mut of_old: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for old in numbers_of(&self.0[0]) {
            if by_id.new_of(old).is_none() {
                return false;
            }
            let content = hash::content(&flows[0].actions[old]);
            of_old.entry(content).or_default().push(old);
        }
        numbers_of(&self.0[1]).all(|new| {
            let found = of_old.get(&hash::content(&flows[1].actions[new]));
            let partner = by_id.old_of(new);
            partner.is_some_and(|it| found.is_none_or(|found| found == &[it]))
        })
    }
}

fn numbers_of(flags: &[bool]) -> impl Iterator<Item = usize> {
    let open = flags.iter().enumerate().filter(|(_, is_open)| **is_open);
    open.map(|(n, _)| n)
}
