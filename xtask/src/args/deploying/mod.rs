//! Commands on contact centres: build, plan, deploy, and run one on this machine.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args as ClapArgs, ValueEnum};
use provision::clients::is_loopback;
use provision::environment::Environment;

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

/// Show what a deployment would change; changes nothing
///
/// Builds the Lambdas, reads the instance and compares. A changed flow is shown block by block, the
/// old text beside the new.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask plan --env prod
  cargo xtask plan --env prod --out plan.json    to be carried out by `deploy --plan plan.json`
  cargo xtask plan --env prod --format markdown
  cargo xtask plan --env local --endpoint-url http://127.0.0.1:8080")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) profile: ProfileArgs,

    /// Plan what `bootstrap` would do instead
    #[arg(long, conflicts_with = "out")]
    pub(crate) bootstrap: bool,

    /// Save the plan, with digests of what it was made from, for `deploy --plan`
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

/// Plan, ask, and carry the plan out
///
/// Lambdas, modules and flows, in the order in which they need each other. Asks before it changes
/// anything; an environment with `protect: true` wants the alias of its instance typed.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask deploy --env staging
  cargo xtask deploy --env prod --plan plan.json --yes --confirm acme-prod
  cargo xtask deploy --env local --yes --endpoint-url http://127.0.0.1:8080")]
pub(crate) struct DeployArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) profile: ProfileArgs,

    /// Carry out this saved plan and nothing else; refused if sources or instance have moved since
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Create the instance and what changes rarely: hours, queues, topic, table, roles
///
/// Run once for each environment before the first `deploy`, and again after infra/ has changed. Like
/// `deploy` it shows its plan and asks.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask bootstrap --env staging
  cargo xtask plan --bootstrap --env staging      what it would do")]
pub(crate) struct BootstrapArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
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

/// Run a contact centre on this machine with everything deployed
///
/// Prints `ready http://127.0.0.1:PORT` on stdout and, below it, how to chat with the bot from another
/// terminal. Runs until Ctrl-C or SIGTERM; nothing is kept.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask local
  cargo xtask local --port 8080 --clock 60       an hour passes in a minute
  cargo xtask plan --endpoint-url http://127.0.0.1:8080")]
pub(crate) struct LocalArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,

    /// How time passes: `real`, `virtual` (stands still until told), or a factor such as 60
    #[arg(long, value_name = "CLOCK", default_value = "real")]
    pub(crate) clock: ClockChoice,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// How time passes in the emulator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ClockChoice {
    Real,
    Virtual,
    Factor(f64),
}

impl FromStr for ClockChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "real" => Ok(Self::Real),
            "virtual" => Ok(Self::Virtual),
            _ => match text.trim_end_matches('x').parse::<f64>() {
                Ok(factor) if factor.is_finite() && (0.001..=1e6).contains(&factor) => {
                    Ok(Self::Factor(factor))
                }
                _ => Err("expected `real`, `virtual` or a factor from 0.001 to 1000000".to_owned()),
            },
        }
    }
}
