//! Everything a review is made of.

use flow::diagnostic::Diagnostic;

use crate::comparison::Comparison;
use crate::environments::EnvironmentGroup;

/// A change to a project, as a reviewer gets it.
#[derive(Clone, Debug)]
pub struct Review {
    /// The sources before and after, templates unrendered.
    pub sources: Comparison,
    /// In the order of their names.
    pub environments: Vec<EnvironmentReview>,
    /// The same environments, those together that the change treats alike: what
    /// [`crate::environment_groups`] makes of them.
    pub groups: Vec<EnvironmentGroup>,
    /// What `check` finds in the new version, sorted.
    pub findings: Vec<Diagnostic>,
}

/// What the change does to one environment.
#[derive(Clone, Debug)]
pub struct EnvironmentReview {
    pub name: String,
    /// Variables of the environment that differ between the revisions.
    pub variables: Vec<VariableChange>,
    /// The flows as rendered for the environment, before and after.
    pub rendered: Comparison,
    pub live: LiveReview,
}

/// A variable that differs. Values of variables marked secret are not in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableChange {
    pub name: String,
    pub old: Option<String>,
    pub new: Option<String>,
    pub is_secret: bool,
}

/// What is known about the live instance.
#[derive(Clone, Debug)]
pub enum LiveReview {
    /// Why nobody looked: `no --env prod was given`, `no credentials`.
    NotChecked { why: String },
    Checked {
        /// The live flows against the new version.
        comparison: Comparison,
        /// Nothing if nobody asked what a deployment would do.
        plan: Option<PlanSummary>,
    },
}

/// What a deployment would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanSummary {
    pub create: usize,
    pub update: usize,
    pub delete: usize,
    pub unchanged: usize,
    pub calls: usize,
    /// Of how many Lambdas the sources are not there, so that nobody can tell whether they change.
    pub not_built: usize,
    /// What stands in the way of deploying.
    pub problems: Vec<String>,
}
