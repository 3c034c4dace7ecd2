//! What a change does to an environment, as far as the sources tell: its variables, and its flows
//! with the variables filled in.

use std::collections::{BTreeMap, BTreeSet};

use flow::diagnostic::Severity;
use provision::environment::Environment;
use review::{EnvironmentReview, LiveReview, Redactor, VariableChange, Version, compare};
use serde_json::Value as Json;

use super::Side;
use crate::exit::Helped;
use crate::printer::Printer;

/// An environment of two versions of the sources.
pub(crate) struct Environments {
    name: String,
    old: Option<Rendition>,
    new: Option<Rendition>,
    labels: [String; 2],
}

/// An environment at one time.
struct Rendition {
    environment: Environment,
    version: Version,
}

/// The names of the environments of either side, sorted.
pub(crate) fn names(old: &Side, new: &Side) -> anyhow::Result<Vec<String>> {
    let mut names: BTreeSet<String> = old.project.environments()?.into_iter().collect();
    names.extend(new.project.environments()?);
    Ok(names.into_iter().collect())
}

impl Environments {
    pub(crate) fn read(
        old: &Side,
        new: &Side,
        name: &str,
        printer: &Printer,
    ) -> anyhow::Result<Self> {
        let label = |side: &Side| format!("{name} at {}", side.version.label);
        let before = rendition(old, name, label(old), printer)?;
        let after = rendition(new, name, label(new), printer)?;
        if before.is_none() && after.is_none() {
            // What is known is said by whoever looks for its file.
            new.project.environment_file(name)?;
        }
        Ok(Self {
            name: name.to_owned(),
            old: before,
            new: after,
            labels: [label(old), label(new)],
        })
    }

    /// What differs. An environment that is new or gone has no flows on the other side, so none are
    /// compared.
    pub(crate) fn review(&self, live: LiveReview) -> EnvironmentReview {
        let rendered = match (&self.old, &self.new) {
            (Some(old), Some(new)) => compare(&old.version, &new.version),
            _ => {
                let [old, new] = &self.labels;
                compare(&Version::new(old, []), &Version::new(new, []))
            }
        };
        EnvironmentReview {
            name: self.name.clone(),
            variables: self.variables(),
            rendered,
            live,
        }
    }

    /// The accounts of the environment.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = String> {
        self.times().map(|it| it.account.clone())
    }

    /// The values that no view may show.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = String> {
        self.times().flat_map(Environment::secrets)
    }

    /// Takes out values that are secret, but not what only people at this machine see.
    pub(crate) fn redactor(&self) -> Option<Redactor> {
        let secrets: Vec<String> = self.secrets().collect();
        (!secrets.is_empty()).then(|| Redactor::new([], secrets))
    }

    fn times(&self) -> impl Iterator<Item = &Environment> {
        [&self.old, &self.new]
            .into_iter()
            .flatten()
            .map(|it| &it.environment)
    }

    fn variables(&self) -> Vec<VariableChange> {
        let of = |it: &'_ Option<Rendition>| -> BTreeMap<String, Json> {
            it.as_ref()
                .map_or_else(BTreeMap::new, |it| it.environment.vars.clone())
        };
        let (old, new) = (of(&self.old), of(&self.new));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let differing = names
            .into_iter()
            .filter(|name| old.get(*name) != new.get(*name));
        let change = |name: &String| {
            let is_secret = self.times().any(|it| it.secret.contains(name));
            let value =
                |vars: &BTreeMap<String, Json>| vars.get(name).filter(|_| !is_secret).map(shown);
            VariableChange {
                name: name.clone(),
                old: value(&old),
                new: value(&new),
                is_secret,
            }
        };
        differing.map(change).collect()
    }
}

/// The flows of an environment; nothing if there is no such environment.
fn rendition(
    side: &Side,
    name: &str,
    label: String,
    printer: &Printer,
) -> anyhow::Result<Option<Rendition>> {
    if !side.project.environments()?.iter().any(|it| it == name) {
        return Ok(None);
    }
    let rendered = side.sources.fill_in(&side.project, name)?;
    let Some(environment) = rendered.environment else {
        let mut errors = rendered.diagnostics;
        errors.retain(|it| it.severity == Severity::Error);
        // Programs get one document, and this is not the whole answer.
        if !printer.is_json() {
            printer.diagnostics(&errors, false);
        }
        let message = format!("cannot tell what differs: environment {label} cannot be read");
        let help = "mend its file, or compare with another revision";
        return Err(Helped::new(message, help).into());
    };
    Ok(Some(Rendition {
        environment,
        version: Version {
            allowed: side.version.allowed.clone(),
            ..Version::new(label, rendered.definitions)
        },
    }))
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
