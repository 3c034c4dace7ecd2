//! The order within each column: few crossings, errors below the main path.
//!
//! An edge over several columns is cut into pieces by a point in each column between, so that only
//! neighbouring columns have to be looked at (the method is that of Sugiyama, Tagawa and Toda).

use super::graph::Graph;

/// Columns that an edge may span and still be minded. One that spans more is drawn across whatever is
/// there; in a long flow with one way out for all errors they would be most of the work.
const LONGEST: usize = 12;

/// How often the columns are gone through in each direction.
const SWEEPS: usize = 12;

/// The columns with what stands in them from top to bottom.
pub(super) struct Layers {
    pub(super) layers: Vec<Vec<usize>>,
    /// Between neighbouring columns; numbers beyond the actions are points of long edges.
    pub(super) pieces: Vec<Piece>,
    pub(super) n_nodes: usize,
    /// The pieces that arrive at and leave each node.
    pub(super) before: Vec<Vec<usize>>,
    pub(super) after: Vec<Vec<usize>>,
    pub(super) is_main: Vec<bool>,
    /// Whether a node belongs below the main path.
    pub(super) is_below: Vec<bool>,
}

/// An edge, or the part of one, from one column to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) leaves: i64,
    pub(super) arrives: i64,
    pub(super) weight: i64,
}

pub(super) fn layers(graph: &Graph, columns: &[usize]) -> Layers {
    let mut layers = Layers::new(graph, columns);
    let mut places = layers.places();
    let (mut best, mut fewest) = (layers.layers.clone(), layers.crossings(&places));
    for sweep in 0..SWEEPS * 2 {
        if fewest == 0 {
            break;
        }
        layers.sweep(sweep % 2 == 0, &mut places);
        layers.exchange(&mut places);
        let crossings = layers.crossings(&places);
        if crossings < fewest {
            (best, fewest) = (layers.layers.clone(), crossings);
        }
    }
    layers.layers = best;
    layers
}

impl Layers {
    /// In the order in which a search along the normal ways comes to them.
    fn new(graph: &Graph, columns: &[usize]) -> Self {
        let n_columns = columns.iter().max().map_or(0, |it| it + 1);
        let mut layers = vec![Vec::new(); n_columns];
        let mut is_main = vec![false; columns.len()];
        graph
            .main_path
            .iter()
            .for_each(|&node| is_main[node] = true);
        let rank = |node: &&usize| (!is_main[**node], !graph.is_reached[**node]);
        let mut nodes: Vec<&usize> = graph.preorder.iter().collect();
        nodes.sort_by_key(rank);
        for &node in nodes {
            layers[columns[node]].push(node);
        }
        let mut it = Self {
            layers,
            pieces: Vec::with_capacity(graph.edges.len()),
            n_nodes: columns.len(),
            before: Vec::new(),
            after: Vec::new(),
            is_main,
            is_below: graph.is_after_error.clone(),
        };
        for edge in &graph.edges {
            it.add(edge, columns);
        }
        it.before = vec![Vec::new(); it.n_nodes];
        it.after = vec![Vec::new(); it.n_nodes];
        for (n, piece) in it.pieces.iter().enumerate() {
            it.before[piece.to].push(n);
            it.after[piece.from].push(n);
        }
        it
    }

    fn add(&mut self, edge: &super::graph::Edge, columns: &[usize]) {
        let (first, last) = (columns[edge.from], columns[edge.to]);
        if last > first + LONGEST {
            return;
        }
        let (mut from, mut leaves) = (edge.from, edge.leaves);
        // What a contact never comes to may stand right of what it leads to; that edge is drawn, and
        // not minded.
        for layer in self.layers.iter_mut().take(last).skip(first + 1) {
            let point = self.n_nodes;
            self.n_nodes += 1;
            layer.push(point);
            self.pieces.push(Piece {
                from,
                to: point,
                leaves,
                arrives: 0,
                weight: edge.weight,
            });
            (from, leaves) = (point, 0);
        }
        if first < last {
            self.pieces.push(Piece {
                from,
                to: edge.to,
                leaves,
                arrives: edge.arrives,
                weight: edge.weight,
            });
        }
        self.is_main.resize(self.n_nodes, false);
        self.is_below.resize(self.n_nodes, edge.is_error);
    }

