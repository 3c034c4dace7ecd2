//! Parameter values of the portable flow: JSON, and beside it the two things that only an
//! environment can fill in, references and templates.

use indexmap::IndexMap;

/// An object of [`Value`]s in the order in which it was written.
pub type Map = IndexMap<String, Value>;

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
}
