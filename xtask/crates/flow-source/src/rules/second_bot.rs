//! C038: two bots on one path.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::bot;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C038",
    name: "second-bot",
    severity: Severity::Warning,
    finds: "a bot that joins while another one may still be in the chat",
    why: "\
A contact takes one custom participant at a time; `CreateParticipant` is refused while another is \
there (AWS's guide to custom participants). On the path found here a bot has joined before and \
nothing says that it is gone: the flow has not waited for it, or the time of the Wait was over, \
which does not take the bot out.

Wait for the first bot, and make it leave after *Time expired*, before the next one joins.",
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
    on: { bot_disconnected: outcome, time_expired: again, participant_not_found: outcome }
  again:
    play_prompt: Let us start again
    next: join
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
    for join in bot.joins.iter().copied() {
        let (what, text) = if bot.may_be_at(join, bot::EXPIRED) {
            (
                bot::EXPIRED,
                "when its time is over, the first bot is still there",
            )
        } else if bot.may_be_at(join, bot::JOINED) {
            (
                bot::JOINED,
                "the first bot joins here, and nothing waits for it",
            )
        } else {
            continue;
        };
        let before = bot.origin(context, what, join);
        let before = before.map(|n| report.span(Place::Action(n)));
        let headline = "second bot joins while the first may still be in the chat";
        let label = "a contact has one custom participant at most";
        let diag = report.at(Place::Action(join), headline, label);
        let text = text.to_owned();
        diag.labels.extend(before.map(|span| Label { span, text }));
        diag.help = Some("make the first bot leave on the way to this".to_owned());
    }
}
