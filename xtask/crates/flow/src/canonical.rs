//! One text for all documents that Connect treats as equal.
//!
//! Left out: `Metadata`, which only places blocks on the canvas, and a `NextAction` that is never
//! followed, which the console fills with the target of another branch. Of no effect: the order of
//! keys, of actions, of error branches and of neighbouring conditions that exclude each other;
//! whether empty parts, and parameters that say no more than nothing, are written or left out; and
//! whether a number is written as one or as text, where the service takes both.
//! `docs/canonical-form.md` defines it for readers.
//!
//! The text is JSON once references and templates are resolved. Before that they stand in it as
//! bare words, so that no text of a flow can be mistaken for one.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::catalogue;
use crate::jsonpath;
use crate::model::{Action, ActionKind, Condition, ErrorBranch, Flow, LANGUAGE_VERSION};
use crate::value::{Format, Map, Template, Value};

/// The canonical text of a document.
pub fn text(flow: &Flow) -> String {
    let mut actions: Vec<&Action> = flow.actions.iter().collect();
    actions.sort_by(|a, b| a.id.cmp(&b.id));
    let mut out = String::new();
    let mut keys = Object::open(&mut out);
    keys.key("Actions").push('[');
    for (n, action) in actions.into_iter().enumerate() {
        comma(n, keys.out);
        write_action(action, keys.out);
    }
    keys.out.push(']');
    if let Some(settings) = &flow.settings {
        write_map(settings, keys.key("Settings"));
    }
    write_text(flow.start.as_str(), keys.key("StartAction"));
    write_text(LANGUAGE_VERSION, keys.key("Version"));
    write_extra(&flow.extra, &mut keys);
    keys.close();
    out
}

/// The SHA-256 of the canonical text, as 64 hexadecimal digits.
pub fn digest(flow: &Flow) -> String {
    hex_digest(&text(flow))
}

/// The SHA-256 of a text, as 64 hexadecimal digits.
pub fn hex_digest(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        write!(hex, "{byte:02x}").expect("writing to a string does not fail");
    }
    hex
}

/// Writes the keys of an object with commas between them.
struct Object<'a> {
    out: &'a mut String,
    is_empty: bool,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut String) -> Self {
        out.push('{');
        let is_empty = true;
        Self { out, is_empty }
    }

    /// Writes a key; the caller writes its value next.
    fn key(&mut self, key: &str) -> &mut String {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        write_text(key, self.out);
        self.out.push(':');
        self.out
    }

    fn close(self) {
        self.out.push('}');
    }
}

fn write_action(action: &Action, out: &mut String) {
    let mut keys = Object::open(out);
    write_text(action.id.as_str(), keys.key("Identifier"));
    let mut parameters = sorted(&action.parameters);
    parameters.retain(|(name, value)| parameter(&action.kind, name, value).is_some());
    if !parameters.is_empty() {
        let mut object = Object::open(keys.key("Parameters"));
        for (name, value) in parameters {
            if let Some(value) = parameter(&action.kind, name, value) {
                write_value(&value, object.key(name));
            }
        }
        object.close();
    }
    let has_ways = !action.transitions.extra.is_empty()
        || !action.transitions.conditions.is_empty()
        || !action.transitions.errors.is_empty();
    let has_next = action.transitions.next.is_some() && catalogue::follows_next(action);
    if has_ways || has_next {
        write_transitions(action, keys.key("Transitions"));
    }
    write_text(action.kind.as_str(), keys.key("Type"));
    write_extra(&action.extra, &mut keys);
    keys.close();
}

fn write_transitions(action: &Action, out: &mut String) {
    let transitions = &action.transitions;
    let mut keys = Object::open(out);
    if !transitions.conditions.is_empty() {
        let conditions = transitions.conditions.iter().collect();
        keys.key("Conditions").push('[');
        for (n, condition) in in_order(&action.kind, conditions).into_iter().enumerate() {
            comma(n, keys.out);
            write_condition(&action.kind, condition, keys.out);
        }
        keys.out.push(']');
    }
    if !transitions.errors.is_empty() {
        let mut errors: Vec<&ErrorBranch> = transitions.errors.iter().collect();
        errors.sort_by(|a, b| (&a.error, &a.next).cmp(&(&b.error, &b.next)));
        let mut branches = Object::open(keys.key("Errors"));
        for branch in errors {
            write_text(branch.next.as_str(), branches.key(&branch.error));
        }
        branches.close();
    }
    if let Some(next) = &transitions.next
        && catalogue::follows_next(action)
    {
        write_text(next.as_str(), keys.key("NextAction"));
    }
    write_extra(&transitions.extra, &mut keys);
    keys.close();
}

