//! `build`: the Lambdas, packaged.

use serde_json::json;

use crate::args::{BuildArgs, ProfileArgs};
use crate::exit::Outcome;
use crate::package::{self, Package, Recipe};
use crate::printer::{FAINT, Printer};
use crate::project::Project;
use crate::sources::{Sources, has_errors};

pub(super) async fn run(
    args: &BuildArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let sources = Sources::load(project)?;
    let names = sources.infra.lambda_names();
    if names.is_empty() && has_errors(&sources.diagnostics) {
        printer.diagnostics(&sources.diagnostics, false);
        return Ok(Outcome::No);
    }
    let packages = packages(project, &names, &recipe(&args.profile), printer).await?;
    printer.view(
        || {
            let lines = packages.iter().map(|package| line(project, package));
            lines.collect::<Vec<_>>().join("\n")
        },
        || {
            let packages = packages.iter().map(|package| {
                json!({
                    "name": package.name,
                    "file": project.shown(&package.path),
                    "bytes": package.zip.len(),
                    "sha256": package.sha256,
                    "architecture": package.architecture.to_string(),
                })
            });
            json!({ "packages": packages.collect::<Vec<_>>() })
        },
    );
    Ok(Outcome::Done)
}

/// Builds and packages the Lambdas with progress on stderr.
pub(crate) async fn packages(
    project: &Project,
    names: &[String],
    recipe: &Recipe,
    printer: &Printer,
) -> anyhow::Result<Vec<Package>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let step = printer.step("build the Lambdas");
    let folder = project.output().join("lambdas");
    let packages = package::build(project.root(), names, recipe, &folder, &step).await?;
    let names: Vec<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    step.done(&names.join(", "));
    Ok(packages)
}

/// The recipe that the command line asks for.
pub(crate) fn recipe(args: &ProfileArgs) -> Recipe {
    Recipe {
        release: args.release,
        target: args.target.clone(),
    }
}

/// A package in a line.
pub(crate) fn line(project: &Project, package: &Package) -> String {
    format!(
        "{} -> {}  {:.1} MB  {}  {FAINT}sha256 {}{FAINT:#}",
        package.name,
        project.shown(&package.path),
        package.zip.len() as f64 / 1e6,
        package.architecture,
        package.sha256,
    )
}
