//! What follows from the edits of a flow and what the edits themselves do not show.
//!
//! A file per kind, each with what it looks for. A kind looks at both versions and says what holds
//! in the new one and did not hold in the old one; what holds in both is no consequence. A claim
//! about a path is made only where the path is there.

mod around;
mod pair;
mod uses;
mod words;

mod attributes;
mod bot_left_behind;
mod bot_presence;
mod ends;
mod entry_points;
mod findings;
mod references;
mod time_limit;
mod unreachable;
mod ways_out;
mod whole;

use flow::model::FlowDefinition;
use flow_source::lint::{look_into, subject_of};

use crate::comparison::{Consequence, FlowChange, Weight, nothing_of};

pub(crate) use around::Versions;
use pair::{Pair, in_order_of};

/// The kinds, in the order in which those of the same weight are told. Findings of rules come last,
/// since they are left out where another kind has said the same.
const KINDS: &[fn(&Pair<'_>, &mut Found)] = &[
    whole::look,
    bot_presence::look,
    bot_left_behind::look,
    ends::look,
    ways_out::look,
    references::look,
    unreachable::look,
    attributes::look,
    time_limit::look,
    entry_points::look,
    findings::look,
];

/// What the kinds have found.
#[derive(Default)]
pub(crate) struct Found {
    consequences: Vec<Consequence>,
    /// The rules whose findings have been told, each with the action of the new version.
    told: Vec<(&'static str, Option<usize>)>,
}

impl Found {
    fn push(&mut self, consequence: Consequence) {
        self.consequences.push(consequence);
    }

    fn extend(&mut self, consequence: Option<Consequence>) {
        self.consequences.extend(consequence);
    }

    /// Notes that a finding of a rule need not be told any more.
    fn tells(&mut self, code: &'static str, action: Option<usize>) {
        self.told.push((code, action));
    }

    fn has_told(&self, code: &str, action: Option<usize>) -> bool {
        self.told.iter().any(|it| it.0 == code && it.1 == action)
    }
}

/// What follows from the change of a flow, the weightiest first.
pub(crate) fn of(change: &FlowChange, versions: &Versions<'_>) -> Vec<Consequence> {
    let Some(some) = change.new.as_ref().or(change.old.as_ref()) else {
        return Vec::new();
    };
    let nothing = FlowDefinition {
        flow: nothing_of(&some.flow),
        ..some.clone()
    };
    let (old, new) = (
        change.old.as_ref().unwrap_or(&nothing),
        change.new.as_ref().unwrap_or(&nothing),
    );
    let new_flow = in_order_of(&old.flow, &new.flow, &change.diff);
    let (old_subject, new_subject) = (subject_of(old, &old.flow), subject_of(new, &new_flow));
    let mut found = Found::default();
    let before = look_into(&old_subject, &versions.old_flows);
    let after = look_into(&new_subject, &versions.new_flows);
    let pair = Pair::new(change, before, after, versions);
    KINDS.iter().for_each(|look| look(&pair, &mut found));
    found.consequences.sort_by_key(|it| it.weight);
    found.consequences
}

/// A consequence that a reviewer should look at.
fn attention(kind: &'static str, text: String, actions: Vec<flow::model::ActionId>) -> Consequence {
    Consequence {
        kind,
        weight: Weight::Attention,
        text,
        actions,
    }
}

/// A consequence that is good to know.
fn note(kind: &'static str, text: String, actions: Vec<flow::model::ActionId>) -> Consequence {
    Consequence {
        weight: Weight::Note,
        ..attention(kind, text, actions)
    }
}
