//! The Compare action: the first condition that holds wins.

use flow::model::{Action, Condition};

use crate::actions::Outcome;
use crate::machine::Run;
use crate::turn::End;

pub(crate) fn start(action: &Action, run: &Run<'_>) -> Outcome {
    let Some(parameter) = action.parameters.get("ComparisonValue") else {
        return Outcome::error("there is no ComparisonValue");
    };
    let value = run.scope().text(parameter);
    for (index, condition) in action.transitions.conditions.iter().enumerate() {
        match holds(condition, value.as_deref(), run) {
            Some(true) => return Outcome::Condition(index),
            Some(false) => {}
            None => {
                let operator = &condition.operator;
                return Outcome::End(End::NotEmulated(format!("Compare with {operator}")));
            }
        }
    }
    Outcome::Error {
        name: "NoMatchingCondition",
        note: None,
    }
}

/// Whether a condition holds; nothing if its operator is not known.
fn holds(condition: &Condition, value: Option<&str>, run: &Run<'_>) -> Option<bool> {
    let operand = condition
        .operands
        .first()
        .and_then(|operand| run.scope().text(operand));
    let texts = |test: fn(&str, &str) -> bool| match (value, operand.as_deref()) {
        (Some(value), Some(operand)) => test(value, operand),
        // What is not set equals nothing; null cannot be tested for [doc].
        _ => false,
    };
    let numbers = |test: fn(&f64, &f64) -> bool| {
        let value = value.and_then(number);
        let operand = operand.as_deref().and_then(number);
        // Number operators on what is no number do not match [inf].
        matches!((value, operand), (Some(value), Some(operand)) if test(&value, &operand))
    };
    Some(match condition.operator.as_str() {
        "Equals" => texts(|value, operand| value == operand),
        "TextStartsWith" => texts(|value, operand| value.starts_with(operand)),
        "TextEndsWith" => texts(|value, operand| value.ends_with(operand)),
        "TextContains" => texts(|value, operand| value.contains(operand)),
        "NumberGreaterThan" => numbers(f64::gt),
        "NumberGreaterOrEqualTo" => numbers(f64::ge),
        "NumberLessThan" => numbers(f64::lt),
        "NumberLessOrEqualTo" => numbers(f64::le),
        // Accepted by the service and documented nowhere; that it asks whether the compared value
        // is set is our reading of its name.
        "KeyExists" => value.is_some(),
        _ => return None,
    })
}

/// A finite decimal number.
pub(crate) fn number(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    number.is_finite().then_some(number)
}
