//! F046: the input of a module where there is no module.

use flow::diagnostic::Severity;
use flow::model::DocumentKind;

use crate::lint::dataflow::{self, Read};

use super::Rule;
use crate::lint::{Context, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F046",
    name: "module-input-outside-module",
    severity: Severity::Warning,
    finds: "a read of a module's input in a flow",
    why: "\
`$.Modules.Input` is what a caller has handed to a module; in a flow there is none, and it is \
always empty (AWS's guide to flow modules). What a module has returned is under `$.Modules.Result` \
and `$.Modules.ResultData`.",
    bad: "\
flow: example
start: tell
actions:
  tell:
    play_prompt: Your order is $.Modules.Input.order
    next: bye
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: tell
actions:
  tell:
    play_prompt: Your order is $.Attributes.order
    next: bye
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if !matches!(context.kind(), Some(DocumentKind::Flow(_))) {
        return;
    }
    let Some(data) = context.data() else {
        return;
    };
    let is_input =
        |it: &&Read<'_>| it.reference.root == "Modules" && it.reference.key() == Some("Input");
    for read in data.reads.iter().filter(is_input) {
        let headline = format!("`{}` is always empty in a flow", read.reference.text);
        let label = "only a module has an input";
        report.at(dataflow::place_of(context, read), headline, label);
    }
}
