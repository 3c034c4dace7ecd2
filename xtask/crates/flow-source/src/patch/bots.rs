//! Bots in the file of a flow that stay a `custom_bot` although something in them has changed.

use std::collections::BTreeSet;

use flow::model::{ActionId, Flow};

use super::edits::Edit;
use super::fields::Effort;
use crate::import::actions::Fields;
use crate::import::bot::{self, Group};
use crate::yaml::{Entry, Kind};

impl Edit<'_> {
    /// The keys of an entry's `custom_bot` before and after, if it stays one.
    pub(super) fn bot_versions(&self, n: usize, entry: &Entry) -> Option<[Fields; 2]> {
        let old = bot::named(&self.old.flow, &entry.key.text)?;
        let old = bot::fields(&self.as_written(&self.old.flow), &old)?;
        Some([old, self.bot_fields(n, entry)?])
    }

    /// The keys of an entry's `custom_bot`, if it stays one.
    pub(super) fn bot_fields(&self, n: usize, entry: &Entry) -> Option<Fields> {
        let bot = self.bot(n, entry)?;
        bot::fields(&self.as_written(&self.new), &bot)
    }

    /// The bot of an entry in the wanted version, if it stays a `custom_bot`: all that is left of
    /// its actions has to be part of it, and nothing else.
    pub(super) fn bot(&self, n: usize, entry: &Entry) -> Option<Group> {
        let owned = self.owned(n);
        let is_tried = owned.iter().all(|id| self.effort(id) <= Effort::Pattern);
        if !is_tried || !is_custom_bot(entry) {
            return None;
        }
        let bot = bot::named(&self.new, &entry.key.text)?;
        let members = bot.members();
        let members = members.iter().filter_map(|(n, _)| self.new.actions.get(*n));
        let members: BTreeSet<&ActionId> = members.map(|it| &it.id).collect();
        let left = owned.iter().filter(|id| self.new.action(id).is_some());
        (members == left.collect()).then_some(bot)
    }

    /// A flow whose actions lead to each other by the names of the sources.
    fn as_written(&self, flow: &Flow) -> Flow {
        let mut flow = flow.clone();
        for action in &mut flow.actions {
            *action = self.targeted(action);
        }
        flow
    }
}

fn is_custom_bot(entry: &Entry) -> bool {
    let Kind::Map(keys) = &entry.value.kind else {
        return false;
    };
    keys.iter().any(|it| it.key.text == "custom_bot")
}
