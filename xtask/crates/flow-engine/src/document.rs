//! A published flow or module as the engine runs it.

use std::fmt;

use flow::model::Flow;

/// A flow or module with the names under which its steps are reported.
#[derive(Clone, PartialEq)]
pub struct Document {
    /// Tells documents apart, for example in loop counters; an ARN where there is one.
    pub id: String,
    /// What people see in Connect.
    pub name: String,
    pub flow: Flow,
}

/// The name is enough; a document can be long.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
