//! F032: a result that is not there on every path to its read.

use crate::lint::dataflow::{self, Read};
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F032",
    name: "result-unset-on-some-path",
    severity: Severity::Info,
    finds: "a read of a result that some path leaves unset",
    why: "\
A contact can come to the read without the action that sets the result having succeeded: by its \
error branch, or by a way around it. Then the result is empty, or still that of an earlier call. A \
comparison goes to its *no match* branch for both, which is often what is wanted; a prompt or an \
attribute gets nothing.

If the cases differ for the customer, lead the error branch elsewhere.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: who
  who:
    invoke_lambda: lookup
    next: known
    on: { error: known }
  known:
    compare: $.External.known
    when: { \"true\": bye }
    otherwise: greet
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
  who:
    invoke_lambda: lookup
    next: known
    on: { error: bye }
  known:
    compare: $.External.known
    when: { \"true\": bye }
    otherwise: greet
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let Some(data) = context.data() else {
        return;
    };
    let is_unsure =
        |read: &Read<'_>, result| data.may_be_set(read, result) && data.may_be_unset(read, result);
    for (read, _) in data.results_where(is_unsure) {
        let headline = format!("`{}` is not set on every path", read.reference.text);
        let label = "a contact can come here without it";
        report.at(dataflow::place_of(context, read), headline, label);
    }
}
