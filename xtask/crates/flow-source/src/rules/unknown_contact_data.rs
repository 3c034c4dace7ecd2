//! R009: a reference to contact data that there is not.

use flow::diagnostic::Severity;
use flow::jsonpath::{self, Reference};
use flow::value::Value;

use super::Rule;
use crate::lint::refusal::Refusal;
use crate::lint::texts::Texts;
use crate::lint::values;
use crate::lint::{Context, Place, Report};
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    code: "R009",
    name: "unknown-contact-data",
    severity: Severity::Warning,
    finds: "a reference such as `$.Atributes.name` under a root that Connect does not have, or to a \
            system attribute that there is not",
    why: "\
Connect knows a fixed set of roots, in exactly this spelling: `$.Attributes`, `$.External`, `$.Channel` \
and so on. Where a parameter is one reference, an unknown root is refused; inside a text nobody \
complains, and the customer reads the reference itself or nothing.

Correct the spelling.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello $.attributes.name
    next: bye
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: Hello $.Attributes.name
    next: bye
  bye:
    disconnect: {}
",
};

/// What lies under the roots that hold nothing but system attributes; `*` stands for any name.
/// Roots that are not here hold what flows and Lambdas put there.
const SYSTEM: [(&str, &[&str]); 10] = [
    ("AdditionalEmailRecipients", &["ToList", "CcList"]),
    ("Agent", &["UserName", "FirstName", "LastName", "ARN"]),
    ("CustomerEndpoint", &["Address", "Type", "DisplayName"]),
    ("LambdaInvocation", &["ResultData", "InvocationId"]),
    (
        "Lex",
        &[
            "IntentName",
            "IntentConfidence",
            "Slots",
            "SessionAttributes",
            "DialogState",
            "SentimentResponse",
            "AlternativeIntents",
        ],
    ),
    ("Modules", &["Input", "Result", "ResultData"]),
    ("Queue", &["Name", "ARN", "OutboundCallerId"]),
    ("SystemEndpoint", &["Address", "Type", "DisplayName"]),
    ("Views", &["Action", "ViewResultData"]),
    ("Wisdom", &["SessionArn"]),
];

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for n in context.texts().with(Texts::REFERENCE) {
        let action = &context.flow.actions[n];
        values::each_text(&action.parameters, |path, text| {
            for reference in jsonpath::references(text) {
                if let Some(fault) = fault(&reference, path.outer.is_some()) {
                    let path = path.to_string();
                    if !is_refused(context, n, &path) {
                        fault.report(Place::Parameter(n, &path), report);
                    }
                }
            }
        });
        for (at, condition) in action.transitions.conditions.iter().enumerate() {
            let texts = condition.operands.iter().filter_map(Value::as_text);
            for reference in texts.filter_map(jsonpath::whole) {
                if let Some(fault) = fault(&reference, false) {
                    fault.report(Place::Condition(n, at), report);
                }
            }
        }
    }
}

/// Whether the service refuses the parameter, of which another rule speaks.
fn is_refused(context: &Context<'_>, n: usize, path: &str) -> bool {
    let mut refusals = context.refusals();
    refusals.any(|(it, refusal)| it.action == Some(n) && refusal == Refusal::IllegalValue(path))
}

/// What is wrong with a reference.
enum Fault<'a> {
    Root(&'a str),
    Leaf {
        root: &'static str,
        leaf: &'a str,
        known: &'static [&'static str],
    },
    Bare(&'a str),
}

/// Inside a map a Lambda or a view may well take everything under a root.
fn fault<'a>(reference: &Reference<'a>, is_in_map: bool) -> Option<Fault<'a>> {
    let root = reference.root;
    let Some(leaf) = reference.key() else {
        return match jsonpath::is_root(root) {
            false => Some(Fault::Root(root)),
            true => (!is_in_map && !reference.leads_to_a_value()).then_some(Fault::Bare(root)),
        };
    };
    match SYSTEM.iter().find(|(it, _)| *it == root) {
        Some((root, known)) => {
            (!known.contains(&leaf)).then_some(Fault::Leaf { root, leaf, known })
        }
        None => (!jsonpath::is_root(root)).then_some(Fault::Root(root)),
    }
}

impl Fault<'_> {
    fn report(&self, place: Place<'_>, report: &mut Report<'_, '_>) {
        match self {
            Fault::Root(root) => {
                let headline = format!("unknown contact data `$.{root}`");
                let label = format!("Connect has nothing called `$.{root}`");
                let diag = report.at(place, headline, label);
                diag.help = Some(match suggest::nearest(root, jsonpath::roots()) {
                    Some(near) => format!("write `$.{near}`"),
                    None => format!("an attribute of the contact is `$.Attributes.{root}`"),
                });
            }
            Fault::Leaf { root, leaf, known } => {
                let headline = format!("unknown contact data `$.{root}.{leaf}`");
                let label = format!("`$.{root}` has no `{leaf}`");
                let diag = report.at(place, headline, label);
                let known = || known.iter().copied();
                diag.help = Some(match suggest::nearest(leaf, known()) {
                    Some(near) => format!("write `$.{root}.{near}`"),
                    None => format!("`$.{root}` has {}", suggest::listed(known())),
                });
            }
            Fault::Bare(root) => {
                let headline = format!("`$.{root}` is no value");
                let label = "it holds values and is none itself";
                report.at(place, headline, label).help =
                    Some(format!("name what is meant, such as `$.{root}.<name>`"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of_fault(reference: &str) -> &'static str {
        let reference = jsonpath::whole(reference).expect("a reference");
        match fault(&reference, false) {
            None => "none",
            Some(Fault::Root(_)) => "root",
            Some(Fault::Leaf { .. }) => "leaf",
            Some(Fault::Bare(_)) => "bare",
        }
    }

    #[test]
    fn only_what_connect_does_not_have_is_a_fault() {
        for (reference, expected) in [
            ("$.Attributes.whatever", "none"),
            ("$.Attributes['a key']", "none"),
            ("$.Attributes.['a key']", "none"),
            ("$.External.a.b", "none"),
            ("$.Channel", "none"),
            ("$.Tags", "none"),
            ("$.Queue.OutboundCallerId.Address", "none"),
            ("$.Lex.Slots.city", "none"),
            ("$.Modules.ResultData.x", "none"),
            ("$.attributes.name", "root"),
            ("$.CustomerNumber", "root"),
            ("$.Queue.name", "leaf"),
            ("$.CustomerEndpoint.Number", "leaf"),
            ("$.External", "bare"),
        ] {
            assert_eq!(kind_of_fault(reference), expected, "{reference}");
        }
    }
}
