//! The control plane of Amazon Connect.

use indexmap::IndexMap;

/// The instances of the account by id.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) instances: IndexMap<String, ()>,
}
