//! Checks the members of a request against the table of inputs: required, type, length, range,
//! allowed values.
//!
//! The table, `inputs.json`, has the members of the operations implemented here as the API's model
//! and its documentation give them. What one member means for another is checked by the operation.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::errors;
use super::routes::Route;
use crate::wire::{Request, ServiceError};

#[derive(Debug, Deserialize)]
struct Table {
    types: BTreeMap<String, Type>,
    operations: BTreeMap<String, BTreeMap<String, Member>>,
}

/// A composed type; exactly one of the first three is there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    structure: Option<BTreeMap<String, Member>>,
    list: Option<Member>,
    map: Option<Member>,
    /// The keys of a map.
    keys: Option<Member>,
    min: Option<u64>,
    max: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    /// The name of the query parameter, for members that are not in the body.
    query: Option<String>,
    #[serde(default)]
    required: bool,
    /// `text`, `integer`, `number`, `boolean`, `timestamp`, or a composed type.
    #[serde(rename = "type")]
    kind: String,
    min: Option<u64>,
    max: Option<u64>,
    one_of: Option<Vec<String>>,
    check: Option<Check>,
}

/// Patterns, by name.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Check {
    InstanceAlias,
    DirectoryId,
    TagKey,
    NotBlank,
    Sha256,
    ModuleAliasName,
    SecurityProfileName,
    ViewName,
    ViewDescription,
    PhoneNumber,
    S3Uri,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    serde_json::from_str(include_str!("inputs.json")).expect("the table of inputs is well formed")
});

/// The most results a page of this operation may have.
pub(super) fn largest_page(operation: &str) -> Option<usize> {
    let max = TABLE.operations.get(operation)?.get("MaxResults")?.max?;
    usize::try_from(max).ok()
}

/// The first member that the service would not accept, as the error it answers.
pub(super) fn check(
    route: &Route,
    request: &Request,
    body: &Map<String, Value>,
) -> Result<(), ServiceError> {
    let Some(members) = TABLE.operations.get(route.operation) else {
        return Ok(());
    };
    for (name, member) in members {
        match &member.query {
            None => member.check_in(name, body),
            Some(query) => member.check_query(name, request.query_all(query)),
        }
        .map_err(|complaint| errors::invalid(route, complaint))?;
    }
    Ok(())
}

impl Member {
    fn check_in(&self, name: &str, body: &Map<String, Value>) -> Result<(), String> {
        match body.get(name) {
            None | Some(Value::Null) if self.required => Err(format!("{name} is required")),
            None | Some(Value::Null) => Ok(()),
            Some(value) => self.check_value(name, value),
        }
    }

    fn check_query<'a>(
        &self,
        name: &str,
        values: impl Iterator<Item = &'a str>,
    ) -> Result<(), String> {
        let values: Vec<Value> = values.map(|text| self.query_value(text)).collect();
        if TABLE.types.contains_key(&self.kind) {
            if values.is_empty() && !self.required {
                return Ok(());
            }
            return self.check_value(name, &values.into());
        }
        match values.first() {
            None if self.required => Err(format!("{name} is required")),
            None => Ok(()),
            Some(value) => self.check_value(name, value),
        }
    }

    /// Numbers are text in a query.
    fn query_value(&self, text: &str) -> Value {
        match text.parse::<i64>() {
            Ok(number) if self.kind == "integer" => number.into(),
            _ => text.into(),
        }
    }

    fn check_value(&self, name: &str, value: &Value) -> Result<(), String> {
        match (self.kind.as_str(), value) {
            ("text", Value::String(text)) => self.check_text(name, text),
            ("integer", Value::Number(number)) => match number.as_i64() {
                Some(number) => self.check_range(name, number),
                None => Err(format!("{name} is not a whole number")),
            },
            ("number" | "timestamp", Value::Number(_)) | ("boolean", Value::Bool(_)) => Ok(()),
            (kind, value) => match TABLE.types.get(kind) {
                Some(composed) => composed.check_value(name, value),
                None => Err(format!("{name} is not of the type {kind}")),
            },
        }
    }

    fn check_text(&self, name: &str, text: &str) -> Result<(), String> {
        check_size(name, "characters", text.chars().count(), self.min, self.max)?;
        if let Some(allowed) = &self.one_of
            && !allowed.iter().any(|value| value == text)
        {
            return Err(format!("{name} must be one of {}", allowed.join(", ")));
        }
        match self.check {
            Some(check) if !check.accepts(text) => Err(format!("{name} {}", check.demand())),
            _ => Ok(()),
        }
    }

    fn check_range(&self, name: &str, number: i64) -> Result<(), String> {
        let (min, max) = (self.min.unwrap_or(0), self.max.unwrap_or(u64::MAX));
        // Every number in the API that has a bound has one at or above zero.
        if self.min.is_none() && self.max.is_none() {
            return Ok(());
        }
        match u64::try_from(number) {
            Ok(number) if (min..=max).contains(&number) => Ok(()),
            _ if self.max.is_none() => Err(format!("{name} must be at least {min}")),
            _ => Err(format!("{name} must be between {min} and {max}")),
        }
    }
}

