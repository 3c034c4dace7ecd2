//! F043: a branch that a module never leads to.

use crate::lint::modules::{branches, results_given};
use crate::suggest;
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F043",
    name: "unknown-module-result",
    severity: Severity::Warning,
    finds: "a branch for a result with which the module never ends",
    why: "\
No *Return* block of the module gives this result, so the branch is never taken. If the module \
does not declare the result either, Connect refuses the flow when it is published (AWS's guide to \
flow modules).

Remove the branch, or correct its name.",
    bad: "\
flow: example
start: ask
actions:
  ask:
    type: InvokeFlowModule
    parameters: { FlowModuleId: survey }
    next: bye
    conditions: { gvien: thanks }
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
        let given: Vec<&str> = results_given(module.flow)
            .into_iter()
            .map(|it| it.1)
            .collect();
        for (at, branch) in branches(ways).enumerate() {
            let Some(branch) = branch.filter(|it| *it != "Success" && !given.contains(it)) else {
                continue;
            };
            let headline = format!("module `{}` never ends with `{branch}`", module.name);
            let diag = report.at(Place::Condition(n, at), headline, "never taken");
            diag.help = match suggest::nearest(branch, given.iter().copied()) {
                Some(near) => Some(format!("a result with a similar name exists: `{near}`")),
                None if given.is_empty() => None,
                None => Some(format!(
                    "it ends with {}",
                    suggest::listed(given.iter().copied())
                )),
            };
        }
    }
}
