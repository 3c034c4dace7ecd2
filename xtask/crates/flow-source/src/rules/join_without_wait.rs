//! C037: a bot that joins and nobody waits for.

use flow::diagnostic::Severity;
use flow::model::{DocumentKind, FlowType};

use crate::lint::bot;
use crate::lint::steps::Step;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C037",
    name: "join-without-wait",
    severity: Severity::Warning,
    finds: "a Lambda that brings a bot, and no Wait for the bot after it",
    why: "\
The Lambda returns as soon as the bot is in the chat. Without a Wait for the bot the flow goes on \
at once, and the customer is transferred or disconnected before the bot has answered anything (all \
public flows with a custom bot have the Wait).

A Lambda counts as one that brings a bot if it comes last before a Wait for the bot, or if its \
name or its parameters say so: `bot-join`, `startCustomBot`, `bot_name`.

Let a Wait with the event `BotParticipantDisconnected` follow.",
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
    when: { success: outcome }
    otherwise: sorry
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
    wait: { time: 15m, until: bot_disconnected }
    on: { bot_disconnected: outcome, time_expired: leave, participant_not_found: outcome }
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
    let in_queue = DocumentKind::Flow(FlowType::CustomerQueue);
    let Some(bot) = context.bot().filter(|_| context.kind() != Some(in_queue)) else {
        return;
    };
    for join in bot.joins.iter().copied() {
        let next = bot::next_of(context.graph, join);
        if next.is_some_and(|it| bot.goes_to_wait(it)) {
            continue;
        }
        let reached = bot.after_join(context, join);
        let mut reached = reached.iter().enumerate().filter(|(_, it)| **it);
        if reached.all(|(n, _)| !may_wait(context, n)) {
            let headline = "bot joins and the flow does not wait for it";
            let label = "no Wait for the bot comes after this";
            report.at(Place::Action(join), headline, label).help =
                Some("let a Wait with the event `BotParticipantDisconnected` follow".to_owned());
        }
    }
}

/// Whether the flow waits for the bot at an action, or goes where that may happen.
fn may_wait(context: &Context<'_>, n: usize) -> bool {
    let is_opaque = context.bot().is_some_and(|bot| bot.is_opaque(n));
    let step = context.steps().of(n);
    is_opaque || matches!(step, Step::BotWait | Step::ToFlow | Step::EndOfModule)
}
