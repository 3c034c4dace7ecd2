//! What reading YAML reports about actions and their ways out, said of flow JSON: there it is found
//! once the document has been read. The rules are those of `of_transitions`.

use flow::catalogue;
use flow::diagnostic::Severity;

use crate::lint::refusal::{self, Refusal, Way};
use crate::lint::{Context, Lint, Place, Report};
use crate::rule;
use crate::suggest;

/// The checks, in the order of their codes. They keep quiet about what is written in YAML.
pub(crate) const CHECKS: &[Lint] = &[
    Lint {
        rule: &rule::UNKNOWN_CONNECT_PARAMETER,
        check: unknown_parameters,
    },
    Lint {
        rule: &rule::UNKNOWN_ACTION,
        check: unknown_types,
    },
    Lint {
        rule: &rule::UNKNOWN_NEXT_ACTION,
        check: unknown_targets,
    },
    Lint {
        rule: &rule::MISSING_WAY_OUT,
        check: missing_ways_out,
    },
    Lint {
        rule: &rule::WAY_OUT_OF_LAST_ACTION,
        check: ways_out_of_ends,
    },
    Lint {
        rule: &rule::UNKNOWN_BRANCH,
        check: unknown_branches,
    },
];

fn unknown_parameters(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for (n, action) in context.flow.actions.iter().enumerate() {
        let Some(facts) = catalogue::entry(&action.kind) else {
            continue;
        };
        for name in action.parameters.keys() {
            if facts.parameter(name).is_none() {
                unknown_parameter(n, name, facts, report);
            }
        }
    }
}

fn unknown_parameter(n: usize, name: &str, facts: &catalogue::Entry, report: &mut Report<'_, '_>) {
    let place = Place::Parameter(n, name);
    if !refusal::is_in_json(&report.span(place)) {
        return;
    }
    let kind = &facts.kind;
    let known = || {
        let names = facts.parameters.iter().map(|it| it.name.as_str());
        names.filter(|it| !it.contains('.'))
    };
    let headline = format!("unknown parameter `{name}`");
    let label = format!("no parameter `{name}` of `{kind}` is known");
    let diag = report.at(place, headline, label);
    match suggest::nearest(name, known()) {
        Some(near) => {
            diag.severity = Severity::Error;
            diag.help = Some(format!("a parameter with a similar name exists: `{near}`"));
        }
        None if known().next().is_none() => {
            let note = format!("`{kind}` is not known to have parameters");
            diag.notes.push(note);
        }
        None => {
            let note = format!("what is known: {}", suggest::listed(known()));
            diag.notes.push(note);
        }
    }
}

fn unknown_types(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for (n, action) in context.flow.actions.iter().enumerate() {
        let is_known = catalogue::entry(&action.kind).is_some();
        if is_known || !refusal::is_in_json(&report.span(Place::Type(n))) {
            continue;
        }
        let kind = action.kind.as_str();
        let near = suggest::nearest(kind, catalogue::entries().map(|it| it.kind.as_str()));
        let headline = format!("unknown action type `{kind}`");
        let label = format!("no action type `{kind}` is known");
        let diag = report.at(Place::Type(n), headline, label);
        match near {
            Some(near) => {
                diag.severity = Severity::Error;
                diag.help = Some(format!("a type with a similar name exists: `{near}`"));
            }
            None => diag
                .notes
                .push("the action goes to Connect as it is".to_owned()),
        }
    }
}

fn unknown_targets(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let mut refusals = context.refusals();
    if refusals.any(|(_, it)| it == Refusal::UnknownStart)
        && !context.subject.places.has_error_at(None)
    {
        let start = context.flow.start.as_str();
        unknown_target(
            context,
            Place::Start,
            "start action that does not exist",
            start,
            report,
        );
    }
    for refused in refusal::of_actions(context) {
        let Refusal::UnknownTarget(way) = refused.refusal else {
            continue;
        };
        let (n, ways) = (refused.n, &refused.action.transitions);
        let target = match way {
            Way::Next => ways.next.as_ref().map(|it| (Place::Next(n), it)),
            Way::Condition(at) => {
                let condition = ways.conditions.get(at);
                condition.map(|it| (Place::Condition(n, at), &it.next))
            }
            Way::Error(at) => {
                let branch = ways.errors.get(at);
                branch.map(|it| (Place::Error(n, &it.error), &it.next))
            }
        };
        if let Some((place, id)) = target {
            let headline = "transition to an action that does not exist";
            unknown_target(context, place, headline, id.as_str(), report);
        }
    }
}

