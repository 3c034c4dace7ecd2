//! Pairs of actions that hold the same, found by their surroundings.
//!
//! Each action gets a colour for each radius: its content, then that with the colours of its
//! neighbours mixed in, and so on. What has a colour that no other action of its version has is
//! certain, the more so the larger the radius; from a certain pair the ways are followed in both
//! versions at once. Only what is alike in all that is paired in the order of the documents.
//!
//! Nothing here depends on which version is the old one, so the pairs of a mirrored diff are the
//! same.

use std::collections::VecDeque;

use super::graph::{Graph, Way};
use super::hash::{mix, text};
use super::pairs::{Pairs, place};

/// How far the surroundings of an action reach. Three steps tell apart what is repeated in a flow:
/// a prompt, the input after it, and where that leads.
const RADIUS: usize = 3;
/// Alike actions up to this many combinations are paired by their places, more by their order.
const MOST_COMBINATIONS: usize = 1024;

/// Pairs what is in no pair yet and holds the same.
pub(super) fn pair_up(graphs: &[Graph<'_>; 2], pairs: &mut Pairs) {
    let colours = [0, 1].map(|side| colours_of(&graphs[side], side, pairs));
    let mut search = Search {
        graphs,
        colours,
        pairs,
        radius: RADIUS,
    };
    for radius in (0..=RADIUS).rev() {
        search.radius = radius;
        search.pair_unique();
        search.follow_all();
    }
    for radius in (0..=RADIUS).rev() {
        search.radius = radius;
        search.pair_alike();
    }
}

/// The colours of the actions of one version, by radius.
type Colours = Vec<Vec<u64>>;

fn colours_of(graph: &Graph<'_>, side: usize, pairs: &Pairs) -> Colours {
    let n = graph.flow.actions.len();
    // What is paired already is so by its identifier, and has a colour that only its partner has.
    let is_fixed = |it| match side {
        0 => pairs.new_of(it).is_some(),
        _ => pairs.old_of(it).is_some(),
    };
    let first = graph.flow.actions.iter().enumerate();
    let first = first.map(|(it, action)| match is_fixed(it) {
        true => mix(FIXED, text(action.id.as_str())),
        false => graph.content(it),
    });
    let mut colours: Colours = vec![first.collect()];
    for _ in 0..RADIUS {
        let last = colours.last().map(Vec::as_slice).unwrap_or_default();
        let next = (0..n).map(|it| match is_fixed(it) {
            true => last[it],
            false => surroundings(graph, last, it),
        });
        let next = next.collect();
        colours.push(next);
    }
    colours
}

const FIXED: u64 = 0x1319_8a2e_0370_7344;

fn surroundings(graph: &Graph<'_>, colours: &[u64], action: usize) -> u64 {
    let of = |way: &Way| mix(way.label, way.other.map_or(0, |it| colours[it]));
    let sum = |ways: &[Way]| ways.iter().map(of).fold(0, u64::wrapping_add);
    let start = u64::from(graph.start == Some(action));
    let around = mix(sum(graph.outs(action)), sum(graph.ins(action)));
    mix(mix(colours[action], around), start)
}

struct Search<'a> {
    graphs: &'a [Graph<'a>; 2],
    colours: [Colours; 2],
    pairs: &'a mut Pairs,
    radius: usize,
}

/// A colour, and who has it in each version.
struct Bucket {
    old: Vec<usize>,
    new: Vec<usize>,
}

