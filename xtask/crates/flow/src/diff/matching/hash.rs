//! Hashes of what actions hold, the same on every machine. They only choose which actions are
//! compared with each other: two that differ and collide are a pair with changes, not a fault.

use serde_json::Number;

use crate::canonical;
use crate::model::{Action, Condition};
use crate::value::{Map, Value};

/// Two hashes as one.
pub(super) fn mix(one: u64, other: u64) -> u64 {
    let mixed = (one.rotate_left(23) ^ other).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

pub(super) fn text(text: &str) -> u64 {
    let mut chunks = text.as_bytes().chunks_exact(8);
    let mut hash = mix(0x243f_6a88_85a3_08d3, text.len() as u64);
    for chunk in &mut chunks {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        hash = mix(hash, word);
    }
    let rest = chunks.remainder().iter();
    mix(
        hash,
        rest.fold(0, |word, byte| word << 8 | u64::from(*byte)),
    )
}

/// The same for values that are equal, whatever the order of their keys.
pub(super) fn value(it: &Value) -> u64 {
    match it {
        Value::Null => 1,
        Value::Bool(it) => 2 + u64::from(*it),
        Value::Number(it) => mix(4, number(it)),
        Value::Text(it) => mix(5, text(it)),
        Value::Template(it) => mix(mix(6, it.format as u64), text(&it.source)),
        Value::Ref(it) => mix(mix(7, it.kind as u64), text(&it.name)),
        Value::List(items) => items.iter().fold(8, |hash, it| mix(hash, value(it))),
        Value::Map(it) => mix(9, map(it)),
    }
}

fn number(it: &Number) -> u64 {
    let whole = it.as_i64().map(i64::cast_unsigned).or_else(|| it.as_u64());
    // A negative zero equals zero.
    whole.unwrap_or_else(|| it.as_f64().map_or(0, |it| mix(1, (it + 0.0).to_bits())))
}

fn map(it: &Map) -> u64 {
    let entries = it.iter().map(|(key, it)| mix(text(key), value(it)));
    entries.fold(it.len() as u64, u64::wrapping_add)
}

/// What an action is, but for its ways out.
pub(super) fn content(action: &Action) -> u64 {
    let parameters = action.parameters.iter().filter_map(|(key, it)| {
        let counted = canonical::parameter(&action.kind, key, it)?;
        Some(mix(text(key), value(&counted)))
    });
    let parameters = parameters.fold(0, u64::wrapping_add);
    let extra = mix(map(&action.extra), map(&action.transitions.extra));
    mix(mix(text(action.kind.as_str()), parameters), extra)
}

/// What makes a contact take the way of a condition.
pub(super) fn condition(action: &Action, condition: &Condition) -> u64 {
    let operands = condition.operands.iter();
    let operands = operands.map(|it| value(&canonical::operand(&action.kind, it)));
    mix(2, operands.fold(text(&condition.operator), mix))
}

/// What makes a contact take the way of an error.
pub(super) fn error(name: &str) -> u64 {
    mix(3, text(name))
}
