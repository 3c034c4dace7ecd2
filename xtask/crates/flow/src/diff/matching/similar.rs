//! How similar two actions of a type are, and pairs of those that were renamed and edited as well:
//! similar in what they hold and in their place.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Action;
use crate::value::Value;

use super::graph::{Graph, Way};
use super::hash::{self, mix};
use super::pairs::{Pairs, place};

/// Of a type, all are compared with all up to this many combinations; beyond, only those that
/// stand in the same place or hold a same text.
const MOST_COMBINATIONS: usize = 4096;
/// How many ways into an action, or actions with a same text, are looked at for candidates.
const MOST_NEIGHBOURS: usize = 8;
/// How similar two actions have to be, in content and place together, of 2. The most similar are
/// paired first, since each pair tells more about the places of others.
const LEAST: [f64; 3] = [1.7, 1.4, 1.1];
/// How similar in content alone, wherever they stand.
const LEAST_CONTENT: f64 = 0.85;
/// How similar in content two actions have to be at least that no others are similar to, and by how
/// much more than to any other.
const LEAST_OUTSTANDING: f64 = 0.6;
const MARGIN: f64 = 0.1;
/// How often each limit is tried again while it finds pairs.
const MOST_ROUNDS: usize = 16;

/// Pairs what is in no pair yet and similar.
pub(super) fn pair_up(graphs: &[Graph<'_>; 2], pairs: &mut Pairs) {
    let mut candidates = candidates(graphs, pairs);
    pair_near(graphs, pairs, &mut candidates);
    if pair_outstanding(pairs, &candidates) {
        candidates.retain(|it| pairs.are_free(it.old, it.new));
        pair_near(graphs, pairs, &mut candidates);
    }
}

fn pair_near(graphs: &[Graph<'_>; 2], pairs: &mut Pairs, candidates: &mut Vec<Candidate>) {
    for least in LEAST {
        for _ in 0..MOST_ROUNDS {
            let n_before = candidates.len();
            pair_best(graphs, pairs, candidates, least);
            candidates.retain(|it| pairs.are_free(it.old, it.new));
            if candidates.len() == n_before {
                break;
            }
        }
    }
}

/// Pairs two actions that are by far the most similar to each other of all that are left, wherever
/// they stand: if everything around them was edited as well, no place tells anything.
fn pair_outstanding(pairs: &mut Pairs, candidates: &[Candidate]) -> bool {
    let mut best: [BTreeMap<usize, (f64, f64)>; 2] = Default::default();
    for it in candidates {
        for (best, n) in best.iter_mut().zip([it.old, it.new]) {
            let (first, second) = best.entry(n).or_insert((0.0, 0.0));
            (*first, *second) = match it.content > *first {
                true => (it.content, *first),
                false => (*first, second.max(it.content)),
            };
        }
    }
    let mut is_any = false;
    for it in candidates
        .iter()
        .filter(|it| it.content >= LEAST_OUTSTANDING)
    {
        let is_outstanding = |best: &BTreeMap<usize, (f64, f64)>, n: &usize| {
            let (first, second) = best.get(n).copied().unwrap_or_default();
            it.content >= first && first - second >= MARGIN
        };
        if is_outstanding(&best[0], &it.old) && is_outstanding(&best[1], &it.new) {
            pairs.join(it.old, it.new);
            is_any = true;
        }
    }
    is_any
}

/// Two actions that may be the same, and how similar they are in content.
struct Candidate {
    old: usize,
    new: usize,
    content: f64,
}

fn pair_best(graphs: &[Graph<'_>; 2], pairs: &mut Pairs, candidates: &[Candidate], least: f64) {
    let scored = candidates.iter().filter_map(|it| {
        let score = it.content + pairs.agreement(graphs, it.old, it.new);
        let has_content = graphs[0].has_content(it.old) && it.content >= LEAST_CONTENT;
        (score >= least || has_content).then_some((score, (it.old, it.new)))
    });
    let mut scored: Vec<_> = scored.collect();
    scored.sort_by(|a, b| {
        let by_score = b.0.total_cmp(&a.0);
        by_score.then_with(|| place(graphs, a.1).cmp(&place(graphs, b.1)))
    });
    for (_, (old, new)) in scored {
        if pairs.are_free(old, new) {
            pairs.join(old, new);
        }
    }
}

/// Actions of a type in both versions that are in no pair.
#[derive(Default)]
struct Alike {
    old: Vec<usize>,
    new: Vec<usize>,
}

fn candidates(graphs: &[Graph<'_>; 2], pairs: &Pairs) -> Vec<Candidate> {
    let mut by_type: BTreeMap<&str, Alike> = BTreeMap::new();
    for (n, action) in graphs[0]
        .actions()
        .filter(|(n, _)| pairs.new_of(*n).is_none())
    {
        by_type.entry(action.kind.as_str()).or_default().old.push(n);
    }
    for (n, action) in graphs[1]
        .actions()
        .filter(|(n, _)| pairs.old_of(*n).is_none())
    {
        let alike = by_type.get_mut(action.kind.as_str());
        alike.into_iter().for_each(|it| it.new.push(n));
    }
    let mut candidates = Vec::new();
    for alike in by_type.values().filter(|it| !it.new.is_empty()) {
        let traits = |side: usize, of: &[usize]| -> BTreeMap<usize, Traits> {
            let of = of.iter().copied();
            of.map(|it| (it, Traits::of(&graphs[side], it))).collect()
        };
        let (old, new) = (traits(0, &alike.old), traits(1, &alike.new));
        for (one, other) in combinations(graphs, pairs, alike) {
            if let (Some(a), Some(b)) = (old.get(&one), new.get(&other)) {
                candidates.push(Candidate {
                    old: one,
                    new: other,
                    content: a.similarity(b),
                });
            }
        }
    }
    candidates
}

/// Whom to compare with whom.
fn combinations(graphs: &[Graph<'_>; 2], pairs: &Pairs, alike: &Alike) -> Vec<(usize, usize)> {
    if alike.old.len() * alike.new.len() <= MOST_COMBINATIONS {
        let of = |old: &usize| -> Vec<_> { alike.new.iter().map(|new| (*old, *new)).collect() };
        return alike.old.iter().flat_map(of).collect();
    }
    let are_alike: BTreeSet<usize> = alike.new.iter().copied().collect();
    let mut found = with_same_text(graphs, alike);
    for old in &alike.old {
        let there = neighbours(graphs, pairs, *old).into_iter();
        found.extend(
            there
                .filter(|it| are_alike.contains(it))
                .map(|new| (*old, new)),
        );
    }
    found.into_iter().collect()
}

/// The actions of the new version that stand where an action of the old one stood.
fn neighbours(graphs: &[Graph<'_>; 2], pairs: &Pairs, old: usize) -> Vec<usize> {
    let [before, after] = graphs;
    let mut found = Vec::new();
    for way in before.ins(old).iter().take(MOST_NEIGHBOURS) {
        let from = way.other.and_then(|it| pairs.new_of(it));
        let there = from.and_then(|it| after.out(it, way.label));
        found.extend(there.and_then(|it| it.other));
    }
    for way in before.outs(old).iter().take(MOST_NEIGHBOURS) {
        let to = way.other.and_then(|it| pairs.new_of(it));
        let ins = to.map(|it| after.ins(it)).unwrap_or_default();
        let start = ins.partition_point(|it| it.label < way.label);
        let same = ins
            .iter()
            .skip(start)
            .take_while(|it| it.label == way.label);
        let same: Vec<&Way> = same.take(MOST_NEIGHBOURS + 1).collect();
        if same.len() <= MOST_NEIGHBOURS {
            found.extend(same.into_iter().filter_map(|it| it.other));
        }
    }
    found
}

/// Actions that have a top-level text in common which few others have.
fn with_same_text(graphs: &[Graph<'_>; 2], alike: &Alike) -> BTreeSet<(usize, usize)> {
    let mut by_text: BTreeMap<u64, Alike> = BTreeMap::new();
    let texts = |side: usize, n: usize| {
        let parameters = graphs[side].flow.actions[n].parameters.iter();
        let texts = parameters
            .filter_map(|(key, it)| Some(mix(hash::text(key), hash::text(it.as_text()?))));
        texts.collect::<Vec<u64>>()
    };
    for n in &alike.old {
        for text in texts(0, *n) {
            by_text.entry(text).or_default().old.push(*n);
        }
    }
    for n in &alike.new {
        for text in texts(1, *n) {
            by_text.entry(text).or_default().new.push(*n);
        }
    }
    let is_rare = |it: &&Alike| it.old.len().max(it.new.len()) <= MOST_NEIGHBOURS;
    let rare = by_text.values().filter(is_rare);
    rare.flat_map(|it| {
        it.old
            .iter()
            .flat_map(|old| it.new.iter().map(|new| (*old, *new)))
    })
    .collect()
}

/// What tells an action from others of its type: where its values stand, the words of its texts
/// and its ways out, by their hashes, each with its weight.
pub(super) struct Traits {
    weights: Vec<(u64, f64)>,
    sum: f64,
}

/// The weight of having a value at some path, of what the value is, and of having a way out. Every
/// prompt has a text and the same ways out, so these say little.
const OF_PATH: f64 = 0.2;
const OF_VALUE: f64 = 0.8;
const OF_WAY: f64 = 0.15;

impl Traits {
    pub(super) fn of(graph: &Graph<'_>, action: usize) -> Self {
        let mut weights = Vec::new();
        if let Some(action) = graph.flow.actions.get(action) {
            push_action(action, &mut weights);
        }
        let ways = graph.outs(action).iter();
        weights.extend(ways.map(|way| (way.label, OF_WAY)));
        weights.sort_by_key(|it| it.0);
        weights.dedup_by(|it, kept| {
            let is_same = it.0 == kept.0;
            if is_same {
                kept.1 += it.1;
            }
            is_same
        });
        let sum = weights.iter().map(|it| it.1).sum();
        Self { weights, sum }
    }

    /// From 0, nothing in common, to 1.
    pub(super) fn similarity(&self, other: &Traits) -> f64 {
        let (mut a, mut b) = (
            self.weights.iter().peekable(),
            other.weights.iter().peekable(),
        );
        let mut common = 0.0;
        while let (Some(one), Some(two)) = (a.peek(), b.peek()) {
            if one.0 == two.0 {
                common += one.1.min(two.1);
            }
            let (one, two) = (one.0, two.0);
            if one <= two {
                a.next();
            }
            if two <= one {
                b.next();
            }
        }
        match self.sum + other.sum {
            0.0 => 1.0,
            sum => 2.0 * common / sum,
        }
    }
}

fn push_action(action: &Action, weights: &mut Vec<(u64, f64)>) {
    for (key, value) in &action.parameters {
        push_value(hash::text(key), value, weights);
    }
}

fn push_value(path: u64, value: &Value, weights: &mut Vec<(u64, f64)>) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (key, value) in map {
                push_value(mix(path, hash::text(key)), value, weights);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for item in items {
                push_value(mix(path, 1), item, weights);
            }
        }
        Value::Text(text) => {
            weights.push((path, OF_PATH));
            let words: Vec<&str> = text
                .split(|it: char| !it.is_alphanumeric())
                .filter(|it| !it.is_empty())
                .collect();
            if words.is_empty() {
                weights.push((mix(path, hash::text(text)), OF_VALUE));
            }
            let each = OF_VALUE / words.len() as f64;
            let words = words
                .into_iter()
                .map(|it| (mix(path, hash::text(it)), each));
            weights.extend(words);
        }
        _ => {
            weights.push((path, OF_PATH));
            weights.push((mix(path, hash::value(value)), OF_VALUE));
        }
    }
}
