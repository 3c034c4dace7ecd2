//! The last touch: blocks are moved one by one, and exchanged with their neighbours, as long as that
//! saves crossings and length of the edges as they are drawn, straight from port to block.
//!
//! The order within columns is found with long edges bent around blocks; drawn straight, some cross
//! that did not. Looking at the drawing itself mends most of it.

use super::graph::Graph;
use super::{COLUMN, ENTRY, GAP, LEFT, Position, WIDTH, height, port};
use crate::model::Flow;

/// The length of edge that is worth one crossing less.
const CROSSING: f64 = 600.0;

/// Further up or down than any block.
const FAR: i64 = 1_000_000_000;

/// How many columns a block may move at once.
const REACH: i64 = 4;

/// The length of edge that is worth a block less above the main path, where nobody looks for it.
const ABOVE: f64 = 800.0;

/// Pairs of edges that may be compared. A flow of 250 actions gets a few rounds; without the limit
/// it could take seconds.
const MAX_WORK: usize = 4_000_000;

/// Moves blocks of a drawing, but not the main path.
pub(super) fn improve(flow: &Flow, graph: &Graph, positions: &mut [Position]) {
    let mut drawing = Drawing::new(flow, graph, positions);
    while drawing.work < MAX_WORK {
        if !drawing.round() {
            break;
        }
    }
}

struct Drawing<'a> {
    /// The last column.
    right: i64,
    positions: &'a mut [Position],
    heights: Vec<i64>,
    edges: Vec<Edge>,
    /// The edges of each action.
    incident: Vec<Vec<usize>>,
    is_fixed: Vec<bool>,
    /// Whether a block belongs below the main path, whose blocks begin at 0.
    is_below: &'a [bool],
    work: usize,
}

#[derive(Clone, Copy)]
struct Edge {
    from: usize,
    to: usize,
    port: i64,
    /// Whether it leads to the right, and so has to go on doing that.
    is_forward: bool,
}

impl<'a> Drawing<'a> {
    fn new(flow: &Flow, graph: &'a Graph, positions: &'a mut [Position]) -> Self {
        let mut edges = Vec::new();
        let mut incident = vec![Vec::new(); positions.len()];
        for (from, ways) in graph.ways.iter().enumerate() {
            for (way, &to) in ways.iter().enumerate() {
                let n = edges.len();
                edges.push(Edge {
                    from,
                    to,
                    port: port(way),
                    is_forward: positions[from].0 < positions[to].0,
                });
                incident[from].push(n);
                if to != from {
                    incident[to].push(n);
                }
            }
        }
        let mut is_fixed = vec![false; positions.len()];
        graph
            .main_path
            .iter()
            .for_each(|&node| is_fixed[node] = true);
        Self {
            right: positions.iter().map(|it| it.0).max().unwrap_or(LEFT),
            heights: flow.actions.iter().map(height).collect(),
            positions,
            edges,
            incident,
            is_fixed,
            is_below: &graph.is_after_error,
            work: 0,
        }
    }

    /// Tries every block once; says whether anything got better.
    fn round(&mut self) -> bool {
        let mut is_better = false;
        for node in 0..self.positions.len() {
            if self.is_fixed[node] || self.work > MAX_WORK {
                continue;
            }
            is_better |= self.move_alone(node);
            is_better |= self.exchange(node);
        }
        is_better
    }

    fn move_alone(&mut self, node: usize) -> bool {
        let before = self.positions[node];
        let mut best = (self.cost(&[node]) - 1.0, before);
        for candidate in self.candidates(node) {
            self.positions[node] = candidate;
            let cost = self.cost(&[node]);
            if cost < best.0 {
                best = (cost, candidate);
            }
        }
        self.positions[node] = best.1;
        best.1 != before
    }

    /// With the block below it in its column, if they touch the same stretch.
    fn exchange(&mut self, node: usize) -> bool {
        let (x, y) = self.positions[node];
        let below = (0..self.positions.len()).filter(|&other| {
            let (other_x, other_y) = self.positions[other];
            other_x == x && other_y > y
        });
        let below = below.min_by_key(|&other| self.positions[other].1);
        let Some(other) = below.filter(|&other| !self.is_fixed[other]) else {
            return false;
        };
        let old = [self.positions[node], self.positions[other]];
        let before = self.cost(&[node, other]);
        let bottom = old[1].1 + self.heights[other];
        self.positions[other] = (x, y);
        self.positions[node] = (x, bottom - self.heights[node]);
        let is_better = self.cost(&[node, other]) < before - 1.0;
        if !is_better {
            [self.positions[node], self.positions[other]] = old;
        }
        is_better
    }

