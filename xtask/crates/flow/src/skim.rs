//! A flow document without its canvas, read in one pass over the text.
//!
//! Checks look at what a flow does. Up to half of a document says where the designer draws it, so
//! that part is passed over, and no JSON tree is built on the way. What this cannot read is read
//! again by [`crate::json`], which says why.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use crate::json::{self, ParseError};
use crate::model::{
    Action, ActionId, Condition, ErrorBranch, Flow, LANGUAGE_VERSION, Omitted, Transitions,
};
use crate::value::{Map, Value};

/// A document and what its canvas says about it.
#[derive(Debug)]
pub struct Skimmed {
    /// Without `metadata`.
    pub flow: Flow,
    /// `Metadata.name`: what people see in Connect.
    pub title: Option<String>,
    /// `Metadata.type`, for example `contactFlow`. Few exports have it.
    pub flow_type: Option<String>,
}

/// Reads a flow document without its canvas.
pub fn skim(text: &str) -> Result<Skimmed, ParseError> {
    match serde_json::from_str::<Document>(text) {
        Ok(Document(skimmed)) => Ok(skimmed),
        Err(_) => json::parse(text).map(|flow| Skimmed {
            flow,
            title: None,
            flow_type: None,
        }),
    }
}

struct Document(Skimmed);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_map(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flow document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut flow = Flow::new("");
        let (mut version, mut start, mut actions) = (None, None, None);
        let mut canvas = Canvas::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "Version" => version = Some(map.next_value::<String>()?),
                "StartAction" => start = Some(map.next_value::<String>()?),
                "Actions" => actions = Some(map.next_value::<Vec<ReadAction>>()?),
                "Metadata" => canvas = map.next_value()?,
                "Settings" => flow.settings = Some(map.next_value_seed(MapSeed)?),
                _ => drop(flow.extra.insert(key, map.next_value::<ReadValue>()?.0)),
            }
        }
        if version.as_deref() != Some(LANGUAGE_VERSION) {
            return Err(de::Error::custom("another version"));
        }
        flow.start = ActionId::new(start.ok_or_else(|| de::Error::missing_field("StartAction"))?);
        let actions = actions.ok_or_else(|| de::Error::missing_field("Actions"))?;
        flow.actions = actions.into_iter().map(|it| it.0).collect();
        Ok(Document(Skimmed {
            flow,
            title: canvas.name.and_then(ReadValue::text),
            flow_type: canvas.kind.and_then(ReadValue::text),
        }))
    }
}

/// The two words of `Metadata` that are no drawing.
#[derive(Default, Deserialize)]
struct Canvas {
    name: Option<ReadValue>,
    #[serde(rename = "type")]
    kind: Option<ReadValue>,
}

struct ReadAction(Action);

impl<'de> Deserialize<'de> for ReadAction {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_map(ActionVisitor)
    }
}

struct ActionVisitor;

impl<'de> Visitor<'de> for ActionVisitor {
    type Value = ReadAction;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an action")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ReadAction, A::Error> {
        let (mut id, mut kind, mut parameters, mut transitions) = (None, None, None, None);
        let mut extra = Map::new();
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "Identifier" => id = Some(map.next_value::<String>()?),
                "Type" => kind = Some(map.next_value::<&str>()?),
                "Parameters" => parameters = Some(map.next_value_seed(MapSeed)?),
                "Transitions" => transitions = Some(map.next_value::<ReadTransitions>()?),
                _ => drop(extra.insert(key.to_owned(), map.next_value::<ReadValue>()?.0)),
            }
        }
        let id = id.ok_or_else(|| de::Error::missing_field("Identifier"))?;
        let kind = kind.ok_or_else(|| de::Error::missing_field("Type"))?;
        let mut action = Action::new(id, kind);
        action.omitted = Omitted {
            parameters: parameters.is_none(),
            transitions: transitions.is_none(),
            conditions: transitions
                .as_ref()
                .is_none_or(|it| it.conditions.is_none()),
            errors: transitions.as_ref().is_none_or(|it| it.errors.is_none()),
        };
        action.parameters = parameters.unwrap_or_default();
        action.transitions = transitions.map(ReadTransitions::into).unwrap_or_default();
        action.extra = extra;
        Ok(ReadAction(action))
    }
}

struct ReadTransitions {
    next: Option<String>,
    conditions: Option<Vec<ReadCondition>>,
    errors: Option<Vec<ReadErrorBranch>>,
    extra: Map,
}

impl<'de> Deserialize<'de> for ReadTransitions {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_map(TransitionsVisitor)
    }
}

struct TransitionsVisitor;

impl<'de> Visitor<'de> for TransitionsVisitor {
    type Value = ReadTransitions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("transitions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ReadTransitions, A::Error> {
        let mut read = ReadTransitions {
            next: None,
            conditions: None,
            errors: None,
            extra: Map::new(),
        };
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "NextAction" => read.next = Some(map.next_value()?),
                "Conditions" => read.conditions = Some(map.next_value()?),
                "Errors" => read.errors = Some(map.next_value()?),
                _ => drop(
                    read.extra
                        .insert(key.to_owned(), map.next_value::<ReadValue>()?.0),
                ),
            }
        }
        Ok(read)
    }
}

