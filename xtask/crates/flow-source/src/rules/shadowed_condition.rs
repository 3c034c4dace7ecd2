//! F011: a condition after one that holds whenever it does.

use std::collections::HashMap;

use flow::diagnostic::Severity;
use flow::jsonpath;
use flow::model::Condition;
use flow::value::Value;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F011",
    name: "shadowed-condition",
    severity: Severity::Warning,
    finds: "a condition that never decides, since an earlier one holds whenever it does",
    why: "\
Connect looks at the conditions of an action in order, and the first that holds wins. A second one \
with the same value, `less_than: 10` after `less_than: 20`, or `equals: refund please` after \
`contains: refund` is never taken.

Put the narrower condition first, or remove it.",
    bad: "\
flow: example
start: how_many
actions:
  how_many:
    compare: $.Attributes.waiting
    when:
      - { less_than: 20, next: short }
      - { less_than: 5, next: none }
    otherwise: long
  none: { play_prompt: Nobody is before you., next: bye }
  short: { play_prompt: It will not be long., next: bye }
  long: { play_prompt: It may take a while., next: bye }
  bye: { disconnect: {} }
",
    good: "\
flow: example
start: how_many
actions:
  how_many:
    compare: $.Attributes.waiting
    when:
      - { less_than: 5, next: none }
      - { less_than: 20, next: short }
    otherwise: long
  none: { play_prompt: Nobody is before you., next: bye }
  short: { play_prompt: It will not be long., next: bye }
  long: { play_prompt: It may take a while., next: bye }
  bye: { disconnect: {} }
",
};

/// With more conditions, only equal ones are looked for: comparing all takes the square of it.
const FEW: usize = 40;

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for (n, action) in context.flow.actions.iter().enumerate() {
        let conditions = action.transitions.conditions.as_slice();
        if conditions.len() < 2 {
            continue;
        }
        if conditions.len() > FEW {
            repeated(n, conditions, report);
            continue;
        }
        for (later, condition) in conditions.iter().enumerate().skip(1) {
            let mut earlier = conditions.iter().take(later);
            if let Some(earlier) = earlier.position(|it| shadows(it, condition)) {
                found(n, conditions, [earlier, later], report);
            }
        }
    }
}

fn repeated(n: usize, conditions: &[Condition], report: &mut Report<'_, '_>) {
    let mut first = HashMap::new();
    for (later, condition) in conditions.iter().enumerate() {
        let [Value::Text(operand)] = condition.operands.as_slice() else {
            continue;
        };
        let key = (condition.operator.as_str(), operand.as_str());
        let earlier = *first.entry(key).or_insert(later);
        if earlier != later {
            found(n, conditions, [earlier, later], report);
        }
    }
}

fn found(
    n: usize,
    conditions: &[Condition],
    [earlier, later]: [usize; 2],
    report: &mut Report<'_, '_>,
) {
    let (first, second) = (&conditions[earlier], &conditions[later]);
    let is_same = first.operator == second.operator && first.operands == second.operands;
    let (headline, label, help) = if is_same {
        (
            "condition that stands there twice",
            "never taken: the first of the two wins",
            "remove one of them",
        )
    } else {
        (
            "condition that is never taken",
            "an earlier condition holds whenever this one does",
            "put the narrower condition first",
        )
    };
    let other = report.span(Place::Condition(n, earlier));
    let diag = report.at(Place::Condition(n, later), headline, label);
    diag.labels.push(flow::diagnostic::Label {
        span: other,
        text: "this one wins".to_owned(),
    });
    diag.help = Some(help.to_owned());
}

/// Whether the first condition holds whenever the second does.
fn shadows(first: &Condition, second: &Condition) -> bool {
    let ([a], [b]) = (first.operands.as_slice(), second.operands.as_slice()) else {
        return false;
    };
    if first.operator == second.operator && a == b {
        return true;
    }
    let (Some(a), Some(b)) = (literal(a), literal(b)) else {
        return false;
    };
    let (outer, inner) = (first.operator.as_str(), second.operator.as_str());
    match outer {
        "TextContains" => (inner.starts_with("Text") || is_equals(inner)) && b.contains(a),
        "TextStartsWith" => (inner == outer || is_equals(inner)) && b.starts_with(a),
        "TextEndsWith" => (inner == outer || is_equals(inner)) && b.ends_with(a),
        _ => {
            let numbers = (a.parse::<f64>(), b.parse::<f64>());
            matches!(numbers, (Ok(a), Ok(b)) if shadows_number(outer, a, inner, b))
        }
    }
}

fn is_equals(operator: &str) -> bool {
    operator == "Equals"
}

/// Whether every number for which the second comparison holds is one for which the first does.
fn shadows_number(outer: &str, a: f64, inner: &str, b: f64) -> bool {
    match (outer, inner) {
        ("NumberGreaterThan", "NumberGreaterThan")
        | ("NumberGreaterOrEqualTo", "NumberGreaterThan" | "NumberGreaterOrEqualTo" | "Equals") => {
            b >= a
        }
        ("NumberGreaterThan", "NumberGreaterOrEqualTo" | "Equals") => b > a,
        ("NumberLessThan", "NumberLessThan")
        | ("NumberLessOrEqualTo", "NumberLessThan" | "NumberLessOrEqualTo" | "Equals") => b <= a,
        ("NumberLessThan", "NumberLessOrEqualTo" | "Equals") => b < a,
        _ => false,
    }
}

/// The text of an operand that is the same for every contact.
fn literal(operand: &Value) -> Option<&str> {
    operand.as_text().filter(|it| !jsonpath::is_reference(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> Condition {
        let (operator, operand) = text.split_once(' ').expect("an operator and an operand");
        Condition {
            operator: operator.to_owned(),
            operands: vec![Value::text(operand)],
            next: "a".into(),
        }
    }

    #[test]
    fn a_condition_shadows_what_it_includes_and_nothing_else() {
        for (first, second, expected) in [
            ("Equals a", "Equals a", true),
            ("Equals a", "Equals A", false),
            ("TextContains b", "Equals abc", true),
            ("TextContains b", "TextEndsWith ab", true),
            ("TextStartsWith a", "TextStartsWith ab", true),
            ("TextStartsWith ab", "TextStartsWith a", false),
            ("TextEndsWith c", "Equals abc", true),
            ("TextEndsWith c", "TextStartsWith c", false),
            ("NumberLessThan 10", "NumberLessThan 5", true),
            ("NumberLessThan 5", "NumberLessThan 10", false),
            ("NumberLessThan 5", "NumberLessOrEqualTo 5", false),
            ("NumberLessOrEqualTo 5", "NumberLessThan 5", true),
            ("NumberGreaterThan 0", "Equals 5", true),
            ("NumberGreaterThan 0", "Equals five", false),
            ("NumberGreaterOrEqualTo 5", "NumberGreaterThan 5", true),
            ("NumberGreaterThan 5", "NumberGreaterOrEqualTo 5", false),
            (
                "NumberGreaterThan $.Attributes.a",
                "NumberGreaterThan 5",
                false,
            ),
            ("TextContains $", "Equals $.Attributes.a", false),
            ("KeyExists a", "KeyExists a", true),
        ] {
            let is_shadowed = shadows(&condition(first), &condition(second));
            assert_eq!(is_shadowed, expected, "{first}, then {second}");
        }
    }
}
