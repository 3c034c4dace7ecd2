//! JSON Schemas of what people write, so that editors complete, explain and check it as they type.
//!
//! Built from the tables that the parsers go by. A schema is never stricter than its parser; where
//! it is laxer, `check` has the last word: whether a name exists, or a duration is within limits.

mod action;
mod document;
mod value;

use serde_json::{Value as Json, json};

/// The dialect of all schemas.
pub const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of one format.
#[derive(Debug)]
pub struct Schema {
    /// The word for the format: `flow`.
    pub name: &'static str,
    /// Which files are of this format.
    pub files: &'static str,
    build: fn() -> Json,
}

/// The formats that are read here.
pub static SCHEMAS: &[Schema] = &[
    Schema {
        name: "flow",
        files: "flows, modules and fragments: flows/**/*.yaml",
        build: document::flow,
    },
    Schema {
        name: "scenario",
        files: "conversations to be tried: flows/tests/*.yaml",
        build: document::scenario,
    },
    Schema {
        name: "bindings",
        files: "what names stand for: bindings.yaml beside imported flows",
        build: document::bindings,
    },
    Schema {
        name: "layout",
        files: "where blocks stand: *.layout.json beside imported flows",
        build: document::layout,
    },
    Schema {
        name: "configuration",
        files: "severities and allowances: .flowyard.yaml",
        build: document::configuration,
    },
];

impl Schema {
    /// The schema as a JSON value.
    pub fn json(&self) -> Json {
        (self.build)()
    }
}

/// A schema with the sentence that editors show for it.
fn described(mut schema: Json, description: impl Into<String>) -> Json {
    if let Json::Object(keys) = &mut schema {
        keys.insert("description".to_owned(), Json::String(description.into()));
    }
    schema
}

/// A map with these keys and no others.
fn closed<'k>(properties: impl IntoIterator<Item = (&'k str, Json)>, required: &[&str]) -> Json {
    let properties = properties
        .into_iter()
        .map(|(key, schema)| (key.to_owned(), schema));
    let properties: serde_json::Map<String, Json> = properties.collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// One of some schemas.
fn any_of(schemas: impl IntoIterator<Item = Json>) -> Json {
    json!({ "anyOf": schemas.into_iter().collect::<Vec<_>>() })
}

/// A shape that is defined once for the whole schema.
fn shape(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}
