//! F045: modules nested too deep.

use flow::diagnostic::Severity;
use flow::model::DocumentKind;

use crate::lint::Subject;
use crate::suggest;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F045",
    name: "modules-too-deep",
    severity: Severity::Warning,
    finds: "a call of a module that leads more than five modules deep",
    why: "\
Modules can be nested five deep (AWS's guide to flow modules); the call of a sixth fails.

Call some of them from the flow, one after the other.",
    bad: "\
flow: example
start: a
actions:
  a:
    invoke_module: m1
    next: bye
  bye:
    disconnect: {}
---
module: m1
start: a
actions:
  a:
    invoke_module: m2
    next: end
  end:
    end_module: {}
---
module: m2
start: a
actions:
  a:
    invoke_module: m3
    next: end
  end:
    end_module: {}
---
module: m3
start: a
actions:
  a:
    invoke_module: m4
    next: end
  end:
    end_module: {}
---
module: m4
start: a
actions:
  a:
    invoke_module: m5
    next: end
  end:
    end_module: {}
---
module: m5
start: a
actions:
  a:
    invoke_module: m6
    next: end
  end:
    end_module: {}
---
module: m6
start: end
actions:
  end:
    end_module: {}
",
    good: "\
flow: example
start: a
actions:
  a:
    invoke_module: m1
    next: bye
  bye:
    disconnect: {}
---
module: m1
start: a
actions:
  a:
    invoke_module: m2
    next: end
  end:
    end_module: {}
---
module: m2
start: a
actions:
  a:
    invoke_module: m3
    next: end
  end:
    end_module: {}
---
module: m3
start: a
actions:
  a:
    invoke_module: m4
    next: end
  end:
    end_module: {}
---
module: m4
start: a
actions:
  a:
    invoke_module: m5
    next: end
  end:
    end_module: {}
---
module: m5
start: end
actions:
  end:
    end_module: {}
",
};

/// How deep modules can be nested.
const DEEPEST: usize = 5;

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if context.kind() == Some(DocumentKind::Module) {
        return;
    }
    for (n, module) in context.calls() {
        let mut chain = Vec::new();
        if is_too_deep(context, module, &mut chain) {
            let headline = format!("modules are nested {} deep", chain.len());
            let label = format!("more than {DEEPEST} modules follow each other from here");
            let diag = report.at(Place::Action(n), headline, label);
            diag.notes
                .push(format!("they are {}", suggest::listed(chain)));
        }
    }
}

/// Looks for a chain of calls that is too long, without going around in circles. No longer chain
/// than needed is followed, so this takes long for no sources that anybody writes.
fn is_too_deep<'a>(context: &Context<'a>, module: &Subject<'a>, chain: &mut Vec<&'a str>) -> bool {
    if chain.contains(&module.name) {
        return false;
    }
    chain.push(module.name);
    if chain.len() > DEEPEST {
        return true;
    }
    let mut calls = context.calls_of(module.flow);
    let found = calls.any(|(_, next)| is_too_deep(context, next, chain));
    if !found {
        chain.pop();
    }
    found
}
