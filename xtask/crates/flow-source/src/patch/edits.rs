//! Changes of single actions in the file of a flow.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::canonical;
use flow::diagnostic::{SourceFile, Span};
use flow::model::{Action, ActionId, Flow, FlowDefinition};

use super::fields::{self, Effort};
use super::place::{Replacements, are_apart, block_entries, indentation, lines, with_surroundings};
use super::{Attempt, Patched, PatchedFile};
use crate::compiled::CompiledFlow;
use crate::emit::{self, Yaml};
use crate::import::actions;
use crate::place::Sources;
use crate::template;
use crate::yaml::{self, Entry, Kind};

/// Writes what differs into the file of the flow. Whether it comes out right is not said.
pub(super) fn in_place(attempt: &Attempt<'_>, ours: &CompiledFlow) -> Option<Patched> {
    let mut edit = Edit::new(attempt, ours)?;
    loop {
        let (file, notes) = edit.written()?;
        let files = vec![file];
        let wrong = edit.wrong(&files);
        // Some action is written with more effort each time round, until there is none left.
        let mut has_more = false;
        for id in wrong {
            let effort = edit.efforts.entry(id).or_insert(Effort::Keys);
            if let Some(next) = effort.next() {
                *effort = next;
                has_more = true;
            }
        }
        if !has_more {
            return Some(Patched {
                files,
                notes,
                is_whole: false,
            });
        }
    }
}

/// A flow, what it should be, and where its actions are written.
pub(super) struct Edit<'a> {
    attempt: &'a Attempt<'a>,
    file: Arc<SourceFile>,
    /// The keys of the file.
    root: Vec<Entry>,
    /// As the sources give it.
    pub(super) old: FlowDefinition,
    /// With our names for actions.
    pub(super) new: Flow,
    /// By the number of an entry of `actions`, the actions that come of it.
    owned: BTreeMap<usize, Vec<ActionId>>,
    /// Of the actions that came out wrong so far.
    efforts: BTreeMap<ActionId, Effort>,
}

/// What is being written into the file.
#[derive(Default)]
struct Draft {
    replacements: Replacements,
    notes: Vec<String>,
}

impl<'a> Edit<'a> {
    fn new(attempt: &'a Attempt<'a>, ours: &CompiledFlow) -> Option<Self> {
        let file = ours.name_span().file;
        let (tree, _) = yaml::parse(&file, Sources::default().add(&file));
        let Kind::Map(root) = tree?.kind else {
            return None;
        };
        let (old, _) = ours.fill_in(attempt.vars);
        let mut edit = Self {
            new: ours.named(attempt.wanted.definition.flow.clone()),
            attempt,
            file,
            root,
            old,
            owned: BTreeMap::new(),
            efforts: BTreeMap::new(),
        };
        if edit.old.flow.settings != edit.new.settings && !edit.has_same_document() {
            return None;
        }
        for action in &edit.old.flow.actions {
            let owner = edit.owner(ours, &action.id)?;
            edit.owned.entry(owner).or_default().push(action.id.clone());
        }
        Some(edit)
    }

    /// Whether the versions differ in nothing but their actions.
    fn has_same_document(&self) -> bool {
        flow::diff::diff(&self.old.flow, &self.new)
            .document
            .is_empty()
    }

    fn text(&self) -> &str {
        &self.file.text
    }

    fn actions(&self) -> Option<&[Entry]> {
        let entry = self.root.iter().find(|it| it.key.text == "actions")?;
        block_entries(self.text(), &entry.value)
    }

    /// The number of the entry that an action comes from: of the outermost use of a fragment or
    /// list, if there is one.
    fn owner(&self, ours: &CompiledFlow, id: &ActionId) -> Option<usize> {
        let origin = ours.origin(id)?;
        let uses = origin.used_at.iter().map(|label| &label.span);
        let places = [&origin.span].into_iter().chain(uses);
        let is_here = |span: &&Span| span.file.path == self.file.path;
        let place = places.rev().find(is_here)?.range.start;
        let is_it =
            |entry: &Entry| lines(self.text(), entry).is_some_and(|lines| lines.contains(&place));
        self.actions()?.iter().position(is_it)
    }

    /// The actions that come of an entry.
    pub(super) fn owned(&self, n: usize) -> &[ActionId] {
        self.owned.get(&n).map_or(&[][..], Vec::as_slice)
    }

    pub(super) fn effort(&self, id: &ActionId) -> Effort {
        self.efforts.get(id).copied().unwrap_or(Effort::Keys)
    }

