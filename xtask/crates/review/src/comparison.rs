//! Two versions of a set of flows, side by side.

use std::collections::BTreeSet;

use flow::diff::{FlowDiff, diff};
use flow::model::{ActionId, FlowDefinition};

use crate::version::Version;

/// What differs between two versions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What the old version is called.
    pub old: String,
    /// What the new version is called.
    pub new: String,
    /// The flows that differ, by address.
    pub flows: Vec<FlowChange>,
    /// The addresses of those that do not.
    pub unchanged: Vec<String>,
}

/// A flow or module that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowChange {
    /// `flow.support-chat`, `module.greeting`.
    pub address: String,
    pub status: Status,
    /// Nothing if the flow is new.
    pub old: Option<FlowDefinition>,
    /// Nothing if the flow is gone.
    pub new: Option<FlowDefinition>,
    /// Title, description, type.
    pub properties: Vec<PropertyChange>,
    /// Between nothing and the flow if it is new, and the other way round if it is gone.
    pub diff: FlowDiff,
    /// What follows from the edits, the weightiest first.
    pub consequences: Vec<Consequence>,
}

/// What happened to a flow as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Added,
    Removed,
    Changed,
}

/// A property of a flow beside its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyChange {
    /// `title`, `description`, `type`.
    pub name: &'static str,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// Something that follows from the edits and that they do not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequence {
    /// Its kind as machines name it: `unreachable`, `bot_left_behind`, `time_limit`.
    pub kind: &'static str,
    pub weight: Weight,
    /// One sentence without a full stop.
    pub text: String,
    /// The actions it is about, by their identifiers in the new version, or in the old one if the
    /// new one does not have them.
    pub actions: Vec<ActionId>,
}

/// How much a consequence matters. The weightiest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A reviewer should look at it before anything else.
    Attention,
    /// Good to know.
    Note,
}

/// Compares two versions.
pub fn compare(old: &Version, new: &Version) -> Comparison {
    let addresses: BTreeSet<&String> = old.flows.keys().chain(new.flows.keys()).collect();
    let mut comparison = Comparison {
        old: old.label.clone(),
        new: new.label.clone(),
        ..Comparison::default()
    };
    for address in addresses {
        match flow_change(address, old.flows.get(address), new.flows.get(address)) {
            Some(change) => comparison.flows.push(change),
            None => comparison.unchanged.push(address.clone()),
        }
    }
    comparison
}

fn flow_change(
    address: &str,
    old: Option<&FlowDefinition>,
    new: Option<&FlowDefinition>,
) -> Option<FlowChange> {
    let (status, content) = match (old, new) {
        (Some(old), Some(new)) => (Status::Changed, diff(&old.flow, &new.flow)),
        (None, Some(new)) => (Status::Added, diff(&nothing_of(new), &new.flow)),
        (Some(old), None) => (Status::Removed, diff(&old.flow, &nothing_of(old))),
        (None, None) => return None,
    };
    let is_same = status == Status::Changed && content.is_empty();
    (!is_same).then(|| FlowChange {
        address: address.to_owned(),
        status,
        old: old.cloned(),
        new: new.cloned(),
        properties: Vec::new(),
        diff: content,
        consequences: Vec::new(),
    })
}

/// A document with nothing in it, to compare with what is new or gone.
fn nothing_of(definition: &FlowDefinition) -> flow::model::Flow {
    let mut nothing = definition.flow.clone();
    nothing.actions.clear();
    nothing
}
