//! The text of one action: anew, or with only those of its keys changed that differ.

use flow::model::Action;

use super::place::{Replacements, block_entries, comment_behind, indentation, lines};
use crate::emit::{self, Yaml};
use crate::import::actions::{self, Fields};
use crate::yaml::Entry;

/// How much of an action's text is written anew; each is tried after the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effort {
    /// The keys that differ.
    Keys,
    /// All of it; a pattern stays one.
    Pattern,
    /// All of it, in a short form of its own.
    Short,
    /// In the action's own terms.
    Raw,
    /// In the action's own terms, with nothing that could be taken for something else.
    Verbatim,
}

impl Effort {
    pub(super) fn next(self) -> Option<Effort> {
        match self {
            Effort::Keys => Some(Effort::Pattern),
            Effort::Pattern => Some(Effort::Short),
            Effort::Short => Some(Effort::Raw),
            Effort::Raw => Some(Effort::Verbatim),
            Effort::Verbatim => None,
        }
    }
}

fn fields(action: &Action, effort: Effort) -> Fields {
    match effort {
        Effort::Keys | Effort::Pattern | Effort::Short => {
            actions::short(action).unwrap_or_else(|| actions::raw(action))
        }
        Effort::Raw => actions::raw(action),
        Effort::Verbatim => actions::verbatim(action),
    }
}

/// An action as an entry of a map.
pub(super) fn entry(action: &Action, indent: usize, effort: Effort) -> String {
    named(action.id.as_str(), &fields(action, effort), indent)
}

/// The keys of an action under its name.
pub(super) fn named(name: &str, fields: &Fields, indent: usize) -> String {
    let mut out = String::new();
    emit::heading(&mut out, indent, name);
    for (key, value) in fields {
        emit::known_entry(&mut out, indent + 2, key, value);
    }
    out
}

/// Two versions of an action, in each of the forms that it may be written in.
pub(super) fn forms(old: &Action, new: &Action) -> Vec<[Fields; 2]> {
    let forms: [fn(&Action) -> Option<Fields>; 2] = [actions::short, |it| Some(actions::raw(it))];
    let both = forms.iter().map(|form| Some([form(old)?, form(new)?]));
    both.flatten().collect()
}

/// A text that went.
pub(super) struct Went {
    /// The key that it was under; none for the action's own keys.
    pub(super) key: Option<String>,
    pub(super) text: String,
}

/// Replaces the keys that differ between two versions of an action, and gives the texts that went.
/// Nothing is replaced if the person wrote another form than those given.
pub(super) fn replace_keys(
    text: &str,
    entry: &Entry,
    forms: Vec<[Fields; 2]>,
    replacements: &mut Replacements,
) -> Option<Vec<Went>> {
    let written = block_entries(text, &entry.value)?;
    let is_written = |[old, _]: &[Fields; 2]| old.len() == written.len() && has_all(written, old);
    let [old, new] = forms.into_iter().find(is_written)?;
    let mut keys = Keys {
        text,
        replacements,
        went: Vec::new(),
    };
    keys.replace(written, &old, &new, false)?;
    Some(keys.went)
}

/// Whether all keys are among the written ones.
fn has_all(written: &[Entry], fields: &Fields) -> bool {
    let has = |key: &String| written.iter().any(|it| it.key.text == *key);
    fields.iter().all(|(key, _)| has(key))
}

/// Keys being replaced.
struct Keys<'a> {
    text: &'a str,
    replacements: &'a mut Replacements,
    went: Vec<Went>,
}

impl Keys<'_> {
    /// Replaces what differs in a map, which may lie in that of the action.
    fn replace(
        &mut self,
        written: &[Entry],
        old: &Fields,
        new: &Fields,
        is_inner: bool,
    ) -> Option<()> {
        let indent = indentation(self.text, written.first()?);
        let end = lines(self.text, written.last()?)?.end;
        for entry in written {
            let key = &entry.key.text;
            let (before, after) = (value_of(old, key), value_of(new, key));
            if before == after {
                continue;
            }
            match self.inner(entry, before, after) {
                Some((written, before, after)) => self.replace(written, before, after, true)?,
                None => self.replace_one(entry, after, indent, is_inner)?,
            }
        }
        let is_new = |key: &str| !written.iter().any(|it| it.key.text == key);
        for (key, value) in new.iter().filter(|(key, _)| is_new(key)) {
            self.replacements.put(end..end, one(key, value, indent));
        }
        Some(())
    }

    /// The map under a key, if only some of its keys have to be replaced.
    fn inner<'n>(
        &self,
        entry: &'n Entry,
        before: Option<&'n Yaml>,
        after: Option<&'n Yaml>,
    ) -> Option<(&'n [Entry], &'n Fields, &'n Fields)> {
        let (Yaml::Map(before), Yaml::Map(after)) = (before?, after?) else {
            return None;
        };
        let written = block_entries(self.text, &entry.value)?;
        let is_fit = !before.is_empty() && !after.is_empty() && has_all(written, before);
        is_fit.then_some((written, before, after))
    }

    fn replace_one(
        &mut self,
        entry: &Entry,
        after: Option<&Yaml>,
        indent: usize,
        is_inner: bool,
    ) -> Option<()> {
        let key = entry.key.text.as_str();
        let lines = lines(self.text, entry)?;
        let mut new = after.map_or_else(String::new, |it| one(key, it, indent));
        let mut end = lines.end;
        // A comment at the end of a line is about the key, so that it outlives a value.
        if let Some(comment) = comment_behind(self.text, entry)
            && new.lines().count() == 1
        {
            end -= comment.len();
            new.truncate(new.trim_end().len());
            new.push_str(comment);
        }
        self.went.push(Went {
            key: is_inner.then(|| key.to_owned()),
            text: self.text[lines.start..end].to_owned(),
        });
        self.replacements.put(lines, new);
        Some(())
    }
}

fn value_of<'a>(fields: &'a Fields, key: &str) -> Option<&'a Yaml> {
    let mut fields = fields.iter();
    fields.find(|(it, _)| it == key).map(|(_, it)| it)
}

fn one(key: &str, value: &Yaml, indent: usize) -> String {
    let mut out = String::new();
    emit::known_entry(&mut out, indent, key, value);
    out
}
