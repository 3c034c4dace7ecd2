//! `generate`: the JSON of every flow and module for an environment.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flow::model::{DocumentKind, FlowDefinition};
use serde_json::json;

use crate::args::GenerateArgs;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;
use crate::sources;

pub(super) fn run(
    args: &GenerateArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(prepared) = sources::prepare(project, &args.env, printer)? else {
        return Ok(Outcome::No);
    };
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| folder(project, &args.env));
    let written = write(&prepared.definitions, &folder)?;
    printer.view(
        || {
            let lines = written.iter().map(|(definition, path)| {
                format!("{} -> {}\n", address(definition), project.shown(path))
            });
            lines.collect()
        },
        || {
            let files = written.iter().map(|(definition, path)| {
                json!({
                    "address": address(definition),
                    "file": project.shown(path),
                    "digest": flow::canonical::digest(&definition.flow),
                })
            });
            json!({ "files": files.collect::<Vec<_>>() })
        },
    );
    Ok(Outcome::Done)
}

/// For a folder of sources instead of a project.
pub(super) fn run_source(_args: &GenerateArgs, _printer: &Printer) -> anyhow::Result<Outcome> {
    anyhow::bail!("`generate --source` is under way and not available yet")
}

/// Where the flows of an environment are written.
pub(crate) fn folder(project: &Project, environment: &str) -> PathBuf {
    project.output().join(environment)
}

/// Writes each flow to `<name>.json` and each module to `modules/<name>.json`.
pub(crate) fn write<'a>(
    definitions: &'a [FlowDefinition],
    folder: &Path,
) -> anyhow::Result<Vec<(&'a FlowDefinition, PathBuf)>> {
    let mut written = Vec::new();
    for definition in definitions {
        let folder = match definition.kind {
            DocumentKind::Flow(_) => folder.to_owned(),
            DocumentKind::Module => folder.join("modules"),
        };
        let path = folder.join(format!("{}.json", definition.name));
        // No newline at the end: what is deployed is these bytes.
        let text = flow::json::to_text(&definition.flow);
        fs::create_dir_all(path.parent().unwrap_or(&folder))
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))?;
        written.push((definition, path));
    }
    Ok(written)
}

/// The address of a flow or module: `flow.support-chat`, `module.authenticate`.
pub(crate) fn address(definition: &FlowDefinition) -> String {
    match definition.kind {
        DocumentKind::Flow(_) => format!("flow.{}", definition.name),
        DocumentKind::Module => format!("module.{}", definition.name),
    }
}
