//! F044: a module that calls itself.

use flow::diagnostic::Severity;
use flow::model::DocumentKind;

use crate::lint::Subject;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F044",
    name: "module-recursion",
    severity: Severity::Warning,
    finds: "a module that calls itself, by itself or through others",
    why: "\
Modules can be nested five deep (AWS's guide to flow modules). One that comes back to itself goes \
past that after a few rounds, and the contact leaves by the error branch of the call.

Use a loop inside the module.",
    bad: "\
module: again
start: which
actions:
  which:
    compare: $.Attributes.again
    when: { \"yes\": more }
    otherwise: end
  more:
    invoke_module: again
    next: end
  end:
    end_module: {}
",
    good: "\
module: again
start: which
actions:
  which:
    compare: $.Attributes.again
    when: { \"yes\": more }
    otherwise: end
  more:
    invoke_module: other
    next: end
  end:
    end_module: {}
---
module: other
start: end
actions:
  end:
    end_module: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if context.kind() != Some(DocumentKind::Module) {
        return;
    }
    for (n, module) in context.calls() {
        let mut seen = Vec::new();
        if leads_to(context, module, context.subject.name, &mut seen) {
            let headline = format!("module `{}` calls itself", context.subject.name);
            let label = match module.name == context.subject.name {
                true => "calls itself".to_owned(),
                false => format!("`{}` leads back to this module", module.name),
            };
            report.at(Place::Action(n), headline, label);
        }
    }
}

/// Whether a module is the one of a name or calls it, through however many others.
fn leads_to<'a>(
    context: &Context<'a>,
    module: &Subject<'a>,
    name: &str,
    seen: &mut Vec<&'a str>,
) -> bool {
    if module.name == name {
        return true;
    }
    if seen.contains(&module.name) {
        return false;
    }
    seen.push(module.name);
    let mut calls = context.calls_of(module.flow);
    calls.any(|(_, next)| leads_to(context, next, name, seen))
}
