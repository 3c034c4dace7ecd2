//! Walks over a flow's graph that several rules need: facts carried along the ways, and the most
//! that can add up on one of them.

use super::graph::{Exit, Graph};

/// What may hold when a contact comes to each action, as bits: those of `from` hold at the actions
/// it names, and `across` says what becomes of them on the way through an action and out of an
/// exit. Each bit stands for some path, never for all.
///
/// `across` has to be monotonic: more bits in, no fewer bits out. Then every action is looked at
/// once for each bit at most.
pub(crate) fn spread(
    graph: &Graph<'_>,
    from: impl IntoIterator<Item = (usize, u64)>,
    across: impl Fn(usize, Exit, u64) -> u64,
) -> Vec<u64> {
    let mut at = vec![0; graph.flow.actions.len()];
    let mut is_open = vec![false; at.len()];
    let mut open = Vec::new();
    for (n, bits) in from {
        at[n] |= bits;
        if !std::mem::replace(&mut is_open[n], true) {
            open.push(n);
        }
    }
    while let Some(n) = open.pop() {
        is_open[n] = false;
        for exit in graph.exits(n) {
            let bits = across(n, *exit, at[n]);
            if at[exit.to] | bits != at[exit.to] {
                at[exit.to] |= bits;
                if !std::mem::replace(&mut is_open[exit.to], true) {
                    open.push(exit.to);
                }
            }
        }
    }
    at
}

/// What one action adds to a sum along a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    Adds(u64),
    /// The sum starts again.
    Clears,
}

/// A path on which loads add up, from the first action that adds to the last.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Loaded {
    pub(crate) sum: u64,
    /// The actions on it that add something.
    pub(crate) actions: Vec<usize>,
}

/// The paths on which more than `limit` adds up, the worst for each action that takes the sum over
/// the limit. No action counts twice: ways back to where the path has been are not taken.
pub(crate) fn overloaded(
    graph: &Graph<'_>,
    limit: u64,
    load: impl Fn(usize) -> Load,
) -> Vec<Loaded> {
    let order = forward_order(graph);
    let mut place = vec![usize::MAX; graph.flow.actions.len()];
    for (at, n) in order.iter().enumerate() {
        place[*n] = at;
    }
    // The most that has added up when an action is left, and the action before on that path.
    let mut sums = vec![0u64; place.len()];
    let mut before: Vec<Option<usize>> = vec![None; place.len()];
    let mut most_in = vec![0u64; place.len()];
    let mut found = Vec::new();
    for (at, n) in order.iter().copied().enumerate() {
        sums[n] = match load(n) {
            Load::Adds(more) => most_in[n].saturating_add(more),
            Load::Clears => 0,
        };
        if sums[n] > limit && most_in[n] <= limit {
            found.push(way_to(n, sums[n], &before, &load));
        }
        for exit in graph.exits(n) {
            if place[exit.to] > at && place[exit.to] != usize::MAX && sums[n] > most_in[exit.to] {
                most_in[exit.to] = sums[n];
                before[exit.to] = Some(n);
            }
        }
    }
    found
}

fn way_to(
    last: usize,
    sum: u64,
    before: &[Option<usize>],
    load: &impl Fn(usize) -> Load,
) -> Loaded {
    let mut actions = Vec::new();
    let mut here = Some(last);
    while let Some(n) = here {
        match load(n) {
            Load::Clears => break,
            Load::Adds(0) => {}
            Load::Adds(_) => actions.push(n),
        }
        here = before[n];
    }
    actions.reverse();
    Loaded { sum, actions }
}

/// The reached actions, each before those it leads to, but for the ways back in loops.
fn forward_order(graph: &Graph<'_>) -> Vec<usize> {
    let mut is_seen = vec![false; graph.flow.actions.len()];
    let mut order = Vec::with_capacity(is_seen.len());
    let mut path: Vec<(usize, usize)> = Vec::new();
    if let Some(start) = graph.start {
        is_seen[start] = true;
        path.push((start, 0));
    }
    while let Some((n, taken)) = path.last_mut() {
        match graph.exits(*n).get(*taken) {
            Some(exit) => {
                *taken += 1;
                if !std::mem::replace(&mut is_seen[exit.to], true) {
                    path.push((exit.to, 0));
                }
            }
            None => {
                order.push(*n);
                path.pop();
            }
        }
    }
    order.reverse();
    order
}
