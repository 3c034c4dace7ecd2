//! C039: a custom bot after a Lex bot.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::bot;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C039",
    name: "bot-after-lex",
    severity: Severity::Warning,
    finds: "a bot that joins after a Lex bot on the same path",
    why: "\
A custom participant cannot be added while a Lex bot is on the contact (AWS's guide to custom \
participants). Whether the Lex bot is gone when its block is left is not documented.

Let the custom bot come first, use one of them only, or try it on an instance.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: lex
  lex:
    type: ConnectParticipantWithLexBot
    parameters:
      Text: How can I help?
      LexV2Bot: { AliasArn: \"$.Attributes.lex_alias\" }
    next: join
    errors: { NoMatchingCondition: join, NoMatchingError: sorry }
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
        if !bot.may_be_at(join, bot::LEX) {
            continue;
        }
        let lex = bot.origin(context, bot::LEX, join);
        let lex = lex.map(|n| report.span(Place::Action(n)));
        let headline = "bot joins after a Lex bot";
        let label = "refused while a Lex bot is on the contact";
        let diag = report.at(Place::Action(join), headline, label);
        let text = "the Lex bot comes in here".to_owned();
        diag.labels.extend(lex.map(|span| Label { span, text }));
    }
}
