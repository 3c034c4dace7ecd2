//! C012: a parameter that has to be there.

use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::refusal::{self, Refusal};
use crate::lint::{Context, Place, Report};
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    code: "C012",
    name: "missing-parameter",
    severity: Severity::Error,
    finds: "an action without a parameter that it needs, or without any of several of which it needs one",
    why: "\
Connect publishes no flow with such an action: `Action is missing required property`. Which parameters \
an action needs is in the catalogue of action types.",
    bad: "\
flow: example
start: queue
actions:
  queue:
    type: UpdateContactTargetQueue
    next: bye
    errors: { NoMatchingError: bye }
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
        let action = refused.action;
        let (what, help) = match refused.refusal {
            Refusal::MissingParameter(name) => (format!("no `{name}`"), format!("add `{name}`")),
            Refusal::NoneOf(names) => {
                let names = suggest::listed(names.split(", "));
                let (all, or) = (names.clone(), names.replace(" and ", " or "));
                (format!("none of {all}"), format!("add {or}"))
            }
            _ => continue,
        };
        let headline = format!("action `{}` has {what}", action.id);
        let label = format!("`{}` needs it", action.kind);
        report.at(Place::Type(refused.n), headline, label).help = Some(help);
    }
}
