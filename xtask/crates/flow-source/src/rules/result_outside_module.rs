//! F033: a result that does not come into a module.

use flow::diagnostic::Severity;
use flow::model::DocumentKind;

use crate::lint::dataflow;

use super::Rule;
use crate::lint::{Context, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F033",
    name: "result-outside-module",
    severity: Severity::Warning,
    finds: "a module that reads a result which stays outside",
    why: "\
Results and flow attributes do not cross the border of a module: a Lambda's answer, what a Lex bot \
has understood, profile data, metrics and stored input belong to the flow that calls it (AWS's \
guide to flow modules). Nothing in this module sets what is read here.

Hand the value to the module: as `input`, read as `$.Modules.Input.<key>`, or in a contact \
attribute.",
    bad: "\
module: example
start: tell
actions:
  tell:
    play_prompt: Your order is $.External.order
    next: end
  end:
    end_module: {}
",
    good: "\
module: example
start: tell
actions:
  tell:
    play_prompt: Your order is $.Modules.Input.order
    next: end
  end:
    end_module: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let Some(data) = context
        .data()
        .filter(|_| context.kind() == Some(DocumentKind::Module))
    else {
        return;
    };
    for (read, result) in data.result_reads() {
        if !data.sets(result) && CROSS_NOT.contains(&read.reference.root) {
            let headline = format!("`{}` is not set in this module", read.reference.text);
            let label = format!(
                "what the caller has under `$.{}` stays there",
                read.reference.root
            );
            report
                .at(dataflow::place_of(context, read), headline, label)
                .help = Some("hand it over as `input` and read `$.Modules.Input`".to_owned());
        }
    }
}

/// What stays on its side of the border of a module.
const CROSS_NOT: [&str; 6] = [
    "External",
    "LambdaInvocation",
    "Lex",
    "StoredCustomerInput",
    "Customer",
    "Metrics",
];
