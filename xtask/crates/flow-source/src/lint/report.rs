//! How a check says what it found.

use flow::diagnostic::{Diagnostic, Span};

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

/// Takes the findings of one rule about one flow.
pub(crate) struct Report<'a, 'd> {
    subject: &'a Subject<'a>,
    rule: &'static Rule,
    diags: &'d mut Vec<Diagnostic>,
}

impl<'a, 'd> Report<'a, 'd> {
    pub(super) fn new(
        subject: &'a Subject<'a>,
        rule: &'static Rule,
        diags: &'d mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            subject,
            rule,
            diags,
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
        for used_at in place
            .action()
            .map_or(&[][..], |n| self.subject.places.used_at(n))
        {
            diag = diag.with_label(used_at.clone(), "used here");
        }
        self.diags.push(diag);
        self.diags.last_mut().expect("pushed above")
    }

    /// Where a place is written, for second labels.
    pub(crate) fn span(&self, place: Place<'_>) -> Span {
        self.subject.places.span(self.subject.flow, &place)
    }
}
