//! `docs`: the generated parts of the documentation.

use crate::args::DocsArgs;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;

pub(super) fn run(
    _args: &DocsArgs,
    _project: &Project,
    _printer: &Printer,
) -> anyhow::Result<Outcome> {
    anyhow::bail!("`docs` is under way and not available yet")
}
