//! C002: what the service refuses, where no other rule has said it better.

use flow::catalogue::{self, Parameter, ParameterKind};
use flow::diagnostic::Severity;
use flow::validate::Problem;

use super::Rule;
use super::action_out_of_place::place_of;
use crate::lint::refusal::Refusal;
use crate::lint::{Context, Place, Report};
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    code: "C002",
    name: "refused-by-connect",
    severity: Severity::Error,
    finds: "what Connect refuses when the flow is published, in the words of the service",
    why: "\
Connect validates a flow before it takes it, and answers with problems that name actions by number. \
The same rules are applied here, from the catalogue of action types; where another rule says more \
about an action, this one keeps quiet. Only what the service was seen to refuse, or what its \
documentation says it refuses, is reported.

A severity lower than error does not make Connect take the flow.",
    bad: "\
flow: example
type: agent_whisper
start: whisper
actions:
  whisper:
    play_prompt: A customer of the gold tier
    next: end
  end:
    disconnect: {}
",
    good: "\
flow: example
type: agent_whisper
start: whisper
actions:
  whisper:
    play_prompt: A customer of the gold tier
    next: end
  end:
    end_flow: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if context.kind().is_none() {
        return;
    }
    for problem in context.problems {
        let action = problem.action.and_then(|n| context.flow.actions.get(n));
        // A parameter or type that nobody here knows may be new; others warn of it.
        let is_unknown = problem.message.contains("property name")
            || action.is_some_and(|it| catalogue::entry(&it.kind).is_none());
        let has_rule = Refusal::read(problem) != Refusal::Other;
        if !is_unknown && !has_rule && !report.has_error_at(problem.action) {
            self::report(context, problem, report);
        }
    }
}

fn report(context: &Context<'_>, problem: &Problem, report: &mut Report<'_, '_>) {
    let flow = context.flow;
    let action = problem.action.and_then(|n| Some((n, flow.actions.get(n)?)));
    let headline = format!("Connect refuses this: {}", problem.message);
    let Some((n, action)) = action else {
        let label = format!("`{}` is refused", context.subject.name);
        report.at(Place::Flow, headline, label);
        return;
    };
    let label = format!("`{}` ({}) is refused", action.id, action.kind);
    let parameter = problem.message.split_once(".Parameters.").map(|it| it.1);
    let facts = catalogue::entry(&action.kind);
    let fact = facts.and_then(|facts| {
        facts
            .parameters
            .iter()
            .find(|it| Some(it.name.as_str()) == parameter)
    });
    let diag = report.at(place(problem, n), headline, label);
    diag.help = fact.and_then(taken);
    if let Some(kind) = context.kind().filter(|_| is_about_type(problem)) {
        let note = format!(
            "an action of this type does not belong in {}",
            place_of(kind)
        );
        diag.notes.push(note);
    }
}

fn is_about_type(problem: &Problem) -> bool {
    problem.message.starts_with("Invalid Action type")
}

/// The part that the service's words are about.
fn place(problem: &Problem, n: usize) -> Place<'_> {
    let message = problem.message.as_str();
    let after = |mark: &str| {
        let rest = message.split_once(mark)?.1;
        rest.split([',', ']']).next()
    };
    if let Some((_, parameter)) = message.split_once(".Parameters.") {
        Place::Parameter(n, parameter)
    } else if let Some(number) = after(".Conditions[").and_then(|it| it.parse().ok()) {
        Place::Condition(n, number)
    } else if message.ends_with(".NextAction") {
        Place::Next(n)
    } else if message.ends_with(".Identifier") {
        Place::Action(n)
    } else if let Some(error) = after("Invalid Action error. Error: ") {
        Place::Error(n, error)
    } else if message.contains("missing required") || is_about_type(problem) {
        Place::Type(n)
    } else {
        Place::Action(n)
    }
}

/// What a parameter takes, where it is known.
fn taken(parameter: &Parameter) -> Option<String> {
    let values = parameter.values.iter().map(String::as_str);
    let name = &parameter.name;
    Some(match (parameter.kind, parameter.range) {
        (ParameterKind::Integer, Some((least, greatest))) => {
            format!("`{name}` takes a whole number from {least} to {greatest}")
        }
        (ParameterKind::Integer, None) => format!("`{name}` takes a whole number"),
        (ParameterKind::Map | ParameterKind::Object, _) => format!("`{name}` takes a map"),
        (ParameterKind::List, _) if parameter.values.is_empty() => format!("`{name}` takes a list"),
        (ParameterKind::List, _) => {
            let listed = suggest::listed(values);
            format!("`{name}` takes a list with items of {listed}")
        }
        _ if parameter.values.is_empty() => return None,
        _ => format!("what `{name}` takes: {}", suggest::listed(values)),
    })
}
