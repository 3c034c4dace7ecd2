//! F012: a condition that can hold for no contact.

use flow::diagnostic::Severity;
use flow::jsonpath;
use flow::model::{Action, Condition};
use flow::value::Value;

use super::Rule;
use crate::lint::{Context, Place, Report};
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    code: "F012",
    name: "impossible-condition",
    severity: Severity::Warning,
    finds: "a condition that holds for no contact: a number operator beside a text, or a value that \
            Connect never gives to a system attribute",
    why: "\
The operators for numbers do not hold where one side is no number, and texts are compared with the \
case of their letters. `$.Channel` is `VOICE`, `CHAT`, `TASK` or `EMAIL`, so a comparison with `Chat` \
is never true and the branch is never taken.

Write the value as Connect does, or use an operator for texts.",
    bad: "\
flow: example
start: channel
actions:
  channel:
    compare: $.Channel
    when: { chat: greet }
    otherwise: bye
  greet: { play_prompt: Hello, next: bye }
  bye: { disconnect: {} }
",
    good: "\
flow: example
start: channel
actions:
  channel:
    compare: $.Channel
    when: { CHAT: greet }
    otherwise: bye
  greet: { play_prompt: Hello, next: bye }
  bye: { disconnect: {} }
",
};

/// System attributes with all the values they can have, from the administrator's guide.
const CLOSED: [(&str, &[&str]); 2] = [
    ("$.Channel", &["VOICE", "CHAT", "TASK", "EMAIL"]),
    (
        "$.InitiationMethod",
        &[
            "INBOUND",
            "OUTBOUND",
            "TRANSFER",
            "QUEUE_TRANSFER",
            "CALLBACK",
            "API",
            "DISCONNECT",
            "MONITOR",
            "EXTERNAL_OUTBOUND",
            "WEBRTC_API",
            "AGENT_REPLY",
            "FLOW",
        ],
    ),
];

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for (n, action) in context.flow.actions.iter().enumerate() {
        if action.transitions.conditions.is_empty() {
            continue;
        }
        let values = values_of(action);
        for (at, condition) in action.transitions.conditions.iter().enumerate() {
            let Some(operand) = literal(condition) else {
                continue;
            };
            let place = Place::Condition(n, at);
            if condition.operator.starts_with("Number") {
                if operand.trim().parse::<f64>().is_err() {
                    no_number(place, operand, report);
                }
            } else if let Some((path, values)) = values
                && condition.operator == "Equals"
                && !values.contains(&operand)
            {
                no_value(place, operand, path, values, report);
            }
        }
    }
}

/// The system attribute that an action compares, and its values, if these are known.
fn values_of(action: &Action) -> Option<&'static (&'static str, &'static [&'static str])> {
    if action.kind.as_str() != "Compare" {
        return None;
    }
    let compared = action.parameters.get("ComparisonValue")?.as_text()?;
    CLOSED.iter().find(|(path, _)| *path == compared)
}

fn literal(condition: &Condition) -> Option<&str> {
    let [operand] = condition.operands.as_slice() else {
        return None;
    };
    let operand = Value::as_text(operand)?;
    (!operand.is_empty() && !jsonpath::is_reference(operand)).then_some(operand)
}

fn no_number(place: Place<'_>, operand: &str, report: &mut Report<'_, '_>) {
    let label = format!("`{operand}` is no number, so this never holds");
    report
        .at(place, "comparison of numbers with a text", label)
        .help = Some("compare with `equals`, or with a number".to_owned());
}

fn no_value(
    place: Place<'_>,
    operand: &str,
    path: &str,
    values: &[&str],
    report: &mut Report<'_, '_>,
) {
    let headline = format!("`{path}` is never `{operand}`");
    let diag = report.at(place, headline, "this never holds");
    diag.help = Some(match suggest::nearest(operand, values.iter().copied()) {
        Some(near) => format!("a value with a similar name exists: `{near}`"),
        None => format!("the values are {}", suggest::listed(values.iter().copied())),
    });
}
