//! F014: a transfer to a queue on a path that sets none.

use flow::catalogue;
use flow::diagnostic::Severity;
use flow::model::{Action, DocumentKind, FlowType};
use flow::value::{Ref, RefKind, Value};

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F014",
    name: "transfer-without-queue",
    severity: Severity::Warning,
    finds: "a transfer to a queue to which one path leads over *Set working queue* and another past it",
    why: "\
*Transfer to queue* transfers to the queue that an earlier action has set. A contact that comes \
there without one leaves through the error branch, which seldom is what was meant.

A flow in which nothing sets a queue is left alone: the flow before it may have done so. So is one \
that another flow of the same project transfers to.",
    bad: "\
flow: example
start: tier
actions:
  tier:
    compare: $.Attributes.tier
    when: { gold: queue }
    otherwise: transfer
  queue: { set_working_queue: support, next: transfer }
  transfer: { transfer_to_queue: {}, on: { at_capacity: bye, error: bye } }
  bye: { disconnect: {} }
",
    good: "\
flow: example
start: tier
actions:
  tier:
    compare: $.Attributes.tier
    when: { gold: queue }
    otherwise: other_queue
  queue: { set_working_queue: support, next: transfer }
  other_queue: { set_working_queue: sales, next: transfer }
  transfer: { transfer_to_queue: {}, on: { at_capacity: bye, error: bye } }
  bye: { disconnect: {} }
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let is_inbound = matches!(
        context.kind(),
        Some(DocumentKind::Flow(FlowType::ContactFlow)) | None
    );
    if !is_inbound || !context.subject.is_sound {
        return;
    }
    let (graph, actions) = (context.graph, &context.flow.actions);
    let sets = |n: usize| is(&actions[n], "UpdateContactTargetQueue");
    let mut reached = (0..actions.len()).filter(|n| graph.is_reached[*n]);
    if !reached.any(sets) || !actions.iter().any(transfers) {
        return;
    }
    let without = graph.reached_from(graph.start, |n| !may_set_queue(&actions[n]));
    let mut bare = (0..actions.len()).filter(|n| without[*n] && transfers(&actions[*n]));
    if bare.any(|_| true) && is_come_to(context) {
        return;
    }
    for (n, action) in actions.iter().enumerate() {
        if without[n] && transfers(action) {
            let label = "a path comes here on which no queue was set";
            report
                .at(
                    Place::Action(n),
                    "transfer to a queue that nothing has set",
                    label,
                )
                .help = Some("lead that path over `set_working_queue`".to_owned());
        }
    }
}

fn is(action: &Action, kind: &str) -> bool {
    action.kind.as_str() == kind
}

fn transfers(action: &Action) -> bool {
    is(action, "TransferContactToQueue")
}

/// A module may set the queue, and who knows what an unknown action does.
fn may_set_queue(action: &Action) -> bool {
    is(action, "UpdateContactTargetQueue")
        || is(action, "InvokeFlowModule")
        || catalogue::entry(&action.kind).is_none()
}

/// Whether another flow of the run transfers to this one, perhaps with a queue set.
fn is_come_to(context: &Context<'_>) -> bool {
    let here = Value::Ref(Ref::new(RefKind::Flow, context.subject.name));
    let flows = context.subjects.iter().map(|subject| subject.flow);
    let mut actions = flows.flat_map(|flow| &flow.actions);
    actions.any(|it| is(it, "TransferToFlow") && it.parameters.get("ContactFlowId") == Some(&here))
}
