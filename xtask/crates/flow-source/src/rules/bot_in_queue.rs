//! C036: a bot that goes on talking while the customer waits for a person.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::bot;
use crate::lint::steps::Step;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C036",
    name: "bot-in-queue",
    severity: Severity::Info,
    finds: "a transfer to a queue with the bot still in the chat",
    why: "\
*Time expired* does not take the bot out of the chat (AWS's guide to the Wait block). Connect \
removes it when an agent joins; until then it goes on answering a customer who was told to wait \
for a person.

That may be what is wanted. If not, call a Lambda that sends `DisconnectParticipant` for the bot \
before the transfer.",
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
    wait: { time: 15m, until: bot_disconnected }
    on: { bot_disconnected: outcome, time_expired: sorry, participant_not_found: outcome }
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
    let Some(bot) = context.bot() else {
        return;
    };
    let mut queues = context.steps().all(Step::ToQueue);
    if !queues.any(|n| bot.may_be_at(n, bot::EXPIRED)) {
        return;
    }
    for (wait, exit) in bot.expirations(context) {
        let reached = bot.with_bot_after(context, exit.to);
        let mut queues = context.steps().all(Step::ToQueue);
        let Some(queue) = queues.find(|n| reached[*n]) else {
            continue;
        };
        let expired = report.span(context.place(wait, exit.by));
        let headline = "the bot is still in the chat while the customer waits in a queue";
        let label = "it leaves when an agent joins, and answers until then";
        let diag = report.at(Place::Action(queue), headline, label);
        let text = "after this the bot is still there".to_owned();
        diag.labels.push(Label {
            span: expired,
            text,
        });
        diag.help =
            Some("call a Lambda that disconnects the bot on the way from time expired".to_owned());
    }
}
