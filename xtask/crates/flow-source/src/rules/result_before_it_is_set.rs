//! F031: a result that is read before anything has set it.

use crate::lint::dataflow::{self, Read};
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F031",
    name: "result-before-it-is-set",
    severity: Severity::Warning,
    finds: "a read of a result that no path has set yet",
    why: "\
What a Lambda has answered, what a Lex bot has understood, what a view or a module has returned is \
there once that action has succeeded; before, and on its error branch if it was the first, it is \
empty (seen in real flows as comparisons that never match). No path from the start of this flow to \
the read passes an action that has set it. Real flows use what an earlier flow has left, so this \
is said only where no flow of the sources leads here, or where the one call before the read has \
failed.

Call what sets the result before the read.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: known
  known:
    compare: $.External.known
    when: { \"true\": bye }
    otherwise: who
  who:
    invoke_lambda: lookup
    next: bye
    on: { error: bye }
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: who
  known:
    compare: $.External.known
    when: { \"true\": bye }
    otherwise: bye
  who:
    invoke_lambda: lookup
    next: known
    on: { error: bye }
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let Some(data) = context.data() else {
        return;
    };
    let is_empty =
        |read: &Read<'_>, result| !data.may_be_set(read, result) && data.may_be_unset(read, result);
    for (read, _) in data.results_where(is_empty) {
        let headline = format!("`{}` is read before anything sets it", read.reference.text);
        let label = "no path to this has set it";
        report
            .at(dataflow::place_of(context, read), headline, label)
            .help =
            Some("call what sets it before this, and lead its error branch elsewhere".to_owned());
    }
}
