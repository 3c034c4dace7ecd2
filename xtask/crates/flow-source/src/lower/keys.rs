//! The keys of an action and of its body: the table of forms says which there are, all others are
//! reported with the name that may have been meant.

use flow::diagnostic::Fix;

use super::{Lowering, Place};
use crate::fields::Fields;
use crate::forms::{Body, Count, FormKey, Presence};
use crate::rule::{self, Rule};
use crate::suggest;
use crate::yaml::{Entry, Kind, Node};

/// The entries of a map.
#[derive(Clone, Copy, Default)]
pub(super) struct Keys<'a> {
    entries: &'a [Entry],
    /// All of the map that they are from.
    map: &'a [Entry],
}

impl<'a> Keys<'a> {
    /// The entries of a node, if it is a map.
    pub(super) fn of(node: &'a Node) -> Option<Self> {
        match &node.kind {
            Kind::Map(entries) => Some(Self {
                entries,
                map: entries,
            }),
            _ => None,
        }
    }

    /// One entry of these alone.
    pub(super) fn one(self, entry: &'a Entry) -> Self {
        Self {
            entries: std::slice::from_ref(entry),
            ..self
        }
    }

    pub(super) fn get(self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key.text == key)
    }

    pub(super) fn has(self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter()
    }

    /// Whether an unknown key is there that may have been meant for this one; it is reported with
    /// this name.
    pub(super) fn has_slip_of(self, key: &str, is_known: impl Fn(&str) -> bool) -> bool {
        self.iter().any(|entry| {
            let written = entry.key.text.as_str();
            !is_known(written) && suggest::nearest(written, [key]).is_some()
        })
    }
}

impl<'a> Lowering<'a> {
    /// The keys under the word of a form. Of a form that takes a plain value as well there are
    /// none if that is what is written.
    pub(super) fn body(&mut self, place: &Place<'_>, body: &'a Node) -> Keys<'a> {
        let (known, is_plain) = match place.spec.body {
            Body::Nothing => {
                self.no_body(place, body);
                return Keys::default();
            }
            Body::Value(_) => return Keys::default(),
            Body::Keys(keys) => (keys, false),
            Body::FirstOrKeys(keys) => (keys, !matches!(body.kind, Kind::Map(_))),
        };
        let is_optional = || known.iter().all(|it| it.presence != Presence::Needed);
        if is_plain
            || body.is_null()
                && is_optional()
                && place
                    .spec
                    .groups
                    .iter()
                    .all(|it| it.count == Count::AtMostOne)
        {
            return Keys::default();
        }
        let what = || format!("`{}`", place.form.text);
        let Some(keys) = Keys::of(body) else {
            let headline = format!("{} is not a map", what());
            let label = format!("a map is expected here, this is {}", body.described());
            // Nothing has no place of its own to point at.
            if body.range.is_empty() {
                self.error_at(&rule::UNEXPECTED_SHAPE, place.form, headline, label);
            } else {
                self.error(&rule::UNEXPECTED_SHAPE, body, headline, label);
            }
            return Keys::default();
        };
        self.only(keys, &rule::UNKNOWN_KEY, "key", what, || {
            known.iter().map(|it| it.key)
        });
        keys
    }

    /// The keys of a node that has to be a map.
    pub(super) fn fields(&mut self, node: &'a Node, what: &str) -> Option<Fields<'a>> {
        let fields = Fields::of(node);
        if fields.is_none() {
            let headline = format!("{what} is not a map");
            let label = format!("a map is expected here, this is {}", node.described());
            self.error(&rule::UNEXPECTED_SHAPE, node, headline, label);
        }
        fields
    }

    /// Reports a key that has to be there and is not.
    pub(super) fn missing(&mut self, place: &Place<'_>, keys: Keys<'a>, key: &FormKey) {
        let is_known = |word: &str| place.spec.keys().iter().any(|it| it.key == word);
        if !keys.has_slip_of(key.key, is_known) {
            self.missing_key(place, key.key);
        }
    }

    pub(super) fn missing_key(&mut self, place: &Place<'_>, key: &str) {
        let headline = format!("missing key `{key}`");
        let label = format!("`{}` needs `{key}`", place.form.text);
        self.error_at(&rule::MISSING_KEY, place.form, headline, label);
    }

    /// Reports the keys that are not known.
    pub(super) fn only<I: Iterator<Item = &'static str>>(
        &mut self,
        keys: Keys<'a>,
        rule: &Rule,
        word: &str,
        what: impl Fn() -> String,
        known: impl Fn() -> I,
    ) {
        for entry in keys.iter() {
            let key = entry.key.text.as_str();
            if known().any(|it| it == key) {
                continue;
            }
            let what = what();
            let headline = format!("unknown {word} `{key}`");
            let label = format!("{what} has no {word} `{key}`");
            let near = suggest::nearest(key, known());
            let help = match near {
                Some(near) => Some(format!("a {word} with a similar name exists: `{near}`")),
                None if known().next().is_none() => None,
                None => Some(format!(
                    "what {what} can have: {}",
                    suggest::listed(known())
                )),
            };
            let is_there = |near: &str| keys.map.iter().any(|entry| entry.key.text == near);
            let is_certain =
                |near: &&str| !is_there(near) && suggest::is_only_near(key, near, known());
            let fix = near.filter(is_certain);
            let span = self.span(&entry.key);
            let diag = self.error_at(rule, &entry.key, headline, label);
            diag.help = help;
            diag.fix = fix.map(|near| Fix::safe(format!("write `{near}`"), span, near));
        }
    }

    pub(super) fn no_more_keys(&mut self, fields: Fields<'a>, what: &str) {
        let document = self.document;
        fields.refuse_rest(what, |entry| document.span(&entry.key), self.diags);
    }

    /// Reports a body where there is nothing to say.
    fn no_body(&mut self, place: &Place<'_>, body: &'a Node) {
        let is_empty_map = matches!(&body.kind, Kind::Map(entries) if entries.is_empty());
        if !is_empty_map && !body.is_null() {
            let headline = format!("`{}` takes nothing", place.form.text);
            let help = format!("write `{}: {{}}`", place.form.text);
            let label = "nothing is expected here";
            self.error(&rule::UNEXPECTED_SHAPE, body, headline, label)
                .help = Some(help);
        }
    }
}
