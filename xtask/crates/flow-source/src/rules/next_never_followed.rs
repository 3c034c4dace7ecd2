//! F015: an action that only the `NextAction` of an action leads to that never follows its own.

use flow::catalogue;
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "F015",
    name: "next-never-followed",
    severity: Severity::Warning,
    finds: "a `next` that no contact ever follows, to an action that nothing else leads to",
    why: "\
Some actions always leave through a condition or an error: a comparison, a wait, a transfer. Connect \
wants a `NextAction` there all the same, and the console repeats the target of another branch. Where \
it leads to an action of its own, somebody meant the flow to go on there, and it never does.

Lead a branch there: for a comparison `NoMatchingCondition`, for most others `NoMatchingError`.",
    bad: "\
flow: example
start: tier
actions:
  tier:
    type: Compare
    parameters: { ComparisonValue: $.Attributes.tier }
    next: thanks
    conditions: { gold: bye }
    errors: { NoMatchingCondition: bye }
  thanks: { play_prompt: Thank you for your loyalty., next: bye }
  bye: { disconnect: {} }
",
    good: "\
flow: example
start: tier
actions:
  tier:
    type: Compare
    parameters: { ComparisonValue: $.Attributes.tier }
    next: bye
    conditions: { gold: thanks }
    errors: { NoMatchingCondition: bye }
  thanks: { play_prompt: Thank you for your loyalty., next: bye }
  bye: { disconnect: {} }
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let graph = context.graph;
    if !context.subject.is_sound || graph.is_reached.iter().all(|it| *it) {
        return;
    }
    for (n, action) in context.flow.actions.iter().enumerate() {
        let Some(next) = &action.transitions.next else {
            continue;
        };
        let to = graph.number(next).filter(|to| !graph.is_reached[*to]);
        if to.is_some() && graph.is_reached[n] && !catalogue::follows_next(action) {
            let headline = format!("`{next}` is never come to");
            let label = format!("`{}` never goes on here", action.kind);
            report.at(Place::Next(n), headline, label).help =
                Some("lead a condition or an error there".to_owned());
        }
    }
}
