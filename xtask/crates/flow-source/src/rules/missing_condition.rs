//! C009: a condition that the service demands.

use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::pace;
use crate::lint::refusal::{self, Refusal};
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C009",
    name: "missing-condition",
    severity: Severity::Error,
    finds: "an action without a condition that Connect demands of its type",
    why: "\
Some actions leave through conditions with fixed values, and each of them has to lead somewhere: a \
*Wait* through `WaitCompleted` and the event that it waits for, a *Loop* through `ContinueLooping` and \
`DoneLooping`.

Add the condition.",
    bad: "\
flow: example
start: pause
actions:
  pause:
    type: Wait
    parameters: { TimeLimitSeconds: \"900\", Events: [CustomerReturned] }
    next: bye
    conditions: { WaitCompleted: bye }
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
    parameters: { TimeLimitSeconds: \"900\", Events: [CustomerReturned] }
    next: bye
    conditions: { CustomerReturned: thanks, WaitCompleted: bye }
    errors: { NoMatchingError: bye }
  thanks: { play_prompt: Good to have you back., next: bye }
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for refused in refusal::of_actions(context) {
        let Refusal::MissingCondition(operand) = refused.refusal else {
            continue;
        };
        let action = refused.action;
        // A rule about custom bots says what the branch is for.
        if context.subject.is_sound && operand == "WaitCompleted" && pace::is_bot_wait(action) {
            continue;
        }
        let headline = format!("action `{}` has no condition for `{operand}`", action.id);
        let label = format!("`{}` needs one", action.kind);
        let target = refusal::likely_target(action);
        let help = if refusal::is_in_json(&report.span(Place::Action(refused.n))) {
            format!(
                "add `{{\"NextAction\": \"{target}\", \"Condition\": {{\"Operator\": \"Equals\", \
                 \"Operands\": [\"{operand}\"]}}}}` to `Conditions`"
            )
        } else {
            format!("add `conditions: {{ {operand}: {target} }}`")
        };
        report.at(Place::Type(refused.n), headline, label).help = Some(help);
    }
}
