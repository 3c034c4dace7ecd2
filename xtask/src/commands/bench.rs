//! `bench`: how fast we are, beside others.

use crate::args::BenchCommand;
use crate::bench;
use crate::exit::Outcome;
use crate::printer::Printer;

pub(super) fn run(command: &BenchCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    match command {
        BenchCommand::Lang(args) => bench::lang::run(args, printer),
        BenchCommand::Layout(args) => bench::layout::run(args, printer),
        BenchCommand::Diff(args) => bench::diff::run(args, printer),
        BenchCommand::Deploy(args) => super::finish(bench::deploy::run(args, printer)),
    }
}
