//! A flow as a graph: numbers for actions, hashes for what makes a contact take a way.

use std::ops::Range;

use crate::identifiers::Numbers;
use crate::model::{Action, ActionId, Flow};

use super::super::ways;
use super::hash;

/// The ways between the actions of a flow. Of actions with the same identifier only the first is
/// one: no way leads to the others.
pub(super) struct Graph<'a> {
    pub(super) flow: &'a Flow,
    pub(super) start: Option<usize>,
    is_first: Vec<bool>,
    outs: Lists,
    ins: Lists,
}

/// A way between two actions, seen from one of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// What makes a contact take it; two ways out of an action never have the same.
    pub(super) label: u64,
    /// The action at the other end; nothing if there is no such action.
    pub(super) other: Option<usize>,
}

/// A list for each action, in one allocation.
#[derive(Default)]
struct Lists {
    ranges: Vec<Range<usize>>,
    ways: Vec<Way>,
}

impl Lists {
    fn of(&self, action: usize) -> &[Way] {
        let range = self.ranges.get(action).cloned().unwrap_or_default();
        self.ways.get(range).unwrap_or_default()
    }
}

impl<'a> Graph<'a> {
    pub(super) fn of(flow: &'a Flow, numbers: &Numbers<'_>) -> Self {
        let mut outs = Lists::default();
        let mut is_first = Vec::with_capacity(flow.actions.len());
        for (n, action) in flow.actions.iter().enumerate() {
            let start = outs.ways.len();
            is_first.push(numbers.get(&action.id) == Some(n));
            if is_first.last() == Some(&true) {
                push_ways(action, numbers, &mut outs.ways);
            }
            outs.ranges.push(start..outs.ways.len());
        }
        Self {
            flow,
            start: numbers.get(&flow.start),
            is_first,
            ins: turned(&outs),
            outs,
        }
    }

    /// The actions that ways can lead to, with their numbers.
    pub(super) fn actions(&self) -> impl Iterator<Item = (usize, &'a Action)> {
        let actions = self.flow.actions.iter().enumerate();
        actions.filter(|(n, _)| self.is_first.get(*n) == Some(&true))
    }

    /// The ways out of an action, sorted by label.
    pub(super) fn outs(&self, action: usize) -> &[Way] {
        self.outs.of(action)
    }

    /// The ways into an action, sorted by label.
    pub(super) fn ins(&self, action: usize) -> &[Way] {
        self.ins.of(action)
    }

    /// Where a way out leads, if there is one with this label.
    pub(super) fn out(&self, action: usize, label: u64) -> Option<Way> {
        let ways = self.outs(action);
        let found = ways.binary_search_by_key(&label, |it| it.label).ok()?;
        ways.get(found).copied()
    }

    /// A hash of what an action is and which ways lead out of it, but not of where they lead.
    pub(super) fn content(&self, action: usize) -> u64 {
        let labels = self.outs(action).iter().map(|it| it.label);
        let content = self.flow.actions.get(action).map_or(0, hash::content);
        hash::mix(content, labels.fold(0, u64::wrapping_add))
    }

    /// Whether an action holds more than its type. What does not is told by its place alone.
    pub(super) fn has_content(&self, action: usize) -> bool {
        let action = self.flow.actions.get(action);
        action.is_some_and(|it| !it.parameters.is_empty() || !it.transitions.conditions.is_empty())
    }
}

fn push_ways(action: &Action, numbers: &Numbers<'_>, ways: &mut Vec<Way>) {
    let start = ways.len();
    let way = |label, to: &ActionId| Way {
        label,
        other: numbers.get(to),
    };
    ways.extend(ways::next(action).map(|to| way(1, to)));
    let transitions = &action.transitions;
    for condition in &transitions.conditions {
        ways.push(way(hash::condition(action, condition), &condition.next));
    }
    for branch in &transitions.errors {
        ways.push(way(hash::error(&branch.error), &branch.next));
    }
    let Some(ways) = ways.get_mut(start..) else {
        return;
    };
    ways.sort_by_key(|it| it.label);
    let is_unique = ways.windows(2).all(|it| it[0].label != it[1].label);
    if !is_unique {
        number_repeated(ways);
    }
}

/// Gives ways with the same label different ones, in the order of the document.
fn number_repeated(ways: &mut [Way]) {
    let (mut last, mut repeated) = (None, 0);
    for way in &mut *ways {
        repeated = if last == Some(way.label) {
            repeated + 1
        } else {
            0
        };
        last = Some(way.label);
        if repeated > 0 {
            way.label = hash::mix(way.label, repeated);
        }
    }
    ways.sort_by_key(|it| it.label);
}

/// The same ways from their other ends.
fn turned(outs: &Lists) -> Lists {
    let mut turned: Vec<(usize, Way)> = Vec::with_capacity(outs.ways.len());
    for (from, range) in outs.ranges.iter().enumerate() {
        let ways = outs.ways.get(range.clone()).unwrap_or_default();
        let back = |way: &Way| {
            let (label, other) = (way.label, Some(from));
            Some((way.other?, Way { label, other }))
        };
        turned.extend(ways.iter().filter_map(back));
    }
    turned.sort_by_key(|(to, way)| (*to, way.label));
    let mut at = 0;
    let ranges = (0..outs.ranges.len()).map(|action| {
        let start = at;
        at += turned[start..]
            .iter()
            .take_while(|(to, _)| *to == action)
            .count();
        start..at
    });
    Lists {
        ranges: ranges.collect(),
        ways: turned.into_iter().map(|(_, way)| way).collect(),
    }
}
