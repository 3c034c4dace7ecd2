//! Any action of the Flow language in its own terms: `type`, `parameters`, `next`, `conditions`
//! and `errors`; `extra` and `extra_transitions` for keys that the language does not have.
//!
//! Types and parameters that nobody here knows are kept: Connect grows faster than any catalogue.
//! What looks like a slip of the hand in a known one is an error all the same.

use flow::catalogue::{self, Confidence, Entry as Facts, Next};
use flow::model::{Action, ActionKind, ErrorBranch, Omitted};
use flow::value::{Map, RefKind, Value};

use super::exits::Exits;
use super::{Lowering, Place};
use crate::forms::Terms;
use crate::rule;
use crate::suggest;
use crate::yaml::{Entry, Kind, Node, Scalar};

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
    pub(super) fn raw(&mut self, place: &Place<'_>, body: &'a Node, exits: &Exits<'a>) {
        let Some(kind) = self.word(body, "the type") else {
            return;
        };
        if kind.text.is_empty() {
            let label = "the type of an action is expected here";
            self.error_at(&rule::EMPTY_TEXT, kind, "the type is empty", label);
        }
        let facts = match kind.text.as_str() {
            "" => None,
            kind => self.facts(body, kind),
        };
        let mut action = Action::new(place.id(""), kind.text.as_str());
        if let Some(entry) = exits.beside.get("parameters") {
            action.parameters = self.raw_parameters(&entry.value, &kind.text, facts);
        }
        self.raw_ways(place, &mut action, exits, facts);
        if let Some(entry) = exits.beside.get("extra") {
            action.extra = self.unknown_keys(entry);
        }
        self.add(place, action);
    }

    /// Where the action leads; what cannot be is reported and kept.
    fn raw_ways(
        &mut self,
        place: &Place<'_>,
        action: &mut Action,
        exits: &Exits<'a>,
        facts: Option<&Facts>,
    ) {
        let is_last = facts.is_some_and(Facts::is_terminal);
        if is_last {
            self.ways_out_of_last(place, exits);
        }
        let is_needed = facts.is_some_and(|it| !matches!(it.next, Next::Optional | Next::None));
        let ways = &mut action.transitions;
        ways.next = match exits.next {
            Some(next) => self.target(next),
            None if is_needed => self.next(place, exits),
            None => None,
        };
        if let Some(entry) = exits.beside.get("conditions") {
            ways.conditions = self.conditions(&entry.value, Terms::Raw);
        }
        if let Some(entry) = exits.beside.get("errors") {
            let facts = facts.filter(|_| !is_last);
            ways.errors = self.errors(&entry.value, facts);
        }
        if let Some(entry) = exits.beside.get("extra_transitions") {
            ways.extra = self.unknown_keys(entry);
        }
        if !is_last {
            self.no_short_branches(exits);
        }
        let has_none = ways.targets().next().is_none();
        action.omitted = Omitted {
            conditions: has_none,
            errors: has_none,
            ..Omitted::default()
        };
    }

    /// Keys that the Flow language does not have, with values as JSON has them.
    fn unknown_keys(&mut self, entry: &'a Entry) -> Map {
        match self.raw_value(&entry.value, &[], true) {
            Some(Value::Map(keys)) => keys,
            _ => {
                let headline = format!("`{}` is not a map", entry.key.text);
                let described = entry.value.described();
                let label = format!("a map is expected here, this is {described}");
                self.error(&rule::UNEXPECTED_SHAPE, &entry.value, headline, label);
                Map::new()
            }
        }
    }

    /// Branches as the short forms have them.
    fn no_short_branches(&mut self, exits: &Exits<'a>) {
        for entry in exits.on.iter() {
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
                (Some((_, kind)), Kind::Scalar(scalar)) if is_name(scalar) => self
                    .reference(&entry.value, *kind)
                    .or_else(|| Some(Value::text(scalar.text.as_str()))),
                _ => self.raw_value(&entry.value, known, json),
            };
            parameters.extend(value.map(|value| (name.to_owned(), value)));
        }
        parameters
    }

    /// Errors as a map to actions, or as a list should one stand twice.
    fn errors(&mut self, node: &'a Node, facts: Option<&Facts>) -> Vec<ErrorBranch> {
        match &node.kind {
            Kind::Map(entries) => entries
                .iter()
                .filter_map(|entry| {
                    self.literal_key(&entry.key);
                    self.error_branch(&entry.key, entry, facts)
                })
                .collect(),
            Kind::List(items) => items
                .iter()
                .filter_map(|item| self.listed_error(item, facts))
                .collect(),
            Kind::Scalar(_) => {
                let described = node.described();
                let label = format!(
                    "a map from error types to actions is expected here, this is {described}"
                );
                let headline = "`errors` is not a map";
                self.error(&rule::UNEXPECTED_SHAPE, node, headline, label);
                Vec::new()
            }
        }
    }

    fn listed_error(&mut self, item: &'a Node, facts: Option<&Facts>) -> Option<ErrorBranch> {
        let mut fields = self.fields(item, "an error branch")?;
        let (error, next) = (fields.take("error"), fields.take("next"));
        self.no_more_keys(fields, "an error branch");
        let (Some(error), Some(next)) = (error, next) else {
            let headline = "error branch that is incomplete";
            let label = "`error` and `next` are expected here";
            self.error(&rule::MISSING_KEY, item, headline, label);
            return None;
        };
        let error = self.word(&error.value, "the error")?;
        self.error_branch(error, next, facts)
    }

    fn error_branch(
        &mut self,
        error: &Scalar,
        next: &Entry,
        facts: Option<&Facts>,
    ) -> Option<ErrorBranch> {
        self.known_error(error, facts);
        Some(ErrorBranch {
            next: self.target(next)?,
            error: error.text.clone(),
        })
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

/// Whether a scalar is to be looked up, and not a value as it stands.
fn is_name(scalar: &Scalar) -> bool {
    !scalar.is_json && !scalar.text.is_empty() && !scalar.is_null()
}
