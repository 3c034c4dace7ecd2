//! Changes of single actions in the file of a flow.

use std::collections::{BTreeMap, BTreeSet};
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
    let edit = Edit::new(attempt, ours)?;
    let mut efforts: BTreeMap<ActionId, Effort> = BTreeMap::new();
    loop {
        let (file, notes) = edit.written(&efforts)?;
        let files = vec![file];
        let wrong = edit.wrong(&files);
        // Some action is written with more effort each time round, until there is none left.
        let mut has_more = false;
        for id in wrong {
            let effort = efforts.entry(id).or_insert(Effort::Keys);
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
struct Edit<'a> {
    attempt: &'a Attempt<'a>,
    file: Arc<SourceFile>,
    /// The keys of the file.
    root: Vec<Entry>,
    /// As the sources give it.
    old: FlowDefinition,
    /// With our names for actions.
    new: Flow,
    /// By the number of an entry of `actions`, the actions that come of it.
    owned: BTreeMap<usize, Vec<ActionId>>,
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

    /// The file with every difference written into it, and what there is to say about that.
    fn written(&self, efforts: &BTreeMap<ActionId, Effort>) -> Option<(PatchedFile, Vec<String>)> {
        let text = self.text();
        let entries = self.actions()?;
        let mut replacements = Replacements::default();
        let mut notes = Vec::new();
        let effort = |id: &ActionId| efforts.get(id).copied().unwrap_or(Effort::Keys);
        let mut placed = BTreeSet::new();
        let mut ends = BTreeMap::new();
        for (n, entry) in entries.iter().enumerate() {
            let lines = lines(text, entry)?;
            let owned = self.owned.get(&n).map_or(&[][..], Vec::as_slice);
            placed.extend(owned.iter().cloned());
            ends.extend(owned.iter().map(|id| (id.clone(), lines.end)));
            if owned.iter().all(|id| self.is_same(id)) {
                continue;
            }
            let indent = indentation(text, entry);
            let name = &entry.key.text;
            if let [id] = owned
                && id.as_str() == name
                && effort(id) == Effort::Keys
                && let (Some(old), Some(new)) = (self.old.flow.action(id), self.new.action(id))
                && let Some(went) = fields::replace_keys(text, entry, old, new, &mut replacements)
            {
                notes.extend(went.iter().flat_map(|it| self.lost(name, it)));
                continue;
            }
            let left = owned.iter().filter_map(|id| self.new.action(id));
            let left: Vec<String> = left
                .map(|action| fields::entry(&self.targeted(action), indent, effort(&action.id)))
                .collect();
            let range = match left.is_empty() && n + 1 < entries.len() {
                true => with_surroundings(text, lines),
                false => lines,
            };
            notes.extend(self.lost(name, &text[range.clone()]));
            let is_pattern = owned.len() > 1 || owned.first().is_some_and(|id| id.as_str() != name);
            if is_pattern && !left.is_empty() {
                notes.push(format!(
                    "`{name}` was written out as {} actions",
                    left.len()
                ));
            }
            replacements.put(
                range,
                left.join(if are_apart(text, entries) { "\n" } else { "" }),
            );
        }
        let added = self
            .new
            .actions
            .iter()
            .filter(|it| !placed.contains(&it.id));
        for action in added {
            let at = self.place_for(action, &ends).or_else(|| {
                let last = entries.last()?;
                Some(lines(text, last)?.end)
            })?;
            let indent = indentation(text, entries.first()?);
            let mut new = fields::entry(&self.targeted(action), indent, effort(&action.id));
            if are_apart(text, entries) {
                new.insert(0, '\n');
            }
            replacements.put(at..at, new);
        }
        self.head(&mut replacements, &mut notes)?;
        let file = PatchedFile {
            path: self.file.path.clone(),
            old: Some(text.to_owned()),
            new: replacements.applied(text),
        };
        Some((file, notes))
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
                    notes.extend(self.lost(key, &text[lines.clone()]));
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
        let changed = self.new.actions.iter().filter(|it| !self.is_same(&it.id));
        let wrong = changed.filter(|it| !is_right(it));
        wrong.map(|it| it.id.clone()).collect()
    }

    /// An action as the sources speak of it: what leads to the first action of a pattern leads to
    /// the name of the pattern.
    fn targeted(&self, action: &Action) -> Action {
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
        // Only the actions of a pattern that stays are reached through its name.
        let stays = owned.iter().all(|id| self.is_same(id));
        let name = self.actions().and_then(|it| it.get(*n));
        match name.filter(|_| stays) {
            Some(entry) => ActionId::new(entry.key.text.as_str()),
            None => id.clone(),
        }
    }

    /// What a reviewer has to know about a text that went.
    fn lost(&self, name: &str, text: &str) -> Vec<String> {
        let mut notes = Vec::new();
        let is_comment = |line: &str| line.trim_start().starts_with('#') || line.contains(" #");
        if text.lines().any(is_comment) {
            notes.push(format!("a comment in `{name}` may have gone"));
        }
        for line in text.lines().filter(|it| it.contains("vars.")) {
            notes.push(format!(
                "the template of `{name}` was replaced by what it is in this environment: {}",
                line.trim()
            ));
        }
        notes
    }
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
