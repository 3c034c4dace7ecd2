//! The heights: in each column the order stays, nothing overlaps, and edges are as level as can be.

use super::GAP;
use super::graph::Graph;
use super::order::Layers;
use crate::model::Flow;

/// How often the columns are gone through in each direction.
const SWEEPS: usize = 16;

/// Room for an edge that passes between blocks.
const LANE: i64 = 24;

/// The upper edge of each action's block, that of the main path at 0.
pub(super) fn of(graph: &Graph, layers: &Layers, flow: &Flow) -> Vec<i64> {
    let room = |node: usize| match flow.actions.get(node) {
        Some(action) => super::height(action) + GAP,
        None => LANE,
    };
    let rooms: Vec<i64> = (0..layers.n_nodes).map(room).collect();
    let mut ys = vec![0; layers.n_nodes];
    for layer in &layers.layers {
        let main = layer.iter().position(|&node| layers.is_main[node]);
        let above = layer[..main.unwrap_or(0)].iter();
        let mut bottom = -above.map(|&node| rooms[node]).sum::<i64>();
        for &node in layer {
            ys[node] = bottom;
            bottom += rooms[node];
        }
    }
    let n = layers.layers.len();
    for sweep in 0..SWEEPS * 2 {
        for step in 0..n {
            let column = if sweep % 2 == 0 { step } else { n - 1 - step };
            // The last sweeps look both ways, so that a column does not swing with one side only.
            let sides = if sweep + 4 < SWEEPS * 2 {
                [sweep % 2 == 0, sweep % 2 == 1]
            } else {
                [true, true]
            };
            settle(layers, &layers.layers[column], sides, &rooms, &mut ys);
        }
    }
    ys.truncate(graph.ways.len());
    ys
}

/// Puts the nodes of a column where they are wanted, in their order and without overlaps: the mean
/// of the wishes of those that touch (pool adjacent violators).
fn settle(layers: &Layers, layer: &[usize], sides: [bool; 2], rooms: &[i64], ys: &mut [i64]) {
    let mut blocks: Vec<Touching> = Vec::with_capacity(layer.len());
    let mut above = 0;
    for &node in layer {
        let (wish, weight) = wish(layers, node, sides, ys);
        let mut block = Touching {
            sum: (wish - above) * weight,
            weight,
            n: 1,
        };
        above += rooms[node];
        while let Some(last) = blocks.last()
            && last.at() > block.at()
        {
            block.sum += last.sum;
            block.weight += last.weight;
            block.n += last.n;
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut above = 0;
    let mut nodes = layer.iter();
    for block in &blocks {
        let at = block.at();
        for &node in nodes.by_ref().take(block.n) {
            ys[node] = at + above;
            above += rooms[node];
        }
    }
}

/// Nodes without room between them: their common wish is the mean of theirs.
struct Touching {
    sum: i64,
    weight: i64,
    n: usize,
}

impl Touching {
    fn at(&self) -> i64 {
        (self.sum + self.weight / 2).div_euclid(self.weight)
    }
}

/// Where a node's edges would be level, and how much that matters.
fn wish(layers: &Layers, node: usize, sides: [bool; 2], ys: &[i64]) -> (i64, i64) {
    if layers.is_main[node] {
        return (0, 1_000_000_000);
    }
    let mut wishes: Vec<(i64, i64)> = Vec::new();
    if sides[0] {
        wishes.extend(layers.before[node].iter().map(|&n| {
            let piece = layers.pieces[n];
            (ys[piece.from] + piece.leaves - piece.arrives, piece.weight)
        }));
    }
    if sides[1] {
        wishes.extend(layers.after[node].iter().map(|&n| {
            let piece = layers.pieces[n];
            (ys[piece.to] + piece.arrives - piece.leaves, piece.weight)
        }));
    }
    if wishes.is_empty() {
        return (ys[node], 1);
    }
    wishes.sort_unstable();
    // The weighted median: no other height makes the edges shorter.
    let total: i64 = wishes.iter().map(|it| it.1).sum();
    let mut below = 0;
    for (y, weight) in &wishes {
        below += weight;
        if below * 2 >= total {
            return (*y, total);
        }
    }
    (ys[node], 1)
}