fn unknown_target(
    context: &Context<'_>,
    place: Place<'_>,
    headline: &str,
    id: &str,
    report: &mut Report<'_, '_>,
) {
    let known = context.flow.actions.iter().map(|it| it.id.as_str());
    let near = suggest::nearest(id, known);
    let label = format!("no action `{id}` in `{}`", context.subject.name);
    report.at(place, headline, label).help =
        near.map(|near| format!("an action with a similar name exists: `{near}`"));
}

fn missing_ways_out(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for refused in refusal::of_actions(context) {
        if refused.refusal == Refusal::MissingNext {
            let action = refused.action;
            let target = refusal::likely_target(action);
            let headline = format!("action `{}` leads nowhere", action.id);
            let label = format!("`{}` needs a `NextAction`", action.kind);
            let help = if refusal::is_in_json(&report.span(Place::Action(refused.n))) {
                format!("add `\"NextAction\": \"{target}\"` to `Transitions`")
            } else {
                format!("add `next: {target}`")
            };
            report.at(Place::Type(refused.n), headline, label).help = Some(help);
        }
    }
}

fn ways_out_of_ends(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for refused in refusal::of_actions(context) {
        if refused.refusal != Refusal::WayOutOfEnd {
            continue;
        }
        let (n, action) = (refused.n, refused.action);
        let ways = &action.transitions;
        let condition = ways.conditions.first().map(|_| Place::Condition(n, 0));
        let error = ways.errors.first().map(|it| Place::Error(n, &it.error));
        let next = ways.next.as_ref().map(|_| Place::Next(n));
        let place = next.or(condition).or(error).unwrap_or(Place::Type(n));
        let headline = format!("transition out of `{}`", action.kind);
        let label = "nothing comes after the action that ends the flow";
        report.at(place, headline, label).help = Some("write `\"Transitions\": {}`".to_owned());
    }
}

fn unknown_branches(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for refused in refusal::of_actions(context) {
        let Refusal::UnknownError(error) = refused.refusal else {
            continue;
        };
        let action = refused.action;
        let Some(facts) = catalogue::entry(&action.kind) else {
            continue;
        };
        let of_type = facts.errors.iter().find(|it| it.name == error);
        let headline = format!("action `{}` has no error `{error}`", action.id);
        let label = match of_type {
            Some(_) => format!("`{}` has none with these parameters", action.kind),
            None => format!("`{}` never fails in this way", action.kind),
        };
        let fits = |it: &&catalogue::ErrorFact| !it.is_refused(&action.parameters);
        let known = || facts.errors.iter().filter(fits).map(|it| it.name.as_str());
        let help = match suggest::nearest(error, known()) {
            Some(near) => format!("an error with a similar name exists: `{near}`"),
            None if known().next().is_none() => format!("`{}` has no errors", action.kind),
            None => format!("the errors are {}", suggest::listed(known())),
        };
        report
            .at(Place::Error(refused.n, error), headline, label)
            .help = Some(help);
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::found;

    #[test]
    fn transitions_and_start_of_flow_json_are_looked_at() {
        let text = r#"{
  "Version": "2019-10-30",
  "StartAction": "nowhere",
  "Actions": [
    {
      "Parameters": { "Text": "Hello" },
      "Identifier": "greet",
      "Type": "MessageParticipant",
      "Transitions": {
        "NextAction": "bye",
        "Errors": [{ "NextAction": "bey", "ErrorType": "NoMatchingError" }]
      }
    },
    { "Parameters": {}, "Identifier": "bye", "Type": "DisconnectParticipant", "Transitions": {} }
  ]
}"#;
        let expected = [
            "3:18 start action that does not exist",
            "11:36 transition to an action that does not exist",
        ];
        assert_eq!(found("F003", text), expected);
    }
}
