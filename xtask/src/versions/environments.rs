//! What a change does to an environment, as far as the sources tell: its variables, and its flows
//! with the variables filled in.

use std::collections::{BTreeMap, BTreeSet};

use flow::diagnostic::Severity;
use review::{EnvironmentReview, LiveReview, VariableChange, Version, compare};
use serde_json::Value as Json;

use super::Side;
use crate::exit::Helped;
use crate::printer::Printer;

/// An environment at one time.
#[derive(Default)]
struct Rendition {
    variables: BTreeMap<String, Json>,
    version: Version,
}

/// The environments of either side, sorted.
pub(crate) fn names(old: &Side, new: &Side) -> anyhow::Result<Vec<String>> {
    let mut names: BTreeSet<String> = old.project.environments()?.into_iter().collect();
    names.extend(new.project.environments()?);
    Ok(names.into_iter().collect())
}

/// What differs in an environment between two versions of the sources. One that is new or gone has
/// no flows on the other side, so nothing is compared.
pub(crate) fn review(
    old: &Side,
    new: &Side,
    name: &str,
    live: LiveReview,
    printer: &Printer,
) -> anyhow::Result<EnvironmentReview> {
    let before = rendition(old, name, printer)?;
    let after = rendition(new, name, printer)?;
    let nothing = BTreeMap::new();
    let variables = |it: &Option<Rendition>| it.as_ref().map(|it| it.variables.clone());
    let (was, is) = (variables(&before), variables(&after));
    let variables = changes(
        was.as_ref().unwrap_or(&nothing),
        is.as_ref().unwrap_or(&nothing),
    );
    let label = |side: &Side| format!("{name} at {}", side.version.label);
    let rendered = match (before, after) {
        (Some(before), Some(after)) => compare(&before.version, &after.version),
        _ => compare(&Version::new(label(old), []), &Version::new(label(new), [])),
    };
    Ok(EnvironmentReview {
        name: name.to_owned(),
        variables,
        rendered,
        live,
    })
}

/// The flows of an environment; nothing if there is no such environment.
fn rendition(side: &Side, name: &str, printer: &Printer) -> anyhow::Result<Option<Rendition>> {
    if !side.project.environments()?.iter().any(|it| it == name) {
        return Ok(None);
    }
    let rendered = side.sources.fill_in(&side.project, name)?;
    let label = format!("{name} at {}", side.version.label);
    let Some(environment) = rendered.environment else {
        let mut errors = rendered.diagnostics;
        errors.retain(|it| it.severity == Severity::Error);
        printer.diagnostics(&errors, false);
        let message = format!("cannot tell what differs: environment {label} cannot be read");
        let help = "mend its file, or compare with another revision";
        return Err(Helped::new(message, help).into());
    };
    let mut version = Version::new(label, rendered.definitions);
    version
        .flows
        .retain(|it, _| side.version.flows.contains_key(it));
    Ok(Some(Rendition {
        variables: environment.vars,
        version,
    }))
}

fn changes(old: &BTreeMap<String, Json>, new: &BTreeMap<String, Json>) -> Vec<VariableChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing = names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name));
    let change = |name: &String| VariableChange {
        name: name.clone(),
        old: old.get(name).map(shown),
        new: new.get(name).map(shown),
        is_secret: false,
    };
    differing.map(change).collect()
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
