//! How a check says what it found.

use std::fmt;

use flow::diagnostic::{Diagnostic, Severity, Span};

use super::Subject;
use crate::rules::Rule;

/// A part of a flow. Actions are named by their place in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// The flow as a whole: where the sources name it.
    Flow,
    Start,
    Action(usize),
    Type(usize),
    /// A parameter, with dots for those inside others: `LexV2Bot.AliasArn`.
    Parameter(usize, &'a str),
    Next(usize),
    /// The condition with this number.
    Condition(usize, usize),
    /// The error branch of this name.
    Error(usize, &'a str),
}

impl Place<'_> {
    /// The number of the action that it is or lies in.
    fn action(self) -> Option<usize> {
        match self {
            Place::Flow | Place::Start => None,
            Place::Action(n)
            | Place::Type(n)
            | Place::Parameter(n, _)
            | Place::Next(n)
            | Place::Condition(n, _)
            | Place::Error(n, _) => Some(n),
        }
    }
}

impl fmt::Display for Place<'_> {
    /// The part of an action, or of the flow, without the action: `TimeLimitSeconds`, `next`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Flow | Place::Action(_) => Ok(()),
            Place::Start => f.write_str("start"),
            Place::Type(_) => f.write_str("type"),
            Place::Parameter(_, path) => f.write_str(path),
            Place::Next(_) => f.write_str("next"),
            Place::Condition(_, number) => write!(f, "condition {}", number + 1),
            Place::Error(_, name) => f.write_str(name),
        }
    }
}

/// The findings about one flow, each with the number of the action it is about and the part of it.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) diags: Vec<Diagnostic>,
    pub(super) actions: Vec<Option<usize>>,
    pub(super) parts: Vec<String>,
}

/// Takes the findings of one rule about one flow.
pub(crate) struct Report<'a, 'd> {
    subject: &'a Subject<'a>,
    rule: &'static Rule,
    findings: &'d mut Findings,
}

impl<'a, 'd> Report<'a, 'd> {
    pub(super) fn new(
        subject: &'a Subject<'a>,
        rule: &'static Rule,
        findings: &'d mut Findings,
    ) -> Self {
        Self {
            subject,
            rule,
            findings,
        }
    }

    /// Reports a finding; notes, help and a second place can be added to what is returned.
    pub(crate) fn at(
        &mut self,
        place: Place<'_>,
        headline: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Diagnostic {
        let span = self.span(place);
        let remark = self.subject.places.remark(self.subject.flow, &place);
        let label = match remark {
            Some(remark) => format!("{}; {remark}", label.into()),
            None => label.into(),
        };
        let mut diag = self.rule.found(headline, span, label);
        let uses = place.action().map(|n| self.subject.places.used_at(n));
        diag.labels.extend_from_slice(uses.unwrap_or_default());
        self.findings.diags.push(diag);
        self.findings.actions.push(place.action());
        self.findings.parts.push(place.to_string());
        self.findings.diags.last_mut().expect("pushed above")
    }

    /// Whether an error was found in an action already, by another rule or when the sources were
    /// read; or for what is about no action, any error at all.
    pub(crate) fn has_error_at(&self, action: Option<usize>) -> bool {
        let findings = self.findings.diags.iter().zip(&self.findings.actions);
        let mut errors = findings
            .filter(|(diag, _)| diag.severity == Severity::Error && diag.code != self.rule.code);
        match action {
            Some(_) => {
                errors.any(|(_, at)| *at == action) || self.subject.places.has_error_at(action)
            }
            None => errors.next().is_some() || self.subject.places.has_error_at(None),
        }
    }

    /// Where a place is written, for second labels.
    pub(crate) fn span(&self, place: Place<'_>) -> Span {
        self.subject.places.span(self.subject.flow, &place)
    }
}
