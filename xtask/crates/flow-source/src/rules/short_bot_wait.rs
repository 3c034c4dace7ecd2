//! C045: hardly any time for the bot.

use crate::duration;
use crate::lint::steps::{Step, number};
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C045",
    name: "short-bot-wait",
    severity: Severity::Info,
    finds: "a Wait for the bot of less than two minutes",
    why: "\
The shortest idle time that Connect takes is two minutes (`UpdateParticipantRoleConfig`, 2 to \
480), so a customer who reads, thinks or types for a moment is cut off before anything counts as \
idle.

Wait longer unless the bot has one short question only. The public samples wait 15 minutes or an \
hour.",
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
    wait: { time: 30s, until: bot_disconnected }
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
    // Where a time could not be read, another one stands in its place.
    if !context.subject.is_sound {
        return;
    }
    for n in context.steps().all(Step::BotWait) {
        let time = number(&context.flow.actions[n], "TimeLimitSeconds");
        if let Some(time) = time.filter(|time| (1..120).contains(time)) {
            let headline = "the bot has hardly any time";
            let label = format!(
                "the customer and the bot have {} together",
                duration::text(time)
            );
            report.at(Place::Parameter(n, "TimeLimitSeconds"), headline, label);
        }
    }
}
