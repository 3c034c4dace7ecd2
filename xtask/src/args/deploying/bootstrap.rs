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
/// Shows what goes and what stays, and wants the alias of the instance typed or given; `--yes` does not
/// do. What carries no tag of ours stays. Refused where the environment says `protect: true`. An
/// account may create and delete 100 instances in 30 days.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask destroy --env try-out
  cargo xtask destroy --env try-out --confirm acme-try-out
  cargo xtask destroy --env try-out --keep-instance --empty-buckets")]
pub(crate) struct DestroyArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    /// Leave the instance, and what is on it and not ours
    #[arg(long)]
    pub(crate) keep_instance: bool,

    /// Delete what is in our buckets as well; without it a bucket that is not empty stays
    #[arg(long)]
    pub(crate) empty_buckets: bool,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}
