//! What differs between two versions of a flow, action by action.
//!
//! What has no effect makes no difference: the canvas, and all that [`crate::canonical`] evens out.
//! Two versions differ exactly if their canonical texts do.

mod action;
mod apply;
mod matching;
mod mirror;
mod outline;
mod path;
mod values;
mod ways;
mod words;

pub use apply::ApplyError;
pub use outline::{Line, Part, Phrase, Values};
pub use path::{PathStep, ValuePath};
pub use values::shown;
pub use ways::ways_out;
pub use words::{WordChange, words};

use std::fmt;

use crate::model::{Action, ActionId, ActionKind, Flow};
use crate::value::Value;

use matching::Matching;

/// What differs between two versions of a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowDiff {
    /// The old and the new start action, if they are not the same action.
    pub start: Option<(ActionId, ActionId)>,
    /// In the order of the new version.
    pub added: Vec<Action>,
    /// In the order of the old version.
    pub removed: Vec<Action>,
    /// Actions that have another identifier and are the same otherwise, or nearly so; in the order
    /// of the new version. What else differs in them is in `changed`.
    pub renamed: Vec<Renamed>,
    /// Actions in both versions that differ in type, parameters or transitions, in the order of
    /// the new version.
    pub changed: Vec<ActionDiff>,
    /// Differences beside the actions, by path: `Settings.InputParameters`.
    pub document: Vec<ValueChange>,
}

/// An action with another identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    pub old: ActionId,
    pub new: ActionId,
}

/// What differs in one action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionDiff {
    /// The identifier in the old version.
    pub old_id: ActionId,
    /// The identifier in the new version.
    pub id: ActionId,
    /// The type in the new version.
    pub kind: ActionKind,
    /// The old type, if it was another.
    pub old_kind: Option<ActionKind>,
    pub parameters: Vec<ValueChange>,
    /// Keys beside those of the language; those of `Transitions` stand below that key.
    pub extra: Vec<ValueChange>,
    /// Ways out that are new, gone, or lead elsewhere. Where they lead to is the same if it is the
    /// same action, whatever its identifiers.
    pub branches: Vec<BranchChange>,
    /// The old and the new order of the conditions, if the order counts and the new one is not the
    /// old one without those that are gone and with those that are new at the end.
    pub reordered: Option<(Vec<Branch>, Vec<Branch>)>,
}

/// A value that differs, and where: `Text`, `LambdaInvocationAttributes.greeting`, `Events[0]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueChange {
    pub path: ValuePath,
    pub old: Option<Value>,
    pub new: Option<Value>,
}

/// A way out that leads elsewhere; nothing stands for a branch that is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct BranchChange {
    pub branch: Branch,
    /// Where it led, by its identifier in the old version.
    pub old: Option<ActionId>,
    /// Where it leads, by its identifier in the new version.
    pub new: Option<ActionId>,
}

/// A way out of an action, by what makes a contact take it.
#[derive(Clone, Debug, PartialEq)]
pub enum Branch {
    Next,
    Condition {
        operator: String,
        operands: Vec<Value>,
        /// How many of the same words stand before it.
        repeated: usize,
    },
    Error {
        error: String,
        /// How many of the same name stand before it.
        repeated: usize,
    },
}

/// Compares two versions.
pub fn diff(old: &Flow, new: &Flow) -> FlowDiff {
    let mut matching = Matching::of(old, new);
    let mut diff = FlowDiff {
        document: values::document(old, new),
        ..FlowDiff::default()
    };
    if !matching.names.is_same(&old.start, &new.start) {
        diff.start = Some((old.start.clone(), new.start.clone()));
    }
    for (n, action) in new.actions.iter().enumerate() {
        let before = matching.old_of(n);
        let Some((before, earlier)) = before.and_then(|it| Some((it, old.actions.get(it)?))) else {
            diff.added.push(action.clone());
            continue;
        };
        if earlier.id != action.id {
            diff.renamed.push(Renamed {
                old: earlier.id.clone(),
                new: action.id.clone(),
            });
        }
        let changed = matching.compare([old, new], before, n);
        diff.changed.extend(changed);
    }
    let removed = old.actions.iter().enumerate();
    let removed = removed.filter(|(n, _)| !matching.has_new(*n));
    diff.removed = removed.map(|(_, action)| action.clone()).collect();
    diff
}

impl FlowDiff {
    /// Whether the versions are the same, identifiers included.
    pub fn is_empty(&self) -> bool {
        *self == FlowDiff::default()
    }
}

impl ActionDiff {
    /// Whether the action itself is another: its type, its parameters, which ways lead out of it
    /// or in which order they are tried.
    pub fn is_changed(&self) -> bool {
        let is_edited = |it: &BranchChange| it.old.is_none() || it.new.is_none();
        self.old_kind.is_some()
            || !self.parameters.is_empty()
            || !self.extra.is_empty()
            || self.reordered.is_some()
            || self.branches.iter().any(is_edited)
    }

    /// Whether a way out that both versions have leads to another action.
    pub fn is_rewired(&self) -> bool {
        let leads_elsewhere = |it: &BranchChange| it.old.is_some() && it.new.is_some();
        self.branches.iter().any(leads_elsewhere)
    }
}

impl fmt::Display for Branch {
    /// `next`, `Equals handoff`, `NoMatchingError`; with a number if it is not the first such.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repeated = match self {
            Branch::Next => return f.write_str("next"),
            Branch::Condition {
                operator,
                operands,
                repeated,
            } => {
                f.write_str(operator)?;
                for operand in operands {
                    write!(f, " {}", shown(operand))?;
                }
                repeated
            }
            Branch::Error { error, repeated } => {
                f.write_str(error)?;
                repeated
            }
        };
        match repeated {
            0 => Ok(()),
            n => write!(f, " ({})", n + 1),
        }
    }
}
