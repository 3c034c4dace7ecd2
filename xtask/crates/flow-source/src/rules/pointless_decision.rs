//! F013: a decision of which all branches lead to the same action.

use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F013",
    name: "pointless-decision",
    severity: Severity::Info,
    finds: "an action that only decides, and whose branches all lead to the same action",
    why: "\
Comparing, checking hours or distributing by percentage changes nothing for the contact, so it goes \
on in the same way whatever the answer is. Often one of the branches was to lead elsewhere.

Lead the branches to different actions, or remove the decision.",
    bad: "\
flow: example
start: tier
actions:
  tier:
    compare: $.Attributes.tier
    when: { gold: bye, silver: bye }
    otherwise: bye
  bye: { disconnect: {} }
",
    good: "\
flow: example
start: tier
actions:
  tier:
    compare: $.Attributes.tier
    when: { gold: thanks }
    otherwise: bye
  thanks: { play_prompt: Thank you for your loyalty., next: bye }
  bye: { disconnect: {} }
",
};

/// Actions that do nothing but choose a way.
const DECISIONS: [&str; 5] = [
    "CheckHoursOfOperation",
    "CheckMetricData",
    "CheckOutboundCallStatus",
    "Compare",
    "DistributeByPercentage",
];

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if !context.subject.is_sound {
        return;
    }
    for (n, action) in context.flow.actions.iter().enumerate() {
        if action.transitions.conditions.is_empty() || !DECISIONS.contains(&action.kind.as_str()) {
            continue;
        }
        let [first, others @ ..] = context.graph.exits(n) else {
            continue;
        };
        if !others.is_empty() && others.iter().all(|it| it.to == first.to) {
            let next = &context.flow.actions[first.to].id;
            let label = format!("every branch leads to `{next}`");
            report.at(Place::Action(n), "decision that decides nothing", label);
        }
    }
}