    /// Free places where one of the block's edges would be level, or nearly so, in its own column and
    /// the ones beside it.
    fn candidates(&self, node: usize) -> Vec<Position> {
        let (least, greatest) = self.columns(node);
        let x = self.positions[node].0;
        let least_y = if self.is_below[node] { 0 } else { -FAR };
        let mut found = Vec::new();
        for column in -REACH..=REACH {
            let x = x + column * COLUMN;
            if x < least || x > greatest.min(self.right) {
                continue;
            }
            let taken = self.taken(node, x);
            for &edge in &self.incident[node] {
                let edge = self.edges[edge];
                let wanted = if edge.from == node {
                    self.positions[edge.to].1 + ENTRY - edge.port
                } else {
                    self.positions[edge.from].1 + edge.port - ENTRY
                };
                let free = nearest(wanted.max(least_y), least_y, self.heights[node], &taken);
                found.extend(free.into_iter().flatten().map(|y| (x, y)));
            }
            let bottom = taken.last().map_or(0, |it| it.1);
            found.push((x, bottom.max(least_y)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// How far left and right a block may stand.
    fn columns(&self, node: usize) -> (i64, i64) {
        let (mut least, mut greatest) = (LEFT, i64::MAX);
        for &edge in &self.incident[node] {
            let edge = self.edges[edge];
            if !edge.is_forward {
                continue;
            }
            if edge.to == node {
                least = least.max(self.positions[edge.from].0 + COLUMN);
            } else {
                greatest = greatest.min(self.positions[edge.to].0 - COLUMN);
            }
        }
        (least, greatest)
    }

    /// The stretches of a column that other blocks take, each with the gap below it.
    fn taken(&self, node: usize, x: i64) -> Vec<(i64, i64)> {
        let mut taken: Vec<(i64, i64)> = Vec::new();
        for (other, position) in self.positions.iter().enumerate() {
            if other != node && (position.0 - x).abs() < WIDTH {
                taken.push((position.1, position.1 + self.heights[other] + GAP));
            }
        }
        taken.sort_unstable();
        taken
    }

    /// What the edges of some blocks cost: their lengths, and what crosses them.
    fn cost(&mut self, nodes: &[usize]) -> f64 {
        let mut edges: Vec<usize> = Vec::new();
        for node in nodes {
            edges.extend(&self.incident[*node]);
        }
        edges.sort_unstable();
        edges.dedup();
        self.work += edges.len() * self.edges.len();
        let above = nodes.iter().filter(|&&node| self.positions[node].1 < 0);
        let mut cost = ABOVE * above.count() as f64;
        for &edge in &edges {
            let line = self.line(self.edges[edge]);
            cost += length(line);
            for other in 0..self.edges.len() {
                // A pair of the block's own edges is seen from both, and counts once.
                let is_seen = other <= edge && edges.binary_search(&other).is_ok();
                if !is_seen && cross(line, self.line(self.edges[other])) {
                    cost += CROSSING;
                }
            }
        }
        cost
    }

    fn line(&self, edge: Edge) -> [i64; 4] {
        let (from, to) = (self.positions[edge.from], self.positions[edge.to]);
        [from.0 + WIDTH, from.1 + edge.port, to.0, to.1 + ENTRY]
    }
}

/// The free places nearest to the wanted one, at or above it and at or below it.
fn nearest(wanted: i64, least: i64, height: i64, taken: &[(i64, i64)]) -> [Option<i64>; 2] {
    let mut above = None;
    let mut top = least;
    for (start, end) in taken.iter().copied().chain([(FAR, FAR)]) {
        let last = start.saturating_sub(height + GAP);
        if top <= last {
            if top <= wanted && wanted <= last {
                return [Some(wanted), None];
            }
            if last < wanted {
                above = Some(last);
            } else {
                return [above, Some(top)];
            }
        }
        top = top.max(end);
    }
    [above, None]
}

fn length(line: [i64; 4]) -> f64 {
    ((line[2] - line[0]) as f64).hypot((line[3] - line[1]) as f64)
}

/// Whether two lines cross; those that meet at an end do not.
pub(super) fn cross(one: [i64; 4], other: [i64; 4]) -> bool {
    let apart = |a: usize| {
        one[a].max(one[a + 2]) < other[a].min(other[a + 2])
            || other[a].max(other[a + 2]) < one[a].min(one[a + 2])
    };
    if apart(0) || apart(1) {
        return false;
    }
    let side = |line: [i64; 4], x: i64, y: i64| {
        let cross = (line[2] - line[0]) * (y - line[1]) - (line[3] - line[1]) * (x - line[0]);
        cross.signum()
    };
    side(one, other[0], other[1]) * side(one, other[2], other[3]) < 0
        && side(other, one[0], one[1]) * side(other, one[2], one[3]) < 0
}
