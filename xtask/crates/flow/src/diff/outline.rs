//! A diff as lines, so that every text view says the same words: the terminal, Markdown, a plan.

use std::collections::HashSet;
use std::fmt;

use crate::model::{Action, ActionId};
use crate::picture::Mark;
use crate::value::Value;

use super::{ActionDiff, BranchChange, FlowDiff, ValueChange, WordChange, shown, words};

/// A line of an outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// 0 is about an action or the whole document, 1 about something in the action before.
    pub depth: usize,
    pub mark: Mark,
    /// What the line is about, or all that it says.
    pub title: Phrase,
    /// The action it is about, by its identifier in the new version, or in the old one if the new
    /// one does not have it.
    pub action: Option<ActionId>,
    /// The value that the title names, if it names one.
    pub values: Option<Values>,
}

/// A value in both versions, as text; nothing where a version lacks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    pub old: Option<String>,
    pub new: Option<String>,
}

/// Words, and among them names out of the flow, which views set apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase(pub Vec<Part>);

/// A part of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Words(&'static str),
    /// An identifier, a type, a path, the words of a branch.
    Name(String),
}

/// A text of this many bytes, or of several lines, is read by its words.
const LONG: usize = 40;

impl Values {
    /// The words that differ, if both versions have a long text and the texts have something in
    /// common.
    pub fn words(&self) -> Option<Vec<WordChange>> {
        let (old, new) = (self.old.as_ref()?, self.new.as_ref()?);
        let is_long = |it: &String| it.len() >= LONG || it.contains('\n');
        if !is_long(old) && !is_long(new) {
            return None;
        }
        let words = words(old, new);
        let is_equal = |it: &WordChange| matches!(it, WordChange::Equal(_));
        words.iter().any(is_equal).then_some(words)
    }
}

impl FlowDiff {
    /// The diff as lines: the start, what is beside the actions, and then the actions that were
    /// added, removed, changed, rewired and renamed. An action that is several of these stands
    /// under the first of them.
    pub fn outline(&self) -> Vec<Line> {
        let mut outline = Outline {
            diff: self,
            lines: Vec::new(),
        };
        outline.document();
        for action in &self.added {
            outline.whole_action(action, Mark::Added);
        }
        for action in &self.removed {
            outline.whole_action(action, Mark::Removed);
        }
        let (changed, rewired): (Vec<_>, Vec<_>) =
            self.changed.iter().partition(|it| it.is_changed());
        for action in changed.into_iter().chain(rewired) {
            outline.action(action);
        }
        outline.only_renamed();
        outline.lines
    }
}

struct Outline<'a> {
    diff: &'a FlowDiff,
    lines: Vec<Line>,
}

