//! What a check may look at.

use flow::model::{DocumentKind, Flow};
use flow::value::{RefKind, Value};

use super::{Graph, Subject};

/// A flow under check, and what is known around it.
pub(crate) struct Context<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) flow: &'a Flow,
    pub(crate) graph: &'a Graph<'a>,
    /// Every flow and module of the same run, this one included.
    pub(crate) subjects: &'a [Subject<'a>],
}

impl<'a> Context<'a> {
    pub(crate) fn kind(&self) -> Option<DocumentKind> {
        self.subject.kind
    }

    /// The module that a parameter refers to by name, if it is one of this run.
    pub(crate) fn module(&self, value: &Value) -> Option<&'a Subject<'a>> {
        let Value::Ref(reference) = value else {
            return None;
        };
        let is_it =
            |it: &&Subject<'_>| it.kind == Some(DocumentKind::Module) && it.name == reference.name;
        (reference.kind == RefKind::Module)
            .then(|| self.subjects.iter().find(is_it))
            .flatten()
    }
}