    /// The file with every difference written into it, and what there is to say about that.
    fn written(&self) -> Option<(PatchedFile, Vec<String>)> {
        let text = self.text();
        let entries = self.actions()?;
        let mut draft = Draft::default();
        let mut ends = BTreeMap::new();
        for (n, entry) in entries.iter().enumerate() {
            let end = lines(text, entry)?.end;
            ends.extend(self.owned(n).iter().map(|id| (id.clone(), end)));
            if self.owned(n).iter().all(|id| self.is_same(id)) {
                continue;
            }
            if self.replace_keys(n, entry, &mut draft).is_none() {
                self.replace_entry(n, entries, &mut draft)?;
            }
        }
        self.add(entries, &ends, &mut draft)?;
        self.head(&mut draft.replacements, &mut draft.notes)?;
        let file = PatchedFile {
            path: self.file.path.clone(),
            old: Some(text.to_owned()),
            new: draft.replacements.applied(text),
        };
        Some((file, draft.notes))
    }

    /// Replaces the keys of an entry that differ; nothing if more than these has to be.
    fn replace_keys(&self, n: usize, entry: &Entry, draft: &mut Draft) -> Option<()> {
        let name = &entry.key.text;
        let forms = match self.owned(n) {
            owned if owned.iter().any(|id| self.effort(id) != Effort::Keys) => return None,
            [id] if id.as_str() == name => {
                let (old, new) = (self.old.flow.action(id)?, self.new.action(id)?);
                fields::forms(&self.targeted(old), &self.targeted(new))
            }
            _ => vec![self.bot_versions(n, entry)?],
        };
        let replacements = &mut draft.replacements;
        for went in fields::replace_keys(self.text(), entry, forms, replacements)? {
            let what = match &went.key {
                Some(key) => format!("`{key}` in `{name}`"),
                None => format!("`{name}`"),
            };
            draft.notes.extend(lost(&what, &went.text));
        }
        Some(())
    }

    /// Writes an entry anew: as the pattern that it is, or as the actions that are left of it.
    fn replace_entry(&self, n: usize, entries: &[Entry], draft: &mut Draft) -> Option<()> {
        let (text, entry) = (self.text(), entries.get(n)?);
        let lines = lines(text, entry)?;
        let owned = self.owned(n);
        let name = &entry.key.text;
        let bot = self.bot_fields(n, entry);
        let left = match &bot {
            Some(fields) => vec![fields::named(name, fields, indentation(text, entry))],
            None => self.written_out(owned, indentation(text, entry)),
        };
        let range = match left.is_empty() && n + 1 < entries.len() {
            true => with_surroundings(text, lines),
            false => lines,
        };
        let went = &text[range.clone()];
        draft.notes.extend(lost(&format!("`{name}`"), went));
        let is_pattern = owned.len() > 1 || owned.first().is_some_and(|id| id.as_str() != name);
        if is_pattern && bot.is_none() && !left.is_empty() {
            let note = format!("`{name}` was written out as {} actions", left.len());
            draft.notes.push(note);
        }
        let between = if are_apart(text, entries) { "\n" } else { "" };
        draft.replacements.put(range, left.join(between));
        Some(())
    }

    /// Actions as entries of their own, without those that went.
    fn written_out(&self, ids: &[ActionId], indent: usize) -> Vec<String> {
        let left = ids.iter().filter_map(|id| self.new.action(id));
        let entry = |it: &Action| fields::entry(&self.targeted(it), indent, self.effort(&it.id));
        left.map(entry).collect()
    }

    /// Writes the actions that come of no entry yet.
    fn add(
        &self,
        entries: &[Entry],
        ends: &BTreeMap<ActionId, usize>,
        draft: &mut Draft,
    ) -> Option<()> {
        let text = self.text();
        let indent = indentation(text, entries.first()?);
        let end = lines(text, entries.last()?)?.end;
        let actions = self.new.actions.iter();
        for action in actions.filter(|it| !ends.contains_key(&it.id)) {
            let at = self.place_for(action, ends).unwrap_or(end);
            let mut new = fields::entry(&self.targeted(action), indent, self.effort(&action.id));
            if are_apart(text, entries) {
                new.insert(0, '\n');
            }
            draft.replacements.put(at..at, new);
        }
        Some(())
    }

