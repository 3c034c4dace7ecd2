//! F040: an input that a module reads and does not get.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;
use flow::value::{Map, Value};

use crate::lint::modules::inputs_read;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F040",
    name: "module-input-missing",
    severity: Severity::Warning,
    finds: "a call of a module that does not hand over an input which the module reads",
    why: "\
A module reads what its caller hands over as `$.Modules.Input.<key>`. A key that is not handed \
over is empty in the module; and if the module declares it, Connect checks the call against the \
declaration when the flow is published (AWS's guide to flow modules).

Hand the input over.",
    bad: "\
flow: example
start: tell
actions:
  tell:
    invoke_module: { module: announce, input: { orders: \"1\" } }
    next: bye
  bye:
    disconnect: {}
---
module: announce
start: say
actions:
  say:
    play_prompt: Your order is $.Modules.Input.order
    next: end
  end:
    end_module: {}
",
    good: "\
flow: example
start: tell
actions:
  tell:
    invoke_module: { module: announce, input: { order: \"1\" } }
    next: bye
  bye:
    disconnect: {}
---
module: announce
start: say
actions:
  say:
    play_prompt: Your order is $.Modules.Input.order
    next: end
  end:
    end_module: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for (n, module) in context.calls() {
        let input = context.flow.actions[n].parameters.get("Input");
        let Some(input) = handed_over(input) else {
            continue;
        };
        let mut said: Vec<&str> = Vec::new();
        for (at, key) in inputs_read(module.flow) {
            if input.is_some_and(|it| it.contains_key(key)) || said.contains(&key) {
                continue;
            }
            said.push(key);
            let read = module.places.span(module.flow, &Place::Action(at));
            let headline = format!("module `{}` does not get its input `{key}`", module.name);
            let label = format!("no `{key}` is handed over");
            let diag = report.at(Place::Action(n), headline, label);
            let text = format!("`$.Modules.Input.{key}` is read here");
            diag.labels.push(Label { span: read, text });
        }
    }
}

/// What a call hands over; nothing where that is not known yet.
fn handed_over(input: Option<&Value>) -> Option<Option<&Map>> {
    match input {
        None | Some(Value::Null) => Some(None),
        Some(Value::Map(map)) => Some(Some(map)),
        // One path to an object, or a template.
        Some(_) => None,
    }
}
