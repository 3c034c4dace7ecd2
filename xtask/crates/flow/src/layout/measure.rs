//! How good a drawing is, as numbers: whoever placed the blocks, measured in the same way.

use super::graph::Graph;
use super::improve::cross;
use super::{ENTRY, Position, WIDTH, height, port};
use crate::model::Flow;

/// What makes a drawing hard to read, each the less the better.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Pairs of edges that cross, drawn straight from the line of a branch to the block it leads to.
    pub crossings: usize,
    /// The lengths of all edges, in units of the canvas.
    pub length: f64,
    /// Pairs of blocks that lie on each other.
    pub overlaps: usize,
}

/// Measures the drawing of a flow whose blocks stand at these positions, in the order of its actions.
pub fn drawing(flow: &Flow, positions: &[Position]) -> Drawing {
    let lines = lines(flow, positions);
    Drawing {
        crossings: crossings(&lines),
        length: lines.iter().map(Line::length).sum(),
        overlaps: overlaps(flow, positions),
    }
}

/// The positions that the flow's own metadata gives, if it gives all of them.
pub fn given(flow: &Flow) -> Option<Vec<Position>> {
    super::kept::positions(flow).into_iter().collect()
}

#[derive(Clone, Copy)]
struct Line {
    from: Position,
    to: Position,
}

impl Line {
    fn ends(&self) -> [i64; 4] {
        [self.from.0, self.from.1, self.to.0, self.to.1]
    }

    fn length(&self) -> f64 {
        let (x, y) = (self.to.0 - self.from.0, self.to.1 - self.from.1);
        (x as f64).hypot(y as f64)
    }
}

fn lines(flow: &Flow, positions: &[Position]) -> Vec<Line> {
    let graph = Graph::new(flow);
    let mut lines = Vec::new();
    for (from, ways) in graph.ways.iter().enumerate() {
        for (way, &to) in ways.iter().enumerate() {
            let ((x, y), (to_x, to_y)) = (positions[from], positions[to]);
            lines.push(Line {
                from: (x + WIDTH, y + port(way)),
                to: (to_x, to_y + ENTRY),
            });
        }
    }
    lines
}

/// Lines that meet in the same point do not cross there.
fn crossings(lines: &[Line]) -> usize {
    let mut count = 0;
    for (n, one) in lines.iter().enumerate() {
        let others = lines[n + 1..].iter();
        count += others
            .filter(|other| cross(one.ends(), other.ends()))
            .count();
    }
    count
}

fn overlaps(flow: &Flow, positions: &[Position]) -> usize {
    let blocks: Vec<(Position, i64)> = positions
        .iter()
        .zip(&flow.actions)
        .map(|(position, action)| (*position, height(action)))
        .collect();
    let mut count = 0;
    for (n, ((x, y), height)) in blocks.iter().enumerate() {
        let others = blocks[n + 1..].iter();
        count += others
            .filter(|((other_x, other_y), other_height)| {
                (x - other_x).abs() < WIDTH && *y < other_y + other_height && *other_y < y + height
            })
            .count();
    }
    count
}
