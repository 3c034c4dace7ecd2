//! `plan`: what would change.

use provision::address::Layer;

use super::deploy::prepare_packages;
use super::saved;
use crate::args::{PlanArgs, PlanFormat};
use crate::deployment::{self, Deployment};
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;
use crate::sources;
use crate::views;

pub(super) async fn run(
    args: &PlanArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(prepared) = sources::prepare(project, &args.target.env, printer)? else {
        return Ok(Outcome::No);
    };
    // Whether the caller may ask at all should be known before minutes of compiling.
    let endpoint = args.target.endpoint();
    let clients =
        deployment::connect(&prepared.environment.for_reading(), endpoint.as_deref()).await?;
    let (layer, packages) = if args.bootstrap {
        (Layer::Foundation, Vec::new())
    } else {
        let packages = prepare_packages(project, &prepared, &args.target, &args.profile, printer);
        (Layer::Release, packages.await?)
    };
    let deployment = Deployment::new(&prepared, packages, clients);
    let step = printer.step("read what is there");
    let plan = deployment.plan(layer).await?;
    step.done("");
    match args.format {
        PlanFormat::Human => printer.data(&views::plan::human(&plan)),
        PlanFormat::Markdown => printer.data(&views::plan::markdown(&plan)),
        PlanFormat::Json => printer.document(&views::plan::json(&plan)),
    }
    views::plan::refuse_problems(&plan)?;
    if let Some(path) = &args.out {
        saved::write(&plan, &prepared.environment, path)?;
        let (path, name) = (path.display(), &prepared.environment.name);
        printer.note(&format!(
            "saved; carry it out with `cargo xtask deploy --env {name} --plan {path}`"
        ));
    }
    Ok(Outcome::Done)
}
