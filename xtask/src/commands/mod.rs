//! One file per command. Each loads, calls on the crates below, and hands the result to a view.

mod bootstrap;
pub(crate) mod build;
mod check;
mod completions;
mod confirm;
mod demo;
mod deploy;
pub(crate) mod generate;
mod local;
mod plan;

use anyhow::Context;

use crate::args::{Args, Command};
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;
use crate::signals;

/// Runs the command that the arguments name.
pub(crate) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Outcome> {
    if let Command::Completions(command) = &args.command {
        return Ok(completions::run(command, printer));
    }
    let project = &Project::find(args.project.as_deref())?;
    match &args.command {
        Command::Completions(_) => unreachable!("handled above, since it needs no project"),
        Command::Check(command) => check::run(command, project, printer),
        Command::Generate(command) => generate::run(command, project, printer),
        Command::Build(command) => finish(build::run(command, project, printer)),
        Command::Plan(command) => finish(plan::run(command, project, printer)),
        Command::Deploy(command) => finish(deploy::run(command, project, printer)),
        Command::Bootstrap(command) => finish(bootstrap::run(command, project, printer)),
        Command::Local(command) => block_on(local::run(command, project, printer)),
        Command::Demo(_) => block_on(demo::run(project, printer)),
    }
}

/// Runs a command up to its end or to the first signal. What it holds is dropped either way, and
/// takes its child processes along.
fn finish(command: impl Future<Output = anyhow::Result<Outcome>>) -> anyhow::Result<Outcome> {
    block_on(signals::or_interrupted(command))
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the async runtime")?;
    runtime.block_on(work)
}
