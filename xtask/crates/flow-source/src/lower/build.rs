//! Actions of the Flow language from their parts.

use flow::model::{Action, ActionId, Condition, ErrorBranch, Transitions};
use flow::value::{Map, Value};

/// A lowered action.
pub(super) fn action(
    id: ActionId,
    kind: &str,
    parameters: Map,
    transitions: Transitions,
) -> Action {
    let mut action = Action::new(id, kind);
    action.parameters = parameters;
    action.transitions = transitions;
    action
}

/// Transitions; branches that lead nowhere were reported and are left out.
pub(super) fn transitions(
    next: Option<ActionId>,
    conditions: Vec<Condition>,
    errors: impl IntoIterator<Item = (&'static str, Option<ActionId>)>,
) -> Transitions {
    let errors = errors.into_iter().filter_map(|(error, next)| {
        let error = error.to_owned();
        Some(ErrorBranch { error, next: next? })
    });
    Transitions {
        next,
        conditions,
        errors: errors.collect(),
        extra: Map::new(),
    }
}

/// The condition that a value equals an operand.
pub(super) fn equals(operand: &str, next: Option<ActionId>) -> Option<Condition> {
    Some(Condition {
        operator: "Equals".to_owned(),
        operands: vec![Value::text(operand)],
        next: next?,
    })
}

/// Parameters from pairs.
pub(super) fn parameters<const N: usize>(pairs: [(&str, Value); N]) -> Map {
    pairs
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect()
}

/// The parameters of a Lambda call that answers with a flat map of texts, in the console's order.
pub(super) fn lambda_parameters(function: Option<Value>, time: Value, attributes: Map) -> Map {
    let mut content = Map::new();
    content.extend(function.map(|it| ("LambdaFunctionARN".to_owned(), it)));
    content.insert("InvocationTimeLimitSeconds".to_owned(), time);
    if !attributes.is_empty() {
        content.insert(
            "LambdaInvocationAttributes".to_owned(),
            Value::Map(attributes),
        );
    }
    let response = parameters([("ResponseType", Value::text("STRING_MAP"))]);
    content.insert("ResponseValidation".to_owned(), Value::Map(response));
    content
}