impl Type {
    fn check_value(&self, name: &str, value: &Value) -> Result<(), String> {
        if let (Some(members), Value::Object(object)) = (&self.structure, value) {
            return members
                .iter()
                .try_for_each(|(key, member)| member.check_in_part(name, key, object));
        }
        if let (Some(item), Value::Array(values)) = (&self.list, value) {
            check_size(name, "items", values.len(), self.min, self.max)?;
            return values
                .iter()
                .try_for_each(|value| item.check_value(name, value));
        }
        if let (Some(item), Value::Object(entries)) = (&self.map, value) {
            check_size(name, "entries", entries.len(), self.min, self.max)?;
            return entries.iter().try_for_each(|(key, value)| {
                if let Some(keys) = &self.keys {
                    keys.check_text(name, key)?;
                }
                item.check_value(name, value)
            });
        }
        Err(format!("{name} has the wrong type"))
    }
}

impl Member {
    fn check_in_part(
        &self,
        whole: &str,
        name: &str,
        object: &Map<String, Value>,
    ) -> Result<(), String> {
        self.check_in(name, object)
            .map_err(|complaint| format!("{whole}.{complaint}"))
    }
}

fn check_size(
    name: &str,
    unit: &str,
    size: usize,
    min: Option<u64>,
    max: Option<u64>,
) -> Result<(), String> {
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    match (min, max) {
        (Some(min), _) if size < min => Err(format!(
            "{name} has {size} {unit}, and must have at least {min}"
        )),
        (_, Some(max)) if size > max => Err(format!(
            "{name} has {size} {unit}, and must have at most {max}"
        )),
        _ => Ok(()),
    }
}

impl Check {
    fn accepts(self, text: &str) -> bool {
        let alphanumeric = |text: &str| text.chars().all(|it| it.is_ascii_alphanumeric());
        match self {
            Check::InstanceAlias => {
                !text.starts_with("d-")
                    && text.starts_with(|first: char| first.is_ascii_alphanumeric())
                    && text.ends_with(|last: char| last.is_ascii_alphanumeric())
                    && alphanumeric(&text.replace('-', ""))
            }
            Check::DirectoryId => text.strip_prefix("d-").is_some_and(|id| {
                id.len() == 10 && id.chars().all(|it| matches!(it, '0'..='9' | 'a'..='f'))
            }),
            Check::TagKey => {
                !text.starts_with("aws:")
                    && text.chars().all(|it| {
                        it.is_alphanumeric() || it.is_whitespace() || "_.:/=+-@".contains(it)
                    })
            }
            Check::NotBlank => !text.trim().is_empty(),
            Check::Sha256 => text.len() == 64 && alphanumeric(text),
            Check::ModuleAliasName => {
                text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '$')
                    && !["--", "__", "-_", "_-"]
                        .iter()
                        .any(|pair| text.contains(pair))
                    && alphanumeric(&text.replace(['-', '_', '$'], ""))
            }
            Check::SecurityProfileName => alphanumeric(&text.replace([' ', '_', '@', '-'], "")),
            Check::ViewName => view_text(text, ""),
            Check::ViewDescription => view_text(text, ","),
            Check::PhoneNumber => text.strip_prefix('+').is_some_and(|digits| {
                digits.chars().all(|it| it.is_ascii_digit())
                    && !digits.starts_with('0')
                    && (2..=15).contains(&digits.len())
            }),
            Check::S3Uri => {
                let key = text.strip_prefix("s3://").and_then(|it| it.split_once('/'));
                let has_key =
                    key.is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
                has_key || text.starts_with("https://") && text.contains(".amazonaws.com/")
            }
        }
    }

    fn demand(self) -> &'static str {
        match self {
            Check::InstanceAlias => {
                "may have letters, digits and hyphens between them, and must not start with d-"
            }
            Check::DirectoryId => "must be the id of a directory",
            Check::TagKey => "must not have keys that start with aws: or have special characters",
            Check::NotBlank => "must not be blank",
            Check::Sha256 => "must be a SHA-256 digest of 64 characters",
            Check::ModuleAliasName => {
                "may have letters, digits and $, and single hyphens or underscores between them"
            }
            Check::SecurityProfileName => "may have letters, digits, spaces and _ @ -",
            Check::ViewName => "may have letters, digits, spaces and _ . : / = + - @ ( ) '",
            Check::ViewDescription => {
                "may have letters, digits, spaces and _ . : / = + - @ , ( ) '"
            }
            Check::PhoneNumber => "must be a phone number in E.164 format",
            Check::S3Uri => "must be the URI of an object, such as s3://bucket/key",
        }
    }
}

