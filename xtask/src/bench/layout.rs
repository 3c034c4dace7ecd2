//! `bench layout`: how flows are laid out.

use crate::args::BenchArgs;
use crate::exit::Outcome;
use crate::printer::Printer;

pub(crate) fn run(_args: &BenchArgs, _printer: &Printer) -> anyhow::Result<Outcome> {
    anyhow::bail!("`bench layout` is under way and not available yet")
}
