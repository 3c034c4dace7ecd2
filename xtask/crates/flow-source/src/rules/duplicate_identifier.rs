//! F002: two actions with one identifier.

use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F002",
    name: "duplicate-identifier",
    severity: Severity::Error,
    finds: "two actions with the same identifier",
    why: "\
A transition names the action it leads to, so with two of that name nobody knows which one is meant; \
Connect refuses the flow. A pattern such as `custom_bot` becomes several actions: the first has the \
name of the source's, the others a word after it (`bot wait`, `bot leave`), and an action of that \
name collides with them.

Give one of the two another name.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: bot
  bot:
    custom_bot: { join: bot-join, leave: bot-leave, timeout: 15m }
    on: { bot_disconnected: bot wait, time_expired: bot wait, join_failed: bot wait }
  bot wait:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: bot
  bot:
    custom_bot: { join: bot-join, leave: bot-leave, timeout: 15m }
    on: { bot_disconnected: end, time_expired: end, join_failed: end }
  end:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if context.graph.numbers.len() == context.flow.actions.len() {
        return;
    }
    for (n, action) in context.flow.actions.iter().enumerate() {
        let Some(first) = context.graph.number(&action.id).filter(|it| *it != n) else {
            continue;
        };
        let id = action.id.as_str();
        let label = format!("another action becomes `{id}` as well");
        let headline = format!("two actions with the identifier `{id}`");
        let (here, there) = (
            report.span(Place::Action(n)),
            report.span(Place::Action(first)),
        );
        let diag = report.at(Place::Action(n), headline, label);
        if here != there {
            let text = "the other one".to_owned();
            diag.labels
                .push(flow::diagnostic::Label { span: there, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{found, shown};

    #[test]
    fn in_flow_json_both_places_are_shown() {
        let text = r#"{"Version": "2019-10-30", "StartAction": "a", "Actions": [
            {"Identifier": "a", "Type": "DisconnectParticipant"},
            {"Identifier": "a", "Type": "DisconnectParticipant"},
            {"Identifier": "a", "Type": "DisconnectParticipant"}
        ]}"#;
        assert_eq!(found("F002", text).len(), 2, "{}", shown(text));
        assert!(shown(text).contains("the other one"));
    }
}
