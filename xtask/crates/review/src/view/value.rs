//! Values as people read them.

use flow::diff::{PathStep, ValueChange, ValuePath, shown};
use flow::value::{Map, Value};

use super::words::{self, Piece};

/// Texts that differ are compared word by word from this length on; shorter ones are read at once.
const LONG: usize = 24;

/// A value that differs, at the innermost place where it does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValueEdit {
    pub(crate) path: String,
    pub(crate) change: Change,
}

/// How a value differs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Added(String),
    Removed(String),
    Replaced {
        old: String,
        new: String,
        /// The same as people say it: `15 minutes`.
        said: Option<(String, String)>,
    },
    /// A text in which some words differ.
    Reworded(Vec<Piece>),
    /// A long text of which little is left.
    Rewritten {
        old: String,
        new: String,
    },
    /// Both look the same, since what differs is not shown.
    Redacted(String),
}

/// What a change comes to, value by value.
pub(crate) fn edits(change: &ValueChange) -> Vec<ValueEdit> {
    let old = leaves(&change.path, change.old.as_ref());
    let new = leaves(&change.path, change.new.as_ref());
    if let ([(path, old)], [(new_path, new)]) = (old.as_slice(), new.as_slice())
        && path == new_path
    {
        return vec![ValueEdit {
            path: visible(&path.to_string()),
            change: compare(path, old, new),
        }];
    }
    let removed = old.iter().map(|(path, value)| ValueEdit {
        path: visible(&path.to_string()),
        change: Change::Removed(one_line(value)),
    });
    let added = new.iter().map(|(path, value)| ValueEdit {
        path: visible(&path.to_string()),
        change: Change::Added(one_line(value)),
    });
    removed.chain(added).collect()
}

/// The parameters of an action that is new or gone.
pub(crate) fn parameters(map: &Map) -> Vec<(String, String)> {
    let mut leaves = Vec::new();
    for (key, value) in map {
        flatten(&ValuePath::key(key), value, &mut leaves);
    }
    let leaves = leaves.iter();
    leaves
        .map(|(path, value)| (visible(&path.to_string()), one_line(value)))
        .collect()
}

fn leaves<'a>(path: &ValuePath, value: Option<&'a Value>) -> Vec<(ValuePath, &'a Value)> {
    let mut leaves = Vec::new();
    if let Some(value) = value {
        flatten(path, value, &mut leaves);
    }
    leaves
}

/// The values inside a value that people look at one by one.
fn flatten<'a>(path: &ValuePath, value: &'a Value, leaves: &mut Vec<(ValuePath, &'a Value)>) {
    let is_container = |it: &Value| matches!(it, Value::Map(_) | Value::List(_));
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (key, inner) in map {
                flatten(&path.with(PathStep::Key(key.clone())), inner, leaves);
            }
        }
        Value::List(list) if list.iter().any(is_container) => {
            for (n, inner) in list.iter().enumerate() {
                flatten(&path.with(PathStep::Index(n)), inner, leaves);
            }
        }
        value => leaves.push((path.clone(), value)),
    }
}

fn compare(path: &ValuePath, old: &Value, new: &Value) -> Change {
    if let (Some(before), Some(after)) = (prose(old), prose(new))
        && before != after
        && before.len().max(after.len()) > LONG
        && before.contains(' ')
    {
        return match words::pieces(before, after) {
            Some(pieces) => Change::Reworded(pieces),
            None => Change::Rewritten {
                old: visible(before),
                new: visible(after),
            },
        };
    }
    let (before, after) = (one_line(old), one_line(new));
    if before != after {
        let said = said(path, &before).zip(said(path, &after));
        return Change::Replaced {
            old: before,
            new: after,
            said,
        };
    }
    // A number and its text look the same, and so do a reference and a text that spells it.
    let (before, after) = (exact(old), exact(new));
    if before == after {
        return Change::Redacted(before);
    }
    Change::Replaced {
        old: before,
        new: after,
        said: None,
    }
}

fn prose(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Template(template) => Some(&template.source),
        _ => None,
    }
}

/// A value on one line: texts bare where that is clear, references as `queue:support`.
pub(crate) fn one_line(value: &Value) -> String {
    match value {
        Value::Text(text) if text.is_empty() || text.trim() != text => {
            format!("\"{}\"", visible(text))
        }
        Value::Text(text) => visible(text),
        Value::Template(template) => visible(&template.source),
        Value::Ref(reference) => visible(&reference.to_string()),
        Value::List(list) if !list.is_empty() => {
            let items: Vec<String> = list.iter().map(one_line).collect();
            items.join(", ")
        }
        value => visible(&shown(value)),
    }
}

fn exact(value: &Value) -> String {
    match value {
        Value::Template(template) => format!("template \"{}\"", visible(&template.source)),
        Value::Ref(reference) => format!("reference {}", visible(&reference.to_string())),
        Value::Text(text) => format!("\"{}\"", visible(text)),
        value => visible(&shown(value)),
    }
}

/// Text that can be shown: on one line, nothing that moves a cursor, changes colours or turns text
/// around.
pub(crate) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' => visible.push('↵'),
            '\t' | '\u{2028}' | '\u{2029}' => visible.push(' '),
            c if c.is_control() => visible.push('\u{fffd}'),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                visible.push('\u{fffd}');
            }
            '\u{feff}' => visible.push('\u{fffd}'),
            c => visible.push(c),
        }
    }
    visible
}

/// Seconds and minutes as people say them, where that is shorter to read.
fn said(path: &ValuePath, value: &str) -> Option<String> {
    let Some(PathStep::Key(key)) = path.0.last() else {
        return None;
    };
    let seconds: u64 = match value.parse::<u64>() {
        Ok(n) if key.ends_with("Seconds") => n,
        Ok(n) if key.ends_with("Minutes") => n.checked_mul(60)?,
        _ => return None,
    };
    Some(flow::duration::in_words(seconds))
}
