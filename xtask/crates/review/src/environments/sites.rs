//! The places of sources at which a template stands.

use std::collections::BTreeSet;

use flow::diff::{PathStep, ValuePath};
use flow::model::{Action, ActionId};
use flow::value::{Map, Template, Value};
use flow_source::variables_of_template;

use crate::comparison::FlowChange;
use crate::version::Version;

/// A place with a template.
pub(super) struct Site<'a> {
    pub(super) address: String,
    pub(super) action: ActionId,
    pub(super) steps: Steps,
    template: &'a Template,
    /// The variables that the template asks for.
    pub(super) variables: BTreeSet<String>,
}

/// Where in an action something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Steps {
    Parameter(ValuePath),
    /// The number of a condition, and of an operand of it.
    Operand(usize, usize),
}

impl Site<'_> {
    /// As people see it: `TimeLimitSeconds`, `condition 2`.
    pub(super) fn path(&self) -> String {
        match &self.steps {
            Steps::Parameter(path) => path.to_string(),
            Steps::Operand(condition, _) => format!("condition {}", condition + 1),
        }
    }

    /// Whether another place is this one in the other version, with the same template.
    pub(super) fn is_same(&self, other: &Site<'_>, change: &FlowChange) -> bool {
        let (own, its) = (self.ids_in(change), other.ids_in(change));
        change_has(change, &self.address)
            && change_has(change, &other.address)
            && own == its
            && self.steps == other.steps
            && self.template == other.template
    }

    /// The identifiers of the action in the old and in the new version of a rendered flow.
    pub(super) fn ids_in(&self, change: &FlowChange) -> (ActionId, ActionId) {
        let mut renamed = change.diff.renamed.iter();
        let renamed = renamed.find(|it| it.old == self.action || it.new == self.action);
        match renamed {
            Some(it) => (it.old.clone(), it.new.clone()),
            None => (self.action.clone(), self.action.clone()),
        }
    }
}

fn change_has(change: &FlowChange, address: &str) -> bool {
    change.address == address || change.renamed_from.as_deref() == Some(address)
}

/// All places with templates, in the order of the flows and their actions.
pub(super) fn sites(version: &Version) -> Vec<Site<'_>> {
    let mut sites = Vec::new();
    for (address, definition) in &version.flows {
        for action in &definition.flow.actions {
            let mut see = |steps: Steps, template| {
                sites.push(Site {
                    address: address.clone(),
                    action: action.id.clone(),
                    steps,
                    template,
                    variables: variables_of_template(&template.source),
                });
            };
            in_map(&ValuePath::default(), &action.parameters, &mut see);
            in_operands(action, &mut see);
        }
    }
    sites
}

fn in_map<'a>(path: &ValuePath, map: &'a Map, see: &mut impl FnMut(Steps, &'a Template)) {
    for (key, value) in map {
        in_value(&path.with(PathStep::Key(key.clone())), value, see);
    }
}

fn in_value<'a>(path: &ValuePath, value: &'a Value, see: &mut impl FnMut(Steps, &'a Template)) {
    match value {
        Value::Template(template) => see(Steps::Parameter(path.clone()), template),
        Value::Map(map) => in_map(path, map, see),
        Value::List(items) => {
            for (n, item) in items.iter().enumerate() {
                in_value(&path.with(PathStep::Index(n)), item, see);
            }
        }
        _ => {}
    }
}

fn in_operands<'a>(action: &'a Action, see: &mut impl FnMut(Steps, &'a Template)) {
    for (n, condition) in action.transitions.conditions.iter().enumerate() {
        for (at, operand) in condition.operands.iter().enumerate() {
            if let Value::Template(template) = operand {
                see(Steps::Operand(n, at), template);
            }
        }
    }
}

/// What stands at a place of an action.
pub(super) fn place<'a>(action: &'a Action, steps: &Steps) -> Option<&'a Value> {
    match steps {
        Steps::Operand(condition, operand) => {
            let condition = action.transitions.conditions.get(*condition)?;
            condition.operands.get(*operand)
        }
        Steps::Parameter(ValuePath(steps)) => {
            let (first, rest) = steps.split_first()?;
            let PathStep::Key(key) = first else {
                return None;
            };
            rest.iter()
                .try_fold(action.parameters.get(key)?, |value, step| match step {
                    PathStep::Key(key) => value.as_map()?.get(key),
                    PathStep::Index(n) => value.as_list()?.get(*n),
                })
        }
    }
}
