//! C035: a bot that nobody takes out of the chat after its time.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::lint::bot;
use crate::lint::steps::Step;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C035",
    name: "bot-left-behind",
    severity: Severity::Warning,
    finds: "a path on which the bot's time is over and nothing makes the bot leave before the flow ends",
    why: "\
*Time expired* does not take the bot out of the chat (AWS's guide to the Wait block): it stays a \
participant and goes on answering. On the path found here the flow ends or hands the chat to \
another flow, and no Lambda was called that could make the bot leave, no Lex bot has replaced it, \
and the contact was not disconnected.

Call a Lambda that sends `DisconnectParticipant` for the bot on the way from *Time expired*; \
`custom_bot` does that by itself.",
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
    on: { bot_disconnected: outcome, time_expired: late, participant_not_found: outcome }
  late:
    play_prompt: Thank you for your time
    next: end
  end:
    end_flow: {}
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
    let mut actions = 0..context.flow.actions.len();
    if !actions.any(|n| bot.may_be_at(n, bot::EXPIRED) && leaves_it(context, n)) {
        return;
    }
    for (wait, exit) in bot.expirations(context) {
        let reached = bot.with_bot_after(context, exit.to);
        let ends = reached.iter().enumerate().filter(|(_, it)| **it);
        let Some((end, _)) = ends.into_iter().find(|(n, _)| leaves_it(context, *n)) else {
            continue;
        };
        let expired = report.span(context.place(wait, exit.by));
        let (headline, label) = match context.steps().of(end) {
            Step::ToFlow => (
                "the chat goes to another flow with the bot still in it",
                "nothing before this makes the bot leave, and nothing in the other flow",
            ),
            _ => (
                "flow ends with the bot still in the chat",
                "nothing before this makes the bot leave",
            ),
        };
        let diag = report.at(Place::Action(end), headline, label);
        let text = "after this the bot is still there".to_owned();
        diag.labels.push(Label {
            span: expired,
            text,
        });
        diag.help =
            Some("call a Lambda that disconnects the bot on the way from time expired".to_owned());
    }
}

/// Whether the flow ends at an action without anything that takes the bot out. In a queue flow the
/// contact goes on waiting for an agent; in a module the flow that called it goes on.
pub(crate) fn leaves_it(context: &Context<'_>, n: usize) -> bool {
    match context.steps().of(n) {
        Step::EndOfFlow => bot::may_be_inbound(context.kind()),
        Step::ToFlow => {
            let target = context.flow.actions[n].parameters.get("ContactFlowId");
            let target = target.and_then(|it| context.other_flow(it));
            target.is_some_and(|it| bot::leaves_the_chat_alone(it))
        }
        _ => false,
    }
}
