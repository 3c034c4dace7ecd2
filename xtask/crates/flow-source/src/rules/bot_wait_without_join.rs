//! C047: a Wait for nobody.

use crate::lint::bot;
use crate::lint::steps::Step;
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C047",
    name: "bot-wait-without-join",
    severity: Severity::Warning,
    finds: "a Wait for a bot that nothing in the flow brings",
    why: "\
On no path to the Wait is there a Lambda, or a module, that could bring a bot into the chat. \
Without a bot the Wait ends at once with *Participant not found* (AWS's guide to the Wait block).

Call the Lambda that brings the bot before the Wait, as `custom_bot` does.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: bot
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
    let steps = context.steps();
    if !bot::may_be_inbound(context.kind()) || !steps.has(Step::BotWait) {
        return;
    }
    let Some(bot) = context.bot() else {
        return;
    };
    let may_bring = |n: usize| {
        let step = steps.of(n);
        bot.is_opaque(n) || matches!(step, Step::Lambda | Step::AsyncLambda | Step::Module)
    };
    let unbrought = context
        .graph
        .reached_from(context.graph.start, |n| !may_bring(n));
    for n in bot.waits.iter().copied().filter(|n| unbrought[*n]) {
        let brought = (0..context.flow.actions.len()).filter(|n| may_bring(*n));
        let mut brought = brought.map(|it| context.graph.reached_from(Some(it), |_| true));
        if !brought.any(|reached| reached[n]) && !context.is_referred_to() {
            let headline = "wait for a bot that nothing brings";
            let label = "no Lambda comes before this";
            report.at(Place::Action(n), headline, label).help =
                Some("call the Lambda that brings the bot before this".to_owned());
        }
    }
}
