//! What the designer keeps about a block beside its position: units of times, rows of conditions,
//! which inputs hold a JSONPath.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::jsonpath;
use crate::model::{Action, Condition};
use crate::value::{Map, Value};

/// The metadata of an action's block, as the console writes it for the types it is known for.
pub(super) fn of(action: &Action) -> Map {
    match action.kind.as_str() {
        "Compare" => compare(action),
        "Wait" => wait(action),
        "InvokeLambdaFunction" => invoke_lambda(action),
        "UpdateContactAttributes" => update_attributes(action),
        "UpdateContactEventHooks" => event_hooks(action),
        _ => Map::new(),
    }
}

fn compare(action: &Action) -> Map {
    let conditions = &action.transitions.conditions;
    let rows = conditions
        .iter()
        .enumerate()
        .map(|(n, condition)| condition_row(action, n, condition))
        .collect();
    map([
        ("conditions", Value::List(Vec::new())),
        ("conditionMetadata", Value::List(rows)),
    ])
}

fn condition_row(action: &Action, n: usize, condition: &Condition) -> Value {
    // Two of these were seen in exports, `=` and `>`; the others follow them.
    let (name, value, shown) = match condition.operator.as_str() {
        "Equals" => ("Equals", "Equals", "="),
        "NumberGreaterThan" => ("Is greater than", "GreaterThan", ">"),
        "NumberGreaterOrEqualTo" => ("Is greater than or equal to", "GreaterThanOrEqualTo", ">="),
        "NumberLessThan" => ("Is less than", "LessThan", "<"),
        "NumberLessOrEqualTo" => ("Is less than or equal to", "LessThanOrEqualTo", "<="),
        "TextStartsWith" => ("Starts with", "StartsWith", "starts with"),
        "TextEndsWith" => ("Ends with", "EndsWith", "ends with"),
        "TextContains" => ("Contains", "Contains", "contains"),
        other => (other, other, other),
    };
    let operand = condition.operands.first().cloned();
    Value::Map(map([
        ("id", Value::Text(row_id(action.id.as_str(), n))),
        (
            "operator",
            Value::Map(map([
                ("name", Value::text(name)),
                ("value", Value::text(value)),
                ("shortDisplay", Value::text(shown)),
            ])),
        ),
        ("value", operand.unwrap_or_else(|| Value::text(""))),
    ]))
}

/// An id in the form of a UUID, the same for the same place in the flow.
fn row_id(action: &str, n: usize) -> String {
    let digest = Sha256::digest(format!("{action}\n{n}"));
    let mut id = String::with_capacity(36);
    for (n, byte) in digest.iter().take(16).enumerate() {
        if [4, 6, 8, 10].contains(&n) {
            id.push('-');
        }
        write!(id, "{byte:02x}").expect("writing to a string does not fail");
    }
    id
}

/// The unit is only the divisor with which the designer shows the seconds.
fn wait(action: &Action) -> Map {
    let Some(time) = action.parameters.get("TimeLimitSeconds") else {
        return Map::new();
    };
    if is_path(time) {
        let dynamic = Value::Map(map([("useDynamic", Value::Bool(true))]));
        return map([(
            "parameters",
            Value::Map(map([("TimeLimitSeconds", dynamic)])),
        )]);
    }
    let seconds: u64 = time.as_text().and_then(|it| it.parse().ok()).unwrap_or(1);
    let (unit, display, value) = if seconds.is_multiple_of(60) {
        (60, "Minutes", "minute")
    } else {
        (1, "Seconds", "second")
    };
    let unit = Value::Map(map([("unit", Value::Number(unit.into()))]));
    let timeout_unit = map([
        ("display", Value::text(display)),
        ("value", Value::text(value)),
    ]);
    map([
        ("parameters", Value::Map(map([("TimeLimitSeconds", unit)]))),
        ("timeoutUnit", Value::Map(timeout_unit)),
    ])
}

fn invoke_lambda(action: &Action) -> Map {
    let inputs = inner(action, "LambdaInvocationAttributes");
    let flags = inputs.map(|(key, value)| (key.clone(), Value::Bool(is_path(value))));
    map([("dynamicMetadata", Value::Map(flags.collect()))])
}

fn update_attributes(action: &Action) -> Map {
    let dynamic = inner(action, "Attributes").filter(|(_, value)| is_path(value));
    let names = dynamic.map(|(key, _)| Value::text(key.as_str()));
    map([("dynamicParams", Value::List(names.collect()))])
}

/// One block of the designer sets hooks for the customer's side or for the agent's.
fn event_hooks(action: &Action) -> Map {
    let is_customer = inner(action, "EventHooks").any(|(key, _)| key.starts_with("Customer"));
    map([("customerOrAgent", Value::Bool(is_customer))])
}

/// The entries of a parameter that is a map.
fn inner<'a>(action: &'a Action, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let parameter = action.parameters.get(name).and_then(Value::as_map);
    parameter.into_iter().flatten()
}

fn is_path(value: &Value) -> bool {
    value.as_text().is_some_and(jsonpath::is_reference)
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Map {
    pairs
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect()
}
