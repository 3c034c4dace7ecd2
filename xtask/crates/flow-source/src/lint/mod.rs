//! The checks on whole flows: what is likely to go wrong when a contact runs through them.
//!
//! A check sees a flow, its graph and what is known of the flows beside it, and reports at places;
//! where those are written, in YAML or in flow JSON, it does not know. The rules are in `rules`, one
//! file each; this is what runs them.

pub(crate) mod bot;
pub(crate) mod components;
mod context;
pub(crate) mod dataflow;
pub(crate) mod graph;
mod insight;
pub(crate) mod length;
mod merge;
pub(crate) mod modules;
pub(crate) mod pace;
pub(crate) mod paths;
pub(crate) mod refusal;
mod report;
pub(crate) mod steps;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod texts;
pub(crate) mod values;
mod yaml_places;

use flow::diagnostic::{Diagnostic, Label, Span};
use flow::model::{DocumentKind, Flow};

pub(crate) use context::Context;
use context::{Among, Known};
pub use graph::{By, Exit, Graph};
pub use insight::{BotEnd, BotLeaves, Finding, Flows, Insight, look_into, subject_of};
pub use merge::merge;
use report::Findings;
pub use report::Place;
pub(crate) use report::Report;

use crate::place;
use crate::rules;

/// A flow or module to check.
pub struct Subject<'a> {
    /// The name by which others refer to it.
    pub name: &'a str,
    /// None for flow JSON that does not say what it is: rules that hang on it keep quiet.
    pub kind: Option<DocumentKind>,
    pub flow: &'a Flow,
    pub places: &'a dyn Places,
    /// Whether every transition could be read. Where one is missing or wrong nobody knows what it
    /// would have led to, so rules about paths keep quiet.
    pub is_sound: bool,
}

/// Where the parts of a flow are written: in a YAML source, or in flow JSON.
pub trait Places {
    /// The narrowest known stretch of source for a place. Called for findings only, so it may be
    /// slow.
    fn span(&self, flow: &Flow, place: &Place<'_>) -> Span;

    /// The first of the actions that were written as one with this action: patterns become several.
    fn pattern(&self, _flow: &Flow, n: usize) -> usize {
        n
    }

    /// The uses of fragments and lists that led to an action, the innermost first, with what to say
    /// there.
    fn used_at(&self, _n: usize) -> &[Label] {
        &[]
    }

    /// Whether reading the sources has found an error in what an action was written as, or for none
    /// in the flow's file.
    fn has_error_at(&self, _action: Option<usize>) -> bool {
        false
    }

    /// What is to be said of a place beside the finding, such as what text a template gave.
    fn remark(&self, _flow: &Flow, _place: &Place<'_>) -> Option<String> {
        None
    }
}

/// Runs every check on flows that are deployed together. Unsorted; severities are the rules' own.
pub fn lint(subjects: &[Subject<'_>]) -> Vec<Diagnostic> {
    let mut diags = Vec::new();
    let among = Among::default();
    for subject in subjects {
        let graph = Graph::new(subject.flow);
        let mut findings = in_context(subject, &graph, (subjects, &among), check);
        place::merge_uses(&mut findings.diags);
        diags.append(&mut findings.diags);
    }
    diags
}

/// Gathers what checks may look at.
fn in_context<T>(
    subject: &Subject<'_>,
    graph: &Graph<'_>,
    (subjects, among): (&[Subject<'_>], &Among),
    look: impl FnOnce(&Context<'_>) -> T,
) -> T {
    let problems = context::problems(subject, graph);
    look(&Context {
        subject,
        flow: subject.flow,
        graph,
        subjects,
        among,
        problems: &problems,
        known: Known::default(),
    })
}

/// Runs every check on one flow.
fn check(context: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    // What the service refuses comes last: it is said where no rule has said it better.
    let lints = rules::LINTS.iter().chain(rules::of_documents::CHECKS);
    for lint in lints.chain([&rules::LAST]) {
        let mut report = Report::new(context.subject, lint.rule, &mut findings);
        (lint.check)(context, &mut report);
    }
    findings
}

/// A rule that looks at whole flows.
pub(crate) struct Lint {
    pub(crate) rule: &'static rules::Rule,
    pub(crate) check: fn(&Context<'_>, &mut Report<'_, '_>),
}