/// Conditions in the order that counts. Of neighbours that ask for equality with different literals
/// at most one can hold, so those are sorted by operand: consoles of different age order them
/// differently.
pub(crate) fn in_order<'a>(
    kind: &ActionKind,
    mut conditions: Vec<&'a Condition>,
) -> Vec<&'a Condition> {
    let is_literal = |it: &&Condition| literal(kind, it).is_some();
    let mut rest = conditions.as_mut_slice();
    while !rest.is_empty() {
        let neighbours = rest.iter().take_while(|it| is_literal(it)).count();
        let (run, after) = rest.split_at_mut(neighbours);
        let operand = |it: &&'a Condition| literal(kind, it);
        if !run.is_sorted_by_key(operand) {
            // Stable, since of two with the same literal the first wins.
            run.sort_by_key(operand);
        }
        rest = after.get_mut(1..).unwrap_or_default();
    }
    conditions
}

/// The literal that a condition asks to be equal to.
fn literal<'a>(kind: &ActionKind, condition: &'a Condition) -> Option<Cow<'a, str>> {
    let [value] = condition.operands.as_slice() else {
        return None;
    };
    let text = match operand(kind, value) {
        Cow::Borrowed(value) => Cow::Borrowed(value.as_text()?),
        Cow::Owned(Value::Text(text)) => Cow::Owned(text),
        Cow::Owned(_) => return None,
    };
    (condition.operator == "Equals" && !jsonpath::is_reference(&text)).then_some(text)
}

/// A top-level parameter as it counts: nothing if it says no more than if it were left out, and a
/// number as text where the service takes either.
pub(crate) fn parameter<'a>(
    kind: &ActionKind,
    name: &str,
    value: &'a Value,
) -> Option<Cow<'a, Value>> {
    let fact = catalogue::entry(kind).and_then(|it| it.parameter(name));
    let Some(fact) = fact else {
        return Some(Cow::Borrowed(value));
    };
    (!fact.is_as_absent(value)).then(|| as_text_if(value, || fact.takes_numbers))
}

/// The operand of a condition as it counts.
pub(crate) fn operand<'a>(kind: &ActionKind, value: &'a Value) -> Cow<'a, Value> {
    as_text_if(value, || {
        let facts = catalogue::entry(kind).and_then(|it| it.conditions.as_ref());
        facts.is_some_and(|it| it.takes_numbers)
    })
}

fn as_text_if(value: &Value, takes_numbers: impl FnOnce() -> bool) -> Cow<'_, Value> {
    match value {
        Value::Number(number) if takes_numbers() => Cow::Owned(Value::Text(number.to_string())),
        _ => Cow::Borrowed(value),
    }
}

fn write_condition(kind: &ActionKind, condition: &Condition, out: &mut String) {
    let mut keys = Object::open(out);
    write_text(condition.next.as_str(), keys.key("NextAction"));
    let operands = keys.key("Operands");
    operands.push('[');
    for (n, value) in condition.operands.iter().enumerate() {
        comma(n, operands);
        write_value(&operand(kind, value), operands);
    }
    operands.push(']');
    write_text(&condition.operator, keys.key("Operator"));
    keys.close();
}

fn write_extra(extra: &Map, keys: &mut Object<'_>) {
    for (key, value) in sorted(extra) {
        write_value(value, keys.key(key));
    }
}

fn write_map(map: &Map, out: &mut String) {
    let mut keys = Object::open(out);
    write_extra(map, &mut keys);
    keys.close();
}

fn sorted(map: &Map) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by(|a, b| a.0.cmp(b.0));
    entries
}

fn write_list(list: &[Value], out: &mut String) {
    out.push('[');
    for (n, value) in list.iter().enumerate() {
        comma(n, out);
        write_value(value, out);
    }
    out.push(']');
}

pub(crate) fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
        // Zero is zero, whatever its sign.
        Value::Number(it) if it.is_f64() && it.as_f64() == Some(0.0) => out.push_str("0.0"),
        Value::Number(it) => out.push_str(&it.to_string()),
        Value::Text(it) => write_text(it, out),
        Value::Template(it) => write_template(it, out),
        Value::Ref(it) => {
            out.push_str(it.kind.as_str());
            out.push('(');
            write_text(&it.name, out);
            out.push(')');
        }
        Value::List(it) => write_list(it, out),
        Value::Map(it) => write_map(it, out),
    }
}

fn write_template(template: &Template, out: &mut String) {
    out.push_str(match template.format {
        Format::Text => "template(",
        Format::Seconds => "seconds(",
        Format::Minutes => "minutes(",
    });
    write_text(&template.source, out);
    out.push(')');
}

pub(crate) fn write_text(text: &str, out: &mut String) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        out.extend(["\"", text, "\""]);
        return;
    }
    out.push_str(&serde_json::to_string(text).expect("a string always has a JSON form"));
}

fn comma(n: usize, out: &mut String) {
    if n > 0 {
        out.push(',');
    }
}
