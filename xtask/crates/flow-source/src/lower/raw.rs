//! Any action of the Flow language in its own terms: `type`, `parameters`, `next`, `conditions`
//! and `errors`.
//!
//! Types and parameters that nobody here knows are kept: Connect grows faster than any catalogue.
//! What looks like a slip of the hand in a known one is an error all the same.

use flow::catalogue::{self, Confidence, Entry as Facts, Next};
use flow::model::{Action, ActionKind, ErrorBranch, Omitted};
use flow::value::{Map, RefKind};

use super::exits::Exits;
use super::{Lowering, Place};
use crate::rule;
use crate::suggest;
use crate::yaml::{Kind, Node, Scalar};

/// The parameters in which the console keeps JSON types instead of writing text.
const JSON_PARAMETERS: [(&str, &str); 3] = [
    ("ShowView", "ViewData"),
    ("InvokeFlowModule", "Input"),
    ("EndFlowModuleExecution", "ResultData"),
];

/// Parameters that name something on the instance, by its name or by a path to its id.
const REFERENCES: [(&str, RefKind); 7] = [
    ("ContactFlowId", RefKind::Flow),
    ("ContactFlowArn", RefKind::Flow),
    ("FlowModuleId", RefKind::Module),
    ("HoursOfOperationId", RefKind::Hours),
    ("LambdaFunctionARN", RefKind::Lambda),
    ("PromptId", RefKind::Prompt),
    ("QueueId", RefKind::Queue),
];

impl<'a> Lowering<'a> {
    pub(super) fn raw(&mut self, place: &Place<'_>, body: &'a Node, mut exits: Exits<'a>) {
        let Some(kind) = self.word(body, "the type") else {
            return;
        };
        if kind.text.is_empty() {
            let label = "the type of an action is expected here";
            self.error_at(&rule::EMPTY_TEXT, kind, "the type is empty", label);
            return;
        }
        let facts = self.facts(body, &kind.text);
        let mut action = Action::new(place.id(""), kind.text.as_str());
        if let Some(entry) = exits.rest.take("parameters") {
            action.parameters = self.raw_parameters(&entry.value, &kind.text, facts);
        }
        let is_last = facts.is_some_and(Facts::is_terminal);
        if is_last {
            self.no_way_out(place, &mut exits);
        } else {
            let is_needed = facts.is_some_and(|it| it.next != Next::Optional);
            action.transitions.next = match exits.next {
                Some(next) => self.target(next),
                None if is_needed => self.next(place, &exits),
                None => None,
            };
            if let Some(entry) = exits.rest.take("conditions") {
                action.transitions.conditions = self.conditions(&entry.value);
            }
            if let Some(entry) = exits.rest.take("errors") {
                action.transitions.errors = self.errors(&entry.value, facts);
            }
            self.no_short_branches(&mut exits);
            let has_none = action.transitions.targets().next().is_none();
            action.omitted = Omitted {
                conditions: has_none,
                errors: has_none,
                ..Omitted::default()
            };
        }
        self.no_more(place, exits);
        self.add(place, action);
    }

    /// Branches as the short forms have them.
    fn no_short_branches(&mut self, exits: &mut Exits<'a>) {
        let on = std::mem::take(&mut exits.on);
        for entry in on.rest() {
            let headline = format!("branch `{}` of an action in its own terms", entry.key.text);
            let label = "`on` is for the short forms";
            self.error_at(&rule::UNKNOWN_BRANCH, &entry.key, headline, label)
                .help = Some("write `errors: { NoMatchingError: <action> }`".to_owned());
        }
    }

