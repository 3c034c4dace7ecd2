//! C032: a Wait for the bot without the branch for a bot that is not there.

use crate::lint::steps::Step;
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C032",
    name: "bot-wait-without-not-found",
    severity: Severity::Error,
    finds: "a Wait for the bot without the branch *Participant not found*",
    why: "\
When no bot is in the chat as the Wait begins, the contact leaves through `ParticipantNotFound` at \
once: the bot never connected, or it has come and gone already. In this form of Wait, Connect \
refuses to publish a flow without the branch (seen in probes; every export of the form has it).

Add the branch; lead it to where the outcome of the bot is looked at, or to a person.",
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
    type: Wait
    parameters: { TimeLimitSeconds: \"900\", Events: [BotParticipantDisconnected] }
    next: leave
    conditions: { BotParticipantDisconnected: outcome, WaitCompleted: leave }
    errors: { NoMatchingError: leave }
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
    type: Wait
    parameters: { TimeLimitSeconds: \"900\", Events: [BotParticipantDisconnected] }
    next: leave
    conditions: { BotParticipantDisconnected: outcome, WaitCompleted: leave }
    errors: { ParticipantNotFound: outcome, NoMatchingError: leave }
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
    if !context.subject.is_sound {
        return;
    }
    for n in context.steps().all(Step::BotWait) {
        let errors = &context.flow.actions[n].transitions.errors;
        if !errors.iter().any(|it| it.error == "ParticipantNotFound") {
            let headline = "wait for the bot without the branch for a bot that is not there";
            report
                .at(Place::Action(n), headline, "no error `ParticipantNotFound`")
                .help = Some(
                "lead `ParticipantNotFound` to where the bot's outcome is looked at".to_owned(),
            );
        }
    }
}
