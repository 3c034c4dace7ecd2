//! `deploy`: plan, ask, apply.

use provision::address::Layer;
use provision::plan::Plan;
use serde_json::json;

use super::saved::Saved;
use super::{build, confirm};
use crate::args::{ConfirmArgs, DeployArgs, ProfileArgs, TargetArgs};
use crate::deployment::{self, Deployment};
use crate::exit::Outcome;
use crate::git::Repository;
use crate::package::{Architecture, Package, Recipe};
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
    let saved = saved.map(|path| Saved::read(path, &prepared.environment));
    let saved = saved.transpose()?;
    let endpoint = args.target.endpoint();
    let clients = deployment::connect(&prepared.environment, endpoint.as_deref()).await?;
    let packages =
        prepare_packages(project, &prepared, &args.target, &args.profile, printer).await?;
    let deployment = Deployment::new(&prepared, packages, clients).of_commit(commit(project));
    let step = printer.step("read what is there");
    let plan = deployment.plan(Layer::Release).await?;
    step.done("");
    if let Some(saved) = saved
        && !saved.holds(&plan, &prepared.environment, printer)
    {
        return Ok(Outcome::No);
    }
    show_and_apply(&deployment, &plan, &args.confirm, project, printer).await
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

/// Builds what a release needs: for the emulator as the arguments say, for AWS optimised and for an
/// architecture of Lambda unless they say otherwise.
pub(super) async fn prepare_packages(
    project: &Project,
    prepared: &Prepared,
    target: &TargetArgs,
    profile: &ProfileArgs,
    printer: &Printer,
) -> anyhow::Result<Vec<Package>> {
    let mut recipe = build::recipe(profile);
    if !target.is_local(&prepared.environment) && recipe.target.is_none() {
        recipe = Recipe {
            release: true,
            target: Some(Architecture::Arm64.rust_target().to_owned()),
        };
    }
    build::packages(project, &prepared.infra.lambda_names(), &recipe, printer).await
}

/// Plans a layer, shows the plan, asks, applies.
pub(super) async fn plan_and_apply(
    deployment: &Deployment<'_>,
    layer: Layer,
    args: &ConfirmArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let step = printer.step("read what is there");
    let plan = deployment.plan(layer).await?;
    step.done("");
    show_and_apply(deployment, &plan, args, project, printer).await
}

/// Shows a plan, asks, applies.
async fn show_and_apply(
    deployment: &Deployment<'_>,
    plan: &Plan,
    args: &ConfirmArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    if !printer.is_json() {
        printer.data(&views::plan::human(plan));
    }
    views::plan::refuse_problems(plan)?;
    let environment = &deployment.prepared.environment;
    let go = plan.is_empty() || confirm::given(args, environment, printer)?;
    if go && !plan.is_empty() {
        let applied = deployment.apply(plan, printer).await?;
        deployment.write_deployed(project, &applied.bindings)?;
    } else if go && plan.layer == Layer::Release {
        deployment.record(plan, printer).await?;
    }
    if printer.is_json() {
        printer.document(&json!({ "plan": views::plan::json(plan), "applied": go }));
    } else if !plan.is_empty() {
        printer.data(if go { "done" } else { "nothing was changed" });
    }
    if go {
        Ok(Outcome::Done)
    } else {
        Ok(Outcome::No)
    }
}
