//! Every flag there is, with the text `--help` shows for it.

mod bench;
mod deploying;
#[cfg(test)]
mod documented;
mod review;
mod sources;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use bench::{BenchArgs, BenchCommand, DeployBenchArgs};
pub(crate) use deploying::{
    BootstrapArgs, BuildArgs, BuildingArgs, CarryingArgs, ClockChoice, ConfirmArgs, DemoArgs,
    DeployArgs, DestroyArgs, DoctorArgs, InteropCommand, LocalArgs, PlanArgs, PlanFormat,
    PoliciesArgs, PolicyPurpose, ProfileArgs, ReleasesArgs, RollbackArgs, TargetArgs, UnlockArgs,
};
pub(crate) use review::{DiffArgs, DiffFormat, DriftArgs, DriftFormat, ReviewArgs};
pub(crate) use sources::{
    CheckArgs, CheckFormat, DocsArgs, GenerateArgs, GraphArgs, GraphFormat, ImportArgs, SchemaArgs,
};

/// Amazon Connect chat flows with a custom bot, as code: check, build, plan, deploy, and try the
/// whole thing on this machine.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    version,
    disable_help_subcommand = true,
    propagate_version = false,
    max_term_width = 100,
    after_help = "\
Examples:
  cargo xtask demo                      the whole path, once, with no AWS account
  cargo xtask check                     what is wrong in flows/, with file, line and column
  cargo xtask local --port 8080         a contact centre on this machine, until Ctrl-C
  cargo xtask plan --env prod           what a deployment would change; changes nothing

Exit codes:
  0  done, or nothing to do
  1  the answer is \"no\": findings in the sources, a failed expectation, a refused confirmation
  2  could not tell or could not finish"
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// The project: the folder with flows/ and infra/ [default: the nearest one upwards]
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) project: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How every command speaks.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub(crate) struct OutputArgs {
    /// Colour in the text; `auto` looks at the terminal and at NO_COLOR
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN", global = true)]
    pub(crate) color: Colour,

    /// No progress on stderr; warnings and errors remain
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// The form of what a command prints on stdout.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub(crate) struct FormatArgs {
    /// What stdout carries: text for people, or one JSON document
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(DemoArgs),
    Check(CheckArgs),
    Graph(GraphArgs),
    Import(ImportArgs),
    Generate(GenerateArgs),
    Diff(DiffArgs),
    Review(ReviewArgs),
    Build(BuildArgs),
    Plan(PlanArgs),
    Deploy(DeployArgs),
    Releases(ReleasesArgs),
    Rollback(RollbackArgs),
    Unlock(UnlockArgs),
    Drift(DriftArgs),
    Bootstrap(BootstrapArgs),
    Destroy(DestroyArgs),
    Doctor(DoctorArgs),
    Policies(PoliciesArgs),
    Local(LocalArgs),
    Schema(SchemaArgs),
    Docs(DocsArgs),
    #[command(subcommand)]
    Bench(BenchCommand),
    #[command(subcommand)]
    Interop(InteropCommand),
    Completions(CompletionsArgs),
}

impl Command {
    /// The format that the printer writes in; commands with other formats write those themselves.
    pub(crate) fn format(&self) -> Format {
        match self {
            Command::Demo(args) => args.format.format,
            Command::Check(args) if args.format == CheckFormat::Json => Format::Json,
            Command::Diff(args) if args.format == DiffFormat::Json => Format::Json,
            Command::Drift(args) if args.format == DriftFormat::Json => Format::Json,
            Command::Review(args) => args.format.format,
            Command::Import(args) => args.format.format,
            Command::Generate(args) => args.format.format,
            Command::Build(args) => args.format.format,
            Command::Plan(args) if args.format == PlanFormat::Json => Format::Json,
            Command::Deploy(args) => args.format.format,
            Command::Bootstrap(args) => args.format.format,
            Command::Destroy(args) => args.format.format,
            Command::Releases(args) => args.format.format,
            Command::Rollback(args) => args.format.format,
            Command::Unlock(args) => args.format.format,
            Command::Doctor(args) => args.format.format,
            Command::Policies(args) => args.format.format,
            Command::Interop(command) => command.args().format.format,
            Command::Local(args) => args.format.format,
            Command::Bench(command) => command.format().format,
            Command::Check(_)
            | Command::Graph(_)
            | Command::Diff(_)
            | Command::Drift(_)
            | Command::Plan(_)
            | Command::Schema(_)
            | Command::Docs(_)
            | Command::Completions(_) => Format::Human,
        }
    }
}

/// Write a completion script for a shell to stdout
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask completions bash > ~/.local/share/bash-completion/completions/flowyard

The script completes a command named `flowyard`; `alias flowyard='cargo xtask'` makes it one.")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
