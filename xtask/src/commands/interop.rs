//! `interop`: the same deployment against somebody else's emulator.

use crate::args::InteropCommand;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;

pub(super) async fn run(
    _args: &InteropCommand,
    _project: &Project,
    _printer: &Printer,
) -> anyhow::Result<Outcome> {
    anyhow::bail!("`interop` is being built")
}
