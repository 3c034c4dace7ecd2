//! `plan`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::{BuildingArgs, ChoiceArgs, TargetArgs};

/// Show what a deployment would change; changes nothing
///
/// Reads the instance and compares. Lambdas are not built: a digest of their sources tells whether
/// their code is another. A changed flow is shown block by block, the
/// old text beside the new.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask plan --env prod
  cargo xtask plan --env prod --out plan.json    to be carried out by `deploy --plan plan.json`
  cargo xtask plan --env prod --target 'flow.support*' --only flows
  cargo xtask plan --env prod --prune
  cargo xtask plan --env prod --format markdown
  cargo xtask plan --env local --endpoint-url http://127.0.0.1:8080")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) building: BuildingArgs,

    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,

    /// Plan what `bootstrap` would do instead
    #[arg(long)]
    pub(crate) bootstrap: bool,

    /// Save the plan, with digests of what it was made from, for `deploy --plan` or `bootstrap --plan`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// What stdout carries
    #[arg(long, value_enum, default_value_t = PlanFormat::Human)]
    pub(crate) format: PlanFormat,
}

/// The views of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    Human,
    /// For forges
    Markdown,
    Json,
}
