//! C046: a bot that has not joined is waited for.

use crate::lint::bot::{self, compared, is_answer_of_lambda};
use crate::lint::graph::{By, Exit};
use crate::lint::steps::Step;
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C046",
    name: "wait-after-failed-join",
    severity: Severity::Warning,
    finds: "a path from a failed join to the Wait for the bot",
    why: "\
When the Lambda that brings the bot fails, or says that no bot has joined, there is no bot to wait \
for: the Wait ends at once with *Participant not found* (AWS's guide to the Wait block), or, if \
the bot came in after all, it is waited for by chance.

Lead the failure to where a customer without a bot is helped.",
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
    on: { error: bot }
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
    for n in bot.joins.iter().copied() {
        for exit in context.graph.exits(n) {
            if exit.by != By::Next && bot.goes_to_wait(exit.to) {
                let headline = "the flow waits for a bot that has not joined";
                found(report, context.place(n, exit.by), headline);
            }
        }
    }
    for n in context.steps().all(Step::Compare) {
        let is_status = compared(&context.flow.actions[n]).is_some_and(is_status);
        let exits = context.graph.exits(n);
        // If only the answer for failure leads to the Wait, it is not what it seems.
        let is_answer = is_status && bot.may_be_at(n, bot::JOINED);
        let leads_on = |exit: &Exit| bot.goes_to_wait(exit.to);
        if is_answer && exits.iter().any(|it| is_condition(it) && leads_on(it)) {
            let others = exits.iter().filter(|it| !is_condition(it));
            if let Some(exit) = others.into_iter().find(|it| leads_on(it)) {
                let headline = "the flow waits for a bot that has not joined";
                found(report, context.place(n, exit.by), headline);
            }
        }
    }
}

fn found(report: &mut Report<'_, '_>, place: Place<'_>, headline: &str) {
    let label = "leads to the Wait for the bot";
    report.at(place, headline, label).help =
        Some("lead it to where a customer without a bot is helped".to_owned());
}

fn is_condition(exit: &Exit) -> bool {
    matches!(exit.by, By::Condition(_))
}

/// Whether a reference is the part of a Lambda's answer in which public joins say how it went.
fn is_status(reference: &str) -> bool {
    let key = reference.rsplit(['.', '[']).next().unwrap_or(reference);
    let key = key.trim_matches(['\'', '"', ']']);
    let known = ["status", "success", "result", "joined", "outcome", "ok"];
    is_answer_of_lambda(reference) && known.iter().any(|it| key.eq_ignore_ascii_case(it))
}
