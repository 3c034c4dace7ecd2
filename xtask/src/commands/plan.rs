//! `plan`: what would change.

use provision::address::Layer;

use super::{deploy, saved};
use crate::args::{PlanArgs, PlanFormat};
use crate::deployment::{self, Deployment};
use crate::exit::Outcome;
use crate::package;
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
    let endpoint = args.target.endpoint();
    let clients =
        deployment::connect(&prepared.environment.for_reading(), endpoint.as_deref()).await?;
    let mut deployment = Deployment::new(&prepared, Vec::new(), clients);
    let layer = match args.bootstrap {
        true => Layer::Foundation,
        false => {
            let recipe = deploy::recipe(&prepared, &args.target, &args.building);
            let names = prepared.infra.lambda_names();
            let sources = package::sources(project.root(), &names, &recipe)?;
            deployment = deployment.with_sources(sources);
            Layer::Release
        }
    };
    let step = printer.step("read what is there");
    let choices = args.choices.choices();
    let plan = deployment.plan_with(layer, &choices).await?;
    step.done("");
    match args.format {
        PlanFormat::Human => printer.data(&views::plan::human(&plan)),
        PlanFormat::Markdown => printer.data(&views::plan::markdown(&plan)),
        PlanFormat::Json => printer.document(&views::plan::json(&plan)),
    }
    views::plan::refuse_problems(&plan)?;
    if let Some(path) = &args.out {
        saved::write(&plan, &choices, &prepared.environment, path)?;
        let (path, name) = (path.display(), &prepared.environment.name);
        let command = match layer {
            Layer::Foundation => "bootstrap",
            Layer::Release => "deploy",
        };
        printer.note(&format!(
            "saved; carry it out with `cargo xtask {command} --env {name} --plan {path}`"
        ));
    }
    Ok(Outcome::Done)
}
