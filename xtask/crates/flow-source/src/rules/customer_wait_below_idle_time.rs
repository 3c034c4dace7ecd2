//! C044: a wait that the customer's idle time does not fit into.

use flow::diagnostic::Label;
use flow::diagnostic::Severity;

use crate::duration;
use crate::lint::bot;
use crate::lint::steps::{Step, number, waits_for};

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C044",
    name: "customer-wait-below-idle-time",
    severity: Severity::Warning,
    finds: "a wait for the customer that is shorter than the time after which the customer counts as idle",
    why: "\
The flow gives up on a customer whom the idle timer still counts as present: a pause of the length \
that was allowed before is too long here. The timers are set for the life of the chat (AWS's guide \
to chat timeouts).

What can be seen in a flow is the parameter `customer_idle_minutes` of the Lambda that brings the \
bot.

Wait at least as long as the customer may be idle, or let the customer be idle for less.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: join
  join:
    invoke_lambda:
      function: bot-join
      parameters: { customer_idle_minutes: \"5\" }
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
    when: { done: bye, away: back }
    otherwise: sorry
  back:
    wait: { time: 1m, until: customer_returned }
    on: { customer_returned: sorry, time_expired: bye }
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
    invoke_lambda:
      function: bot-join
      parameters: { customer_idle_minutes: \"5\" }
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
    when: { done: bye, away: back }
    otherwise: sorry
  back:
    wait: { time: 10m, until: customer_returned }
    on: { customer_returned: sorry, time_expired: bye }
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
    let Some(bot) = context.bot().filter(|_| context.steps().has(Step::Wait)) else {
        return;
    };
    for join in bot.joins.iter().copied() {
        let action = &context.flow.actions[join];
        let Some(idle) = bot::minutes(action, "customer_idle_minutes") else {
            continue;
        };
        let idle = idle.saturating_mul(60);
        let reached = context.graph.reached_from(Some(join), |_| true);
        for n in context.steps().all(Step::Wait).filter(|n| reached[*n]) {
            let wait = &context.flow.actions[n];
            let is_for_customer =
                waits_for(wait, "CustomerReturned") || bot.may_be_at(n, bot::JOINED | bot::EXPIRED);
            let time = number(wait, "TimeLimitSeconds").filter(|it| *it < idle);
            if let Some(time) = time.filter(|_| is_for_customer) {
                too_short(report, (n, time), (join, idle));
            }
        }
    }
}

fn too_short(report: &mut Report<'_, '_>, (wait, time): (usize, u64), (join, idle): (usize, u64)) {
    let join = report.span(Place::Action(join));
    let (time, idle) = (duration::text(time), duration::text(idle));
    let headline = "wait is shorter than the customer's idle time";
    let label = format!("it waits {time}");
    let diag = report.at(Place::Parameter(wait, "TimeLimitSeconds"), headline, label);
    let text = format!("here the customer may be idle for {idle}");
    diag.labels.push(Label { span: join, text });
    diag.help = Some("wait longer, or let the customer be idle for less".to_owned());
}
