//! `deploy`: plan, ask, apply.

use provision::address::Layer;
use provision::plan::Choices;
use serde_json::json;

use super::saved::Saved;
use super::{build, confirm, promotion};
use crate::args::{BuildingArgs, ConfirmArgs, DeployArgs, TargetArgs};
use crate::deployment::{self, Carrying, Deployment};
use crate::exit::Outcome;
use crate::git::Repository;
use crate::package::{self, Recipe};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{self, Prepared};
use crate::views;

pub(super) async fn run(
    args: &DeployArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(prepared) = sources::prepare(project, &args.target.env, printer)? else {
        return Ok(Outcome::No);
    };
    let saved = args.plan.as_deref();
    let saved = saved.map(|path| Saved::read(path, &prepared.environment, Layer::Release));
    let saved = saved.transpose()?;
    let endpoint = args.target.endpoint();
    let clients = deployment::connect(&prepared.environment, endpoint.as_deref()).await?;
    let recipe = recipe(&prepared, &args.target, &args.building);
    let sources = package::sources(project.root(), &prepared.infra.lambda_names(), &recipe)?;
    let deployment = Deployment::new(&prepared, Vec::new(), clients);
    let deployment = deployment.with_sources(sources).of_commit(commit(project));
    if !promotion::is_released(&deployment, args, project, printer).await? {
        return Ok(Outcome::No);
    }
    let choices = match &saved {
        Some(saved) => saved.choices(),
        None => args.choices.choices(),
    };
    if args.refresh_only {
        return refresh(&deployment, &choices, project, printer).await;
    }
    let deployment = deployment.carrying(Carrying::new("deploy", &args.carrying)?);
    let applying = Applying {
        layer: Layer::Release,
        choices,
        saved,
        confirm: &args.confirm,
        recipe,
    };
    plan_and_apply(deployment, applying, project, printer).await
}

/// Writes what references stand for, and records what is live and as it should be.
async fn refresh(
    deployment: &Deployment<'_>,
    choices: &Choices,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let step = printer.step("read what is there");
    let plan = deployment.plan_with(Layer::Release, choices).await?;
    step.done("");
    deployment.write_deployed(project, plan.bindings())?;
    deployment.record(&plan.unchanged_only(), printer).await?;
    let (same, others) = (plan.unchanged.len(), plan.changes.len());
    printer.view(
        || format!("{same} are as they should be and recorded, {others} are not"),
        || json!({ "as_it_should_be": same, "otherwise": others }),
    );
    Ok(Outcome::Done)
}

/// The commit of the sources for the ledger, with a mark if they are not as they are in it. A
/// project without version control, or a machine without git, deploys all the same.
fn commit(project: &Project) -> Option<String> {
    let repository = Repository::of(project.root());
    let commit = repository.resolve("HEAD").ok()?;
    match repository.has_changes(&["flows", "infra", "lambdas"]) {
        Ok(false) => Some(commit.id),
        Ok(true) | Err(_) => Some(format!("{}+changes", commit.id)),
    }
}

/// How the Lambdas of an environment are built.
pub(super) fn recipe(prepared: &Prepared, target: &TargetArgs, building: &BuildingArgs) -> Recipe {
    let is_local = target.is_local(&prepared.environment);
    let asked = Recipe {
        release: building.release,
        target: building.rust_target.clone(),
    };
    package::recipe(is_local, asked)
}

/// What is planned, and what it takes to carry it out.
pub(super) struct Applying<'a> {
    pub(super) layer: Layer,
    pub(super) choices: Choices,
    /// A plan that must be the same.
    pub(super) saved: Option<Saved>,
    pub(super) confirm: &'a ConfirmArgs,
    /// How Lambdas are built whose code is another.
    pub(super) recipe: Recipe,
}

/// Plans a layer, shows the plan, asks, builds what is uploaded, applies.
pub(super) async fn plan_and_apply(
    deployment: Deployment<'_>,
    applying: Applying<'_>,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let environment = &deployment.prepared.environment;
    let step = printer.step("read what is there");
    let plan = deployment.plan_with(applying.layer, &applying.choices);
    let plan = plan.await?;
    step.done("");
    if let Some(saved) = &applying.saved
        && !saved.holds(&plan, &applying.choices, environment, printer)
    {
        return Ok(Outcome::No);
    }
    if !printer.is_json() {
        printer.data(&views::plan::human(&plan));
    }
    views::plan::refuse_problems(&plan)?;
    let go = plan.is_empty() || confirm::given(applying.confirm, environment, printer)?;
    if go && !plan.is_empty() {
        let names = plan.to_build();
        let packages = build::packages(project, &names, &applying.recipe, printer).await?;
        let deployment = deployment.built(packages)?;
        let applied = deployment.apply(&plan, printer).await?;
        deployment.write_deployed(project, &applied.bindings)?;
    } else if go && plan.layer == Layer::Release {
        deployment.record(&plan, printer).await?;
    }
    if printer.is_json() {
        printer.document(&json!({ "plan": views::plan::json(&plan), "applied": go }));
    } else if !plan.is_empty() {
        printer.data(if go { "done" } else { "nothing was changed" });
    }
    if go {
        Ok(Outcome::Done)
    } else {
        Ok(Outcome::No)
    }
}
