//! C010: a value that a parameter does not take.

use flow::catalogue::{self, Mode, Parameter, ParameterKind};
use flow::diagnostic::{Diagnostic, Severity};
use flow::jsonpath;
use flow::value::{Map, Value};

use super::Rule;
use crate::lint::refusal::{self, Refusal, Refused};
use crate::lint::{Context, Place, Report};
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    code: "C010",
    name: "illegal-value",
    severity: Severity::Error,
    finds: "a parameter with a value that it does not take: outside its list or range, of another \
            shape, a reference where a literal has to stand, or the reverse",
    why: "\
Connect checks the parameters of the actions it knows when a flow is published, down to the case of \
the letters: `Invalid Action property value`. Ranges and lists are from the catalogue of action types.",
    bad: "\
flow: example
start: look_up
actions:
  look_up:
    type: InvokeLambdaFunction
    parameters: { LambdaFunctionARN: lookup, InvocationTimeLimitSeconds: \"20\" }
    next: bye
    errors: { NoMatchingError: bye }
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: look_up
actions:
  look_up:
    type: InvokeLambdaFunction
    parameters: { LambdaFunctionARN: lookup, InvocationTimeLimitSeconds: \"8\" }
    next: bye
    errors: { NoMatchingError: bye }
  bye:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for refused in refusal::of_actions(context) {
        let Refusal::IllegalValue(path) = refused.refusal else {
            continue;
        };
        if !is_empty(&refused.action.parameters, path) {
            found(&refused, path, report);
        }
    }
}

/// Whether what is refused is an empty text, of which another rule speaks.
pub(super) fn is_empty(parameters: &Map, path: &str) -> bool {
    catalogue::parameter(parameters, path).is_some_and(has_empty_text)
}

fn has_empty_text(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.iter().any(has_empty_text),
        Value::Map(map) => map.values().any(has_empty_text),
        _ => false,
    }
}

fn found(refused: &Refused<'_>, path: &str, report: &mut Report<'_, '_>) {
    let action = refused.action;
    let value = catalogue::parameter(&action.parameters, path);
    let facts = catalogue::entry(&action.kind).and_then(|it| it.parameter(path));
    let place = Place::Parameter(refused.n, path);
    let (Some(value), Some(facts)) = (value, facts) else {
        let headline = format!("`{path}` has a value that Connect refuses");
        report.at(place, headline, format!("a parameter of `{}`", action.kind));
        return;
    };
    match value {
        Value::Text(text) if jsonpath::is_reference(text) => reference(place, text, facts, report),
        Value::Text(text) if facts.mode == Mode::Path => {
            let headline = format!("`{path}` is not a reference");
            let label = format!("`{text}` is the same for every contact");
            report.at(place, headline, label).help = Some(
                "write a reference to the contact's data, such as `$.Attributes.name`".to_owned(),
            );
        }
        Value::Text(text) => literal(place, text, facts, report),
        _ => {
            let headline = format!("`{path}` has a value that it does not take");
            let label = described(value);
            report.at(place, headline, label).help = taken(facts);
        }
    }
}

fn reference(place: Place<'_>, text: &str, facts: &Parameter, report: &mut Report<'_, '_>) {
    let name = &facts.name;
    if facts.mode == Mode::Static {
        let headline = format!("`{name}` takes no reference");
        let label = "it is the same for every contact";
        report.at(place, headline, label).help = Some("write the value itself".to_owned());
        return;
    }
    let headline = format!("`{text}` leads to no value");
    let root = jsonpath::whole(text).map(|it| it.root);
    let Some(root) = root.filter(|it| !jsonpath::is_root(it)) else {
        report.at(place, headline, "nothing is named in it").help =
            Some("name what is meant, such as `$.External.name`".to_owned());
        return;
    };
    let near = suggest::nearest(root, jsonpath::roots());
    let diag = report.at(
        place,
        headline,
        format!("Connect has nothing called `$.{root}`"),
    );
    diag.help = Some(match near {
        Some(near) => format!("write `$.{near}`"),
        None => format!("an attribute of the contact is `$.Attributes.{root}`"),
    });
}

fn literal(place: Place<'_>, text: &str, facts: &Parameter, report: &mut Report<'_, '_>) {
    let name = &facts.name;
    let (headline, label) = match (facts.kind, facts.range) {
        (ParameterKind::Integer, Some((least, greatest))) => {
            let is_number = text.parse::<i64>().is_ok();
            let headline = if is_number {
                format!("`{name}` is out of range")
            } else {
                format!("`{name}` is not a whole number")
            };
            (
                headline,
                format!("it takes {least} to {greatest}, this is `{text}`"),
            )
        }
        (ParameterKind::Integer, None) => (
            format!("`{name}` is not a whole number"),
            format!("this is `{text}`"),
        ),
        _ => (
            format!("`{name}` has a value that it does not take"),
            format!("`{text}` is none of its values"),
        ),
    };
    let help = help(text, facts);
    let diag: &mut Diagnostic = report.at(place, headline, label);
    diag.help = help;
}

