//! Positions: columns from left to right by distance from the start, and in each column the way
//! that a contact normally takes above the ways that errors take.

use std::collections::HashMap;

use super::{COLUMN, GAP, WIDTH};
use crate::catalogue;
use crate::model::{Action, ActionId, Flow};

/// Left of the first column stands the entry point.
const LEFT: i64 = 40 + WIDTH;
const TOP: i64 = 40;

/// The position of each action, in the order of the actions.
pub(super) fn positions(flow: &Flow) -> Vec<(i64, i64)> {
    let graph = Graph::new(flow);
    let columns = graph.columns();
    let mut positions = vec![(0, 0); flow.actions.len()];
    let mut bottoms: Vec<i64> = Vec::new();
    for node in graph.order(&columns) {
        let column = columns[node];
        if bottoms.len() <= column {
            bottoms.resize(column + 1, TOP);
        }
        // In line with the action it comes from where there is room, else below what is there.
        let wanted = graph.parents[node].map_or(TOP, |parent| positions[parent].1);
        let y = bottoms[column].max(wanted);
        bottoms[column] = y + height(&flow.actions[node]) + GAP;
        let x = LEFT + i64::try_from(column).unwrap_or(i64::MAX / COLUMN) * COLUMN;
        positions[node] = (x, y);
    }
    positions
}

/// The height of a block: a head, and a line for each branch. People leave at least 154 between
/// blocks of one branch, 201 for two, 290 for four.
fn height(action: &Action) -> i64 {
    let transitions = &action.transitions;
    let branches = transitions.conditions.len() + transitions.errors.len();
    110 + 46 * i64::try_from(branches).unwrap_or(0)
}

/// The actions as numbers, with the ways that lead forward.
struct Graph {
    /// Depth first from the start, then from what the start does not lead to.
    preorder: Vec<usize>,
    /// The action from which each was first come to.
    parents: Vec<Option<usize>>,
    /// Ways forward, those back to an action before left out.
    forward: Vec<Vec<usize>>,
    /// Each action before all that it leads forward to.
    topological: Vec<usize>,
    is_reached: Vec<bool>,
}

impl Graph {
    fn new(flow: &Flow) -> Self {
        let mut numbers: HashMap<&ActionId, usize> = HashMap::new();
        for (n, action) in flow.actions.iter().enumerate() {
            numbers.entry(&action.id).or_insert(n);
        }
        let ways: Vec<Vec<usize>> = flow
            .actions
            .iter()
            .map(|action| {
                ways(action)
                    .filter_map(|id| numbers.get(id).copied())
                    .collect()
            })
            .collect();
        let n = flow.actions.len();
        let mut graph = Self {
            preorder: Vec::with_capacity(n),
            parents: vec![None; n],
            forward: vec![Vec::new(); n],
            topological: Vec::with_capacity(n),
            is_reached: vec![false; n],
        };
        let mut state = vec![State::New; n];
        if let Some(&start) = numbers.get(&flow.start) {
            graph.visit(start, &ways, &mut state);
            graph.is_reached = state.iter().map(|it| *it != State::New).collect();
        }
        for other in 0..n {
            graph.visit(other, &ways, &mut state);
        }
        graph.topological.reverse();
        graph
    }

    /// Depth first with a stack of its own: a flow may be one long chain.
    fn visit(&mut self, root: usize, ways: &[Vec<usize>], state: &mut [State]) {
        if state[root] != State::New {
            return;
        }
        state[root] = State::Open;
        self.preorder.push(root);
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            let Some(&target) = ways[node].get(*next) else {
                state[node] = State::Done;
                self.topological.push(node);
                stack.pop();
                continue;
            };
            *next += 1;
            if state[target] != State::Open {
                self.forward[node].push(target);
            }
            if state[target] == State::New {
                state[target] = State::Open;
                self.parents[target] = Some(node);
                self.preorder.push(target);
                stack.push((target, 0));
            }
        }
    }

    /// The column of each action: one further than the furthest that leads to it. What nothing
    /// leads to begins at the left.
    fn columns(&self) -> Vec<usize> {
        let mut columns = vec![0; self.forward.len()];
        for &node in &self.topological {
            for &target in &self.forward[node] {
                // What a contact never comes to does not push what it does come to.
                if self.is_reached[node] || !self.is_reached[target] {
                    columns[target] = columns[target].max(columns[node] + 1);
                }
            }
        }
        columns
    }

    /// Column by column; in each as first come to, and what the start does not lead to at the end.
    fn order(&self, columns: &[usize]) -> Vec<usize> {
        let mut order = self.preorder.clone();
        order.sort_by_key(|&node| (!self.is_reached[node], columns[node]));
        order
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// The ways out, the normal ones first. A `NextAction` that is never followed is none.
fn ways(action: &Action) -> impl Iterator<Item = &ActionId> {
    let transitions = &action.transitions;
    let next = transitions
        .next
        .iter()
        .filter(|_| catalogue::follows_next(action));
    next.chain(transitions.conditions.iter().map(|it| &it.next))
        .chain(transitions.errors.iter().map(|it| &it.next))
}
