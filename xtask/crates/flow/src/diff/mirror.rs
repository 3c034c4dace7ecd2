//! A diff the other way round.

use super::{ActionDiff, BranchChange, FlowDiff, Renamed, ValueChange};

impl FlowDiff {
    /// What `diff(new, old)` says, given what `diff(old, new)` says. Renamed and changed actions
    /// stay in the order in which they stand here, that of the new version.
    #[must_use]
    pub fn mirrored(&self) -> FlowDiff {
        let start = self.start.clone();
        let renamed = self.renamed.iter().map(|it| Renamed {
            old: it.new.clone(),
            new: it.old.clone(),
        });
        FlowDiff {
            start: start.map(|(old, new)| (new, old)),
            added: self.removed.clone(),
            removed: self.added.clone(),
            renamed: renamed.collect(),
            changed: self.changed.iter().map(ActionDiff::mirrored).collect(),
            document: values(&self.document),
        }
    }
}

impl ActionDiff {
    fn mirrored(&self) -> ActionDiff {
        let old_kind = self.old_kind.as_ref();
        let branches = self.branches.iter().map(|it| BranchChange {
            branch: it.branch.clone(),
            old: it.new.clone(),
            new: it.old.clone(),
        });
        let reordered = self.reordered.clone();
        ActionDiff {
            old_id: self.id.clone(),
            id: self.old_id.clone(),
            kind: old_kind.unwrap_or(&self.kind).clone(),
            old_kind: old_kind.map(|_| self.kind.clone()),
            parameters: values(&self.parameters),
            extra: values(&self.extra),
            branches: branches.collect(),
            reordered: reordered.map(|(old, new)| (new, old)),
        }
    }
}

fn values(changes: &[ValueChange]) -> Vec<ValueChange> {
    let mirrored = changes.iter().map(|it| ValueChange {
        path: it.path.clone(),
        old: it.new.clone(),
        new: it.old.clone(),
    });
    mirrored.collect()
}
