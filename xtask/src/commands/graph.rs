//! `graph`: a picture of a flow.

use crate::args::GraphArgs;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;

pub(super) fn run(
    _args: &GraphArgs,
    _project: anyhow::Result<Project>,
    _printer: &Printer,
) -> anyhow::Result<Outcome> {
    anyhow::bail!("`graph` is under way and not available yet")
}
