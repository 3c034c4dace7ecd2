//! F009: a part of a flow that no path leaves.

use flow::diagnostic::Severity;
use flow::model::{DocumentKind, FlowType};

use super::Rule;
use crate::lint::components::Components;
use crate::lint::pace;
use crate::lint::{Context, Place, Report};
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    code: "F009",
    name: "no-way-out",
    severity: Severity::Warning,
    finds: "actions from which no path leads to an end of the flow",
    why: "\
A contact that comes there stays in a circle until it is ended from outside: nothing disconnects \
it, ends the flow or transfers it. Flows that run while a contact waits in a queue or on hold may \
well run for ever, so they are left alone.

Lead a way out of the circle: an error branch, a condition, or the time that a wait takes.",
    bad: "\
flow: example
start: ask
actions:
  ask:
    play_prompt: Are you still there?
    next: pause
  pause:
    wait: 5m
    next: ask
",
    good: "\
flow: example
start: ask
actions:
  ask:
    play_prompt: Are you still there?
    next: pause
  pause:
    wait: { time: 5m, until: customer_returned }
    on: { customer_returned: ask, time_expired: bye }
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if !context.subject.is_sound || may_run_for_ever(context) {
        return;
    }
    let graph = context.graph;
    let actions = &context.flow.actions;
    let components = Components::new(graph, |n| graph.is_reached[n]);
    let n_components = components.sizes.len();
    let mut has_way_out = vec![false; n_components];
    let mut leads_on = vec![false; n_components];
    for (n, action) in actions.iter().enumerate() {
        let component = components.of[n];
        if component == Components::NONE {
            continue;
        }
        let exits = graph.exits(n);
        let component = component as usize;
        leads_on[component] |= exits
            .iter()
            .any(|it| components.of[it.to] as usize != component);
        has_way_out[component] |= exits.is_empty() || pace::may_leave_flow(action);
    }
    let is_trap = |it: usize| !has_way_out[it] && !leads_on[it];
    for trap in (0..n_components).filter(|it| is_trap(*it)) {
        let members = (0..actions.len()).filter(|n| components.of[*n] as usize == trap);
        found(context, report, &members.collect::<Vec<_>>());
    }
}

fn may_run_for_ever(context: &Context<'_>) -> bool {
    match context.kind() {
        Some(DocumentKind::Flow(kind)) => matches!(
            kind,
            FlowType::CustomerQueue | FlowType::CustomerHold | FlowType::AgentHold
        ),
        Some(DocumentKind::Module) => false,
        // These actions are for contacts that wait in a queue or on hold.
        None => context.flow.actions.iter().any(|action| {
            let kind = action.kind.as_str();
            kind == "MessageParticipantIteratively" || kind == "DequeueContactAndTransferToQueue"
        }),
    }
}

fn found(context: &Context<'_>, report: &mut Report<'_, '_>, members: &[usize]) {
    let actions = &context.flow.actions;
    let Some((first, others)) = members.split_first() else {
        return;
    };
    // A transition to an action that does not exist may have been meant as the way out.
    let mut ways = members
        .iter()
        .flat_map(|n| actions[*n].transitions.targets());
    if ways.any(|id| context.graph.number(id).is_none()) {
        return;
    }
    let id = &actions[*first].id;
    let headline = format!("no path leads from action `{id}` to an end of the flow");
    let label = if others.is_empty() {
        "it leads to itself only".to_owned()
    } else {
        let named = others.iter().take(3).map(|n| actions[*n].id.as_str());
        let more = if others.len() > 3 { " and others" } else { "" };
        format!("it goes in a circle with {}{more}", suggest::listed(named))
    };
    report.at(Place::Action(*first), headline, label).help =
        Some("lead a branch to an action that disconnects, ends the flow or transfers".to_owned());
}
