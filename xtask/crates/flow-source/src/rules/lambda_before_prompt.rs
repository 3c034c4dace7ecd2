//! C003: a Lambda before anything was said to the customer of a chat, and what C004 shares with it.

use flow::catalogue;
use flow::diagnostic::Severity;
use flow::model::{Action, DocumentKind, FlowType};
use flow::value::Value;

use super::Rule;
use crate::lint::{Context, Graph, Place, Report, Subject};

pub(crate) static RULE: Rule = Rule {
    code: "C003",
    name: "lambda-before-prompt",
    severity: Severity::Warning,
    finds: "an inbound flow with a custom bot that calls a Lambda before it has said anything",
    why: "\
In an inbound chat a Play prompt has to stand before the Lambda that would else be the first block \
(Amazon Connect administrator guide, custom participants); a block that speaks with the customer in \
another way does as well. Which Lambda brings the bot cannot always be told from the flow, so every \
one that a chat can come to unspoken is reported. That of a bot's join is C004.

Put a `play_prompt` before it.",
    bad: "\
flow: example
start: who
actions:
  who:
    invoke_lambda: lookup
    next: greet
    on: { error: greet }
  greet:
    play_prompt: Hello
    next: bot
  bot:
    custom_bot: { join: bot-join, leave: bot-leave, timeout: 15m }
    on: { bot_disconnected: end, time_expired: end, join_failed: end }
  end:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: who
  who:
    invoke_lambda: lookup
    next: bot
    on: { error: bot }
  bot:
    custom_bot: { join: bot-join, leave: bot-leave, timeout: 15m }
    on: { bot_disconnected: end, time_expired: end, join_failed: end }
  end:
    disconnect: {}
",
};

/// Actions that speak with the customer, so that a bot may join after them.
const SPEAKING: [&str; 4] = [
    "MessageParticipant",
    "GetParticipantInput",
    "ConnectParticipantWithLexBot",
    "ShowView",
];

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for n in unspoken_lambdas(context) {
        if !joins_bot(context.graph, n) {
            let headline = "Lambda before anything was said to the customer";
            report
                .at(
                    Place::Action(n),
                    headline,
                    "a chat can come here without a prompt",
                )
                .help = Some("put a `play_prompt` before it".to_owned());
        }
    }
}

/// The Lambdas that a chat with a bot can come to before anything was said; none behind the bot.
pub(super) fn unspoken_lambdas(context: &Context<'_>) -> Vec<usize> {
    let is_inbound = context.kind() == Some(DocumentKind::Flow(FlowType::ContactFlow));
    let actions = &context.flow.actions;
    let mut reached = actions.iter().zip(&context.graph.is_reached);
    if !is_inbound || !reached.any(|(action, is_reached)| *is_reached && is_bot_wait(action)) {
        return Vec::new();
    }
    let unspoken = context.graph.reached_from(context.graph.start, |n| {
        let is_join = is_lambda(&actions[n]) && joins_bot(context.graph, n);
        !is_join && !speaks(&actions[n], context.subjects, &mut Vec::new())
    });
    let reached = unspoken.iter().enumerate().filter(|(_, it)| **it);
    let reached = reached.map(|(n, _)| n);
    reached.filter(|n| is_lambda(&actions[*n])).collect()
}

/// Whether a wait for the bot follows on a Lambda's success, with no other Lambda between.
pub(super) fn joins_bot(graph: &Graph<'_>, lambda: usize) -> bool {
    let actions = &graph.flow.actions;
    let after = graph
        .exits(lambda)
        .iter()
        .filter(|exit| !exit.by.is_error());
    let mut after = after.map(|exit| exit.to);
    after.any(|start| {
        let reached = graph.reached_from(Some(start), |n| {
            !is_lambda(&actions[n]) && !is_bot_wait(&actions[n])
        });
        let mut reached = reached.iter().zip(actions).filter(|(it, _)| **it);
        reached.any(|(_, action)| is_bot_wait(action))
    })
}

fn is_lambda(action: &Action) -> bool {
    action.kind.as_str() == "InvokeLambdaFunction"
}

/// The bot's form of a Wait: the one event makes it so.
fn is_bot_wait(action: &Action) -> bool {
    let events = action.parameters.get("Events").and_then(Value::as_list);
    let mut events = events.into_iter().flatten();
    action.kind.as_str() == "Wait"
        && events.any(|it| it.as_text() == Some("BotParticipantDisconnected"))
}

/// Whether an action says something to the customer. A module that is not of this run may.
fn speaks<'a>(action: &Action, subjects: &'a [Subject<'a>], open: &mut Vec<&'a str>) -> bool {
    if action.kind.as_str() != "InvokeFlowModule" {
        return SPEAKING.contains(&action.kind.as_str());
    }
    let Some(Value::Ref(reference)) = action.parameters.get("FlowModuleId") else {
        return true;
    };
    let mut modules = subjects
        .iter()
        .filter(|it| it.kind == Some(DocumentKind::Module));
    let module = modules.find(|it| it.name == reference.name);
    module.is_none_or(|module| never_ends_silently(module, subjects, open))
}

/// Whether no way through a module ends before something was said. One that calls itself says
/// nothing by that.
fn never_ends_silently<'a>(
    module: &'a Subject<'a>,
    subjects: &'a [Subject<'a>],
    open: &mut Vec<&'a str>,
) -> bool {
    if open.contains(&module.name) {
        return false;
    }
    open.push(module.name);
    let actions = &module.flow.actions;
    let spoken: Vec<bool> = actions
        .iter()
        .map(|it| speaks(it, subjects, open))
        .collect();
    open.pop();
    let graph = Graph::new(module.flow);
    let unspoken = graph.reached_from(graph.start, |n| !spoken[n]);
    let mut ends = actions.iter().zip(unspoken);
    !ends.any(|(action, it)| it && catalogue::is_terminal(&action.kind))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{findings, found};

    #[test]
    fn a_flow_without_a_bot_may_begin_with_a_lambda() {
        let voice = RULE.bad.replace("next: bot", "next: end");
        assert!(found("C003", &voice).is_empty());
        assert!(findings(&voice).iter().any(|it| it.code == "F006"));
    }

    #[test]
    fn a_module_that_speaks_on_every_path_does_and_one_that_may_not_does_not() {
        let with_module = |module: &str| {
            let flow = RULE.bad.replace("start: who", "start: say").replace(
                "  who:",
                "  say:\n    invoke_module: speaker\n    next: who\n    on: { error: who }\n  who:",
            );
            found("C003", &format!("{flow}\n---\n{module}")).len()
        };
        let speaker = "module: speaker\nstart: a\nactions:\n  a:\n    play_prompt: Hello\n    \
                       next: b\n  b:\n    end_module: {}\n";
        assert_eq!(with_module(speaker), 0);
        let silent = speaker.replace("start: a", "start: b");
        assert_eq!(with_module(&silent), 1);
        let endless = speaker.replace("play_prompt: Hello", "invoke_module: speaker");
        assert_eq!(with_module(&endless), 1);
    }
}
