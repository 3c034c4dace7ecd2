//! Which environments a change treats alike, and what it does there beside what the sources say.

mod sites;

use std::collections::BTreeSet;

use flow::diff::shown;
use flow::model::{ActionId, FlowDefinition};

use crate::comparison::{Comparison, Consequence, FlowChange, Status};
use crate::review::EnvironmentReview;
use crate::version::Version;
use sites::{Site, place, sites};

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
    let sides = Sides::new(old, new, sources);
    let mut groups: Vec<EnvironmentGroup> = Vec::new();
    for environment in environments {
        let own = sides.here(environment);
        let is_same = |it: &&mut EnvironmentGroup| {
            let environments = it.environments.clone();
            **it == EnvironmentGroup {
                environments,
                ..own.clone()
            }
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => group.environments.push(environment.name.clone()),
            None => groups.push(EnvironmentGroup {
                environments: vec![environment.name.clone()],
                ..own
            }),
        }
    }
    groups.iter_mut().for_each(|it| it.environments.sort());
    groups.sort_by(|a, b| a.environments.cmp(&b.environments));
    groups
}

/// The sources, with the places at which they have templates.
struct Sides<'a> {
    sources: &'a Comparison,
    old: Vec<Site<'a>>,
    new: Vec<Site<'a>>,
}

impl<'a> Sides<'a> {
    fn new(old: &'a Version, new: &'a Version, sources: &'a Comparison) -> Self {
        let (old, new) = (sites(old), sites(new));
        Self { sources, old, new }
    }

    /// What the change does in one environment; its name is left to the caller.
    fn here(&self, environment: &EnvironmentReview) -> EnvironmentGroup {
        EnvironmentGroup {
            environments: Vec::new(),
            effects: self.effects(environment),
            without_effect: self.without_effect(environment),
            unchanged: only_in(self.sources, &environment.rendered),
            only_here: only_in(&environment.rendered, self.sources),
            consequences: self.consequences(environment),
        }
    }

    /// The places whose template is the same in both versions and gives another text.
    fn effects(&self, environment: &EnvironmentReview) -> Vec<VariableEffect> {
        let mut effects = Vec::new();
        for site in &self.new {
            let variables = changed_variables(site, environment);
            let Some(change) = change_at(environment, site).filter(|_| !variables.is_empty())
            else {
                continue;
            };
            if !self.old.iter().any(|it| it.is_same(site, change)) {
                continue;
            }
            let (old, new) = texts(change, site);
            if old != new {
                let is_secret = is_secret(&variables, environment);
                effects.push(VariableEffect {
                    address: site.address.clone(),
                    action: Some(site.action.clone()),
                    path: site.path(),
                    variables,
                    old: old.filter(|_| !is_secret),
                    new: new.filter(|_| !is_secret),
                    is_secret,
                });
            }
        }
        effects
    }

    /// The variables with another value that stand at no place that is another.
    fn without_effect(&self, environment: &EnvironmentReview) -> Vec<String> {
        let mut with_effect = BTreeSet::new();
        for site in self.old.iter().chain(&self.new) {
            let is_other = change_at(environment, site).is_some_and(|change| {
                let (old, new) = texts(change, site);
                old != new
            });
            if is_other {
                with_effect.extend(changed_variables(site, environment));
            }
        }
        let variables = environment.variables.iter().map(|it| &it.name);
        let without = variables.filter(|it| !with_effect.contains(*it));
        without.cloned().collect()
    }

    fn consequences(&self, environment: &EnvironmentReview) -> Vec<(String, Consequence)> {
        let mut extra = Vec::new();
        for change in &environment.rendered.flows {
            let mut sources = self.sources.flows.iter();
            let source = sources.find(|it| it.address == change.address);
            let known = source.map_or(&[][..], |it| &it.consequences);
            let new = change.consequences.iter().filter(|it| !known.contains(it));
            extra.extend(new.map(|it| (change.address.clone(), it.clone())));
        }
        extra
    }
}

/// The addresses of flows that differ in the one comparison and not in the other.
fn only_in(here: &Comparison, there: &Comparison) -> Vec<String> {
    let is_there = |it: &&FlowChange| there.flows.iter().any(|other| other.address == it.address);
    let only = here.flows.iter().filter(|it| !is_there(it));
    only.map(|it| it.address.clone()).collect()
}

/// The variables with another value that stand at a place.
fn changed_variables(site: &Site<'_>, environment: &EnvironmentReview) -> Vec<String> {
    let names = environment.variables.iter().map(|it| &it.name);
    let here = names.filter(|it| site.variables.contains(*it));
    here.cloned().collect()
}

fn is_secret(variables: &[String], environment: &EnvironmentReview) -> bool {
    let mut changed = environment.variables.iter();
    changed.any(|it| it.is_secret && variables.contains(&it.name))
}

/// The rendered flow that a place is in, if it differs.
fn change_at<'e>(environment: &'e EnvironmentReview, site: &Site<'_>) -> Option<&'e FlowChange> {
    let mut flows = environment.rendered.flows.iter();
    flows.find(|it| it.status == Status::Changed && it.has_address(&site.address))
}

/// What stands at a place in both rendered versions.
fn texts(change: &FlowChange, site: &Site<'_>) -> (Option<String>, Option<String>) {
    let (old, new) = site.ids_in(change);
    let text = |definition: &Option<FlowDefinition>, id: &ActionId| {
        let action = definition.as_ref()?.flow.action(id)?;
        place(action, &site.steps).map(shown)
    };
    (text(&change.old, &old), text(&change.new, &new))
}

impl FlowChange {
    /// Whether the flow has this address in one of the versions.
    fn has_address(&self, address: &str) -> bool {
        self.address == address || self.renamed_from.as_deref() == Some(address)
    }
}
