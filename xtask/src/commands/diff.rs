//! `diff`: what differs between two versions of flows.

use crate::args::DiffArgs;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;

pub(super) async fn run(
    _args: &DiffArgs,
    _project: anyhow::Result<Project>,
    _printer: &Printer,
) -> anyhow::Result<Outcome> {
    anyhow::bail!("`diff` is being built")
}
