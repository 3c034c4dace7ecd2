//! C031: a whisper that is cut off.

use flow::diagnostic::Severity;
use flow::model::{DocumentKind, FlowType};

use crate::lint::paths::{Load, overloaded};
use crate::lint::steps::{Step, number};

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C031",
    name: "whisper-too-long",
    severity: Severity::Warning,
    finds: "a whisper flow that may take more than two minutes",
    why: "\
A whisper flow has two minutes; the agent's runs before the customer's, and each has to be done by \
then (AWS's guide to whisper flows). What is added up here are the time limits of Lambdas and \
Waits along the worst path.

Do what takes long before the contact is transferred.",
    bad: "\
flow: example
type: agent_whisper
start: pause
actions:
  pause:
    wait: 3m
    next: end
  end:
    end_flow: {}
",
    good: "\
flow: example
type: agent_whisper
start: tell
actions:
  tell:
    play_prompt: A chat about an order
    next: end
  end:
    end_flow: {}
",
};

/// Seconds.
const LIMIT: u64 = 120;

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let is_whisper = matches!(
        context.kind(),
        Some(DocumentKind::Flow(
            FlowType::AgentWhisper | FlowType::CustomerWhisper
        ))
    );
    if !is_whisper || !context.subject.is_sound {
        return;
    }
    let load = |n: usize| {
        let action = &context.flow.actions[n];
        let limit = match context.steps().of(n) {
            Step::Lambda => number(action, "InvocationTimeLimitSeconds"),
            Step::Wait => number(action, "TimeLimitSeconds"),
            _ => None,
        };
        Load::Adds(limit.unwrap_or_default())
    };
    for path in overloaded(context.graph, LIMIT, load) {
        if let Some(last) = path.actions.last() {
            let headline = "whisper flow may take more than two minutes";
            let label = format!("up to {} seconds have passed when this is done", path.sum);
            report.at(Place::Action(*last), headline, label);
        }
    }
}
