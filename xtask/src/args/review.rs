//! Commands that show what differs: diff, review, drift.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::FormatArgs;

/// Show what differs between two versions of flows, block by block
///
/// Without options: the working tree against the last commit. With --base: against that revision,
/// and with `...` behind it against the commit where it and HEAD parted, as forges compare branches.
/// With --env: the published flows of that environment against the working tree; --draft takes what
/// was saved in the console and not published, --deployed what we deployed last. With --files: any
/// two documents, YAML or JSON.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask diff
  cargo xtask diff support-chat --base v1.2
  cargo xtask diff --base origin/main...           what this branch changes
  cargo xtask diff --env prod                      live against the working tree
  cargo xtask diff --env prod --draft --format html --out drafts
  cargo xtask diff --files old.json new.yaml
  cargo xtask diff --files old.json new.json --format svg > diff.svg
  git show main:flow.json | cargo xtask diff --files - flow.json

Exit codes: 0 the same, 1 different, 2 could not tell.")]
pub(crate) struct DiffArgs {
    /// Flows and modules by name or address [default: all]
    #[arg(value_name = "FLOW", conflicts_with = "files")]
    pub(crate) flows: Vec<String>,

    /// The old version: a revision of git [default: HEAD, unless --env is given]
    #[arg(long, value_name = "REV", conflicts_with = "files")]
    pub(crate) base: Option<String>,

    /// Compare with this environment; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with = "files")]
    pub(crate) env: Vec<String>,

    /// Of the environment, the drafts instead of what is published
    #[arg(long, requires = "env")]
    pub(crate) draft: bool,

    /// Of the environment, what we deployed last instead of what is published
    #[arg(long, requires = "env", conflicts_with = "draft")]
    pub(crate) deployed: bool,

    /// Two documents instead: YAML sources or flow JSON; `-` is stdin
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    pub(crate) files: Option<Vec<PathBuf>>,

    /// What is written
    #[arg(long, value_enum, default_value_t = DiffFormat::Human)]
    pub(crate) format: DiffFormat,

    /// Write here instead of stdout; a folder if several flows differ and each has a picture
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,

    /// Speak to this address instead of AWS, for example to `cargo xtask local` [env: AWS_ENDPOINT_URL]
    #[arg(long, value_name = "URL", requires = "env")]
    pub(crate) endpoint_url: Option<String>,
}

/// The views of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// Text with colours
    Human,
    /// For forges, with Mermaid pictures
    Markdown,
    /// One JSON document
    Json,
    /// One picture of both versions, what differs marked
    Svg,
    /// A page with both versions side by side
    Html,
    /// A Mermaid picture with classes
    Mermaid,
}

/// Write what a pull request needs: comment, pictures, findings
///
/// Compares the working tree with the commit where it and a revision parted, as forges do: what was
/// merged there since is not shown as undone. Writes comment.md (under 65,535 characters), a picture
/// and a page per flow that differs, review.json and check.sarif. With --env the comment says what a
/// deployment would do there, or that it was not checked. The same input gives the same bytes.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask review --base origin/main --out review
  cargo xtask review --base origin/main --env staging --env prod --out review

Exit codes: 0 written, 1 written and `check` finds errors, 2 could not finish.")]
pub(crate) struct ReviewArgs {
    /// The branch that the change is for, or another revision
    #[arg(long, value_name = "REV")]
    pub(crate) base: String,

    /// Look at the live instance of this environment; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Vec<String>,

    /// The folder to write to; created if needed
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,

    /// Speak to this address instead of AWS, for example to `cargo xtask local` [env: AWS_ENDPOINT_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Show what of the live instance is not as we deployed it
///
/// Finds flows and modules that were edited in the console, drafts that were not published, what was
/// deleted, and what nobody manages. Each can be accepted (the live version becomes a patch of the
/// YAML), ignored with a reason, or reverted by the next deployment.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask drift --env prod
  cargo xtask drift --env prod --accept flow.support-chat > accept.patch
  cargo xtask drift --env prod --ignore flow.support-chat --reason \"trial until Friday\"

Exit codes: 0 no drift, 1 drift, 2 could not tell.")]
pub(crate) struct DriftArgs {
    /// The environment
    #[arg(long, value_name = "NAME")]
    pub(crate) env: String,

    /// Write the live version back into the sources, as a patch; may be given several times
    #[arg(long, value_name = "ADDRESS", conflicts_with = "ignore")]
    pub(crate) accept: Vec<String>,

    /// Do not report this difference again until it changes; may be given several times
    #[arg(long, value_name = "ADDRESS", requires = "reason")]
    pub(crate) ignore: Vec<String>,

    /// Why it is ignored
    #[arg(long, value_name = "TEXT", requires = "ignore")]
    pub(crate) reason: Option<String>,

    /// Write the patch here instead of stdout
    #[arg(long, value_name = "FILE", requires = "accept")]
    pub(crate) out: Option<PathBuf>,

    /// What is written
    #[arg(long, value_enum, default_value_t = DriftFormat::Human)]
    pub(crate) format: DriftFormat,

    /// Speak to this address instead of AWS, for example to `cargo xtask local` [env: AWS_ENDPOINT_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

impl DiffArgs {
    /// The address to speak to, if it is not AWS's own.
    pub(crate) fn endpoint(&self) -> Option<String> {
        endpoint(self.endpoint_url.as_ref())
    }
}

impl ReviewArgs {
    /// The address to speak to, if it is not AWS's own.
    pub(crate) fn endpoint(&self) -> Option<String> {
        endpoint(self.endpoint_url.as_ref())
    }
}

impl DriftArgs {
    /// The address to speak to, if it is not AWS's own.
    pub(crate) fn endpoint(&self) -> Option<String> {
        endpoint(self.endpoint_url.as_ref())
    }
}

fn endpoint(given: Option<&String>) -> Option<String> {
    let variable = || std::env::var("AWS_ENDPOINT_URL").ok();
    let endpoint = given.cloned().or_else(variable);
    endpoint.filter(|endpoint| !endpoint.is_empty())
}

/// The views of a drift report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DriftFormat {
    Human,
    Markdown,
    Json,
}
