//! A comparison for forges: a table, and a section for each flow with its picture.

pub(crate) use super::text::conclusion;

use super::environment::environment;
use super::escape::code;
use super::section::{self, Detail, Section};
use crate::comparison::{Comparison, FlowChange, Weight};
use crate::review::EnvironmentReview;

/// The size of a picture in bytes, at most.
const PICTURE: usize = 40_000;

/// The flows that differ, and what is known of the environments.
pub fn markdown(comparison: &Comparison, environments: &[EnvironmentReview]) -> String {
    let (old, new) = (code(&comparison.old), code(&comparison.new));
    let mut text = format!("## {}\n\n{old} → {new}\n", conclusion(comparison));
    text.push_str(&table(&comparison.flows));
    for change in &comparison.flows {
        let section = Section::of(change);
        text.push_str(&format!("\n### {}\n\n", section::heading(change)));
        text.push_str(&section.body(&Detail::FULL));
        if let Some(picture) = section.picture(PICTURE) {
            text.push_str(&format!("\n{picture}"));
        }
    }
    if !environments.is_empty() {
        text.push_str("\n### Environments\n\n");
        let environments = environments.iter();
        text.extend(environments.map(|it| environment(it, &[])));
    }
    text
}

/// A row for each flow: what happened, and what follows.
fn table(flows: &[FlowChange]) -> String {
    if flows.is_empty() {
        return String::new();
    }
    let mut table = String::from("\n| flow | what differs | consequences |\n|---|---|---|\n");
    for change in flows {
        let name = section::heading(change);
        let happened = section::happened(change);
        let follows = follows(change);
        table.push_str(&format!("| {name} | {happened} | {follows} |\n"));
    }
    table
}

fn notes(n: usize) -> String {
    format!("{n} {}", if n == 1 { "note" } else { "notes" })
}

/// `**1 to look at**, 2 notes`.
pub(crate) fn follows(change: &FlowChange) -> String {
    let count = |weight| {
        let them = change.consequences.iter();
        them.filter(|it| it.weight == weight).count()
    };
    match (count(Weight::Attention), count(Weight::Note)) {
        (0, 0) => String::new(),
        (0, n) => notes(n),
        (n, 0) => format!("**{n} to look at**"),
        (n, more) => format!("**{n} to look at**, {}", notes(more)),
    }
}