impl From<ReadTransitions> for Transitions {
    fn from(read: ReadTransitions) -> Self {
        let conditions = read.conditions.unwrap_or_default().into_iter();
        let errors = read.errors.unwrap_or_default().into_iter();
        Self {
            next: read.next.map(ActionId::new),
            conditions: conditions.map(ReadCondition::into).collect(),
            errors: errors.map(ReadErrorBranch::into).collect(),
            extra: read.extra,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReadCondition {
    next_action: String,
    condition: ReadComparison,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReadComparison {
    operator: String,
    #[serde(default)]
    operands: Vec<ReadValue>,
}

impl From<ReadCondition> for Condition {
    fn from(read: ReadCondition) -> Self {
        let operands = read.condition.operands.into_iter();
        Self {
            operator: read.condition.operator,
            operands: operands.map(|it| it.0).collect(),
            next: ActionId::new(read.next_action),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReadErrorBranch {
    next_action: String,
    error_type: String,
}

impl From<ReadErrorBranch> for ErrorBranch {
    fn from(read: ReadErrorBranch) -> Self {
        Self {
            error: read.error_type,
            next: ActionId::new(read.next_action),
        }
    }
}

struct ReadValue(Value);

impl ReadValue {
    fn text(self) -> Option<String> {
        match self.0 {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for ReadValue {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(ValueVisitor).map(ReadValue)
    }
}

/// An object whose keys are all kept.
struct MapSeed;

impl<'de> DeserializeSeed<'de> for MapSeed {
    type Value = Map;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Map, D::Error> {
        struct OnlyMap;
        impl<'de> Visitor<'de> for OnlyMap {
            type Value = Map;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Map, A::Error> {
                entries(map)
            }
        }
        source.deserialize_map(OnlyMap)
    }
}

fn entries<'de, A: MapAccess<'de>>(mut map: A) -> Result<Map, A::Error> {
    let mut entries = Map::new();
    while let Some((key, ReadValue(value))) = map.next_entry::<String, ReadValue>()? {
        entries.insert(key, value);
    }
    Ok(entries)
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(Value::Number(it.into()))
    }

    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(Value::Number(it.into()))
    }

    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(it);
        Ok(number.map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(Value::Text(it.to_owned()))
    }

    fn visit_string<E>(self, it: String) -> Result<Value, E> {
        Ok(Value::Text(it))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(ReadValue(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        entries(map).map(Value::Map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{
        "Version": "2019-10-30", "StartAction": "a", "Extra": [1, -2, 2.5, null, true],
        "Metadata": { "entryPointPosition": { "x": 1 }, "name": "Main", "type": "contactFlow" },
        "Actions": [
            { "Identifier": "a", "Type": "Compare", "Beside": { "k": "v" },
              "Parameters": { "ComparisonValue": "$.Attributes.\u0061", "Deep": { "List": ["x"] } },
              "Transitions": { "NextAction": "b", "Mirror": "c",
                "Conditions": [{ "NextAction": "b",
                  "Condition": { "Operator": "Equals", "Operands": ["x"] } }],
                "Errors": [{ "NextAction": "b", "ErrorType": "NoMatchingCondition" }] } },
            { "Identifier": "b", "Type": "DisconnectParticipant" }
        ],
        "Settings": { "InputParameters": [] }
    }"#;

    #[test]
    fn a_document_is_read_as_the_whole_reader_reads_it_but_for_the_canvas() {
        let skimmed = skim(DOCUMENT).expect("the document is one");
        let mut whole = json::parse(DOCUMENT).expect("the document is one");
        whole.metadata = None;
        assert_eq!(skimmed.flow, whole);
        assert_eq!(skimmed.title.as_deref(), Some("Main"));
        assert_eq!(skimmed.flow_type.as_deref(), Some("contactFlow"));
    }

    #[test]
    fn keys_with_escapes_are_read_as_well() {
        let escaped = DOCUMENT.replace("\"Type\"", "\"T\\u0079pe\"");
        let skimmed = skim(&escaped).expect("the document is one");
        assert_eq!(
            skimmed.flow.actions,
            skim(DOCUMENT).expect("read").flow.actions
        );
    }

    #[test]
    fn what_is_no_document_is_refused_in_the_words_of_the_whole_reader() {
        for text in [
            "",
            "[]",
            r#"{"modules": [], "start": "a"}"#,
            &DOCUMENT.replace("2019-10-30", "2012-10-17"),
            &DOCUMENT.replace("\"StartAction\": \"a\",", ""),
            &DOCUMENT.replace("\"Conditions\": [", "\"Conditions\": 7, \"Mirror\": ["),
        ] {
            let refused = skim(text).expect_err("no document").to_string();
            let whole = json::parse(text).expect_err("no document").to_string();
            assert_eq!(refused, whole);
        }
    }
}
