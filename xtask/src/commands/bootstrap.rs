//! `bootstrap`: the instance and what stands around it.

use provision::address::Layer;
use provision::plan::Choices;

use super::deploy::{Applying, plan_and_apply};
use super::saved::Saved;
use crate::args::BootstrapArgs;
use crate::deployment::{self, Carrying, Deployment};
use crate::exit::Outcome;
use crate::package::Recipe;
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
    let saved = args.plan.as_deref();
    let saved = saved.map(|path| Saved::read(path, &prepared.environment, Layer::Foundation));
    let saved = saved.transpose()?;
    let endpoint = args.target.endpoint();
    let clients = deployment::connect(&prepared.environment, endpoint.as_deref()).await?;
    let deployment = Deployment::new(&prepared, Vec::new(), clients)
        .carrying(Carrying::new("bootstrap", &args.carrying)?);
    let applying = Applying {
        layer: Layer::Foundation,
        choices: Choices::default(),
        saved,
        confirm: &args.confirm,
        recipe: Recipe::default(),
    };
    plan_and_apply(deployment, applying, project, printer).await
}
