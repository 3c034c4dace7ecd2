//! C048: a join that the flow does not wait for.

use crate::lint::steps::Step;
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C048",
    name: "asynchronous-join",
    severity: Severity::Warning,
    finds: "a bot that is brought by a Lambda for which the flow does not wait",
    why: "\
A flow does not wait for an asynchronous Lambda. It comes to the Wait for the bot before the bot \
is in the chat, and leaves it at once through *Participant not found* (AWS's guide to the Wait \
block); nor can it see whether the join has failed.

Call the Lambda synchronously.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: join
  join:
    type: InvokeLambdaFunction
    parameters:
      LambdaFunctionARN: bot-join
      InvocationTimeLimitSeconds: \"8\"
      InvocationType: ASYNCHRONOUS
    next: bot
    errors: { NoMatchingError: sorry }
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
    let is_asynchronous = |n: &usize| context.steps().of(*n) == Step::AsyncLambda;
    for n in bot.joins.iter().copied().filter(is_asynchronous) {
        let exits = context.graph.exits(n);
        if exits.iter().any(|it| bot.goes_to_wait(it.to)) {
            let headline = "flow does not wait for the Lambda that brings the bot";
            let label = "the Wait for the bot begins before the bot is there";
            report
                .at(Place::Parameter(n, "InvocationType"), headline, label)
                .help = Some("call it synchronously".to_owned());
        }
    }
}
