//! Commands on contact centres: build, plan, deploy, and run one on this machine.

mod bootstrap;
mod carrying;
mod deploy;
mod local;
mod operating;
mod plan;

use clap::{Args as ClapArgs, ValueEnum};
use provision::clients::is_loopback;
use provision::environment::Environment;
use provision::plan::{Choices, Part};

pub(crate) use bootstrap::{BootstrapArgs, DestroyArgs};
pub(crate) use carrying::CarryingArgs;
pub(crate) use deploy::{DeployArgs, ReleasesArgs, RollbackArgs, UnlockArgs};
pub(crate) use local::{ClockChoice, LocalArgs, Span};
pub(crate) use operating::{DoctorArgs, InteropCommand, PoliciesArgs, PolicyPurpose};
pub(crate) use plan::{PlanArgs, PlanFormat};

use super::FormatArgs;

/// Run everything once on this machine, from the sources to finished conversations
///
/// Checks and generates the flows, builds the Lambdas, starts the emulator, bootstraps an instance,
/// plans, deploys and plans again, holds four conversations with the bot as a customer would,
/// changes the greeting and deploys that. Time is virtual. Needs no AWS account and no network.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask demo
  cargo xtask demo --format json > demo.json

Ends with 0 only if every expectation held; those that did not are listed on stderr.")]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Build the Lambdas and package each as a zip with `bootstrap`
///
/// The zips go to target/flowyard/lambdas/. The same binary gives the same bytes. Without --target
/// the Lambdas are built for this machine, which is what the emulator runs.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask build
  cargo xtask build --release --target aarch64-unknown-linux-musl")]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub(crate) profile: ProfileArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// How Lambdas are built.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct ProfileArgs {
    /// Build with optimisations
    #[arg(long)]
    pub(crate) release: bool,

    /// Build for this Rust target, for example aarch64-unknown-linux-musl
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,
}

/// The same beside `--target`, which is an address there.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct BuildingArgs {
    /// Build Lambdas with optimisations
    #[arg(long)]
    pub(crate) release: bool,

    /// Build Lambdas for this Rust target, for example x86_64-unknown-linux-musl
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) rust_target: Option<String>,
}

/// Which instance a command speaks to.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct TargetArgs {
    /// The environment: infra/environments/<NAME>.yaml
    #[arg(long, value_name = "NAME", default_value = "local")]
    pub(crate) env: String,

    /// Speak to this address instead of AWS, for example to `cargo xtask local` [env: AWS_ENDPOINT_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

impl TargetArgs {
    /// The address to speak to, if it is not AWS's own. The variable is that of every AWS client.
    pub(crate) fn endpoint(&self) -> Option<String> {
        let variable = || std::env::var("AWS_ENDPOINT_URL").ok();
        let endpoint = self.endpoint_url.clone().or_else(variable);
        endpoint.filter(|endpoint| !endpoint.is_empty())
    }

    /// Whether that is on this machine, and so the Lambdas run here too.
    pub(crate) fn is_local(&self, environment: &Environment) -> bool {
        let endpoint = self.endpoint().or_else(|| environment.endpoint.clone());
        endpoint.is_some_and(|endpoint| is_loopback(&endpoint))
    }
}

/// What a plan does beside making things as they should be.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct ChoiceArgs {
    /// Delete flows, modules and functions that we deployed once and the sources have no more
    #[arg(long)]
    pub(crate) prune: bool,

    /// Delete in an environment with `protect: true` too, and replace flows of another type
    #[arg(long)]
    pub(crate) allow_destroy: bool,

    /// Only what has an address like this, for example `flow.support*`; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) target: Vec<String>,

    /// Only this part; may be repeated
    #[arg(long, value_enum)]
    pub(crate) only: Vec<PartChoice>,
}

/// A part of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartChoice {
    Flows,
    Modules,
    /// Functions, and what leads to them
    Lambdas,
    /// Quick connects, and which of them queues offer
    QuickConnects,
}

impl PartChoice {
    fn part(self) -> Part {
        match self {
            PartChoice::Flows => Part::Flows,
            PartChoice::Modules => Part::Modules,
            PartChoice::Lambdas => Part::Lambdas,
            PartChoice::QuickConnects => Part::QuickConnects,
        }
    }
}

impl ChoiceArgs {
    pub(crate) fn choices(&self) -> Choices {
        Choices {
            prune: self.prune,
            allow_destroy: self.allow_destroy,
            targets: self.target.clone(),
            only: self.only.iter().map(|it| it.part()).collect(),
        }
    }
}

/// How a command gets leave to change something.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct ConfirmArgs {
    /// Do not ask; needed where stdin is not a terminal
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// For an environment with `protect: true`: the alias of its instance, in place of typing it
    #[arg(long, value_name = "ALIAS")]
    pub(crate) confirm: Option<String>,
}
