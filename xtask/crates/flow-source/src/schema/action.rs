//! The schema of an action: a short form, an action in its own terms, or the use of a fragment.
//!
//! All words stand in one map, so that editors offer them; what one of them brings along is said
//! under `if` and `then`.

use flow::catalogue::{self, Entry as Facts, Parameter};
use serde_json::{Map, Value as Json, json};

use super::value::{of_key, of_keys, sentence};
use super::{any_of, closed, described, shape};
use crate::forms::{self, Body, Count, Form, Next, OTHERWISE, Presence, RAW, Unsaid, Way};

/// The keys of every action, whatever it does.
const REPETITION: [&str; 2] = ["for_each", "after_last"];

/// The schema of what stands under the name of an action.
pub(super) fn action() -> Json {
    let mut properties = Map::new();
    let mut variants = Vec::new();
    for form in forms::forms() {
        properties.insert(form.key.to_owned(), described(body(form), about(form)));
        variants.push(variant(form.key, of_form(form)));
    }
    let kinds: Vec<&str> = catalogue::entries().map(|it| it.kind.as_str()).collect();
    let kind = any_of([json!({ "enum": kinds }), shape("text")]);
    properties.insert(RAW.key.to_owned(), described(kind, RAW.summary));
    variants.push(variant(RAW.key, in_own_terms()));
    variants.extend(catalogue::entries().filter_map(parameters_of));
    let fragment = described(shape("text"), "Uses a fragment: its actions stand here.");
    properties.insert("fragment".to_owned(), fragment);
    variants.push(variant("fragment", use_of_fragment()));
    variants.extend(repetition());
    let words: Vec<Json> = properties
        .keys()
        .map(|key| json!({ "required": [key] }))
        .collect();
    for (key, schema) in beside() {
        properties.insert(key.to_owned(), schema);
    }
    json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "oneOf": words,
        "allOf": variants,
    })
}

/// Keys that stand beside the words, in any of the variants.
fn beside() -> impl Iterator<Item = (&'static str, Json)> {
    let all = forms::forms()
        .flat_map(|form| form.beside)
        .chain(RAW.beside);
    let mut keys = vec![
        (
            "next",
            described(shape("action"), "The action that comes next."),
        ),
        (
            "on",
            described(json!({}), "Where the branches lead, by their names."),
        ),
        (
            OTHERWISE,
            described(
                any_of([shape("action"), json!({ "type": "null" })]),
                "Where the run goes if no comparison holds.",
            ),
        ),
        (
            "with",
            described(json!({}), "The values of the fragment's parameters."),
        ),
        ("for_each", shape("for_each")),
        (
            "after_last",
            described(
                shape("action"),
                "Where `next_item` leads after the last item.",
            ),
        ),
    ];
    for key in all {
        if !keys.iter().any(|(known, _)| *known == key.key) {
            keys.push((key.key, described(json!({}), sentence(key.summary))));
        }
    }
    keys.into_iter()
}

/// One item after the other wants to know where the last one leads.
fn repetition() -> [Json; 2] {
    let leads_on = json!({
        "properties": { "next": { "const": "next_item" } },
        "required": ["for_each", "next"],
    });
    [
        variant("after_last", json!({ "required": ["for_each"] })),
        json!({ "if": leads_on, "then": { "required": ["after_last"] } }),
    ]
}

fn variant(word: &str, then: Json) -> Json {
    json!({ "if": { "required": [word] }, "then": then })
}

/// What editors say about a form.
fn about(form: &Form) -> String {
    format!("{} In the designer: {}.", form.summary, form.block)
}

/// What stands under the word of a form.
fn body(form: &Form) -> Json {
    match &form.body {
        Body::Nothing => any_of([
            json!({ "type": "object", "maxProperties": 0 }),
            json!({ "type": "null" }),
        ]),
        Body::Value(key) => of_key(key),
        Body::Keys(keys) => {
            let is_needed = |presence| presence == Presence::Needed;
            let has_needed = keys.iter().any(|it| is_needed(it.presence));
            let mut ways = vec![of_keys(keys, form.groups), shape("template")];
            if !has_needed && form.groups.iter().all(|it| it.count == Count::AtMostOne) {
                ways.push(json!({ "type": "null" }));
            }
            any_of(ways)
        }
        Body::FirstOrKeys(keys) => {
            let first = keys.iter().take(1).map(of_key);
            any_of(first.chain([of_keys(keys, form.groups)]))
        }
    }
}

/// What a form brings along: its branches and the keys beside it.
fn of_form(form: &Form) -> Json {
    if form.key == "wait" {
        return wait(form);
    }
    let mut properties = Map::new();
    let mut required = Vec::new();
    if form.next == Next::Needed {
        required.push("next");
    }
    for key in form.beside {
        properties.insert(key.key.to_owned(), of_key(key));
        if key.presence == Presence::Needed {
            required.push(key.key);
        }
    }
    if let Some(branch) = form.branch(OTHERWISE) {
        properties.insert(OTHERWISE.to_owned(), target(branch));
        if branch.unsaid == Unsaid::Needed {
            required.push(OTHERWISE);
        }
    }
    if let Some((on, is_needed)) = branches(form) {
        properties.insert("on".to_owned(), on);
        if is_needed {
            required.push("on");
        }
    }
    let words = form.words_beside().chain([form.key]);
    with_words(words, properties, &required)
}

