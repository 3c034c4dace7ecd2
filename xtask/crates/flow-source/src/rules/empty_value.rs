//! C011: an empty text where the service takes none.

use flow::diagnostic::Severity;

use super::Rule;
use super::illegal_value::is_empty;
use crate::lint::refusal::{self, Refusal};
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C011",
    name: "empty-value",
    severity: Severity::Error,
    finds: "an empty text in a parameter, at any depth",
    why: "\
Connect takes no empty text, neither as a parameter nor inside a map or list: `Empty value in \
Parameters.Attributes`. A single space is taken. The inputs of a view are an exception.

Leave the key out, or write a space. Exports that were cleared of ids before they were shared have \
empty texts where a queue or a flow is named; those are warnings.",
    bad: r#"{
  "Version": "2019-10-30",
  "StartAction": "tier",
  "Actions": [
    {
      "Parameters": { "Attributes": { "tier": "" } },
      "Identifier": "tier",
      "Type": "UpdateContactAttributes",
      "Transitions": {
        "NextAction": "bye",
        "Errors": [{ "NextAction": "bye", "ErrorType": "NoMatchingError" }]
      }
    },
    { "Parameters": {}, "Identifier": "bye", "Type": "DisconnectParticipant", "Transitions": {} }
  ]
}
"#,
    good: r#"{
  "Version": "2019-10-30",
  "StartAction": "tier",
  "Actions": [
    {
      "Parameters": { "Attributes": { "tier": "none" } },
      "Identifier": "tier",
      "Type": "UpdateContactAttributes",
      "Transitions": {
        "NextAction": "bye",
        "Errors": [{ "NextAction": "bye", "ErrorType": "NoMatchingError" }]
      }
    },
    { "Parameters": {}, "Identifier": "bye", "Type": "DisconnectParticipant", "Transitions": {} }
  ]
}
"#,
};

/// Parameters that name what lives on an instance; exports are cleared of these.
const RESOURCES: [&str; 5] = [
    "QueueId",
    "HoursOfOperationId",
    "ContactFlowId",
    "LexV2Bot",
    "Messages",
];

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let mut last = None;
    for refused in refusal::of_actions(context) {
        let Refusal::IllegalValue(path) = refused.refusal else {
            continue;
        };
        let outer = path.split('.').next().unwrap_or(path);
        // A refusal of the part comes beside one of the whole.
        let is_new = last.replace((refused.n, outer)) != Some((refused.n, outer));
        if !is_new || !is_empty(&refused.action.parameters, path) {
            continue;
        }
        let headline = format!("empty text in `{path}`");
        let is_resource = RESOURCES.contains(&outer);
        let label = if is_resource {
            "nothing is named here"
        } else {
            "Connect takes no empty text"
        };
        let diag = report.at(Place::Parameter(refused.n, path), headline, label);
        if is_resource {
            diag.severity = Severity::Warning;
        } else {
            diag.help = Some("leave it out, or write a space".to_owned());
        }
    }
}
