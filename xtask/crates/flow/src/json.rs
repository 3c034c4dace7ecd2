//! Flow documents as JSON text, read and written as the console writes them.
//!
//! Reading keeps everything, also what nobody here knows; whether the service would take the
//! document is validation's work.

use serde_json::Value as Json;

use crate::exact;
use crate::model::{
    Action, ActionId, Condition, ErrorBranch, Flow, LANGUAGE_VERSION, Omitted, Transitions,
};
use crate::value::{Map, Value};

/// Why a text is not a flow document.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    #[error("the content is not JSON")]
    Json(#[source] serde_json::Error),
    #[error(
        "the content is an export of the old format (`modules` and `start`), not a document of the Flow language"
    )]
    Legacy,
    #[error("the Flow language version is `{found}`, not `{LANGUAGE_VERSION}`")]
    Version { found: String },
    #[error("{path} is missing")]
    Missing { path: String },
    #[error("{path} is not {expected}")]
    Shape {
        path: String,
        expected: &'static str,
    },
    #[error("{path} is a key that the Flow language does not have there")]
    UnknownKey { path: String },
}

/// Reads a flow document.
pub fn parse(text: &str) -> Result<Flow, ParseError> {
    parse_value(exact::from_str(text).map_err(ParseError::Json)?)
}

/// Reads a flow document that is a JSON value already.
pub fn parse_value(json: Json) -> Result<Flow, ParseError> {
    let mut root = object(json, "the content")?;
    if root.contains_key("modules") && root.contains_key("start") {
        return Err(ParseError::Legacy);
    }
    let version = take_text(&mut root, "Version", "Version")?;
    if version != LANGUAGE_VERSION {
        return Err(ParseError::Version { found: version });
    }
    let start = ActionId::new(take_text(&mut root, "StartAction", "StartAction")?);
    let metadata = take_object(&mut root, "Metadata", "Metadata")?;
    let settings = take_object(&mut root, "Settings", "Settings")?;
    let actions = take(&mut root, "Actions").ok_or_else(|| missing("Actions"))?;
    let actions = list(actions, "Actions")?
        .into_iter()
        .enumerate()
        .map(|(n, action)| parse_action(action, &format!("Actions[{n}]")))
        .collect::<Result<_, _>>()?;
    Ok(Flow {
        start,
        actions,
        metadata: metadata.map(map),
        settings: settings.map(map),
        extra: map(root),
    })
}

fn parse_action(json: Json, path: &str) -> Result<Action, ParseError> {
    let mut json = object(json, path)?;
    let id = take_text(&mut json, "Identifier", &format!("{path}.Identifier"))?;
    let kind = take_text(&mut json, "Type", &format!("{path}.Type"))?;
    let parameters = take_object(&mut json, "Parameters", &format!("{path}.Parameters"))?;
    let transitions = take_object(&mut json, "Transitions", &format!("{path}.Transitions"))?;
    let mut action = Action::new(id.as_str(), kind.as_str());
    action.omitted = Omitted {
        parameters: parameters.is_none(),
        transitions: transitions.is_none(),
        conditions: !has(transitions.as_ref(), "Conditions"),
        errors: !has(transitions.as_ref(), "Errors"),
    };
    action.parameters = parameters.map(map).unwrap_or_default();
    if let Some(transitions) = transitions {
        action.transitions = parse_transitions(transitions, &format!("{path}.Transitions"))?;
    }
    action.extra = map(json);
    Ok(action)
}

fn parse_transitions(mut json: JsonMap, path: &str) -> Result<Transitions, ParseError> {
    let next = take(&mut json, "NextAction")
        .map(|next| text(next, &format!("{path}.NextAction")))
        .transpose()?
        .map(ActionId::new);
    let conditions = take_list(&mut json, "Conditions", path)?
        .into_iter()
        .enumerate()
        .map(|(n, condition)| parse_condition(condition, &format!("{path}.Conditions[{n}]")))
        .collect::<Result<_, _>>()?;
    let errors = take_list(&mut json, "Errors", path)?
        .into_iter()
        .enumerate()
        .map(|(n, branch)| parse_error_branch(branch, &format!("{path}.Errors[{n}]")))
        .collect::<Result<_, _>>()?;
    Ok(Transitions {
        next,
        conditions,
        errors,
        extra: map(json),
    })
}