    fn facts(&mut self, body: &Node, kind: &str) -> Option<&'static Facts> {
        let facts = catalogue::entry(&ActionKind::new(kind));
        if facts.is_none() {
            let known = catalogue::entries().map(|it| it.kind.as_str());
            let near = suggest::nearest(kind, known);
            let headline = format!("unknown action type `{kind}`");
            let label = format!("no action type `{kind}` is known");
            let diag = rule::UNKNOWN_ACTION.warning(headline, self.node_span(body), label);
            self.report(match near {
                Some(near) => diag
                    .with_severity(flow::diagnostic::Severity::Error)
                    .with_help(format!("a type with a similar name exists: `{near}`")),
                None => diag.with_note("the action goes to Connect as it is"),
            });
        }
        facts
    }

    fn raw_parameters(&mut self, node: &'a Node, kind: &str, facts: Option<&Facts>) -> Map {
        let Kind::Map(entries) = &node.kind else {
            let label = format!("a map is expected here, this is {}", node.described());
            self.error(
                &rule::UNEXPECTED_SHAPE,
                node,
                "`parameters` is not a map",
                label,
            );
            return Map::new();
        };
        let mut parameters = Map::new();
        for entry in entries {
            let name = entry.key.text.as_str();
            self.literal_key(&entry.key);
            let fact = facts.and_then(|facts| facts.parameter(name));
            if let (Some(facts), None) = (facts, fact) {
                let known = facts.parameters.iter().map(|it| it.name.as_str());
                let near = suggest::nearest(name, known);
                let headline = format!("unknown parameter `{name}`");
                let label = format!("no parameter `{name}` of `{kind}` is known");
                let span = self.span(&entry.key);
                let diag = rule::UNKNOWN_CONNECT_PARAMETER.warning(headline, span, label);
                self.report(match near {
                    Some(near) => diag
                        .with_severity(flow::diagnostic::Severity::Error)
                        .with_help(format!("a parameter with a similar name exists: `{near}`")),
                    None if facts.parameters.is_empty() => {
                        diag.with_note(format!("`{kind}` is not known to have parameters"))
                    }
                    None => {
                        let known = facts.parameters.iter().map(|it| it.name.as_str());
                        diag.with_note(format!("what is known: {}", suggest::listed(known)))
                    }
                });
            }
            let known = fact.map(|it| it.values.as_slice()).unwrap_or_default();
            let json = JSON_PARAMETERS.contains(&(kind, name));
            let refers_to = REFERENCES.iter().find(|(parameter, _)| *parameter == name);
            let value = match (refers_to, &entry.value.kind) {
                (Some((_, kind)), Kind::Scalar(scalar)) if !scalar.text.is_empty() => {
                    self.reference(&entry.value, *kind)
                }
                _ => self.raw_value(&entry.value, known, json),
            };
            parameters.extend(value.map(|value| (name.to_owned(), value)));
        }
        parameters
    }

    fn errors(&mut self, node: &'a Node, facts: Option<&Facts>) -> Vec<ErrorBranch> {
        let Kind::Map(entries) = &node.kind else {
            let label = format!(
                "a map from error types to actions is expected here, this is {}",
                node.described()
            );
            self.error(
                &rule::UNEXPECTED_SHAPE,
                node,
                "`errors` is not a map",
                label,
            );
            return Vec::new();
        };
        let mut branches = Vec::new();
        for entry in entries {
            self.literal_key(&entry.key);
            self.known_error(&entry.key, facts);
            if let Some(next) = self.target(entry) {
                let error = entry.key.text.clone();
                branches.push(ErrorBranch { error, next });
            }
        }
        branches
    }

    /// Reports an error that an action of this type is known not to have.
    fn known_error(&mut self, name: &Scalar, facts: Option<&Facts>) {
        let Some(facts) = facts.filter(|it| it.confidence == Confidence::High) else {
            return;
        };
        let known = || facts.errors.iter().map(|it| it.name.as_str());
        if known().any(|it| it == name.text) {
            return;
        }
        let help = match suggest::nearest(&name.text, known()) {
            Some(near) => format!("an error with a similar name exists: `{near}`"),
            None if facts.errors.is_empty() => format!("`{}` has no errors", facts.kind),
            None => format!("the errors are {}", suggest::listed(known())),
        };
        let headline = format!("unknown error `{}`", name.text);
        let label = format!("`{}` has no error `{}`", facts.kind, name.text);
        self.error_at(&rule::UNKNOWN_BRANCH, name, headline, label)
            .help = Some(help);
    }
}
