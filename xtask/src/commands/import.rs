//! `import`: flow JSON into YAML sources.

use crate::args::ImportArgs;
use crate::exit::Outcome;
use crate::printer::Printer;

pub(super) fn run(_args: &ImportArgs, _printer: &Printer) -> anyhow::Result<Outcome> {
    anyhow::bail!("`import` is under way and not available yet")
}