/// Those under `on`, and whether one of them is needed.
fn branches(form: &Form) -> Option<(Json, bool)> {
    let branches = form.branches.iter().filter(|it| it.key != OTHERWISE);
    let needed = branches.clone().filter(|it| it.unsaid == Unsaid::Needed);
    let needed: Vec<&str> = needed.map(|it| it.key).collect();
    let properties: Vec<_> = branches.map(|it| (it.key, target(it))).collect();
    if properties.is_empty() {
        return None;
    }
    Some((closed(properties, &needed), !needed.is_empty()))
}

/// Where a branch leads; `null` leaves out an error branch that the service can do without.
fn target(branch: &forms::Branch) -> Json {
    let target = match branch.becomes {
        Way::Error(_) => any_of([shape("action"), json!({ "type": "null" })]),
        _ => shape("action"),
    };
    described(target, sentence(branch.summary))
}

/// Without `until` a wait goes on at `next`; with it the branches say it all.
fn wait(form: &Form) -> Json {
    let waits_for_something = json!({
        "properties": { form.key: { "type": "object", "required": ["until"] } },
    });
    let on = |keys: &[&str], needed: &[&str]| {
        let branches = form.branches.iter().filter(|it| keys.contains(&it.key));
        closed(branches.map(|it| (it.key, target(it))), needed)
    };
    let all: Vec<&str> = form.branches.iter().map(|it| it.key).collect();
    let until = with_words(
        [form.key, "on"],
        object("on", on(&all, &["time_expired"])),
        &["on"],
    );
    let plain = with_words(
        [form.key, "next", "on"],
        object("on", on(&["error"], &[])),
        &["next"],
    );
    json!({ "if": waits_for_something, "then": until, "else": plain })
}

fn object(key: &str, value: Json) -> Map<String, Json> {
    [(key.to_owned(), value)].into_iter().collect()
}

/// A map with no keys but these and those of repetition; what they hold is said elsewhere as well.
fn with_words<'w>(
    words: impl IntoIterator<Item = &'w str>,
    properties: Map<String, Json>,
    required: &[&str],
) -> Json {
    let words: Vec<&str> = words.into_iter().chain(REPETITION).collect();
    let mut schema = json!({ "propertyNames": { "enum": words } });
    if !properties.is_empty() {
        schema["properties"] = Json::Object(properties);
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// Any action of the Flow language; the service knows more than anybody here.
fn in_own_terms() -> Json {
    let target = || shape("action");
    let free = || json!({ "type": "object" });
    let error = closed(
        [("error", shape("text")), ("next", target())],
        &["error", "next"],
    );
    let errors = any_of([
        json!({
            "type": "object",
            "properties": { "for_each": shape("for_each") },
            "additionalProperties": target(),
        }),
        json!({ "type": "array", "items": error }),
    ]);
    let mut properties = Map::new();
    for key in RAW.beside {
        let schema = match key.key {
            "parameters" => any_of([free(), shape("template")]),
            "conditions" => of_key(key),
            "errors" => errors.clone(),
            _ => free(),
        };
        properties.insert(key.key.to_owned(), described(schema, sentence(key.summary)));
    }
    let words = RAW.beside.iter().map(|it| it.key).chain([RAW.key, "next"]);
    with_words(words, properties, &[])
}

/// The parameters of a type of the catalogue. Others are not refused: there may be new ones.
fn parameters_of(facts: &Facts) -> Option<Json> {
    let outer = facts.parameters.iter().filter(|it| !it.name.contains('.'));
    let properties: Map<String, Json> = outer.map(|it| parameter(facts, it)).collect();
    if properties.is_empty() {
        return None;
    }
    let parameters = json!({ "properties": properties });
    Some(json!({
        "if": { "properties": { RAW.key: { "const": facts.kind } }, "required": [RAW.key] },
        "then": { "properties": { "parameters": parameters } },
    }))
}

fn parameter(facts: &Facts, parameter: &Parameter) -> (String, Json) {
    let mut schema = Map::new();
    if !parameter.values.is_empty() {
        let ways = [json!({ "enum": parameter.values }), json!({})];
        schema.insert("anyOf".to_owned(), ways.into_iter().collect());
    }
    let prefix = format!("{}.", parameter.name);
    let inner = facts.parameters.iter().filter_map(|it| {
        let name = it.name.strip_prefix(&prefix)?;
        Some((name.to_owned(), json!({ "description": what_it_takes(it) })))
    });
    let inner: Map<String, Json> = inner.collect();
    if !inner.is_empty() {
        schema.insert("properties".to_owned(), Json::Object(inner));
    }
    let schema = described(Json::Object(schema), what_it_takes(parameter));
    (parameter.name.clone(), schema)
}

fn what_it_takes(parameter: &Parameter) -> String {
    let mut words = format!("{:?}", parameter.kind).to_lowercase();
    if let Some((least, greatest)) = parameter.range {
        words.push_str(&format!(", {least} to {greatest}"));
    }
    if !parameter.values.is_empty() {
        words.push_str(&format!(": {}", parameter.values.join(", ")));
    }
    if parameter.required {
        words.push_str("; needed");
    }
    sentence(&words)
}

fn use_of_fragment() -> Json {
    let free = |description: &str| {
        described(
            any_of([json!({ "type": "object" }), shape("template")]),
            description,
        )
    };
    let on = json!({ "type": "object", "additionalProperties": shape("action") });
    let mut properties = Map::new();
    properties.insert(
        "with".to_owned(),
        free("The values of the fragment's parameters."),
    );
    properties.insert(
        "on".to_owned(),
        described(on, "Where the fragment's exits lead."),
    );
    with_words(["fragment", "with", "next", "on"], properties, &[])
}
