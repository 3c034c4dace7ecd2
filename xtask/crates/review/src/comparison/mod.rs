//! Two versions of a set of flows, side by side.

mod properties;
mod renamed;

use std::collections::{BTreeMap, BTreeSet};

use flow::diff::{FlowDiff, diff};
use flow::model::{ActionId, Flow, FlowDefinition};

use crate::consequences::{self, Versions};
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
    /// `flow.support-chat`, `module.greeting`; the new one of a flow that has another.
    pub address: String,
    pub status: Status,
    /// The address in the old version, if it was another: the old flow is gone, and a new one does
    /// what it did.
    pub renamed_from: Option<String>,
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

/// What happened to a flow as a whole. One that has another address has changed.
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

/// Compares two versions. Flows are told apart by their addresses; one that is gone and one that is
/// new are the same flow if their content is.
pub fn compare(old: &Version, new: &Version) -> Comparison {
    let renamed = renamed::pairs(old, new);
    let new_names: BTreeMap<&String, &String> = renamed.iter().map(|it| (*it.1, *it.0)).collect();
    let gone = old.flows.keys().filter(|it| !renamed.contains_key(*it));
    let addresses: BTreeSet<&String> = gone.chain(new.flows.keys()).collect();
    let mut comparison = Comparison {
        old: old.label.clone(),
        new: new.label.clone(),
        ..Comparison::default()
    };
    for address in addresses {
        let renamed_from = new_names.get(address).copied();
        let before = old.flows.get(renamed_from.unwrap_or(address));
        match flow_change(address, before, new.flows.get(address)) {
            Some(change) => comparison.flows.push(FlowChange {
                renamed_from: renamed_from.cloned(),
                ..change
            }),
            None => comparison.unchanged.push(address.clone()),
        }
    }
    let versions = Versions::new(old, new, &renamed);
    for change in &mut comparison.flows {
        change.consequences = consequences::of(change, &versions);
    }
    comparison
}

fn flow_change(
    address: &str,
    old: Option<&FlowDefinition>,
    new: Option<&FlowDefinition>,
) -> Option<FlowChange> {
    let (status, content) = match (old, new) {
        // Nearly all flows of most changes, and quicker to see than by what differs.
        (Some(old), Some(new)) if old == new => return None,
        (Some(old), Some(new)) => (Status::Changed, diff(&old.flow, &new.flow)),
        (None, Some(new)) => (Status::Added, diff(&nothing_of(&new.flow), &new.flow)),
        (Some(old), None) => (Status::Removed, diff(&old.flow, &nothing_of(&old.flow))),
        (None, None) => return None,
    };
    let properties = properties::changes(old, new);
    let is_same_name = old.map(|it| &it.name) == new.map(|it| &it.name);
    let is_same = is_same_name && properties.is_empty() && content.is_empty();
    (status != Status::Changed || !is_same).then(|| FlowChange {
        address: address.to_owned(),
        status,
        renamed_from: None,
        old: old.cloned(),
        new: new.cloned(),
        properties,
        diff: content,
        consequences: Vec::new(),
    })
}

/// A document with nothing in it, to compare with what is new or gone.
pub(crate) fn nothing_of(flow: &Flow) -> Flow {
    Flow {
        settings: flow.settings.clone(),
        extra: flow.extra.clone(),
        ..Flow::new(&flow.start)
    }
}
