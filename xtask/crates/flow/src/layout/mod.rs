//! The `Metadata` of a flow: where its blocks stand on the designer's canvas, and what the
//! designer shows in them, as the console writes it.
//!
//! Metadata decides only how a flow is drawn. It is made anew from the flow each time and the same
//! for the same flow, so nobody has to keep it.

mod place;
mod shown;

use indexmap::IndexMap;

use crate::model::Flow;
use crate::value::{Map, Value};

/// The width of a block and the distance between columns, as people leave them in exports: nine of
/// ten successors stand at least 223 to the right.
const WIDTH: i64 = 220;
const COLUMN: i64 = 280;
const GAP: i64 = 40;

/// The `Metadata` of a flow.
pub fn lay_out(flow: &Flow) -> Map {
    let mut actions = Map::new();
    for ((x, y), action) in place::positions(flow).into_iter().zip(&flow.actions) {
        let mut entry = Map::new();
        entry.insert("position".to_owned(), position(x, y));
        if !is_uuid(action.id.as_str()) {
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

fn position(x: i64, y: i64) -> Value {
    let number = |it: i64| Value::Number(it.into());
    Value::Map(IndexMap::from([
        ("x".to_owned(), number(x)),
        ("y".to_owned(), number(y)),
    ]))
}

/// The console gives blocks UUIDs; any other identifier is a name that somebody chose.
fn is_uuid(id: &str) -> bool {
    let groups: Vec<&str> = id.split('-').collect();
    groups.iter().map(|it| it.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
