//! C014: conditions that an action does not have.

use flow::catalogue;
use flow::diagnostic::Severity;
use flow::model::{Action, Condition};
use flow::value::Value;

use super::Rule;
use crate::lint::refusal::{self, Refusal};
use crate::lint::{Context, Place, Report};
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    code: "C014",
    name: "illegal-condition",
    severity: Severity::Error,
    finds: "a condition that an action does not have: another operator, value or number of values, or \
            any condition where the action takes none",
    why: "\
A condition has one operator and exactly one value. A comparison takes any value; the other actions \
have closed lists: a *Wait* knows `WaitCompleted` and the event it waits for, a menu the keys of a \
phone. Connect refuses the rest with `Invalid branch` or `Action does not support conditions`.",
    bad: "\
flow: example
start: pause
actions:
  pause:
    type: Wait
    parameters: { TimeLimitSeconds: \"900\" }
    next: bye
    conditions: { WaitCompleted: bye, Timeout: bye }
    errors: { NoMatchingError: bye }
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: pause
actions:
  pause:
    type: Wait
    parameters: { TimeLimitSeconds: \"900\" }
    next: bye
    conditions: { WaitCompleted: bye }
    errors: { NoMatchingError: bye }
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let mut last = None;
    for refused in refusal::of_actions(context) {
        let (n, action) = (refused.n, refused.action);
        match refused.refusal {
            // One problem for each condition, and no word on which.
            Refusal::IllegalCondition if last.replace(n) != Some(n) => each(n, action, report),
            Refusal::IllegalConditions => all(n, action, report),
            _ => {}
        }
    }
}

/// Says for each condition what is wrong with it.
fn each(n: usize, action: &Action, report: &mut Report<'_, '_>) {
    let facts = catalogue::entry(&action.kind).and_then(|it| it.conditions.as_ref());
    let Some(facts) = facts else {
        return;
    };
    let closed = facts.closed_operands(&action.parameters);
    for (at, condition) in action.transitions.conditions.iter().enumerate() {
        let place = Place::Condition(n, at);
        let operators = || facts.operators.iter().map(String::as_str);
        if !facts.operators.contains(&condition.operator) {
            let headline = format!("operator `{}` in a condition", condition.operator);
            let label = format!("`{}` does not take it", action.kind);
            let near = suggest::nearest(&condition.operator, operators());
            report.at(place, headline, label).help = Some(match near {
                Some(near) => format!("write `{near}`"),
                None => format!("it takes {}", suggest::listed(operators())),
            });
        } else if let Some(headline) = fault(condition) {
            let label = "a condition compares with one text";
            report.at(place, headline, label);
        } else if let (Some(closed), Some(text)) = (closed, operand(condition))
            && !closed.iter().any(|it| it == text)
        {
            let headline = format!("condition for `{text}`");
            let label = format!("`{}` never answers this", action.kind);
            let closed = || closed.iter().map(String::as_str);
            report.at(place, headline, label).help = Some(match suggest::nearest(text, closed()) {
                Some(near) => format!("write `{near}`"),
                None => format!("it answers {}", suggest::listed(closed())),
            });
        }
    }
}

fn operand(condition: &Condition) -> Option<&str> {
    condition.operands.first().and_then(Value::as_text)
}

fn fault(condition: &Condition) -> Option<&'static str> {
    match condition.operands.as_slice() {
        [Value::Text(text)] if text.is_empty() => Some("condition with an empty value"),
        [Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_)] => {
            Some("condition whose value is no text")
        }
        [_] => None,
        [] => Some("condition without a value"),
        _ => Some("condition with several values"),
    }
}

fn all(n: usize, action: &Action, report: &mut Report<'_, '_>) {
    let count = action.transitions.conditions.len();
    let facts = catalogue::entry(&action.kind).and_then(|it| it.conditions.as_ref());
    let place = if count == 0 {
        Place::Type(n)
    } else {
        Place::Condition(n, 0)
    };
    match facts.filter(|it| {
        it.when
            .as_ref()
            .is_none_or(|it| it.holds(&action.parameters))
    }) {
        None => {
            let headline = format!("conditions of an action that has none: `{}`", action.id);
            let label = format!("`{}` leaves through `NextAction` and errors", action.kind);
            report.at(place, headline, label).help = Some("remove the conditions".to_owned());
        }
        Some(facts) => {
            let wanted = match (facts.min, facts.max) {
                (Some(least), Some(most)) => format!("{least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (None, Some(most)) => format!("at most {most}"),
                (None, None) => "another number".to_owned(),
            };
            let headline = format!("{count} conditions of action `{}`", action.id);
            let label = format!("`{}` takes {wanted}", action.kind);
            report.at(place, headline, label);
        }
    }
}
