//! C043: idle timers that come too late for the bot.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::bot;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C043",
    name: "idle-timers-after-join",
    severity: Severity::Warning,
    finds: "a Lambda that sets the customer's idle timers after the bot has joined",
    why: "\
The idle timers that count during the bot's conversation are those in force when its connection is \
made; a later `UpdateParticipantRoleConfig` waits until somebody joins again (AWS's guide to chat \
timeouts).

What can be seen in a flow is a Lambda after the join, and before the Wait, whose name or \
parameters speak of idle timers.

Set the timers before the bot joins, or let the Lambda that brings the bot do it first.",
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
    when: { success: timers }
    otherwise: sorry
  timers:
    invoke_lambda:
      function: lookup
      parameters: { customer_idle_minutes: \"5\" }
    next: bot
    on: { error: bot }
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
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: timers
  timers:
    invoke_lambda:
      function: lookup
      parameters: { customer_idle_minutes: \"5\" }
    next: join
    on: { error: join }
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
    for n in bot.between.iter().copied() {
        let action = &context.flow.actions[n];
        if !bot::sets_idle_timers(action) || !bot.may_be_at(n, bot::JOINED) {
            continue;
        }
        let join = bot.origin(context, bot::JOINED, n);
        let join = join.map(|n| report.span(Place::Action(n)));
        let headline = "idle timers are set after the bot has joined";
        let label = "they count from the next join on";
        let diag = report.at(Place::Action(n), headline, label);
        let text = "the bot joins here".to_owned();
        diag.labels.extend(join.map(|span| Label { span, text }));
        diag.help = Some("set the timers before the bot joins".to_owned());
    }
}
