//! Forms that become one action by the table alone: each key a parameter, each branch a
//! transition.

use flow::value::{Format, Map, Value};

use super::build::action;
use super::exits::Exits;
use super::keys::Keys;
use super::value::Limits;
use super::{Lowering, Place};
use crate::forms::{Body, Count, FormKey, Group, Presence, ValueKind};
use crate::rule;
use crate::suggest;
use crate::yaml::{Entry, Kind, Node};

impl<'a> Lowering<'a> {
    pub(super) fn simple(&mut self, place: &Place<'_>, body: &'a Node, exits: &Exits<'a>) {
        let keys = self.body(place, body);
        let parameters = self.parameters(place, body, keys, exits);
        let ways = self.ways(place, exits, keys);
        let kind = place.spec.action_type;
        self.add(place, action(place.id(""), kind, parameters, ways));
    }

    /// The parameters that the keys of a form become.
    pub(super) fn parameters(
        &mut self,
        place: &Place<'_>,
        body: &'a Node,
        keys: Keys<'a>,
        exits: &Exits<'a>,
    ) -> Map {
        let mut parameters = Map::new();
        let is_plain = !matches!(body.kind, Kind::Map(_));
        match &place.spec.body {
            Body::Value(key) => self.set(key, body, &mut parameters),
            Body::FirstOrKeys([first, rest @ ..]) if is_plain => {
                if body.is_null() && first.presence == Presence::Needed {
                    self.missing_key(place, first.key);
                } else {
                    self.set(first, body, &mut parameters);
                }
                rest.iter()
                    .for_each(|key| set_default(key, &mut parameters));
            }
            Body::Keys(known) | Body::FirstOrKeys(known) => {
                for key in *known {
                    self.key(place, keys, key, &mut parameters);
                }
                if matches!(body.kind, Kind::Map(_)) && !self.is_bare_template(body) {
                    self.groups(place, keys);
                }
            }
            Body::Nothing => {}
        }
        let beside = place.spec.beside.iter();
        for key in beside.filter(|key| !key.parameter.is_empty()) {
            self.key(place, exits.beside, key, &mut parameters);
        }
        parameters
    }

    fn key(&mut self, place: &Place<'_>, keys: Keys<'a>, key: &FormKey, parameters: &mut Map) {
        match keys.get(key.key) {
            Some(entry) if leaves_out(key, entry) => {}
            Some(entry) => self.set(key, &entry.value, parameters),
            None if key.presence == Presence::Needed => self.missing(place, keys, key),
            None => set_default(key, parameters),
        }
    }

    fn set(&mut self, key: &FormKey, node: &'a Node, parameters: &mut Map) {
        if let Some(value) = self.value(node, key) {
            insert(parameters, key.parameter, value);
        }
    }

    /// The value of a key, if it can be read.
    pub(super) fn value(&mut self, node: &'a Node, key: &FormKey) -> Option<Value> {
        let what = key.what;
        match key.kind {
            ValueKind::Text => self.text(node, what),
            ValueKind::Word => {
                let word = self.word(node, what)?;
                Some(Value::text(word.text.as_str()))
            }
            ValueKind::Texts => self.texts(node, what, false).map(Value::Map),
            ValueKind::NestedTexts => self.texts(node, what, true).map(Value::Map),
            ValueKind::FlowAttributes => {
                let texts = self.texts(node, what, false)?;
                let wrap = |value| Value::Map([("Value".to_owned(), value)].into_iter().collect());
                let attributes = texts.into_iter().map(|(name, value)| (name, wrap(value)));
                Some(Value::Map(attributes.collect()))
            }
            ValueKind::TextList => self.text_list(node, what),
            ValueKind::Json => self.raw_value(node, &[], true),
            ValueKind::Name(kind) => self.reference(node, kind),
            ValueKind::Flow(types) => self.flow_reference(node, types),
            ValueKind::Path => self.path(node, what),
            ValueKind::Duration { least, greatest } => self.duration(
                node,
                Format::Seconds,
                Limits {
                    what,
                    least,
                    greatest,
                },
            ),
            ValueKind::Minutes { least, greatest } => self.duration(
                node,
                Format::Minutes,
                Limits {
                    what,
                    least,
                    greatest,
                },
            ),
            ValueKind::Number { least, greatest } => self.number(node, what, least..=greatest),
            ValueKind::Choice(words) => self.choice(node, what, words).map(Value::text),
            ValueKind::ChoiceList(words) => {
                let chosen = self.choice(node, what, words)?;
                Some(Value::List(vec![Value::text(chosen)]))
            }
            // What these become, the form that has them says.
            ValueKind::Conditions(_) | ValueKind::Shares | ValueKind::Keys(_) => None,
        }
    }

