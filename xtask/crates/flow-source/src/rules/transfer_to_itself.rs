//! R008: a flow that transfers to itself without having waited for anything.

use flow::diagnostic::Severity;
use flow::model::DocumentKind;
use flow::value::{RefKind, Value};

use super::Rule;
use crate::lint::pace::{self, Pace};
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "R008",
    name: "transfer-to-itself",
    severity: Severity::Warning,
    finds: "a flow that transfers to itself on a path on which nothing waits and nobody is asked",
    why: "\
The flow starts again at once, and again, until Connect stops the contact. Transferring to itself is \
a way to start over, which makes sense after the customer has had a chance to answer.

Transfer to the flow that was meant, lead back to an action of this one, or wait before.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    set_logging: enabled
    next: again
  again:
    transfer_to_flow: example
    on: { error: bye }
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: pause
  pause:
    wait: { time: 10m, until: customer_returned }
    on: { customer_returned: again, time_expired: bye }
  again:
    transfer_to_flow: example
    on: { error: bye }
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let actions = &context.flow.actions;
    if !context.subject.is_sound || !actions.iter().any(|it| goes_to(it, context)) {
        return;
    }
    let passes = |n: usize| pace::of(&actions[n]) != Pace::Waits;
    let reached = context.graph.reached_from(context.graph.start, passes);
    for (n, action) in actions.iter().enumerate() {
        if reached[n] && goes_to(action, context) {
            let label = "a contact can come here from the start without a pause";
            let place = Place::Parameter(n, "ContactFlowId");
            report
                .at(place, "flow that transfers to itself", label)
                .help =
                Some("wait for something before it, or transfer to another flow".to_owned());
        }
    }
}

/// Whether an action transfers to the flow that it stands in.
fn goes_to(action: &flow::model::Action, context: &Context<'_>) -> bool {
    let is_transfer = action.kind.as_str() == "TransferToFlow";
    let is_flow = context.kind() != Some(DocumentKind::Module);
    let target = action.parameters.get("ContactFlowId");
    is_transfer
        && is_flow
        && matches!(target, Some(Value::Ref(it))
            if it.kind == RefKind::Flow && it.name == context.subject.name)
}
