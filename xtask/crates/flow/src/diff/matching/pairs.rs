//! Pairs of actions, one of each version, by their numbers.

use crate::model::ActionId;

use super::graph::{Graph, Way};

/// Which actions are the same; each is in one pair at most.
#[derive(Clone, PartialEq)]
pub(super) struct Pairs {
    new_of: Vec<Option<usize>>,
    old_of: Vec<Option<usize>>,
}

impl Pairs {
    pub(super) fn none(n_old: usize, n_new: usize) -> Self {
        Self {
            new_of: vec![None; n_old],
            old_of: vec![None; n_new],
        }
    }

    /// Makes a pair of two actions that are in none.
    pub(super) fn join(&mut self, old: usize, new: usize) {
        self.new_of[old] = Some(new);
        self.old_of[new] = Some(old);
    }

    /// Takes an action out of its pair.
    pub(super) fn part(&mut self, old: usize) {
        if let Some(new) = self.new_of[old].take() {
            self.old_of[new] = None;
        }
    }

    pub(super) fn new_of(&self, old: usize) -> Option<usize> {
        self.new_of[old]
    }

    pub(super) fn old_of(&self, new: usize) -> Option<usize> {
        self.old_of[new]
    }

    /// Whether neither of two actions is in a pair.
    pub(super) fn are_free(&self, old: usize, new: usize) -> bool {
        self.new_of[old].is_none() && self.old_of[new].is_none()
    }

    /// All pairs, in an order that does not depend on which version is the old one.
    pub(super) fn sorted(&self, graphs: &[Graph<'_>; 2]) -> Vec<(usize, usize)> {
        let pairs = self.new_of.iter().enumerate();
        let pairs = pairs.filter_map(|(old, new)| new.map(|new| (old, new)));
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_by(|a, b| place(graphs, *a).cmp(&place(graphs, *b)));
        pairs
    }

    /// How well the places of two actions in their graphs go together: the part of their ways, in
    /// and out, that lead from and to actions which are pairs. From 0 to 1.
    pub(super) fn agreement(&self, graphs: &[Graph<'_>; 2], old: usize, new: usize) -> f64 {
        let [before, after] = graphs;
        let starts = [before.start == Some(old), after.start == Some(new)];
        let mut agreeing = usize::from(starts == [true, true]);
        for way in before.outs(old).iter().take(MOST_WAYS) {
            if let Some(other) = after.out(new, way.label) {
                let is_pair = way.other.map(|it| self.new_of(it)) == Some(other.other);
                agreeing += usize::from(is_pair && other.other.is_some());
            }
        }
        for way in before.ins(old).iter().take(MOST_WAYS) {
            let from = way.other.and_then(|it| self.new_of(it));
            let to = from.and_then(|it| after.out(it, way.label));
            agreeing += usize::from(to.is_some_and(|it| it.other == Some(new)));
        }
        let seen = |ways: &[Way]| ways.len().min(MOST_WAYS);
        let ways = |graph: &Graph<'_>, it| seen(graph.outs(it)) + seen(graph.ins(it));
        let starts = usize::from(starts[0]) + usize::from(starts[1]);
        let all = ways(before, old) + ways(after, new) + starts;
        2.0 * agreeing as f64 / all.max(1) as f64
    }
}

/// How many of the ways into an action, and out of it, are looked at to tell its place.
const MOST_WAYS: usize = 64;

/// Where a pair stands among others. Exchanging the versions changes nothing.
pub(super) fn place<'a>(
    graphs: &'a [Graph<'_>; 2],
    (old, new): (usize, usize),
) -> (usize, usize, &'a ActionId, &'a ActionId) {
    let id = |side: usize, n: usize| &graphs[side].flow.actions[n].id;
    let (one, other) = (id(0, old), id(1, new));
    (old + new, old.abs_diff(new), one.min(other), one.max(other))
}
