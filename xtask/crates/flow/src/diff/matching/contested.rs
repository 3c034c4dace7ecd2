//! Identifiers against structure.
//!
//! Usually both name the same pairs. Where they do not, either actions were edited and happen to
//! look like others, or identifiers were given anew: numbers that moved on by one, names that were
//! exchanged. Each group of actions that are entangled in this takes whichever reading needs fewer
//! edits, and identifiers if both need as many.

use super::graph::{Graph, Way};
use super::pairs::Pairs;
use super::similar::Traits;

/// What an edit of each kind costs a reader.
const RENAMED: f64 = 0.5;
const REWIRED: f64 = 1.0;
const EDITED: f64 = 1.5;
const REPLACED: f64 = 2.0;
const OTHER_TYPE: f64 = 3.0;
const ADDED_OR_REMOVED: f64 = 2.0;
/// How similar two versions of an edited action are at least; below, it was replaced.
const EDITED_SIMILARITY: f64 = 0.6;

/// The better of two readings, group by group.
pub(super) fn decide(graphs: &[Graph<'_>; 2], by_id: &Pairs, by_structure: Pairs) -> Pairs {
    let groups = Groups::of(graphs, by_id, &by_structure);
    let mut decided = by_structure;
    for (n, members) in groups.members.iter().enumerate() {
        let cost = |reading: &Pairs| {
            let reading = Reading {
                graphs,
                within: reading,
                beyond: &decided,
                group: (n, &groups),
            };
            reading.cost(members)
        };
        if cost(by_id) <= cost(&decided) {
            for member in members {
                match *member {
                    (OLD, it) => decided.part(it),
                    (_, it) => decided
                        .old_of(it)
                        .into_iter()
                        .for_each(|it| decided.part(it)),
                }
            }
            let old = members.iter().filter(|it| it.0 == OLD);
            for (old, new) in old.filter_map(|it| Some((it.1, by_id.new_of(it.1)?))) {
                decided.join(old, new);
            }
        }
    }
    decided
}

/// An action of the old version by its number; those of the new one have [`NEW`].
type Member = (usize, usize);
const OLD: usize = 0;
const NEW: usize = 1;

/// Actions that identifiers and structure pair differently, in groups that have nothing to do with
/// each other.
struct Groups {
    members: Vec<Vec<Member>>,
    /// The group of each old action, if it is in one.
    of_old: Vec<Option<usize>>,
}

impl Groups {
    fn of(graphs: &[Graph<'_>; 2], by_id: &Pairs, by_structure: &Pairs) -> Self {
        let counts = [0, 1].map(|side| graphs[side].flow.actions.len());
        let at = |(side, n): Member| n + side * counts[OLD];
        let mut sets = Sets::of(counts[OLD] + counts[NEW]);
        let mut is_contested = vec![false; counts[OLD] + counts[NEW]];
        for old in 0..counts[OLD] {
            let (named, found) = (by_id.new_of(old), by_structure.new_of(old));
            let has_name = named.is_some() || found.is_some_and(|it| by_id.old_of(it).is_some());
            if named == found || !has_name {
                continue;
            }
            for new in [named, found].into_iter().flatten() {
                sets.join(at((OLD, old)), at((NEW, new)));
                is_contested[at((NEW, new))] = true;
            }
            is_contested[at((OLD, old))] = true;
        }
        for (side, graph) in graphs.iter().enumerate() {
            for (from, _) in graph
                .actions()
                .filter(|(it, _)| is_contested[at((side, *it))])
            {
                for to in graph.outs(from).iter().filter_map(|it| it.other) {
                    if is_contested[at((side, to))] {
                        sets.join(at((side, from)), at((side, to)));
                    }
                }
            }
        }
        let mut groups = Self {
            members: Vec::new(),
            of_old: vec![None; counts[OLD]],
        };
        let mut number = vec![None; is_contested.len()];
        let all = [OLD, NEW].map(|side| (0..counts[side]).map(move |it| (side, it)));
        for member in all.into_iter().flatten().filter(|it| is_contested[at(*it)]) {
            let group = *number[sets.root(at(member))].get_or_insert(groups.members.len());
            if group == groups.members.len() {
                groups.members.push(Vec::new());
            }
            groups.members[group].push(member);
            if member.0 == OLD {
                groups.of_old[member.1] = Some(group);
            }
        }
        groups
    }
}

/// Pairs within a group and beyond it.
struct Reading<'a> {
    graphs: &'a [Graph<'a>; 2],
    within: &'a Pairs,
    beyond: &'a Pairs,
    group: (usize, &'a Groups),
}

impl Reading<'_> {
    fn is_within(&self, old: usize) -> bool {
        self.group.1.of_old[old] == Some(self.group.0)
    }

    fn new_of(&self, old: usize) -> Option<usize> {
        match self.is_within(old) {
            true => self.within.new_of(old),
            false => self.beyond.new_of(old),
        }
    }

    /// What all edits cost that are in the group or touch it.
    fn cost(&self, members: &[Member]) -> f64 {
        let each = members.iter().map(|member| match *member {
            (OLD, old) => match self.within.new_of(old) {
                Some(new) => self.content(old, new) + self.outs(old, new) + self.ins(old),
                None => ADDED_OR_REMOVED + self.ins(old),
            },
            (_, new) if self.within.old_of(new).is_none() => ADDED_OR_REMOVED,
            _ => 0.0,
        });
        each.sum::<f64>() + self.start()
    }

    /// The start is a way in without an action before it.
    fn start(&self) -> f64 {
        match (self.graphs[0].start, self.graphs[1].start) {
            (Some(old), Some(new)) if self.new_of(old) != Some(new) => REWIRED,
            _ => 0.0,
        }
    }

    fn content(&self, old: usize, new: usize) -> f64 {
        let [before, after] = self.graphs;
        let (was, is) = (&before.flow.actions[old], &after.flow.actions[new]);
        let renamed = if was.id == is.id { 0.0 } else { RENAMED };
        if before.content(old) == after.content(new) {
            return renamed;
        }
        if was.kind != is.kind {
            return renamed + OTHER_TYPE;
        }
        let similarity = Traits::of(before, old).similarity(&Traits::of(after, new));
        let is_edited = similarity >= EDITED_SIMILARITY;
        renamed + if is_edited { EDITED } else { REPLACED }
    }

    fn outs(&self, old: usize, new: usize) -> f64 {
        let ways = self.graphs[0].outs(old).iter();
        ways.map(|way| self.rewired(way.label, new, way.other))
            .sum()
    }

    /// The ways into an action from beyond the group.
    fn ins(&self, old: usize) -> f64 {
        let ways = self.graphs[0].ins(old).iter();
        let cost = |way: &Way| {
            let from = way.other.filter(|it| !self.is_within(*it))?;
            Some(self.rewired(way.label, self.beyond.new_of(from)?, Some(old)))
        };
        ways.filter_map(cost).sum()
    }

    /// What it costs that a way leads elsewhere, if both versions have it and it leads to an action
    /// in both.
    fn rewired(&self, label: u64, new_from: usize, old_to: Option<usize>) -> f64 {
        let new_to = self.graphs[1].out(new_from, label).and_then(|it| it.other);
        match (old_to, new_to) {
            (Some(old), Some(new)) if self.new_of(old) != Some(new) => REWIRED,
            _ => 0.0,
        }
    }
}

/// Disjoint sets of numbers.
struct Sets(Vec<usize>);

impl Sets {
    fn of(n: usize) -> Self {
        Self((0..n).collect())
    }

    fn root(&mut self, mut it: usize) -> usize {
        while self.0[it] != it {
            self.0[it] = self.0[self.0[it]];
            it = self.0[it];
        }
        it
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        // The smaller number leads, so that the order of joining makes no difference.
        self.0[one.max(other)] = one.min(other);
    }
}
