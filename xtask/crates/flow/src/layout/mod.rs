//! The `Metadata` of a flow: where its blocks stand on the designer's canvas, and what the
//! designer shows in them, as the console writes it.
//!
//! Metadata decides only how a flow is drawn. Blocks that the flow's own metadata places stay where
//! they are; the others are placed, the same for the same flow: in columns from left to right, the
//! main path in a straight line, what only errors lead to below it. In this order: `graph` (what
//! leads forward), `columns`, `order` (within a column, with few crossings), `rows` (the heights at
//! which edges are short), `improve` (the drawing as it is), `kept` (what people have placed).

mod columns;
mod graph;
mod improve;
mod kept;
pub mod measure;
mod order;
mod rows;
mod shown;

use self::graph::Graph;
use crate::identifiers;
use crate::model::{Action, Flow};
use crate::value::{Map, Value};

/// The width of a block and the distance between columns, as people leave them in exports: nine of
/// ten successors stand at least 223 to the right.
pub const WIDTH: i64 = 220;
const COLUMN: i64 = 280;
const GAP: i64 = 40;
/// Left of the first column stands the entry point.
const LEFT: i64 = 40 + WIDTH;
const TOP: i64 = 40;
/// The part of a block above its branches, and the height of the line of each.
const HEAD: i64 = 64;
const LINE: i64 = 46;

/// Where a block stands: its upper left corner.
pub type Position = (i64, i64);

/// The `Metadata` of a flow. What the flow's own has for an action is kept.
pub fn lay_out(flow: &Flow) -> Map {
    let positions = positions(flow);
    let mut actions = Map::new();
    for ((x, y), action) in positions.into_iter().zip(&flow.actions) {
        let mut entry = Map::new();
        entry.insert("position".to_owned(), position(x, y));
        if !identifiers::is_uuid(action.id.as_str()) {
            entry.insert("isFriendlyName".to_owned(), Value::Bool(true));
        }
        entry.extend(shown::of(action));
        actions.insert(action.id.as_str().to_owned(), Value::Map(entry));
    }
    let mut metadata = Map::new();
    metadata.insert("entryPointPosition".to_owned(), position(40, 40));
    metadata.insert("ActionMetadata".to_owned(), Value::Map(actions));
    metadata.insert("Annotations".to_owned(), Value::List(Vec::new()));
    metadata
}

/// The position of each action, in the order of the actions: the one that the flow's metadata has,
/// else one of ours.
pub fn positions(flow: &Flow) -> Vec<Position> {
    let kept = kept::positions(flow);
    if kept.iter().any(Option::is_some) {
        kept::complete(flow, &kept)
    } else {
        placed(flow)
    }
}

/// Positions for all actions, whatever the metadata says.
pub fn placed(flow: &Flow) -> Vec<Position> {
    let graph = Graph::new(flow);
    let columns = columns::of(&graph);
    let layers = order::layers(&graph, &columns);
    let ys = rows::of(&graph, &layers, flow);
    let x = |column: usize| LEFT + i64::try_from(column).unwrap_or(i64::MAX / COLUMN) * COLUMN;
    let mut positions: Vec<Position> = columns.into_iter().map(x).zip(ys).collect();
    improve::improve(flow, &graph, &mut positions);
    let top = positions.iter().map(|it| it.1).min().unwrap_or(TOP);
    positions.iter_mut().for_each(|it| it.1 += TOP - top);
    positions
}

/// The height of a block: a head, and a line for each branch. People leave at least 154 between
/// blocks of one branch, 201 for two, 290 for four.
pub fn height(action: &Action) -> i64 {
    let transitions = &action.transitions;
    let branches = transitions.conditions.len() + transitions.errors.len();
    HEAD + LINE * (1 + i64::try_from(branches).unwrap_or(0))
}

/// How far below the top of a block the way out with this number leaves it; the first is 0.
fn port(way: usize) -> i64 {
    HEAD + LINE / 2 + LINE * i64::try_from(way).unwrap_or(0)
}

/// How far below the top of a block the ways to it arrive.
const ENTRY: i64 = HEAD / 2;

fn position(x: i64, y: i64) -> Value {
    let number = |it: i64| Value::Number(it.into());
    Value::Map(Map::from([
        ("x".to_owned(), number(x)),
        ("y".to_owned(), number(y)),
    ]))
}
