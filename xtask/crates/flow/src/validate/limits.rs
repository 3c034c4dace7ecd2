//! How long things may be: the content of a document as a whole, and single texts.

use crate::catalogue::{self, Parameter};
use crate::json;
use crate::model::{Action, Flow};
use crate::value::{Map, Value};

/// Characters in the content of a flow or module, as the API takes it.
pub const MAX_CONTENT: usize = 256_000;

/// The length of the content in characters if it is more than the API takes. The content is what
/// is sent, so Metadata counts.
pub fn content_too_long(flow: &Flow) -> Option<usize> {
    // Most documents are far from the limit, and that is seen without writing them.
    if length_bound(flow) <= MAX_CONTENT {
        return None;
    }
    let length = json::to_text(flow).chars().count();
    (length > MAX_CONTENT).then_some(length)
}

/// A text that is longer than documentation allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlong {
    /// The parameter, with those it lies in: `LexInitializationData.InitialMessage`.
    pub parameter: &'static str,
    /// Characters it has.
    pub length: usize,
    /// Characters it may have.
    pub limit: usize,
}

/// The texts of an action that are longer than documentation allows. Nobody has seen what the
/// service does about them when a flow is published, so these are no problems of [`super::problems`].
pub fn overlong(action: &Action) -> impl Iterator<Item = Overlong> {
    let entry = catalogue::entry(&action.kind);
    let facts: &'static [Parameter] = entry.map_or(&[], |it| &it.parameters);
    facts.iter().filter_map(|fact| {
        let limit = fact.max_chars?;
        let length = longest(&action.parameters, &fact.name, limit)?;
        let parameter = fact.name.as_str();
        Some(Overlong {
            parameter,
            length,
            limit,
        })
    })
}

/// The length of the longest text at a path if it is over a limit. A list on the way stands for
/// its items, a map at its end for its values.
fn longest(map: &Map, path: &str, limit: usize) -> Option<usize> {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    match (map.get(name)?, rest) {
        (Value::Text(text), None) => over(text, limit),
        (Value::Map(values), None) => {
            let texts = values.values().filter_map(Value::as_text);
            texts.filter_map(|it| over(it, limit)).max()
        }
        (Value::Map(inner), Some(rest)) => longest(inner, rest, limit),
        (Value::List(items), Some(rest)) => {
            let items = items.iter().filter_map(Value::as_map);
            items.filter_map(|it| longest(it, rest, limit)).max()
        }
        _ => None,
    }
}

/// The characters of a text if they are over a limit; a text has no more of them than bytes.
fn over(text: &str, limit: usize) -> Option<usize> {
    let is_near = text.len() > limit;
    let length = is_near.then(|| text.chars().count())?;
    (length > limit).then_some(length)
}

/// No document is written with more characters than this.
fn length_bound(flow: &Flow) -> usize {
    let actions = flow.actions.iter().map(|action| {
        let ways = action.transitions.targets().count() + 1;
        let ids = action
            .transitions
            .targets()
            .map(|it| text_bound(it.as_str()));
        let conditions = action.transitions.conditions.iter();
        let conditions = conditions.map(|it| {
            let operands: usize = it.operands.iter().map(|it| value_bound(it, 6)).sum();
            operands + text_bound(&it.operator)
        });
        let errors = action.transitions.errors.iter();
        let errors = errors.map(|it| text_bound(&it.error));
        let extra = map_bound(&action.extra, 3) + map_bound(&action.transitions.extra, 4);
        let head = text_bound(action.id.as_str()) + text_bound(action.kind.as_str());
        let parts = ids.chain(conditions).chain(errors).sum::<usize>();
        head + parts + ways * 250 + extra + map_bound(&action.parameters, 4)
    });
    let outer = [&flow.metadata, &flow.settings].into_iter().flatten();
    let outer = outer.chain([&flow.extra]).map(|it| map_bound(it, 2));
    text_bound(flow.start.as_str()) + 200 + actions.sum::<usize>() + outer.sum::<usize>()
}

/// A character is written as six at most.
fn text_bound(text: &str) -> usize {
    6 * text.len() + 4
}

fn map_bound(map: &Map, depth: usize) -> usize {
    let entries = map.iter();
    let line = 2 * depth + 10;
    let entries = entries.map(|(key, value)| line + text_bound(key) + value_bound(value, depth));
    line + entries.sum::<usize>()
}

fn value_bound(value: &Value, depth: usize) -> usize {
    let line = 2 * depth + 10;
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(number) if number.is_i64() || number.is_u64() => 21,
        Value::Number(number) => number.to_string().len(),
        Value::Text(text) => text_bound(text),
        Value::Template(template) => text_bound(&template.source),
        Value::Ref(reference) => 20 + text_bound(&reference.name),
        Value::List(items) => {
            let items = items.iter().map(|item| line + value_bound(item, depth + 1));
            line + items.sum::<usize>()
        }
        Value::Map(map) => map_bound(map, depth + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(parameters: Map) -> Flow {
        let mut flow = Flow::new("a");
        let mut action = Action::new("a", "MessageParticipant");
        action.parameters = parameters;
        action.transitions.next = Some("a".into());
        flow.actions.push(action);
        flow
    }

    fn with(text: &str) -> Flow {
        flow(
            [("Text".to_owned(), Value::from(text))]
                .into_iter()
                .collect(),
        )
    }

    fn deep(depth: usize) -> Value {
        (0..depth).fold(Value::Null, |inner, n| {
            if n % 2 == 0 {
                Value::List(vec![inner.clone(), Value::Bool(true), inner])
            } else {
                Value::Map([("\u{1}".to_owned(), inner)].into_iter().collect())
            }
        })
    }

    #[test]
    fn the_bound_is_never_below_the_length() {
        let numbers = Value::List(vec![Value::Number(i64::MIN.into()); 40]);
        let float = serde_json::Number::from_f64(-1.234_567_890_123_456_7e-300);
        let float = Value::Number(float.expect("it is finite"));
        for value in [Value::from("\u{1}\"\\ü"), deep(12), numbers, float] {
            let flow = flow([("P".to_owned(), value)].into_iter().collect());
            let length = json::to_text(&flow).chars().count();
            assert!(length_bound(&flow) >= length, "{length}");
        }
    }

    #[test]
    fn content_has_its_limit_to_the_character() {
        let frame = json::to_text(&with("")).chars().count();
        let full = MAX_CONTENT - frame;
        for text in ["ü".repeat(full), "\"".repeat(full / 2)] {
            assert_eq!(content_too_long(&with(&text)), None);
            let more = format!("{text}xx");
            assert!(content_too_long(&with(&more)).is_some_and(|it| it > MAX_CONTENT));
        }
    }
}