    /// Start, title and description.
    fn head(&self, replacements: &mut Replacements, notes: &mut Vec<String>) -> Option<()> {
        let wanted = self.attempt.wanted.definition;
        let mut set = |key: &str, value: Yaml| {
            let text = self.text();
            let mut new = String::new();
            emit::known_entry(&mut new, 0, key, &value);
            match self.root.iter().find(|it| it.key.text == key) {
                Some(entry) => {
                    let lines = lines(text, entry)?;
                    notes.extend(lost(&format!("`{key}`"), &text[lines.clone()]));
                    replacements.put(lines, new);
                }
                None => {
                    let name = self.root.iter().find(|it| it.key.text == "name");
                    let end = lines(text, name.or(self.root.first())?)?.end;
                    replacements.put(end..end, new);
                }
            }
            Some(())
        };
        if self.old.flow.start != self.new.start {
            set("start", actions::target(&self.written_as(&self.new.start)))?;
        }
        if self.old.title != wanted.title {
            set("name", literal(&wanted.title))?;
        }
        if let Some(description) = &wanted.description
            && self.old.description.as_ref() != Some(description)
        {
            set("description", literal(description))?;
        }
        Some(())
    }

    /// Where an added action is written: behind one that leads to it.
    fn place_for(&self, action: &Action, ends: &BTreeMap<ActionId, usize>) -> Option<usize> {
        let leads_here = |it: &&Action| it.transitions.targets().any(|to| *to == action.id);
        let mut before = self.new.actions.iter().filter(leads_here);
        before.find_map(|it| ends.get(&it.id).copied())
    }

    fn is_same(&self, id: &ActionId) -> bool {
        match (self.old.flow.action(id), self.new.action(id)) {
            (Some(old), Some(new)) => alone(old) == alone(new),
            _ => false,
        }
    }

    /// Whether an action, or another that comes of the same entry, is not as it was.
    fn is_touched(&self, id: &ActionId) -> bool {
        let owned = self.owned.values().find(|owned| owned.contains(id));
        owned.is_none_or(|owned| !owned.iter().all(|id| self.is_same(id)))
    }

    /// The actions of the wanted version that the patched file does not give, or gives otherwise;
    /// all that were written anew if it cannot be read.
    fn wrong(&self, files: &[PatchedFile]) -> Vec<ActionId> {
        let (flows, _) = self.attempt.compiled(files);
        let ours = flows.iter().find(|it| self.attempt.is_wanted(it));
        let ours = ours.map(|it| it.fill_in(self.attempt.vars).0.flow);
        let is_right = |action: &Action| {
            let found = ours.as_ref().and_then(|flow| flow.action(&action.id));
            found.is_some_and(|it| alone(it) == alone(action))
        };
        let touched = self.new.actions.iter().filter(|it| self.is_touched(&it.id));
        let wrong = touched.filter(|it| !is_right(it));
        wrong.map(|it| it.id.clone()).collect()
    }

    /// An action as the sources speak of it: what leads to the first action of a pattern leads to
    /// the name of the pattern.
    pub(super) fn targeted(&self, action: &Action) -> Action {
        let mut action = action.clone();
        let ways = &mut action.transitions;
        let nexts = ways.next.iter_mut();
        let nexts = nexts.chain(ways.conditions.iter_mut().map(|it| &mut it.next));
        for next in nexts.chain(ways.errors.iter_mut().map(|it| &mut it.next)) {
            *next = self.written_as(next);
        }
        action
    }

    fn written_as(&self, id: &ActionId) -> ActionId {
        let owner = self.owned.iter().find(|(_, owned)| owned.contains(id));
        let Some((n, owned)) = owner.filter(|(_, owned)| owned.len() > 1) else {
            return id.clone();
        };
        let Some(entry) = self.actions().and_then(|it| it.get(*n)) else {
            return id.clone();
        };
        // Only the actions of a pattern that stays are reached through its name.
        let is_reached = match self.bot(*n, entry) {
            Some(bot) => self
                .new
                .actions
                .get(bot.entry())
                .is_some_and(|it| it.id == *id),
            None => owned.iter().all(|id| self.is_same(id)),
        };
        match is_reached {
            true => ActionId::new(entry.key.text.as_str()),
            false => id.clone(),
        }
    }
}

/// What a reviewer has to know about a text that went.
fn lost(what: &str, text: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let is_comment = |line: &str| line.trim_start().starts_with('#') || line.contains(" #");
    if text.lines().any(is_comment) {
        notes.push(format!("a comment in {what} may have gone"));
    }
    for line in text.lines().filter(|it| it.contains("vars.")) {
        notes.push(format!(
            "the template of {what} was replaced by what it is in this environment: {}",
            line.trim()
        ));
    }
    notes
}

/// The canonical text of one action.
fn alone(action: &Action) -> String {
    let mut flow = Flow::new(&action.id);
    flow.actions.push(action.clone());
    canonical::text(&flow)
}

/// Text that is no template, in a place where the sources take none.
fn literal(text: &str) -> Yaml {
    match template::is_template(text) {
        true => Yaml::Json(text.into()),
        false => Yaml::text(text),
    }
}
