//! Between symbolic references and what they stand for on one instance.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Action, Flow};
use crate::value::{Map, Ref, Value};

/// What each reference stands for on one instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings {
    targets: BTreeMap<Ref, Target>,
}

/// What a reference stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The ARN, or whatever text the flow has to carry.
    pub arn: String,
    /// What the designer shows for it.
    pub display_name: Option<String>,
}

impl Bindings {
    pub fn insert(
        &mut self,
        reference: Ref,
        arn: impl Into<String>,
        display_name: Option<String>,
    ) -> Option<Target> {
        let arn = arn.into();
        let target = Target { arn, display_name };
        self.targets.insert(reference, target)
    }

    pub fn get(&self, reference: &Ref) -> Option<&Target> {
        self.targets.get(reference)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Ref, &Target)> {
        self.targets.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Every text by which a flow may name one of the targets.
    fn names(&self) -> BTreeMap<&str, &Ref> {
        let mut names = BTreeMap::new();
        for (reference, target) in &self.targets {
            // Connect takes the bare id as well as the ARN for what lives on the instance; for
            // Lambda functions it wants the ARN.
            if target.arn.starts_with("arn:") && target.arn.contains(":connect:") {
                let id = target.arn.rsplit('/').next().unwrap_or(&target.arn);
                names.entry(id).or_insert(reference);
            }
            names.insert(target.arn.as_str(), reference);
        }
        names
    }
}

/// Puts what references stand for in their place, and its name where the designer shows it.
/// References without a target are returned instead; in the metadata, which changes nothing that a
/// flow does, they stay.
pub fn bind(flow: &Flow, bindings: &Bindings) -> Result<Flow, Vec<Ref>> {
    let missing: Vec<Ref> = references(flow)
        .into_iter()
        .filter(|reference| bindings.get(reference).is_none())
        .collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut bound = flow.clone();
    for action in &mut bound.actions {
        let shown = shown_names(action, bindings);
        if let Some(entry) = action_metadata(&mut bound.metadata, action.id.as_str()) {
            for (path, name) in shown {
                show_name(entry, &path, &name);
            }
        }
    }
    let mut put_in_place = |value: &mut Value| {
        if let Value::Ref(reference) = value
            && let Some(target) = bindings.get(reference)
        {
            *value = Value::Text(target.arn.clone());
        }
    };
    map_values(&mut bound, &mut put_in_place);
    for value in bound.metadata.iter_mut().flat_map(Map::values_mut) {
        map_value(value, &mut put_in_place);
    }
    Ok(bound)
}

/// Puts references in the place of what they stand for: ARNs, bare ids, and both followed by
/// `:$LATEST`. What the bindings do not know stays as it is, and so does the metadata.
pub fn unbind(flow: &Flow, bindings: &Bindings) -> Flow {
    let names = bindings.names();
    let mut unbound = flow.clone();
    map_values(&mut unbound, &mut |value| {
        let Some(text) = value.as_text() else { return };
        let name = text.strip_suffix(":$LATEST").unwrap_or(text);
        if let Some(reference) = names.get(text).or_else(|| names.get(name)) {
            *value = Value::Ref((*reference).clone());
        }
    });
    unbound
}

/// Everything a flow refers to.
pub fn references(flow: &Flow) -> BTreeSet<Ref> {
    let mut found = BTreeSet::new();
    for action in &flow.actions {
        visit_map(&action.parameters, &mut found);
        for condition in &action.transitions.conditions {
            visit_list(&condition.operands, &mut found);
        }
        visit_map(&action.extra, &mut found);
        visit_map(&action.transitions.extra, &mut found);
    }
    found
}

fn visit_map(map: &Map, found: &mut BTreeSet<Ref>) {
    map.values().for_each(|value| visit(value, found));
}

fn visit_list(list: &[Value], found: &mut BTreeSet<Ref>) {
    list.iter().for_each(|value| visit(value, found));
}

fn visit(value: &Value, found: &mut BTreeSet<Ref>) {
    match value {
        Value::Ref(reference) => drop(found.insert(reference.clone())),
        Value::List(list) => visit_list(list, found),
        Value::Map(map) => visit_map(map, found),
        _ => {}
    }
}

/// Calls `change` for every scalar of the actions: of parameters, operands and unknown keys.
pub fn map_values(flow: &mut Flow, change: &mut impl FnMut(&mut Value)) {
    for action in &mut flow.actions {
        let ways = &mut action.transitions;
        let operands = ways.conditions.iter_mut().flat_map(|it| &mut it.operands);
        let known = action.parameters.values_mut().chain(operands);
        let unknown = action.extra.values_mut().chain(ways.extra.values_mut());
        for value in known.chain(unknown) {
            map_value(value, change);
        }
    }
}

/// Calls `change` for every scalar in a value.
pub fn map_value(value: &mut Value, change: &mut impl FnMut(&mut Value)) {
    match value {
        Value::List(list) => list.iter_mut().for_each(|value| map_value(value, change)),
        Value::Map(map) => map.values_mut().for_each(|value| map_value(value, change)),
        scalar => change(scalar),
    }
}

/// The display names of an action's references, with the path of the parameter they stand at.
fn shown_names(action: &Action, bindings: &Bindings) -> Vec<(Vec<String>, String)> {
    let mut names = Vec::new();
    for (key, value) in &action.parameters {
        collect_names(value, vec![key.clone()], bindings, &mut names);
    }
    names
}

fn collect_names(
    value: &Value,
    path: Vec<String>,
    bindings: &Bindings,
    names: &mut Vec<(Vec<String>, String)>,
) {
    match value {
        Value::Ref(reference) => {
            let target = bindings.get(reference);
            if let Some(name) = target.and_then(|target| target.display_name.clone()) {
                names.push((path, name));
            }
        }
        Value::Map(map) => {
            for (key, value) in map {
                let path = [path.as_slice(), std::slice::from_ref(key)].concat();
                collect_names(value, path, bindings, names);
            }
        }
        _ => {}
    }
}

/// The metadata entry of one action, if the document has canvas metadata at all.
fn action_metadata<'a>(metadata: &'a mut Option<Map>, id: &str) -> Option<&'a mut Map> {
    match metadata.as_mut()?.get_mut("ActionMetadata")? {
        Value::Map(actions) => match actions.get_mut(id)? {
            Value::Map(entry) => Some(entry),
            _ => None,
        },
        _ => None,
    }
}

/// Sets `parameters.<path>.displayName`, which is where the console keeps the name of a picked
/// resource; nested like the parameter.
fn show_name(entry: &mut Map, path: &[String], name: &str) {
    let mut place = inner(entry, "parameters");
    for key in path {
        place = inner(place, key);
    }
    place.insert("displayName".to_owned(), Value::text(name));
}

/// The object at a key, put there if something else or nothing is.
fn inner<'a>(map: &'a mut Map, key: &str) -> &'a mut Map {
    let value = map.get_or_insert_with(key.to_owned(), || Value::Null);
    if !matches!(value, Value::Map(_)) {
        *value = Value::Map(Map::new());
    }
    match value {
        Value::Map(map) => map,
        _ => unreachable!("the line above put an object there"),
    }
}
