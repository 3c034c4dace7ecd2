//! C013: two parameters of which an action takes one.

use flow::diagnostic::{Label, Severity};

use super::Rule;
use crate::lint::refusal::{self, Refusal};
use crate::lint::{Context, Place, Report};
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    code: "C013",
    name: "exclusive-parameters",
    severity: Severity::Error,
    finds: "an action with several parameters of which it takes only one, such as `Text` and `SSML`",
    why: "\
Connect publishes no flow with such an action: `Only one of these properties may be defined`.

Keep one of them.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    type: MessageParticipant
    parameters: { Text: Hello, SSML: <speak>Hello</speak> }
    next: bye
    errors: { NoMatchingError: bye }
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    type: MessageParticipant
    parameters: { Text: Hello }
    next: bye
    errors: { NoMatchingError: bye }
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for refused in refusal::of_actions(context) {
        let Refusal::MoreThanOneOf(names) = refused.refusal else {
            continue;
        };
        let mut each = names.split(", ");
        let (Some(first), Some(second)) = (each.next(), each.next()) else {
            continue;
        };
        let headline = format!("both `{first}` and `{second}`");
        let label = format!("`{}` takes one of them", refused.action.kind);
        let other = report.span(Place::Parameter(refused.n, first));
        let diag = report.at(Place::Parameter(refused.n, second), headline, label);
        diag.labels.push(Label {
            span: other,
            text: "the other is here".to_owned(),
        });
        diag.help = Some(format!(
            "keep one of {}",
            suggest::listed(names.split(", "))
        ));
    }
}
