//! What the name of an action stands for, by where the name is written.
//!
//! A name inside a fragment means an action or an exit of that fragment, whatever the flow that
//! uses it has; what a use hands over means the actions of the user. So names are looked up where
//! they are written, and never rewritten.

use std::collections::{HashMap, HashSet};

use crate::place::SourceId;
use crate::yaml::Scalar;

/// The names that are not simply those of actions in a flow's own file.
#[derive(Debug, Default)]
pub(crate) struct ActionNames {
    scopes: HashMap<SourceId, Scope>,
    /// Actions that are not there because something is wrong with the fragment or its use; that
    /// was reported.
    absent: HashSet<String>,
    /// ActionNames that have to be known whether or not anything leads there.
    pub(crate) promised: Vec<Scalar>,
}

/// What names mean that are written in one place.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) names: HashMap<String, Target>,
    /// The fragment whose names these are; nothing beyond them can be meant then.
    pub(crate) fragment: Option<String>,
    /// Where else to look: around a repeated part.
    pub(crate) around: Option<SourceId>,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Action(String),
    /// Whatever a name means that is written elsewhere: at the use of a fragment.
    Written(Box<Scalar>),
    /// One action for each item of a list; the name of the first.
    Repeated(Option<String>),
}

/// The outcome of looking a name up.
#[derive(Debug)]
pub(crate) enum Found<'n> {
    Action(&'n str),
    Repeated(Option<&'n str>),
    /// Not known in this fragment, with the names that are.
    NotIn(&'n str, Vec<&'n str>),
}

impl ActionNames {
    pub(crate) fn add_scope(&mut self, source: SourceId, scope: Scope) {
        self.scopes.insert(source, scope);
    }

    pub(crate) fn add(&mut self, source: SourceId, name: &str, target: Target) {
        let scope = self.scopes.entry(source).or_default();
        scope.names.insert(name.to_owned(), target);
    }

    pub(crate) fn add_absent(&mut self, name: &str) {
        self.absent.insert(name.to_owned());
    }

    pub(crate) fn is_absent(&self, name: &str) -> bool {
        !self.absent.is_empty() && self.absent.contains(name)
    }

    /// The name as it is finally written, and what it stands for.
    pub(crate) fn find<'n>(&'n self, name: &'n Scalar) -> (&'n Scalar, Found<'n>) {
        let (mut name, mut source) = (name, name.source);
        while let Some(scope) = self.scopes.get(&source) {
            match (scope.names.get(&name.text), &scope.fragment, scope.around) {
                (Some(Target::Action(action)), ..) => return (name, Found::Action(action)),
                (Some(Target::Repeated(first)), ..) => {
                    return (name, Found::Repeated(first.as_deref()));
                }
                // Handed over from further out each time, so that this ends.
                (Some(Target::Written(other)), ..) => {
                    name = other;
                    source = other.source;
                }
                (None, Some(fragment), _) => {
                    let mut known: Vec<&str> = scope.names.keys().map(String::as_str).collect();
                    known.sort_unstable();
                    return (name, Found::NotIn(fragment, known));
                }
                (None, None, Some(around)) => source = around,
                (None, None, None) => break,
            }
        }
        (name, Found::Action(&name.text))
    }
}

impl Scope {
    /// The names around a part that is repeated.
    pub(crate) fn inside(around: SourceId) -> Self {
        Self {
            around: Some(around),
            ..Self::default()
        }
    }
}
