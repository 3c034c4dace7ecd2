//! `unlock`: breaks the lock of a deployment.

use crate::args::UnlockArgs;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;

pub(super) async fn run(
    _args: &UnlockArgs,
    _project: &Project,
    _printer: &Printer,
) -> anyhow::Result<Outcome> {
    anyhow::bail!("`unlock` is being built")
}
