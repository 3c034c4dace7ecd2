//! `bootstrap`: the instance and what stands around it.

use provision::address::Layer;

use super::deploy::plan_and_apply;
use crate::args::BootstrapArgs;
use crate::deployment::{self, Deployment};
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
    let endpoint = args.target.endpoint();
    let clients = deployment::connect(&prepared.environment, endpoint.as_deref()).await?;
    let deployment = Deployment::new(&prepared, Vec::new(), clients);
    plan_and_apply(
        &deployment,
        Layer::Foundation,
        &args.confirm,
        project,
        printer,
    )
    .await
}
