//! F036: a flow attribute that is always empty.

use crate::lint::dataflow::{self, Read};
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F036",
    name: "unset-flow-attribute",
    severity: Severity::Warning,
    finds: "a read of a flow attribute that no path has set",
    why: "\
A flow attribute lives in one run of one flow: it cannot be set from outside, it is lost on a \
transfer, and it does not come into a module (AWS's guide to contact attributes). Here no path \
from the start to the read sets it, so it is always empty.

Set it before, or use a contact attribute, `$.Attributes`, for what comes from elsewhere.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: keep
  keep:
    type: UpdateFlowAttributes
    parameters:
      FlowAttributes: { level: { Value: silver } }
    next: known
    errors: { NoMatchingError: known }
  known:
    compare: $.FlowAttributes.tier
    when: { gold: bye }
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
    next: keep
  keep:
    type: UpdateFlowAttributes
    parameters:
      FlowAttributes: { tier: { Value: silver } }
    next: known
    errors: { NoMatchingError: known }
  known:
    compare: $.FlowAttributes.tier
    when: { gold: bye }
    otherwise: greet
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let Some(data) = context.data() else {
        return;
    };
    let reads = data.reads.iter();
    let reads: Vec<&Read<'_>> = reads
        .filter(|it| it.reference.root == "FlowAttributes")
        .collect();
    let mut names: Vec<&str> = reads.iter().filter_map(|it| it.reference.key()).collect();
    names.sort_unstable();
    names.dedup();
    for names in names.chunks(64) {
        let bit = |name: &str| names.binary_search(&name).ok().map(|at| 1 << at);
        let set = dataflow::attributes_set(context, "FlowAttributes", bit);
        for read in &reads {
            let bit = read.reference.key().and_then(bit);
            if bit.is_some_and(|it: u64| set[read.action] & it == 0) {
                let headline = format!("`{}` is never set before this", read.reference.text);
                let label = "always empty here";
                report
                    .at(dataflow::place_of(context, read), headline, label)
                    .help = Some("set it before, or read a contact attribute".to_owned());
            }
        }
    }
}
