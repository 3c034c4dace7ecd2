//! The flows around a flow, in both versions: what is known of them is found out when it is first
//! asked for.

use flow_source::lint::{Subject, subject_of};

use crate::version::Version;

/// Both versions.
pub(crate) struct Versions<'a> {
    pub(crate) old: Around<'a>,
    pub(crate) new: Around<'a>,
}

/// A version with what is known of its flows.
pub(crate) struct Around<'a> {
    /// The flows and modules as the checks want them.
    pub(super) subjects: Vec<Subject<'a>>,
}

impl<'a> Versions<'a> {
    pub(crate) fn new(old: &'a Version, new: &'a Version) -> Self {
        Self {
            old: Around::new(old),
            new: Around::new(new),
        }
    }
}

impl<'a> Around<'a> {
    fn new(version: &'a Version) -> Self {
        let subjects = version.flows.values().map(|it| subject_of(it, &it.flow));
        Self {
            subjects: subjects.collect(),
        }
    }
}
