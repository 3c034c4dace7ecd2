//! F041: an input that a module gets and does not read.

use flow::diagnostic::Severity;
use flow::value::Value;

use crate::lint::modules::inputs_read;
use crate::suggest;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F041",
    name: "module-input-unread",
    severity: Severity::Info,
    finds: "a call of a module that hands over an input which the module never reads",
    why: "\
Nothing in the module reads `$.Modules.Input.<key>` for this key, nor the input as a whole. If the \
module does not declare the key either, Connect refuses the call when the flow is published (AWS's \
guide to flow modules).

Remove the input, or correct its name.",
    bad: "\
flow: example
start: tell
actions:
  tell:
    invoke_module: { module: announce, input: { order: \"1\", tier: gold } }
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
        let Some(input) = input.and_then(Value::as_map) else {
            continue;
        };
        // Modules may be nested, and hand on what they were given.
        let read: Vec<&str> = inputs_read(module.flow)
            .into_iter()
            .map(|it| it.1)
            .collect();
        for key in input.keys().filter(|key| !read.contains(&key.as_str())) {
            let headline = format!("module `{}` does not read its input `{key}`", module.name);
            let label = format!("`$.Modules.Input.{key}` is read nowhere in the module");
            let diag = report.at(
                Place::Parameter(n, &format!("Input.{key}")),
                headline,
                label,
            );
            let near = suggest::nearest(key, read.iter().copied());
            diag.help = near.map(|near| format!("an input with a similar name is read: `{near}`"));
        }
    }
}
