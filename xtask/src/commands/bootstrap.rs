//! `bootstrap`: the instance and what stands around it.

use provision::address::Layer;

use super::deploy::plan_and_apply;
use crate::args::BootstrapArgs;
use crate::deployment::Deployment;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;
use crate::sources;

pub(super) async fn run(
    args: &BootstrapArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(prepared) = sources::prepare(project, &args.target.env, printer)? else {
        return Ok(Outcome::No);
    };
    let deployment =
        Deployment::connect(&prepared, Vec::new(), args.target.endpoint().as_deref()).await?;
    plan_and_apply(
        &deployment,
        Layer::Foundation,
        &args.confirm,
        project,
        printer,
    )
    .await
}
