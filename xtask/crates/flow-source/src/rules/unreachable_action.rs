//! F006: an action that no contact can come to.

use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F006",
    name: "unreachable-action",
    severity: Severity::Warning,
    finds: "an action to which no path from the start leads",
    why: "\
A contact never comes there, so the action does nothing; often a transition was meant to lead to it. \
Connect publishes such flows, and real ones have them.

Lead a transition to the action, or remove it.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: bye
  forgotten:
    play_prompt: One moment
    next: bye
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: bye
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if !context.subject.is_sound {
        return;
    }
    let unreached = context.graph.is_reached.iter().enumerate();
    for (n, _) in unreached.filter(|(_, is_reached)| !**is_reached) {
        // A pattern is one action to its author.
        if context.subject.places.pattern(context.flow, n) != n {
            continue;
        }
        let id = &context.flow.actions[n].id;
        let headline = format!("no transition leads to action `{id}`");
        report.at(Place::Action(n), headline, "a contact never comes here");
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::found;

    #[test]
    fn a_pattern_that_nothing_leads_to_is_reported_once() {
        let source = "
flow: main
start: end
actions:
  bot:
    custom_bot: { join: bot-join, leave: bot-leave, timeout: 15m }
    on: { bot_disconnected: end, time_expired: end, join_failed: end }
  end: { disconnect: {} }
";
        let reported = found("F006", source);
        assert_eq!(reported, ["5:3 no transition leads to action `bot`"]);
    }

    #[test]
    fn flow_json_is_pointed_at_by_the_identifier() {
        let text = r#"{"Version": "2019-10-30", "StartAction": "a", "Actions": [
            {"Identifier": "a", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}},
            {"Identifier": "b", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}
        ]}"#;
        let reported = found("unreachable-action", text);
        assert_eq!(reported, ["3:28 no transition leads to action `b`"]);
    }
}
