//! The actions as numbers, and the ways between them that a drawing shows, made to lead forward.

use std::collections::{HashMap, HashSet};

use crate::catalogue;
use crate::model::{Action, ActionId, Flow};

pub(super) struct Graph {
    /// The ways out of each action, the normal ones first, by the action they lead to.
    pub(super) ways: Vec<Vec<usize>>,
    /// The same, each turned round that leads back to an action before.
    pub(super) edges: Vec<Edge>,
    /// Depth first from the start along the normal ways first, then what the start does not lead to.
    pub(super) preorder: Vec<usize>,
    /// Each action before all that it leads forward to.
    pub(super) topological: Vec<usize>,
    pub(super) is_reached: Vec<bool>,
    /// The actions that a contact comes to on the longest way without errors.
    pub(super) main_path: Vec<usize>,
    /// Whether a contact comes to an action only because of an error, or because nothing matched.
    pub(super) is_after_error: Vec<bool>,
}

/// A way from an action to one further right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Below the top of either block, where it leaves and arrives.
    pub(super) leaves: i64,
    pub(super) arrives: i64,
    /// How much it matters that it is short.
    pub(super) weight: i64,
    pub(super) is_error: bool,
}

impl Graph {
    pub(super) fn new(flow: &Flow) -> Self {
        let mut numbers: HashMap<&ActionId, usize> = HashMap::with_capacity(flow.actions.len());
        for (n, action) in flow.actions.iter().enumerate() {
            numbers.entry(&action.id).or_insert(n);
        }
        let ways = flow.actions.iter().map(|action| {
            let ids = normal_ways(action).chain(errors(action, false));
            ids.filter_map(|id| numbers.get(id).copied()).collect()
        });
        let ways: Vec<Vec<usize>> = ways.collect();
        let n = ways.len();
        let mut search = Search {
            ways: &ways,
            state: vec![State::New; n],
            preorder: Vec::with_capacity(n),
            topological: Vec::with_capacity(n),
            back: Vec::new(),
        };
        let start = numbers.get(&flow.start).copied();
        start.into_iter().for_each(|start| search.visit(start));
        let is_reached = search.state.iter().map(|it| *it != State::New).collect();
        (0..n).for_each(|other| search.visit(other));
        search.topological.reverse();
        let (preorder, topological, back) = (search.preorder, search.topological, search.back);
        // As in `ways`, those to actions that do not exist do not count.
        let exists = |id: &&ActionId| numbers.contains_key(*id);
        let actions = || flow.actions.iter();
        let n_normal = actions().map(|it| normal_ways(it).filter(exists).count());
        let n_normal: Vec<usize> = n_normal.collect();
        let main_path = main_path(start, &ways, &n_normal);
        let n_chosen = actions().map(|it| chosen_ways(it).filter(exists).count());
        let n_chosen: Vec<usize> = n_chosen.collect();
        Self {
            edges: edges(&ways, &n_normal, &back, &main_path),
            preorder,
            topological,
            is_after_error: after_errors(&main_path, &ways, &n_chosen),
            is_reached,
            main_path,
            ways,
        }
    }
}

/// The ways that no error takes. A `NextAction` that is never followed is none, and that nothing
/// matched is no error.
fn normal_ways(action: &Action) -> impl Iterator<Item = &ActionId> {
    chosen_ways(action).chain(errors(action, true))
}

/// The ways that something has to hold for.
fn chosen_ways(action: &Action) -> impl Iterator<Item = &ActionId> {
    let transitions = &action.transitions;
    let next = transitions.next.iter();
    next.filter(|_| catalogue::follows_next(action))
        .chain(transitions.conditions.iter().map(|it| &it.next))
}

fn errors(action: &Action, is_otherwise: bool) -> impl Iterator<Item = &ActionId> {
    let branches = action.transitions.errors.iter();
    branches
        .filter(move |it| (it.error == "NoMatchingCondition") == is_otherwise)
        .map(|it| &it.next)
}

/// From the start along the first normal way each time, until there is none or it leads back.
fn main_path(start: Option<usize>, ways: &[Vec<usize>], n_normal: &[usize]) -> Vec<usize> {
    let mut path = Vec::new();
    let mut seen = vec![false; ways.len()];
    let mut at = start;
    while let Some(node) = at.filter(|&node| !std::mem::replace(&mut seen[node], true)) {
        path.push(node);
        at = ways[node].first().copied().filter(|_| n_normal[node] > 0);
    }
    path
}

/// Whether a contact comes to an action only because of an error, or because nothing matched.
fn after_errors(main_path: &[usize], ways: &[Vec<usize>], n_chosen: &[usize]) -> Vec<bool> {
    let mut is_after_error = vec![true; ways.len()];
    let mut open: Vec<usize> = main_path.to_vec();
    while let Some(node) = open.pop() {
        if std::mem::replace(&mut is_after_error[node], false) {
            open.extend(&ways[node][..n_chosen[node]]);
        }
    }
    is_after_error
}

/// Every way of the drawing; those that search found to lead back are turned round.
fn edges(
    ways: &[Vec<usize>],
    n_normal: &[usize],
    back: &[(usize, usize)],
    main_path: &[usize],
) -> Vec<Edge> {
    let mut follows = vec![None; ways.len()];
    main_path
        .windows(2)
        .for_each(|it| follows[it[0]] = Some(it[1]));
    let back: HashSet<&(usize, usize)> = back.iter().collect();
    let mut edges = Vec::with_capacity(ways.iter().map(Vec::len).sum());
    for (from, targets) in ways.iter().enumerate() {
        for (way, &to) in targets.iter().enumerate() {
            let is_main = follows[from] == Some(to);
            let weight = match way < n_normal[from] {
                _ if is_main => 8,
                true => 2,
                false => 1,
            };
            let is_error = way >= n_normal[from];
            let (leaves, arrives) = (super::port(way), super::ENTRY);
            if back.contains(&(from, way)) {
                if from != to {
                    let (from, to) = (to, from);
                    let (leaves, arrives) = (arrives, leaves);
                    edges.push(Edge {
                        from,
                        to,
                        leaves,
                        arrives,
                        weight,
                        is_error,
                    });
                }
            } else {
                edges.push(Edge {
                    from,
                    to,
                    leaves,
                    arrives,
                    weight,
                    is_error,
                });
            }
        }
    }
    edges
}

/// Depth first with a stack of its own: a flow may be one long chain.
struct Search<'a> {
    ways: &'a [Vec<usize>],
    state: Vec<State>,
    preorder: Vec<usize>,
    topological: Vec<usize>,
    /// Ways to an action on the way to this one: the action, and the number of its way.
    back: Vec<(usize, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

impl Search<'_> {
    fn visit(&mut self, root: usize) {
        if self.state[root] != State::New {
            return;
        }
        self.state[root] = State::Open;
        self.preorder.push(root);
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let (node, way) = (*node, *next);
            let Some(&target) = self.ways[node].get(way) else {
                self.state[node] = State::Done;
                self.topological.push(node);
                stack.pop();
                continue;
            };
            *next += 1;
            match self.state[target] {
                State::Open => self.back.push((node, way)),
                State::Done => {}
                State::New => {
                    self.state[target] = State::Open;
                    self.preorder.push(target);
                    stack.push((target, 0));
                }
            }
        }
    }
}
