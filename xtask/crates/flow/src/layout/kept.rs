//! Positions that people gave: kept, and the other blocks put where there is room beside them.

use super::graph::Graph;
use super::{COLUMN, GAP, LEFT, Position, TOP, WIDTH, height};
use crate::model::Flow;
use crate::value::{Map, Value};

/// What the flow's metadata says about each action.
pub(super) fn positions(flow: &Flow) -> Vec<Option<Position>> {
    let metadata = flow.metadata.as_ref();
    let actions = metadata.and_then(|it| it.get("ActionMetadata")?.as_map());
    let position = |id: &str| {
        let entry = actions?.get(id)?.as_map()?;
        let position = entry.get("position")?.as_map()?;
        Some((coordinate(position, "x")?, coordinate(position, "y")?))
    };
    let actions = flow.actions.iter();
    actions.map(|action| position(action.id.as_str())).collect()
}

/// Exports have fractions; documents of other tools have texts.
fn coordinate(position: &Map, key: &str) -> Option<i64> {
    let number = match position.get(key)? {
        Value::Number(number) => number.as_f64()?,
        Value::Text(text) => text.parse().ok()?,
        _ => return None,
    };
    // Beyond this a canvas has no place, and sums of coordinates no meaning.
    (number.abs() < 1e9).then_some(number.round() as i64)
}

/// Adds positions for the actions that have none: right of an action that leads to it, left of one
/// that it leads to, or below everything; then down to where nothing stands.
pub(super) fn complete(flow: &Flow, kept: &[Option<Position>]) -> Vec<Position> {
    let graph = Graph::new(flow);
    let mut positions = kept.to_vec();
    let bottoms = kept.iter().zip(&flow.actions);
    let bottoms = bottoms.filter_map(|(it, action)| Some((*it)?.1 + height(action) + GAP));
    let bottom = bottoms.max().unwrap_or(TOP);
    for &node in &graph.topological {
        if positions[node].is_none() {
            let wanted = beside(&graph, node, &positions).unwrap_or((LEFT, bottom));
            positions[node] = Some(free(flow, node, wanted, &positions));
        }
    }
    let placed = |it: Option<Position>| it.unwrap_or((LEFT, bottom));
    positions.into_iter().map(placed).collect()
}

fn beside(graph: &Graph, node: usize, positions: &[Option<Position>]) -> Option<Position> {
    let edges = || graph.edges.iter();
    let before = edges().filter(|edge| edge.to == node);
    let before = before.max_by_key(|edge| edge.weight);
    let before = before.and_then(|edge| positions[edge.from].map(|(x, y)| (x + COLUMN, y)));
    let after = edges().filter(|edge| edge.from == node);
    let after = after.filter_map(|edge| positions[edge.to]);
    before.or_else(|| after.min().map(|(x, y)| (x - COLUMN, y)))
}

/// The first place at or below the wanted one where the block lies on no other.
fn free(flow: &Flow, node: usize, wanted: Position, positions: &[Option<Position>]) -> Position {
    let (x, mut y) = wanted;
    let own = height(&flow.actions[node]);
    let mut others: Vec<(i64, i64)> = positions
        .iter()
        .zip(&flow.actions)
        .filter_map(|(position, action)| Some(((*position)?, height(action))))
        .filter(|((other, _), _)| (other - x).abs() < WIDTH + GAP)
        .map(|((_, top), height)| (top, top + height))
        .collect();
    others.sort_unstable();
    for (top, bottom) in others {
        if top < y + own + GAP && y < bottom + GAP {
            y = bottom + GAP;
        }
    }
    (x, y)
}
