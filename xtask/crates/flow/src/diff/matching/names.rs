//! Which identifiers of two versions stand for the same action.

use std::collections::HashMap;

use crate::identifiers::Quick;
use crate::model::ActionId;

/// The identifiers that are not the same in both versions.
#[derive(Default)]
pub(in crate::diff) struct Names<'a> {
    new_of: HashMap<&'a ActionId, &'a ActionId, Quick>,
    old_of: HashMap<&'a ActionId, &'a ActionId, Quick>,
}

impl<'a> Names<'a> {
    pub(in crate::diff) fn rename(&mut self, old: &'a ActionId, new: &'a ActionId) {
        self.new_of.insert(old, new);
        self.old_of.insert(new, old);
    }

    pub(in crate::diff) fn is_empty(&self) -> bool {
        self.new_of.is_empty()
    }

    /// What an action of the old version is called in the new one.
    pub(in crate::diff) fn new_name<'b>(&'b self, old: &'b ActionId) -> &'b ActionId {
        self.new_of.get(old).copied().unwrap_or(old)
    }

    fn old_name<'b>(&'b self, new: &'b ActionId) -> &'b ActionId {
        self.old_of.get(new).copied().unwrap_or(new)
    }

    /// Whether two identifiers, one of each version, stand for the same action. One that names
    /// no action of its version stands for what the other version calls so.
    pub(in crate::diff) fn is_same(&self, old: &ActionId, new: &ActionId) -> bool {
        if self.is_empty() {
            return old == new;
        }
        self.new_name(old) == new && self.old_name(new) == old
    }
}
