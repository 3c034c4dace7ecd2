//! One file per command. Each loads, calls on the crates below, and hands the result to a view.

mod bench;
mod bootstrap;
pub(crate) mod build;
mod check;
mod completions;
mod confirm;
mod demo;
mod deploy;
mod destroy;
mod diff;
mod docs;
mod doctor;
mod drift;
pub(crate) mod generate;
mod graph;
mod import;
mod import_live;
mod interop;
mod local;
mod plan;
mod policies;
mod promotion;
mod releases;
mod review;
mod rollback;
mod saved;
mod schema;
mod unlock;

use anyhow::Context;

use crate::args::{Args, Command};
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;
use crate::signals;

/// Runs the command that the arguments name.
pub(crate) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Outcome> {
    let project = || Project::find(args.project.as_deref());
    match &args.command {
        Command::Completions(command) => Ok(completions::run(command, printer)),
        Command::Schema(command) => schema::run(command, printer),
        Command::Import(command) if command.env.is_some() => {
            finish(import_live::run(command, &project()?, printer))
        }
        Command::Import(command) => import::run(command, printer),
        Command::Bench(command) => bench::run(command, printer),
        // With files on the command line no project is needed, though one is used if there is one.
        Command::Check(command) => check::run(command, project(), printer),
        Command::Graph(command) => graph::run(command, project(), printer),
        Command::Diff(command) => finish(diff::run(command, project(), printer)),
        Command::Generate(command) if command.source.is_some() => {
            generate::run_source(command, printer)
        }
        command => run_in_project(command, &project()?, printer),
    }
}

fn run_in_project(
    command: &Command,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    match command {
        Command::Docs(command) => docs::run(command, project, printer),
        Command::Generate(command) => generate::run(command, project, printer),
        Command::Build(command) => finish(build::run(command, project, printer)),
        Command::Plan(command) => finish(plan::run(command, project, printer)),
        Command::Deploy(command) => finish(deploy::run(command, project, printer)),
        Command::Review(command) => finish(review::run(command, project, printer)),
        Command::Drift(command) => finish(drift::run(command, project, printer)),
        Command::Bootstrap(command) => finish(bootstrap::run(command, project, printer)),
        Command::Destroy(command) => finish(destroy::run(command, project, printer)),
        Command::Releases(command) => finish(releases::run(command, project, printer)),
        Command::Rollback(command) => finish(rollback::run(command, project, printer)),
        Command::Unlock(command) => finish(unlock::run(command, project, printer)),
        Command::Doctor(command) => finish(doctor::run(command, project, printer)),
        Command::Policies(command) => finish(policies::run(command, project, printer)),
        Command::Interop(command) => finish(interop::run(command, project, printer)),
        Command::Local(command) => block_on(local::run(command, project, printer)),
        Command::Demo(_) => block_on(demo::run(project, printer)),
        Command::Completions(_)
        | Command::Schema(_)
        | Command::Import(_)
        | Command::Bench(_)
        | Command::Check(_)
        | Command::Graph(_)
        | Command::Diff(_) => unreachable!("they need no project"),
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
