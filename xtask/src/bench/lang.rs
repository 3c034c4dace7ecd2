//! `bench lang`: compiling and checking flows.

use crate::args::BenchArgs;
use crate::exit::Outcome;
use crate::printer::Printer;

pub(crate) fn run(_args: &BenchArgs, _printer: &Printer) -> anyhow::Result<Outcome> {
    anyhow::bail!("`bench lang` is under way and not available yet")
}
