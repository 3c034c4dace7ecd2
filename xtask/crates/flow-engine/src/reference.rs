//! References into the contact (`$.Attributes.tier`, `$.External.status`): reading them out of
//! parameters and looking them up.

use flow::value::{Map, Value};
use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::contact::Contact;

/// What belongs to one run of one flow or module and does not cross its border.
#[derive(Clone, Default)]
pub(crate) struct Variables {
    pub(crate) flow_attributes: IndexMap<String, String>,
    /// The answer of the latest Lambda.
    pub(crate) external: Json,
    /// The request id of the latest asynchronous Lambda call.
    pub(crate) invocation_id: Option<String>,
    /// What the caller of this module passed in.
    pub(crate) module_input: Json,
    /// The branch by which the module invoked last returned.
    pub(crate) module_result: Option<String>,
    pub(crate) module_result_data: Json,
}

/// Where references are looked up.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) contact: &'a Contact,
    pub(crate) variables: &'a Variables,
}

impl Scope<'_> {
    /// A parameter with its references filled in. A scalar that is one reference takes the value
    /// found, whatever its type; nothing if it is not set.
    pub(crate) fn value(&self, value: &Value) -> Option<Json> {
        match value {
            Value::Text(text) => match whole(text) {
                Some(path) => self.look_up(&path),
                None => Some(Json::String(self.fill(text))),
            },
            Value::List(items) => {
                let items = items.iter().map(|item| self.value(item));
                Some(Json::Array(items.map(Option::unwrap_or_default).collect()))
            }
            Value::Map(map) => Some(Json::Object(self.map(map))),
            Value::Null => None,
            Value::Bool(_) | Value::Number(_) | Value::Template(_) | Value::Ref(_) => {
                Some(flow::json::to_json(value))
            }
        }
    }

    /// The members of a parameter with their references filled in; unset ones are empty texts [inf].
    pub(crate) fn map(&self, map: &Map) -> serde_json::Map<String, Json> {
        map.iter()
            .map(|(key, value)| {
                let filled = self.value(value);
                (key.clone(), filled.unwrap_or_else(|| Json::from("")))
            })
            .collect()
    }

    /// A scalar parameter as text; nothing if it is a reference to what is not set or not a scalar.
    pub(crate) fn text(&self, value: &Value) -> Option<String> {
        self.value(value).as_ref().and_then(scalar)
    }

    /// A text with the references inside it replaced. What is not set is empty [doc]; `$` before
    /// anything but a known root is plain text.
    fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("$.") {
            filled.push_str(&rest[..start]);
            rest = &rest[start..];
            match read(rest) {
                Some((path, length)) => {
                    let found = self.look_up(&path);
                    filled.push_str(&found.as_ref().and_then(scalar).unwrap_or_default());
                    rest = &rest[length..];
                }
                None => {
                    filled.push_str("$.");
                    rest = &rest["$.".len()..];
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    /// What stands at a path, if anything does.
    fn look_up(&self, path: &[String]) -> Option<Json> {
        let (root, rest) = path.split_first()?;
        let contact = self.contact;
        let text = |text: &str| Some(Json::from(text));
        let optional = |text: &Option<String>| text.as_deref().map(Json::from);
        let leaf = rest.is_empty();
        match (root.as_str(), rest) {
            ("Attributes", [key]) => contact.attributes.get(key).map(|it| it.as_str().into()),
            ("FlowAttributes", [key]) => {
                let found = self.variables.flow_attributes.get(key);
                found.map(|it| it.as_str().into())
            }
            ("SegmentAttributes", [key]) => {
                let found = contact.segment_attributes.get(key);
                found.map(|it| it.as_str().into())
            }
            ("External", _) => at(&self.variables.external, rest),
            ("LambdaInvocation", [kind]) if kind == "InvocationId" => {
                optional(&self.variables.invocation_id)
            }
            ("LambdaInvocation", [kind, rest @ ..]) if kind == "ResultData" => {
                at(&self.variables.external, rest)
            }
            ("Modules", [kind]) if kind == "Result" => optional(&self.variables.module_result),
            ("Modules", [kind, rest @ ..]) if kind == "ResultData" => {
                at(&self.variables.module_result_data, rest)
            }
            ("Modules", [kind, rest @ ..]) if kind == "Input" => {
                at(&self.variables.module_input, rest)
            }
            ("Queue", [key]) => {
                let queue = contact.queue.as_ref()?;
                match key.as_str() {
                    "Name" => text(&queue.name),
                    "ARN" => text(&queue.arn),
                    _ => None,
                }
            }
            ("Media", [key]) if key == "InitialMessage" => optional(&contact.initial_message),
            ("Channel", _) if leaf => text(&contact.channel),
            ("ContactId", _) if leaf => text(&contact.contact_id),
            ("InitialContactId", _) if leaf => text(&contact.initial_contact_id),
            ("PreviousContactId", _) if leaf => optional(&contact.previous_contact_id),
            ("InstanceARN", _) if leaf => text(&contact.instance_arn),
            ("InitiationMethod", _) if leaf => text(&contact.initiation_method),
            ("AwsRegion", _) if leaf => text(&contact.region),
            ("LanguageCode", _) if leaf => optional(&contact.language_code),
            ("CustomerId", _) if leaf => optional(&contact.customer_id),
            ("Name", _) if leaf => optional(&contact.name),
            ("Description", _) if leaf => optional(&contact.description),
            _ => None,
        }
    }
}

/// What stands at a path inside a JSON value. Arrays cannot be referenced in flows [doc].
fn at(json: &Json, path: &[String]) -> Option<Json> {
    let mut found = json;
    for key in path {
        found = found.as_object()?.get(key)?;
    }
    (!found.is_null()).then(|| found.clone())
}

/// A scalar as text.
pub(crate) fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(it) => Some(it.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Whether a parameter is written as one reference, so that it has no value of its own.
pub(crate) fn is_reference(value: &Value) -> bool {
    value.as_text().is_some_and(|text| whole(text).is_some())
}

/// The path of a text that is one reference and nothing else, known root or not.
fn whole(text: &str) -> Option<Vec<String>> {
    let (path, length) = segments(text)?;
    (length == text.len()).then_some(path)
}

/// The reference at the start of a text, if its root is one that the language has.
fn read(text: &str) -> Option<(Vec<String>, usize)> {
    let (path, length) = segments(text)?;
    ROOTS.contains(&path[0].as_str()).then_some((path, length))
}

/// The roots of the Flow language [doc].
const ROOTS: [&str; 37] = [
    "AdditionalEmailRecipients",
    "Agent",
    "Attributes",
    "AwsRegion",
    "Capabilities",
    "Case",
    "Channel",
    "ContactId",
    "Customer",
    "CustomerEndpoint",
    "CustomerId",
    "DataTableList",
    "DataTables",
    "DeliveryReceipts",
    "Description",
    "Email",
    "External",
    "FlowAttributes",
    "InitialContactId",
    "InitiationMethod",
    "InstanceARN",
    "LambdaInvocation",
    "LanguageCode",
    "Lex",
    "Loop",
    "Media",
    "MediaStreams",
    "Metrics",
    "Modules",
    "Name",
    "OutboundCommunication",
    "PreviousContactId",
    "Queue",
    "References",
    "SegmentAttributes",
    "StoredCustomerInput",
    "SystemEndpoint",
];

/// Reads `$.Root.key`, `$.Root['any key']` and `$.Root.['any key']`, with how long it is.
fn segments(text: &str) -> Option<(Vec<String>, usize)> {
    let mut rest = text.strip_prefix("$.")?;
    let mut path = vec![name(&mut rest)?];
    loop {
        let before = rest;
        let dotted = rest.strip_prefix('.');
        let inner = dotted.unwrap_or(rest);
        if let Some(quoted) = inner.strip_prefix("['") {
            let Some((key, after)) = quoted.split_once("']") else {
                break;
            };
            path.push(key.to_owned());
            rest = after;
            continue;
        }
        let Some(mut inner) = dotted else { break };
        // A full stop after a reference ends a sentence.
        let Some(key) = name(&mut inner) else {
            rest = before;
            break;
        };
        path.push(key);
        rest = inner;
    }
    Some((path, text.len() - rest.len()))
}

/// Takes letters, digits, `_` and `-` off the start of a text; nothing if there are none.
fn name(text: &mut &str) -> Option<String> {
    let length = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    *text = rest;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut contact = Contact {
            contact_id: "c-1".into(),
            ..Contact::default()
        };
        contact.attributes.insert("tier".into(), "gold".into());
        contact.attributes.insert("first name".into(), "Ann".into());
        let variables = Variables {
            external: serde_json::json!({ "status": "ok", "deep": { "n": 3 }, "list": [1] }),
            ..Variables::default()
        };
        let scope = Scope {
            contact: &contact,
            variables: &variables,
        };
        let found = scope.value(&Value::from(text)).unwrap_or_default();
        assert_eq!(found.to_string(), expected, "{text}");
    }

    #[test]
    fn a_whole_reference_keeps_the_type_of_what_it_finds() {
        check("$.Attributes.tier", r#""gold""#);
        check("$.Attributes['first name']", r#""Ann""#);
        check("$.Attributes.['first name']", r#""Ann""#);
        check("$.External.deep.n", "3");
        check("$.External.deep", r#"{"n":3}"#);
        check("$.LambdaInvocation.ResultData.status", r#""ok""#);
        check("$.ContactId", r#""c-1""#);
    }

    #[test]
    fn what_is_not_set_is_nothing() {
        check("$.Attributes.none", "null");
        check("$.External.list.0", "null");
        check("$.ContactId.more", "null");
        check("$.Nowhere.at", "null");
        check("$.Queue.Name", "null");
    }

    #[test]
    fn references_inside_a_text_are_replaced_and_other_dollars_stay() {
        check(
            "Hello $.Attributes['first name'], you are $.Attributes.tier.",
            r#""Hello Ann, you are gold.""#,
        );
        check("It costs $.50 or $5", r#""It costs $.50 or $5""#);
        check("n=$.External.deep.n;", r#""n=3;""#);
        check("[$.Attributes.none]", r#""[]""#);
        check("broken $.Attributes['x", r#""broken ['x""#);
    }
}
