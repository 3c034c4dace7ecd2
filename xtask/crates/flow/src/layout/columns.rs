//! The column of each action: right of all that leads to it, and near to what it is connected with.

use super::graph::Graph;

/// How often actions are moved; each time the edges get shorter or it ends.
const MAX_ROUNDS: usize = 50;

pub(super) fn of(graph: &Graph) -> Vec<usize> {
    let neighbours = Neighbours::new(graph);
    let mut columns = longest_paths(graph, &neighbours);
    for _ in 0..MAX_ROUNDS {
        if !tighten(graph, &neighbours, &mut columns) {
            break;
        }
    }
    let first = columns.iter().copied().min().unwrap_or(0);
    columns.iter_mut().for_each(|column| *column -= first);
    columns
}

/// The edges that arrive at and leave each action: the other end, and the weight.
struct Neighbours {
    before: Vec<Vec<(usize, i64)>>,
    after: Vec<Vec<(usize, i64)>>,
}

impl Neighbours {
    fn new(graph: &Graph) -> Self {
        let n = graph.ways.len();
        let mut it = Self {
            before: vec![Vec::new(); n],
            after: vec![Vec::new(); n],
        };
        for edge in &graph.edges {
            // What a contact never comes to does not push what it does come to.
            if graph.is_reached[edge.from] || !graph.is_reached[edge.to] {
                it.before[edge.to].push((edge.from, edge.weight));
                it.after[edge.from].push((edge.to, edge.weight));
            }
        }
        it
    }
}

/// One further than the furthest that leads to it; what nothing leads to begins at the left.
fn longest_paths(graph: &Graph, neighbours: &Neighbours) -> Vec<usize> {
    let mut columns = vec![0; graph.ways.len()];
    // A way turned round leads to an action that comes earlier, so once is not always enough; there
    // is no circle, so as many times as there are actions always is.
    for _ in 0..graph.ways.len() {
        let mut is_settled = true;
        for &node in &graph.topological {
            let least = neighbours.before[node].iter().map(|it| columns[it.0] + 1);
            let least = least.max().unwrap_or(0);
            is_settled &= least <= columns[node];
            columns[node] = columns[node].max(least);
        }
        if is_settled {
            break;
        }
    }
    columns
}

/// Moves actions between those before and those after them to where their edges are shortest. The
/// start stays; says whether anything moved.
fn tighten(graph: &Graph, neighbours: &Neighbours, columns: &mut [usize]) -> bool {
    let mut has_moved = false;
    for &node in graph.topological.iter().rev().chain(&graph.topological) {
        let (before, after) = (&neighbours.before[node], &neighbours.after[node]);
        let pull = |edges: &[(usize, i64)]| edges.iter().map(|it| it.1).sum::<i64>();
        let (left, right) = (pull(before), pull(after));
        let wanted = if right > left {
            after
                .iter()
                .map(|it| columns[it.0])
                .min()
                .map(|it| it.saturating_sub(1))
        } else if left > right {
            before.iter().map(|it| columns[it.0] + 1).max()
        } else {
            None
        };
        if let Some(wanted) = wanted.filter(|wanted| *wanted != columns[node])
            && graph.main_path.first() != Some(&node)
        {
            columns[node] = wanted;
            has_moved = true;
        }
    }
    has_moved
}
