//! What differs between two versions of an action.

use crate::model::Action;

use super::ActionDiff;
use super::matching::Names;
use super::{values, ways};

/// What differs between two versions of an action, if anything does.
pub(super) fn compare(old: &Action, new: &Action, names: &Names<'_>) -> Option<ActionDiff> {
    let (branches, reordered) = ways::compare(old, new, names);
    let diff = ActionDiff {
        old_id: old.id.clone(),
        id: new.id.clone(),
        kind: new.kind.clone(),
        old_kind: (old.kind != new.kind).then(|| old.kind.clone()),
        parameters: values::parameters(old, new),
        extra: values::extra(old, new),
        branches,
        reordered,
    };
    (diff.is_changed() || diff.is_rewired()).then_some(diff)
}
