//! What somebody wants of a plan beside that things are as they should be.

/// The choices of whoever plans; by default nothing is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Delete what is ours and no longer in the sources.
    pub prune: bool,
    /// Delete in protected environments too, and replace what cannot be changed.
    pub allow_destroy: bool,
}