    /// The place of each node in its column.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.n_nodes];
        for layer in &self.layers {
            note(layer, &mut places);
        }
        places
    }

    /// Sorts each column by the mean place of what its nodes are connected with in the column before,
    /// or after.
    fn sweep(&mut self, is_rightwards: bool, places: &mut [usize]) {
        let n = self.layers.len();
        for step in 1..n {
            let column = if is_rightwards { step } else { n - 1 - step };
            let mut layer = std::mem::take(&mut self.layers[column]);
            let key = |node: usize| self.mean(node, is_rightwards, places);
            let mut keyed: Vec<(f64, usize)> =
                layer.iter().map(|&node| (key(node), node)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (slot, (_, node)) in layer.iter_mut().zip(keyed) {
                *slot = node;
            }
            self.put_below(&mut layer);
            note(&layer, places);
            self.layers[column] = layer;
        }
    }

    /// Moves what belongs below the main path down to it.
    fn put_below(&self, layer: &mut Vec<usize>) {
        let Some(main) = layer.iter().position(|&node| self.is_main[node]) else {
            return;
        };
        let (below, above): (Vec<usize>, Vec<usize>) =
            layer[..main].iter().partition(|&&node| self.is_below[node]);
        let rest: Vec<usize> = layer[main + 1..].to_vec();
        let node = layer[main];
        *layer = above;
        layer.push(node);
        layer.extend(below);
        layer.extend(rest);
    }

    fn mean(&self, node: usize, is_rightwards: bool, places: &[usize]) -> f64 {
        let pieces = if is_rightwards {
            &self.before[node]
        } else {
            &self.after[node]
        };
        if pieces.is_empty() {
            return places[node] as f64;
        }
        let place = |&n: &usize| {
            let piece = self.pieces[n];
            if is_rightwards {
                fine(places[piece.from], piece.leaves)
            } else {
                fine(places[piece.to], piece.arrives)
            }
        };
        pieces.iter().map(place).sum::<f64>() / pieces.len() as f64
    }

    /// Exchanges neighbours in a column as long as that leaves fewer crossings.
    fn exchange(&mut self, places: &mut [usize]) {
        for column in 0..self.layers.len() {
            let mut is_better = true;
            let mut rounds = 0;
            while is_better && rounds < 4 {
                is_better = false;
                rounds += 1;
                for at in 1..self.layers[column].len() {
                    let (upper, lower) = (self.layers[column][at - 1], self.layers[column][at]);
                    if self.is_main[upper] && self.is_below[lower] {
                        continue;
                    }
                    let now = self.between(upper, lower, places);
                    let then = self.between(lower, upper, places);
                    if then < now {
                        self.layers[column].swap(at - 1, at);
                        places.swap(upper, lower);
                        is_better = true;
                    }
                }
            }
        }
    }

    /// Crossings of the pieces of two nodes of a column when one stands above the other.
    fn between(&self, upper: usize, lower: usize, places: &[usize]) -> usize {
        let left = |n: &usize| {
            let piece = self.pieces[*n];
            (places[piece.from], piece.leaves)
        };
        let right = |n: &usize| {
            let piece = self.pieces[*n];
            (places[piece.to], piece.arrives)
        };
        inversions(&self.before[upper], &self.before[lower], left)
            + inversions(&self.after[upper], &self.after[lower], right)
    }

    fn crossings(&self, places: &[usize]) -> usize {
        let mut total = 0;
        for layer in &self.layers {
            let pieces = layer.iter().flat_map(|&node| &self.after[node]);
            let mut ends: Vec<_> = pieces
                .map(|&n| {
                    let piece = self.pieces[n];
                    let left = (places[piece.from], piece.leaves);
                    (left, (places[piece.to], piece.arrives))
                })
                .collect();
            ends.sort_unstable();
            total += count_inversions(&ends.iter().map(|it| it.1).collect::<Vec<_>>());
        }
        total
    }
}

fn note(layer: &[usize], places: &mut [usize]) {
    for (place, &node) in layer.iter().enumerate() {
        places[node] = place;
    }
}

/// A place between two whole ones, by how far down a block an edge leaves it.
fn fine(place: usize, offset: i64) -> f64 {
    place as f64 + offset as f64 / 2000.0
}

/// How many pairs are the wrong way round, the one of the upper node being below.
fn inversions(upper: &[usize], lower: &[usize], end: impl Fn(&usize) -> (usize, i64)) -> usize {
    let mut count = 0;
    for one in upper {
        let one = end(one);
        count += lower.iter().filter(|other| end(other) < one).count();
    }
    count
}

/// Pairs out of order, by insertion into a sorted list.
fn count_inversions(ends: &[(usize, i64)]) -> usize {
    let mut sorted: Vec<(usize, i64)> = Vec::with_capacity(ends.len());
    let mut count = 0;
    for end in ends {
        let at = sorted.partition_point(|it| it <= end);
        count += sorted.len() - at;
        sorted.insert(at, *end);
    }
    count
}
