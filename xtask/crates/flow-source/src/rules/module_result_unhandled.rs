//! F042: a result of a module that leads nowhere.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::modules::{branches, results_given};

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F042",
    name: "module-result-unhandled",
    severity: Severity::Warning,
    finds: "a result of a module for which its caller has no branch",
    why: "\
A module that ends with a named result leaves the call by the branch of that name. This call has \
none, nor one for what has no branch, so nobody decides where the contact goes then; Connect \
checks the branches against what the module declares when the flow is published (AWS's guide to \
flow modules).

Add a branch for the result, or `NoMatchingCondition`.",
    bad: "\
flow: example
start: ask
actions:
  ask:
    type: InvokeFlowModule
    parameters: { FlowModuleId: survey }
    next: thanks
    errors: { NoMatchingError: bye }
  thanks:
    play_prompt: Thank you
    next: bye
  bye:
    disconnect: {}
---
module: survey
start: which
actions:
  which:
    compare: $.Attributes.answer
    when: { \"yes\": given }
    otherwise: end
  given:
    end_module: { result: given }
  end:
    end_module: {}
",
    good: "\
flow: example
start: ask
actions:
  ask:
    type: InvokeFlowModule
    parameters: { FlowModuleId: survey }
    next: bye
    conditions: { given: thanks }
    errors: { NoMatchingError: bye }
  thanks:
    play_prompt: Thank you
    next: bye
  bye:
    disconnect: {}
---
module: survey
start: which
actions:
  which:
    compare: $.Attributes.answer
    when: { \"yes\": given }
    otherwise: end
  given:
    end_module: { result: given }
  end:
    end_module: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for (n, module) in context.calls() {
        let ways = &context.flow.actions[n].transitions;
        if ways
            .errors
            .iter()
            .any(|it| it.error == "NoMatchingCondition")
        {
            continue;
        }
        for (at, result) in results_given(module.flow) {
            let has_branch = branches(ways).any(|it| it.is_none_or(|it| it == result));
            if !has_branch {
                let given = module.places.span(module.flow, &Place::Action(at));
                let headline = format!(
                    "module `{}` ends with `{result}`, which has no branch here",
                    module.name
                );
                let label = format!("no branch `{result}`");
                let diag = report.at(Place::Action(n), headline, label);
                let text = "the module ends with it here".to_owned();
                diag.labels.push(Label { span: given, text });
            }
        }
    }
}
