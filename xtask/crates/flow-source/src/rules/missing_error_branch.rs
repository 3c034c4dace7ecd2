//! C008: an error branch that the service demands.

use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::pace;
use crate::lint::refusal::{self, Refusal};
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C008",
    name: "missing-error-branch",
    severity: Severity::Error,
    finds: "an action without an error branch that Connect demands of its type",
    why: "\
Most actions can fail, and Connect publishes no flow that does not say where the contact goes then: \
`Action is missing required error`. Which errors an action must have is in the catalogue of action \
types; some hang on its parameters.

Lead the branch to an action that says something to the customer, or to where the flow goes on anyway.",
    bad: "\
flow: example
start: queue
actions:
  queue:
    type: UpdateContactTargetQueue
    parameters: { QueueId: support }
    next: bye
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: queue
actions:
  queue:
    type: UpdateContactTargetQueue
    parameters: { QueueId: support }
    next: bye
    errors: { NoMatchingError: bye }
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for refused in refusal::of_actions(context) {
        let Refusal::MissingError(error) = refused.refusal else {
            continue;
        };
        let action = refused.action;
        // A rule about custom bots says what the branch is for.
        if context.subject.is_sound && error == "ParticipantNotFound" && pace::is_bot_wait(action) {
            continue;
        }
        let headline = format!("action `{}` has no branch for `{error}`", action.id);
        let label = format!("`{}` needs one", action.kind);
        let help = refusal::how_to_add_error(report, &refused, error);
        report.at(Place::Type(refused.n), headline, label).help = Some(help);
    }
}
