//! `deploy`, `releases`, `rollback` and `unlock`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{BuildingArgs, CarryingArgs, ChoiceArgs, ConfirmArgs, TargetArgs};
use crate::args::FormatArgs;

/// Plan, ask, and carry the plan out
///
/// Lambdas, modules and flows, in the order in which they need each other. Asks before it changes
/// anything; an environment with `protect: true` wants the alias of its instance typed.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask deploy --env staging
  cargo xtask deploy --env staging --only flows
  cargo xtask deploy --env prod --plan plan.json --yes --confirm acme-prod
  cargo xtask deploy --env local --yes --endpoint-url http://127.0.0.1:8080")]
pub(crate) struct DeployArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) building: BuildingArgs,

    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,

    /// Change nothing: write what references stand for, and record what is live and as it should be
    #[arg(long, conflicts_with = "plan")]
    pub(crate) refresh_only: bool,

    /// Carry out this saved plan and nothing else; refused if sources or instance have moved since
    #[arg(long, value_name = "FILE", conflicts_with = "ChoiceArgs")]
    pub(crate) plan: Option<PathBuf>,

    /// Refuse what this other environment does not run; may be repeated. `require_released_in` in
    /// the environment's file says the same
    #[arg(long, value_name = "NAME")]
    pub(crate) require_released_in: Vec<String>,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    #[command(flatten)]
    pub(crate) carrying: CarryingArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// List what was deployed: each release with when, by whom and from which commit
///
/// With a number, what that release wrote, and what was there before. Read from the deployment table.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask releases --env staging
  cargo xtask releases 41 --env staging")]
pub(crate) struct ReleasesArgs {
    /// The number of one release
    #[arg(value_name = "RELEASE")]
    pub(crate) release: Option<u64>,

    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Bring flows, modules and functions back to an earlier release
///
/// Shows what that changes as a plan and asks, like `deploy`; recorded as a release of its own. Flows
/// and modules get the content that the ledger has, aliases of functions point to the version they
/// pointed to. What came only later stays. Needs neither the sources nor a build.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask releases --env staging
  cargo xtask rollback --env staging
  cargo xtask rollback 41 --env prod --yes --confirm acme-prod")]
pub(crate) struct RollbackArgs {
    /// The release to go back to [default: the complete one before what is live]
    #[arg(value_name = "RELEASE")]
    pub(crate) release: Option<u64>,

    /// Bring back what somebody else had published after that release, too
    #[arg(long)]
    pub(crate) edits: bool,

    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    #[command(flatten)]
    pub(crate) carrying: CarryingArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Break the lock that a deployment left behind
///
/// Shows who holds it and since when, and asks. A lock whose owner is gone ends by itself when its
/// lease does.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask unlock --env staging")]
pub(crate) struct UnlockArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}
