//! The text of one action: anew, or with only those of its keys changed that differ.

use flow::model::Action;

use super::place::{Replacements, block_entries, indentation, lines};
use crate::emit::{self, Yaml};
use crate::import::actions;
use crate::yaml::Entry;

/// How much of an action's text is written anew; each is tried after the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effort {
    /// The keys that differ.
    Keys,
    /// All of it, in a short form.
    Short,
    /// In the action's own terms.
    Raw,
    /// In the action's own terms, with nothing that could be taken for something else.
    Verbatim,
}

impl Effort {
    pub(super) fn next(self) -> Option<Effort> {
        match self {
            Effort::Keys => Some(Effort::Short),
            Effort::Short => Some(Effort::Raw),
            Effort::Raw => Some(Effort::Verbatim),
            Effort::Verbatim => None,
        }
    }
}

/// The keys of an action.
type Fields = Vec<(String, Yaml)>;

fn fields(action: &Action, effort: Effort) -> Fields {
    match effort {
        Effort::Keys | Effort::Short => {
            actions::short(action).unwrap_or_else(|| actions::raw(action))
        }
        Effort::Raw => actions::raw(action),
        Effort::Verbatim => actions::verbatim(action),
    }
}

/// An action as an entry of a map.
pub(super) fn entry(action: &Action, indent: usize, effort: Effort) -> String {
    let mut out = String::new();
    emit::heading(&mut out, indent, action.id.as_str());
    for (key, value) in &fields(action, effort) {
        emit::known_entry(&mut out, indent + 2, key, value);
    }
    out
}

/// Replaces the keys that differ between two versions of an action, and gives the texts that went.
/// Nothing is replaced if the person wrote another form.
pub(super) fn replace_keys(
    text: &str,
    entry: &Entry,
    old: &Action,
    new: &Action,
    replacements: &mut Replacements,
) -> Option<Vec<String>> {
    let written = block_entries(text, &entry.value)?;
    let has = |key: &str| written.iter().any(|it| it.key.text == key);
    let same_keys =
        |fields: &Fields| fields.len() == written.len() && fields.iter().all(|(key, _)| has(key));
    let forms: [fn(&Action) -> Option<Fields>; 2] = [actions::short, |it| Some(actions::raw(it))];
    let found = forms.iter().find_map(|form| {
        let (old, new) = (form(old)?, form(new)?);
        same_keys(&old).then_some((old, new))
    });
    let (old, new) = found?;
    let last = lines(text, written.last()?)?;
    let indent = indentation(text, written.first()?);
    let mut went = Vec::new();
    let of = |fields: &Fields, key: &str| {
        let mut fields = fields.iter();
        fields.find(|(it, _)| it == key).map(|(_, it)| it.clone())
    };
    for entry in written {
        let key = entry.key.text.as_str();
        let lines = lines(text, entry)?;
        let (before, after) = (of(&old, key), of(&new, key));
        if before == after {
            continue;
        }
        went.push(text[lines.clone()].to_owned());
        replacements.put(
            lines,
            after.map_or_else(String::new, |it| one(key, &it, indent)),
        );
    }
    for (key, value) in new.iter().filter(|(key, _)| !has(key)) {
        replacements.put(last.end..last.end, one(key, value, indent));
    }
    Some(went)
}

fn one(key: &str, value: &Yaml, indent: usize) -> String {
    let mut out = String::new();
    emit::known_entry(&mut out, indent, key, value);
    out
}
