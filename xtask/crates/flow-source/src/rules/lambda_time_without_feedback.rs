//! C030: Lambdas that keep the customer waiting in silence.

use crate::lint::paths::{Load, overloaded};
use crate::lint::steps::{Step, number};
use crate::suggest;
use flow::diagnostic::Severity;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C030",
    name: "lambda-time-without-feedback",
    severity: Severity::Warning,
    finds: "a path on which Lambdas may take more than 20 seconds in a row without a word to the customer",
    why: "\
A customer who hears or reads nothing for that long gives up. Connect is reported to allow about \
20 seconds of synchronous Lambdas in a row without a block that says something (secondary sources; \
the documentation gives 8 seconds for one call). What is added up here are the time limits along \
the worst path.

Say something in between, lower the limits, or call one of them asynchronously.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: one
  one:
    invoke_lambda: lookup
    next: two
    on: { error: two }
  two:
    invoke_lambda: lookup
    next: three
    on: { error: three }
  three:
    invoke_lambda: lookup
    next: bye
    on: { error: bye }
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello
    next: one
  one:
    invoke_lambda: lookup
    next: two
    on: { error: two }
  two:
    invoke_lambda: lookup
    next: say
    on: { error: say }
  say:
    play_prompt: Just a moment
    next: three
  three:
    invoke_lambda: lookup
    next: bye
    on: { error: bye }
  bye:
    disconnect: {}
",
};

/// Seconds.
const LIMIT: u64 = 20;

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let steps = context.steps();
    if !context.subject.is_sound || steps.all(Step::Lambda).nth(1).is_none() {
        return;
    }
    let load = |n: usize| match steps.of(n) {
        Step::Lambda => {
            let time = number(&context.flow.actions[n], "InvocationTimeLimitSeconds");
            Load::Adds(time.unwrap_or_default())
        }
        Step::Compare | Step::AsyncLambda | Step::Other | Step::ToQueue => Load::Adds(0),
        _ => Load::Clears,
    };
    for path in overloaded(context.graph, LIMIT, load) {
        let Some(last) = path.actions.last().copied() else {
            continue;
        };
        let ids = path
            .actions
            .iter()
            .map(|n| context.flow.actions[*n].id.as_str());
        let before = suggest::listed(ids);
        let headline = format!(
            "{} seconds of Lambdas without a word to the customer",
            path.sum
        );
        let label = format!("up to {} seconds have passed when this is done", path.sum);
        let diag = report.at(Place::Action(last), headline, label);
        diag.notes.push(format!("the path is {before}"));
        diag.help = Some("say something in between, or lower the time limits".to_owned());
    }
}