fn help(text: &str, facts: &Parameter) -> Option<String> {
    let near = suggest::nearest(text, facts.values.iter().map(String::as_str));
    match near {
        Some(near) => Some(format!("write `{near}`")),
        None if facts.kind == ParameterKind::Integer => None,
        None => taken(facts),
    }
}

/// What a value is, in a few words.
fn described(value: &Value) -> String {
    match value {
        Value::List(items) => format!("this is a list of {}", items.len()),
        Value::Map(map) => format!("this is a map of {}", map.len()),
        Value::Number(number) => format!("this is {number}"),
        Value::Null => "this is null".to_owned(),
        _ => "this is a text".to_owned(),
    }
}

/// What a parameter takes, where it is known.
fn taken(facts: &Parameter) -> Option<String> {
    let name = &facts.name;
    let values = || suggest::listed(facts.values.iter().map(String::as_str));
    let has_values = !facts.values.is_empty();
    Some(match (facts.kind, facts.range) {
        (ParameterKind::List, Some((1, 1))) if has_values => {
            format!("`{name}` takes a list with one of {}", values())
        }
        (ParameterKind::List, _) if has_values => {
            format!("`{name}` takes a list with items of {}", values())
        }
        (ParameterKind::List, Some((least, greatest))) if greatest < i64::MAX => {
            format!("`{name}` takes a list of {least} to {greatest}")
        }
        (ParameterKind::List, _) => format!("`{name}` takes a list"),
        (ParameterKind::Map, _) if has_values => {
            format!("`{name}` takes a map with the keys {}", values())
        }
        (ParameterKind::Map, Some((least, greatest))) if greatest < i64::MAX => {
            format!("`{name}` takes a map of {least} to {greatest}")
        }
        (ParameterKind::Map | ParameterKind::Object, _) => format!("`{name}` takes a map"),
        (ParameterKind::Integer, Some((least, greatest))) => {
            format!("`{name}` takes a whole number from {least} to {greatest}")
        }
        _ if has_values => format!("`{name}` takes {}", values()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::findings;

    /// What is found about one parameter of an action: headline, label and help.
    fn finding(kind: &str, name: &str, value: &str) -> String {
        let text = format!(
            r#"{{"Version": "2019-10-30", "StartAction": "a", "Actions": [
            {{"Parameters": {{"{name}": {value}}}, "Identifier": "a", "Type": "{kind}",
              "Transitions": {{"NextAction": "b"}}}},
            {{"Parameters": {{}}, "Identifier": "b", "Type": "DisconnectParticipant", "Transitions": {{}}}}]}}"#
        );
        let found = findings(&text);
        let found = found.iter().filter(|it| it.code == "C010");
        let parts = found.map(|it| {
            let help = it.help.as_deref().unwrap_or_default();
            format!("{} | {} | {help}", it.headline, it.labels[0].text)
        });
        parts.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_literal_is_compared_with_what_is_known() {
        let logging = |value| finding("UpdateFlowLoggingBehavior", "FlowLoggingBehavior", value);
        let expected = "`FlowLoggingBehavior` has a value that it does not take | `enabled` is none of \
                        its values | write `Enabled`";
        assert_eq!(logging("\"enabled\""), expected);
        assert_eq!(logging("\"Enabled\""), "");
        let expected = "`FlowLoggingBehavior` has a value that it does not take | this is a list of 1 | \
                        `FlowLoggingBehavior` takes `Enabled` and `Disabled`";
        assert_eq!(logging("[\"Enabled\"]"), expected);
        let wait = |value| finding("Wait", "TimeLimitSeconds", value);
        let expected =
            "`TimeLimitSeconds` is out of range | it takes 1 to 604800, this is `604801` | ";
        assert_eq!(wait("\"604801\""), expected);
        let expected =
            "`TimeLimitSeconds` is not a whole number | it takes 1 to 604800, this is `5m` | ";
        assert_eq!(wait("\"5m\""), expected);
    }

    #[test]
    fn a_reference_stands_where_one_is_taken_and_leads_to_a_value() {
        let logging = |value| finding("UpdateFlowLoggingBehavior", "FlowLoggingBehavior", value);
        let expected = "`FlowLoggingBehavior` takes no reference | it is the same for every contact | \
                        write the value itself";
        assert_eq!(logging("\"$.Attributes.x\""), expected);
        let number = |value| finding("UpdateContactCallbackNumber", "CallbackNumber", value);
        let expected = "`CallbackNumber` is not a reference | `123` is the same for every contact | \
                        write a reference to the contact's data, such as `$.Attributes.name`";
        assert_eq!(number("\"123\""), expected);
        let queue = |value| finding("UpdateContactTargetQueue", "QueueId", value);
        let expected = "`$.Atributes.queue` leads to no value | Connect has nothing called \
                        `$.Atributes` | write `$.Attributes`";
        assert_eq!(queue("\"$.Atributes.queue\""), expected);
        let expected = "`$.External` leads to no value | nothing is named in it | name what is meant, \
                        such as `$.External.name`";
        assert_eq!(queue("\"$.External\""), expected);
        assert_eq!(queue("\"$.Attributes.queue\""), "");
    }
}
