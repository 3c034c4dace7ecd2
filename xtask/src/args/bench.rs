//! Measurements.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::FormatArgs;

/// Measure how fast we are, beside others
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Compiling and checking flows, beside `connect-flow lint`
    #[command(after_help = "\
Examples:
  cargo xtask bench lang
  cargo xtask bench lang --corpus ../shared/flow-corpus --peer ~/.venv/bin/connect-flow
  cargo xtask bench lang --format json")]
    Lang(BenchArgs),
    /// How flows are laid out, beside `connect-flow prettify` and the people who drew them
    #[command(after_help = "\
Examples:
  cargo xtask bench layout
  cargo xtask bench layout --corpus ../shared/flow-corpus --peer ~/.venv/bin/connect-flow
  cargo xtask bench layout --format json")]
    Layout(BenchArgs),
    /// Comparing flows, beside `connect-flow diff`
    #[command(after_help = "\
Examples:
  cargo xtask bench diff
  cargo xtask bench diff --corpus ../shared/flow-corpus --peer ~/.venv/bin/connect-flow
  cargo xtask bench diff --format json")]
    Diff(BenchArgs),
}

impl BenchCommand {
    pub(crate) fn args(&self) -> &BenchArgs {
        match self {
            BenchCommand::Lang(args) | BenchCommand::Layout(args) | BenchCommand::Diff(args) => {
                args
            }
        }
    }
}

/// What a measurement runs on.
#[derive(Debug, ClapArgs)]
pub(crate) struct BenchArgs {
    /// A folder with exported flows [env: FLOWYARD_CORPUS]
    #[arg(long, value_name = "DIR")]
    pub(crate) corpus: Option<PathBuf>,

    /// The `connect-flow` of PyPI to measure beside [default: the one on PATH, else installed into
    /// target/flowyard/peers]
    #[arg(long, value_name = "FILE")]
    pub(crate) peer: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}
