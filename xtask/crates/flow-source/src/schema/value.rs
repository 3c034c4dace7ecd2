//! Schemas of values: what may stand under a key of a form.

use serde_json::{Value as Json, json};

use super::{any_of, closed, described, shape};
use crate::forms::{Count, FormKey, Group, Presence, Terms, ValueKind};
use crate::lower::compare::operators;

/// What a template looks like. A parameter of a fragment or an item of a list may stand for any
/// value, so that a template is welcome nearly everywhere.
const TEMPLATE: &str = r"\{[{%]";
const DURATION: &str = r"^([0-9]+d([0-9]+h)?([0-9]+m)?([0-9]+s)?|[0-9]+h([0-9]+m)?([0-9]+s)?|[0-9]+m([0-9]+s)?|[0-9]+s)$";

/// The shapes that the schemas of values refer to.
pub(super) fn shapes() -> Json {
    let scalar = json!(["string", "number", "boolean"]);
    let named = |items: Json| {
        json!({
            "type": "object",
            "properties": { "for_each": shape("for_each") },
            "additionalProperties": items,
        })
    };
    json!({
        "template": {
            "description": "A template: `{{ vars.brand }}` is filled in for each environment.",
            "type": "string",
            "pattern": TEMPLATE,
        },
        "text": {
            "description": "Text, with templates such as `{{ vars.brand }}` and JSONPaths such as `$.Attributes.topic`. No ARNs: environments know them.",
            "type": scalar,
            "minLength": 1,
            "pattern": "^(?!arn:)",
        },
        "name": {
            "type": ["string", "integer"],
            "minLength": 1,
            "pattern": "^(?!arn:)",
        },
        "action": {
            "description": "The name of an action of this flow.",
            "type": scalar,
            "minLength": 1,
        },
        "path": {
            "description": "A JSONPath: `$.Attributes.topic`.",
            "type": "string",
            "pattern": format!(r"^\$|{TEMPLATE}"),
        },
        "duration": {
            "description": "A duration: `30s`, `15m`, `1h30m`, `7d`; or the JSONPath of an attribute that holds the number.",
            "type": "string",
            "pattern": format!(r"{DURATION}|^\$|{TEMPLATE}"),
        },
        "texts": any_of([named(shape("text")), shape("template")]),
        "nested_texts": any_of([named(json!({})), shape("template")]),
        "text_list": any_of([json!({ "type": "array", "items": repeated(shape("text")) }), shape("template")]),
        "for_each": for_each(),
        "shares": shares(),
    })
}

/// The schema of what stands under a key.
pub(super) fn of_key(key: &FormKey) -> Json {
    let value = of_kind(key.kind);
    let value = match key.presence {
        Presence::Needed | Presence::Optional => value,
        Presence::Default(_) | Presence::EmptyMap => any_of([value, json!({ "type": "null" })]),
    };
    described(value, sentence(key.summary))
}

/// A phrase of the tables as a sentence.
pub(super) fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(char::to_uppercase);
    let rest = letters.as_str().trim_end_matches('.');
    first
        .into_iter()
        .flatten()
        .chain(rest.chars())
        .chain(['.'])
        .collect()
}

/// A map with the keys of a form.
pub(super) fn of_keys(keys: &[FormKey], groups: &[Group]) -> Json {
    let needed = keys.iter().filter(|it| it.presence == Presence::Needed);
    let needed: Vec<&str> = needed.map(|it| it.key).collect();
    let mut schema = closed(keys.iter().map(|it| (it.key, of_key(it))), &needed);
    if !groups.is_empty() {
        schema["allOf"] = groups.iter().map(of_group).collect();
    }
    schema
}

fn of_group(group: &Group) -> Json {
    let required = group.keys.iter().map(|key| json!({ "required": [key] }));
    let required: Vec<Json> = required.collect();
    match group.count {
        Count::ExactlyOne => json!({ "oneOf": required }),
        Count::AtLeastOne => json!({ "anyOf": required }),
        Count::AtMostOne => {
            let none = json!({ "not": { "anyOf": required } });
            json!({ "oneOf": required.into_iter().chain([none]).collect::<Vec<_>>() })
        }
    }
}

fn of_kind(kind: ValueKind) -> Json {
    match kind {
        ValueKind::Text | ValueKind::Word => shape("text"),
        ValueKind::Texts | ValueKind::FlowAttributes => shape("texts"),
        ValueKind::NestedTexts => shape("nested_texts"),
        ValueKind::TextList => shape("text_list"),
        ValueKind::Json => json!({}),
        ValueKind::Name(_) | ValueKind::Flow(_) => shape("name"),
        ValueKind::Path => shape("path"),
        ValueKind::Duration { .. } | ValueKind::Minutes { .. } => shape("duration"),
        ValueKind::Number { least, greatest } => number(least, greatest),
        ValueKind::Choice(words) | ValueKind::ChoiceList(words) => {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            any_of([json!({ "enum": words }), shape("template")])
        }
        ValueKind::Conditions(terms) => conditions(terms),
        ValueKind::Shares => shape("shares"),
        ValueKind::Keys(keys) => any_of([of_keys(keys, &[]), shape("template")]),
    }
}

fn number(least: i64, greatest: i64) -> Json {
    let mut schema = json!({
        "type": ["integer", "string"],
        "minimum": least,
        "pattern": format!(r"^[0-9]+$|^\$|{TEMPLATE}"),
    });
    if greatest < i64::MAX {
        schema["maximum"] = greatest.into();
    }
    schema
}

/// A list to go through: its name, its items, or either under the name of the item.
fn for_each() -> Json {
    let list = any_of([
        json!({ "type": "array" }),
        json!({ "type": "string", "minLength": 1 }),
    ]);
    let named = json!({
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": list,
    });
    described(
        any_of([list, named]),
        "Repeats what it stands in for each item of a list: `[a, b]`, the name of one under `lists`, or `{ topic: topics }` to call the item `topic`.",
    )
}

/// An item of a list, which may be repeated; an item that is a map has the key among its own.
fn repeated(item: Json) -> Json {
    let each = json!({ "type": "object", "required": ["for_each"] });
    any_of([item, each])
}

fn conditions(terms: Terms) -> Json {
    let branches = json!({
        "type": "object",
        "properties": { "for_each": shape("for_each") },
        "additionalProperties": shape("action"),
    });
    let operators = || operators(terms).map(|(word, _)| word);
    let mut properties = vec![("next", shape("action")), ("for_each", shape("for_each"))];
    let operand = || json!({ "type": ["string", "number", "boolean"] });
    properties.extend(operators().map(|word| (word, operand())));
    let ways = operators().map(|word| json!({ "required": [word] }));
    let mut ways: Vec<Json> = ways.collect();
    if terms == Terms::Raw {
        properties.push(("operator", shape("text")));
        properties.push(("operands", json!({})));
        ways.push(json!({ "required": ["operator"] }));
    }
    let mut comparison = closed(properties, &["next"]);
    comparison["oneOf"] = ways.into();
    described(
        any_of([
            branches,
            json!({ "type": "array", "items": comparison }),
            shape("template"),
        ]),
        "A map from values to actions, or a list of comparisons: `- { starts_with: a, next: b }`. The first that holds wins.",
    )
}

fn shares() -> Json {
    let percent = described(number(1, 100), "Of a hundred contacts, how many.");
    let share = closed(
        [
            ("percent", percent),
            ("next", shape("action")),
            ("for_each", shape("for_each")),
        ],
        &["percent", "next"],
    );
    any_of([
        json!({ "type": "array", "items": share }),
        shape("template"),
    ])
}
