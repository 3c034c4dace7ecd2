//! What the service refuses when a document is published, in the service's own words.

use crate::model::{DocumentKind, Flow};

/// One reason for which the service refuses a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// As the service words it.
    pub message: String,
    /// The index in `Actions` of the action it is about, if it is about one.
    pub action: Option<usize>,
}

/// Everything for which the service would refuse to publish a document.
pub fn problems(_flow: &Flow, _kind: DocumentKind) -> Vec<Problem> {
    Vec::new()
}
