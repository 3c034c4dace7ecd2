//! Which of the contact's data an action sets, for rules that follow data through a flow.

use serde::Deserialize;

use super::{When, parameter};
use crate::jsonpath::{self, Reference};
use crate::model::Action;
use crate::value::{Map, Value};

/// Something that an action of a type sets when it succeeds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetFact {
    /// The root of the references to it: `External`.
    pub root: String,
    /// The one key below the root that is set; without it and `keys_of`, any key may be.
    pub key: Option<String>,
    /// The parameter that names the keys: of a map its keys, of a list its texts, of a text itself.
    pub keys_of: Option<String>,
    /// What the root or key held before is gone.
    #[serde(default)]
    pub replaces: bool,
    pub when: Option<When>,
    pub unless: Option<When>,
}

/// Data that an action sets: a root such as `Attributes`, and below it one key or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written<'a> {
    pub root: &'a str,
    /// Nothing if it can be any key below the root, or if the root is a value itself.
    pub key: Option<&'a str>,
    /// What the root or key held before is gone.
    pub replaces: bool,
}

impl Written<'_> {
    /// Whether a reference may read what was written.
    pub fn covers(&self, reference: &Reference<'_>) -> bool {
        let is_key = |key| reference.key().is_none_or(|read| read == key);
        self.root == reference.root && self.key.is_none_or(is_key)
    }
}

/// What an action with its parameters sets when it succeeds. An error branch sets nothing, and
/// what foreign code sets is not known here.
pub fn written(action: &Action) -> impl Iterator<Item = Written<'_>> {
    let parameters = &action.parameters;
    let facts: &'static [SetFact] = super::entry(&action.kind).map_or(&[], |it| &it.sets);
    facts
        .iter()
        .filter(|fact| fact.when.as_ref().is_none_or(|it| it.holds(parameters)))
        .filter(|fact| !fact.unless.as_ref().is_some_and(|it| it.holds(parameters)))
        .flat_map(|fact| {
            keys(fact, parameters).map(|key| Written {
                root: &fact.root,
                key,
                replaces: fact.replaces,
            })
        })
}

/// The keys that are set; nothing in place of a key stands for any.
fn keys<'a>(fact: &'static SetFact, parameters: &'a Map) -> impl Iterator<Item = Option<&'a str>> {
    let named = fact.keys_of.as_deref();
    let value = named.and_then(|name| parameter(parameters, name));
    let one = match value {
        None => named.is_none().then_some(fact.key.as_deref()),
        Some(Value::Map(_) | Value::List(_)) => None,
        Some(Value::Text(text)) if !jsonpath::is_reference(text) => Some(Some(text.as_str())),
        // A reference or template names keys that nobody knows yet.
        Some(_) => Some(None),
    };
    let map = value.and_then(Value::as_map).into_iter().flatten();
    let list = value.and_then(Value::as_list).into_iter().flatten();
    one.into_iter()
        .chain(map.map(|(key, _)| Some(key.as_str())))
        .chain(list.map(Value::as_text))
}
