//! F016: two branches for the same error.

use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F016",
    name: "repeated-error",
    severity: Severity::Warning,
    finds: "an action with two branches for the same error",
    why: "\
An error leads to one place. No flow that the console wrote has a branch twice, and which of the two \
Connect takes nobody knows.

Remove one of them.",
    bad: "\
flow: example
start: look_up
actions:
  look_up:
    type: InvokeLambdaFunction
    parameters: { LambdaFunctionARN: lookup, InvocationTimeLimitSeconds: \"8\" }
    next: bye
    errors:
      - { error: NoMatchingError, next: sorry }
      - { error: NoMatchingError, next: bye }
  sorry: { play_prompt: Something went wrong., next: bye }
  bye: { disconnect: {} }
",
    good: "\
flow: example
start: look_up
actions:
  look_up:
    type: InvokeLambdaFunction
    parameters: { LambdaFunctionARN: lookup, InvocationTimeLimitSeconds: \"8\" }
    next: bye
    errors: { NoMatchingError: sorry }
  sorry: { play_prompt: Something went wrong., next: bye }
  bye: { disconnect: {} }
",
};

/// No action has as many errors; a made-up document may.
const MANY: usize = 50;

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for (n, action) in context.flow.actions.iter().enumerate() {
        let errors = action.transitions.errors.as_slice();
        for (at, branch) in errors.iter().enumerate().take(MANY).skip(1) {
            let mut earlier = errors.iter().take(at);
            let Some(first) = earlier.find(|it| it.error == branch.error) else {
                continue;
            };
            let name = &branch.error;
            let (a, b) = (&first.next, &branch.next);
            let headline = format!("two branches for `{name}`");
            let label = format!("one leads to `{a}`, the other to `{b}`");
            report.at(Place::Error(n, name), headline, label).help =
                Some("remove one of them".to_owned());
        }
    }
}
