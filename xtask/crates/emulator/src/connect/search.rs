//! Search criteria and filters, as all Search operations of the control plane have them.
//!
//! Whether AWS minds case is not documented; here it does.

use serde_json::Value;

use super::input::Input;
use super::state::{Head, Tags};
use crate::wire::ServiceError;

/// What a search can ask of a record.
pub(super) struct Fields<'a> {
    pub(super) head: &'a Head,
    /// Conditions on fixed values: their member and the value that fulfils them.
    pub(super) conditions: &'a [(&'a str, &'a str)],
}

/// Whether a record is what the request's `SearchCriteria` and `SearchFilter` ask for.
pub(super) fn matches(input: &Input<'_>, fields: &Fields<'_>) -> Result<bool, ServiceError> {
    let criteria = input.value("SearchCriteria");
    let fits = criteria.map_or(Ok(true), |criteria| meets(input, criteria, fields))?;
    let filter = input.value("SearchFilter");
    Ok(fits && filter.is_none_or(|filter| passes(filter, fields)))
}

/// All that one level of the criteria says must hold.
fn meets(input: &Input<'_>, criteria: &Value, fields: &Fields<'_>) -> Result<bool, ServiceError> {
    let mut fits = true;
    if let Some(any) = criteria["OrConditions"].as_array() {
        let mut one = false;
        for part in any {
            one |= meets(input, part, fields)?;
        }
        fits &= one;
    }
    for part in criteria["AndConditions"].as_array().into_iter().flatten() {
        fits &= meets(input, part, fields)?;
    }
    if criteria["StringCondition"].is_object() {
        fits &= compare(input, &criteria["StringCondition"], fields.head)?;
    }
    for (member, value) in fields.conditions {
        fits &= criteria[member].is_null() || criteria[member] == *value;
    }
    Ok(fits)
}

fn compare(input: &Input<'_>, condition: &Value, head: &Head) -> Result<bool, ServiceError> {
    let field = condition["FieldName"].as_str().unwrap_or_default();
    let wanted = condition["Value"].as_str().unwrap_or_default();
    let actual = match field.to_ascii_lowercase().as_str() {
        "name" => head.name.as_str(),
        "description" => head.description.as_deref().unwrap_or_default(),
        "resourceid" => head.id.as_str(),
        _ => return Err(input.refuse("FieldName must be name, description or resourceID")),
    };
    Ok(match condition["ComparisonType"].as_str() {
        Some("STARTS_WITH") => actual.starts_with(wanted),
        Some("EXACT") => actual == wanted,
        _ if !(2..=25).contains(&wanted.chars().count()) => {
            return Err(input.refuse("CONTAINS needs a value of 2 to 25 characters"));
        }
        _ => actual.contains(wanted),
    })
}

fn passes(filter: &Value, fields: &Fields<'_>) -> bool {
    let tags = &fields.head.tags;
    let by_tag = match &filter["TagFilter"] {
        Value::Null => true,
        filter => {
            let any = filter["OrConditions"].as_array();
            any.is_none_or(|any| any.iter().any(|all| has_all(tags, all)))
                && has_all(tags, &filter["AndConditions"])
                && has(tags, &filter["TagCondition"])
        }
    };
    let by_attribute = match &filter["FlowAttributeFilter"] {
        Value::Null => true,
        filter => {
            let any = filter["OrConditions"].as_array();
            any.is_none_or(|any| any.iter().any(|all| has_attributes(fields, all)))
                && has_attributes(fields, &filter["AndCondition"])
                && has_attributes(fields, filter)
        }
    };
    by_tag && by_attribute
}

/// Tags and the type of a flow, as `FlowAttributeFilter` has them.
fn has_attributes(fields: &Fields<'_>, condition: &Value) -> bool {
    let wanted = &condition["ContactFlowTypeCondition"]["ContactFlowType"];
    let of_type = fields
        .conditions
        .iter()
        .any(|(member, value)| *member == "TypeCondition" && wanted == value);
    has_all(&fields.head.tags, &condition["TagConditions"])
        && has(&fields.head.tags, &condition["TagCondition"])
        && (wanted.is_null() || of_type)
}

fn has_all(tags: &Tags, conditions: &Value) -> bool {
    conditions
        .as_array()
        .into_iter()
        .flatten()
        .all(|condition| has(tags, condition))
}

/// Without a value, a condition only asks for the key.
fn has(tags: &Tags, condition: &Value) -> bool {
    let Some(key) = condition["TagKey"].as_str() else {
        return true;
    };
    match condition["TagValue"].as_str() {
        Some(value) => tags.get(key).is_some_and(|actual| actual == value),
        None => tags.contains_key(key),
    }
}
