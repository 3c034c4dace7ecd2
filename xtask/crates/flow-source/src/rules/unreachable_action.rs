//! F006: an action that no contact can come to.

use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F006",
    name: "unreachable-action",
    severity: Severity::Warning,
    finds: "an action to which no path from the start leads",
    why: "\
A contact never comes there, so the action does nothing; often a transition was meant to lead to it. \
Connect publishes such flows, and real ones have them.

Lead a transition to the action, or remove it.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: bye
  forgotten:
    play_prompt: One moment
    next: bye
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: bye
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if !context.subject.is_sound {
        return;
    }
    let unreached = context.graph.is_reached.iter().enumerate();
    for (n, _) in unreached.filter(|(_, is_reached)| !**is_reached) {
        let id = &context.flow.actions[n].id;
        let headline = format!("no transition leads to action `{id}`");
        report.at(Place::Action(n), headline, "a contact never comes here");
    }
}
