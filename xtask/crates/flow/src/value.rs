//! Parameter values of the portable flow: JSON, and beside it the two things that only an
//! environment can fill in, references and templates.

use std::fmt;

pub use crate::map::Map;

/// A value inside `Parameters`, a condition's operand, `Metadata` or `Settings`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    /// A scalar that refers to the variables of an environment; gone after rendering.
    Template(Template),
    /// A symbolic name of something that lives on an instance; gone after binding.
    Ref(Ref),
    List(Vec<Value>),
    Map(Map),
}

/// The unrendered source of a scalar, with how its result is written into the flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template {
    /// minijinja source, for example `Hello from {{ vars.brand }}`.
    pub source: String,
    /// How the rendered text is turned into the scalar of the flow.
    pub format: Format,
}

/// How a rendered template becomes a scalar of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// As it is.
    Text,
    /// A duration such as `15m`, written as a decimal number of seconds.
    Seconds,
    /// A duration such as `2m`, written as a decimal number of minutes.
    Minutes,
}

/// A symbolic reference: what kind of thing, and the name by which the sources know it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ref {
    pub kind: RefKind,
    pub name: String,
}

/// The kinds of thing that a flow can refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefKind {
    Flow,
    Module,
    Queue,
    Hours,
    Lambda,
    Prompt,
    View,
    LexBot,
    /// Anything else that has an ARN or an id: a case template, a data table, an assistant.
    Resource,
}

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into())
    }

    /// The text of a literal; nothing for what is not text or not resolved yet.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(list) => Some(list),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Value::Map(map)
    }
}

impl Ref {
    pub fn new(kind: RefKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }
}

/// As plans and messages show it: `queue:support`.
impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)
    }
}

impl RefKind {
    pub const ALL: [RefKind; 9] = [
        RefKind::Flow,
        RefKind::Module,
        RefKind::Queue,
        RefKind::Hours,
        RefKind::Lambda,
        RefKind::Prompt,
        RefKind::View,
        RefKind::LexBot,
        RefKind::Resource,
    ];

    /// The word that sources and addresses use, also the name of the template function.
    pub fn as_str(self) -> &'static str {
        match self {
            RefKind::Flow => "flow",
            RefKind::Module => "module",
            RefKind::Queue => "queue",
            RefKind::Hours => "hours",
            RefKind::Lambda => "lambda",
            RefKind::Prompt => "prompt",
            RefKind::View => "view",
            RefKind::LexBot => "lex_bot",
            RefKind::Resource => "resource",
        }
    }

    pub fn parse(text: &str) -> Option<RefKind> {
        RefKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for RefKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
