//! C042: what the bot has left behind is not looked at.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::bot;
use crate::lint::steps::Step;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C042",
    name: "unchecked-bot-outcome",
    severity: Severity::Warning,
    finds: "a path on which the bot has left and nobody looks at what came of it",
    why: "\
*Bot participant disconnected* is taken whenever the bot has left: it has helped, it asks for a \
person, the customer went silent, or it has crashed. A bot says which by writing contact \
attributes before it leaves; a flow that does not look treats all of them alike (the public \
samples look at an attribute here).

Compare the attribute that the bot writes, and let a person help where it is not there.",
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
    on: { bot_disconnected: thanks, time_expired: leave, participant_not_found: sorry }
  leave:
    invoke_lambda: bot-leave
    next: sorry
    on: { error: sorry }
  thanks:
    play_prompt: Glad to have helped
    next: bye
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

/// Where a flow ends, or the contact with it.
const ENDS: [Step; 3] = [Step::Disconnect, Step::EndOfFlow, Step::ToQueue];

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let Some(bot) = context.bot() else {
        return;
    };
    if !bot::may_be_inbound(context.kind()) {
        return;
    }
    let (graph, steps) = (context.graph, context.steps());
    let unchecked_end = |from: &[usize]| {
        let reached = graph.reached_from(from.iter().copied(), |n| !may_look(context, n));
        steps.first(&reached, &ENDS)
    };
    let gone = |wait: usize| {
        let action = &context.flow.actions[wait];
        let mut exits = graph.exits(wait).iter().copied();
        exits.find(|it| bot::is_bot_gone(action, it.by))
    };
    let waits = || bot.waits.iter().filter_map(|it| Some((*it, gone(*it)?)));
    // One walk for all Waits, and one for each only where that finds something.
    let all: Vec<usize> = waits().map(|(_, gone)| gone.to).collect();
    if unchecked_end(&all).is_none() {
        return;
    }
    for (wait, gone) in waits() {
        let Some(end) = unchecked_end(&[gone.to]) else {
            continue;
        };
        let end = report.span(Place::Action(end));
        let headline = "what came of the bot is not looked at";
        let label = "taken however the bot has left";
        let diag = report.at(context.place(wait, gone.by), headline, label);
        let text = "a contact comes here without a look at what the bot has recorded".to_owned();
        diag.labels.push(Label { span: end, text });
        diag.help = Some("compare the attribute in which the bot says what came of it".to_owned());
    }
}

/// Whether an action looks at the contact's data, or may.
fn may_look(context: &Context<'_>, n: usize) -> bool {
    let is_opaque = context.bot().is_some_and(|bot| bot.is_opaque(n));
    let step = context.steps().of(n);
    let looks = matches!(
        step,
        Step::Compare | Step::Lambda | Step::AsyncLambda | Step::ToFlow | Step::Module
    );
    is_opaque || looks
}
