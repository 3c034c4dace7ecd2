//! Measurements.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::FormatArgs;
use super::deploying::Span;

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
    /// Bootstrapping, planning and deploying against the emulator with its quotas on
    ///
    /// Time is virtual: what the rates of AWS make a deployment wait is waited for in full and takes
    /// seconds. Each phase says its calls, its time and how that compares with the floor: the time
    /// that the operation called most takes at its rate. The memory is that of `deploy` in a process
    /// of its own.
    #[command(after_help = "\
Examples:
  cargo xtask bench deploy
  cargo xtask bench deploy --flows 20 --memory-flows 0
  cargo xtask bench deploy --consistency 5s --instance-creation 3m
  cargo xtask bench deploy --format json")]
    Deploy(DeployBenchArgs),
}

impl BenchCommand {
    pub(crate) fn format(&self) -> &FormatArgs {
        match self {
            BenchCommand::Lang(args) | BenchCommand::Layout(args) | BenchCommand::Diff(args) => {
                &args.format
            }
            BenchCommand::Deploy(args) => &args.format,
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

/// How much is deployed.
#[derive(Debug, ClapArgs)]
pub(crate) struct DeployBenchArgs {
    /// How many flows, in rings of five that hand over to each other
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_least_one)]
    pub(crate) flows: usize,

    /// How many modules, which the flows invoke in turn
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) modules: usize,

    /// How many flows the memory is measured with; 0 leaves that out
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) memory_flows: usize,

    /// How long reads do not see what was written, such as `5s`; by virtual time
    #[arg(long, value_name = "SPAN", default_value = "0s")]
    pub(crate) consistency: Span,

    /// How long the new instance takes to become active, such as `3m`; by virtual time
    #[arg(long, value_name = "SPAN", default_value = "0s")]
    pub(crate) instance_creation: Span,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}
