//! C004: a bot joins a chat in which nothing was said yet.

use flow::diagnostic::Severity;

use super::Rule;
use super::lambda_before_prompt::{joins_bot, unspoken_lambdas};
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C004",
    name: "bot-before-prompt",
    severity: Severity::Error,
    finds: "a bot that joins an inbound chat before anything was said to the customer",
    why: "\
The Lambda that brings a custom participant must not be the first block of an inbound chat flow: a \
Play prompt, or another block that speaks with the customer, has to stand before it (Amazon Connect \
administrator guide, custom participants). Blocks that only set something do not count.

Give `custom_bot` a `greeting`, or put a `play_prompt` before it.",
    bad: "\
flow: example
start: bot
actions:
  bot:
    custom_bot: { join: bot-join, leave: bot-leave, timeout: 15m }
    on: { bot_disconnected: end, time_expired: end, join_failed: end }
  end:
    disconnect: {}
",
    good: "\
flow: example
start: bot
actions:
  bot:
    custom_bot: { greeting: Hello, join: bot-join, leave: bot-leave, timeout: 15m }
    on: { bot_disconnected: end, time_expired: end, join_failed: end }
  end:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for n in unspoken_lambdas(context) {
        if joins_bot(context.graph, n) {
            let headline = "bot joins before anything was said to the customer";
            let label = "a contact can come here without a prompt";
            let diag = report.at(Place::Action(n), headline, label);
            diag.notes.push(
                "in an inbound chat flow a Play prompt has to stand before the Lambda that brings \
                 the bot"
                    .to_owned(),
            );
            diag.help =
                Some("give `custom_bot` a `greeting`, or put a `play_prompt` before it".to_owned());
        }
    }
}
