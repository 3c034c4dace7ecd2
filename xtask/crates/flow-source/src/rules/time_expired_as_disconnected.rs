//! C034: a Wait for the bot whose two branches are one.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;
use flow::model::Action;

use crate::lint::bot::{is_bot_gone, is_time_expired};
use crate::lint::graph::By;
use crate::lint::steps::Step;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C034",
    name: "time-expired-as-disconnected",
    severity: Severity::Warning,
    finds: "a Wait for the bot that goes on in the same way whether the bot has left or not",
    why: "\
After *Bot participant disconnected* the bot is gone and has recorded what came of it. After *Time \
expired* it is still in the chat (AWS's guide to the Wait block) and has recorded nothing. An \
action to which both lead cannot tell them apart.

Lead *Time expired* to a Lambda that makes the bot leave, and from there where the customer is \
helped.",
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
    on: { bot_disconnected: outcome, time_expired: outcome }
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
    for n in context.steps().all(Step::BotWait) {
        let wait = &context.flow.actions[n];
        let conditions = &wait.transitions.conditions;
        let find = |is: fn(&Action, By) -> bool| {
            (0..conditions.len()).find(|at| is(wait, By::Condition(*at)))
        };
        let (Some(expired), Some(gone)) = (find(is_time_expired), find(is_bot_gone)) else {
            continue;
        };
        let next = &conditions[expired].next;
        if *next == conditions[gone].next {
            let headline = "a bot that has left and one that has not lead to the same action";
            let label = format!("time expired leads to `{next}` with the bot still in the chat");
            let gone = report.span(Place::Condition(n, gone));
            let diag = report.at(Place::Condition(n, expired), headline, label);
            diag.labels.push(Label {
                span: gone,
                text: "here the bot is gone".to_owned(),
            });
            diag.help = Some("lead time expired to a Lambda that makes the bot leave".to_owned());
        }
    }
}
