//! C040: a Lex bot that drives the custom bot out.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::bot;
use crate::lint::steps::Step;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C040",
    name: "lex-after-join",
    severity: Severity::Warning,
    finds: "a Lex bot that comes in after a custom bot has joined and before the flow waits for it",
    why: "\
A Lex bot that joins disconnects a custom participant (AWS's guide to custom participants). The \
bot that was just brought is gone before it could answer, and the Wait for it ends at once with \
*Participant not found*.

Put the Lex bot before the join or after the Wait, or use one of them only.",
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
    when: { success: lex }
    otherwise: sorry
  lex:
    type: ConnectParticipantWithLexBot
    parameters:
      Text: How can I help?
      LexV2Bot: { AliasArn: \"$.Attributes.lex_alias\" }
    next: bot
    errors: { NoMatchingCondition: bot, NoMatchingError: sorry }
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
    for lex in context.steps().all(Step::Lex) {
        if !bot.may_be_at(lex, bot::JOINED) {
            continue;
        }
        let join = bot.origin(context, bot::JOINED, lex);
        let join = join.map(|n| report.span(Place::Action(n)));
        let headline = "Lex bot disconnects the bot that has just joined";
        let label = "no custom participant stays when a Lex bot joins";
        let diag = report.at(Place::Action(lex), headline, label);
        let text = "the custom bot joins here".to_owned();
        diag.labels.extend(join.map(|span| Label { span, text }));
    }
}