/// Letters, numbers, spaces but at the start, and what views may have beside them.
fn view_text(text: &str, further: &str) -> bool {
    !text.starts_with(char::is_whitespace)
        && text.chars().all(|it| {
            it.is_alphanumeric() || it == ' ' || "_.:/=+-@()'".contains(it) || further.contains(it)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_the_table_uses_is_known() {
        let simple = ["text", "integer", "number", "boolean", "timestamp"];
        let members = TABLE.operations.values().flat_map(BTreeMap::values).chain(
            TABLE.types.values().flat_map(|it| {
                it.structure
                    .iter()
                    .flat_map(BTreeMap::values)
                    .chain(&it.list)
                    .chain(&it.map)
                    .chain(&it.keys)
            }),
        );
        for member in members {
            assert!(
                simple.contains(&member.kind.as_str()) || TABLE.types.contains_key(&member.kind),
                "{}",
                member.kind
            );
        }
    }

    #[test]
    fn names_are_held_to_their_patterns() {
        for (check, text, accepted) in [
            (Check::InstanceAlias, "acme-local", true),
            (Check::InstanceAlias, "a", true),
            (Check::InstanceAlias, "a--b", true),
            (Check::InstanceAlias, "d-acme", false),
            (Check::InstanceAlias, "-acme", false),
            (Check::InstanceAlias, "acme-", false),
            (Check::InstanceAlias, "acme_local", false),
            (Check::TagKey, "flowyard:address", true),
            (Check::TagKey, "aws:owner", false),
            (Check::TagKey, "a*b", false),
            (Check::ModuleAliasName, "live", true),
            (Check::ModuleAliasName, "live-2_b", true),
            (Check::ModuleAliasName, "$LIVE", true),
            (Check::ModuleAliasName, "live--2", false),
            (Check::ModuleAliasName, "-live", false),
            (Check::NotBlank, "  ", false),
            (Check::SecurityProfileName, "Support agents_2@acme-1", true),
            (Check::SecurityProfileName, "Support/agents", false),
            (Check::ViewName, "Order form (v2)", true),
            (Check::ViewName, " Order form", false),
            (Check::ViewName, "Orders, forms", false),
            (Check::ViewDescription, "Orders, forms", true),
            (Check::PhoneNumber, "+442071234567", true),
            (Check::PhoneNumber, "+042071234567", false),
            (Check::PhoneNumber, "02071234567", false),
            (Check::S3Uri, "s3://acme/hello.wav", true),
            (Check::S3Uri, "s3://acme", false),
            (Check::S3Uri, "hello.wav", false),
        ] {
            assert_eq!(check.accepts(text), accepted, "{check:?} {text}");
        }
    }
}