    /// Reports keys that exclude each other, and groups of which none is there.
    fn groups(&mut self, place: &Place<'_>, keys: Keys<'a>) {
        for group in place.spec.groups {
            if group.count != Count::AtLeastOne {
                self.at_most_one(keys, group);
            }
            let is_there = group.keys.iter().any(|key| keys.has(key));
            if group.count != Count::AtMostOne && !is_there && !has_slip(place, keys, group) {
                let headline = format!("`{}` has nothing to go by", place.form.text);
                let listed = suggest::listed(group.keys.iter().copied());
                let label = format!("one of {listed} is needed");
                self.error_at(&rule::MISSING_KEY, place.form, headline, label);
            }
        }
    }

    fn at_most_one(&mut self, keys: Keys<'a>, group: &Group) {
        let mut written = group.keys.iter().filter_map(|key| keys.get(key));
        let (Some(first), Some(second)) = (written.next(), written.next()) else {
            return;
        };
        let (first, second) = (&first.key, &second.key);
        let headline = format!("`{}` and `{}` at once", first.text, second.text);
        let label = format!("`{}` is there already", first.text);
        let listed = suggest::listed(group.keys.iter().copied());
        self.error_at(&rule::UNEXPECTED_SHAPE, second, headline, label)
            .help = Some(format!("an action has one of {listed}"));
    }

    /// Whether YAML has read a template without quotes as a map, which was reported.
    fn is_bare_template(&self, body: &Node) -> bool {
        let text = &self.document.sources.file(body.source).text;
        text.get(body.range.clone())
            .is_some_and(|it| it.starts_with("{{"))
    }
}

fn has_slip(place: &Place<'_>, keys: Keys<'_>, group: &Group) -> bool {
    let is_known = |word: &str| place.spec.keys().iter().any(|it| it.key == word);
    group.keys.iter().any(|key| keys.has_slip_of(key, is_known))
}

/// Whether a parameter that the form would write by itself is not wanted.
fn leaves_out(key: &FormKey, entry: &Entry) -> bool {
    let has_default = matches!(key.presence, Presence::Default(_) | Presence::EmptyMap);
    let is_json = matches!(&entry.value.kind, Kind::Scalar(scalar) if scalar.is_json);
    has_default && entry.value.is_null() && !is_json
}

fn set_default(key: &FormKey, parameters: &mut Map) {
    match key.presence {
        Presence::Default(text) => insert(parameters, key.parameter, Value::text(text)),
        Presence::EmptyMap => insert(parameters, key.parameter, Value::Map(Map::new())),
        Presence::Needed | Presence::Optional => {}
    }
}

/// Sets a parameter; a name with dots lies inside others.
fn insert(parameters: &mut Map, name: &str, value: Value) {
    let Some((outer, rest)) = name.split_once('.') else {
        parameters.insert(name.to_owned(), value);
        return;
    };
    let outer = parameters.get_or_insert_with(outer.to_owned(), || Value::Map(Map::new()));
    if let Value::Map(inner) = outer {
        insert(inner, rest, value);
    }
}
