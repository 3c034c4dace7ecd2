//! Values of the crates below as text for people and as JSON for programs.

pub(crate) mod comparison;
pub(crate) mod drift;
pub(crate) mod plan;
pub(crate) mod releases;
