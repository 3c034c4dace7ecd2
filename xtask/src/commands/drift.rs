//! `drift`: what of the live instance is not as we deployed it.

use crate::args::DriftArgs;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;

pub(super) async fn run(
    _args: &DriftArgs,
    _project: &Project,
    _printer: &Printer,
) -> anyhow::Result<Outcome> {
    anyhow::bail!("`drift` is being built")
}
