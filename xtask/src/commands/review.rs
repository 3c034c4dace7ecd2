//! `review`: what a pull request needs.

use crate::args::ReviewArgs;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;

pub(super) async fn run(
    _args: &ReviewArgs,
    _project: &Project,
    _printer: &Printer,
) -> anyhow::Result<Outcome> {
    anyhow::bail!("`review` is being built")
}
