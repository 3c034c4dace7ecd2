//! The rules about names in sources, family R: what resolving reports.

use flow::diagnostic::Severity;

use super::Rule;

pub(crate) static UNKNOWN_REFERENCE: Rule = Rule {
    code: "R001",
    name: "unknown-reference",
    severity: Severity::Error,
    finds: "the name of a queue, Lambda, flow and so on that nothing has",
    why: "\
Queues, hours and the like are declared in `infra/`, Lambdas in `infra/lambdas.yaml`, flows and \
modules in `flows/`. A name that none of them has would have nothing to be bound to.",
    bad: "\
flow: example
start: queue
actions:
  queue:
    set_working_queue: suport
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: queue
actions:
  queue:
    set_working_queue: support
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static LITERAL_ARN: Rule = Rule {
    code: "R002",
    name: "literal-arn",
    severity: Severity::Error,
    finds: "an ARN in a source",
    why: "\
An ARN holds in one account and region, so a flow with one runs in one environment only. Sources \
have names; each environment binds them to what it has. In flow JSON, which belongs to one \
instance anyway, ARNs are no fault.",
    bad: "\
flow: example
start: queue
actions:
  queue:
    set_working_queue: arn:aws:connect:eu-west-2:111122223333:instance/i/queue/q
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: queue
actions:
  queue:
    set_working_queue: support
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static DUPLICATE_NAME: Rule = Rule {
    code: "R003",
    name: "duplicate-name",
    severity: Severity::Error,
    finds: "two flows or two modules of one name, in the sources or in Connect",
    why: "\
References could mean either, and Connect takes a name for one flow only. `name` is what people see \
in Connect; without it the name of the source counts.",
    bad: "\
flow: example
start: end
actions:
  end:
    disconnect: {}
---
flow: example
start: end
actions:
  end:
    disconnect: {}
",
    good: "\
flow: example
start: end
actions:
  end:
    disconnect: {}
---
flow: another
start: end
actions:
  end:
    disconnect: {}
",
};

pub(crate) static REFERENCE_INSIDE_TEXT: Rule = Rule {
    code: "R004",
    name: "reference-inside-text",
    severity: Severity::Error,
    finds: "a reference as a part of a text, or where another kind of thing is expected",
    why: "\
A reference becomes an ARN or an id, which is a value of its own: nobody can read it in a text. \
Write it with nothing around it, where Connect expects it.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: \"You are in {{ queue('support') }}\"
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
start: queue
actions:
  queue:
    set_working_queue: \"{{ queue('support') }}\"
    next: end
  end:
    disconnect: {}
",
};

pub(crate) static LAMBDA_NOT_FOR_FLOWS: Rule = Rule {
    code: "R005",
    name: "lambda-not-for-flows",
    severity: Severity::Error,
    finds: "a call of a Lambda that flows may not call",
    why: "\
Connect calls a Lambda only if it is associated with the instance and permits it. Both are made for \
those with `flows: true` under `invoked_by`; for the others the call would always take the error \
branch.

Add `flows: true`, or call another Lambda.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: call
  call:
    invoke_lambda: bot-reply
    next: end
    on: { error: end }
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: call
  call:
    invoke_lambda: lookup
    next: end
    on: { error: end }
  end:
    disconnect: {}
",
};
