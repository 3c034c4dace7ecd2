//! C041: a bot where an agent already is.

use flow::diagnostic::Severity;
use flow::model::{DocumentKind, FlowType};

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C041",
    name: "bot-beside-agent",
    severity: Severity::Warning,
    finds: "a bot that joins in a flow that runs while an agent is on the contact",
    why: "\
Whisper and hold flows run when an agent is, or is about to be, in the chat, and a custom \
participant cannot be added then (AWS's guide to custom participants). The Wait for a bot is \
documented for inbound and customer queue flows.

Bring the bot in the inbound flow or in the customer queue flow.",
    bad: "\
flow: example
type: customer_whisper
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
    end_flow: {}
  bye:
    end_flow: {}
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
    let kind = match context.kind() {
        Some(DocumentKind::Flow(kind)) if runs_beside_agent(kind) => kind,
        _ => return,
    };
    let Some(bot) = context.bot() else {
        return;
    };
    for join in bot.joins.iter().copied() {
        let headline = "bot joins where an agent is on the contact";
        let kind = kind.as_str().to_lowercase();
        let label = format!("refused while an agent is there, as in a {kind} flow");
        report.at(Place::Action(join), headline, label);
    }
}

fn runs_beside_agent(kind: FlowType) -> bool {
    matches!(
        kind,
        FlowType::CustomerWhisper
            | FlowType::AgentWhisper
            | FlowType::CustomerHold
            | FlowType::AgentHold
    )
}