impl Outline<'_> {
    fn document(&mut self) {
        if let Some((old, new)) = &self.diff.start {
            let title = Phrase::default()
                .words("starts at ")
                .name(new)
                .words(" (was ")
                .name(old)
                .words(")");
            self.push(0, Mark::Rewired, None, title, None);
        }
        for change in &self.diff.document {
            self.value(0, None, change);
        }
    }

    /// An action that one version lacks.
    fn whole_action(&mut self, action: &Action, mark: Mark) {
        self.push(
            0,
            mark,
            Some(&action.id),
            heading(&action.id, action.kind.as_str()),
            None,
        );
        for (key, value) in &action.parameters {
            let text = Some(shown(value));
            let values = match mark {
                Mark::Removed => Values {
                    old: text,
                    new: None,
                },
                _ => Values {
                    old: None,
                    new: text,
                },
            };
            let title = Phrase::default().name(key);
            self.push(1, mark, Some(&action.id), title, Some(values));
        }
        if mark == Mark::Removed {
            return;
        }
        for (branch, to) in super::ways_out(action) {
            let title = Phrase::default().name(branch).words(" goes to ").name(to);
            self.push(1, mark, Some(&action.id), title, None);
        }
    }

    fn action(&mut self, action: &ActionDiff) {
        let mark = if action.is_changed() {
            Mark::Changed
        } else {
            Mark::Rewired
        };
        let id = Some(&action.id);
        self.push(0, mark, id, heading(&action.id, action.kind.as_str()), None);
        if action.old_id != action.id {
            let title = Phrase::default().words("was called ").name(&action.old_id);
            self.push(1, Mark::Renamed, id, title, None);
        }
        if let Some(old) = &action.old_kind {
            let values = Values {
                old: Some(old.to_string()),
                new: Some(action.kind.to_string()),
            };
            self.push(
                1,
                Mark::Changed,
                id,
                Phrase::default().words("type"),
                Some(values),
            );
        }
        for change in action.parameters.iter().chain(&action.extra) {
            self.value(1, id, change);
        }
        for change in &action.branches {
            let (mark, title) = self.way(change);
            self.push(1, mark, id, title, None);
        }
        if let Some((old, new)) = &action.reordered {
            let names = |it: &[super::Branch]| {
                let names: Vec<String> = it.iter().map(ToString::to_string).collect();
                Some(names.join(", "))
            };
            let values = Values {
                old: names(old),
                new: names(new),
            };
            let title = Phrase::default().words("order of conditions");
            self.push(1, Mark::Changed, id, title, Some(values));
        }
    }

    fn way(&self, change: &BranchChange) -> (Mark, Phrase) {
        let title = Phrase::default().name(&change.branch);
        match (&change.old, &change.new) {
            (Some(old), Some(new)) => {
                let title = title
                    .words(" now goes to ")
                    .name(new)
                    .words(" (was ")
                    .name(old);
                let title = match self.new_name(old) {
                    Some(name) => title.words(", now called ").name(name),
                    None => title,
                };
                (Mark::Rewired, title.words(")"))
            }
            (None, Some(new)) => (
                Mark::Added,
                title.words(" goes to ").name(new).words(" (new)"),
            ),
            (Some(old), None) => (
                Mark::Removed,
                title.words(" is gone (went to ").name(old).words(")"),
            ),
            (None, None) => (Mark::Changed, title),
        }
    }

    fn new_name(&self, old: &ActionId) -> Option<&ActionId> {
        let renamed = self.diff.renamed.iter().find(|it| it.old == *old);
        renamed.map(|it| &it.new)
    }

    fn only_renamed(&mut self) {
        let changed: HashSet<&ActionId> = self.diff.changed.iter().map(|it| &it.id).collect();
        let renamed = self.diff.renamed.iter();
        for renamed in renamed.filter(|it| !changed.contains(&it.new)) {
            let title = Phrase::default()
                .name(&renamed.new)
                .words(" was called ")
                .name(&renamed.old);
            self.push(0, Mark::Renamed, Some(&renamed.new), title, None);
        }
    }

    fn value(&mut self, depth: usize, action: Option<&ActionId>, change: &ValueChange) {
        let text = |it: &Option<Value>| it.as_ref().map(shown);
        let mark = match (&change.old, &change.new) {
            (None, Some(_)) => Mark::Added,
            (Some(_), None) => Mark::Removed,
            _ => Mark::Changed,
        };
        let values = Values {
            old: text(&change.old),
            new: text(&change.new),
        };
        let title = Phrase::default().name(&change.path);
        self.push(depth, mark, action, title, Some(values));
    }

    fn push(
        &mut self,
        depth: usize,
        mark: Mark,
        action: Option<&ActionId>,
        title: Phrase,
        values: Option<Values>,
    ) {
        let action = action.cloned();
        self.lines.push(Line {
            depth,
            mark,
            title,
            action,
            values,
        });
    }
}

fn heading(id: &ActionId, kind: &str) -> Phrase {
    Phrase::default().name(id).words(" (").name(kind).words(")")
}

impl Phrase {
    #[must_use]
    fn words(mut self, words: &'static str) -> Self {
        self.0.push(Part::Words(words));
        self
    }

    #[must_use]
    fn name(mut self, name: impl ToString) -> Self {
        self.0.push(Part::Name(name.to_string()));
        self
    }
}

impl fmt::Display for Phrase {
    /// The words as they are, without anything around the names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Words(words) => f.write_str(words)?,
                Part::Name(name) => f.write_str(name)?,
            }
        }
        Ok(())
    }
}
