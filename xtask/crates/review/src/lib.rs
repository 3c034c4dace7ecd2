//! What a reviewer sees of a change: which flows differ, what follows from it, what it does to each
//! environment, and the views of all that.
//!
//! Pure: versions of flows in, values and texts out. Where a version comes from, a revision, a
//! folder or an instance, is the caller's to know.

pub mod comment;
mod comparison;
mod consequences;
mod environments;
mod names;
mod redact;
mod review;
mod version;
pub mod view;

pub use comparison::{
    Comparison, Consequence, FlowChange, PropertyChange, Status, Weight, compare,
};
pub use environments::{EnvironmentGroup, VariableEffect, environment_groups};
pub use redact::Redactor;
pub use review::{EnvironmentReview, LiveReview, PlanSummary, Review, VariableChange};
pub use version::{Version, address};
