//! The types of a fragment's parameters, and whether a value is of one.

use flow::jsonpath;
use flow::value::RefKind;

use crate::duration;
use crate::template;
use crate::yaml::{Kind, Node, Scalar};

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParameterType {
    Text,
    Number,
    Duration,
    Boolean,
    List,
    Map,
    /// The name of an action of the user.
    Action,
    Reference(RefKind),
}

impl ParameterType {
    const PLAIN: [(&'static str, Self); 7] = [
        ("text", Self::Text),
        ("number", Self::Number),
        ("duration", Self::Duration),
        ("boolean", Self::Boolean),
        ("list", Self::List),
        ("map", Self::Map),
        ("action", Self::Action),
    ];

    pub(crate) fn parse(word: &str) -> Option<Self> {
        let mut plain = Self::PLAIN.into_iter();
        let found = plain.find(|(name, _)| *name == word);
        let found = found.map(|(_, kind)| kind);
        found.or_else(|| RefKind::parse(word).map(Self::Reference))
    }

    /// The words of all types, for suggestions.
    pub(crate) fn words() -> impl Iterator<Item = &'static str> {
        let plain = Self::PLAIN.into_iter().map(|(name, _)| name);
        plain.chain(RefKind::ALL.into_iter().map(RefKind::as_str))
    }

    pub(crate) fn word(self) -> &'static str {
        let mut plain = Self::PLAIN.into_iter();
        match self {
            Self::Reference(kind) => kind.as_str(),
            _ => plain
                .find(|(_, kind)| *kind == self)
                .map_or("", |(name, _)| name),
        }
    }

    /// Whether a value can stand inside a text.
    pub(crate) fn is_text(self) -> bool {
        matches!(
            self,
            Self::Text | Self::Number | Self::Duration | Self::Boolean
        )
    }

    /// Why a value is not of this type: what is expected and what a right one looks like.
    pub(crate) fn fault(self, value: &Node) -> Option<(&'static str, &'static str)> {
        let scalar = match (&value.kind, self) {
            (Kind::List(_), Self::List) | (Kind::Map(_), Self::Map) => return None,
            (Kind::Scalar(scalar), _) if !scalar.is_null() => Some(scalar),
            _ => None,
        };
        let is = |is_right: fn(&Scalar) -> bool| scalar.is_some_and(is_right);
        let (is_right, expected, example) = match self {
            Self::Text => (is(|_| true), "text", "`\"some text\"`"),
            Self::Number => (is(is_number), "a number", "`3`"),
            Self::Duration => (is(is_duration), "a duration", "`30s`, `15m` or `1h30m`"),
            Self::Boolean => (is(is_boolean), "`true` or `false`", "`true`"),
            Self::List => (false, "a list", "`[one, two]`"),
            Self::Map => (false, "a map", "`{ name: value }`"),
            Self::Action => (is(is_literal), "the name of an action", "`goodbye`"),
            Self::Reference(_) => (is(is_reference), "a name", "`support`"),
        };
        (!is_right).then_some((expected, example))
    }
}

/// What an environment fills in is checked where it is used.
fn is_open(scalar: &Scalar) -> bool {
    !scalar.is_json && template::is_template(&scalar.text)
}

fn is_literal(scalar: &Scalar) -> bool {
    !is_open(scalar)
}

fn is_number(scalar: &Scalar) -> bool {
    is_open(scalar) || serde_json::from_str::<serde_json::Number>(&scalar.text).is_ok()
}

fn is_duration(scalar: &Scalar) -> bool {
    is_open(scalar)
        || jsonpath::is_reference(&scalar.text)
        || duration::seconds(&scalar.text).is_some()
}

fn is_boolean(scalar: &Scalar) -> bool {
    is_open(scalar) || matches!(scalar.text.as_str(), "true" | "false")
}

/// A name, the path to one, or the template that is one.
fn is_reference(scalar: &Scalar) -> bool {
    is_literal(scalar) || template::analyse(&scalar.text).reference.is_some()
}