impl Search<'_> {
    fn colour(&self, side: usize, action: usize) -> u64 {
        self.colours[side][self.radius][action]
    }

    fn can_pair(&self, old: usize, new: usize) -> bool {
        self.pairs.are_free(old, new) && self.colour(0, old) == self.colour(1, new)
    }

    /// Pairs those whose colour no other free action of their version has.
    fn pair_unique(&mut self) {
        let [old, new] = self.graphs;
        if let (Some(old), Some(new)) = (old.start, new.start)
            && self.can_pair(old, new)
        {
            self.pairs.join(old, new);
        }
        for bucket in self.buckets(self.free()) {
            if let (&[one], &[other]) = (bucket.old.as_slice(), bucket.new.as_slice())
                && (self.radius > 0 || old.has_content(one))
            {
                self.pairs.join(one, other);
            }
        }
    }

    fn free(&self) -> Bucket {
        let all = |side: usize| self.graphs[side].actions().map(|it| it.0);
        Bucket {
            old: all(0)
                .filter(|it| self.pairs.new_of(*it).is_none())
                .collect(),
            new: all(1)
                .filter(|it| self.pairs.old_of(*it).is_none())
                .collect(),
        }
    }

    /// Some actions by their colours, as far as both versions have them.
    fn buckets(&self, mut of: Bucket) -> Vec<Bucket> {
        of.old.sort_by_key(|it| (self.colour(0, *it), *it));
        of.new.sort_by_key(|it| (self.colour(1, *it), *it));
        let mut buckets = Vec::new();
        let (mut old, mut new) = (of.old.as_slice(), of.new.as_slice());
        while let (Some(one), Some(other)) = (old.first(), new.first()) {
            let colour = self.colour(0, *one).min(self.colour(1, *other));
            let (alike, rest) = split(old, |it| self.colour(0, it) == colour);
            let (alike_new, rest_new) = split(new, |it| self.colour(1, it) == colour);
            (old, new) = (rest, rest_new);
            if !alike.is_empty() && !alike_new.is_empty() {
                buckets.push(Bucket {
                    old: alike.to_vec(),
                    new: alike_new.to_vec(),
                });
            }
        }
        buckets
    }

    fn follow_all(&mut self) {
        let pairs = self.pairs.sorted(self.graphs);
        self.follow(pairs);
    }

    /// Follows the ways of pairs in both versions at once, and those of the pairs found.
    fn follow(&mut self, pairs: Vec<(usize, usize)>) {
        let mut queue = VecDeque::from(pairs);
        while let Some((old, new)) = queue.pop_front() {
            self.follow_outs(old, new, &mut queue);
            self.follow_ins(old, new, &mut queue);
        }
    }

    fn follow_outs(&mut self, old: usize, new: usize, queue: &mut VecDeque<(usize, usize)>) {
        let [before, after] = self.graphs;
        for way in before.outs(old) {
            let there = after.out(new, way.label).and_then(|it| it.other);
            if let (Some(one), Some(other)) = (way.other, there)
                && self.can_pair(one, other)
            {
                self.pairs.join(one, other);
                queue.push_back((one, other));
            }
        }
    }

    /// Many ways with the same label can lead to an action: errors all end at a few. Those are
    /// paired whose colour is unique among them.
    fn follow_ins(&mut self, old: usize, new: usize, queue: &mut VecDeque<(usize, usize)>) {
        let [before, after] = self.graphs;
        let (mut before, mut after) = (before.ins(old), after.ins(new));
        while let (Some(one), Some(other)) = (before.first(), after.first()) {
            let label = one.label.min(other.label);
            let (ways, rest) = split(before, |it| it.label == label);
            let (ways_new, rest_new) = split(after, |it| it.label == label);
            (before, after) = (rest, rest_new);
            let from =
                |ways: &[Way]| -> Vec<usize> { ways.iter().filter_map(|it| it.other).collect() };
            let mut bucket = Bucket {
                old: from(ways),
                new: from(ways_new),
            };
            bucket.old.retain(|it| self.pairs.new_of(*it).is_none());
            bucket.new.retain(|it| self.pairs.old_of(*it).is_none());
            for bucket in self.buckets(bucket) {
                if let (&[one], &[other]) = (bucket.old.as_slice(), bucket.new.as_slice()) {
                    self.pairs.join(one, other);
                    queue.push_back((one, other));
                }
            }
        }
    }

    /// Pairs what is alike one after the other: what has the same identifier, then what stands in
    /// the most similar place, then in the order of the documents.
    fn pair_alike(&mut self) {
        for bucket in self.buckets(self.free()) {
            for (old, new) in self.order(&bucket) {
                let told_by_place = self.radius == 0 && !self.graphs[0].has_content(old);
                if !self.pairs.are_free(old, new)
                    || told_by_place && self.pairs.agreement(self.graphs, old, new) == 0.0
                {
                    continue;
                }
                self.pairs.join(old, new);
                self.follow(vec![(old, new)]);
            }
        }
    }

    /// Candidates among alike actions, the best first.
    fn order(&self, bucket: &Bucket) -> Vec<(usize, usize)> {
        if bucket.old.len() * bucket.new.len() > MOST_COMBINATIONS {
            let pairs = bucket.old.iter().copied().zip(bucket.new.iter().copied());
            return pairs.collect();
        }
        let combinations = bucket
            .old
            .iter()
            .flat_map(|old| bucket.new.iter().map(|new| (*old, *new)));
        let mut scored: Vec<_> = combinations
            .map(|(old, new)| {
                let [before, after] = self.graphs;
                let is_named_so = before.flow.actions[old].id == after.flow.actions[new].id;
                let agreement = self.pairs.agreement(self.graphs, old, new);
                (is_named_so, agreement, (old, new))
            })
            .collect();
        scored.sort_by(|a, b| {
            let by_score = b.0.cmp(&a.0).then(b.1.total_cmp(&a.1));
            by_score.then_with(|| place(self.graphs, a.2).cmp(&place(self.graphs, b.2)))
        });
        scored.into_iter().map(|it| it.2).collect()
    }
}

/// The items at the beginning that are so, and the rest.
fn split<T: Copy>(items: &[T], is_so: impl Fn(T) -> bool) -> (&[T], &[T]) {
    let n = items.iter().take_while(|it| is_so(**it)).count();
    items.split_at(n)
}
