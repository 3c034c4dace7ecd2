//! How long it takes to compare flows, beside `connect-flow diff`.

use crate::args::BenchArgs;
use crate::exit::Outcome;
use crate::printer::Printer;

pub(crate) fn run(_args: &BenchArgs, _printer: &Printer) -> anyhow::Result<Outcome> {
    anyhow::bail!("`bench diff` is being built")
}
