//! C033: a Wait for the bot that says nothing about its time being over.

use crate::lint::bot::is_time_expired;
use crate::lint::graph::By;
use crate::lint::steps::Step;
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C033",
    name: "bot-wait-without-time-expired",
    severity: Severity::Error,
    finds: "a Wait for the bot without the branch *Time expired*",
    why: "\
A bot whose process has died stays in the chat as a participant: only the time limit of the Wait \
sets the flow free. Connect refuses to publish a Wait without the condition `WaitCompleted` (seen \
in probes).

Add the condition, and make the bot leave on the way from there.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: join
  join:
    invoke_lambda: bot-join
    next: joined
    on: { error: sorry }
  joined:
    compare: $.External.status
    when: { success: bot }
    otherwise: sorry
  bot:
    type: Wait
    parameters: { TimeLimitSeconds: \"900\", Events: [BotParticipantDisconnected] }
    next: leave
    conditions: { BotParticipantDisconnected: outcome }
    errors: { ParticipantNotFound: outcome, NoMatchingError: leave }
  leave:
    invoke_lambda: bot-leave
    next: sorry
    on: { error: sorry }
  outcome:
    compare: $.Attributes.bot_outcome
    when: { done: bye }
    otherwise: sorry
  sorry:
    play_prompt: A person will help you
    next: queue
  queue:
    set_working_queue: support
    next: transfer
    on: { error: bye }
  transfer:
    transfer_to_queue: {}
    on: { at_capacity: bye }
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: join
  join:
    invoke_lambda: bot-join
    next: joined
    on: { error: sorry }
  joined:
    compare: $.External.status
    when: { success: bot }
    otherwise: sorry
  bot:
    type: Wait
    parameters: { TimeLimitSeconds: \"900\", Events: [BotParticipantDisconnected] }
    next: leave
    conditions: { BotParticipantDisconnected: outcome, WaitCompleted: leave }
    errors: { ParticipantNotFound: outcome, NoMatchingError: leave }
  leave:
    invoke_lambda: bot-leave
    next: sorry
    on: { error: sorry }
  outcome:
    compare: $.Attributes.bot_outcome
    when: { done: bye }
    otherwise: sorry
  sorry:
    play_prompt: A person will help you
    next: queue
  queue:
    set_working_queue: support
    next: transfer
    on: { error: bye }
  transfer:
    transfer_to_queue: {}
    on: { at_capacity: bye }
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if !context.subject.is_sound {
        return;
    }
    for n in context.steps().all(Step::BotWait) {
        let wait = &context.flow.actions[n];
        let n_conditions = wait.transitions.conditions.len();
        if !(0..n_conditions).any(|at| is_time_expired(wait, By::Condition(at))) {
            let headline = "wait for the bot without the branch for its time being over";
            report
                .at(Place::Action(n), headline, "no condition `WaitCompleted`")
                .help =
                Some("lead `WaitCompleted` to a Lambda that makes the bot leave".to_owned());
        }
    }
}