fn parse_condition(json: Json, path: &str) -> Result<Condition, ParseError> {
    let mut json = object(json, path)?;
    let next = take_text(&mut json, "NextAction", &format!("{path}.NextAction"))?;
    let inner_path = format!("{path}.Condition");
    let inner = take(&mut json, "Condition").ok_or_else(|| missing(&inner_path))?;
    let mut inner = object(inner, &inner_path)?;
    let operator = take_text(&mut inner, "Operator", &format!("{inner_path}.Operator"))?;
    let operands = take_list(&mut inner, "Operands", &inner_path)?;
    nothing_left(&json, path)?;
    nothing_left(&inner, &inner_path)?;
    Ok(Condition {
        operator,
        operands: operands.into_iter().map(from_json).collect(),
        next: ActionId::new(next),
    })
}

fn parse_error_branch(json: Json, path: &str) -> Result<ErrorBranch, ParseError> {
    let mut json = object(json, path)?;
    let next = take_text(&mut json, "NextAction", &format!("{path}.NextAction"))?;
    let error = take_text(&mut json, "ErrorType", &format!("{path}.ErrorType"))?;
    nothing_left(&json, path)?;
    Ok(ErrorBranch {
        error,
        next: ActionId::new(next),
    })
}

type JsonMap = serde_json::Map<String, Json>;

fn has(json: Option<&JsonMap>, key: &str) -> bool {
    json.is_some_and(|json| json.contains_key(key))
}

/// Takes a key out and leaves the order of the others alone.
fn take(json: &mut JsonMap, key: &str) -> Option<Json> {
    json.shift_remove(key)
}

fn take_text(json: &mut JsonMap, key: &str, path: &str) -> Result<String, ParseError> {
    text(take(json, key).ok_or_else(|| missing(path))?, path)
}

fn take_object(json: &mut JsonMap, key: &str, path: &str) -> Result<Option<JsonMap>, ParseError> {
    take(json, key).map(|json| object(json, path)).transpose()
}

fn take_list(json: &mut JsonMap, key: &str, path: &str) -> Result<Vec<Json>, ParseError> {
    match take(json, key) {
        Some(json) => list(json, &format!("{path}.{key}")),
        None => Ok(Vec::new()),
    }
}

fn nothing_left(json: &JsonMap, path: &str) -> Result<(), ParseError> {
    match json.keys().next() {
        Some(key) => Err(ParseError::UnknownKey {
            path: format!("{path}.{key}"),
        }),
        None => Ok(()),
    }
}

fn missing(path: &str) -> ParseError {
    ParseError::Missing {
        path: path.to_owned(),
    }
}

fn shape(path: &str, expected: &'static str) -> ParseError {
    ParseError::Shape {
        path: path.to_owned(),
        expected,
    }
}

fn text(json: Json, path: &str) -> Result<String, ParseError> {
    match json {
        Json::String(text) => Ok(text),
        _ => Err(shape(path, "a string")),
    }
}

fn list(json: Json, path: &str) -> Result<Vec<Json>, ParseError> {
    match json {
        Json::Array(list) => Ok(list),
        _ => Err(shape(path, "a list")),
    }
}

fn object(json: Json, path: &str) -> Result<JsonMap, ParseError> {
    match json {
        Json::Object(object) => Ok(object),
        _ => Err(shape(path, "an object")),
    }
}

fn map(json: JsonMap) -> Map {
    json.into_iter()
        .map(|(key, value)| (key, from_json(value)))
        .collect()
}

