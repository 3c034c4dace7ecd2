//! F037: a result that comes from an earlier flow, or from nowhere.

use flow::diagnostic::Severity;
use flow::model::DocumentKind;

use crate::lint::dataflow;

use super::Rule;
use crate::lint::{Context, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F037",
    name: "result-of-earlier-flow",
    severity: Severity::Info,
    finds: "a read of a result that an earlier flow must have left",
    why: "\
Nothing in this flow has set the result when a contact comes to the read. A Lambda's answer, and \
other results, are still there after a transfer to another flow (used so in real flows of AWS's \
samples; not documented), so what is read may come from there; if no such flow comes before, it is \
empty. Said once for each kind of result.

Hand data to another flow in contact attributes.",
    bad: "\
flow: example
type: customer_queue
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
    end_flow: {}
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
    if context.kind() == Some(DocumentKind::Module) {
        return;
    }
    let mut said = 0_u32;
    for (read, result) in data.result_reads() {
        let is_foreign = !data.may_be_set(read, result) && !data.may_be_unset(read, result);
        if is_foreign && said & (1 << result) == 0 {
            said |= 1 << result;
            let headline = format!(
                "`{}` is not set in this flow before it is read",
                read.reference.text
            );
            let label = "empty, unless an earlier flow has left it";
            report.at(dataflow::place_of(context, read), headline, label);
        }
    }
}
