//! `bootstrap` and `destroy`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{CarryingArgs, ConfirmArgs, TargetArgs};
use crate::args::FormatArgs;

/// Create the instance and what changes rarely: hours, queues, topic, table, roles
///
/// Run once for each environment before the first `deploy`, and again after infra/ has changed. Like
/// `deploy` it shows its plan and asks.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask bootstrap --env staging
  cargo xtask plan --bootstrap --env staging      what it would do
  cargo xtask bootstrap --env prod --plan plan.json --yes --confirm acme-prod")]
pub(crate) struct BootstrapArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    /// Carry out this saved plan and nothing else; refused if sources or instance have moved since
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    #[command(flatten)]
    pub(crate) carrying: CarryingArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Delete what was deployed and bootstrapped, the instance included
///
/// Shows what goes, and wants the alias of the instance typed. Refused where the environment says
/// `protect: true`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask destroy --env try-out
  cargo xtask destroy --env try-out --confirm acme-try-out")]
pub(crate) struct DestroyArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}