/// A JSON value as a value of a flow.
pub fn from_json(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(it) => Value::Bool(it),
        Json::Number(it) => Value::Number(it),
        Json::String(it) => Value::Text(it),
        Json::Array(it) => Value::List(it.into_iter().map(from_json).collect()),
        Json::Object(it) => Value::Map(map(it)),
    }
}

/// A value of a flow as JSON. What is not resolved yet is shown as text: a reference as
/// `${queue:support}`, a template as its source.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(it) => Json::Bool(*it),
        Value::Number(it) => Json::Number(it.clone()),
        Value::Text(it) => Json::String(it.clone()),
        Value::Template(it) => Json::String(it.source.clone()),
        Value::Ref(it) => Json::String(format!("${{{it}}}")),
        Value::List(it) => Json::Array(it.iter().map(to_json).collect()),
        Value::Map(it) => map_to_json(it),
    }
}

fn map_to_json(map: &Map) -> Json {
    Json::Object(
        map.iter()
            .map(|(key, value)| (key.clone(), to_json(value)))
            .collect(),
    )
}

/// Writes a document as the console does: its order of keys, two spaces, no newline at the end.
pub fn to_text(flow: &Flow) -> String {
    serde_json::to_string_pretty(&document(flow))
        .expect("a JSON value with string keys always has a text")
}

/// The document as one JSON value, keys in the console's order.
pub fn document(flow: &Flow) -> Json {
    let mut root = JsonMap::new();
    root.insert("Version".into(), LANGUAGE_VERSION.into());
    root.insert("StartAction".into(), flow.start.as_str().into());
    if let Some(metadata) = &flow.metadata {
        root.insert("Metadata".into(), map_to_json(metadata));
    }
    let actions = flow.actions.iter().map(action_to_json).collect();
    root.insert("Actions".into(), Json::Array(actions));
    if let Some(settings) = &flow.settings {
        root.insert("Settings".into(), map_to_json(settings));
    }
    add_extra(&mut root, &flow.extra);
    Json::Object(root)
}

/// One action of a document as JSON.
pub fn action_to_json(action: &Action) -> Json {
    let mut root = JsonMap::new();
    if !(action.omitted.parameters && action.parameters.is_empty()) {
        root.insert("Parameters".into(), map_to_json(&action.parameters));
    }
    root.insert("Identifier".into(), action.id.as_str().into());
    root.insert("Type".into(), action.kind.as_str().into());
    let transitions = transitions_to_json(&action.transitions, action.omitted);
    if !(action.omitted.transitions && transitions.is_empty()) {
        root.insert("Transitions".into(), Json::Object(transitions));
    }
    add_extra(&mut root, &action.extra);
    Json::Object(root)
}

fn transitions_to_json(transitions: &Transitions, omitted: Omitted) -> JsonMap {
    let mut root = JsonMap::new();
    if let Some(next) = &transitions.next {
        root.insert("NextAction".into(), next.as_str().into());
    }
    if !transitions.conditions.is_empty() || !omitted.conditions {
        let conditions = transitions.conditions.iter().map(condition_to_json);
        root.insert("Conditions".into(), conditions.collect());
    }
    if !transitions.errors.is_empty() || !omitted.errors {
        let errors = transitions.errors.iter().map(error_branch_to_json);
        root.insert("Errors".into(), errors.collect());
    }
    add_extra(&mut root, &transitions.extra);
    root
}

fn condition_to_json(condition: &Condition) -> Json {
    let operands: Vec<Json> = condition.operands.iter().map(to_json).collect();
    serde_json::json!({
        "NextAction": condition.next.as_str(),
        "Condition": { "Operator": condition.operator, "Operands": operands },
    })
}

fn error_branch_to_json(branch: &ErrorBranch) -> Json {
    serde_json::json!({ "NextAction": branch.next.as_str(), "ErrorType": branch.error })
}

fn add_extra(root: &mut JsonMap, extra: &Map) {
    for (key, value) in extra {
        root.insert(key.clone(), to_json(value));
    }
}
