//! Every flag there is, with the text `--help` shows for it.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use provision::clients::is_loopback;
use provision::environment::Environment;

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
    Build(BuildArgs),
    Plan(PlanArgs),
    Deploy(DeployArgs),
    Bootstrap(BootstrapArgs),
    Local(LocalArgs),
    Schema(SchemaArgs),
    Docs(DocsArgs),
    #[command(subcommand)]
    Bench(BenchCommand),
    Completions(CompletionsArgs),
}

impl Command {
    /// The format that the printer writes in; commands with other formats write those themselves.
    pub(crate) fn format(&self) -> Format {
        match self {
            Command::Demo(args) => args.format.format,
            Command::Check(args) if args.format == CheckFormat::Json => Format::Json,
            Command::Import(args) => args.format.format,
            Command::Generate(args) => args.format.format,
            Command::Build(args) => args.format.format,
            Command::Plan(args) => args.format.format,
            Command::Deploy(args) => args.format.format,
            Command::Bootstrap(args) => args.format.format,
            Command::Local(args) => args.format.format,
            Command::Bench(BenchCommand::Lang(args) | BenchCommand::Layout(args)) => {
                args.format.format
            }
            Command::Check(_)
            | Command::Graph(_)
            | Command::Schema(_)
            | Command::Docs(_)
            | Command::Completions(_) => Format::Human,
        }
    }
}

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

/// Find what is wrong in the flows and the infrastructure files
///
/// Without PATHS: reads flows/ and infra/ and compiles every flow for every environment, or for the
/// one named. With PATHS: checks those files and folders, YAML sources and flow JSON as Connect
/// exports it. All findings are reported, each with file, line and column.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask check
  cargo xtask check --env prod
  cargo xtask check flows/support-chat.yaml exported/*.json
  cargo xtask check --type customer_queue queue.json
  cargo xtask check --explain F006
  cargo xtask check --format json | jq '.diagnostics[].message'")]
pub(crate) struct CheckArgs {
    /// Files and folders instead of the project
    #[arg(value_name = "PATHS")]
    pub(crate) paths: Vec<PathBuf>,

    /// Check against this environment only
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,

    /// The type of flow JSON that does not say its type: contact_flow, customer_queue, module, ...
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,

    /// Say what a rule finds, why that is bad and what to do; takes a code or a name
    #[arg(long, value_name = "RULE", conflicts_with_all = ["paths", "env", "kind", "fix"])]
    pub(crate) explain: Option<String>,

    /// Mend what can be mended safely, in place
    #[arg(long)]
    pub(crate) fix: bool,

    /// Severities and allowances [default: .flowyard.yaml of the project]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// What stdout carries
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub(crate) format: CheckFormat,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// With the source lines, the places underlined
    Human,
    /// One line each
    Concise,
    /// One JSON document
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// Draw a flow
///
/// Takes the name of a flow or module of the project, or a file: a YAML source or flow JSON. The
/// picture goes to stdout or to --out.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask graph support-chat > support-chat.svg
  cargo xtask graph support-chat --format mermaid
  cargo xtask graph exported.json --format html --out exported.html")]
pub(crate) struct GraphArgs {
    /// The flow: a name, or a file
    #[arg(value_name = "FLOW")]
    pub(crate) flow: String,

    /// The form of the picture
    #[arg(long, value_enum, default_value_t = GraphFormat::Svg)]
    pub(crate) format: GraphFormat,

    /// Fill in the variables of this environment [default: templates are shown as written]
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,

    /// Write here instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// The forms of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Self-contained, light and dark
    Svg,
    /// For Markdown on forges
    Mermaid,
    /// A page that zooms
    Html,
    /// For Graphviz
    Dot,
}

/// Turn flow JSON into YAML sources, losing nothing
///
/// Takes flows and modules as the console exports them or the API describes them. Writes one YAML
/// file per flow, its layout beside it (positions, notes and original identifiers), and
/// bindings.yaml: what the names that stand for ARNs and ids stood for. `generate --source` writes
/// the same JSON again.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask import exported/*.json --out imported
  cargo xtask generate --source imported --bindings imported/bindings.yaml --out again")]
pub(crate) struct ImportArgs {
    /// Flow JSON files, or folders with some
    #[arg(value_name = "FILES", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Write here; created if needed
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,

    /// The type of documents that do not say theirs [default: contact_flow]
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,

    /// Replace files that are there already
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Write the JSON of every flow and module
///
/// For an environment the files go to target/flowyard/<ENV>/ and look as the Connect console exports
/// them. References are symbolic, for example ${queue:support}: only an instance knows what they
/// stand for. After a deployment the files hold what was sent, and bindings.json beside them what
/// each name stands for.
///
/// With --source, for a folder of sources and what their names stand for, as `import` writes them.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask generate
  cargo xtask generate --env prod --out /tmp/flows
  cargo xtask generate --source imported --bindings imported/bindings.yaml --out again")]
pub(crate) struct GenerateArgs {
    /// The environment whose variables are filled in
    #[arg(long, value_name = "NAME", default_value = "local")]
    pub(crate) env: String,

    /// A folder of sources instead of the project
    #[arg(long, value_name = "DIR", requires = "out", conflicts_with = "env")]
    pub(crate) source: Option<PathBuf>,

    /// What the names in --source stand for
    #[arg(long, value_name = "FILE", requires = "source")]
    pub(crate) bindings: Option<PathBuf>,

    /// Write here instead of target/flowyard/<ENV>
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

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
  cargo xtask plan --env prod --format json > plan.json
  cargo xtask plan --env local --endpoint-url http://127.0.0.1:8080")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) profile: ProfileArgs,

    /// Plan what `bootstrap` would do instead
    #[arg(long)]
    pub(crate) bootstrap: bool,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Plan, ask, and carry the plan out
///
/// Lambdas, modules and flows, in the order in which they need each other. Asks before it changes
/// anything; an environment with `protect: true` wants the alias of its instance typed.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask deploy --env staging
  cargo xtask deploy --env local --yes --endpoint-url http://127.0.0.1:8080")]
pub(crate) struct DeployArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) profile: ProfileArgs,

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

/// Write JSON Schemas, with which editors complete and check the sources
///
/// Formats: flow, environment, instance, scenario and the others that `cargo xtask schema` lists. A
/// source names its schema in its first line: `# yaml-language-server: $schema=...`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask schema                    what there is
  cargo xtask schema flow > flow.schema.json
  cargo xtask schema --out docs/schema")]
pub(crate) struct SchemaArgs {
    /// The format; its schema goes to stdout
    #[arg(value_name = "NAME", conflicts_with = "out")]
    pub(crate) name: Option<String>,

    /// Write all schemas to this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// Write the generated parts of docs/ again: rules, action types, short forms, schemas
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask docs
  cargo xtask docs --check              ends with 1 if docs/ is not up to date")]
pub(crate) struct DocsArgs {
    /// Change nothing; say what is out of date
    #[arg(long)]
    pub(crate) check: bool,
}

/// Measure how fast we are, beside others
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Compiling and checking flows, beside `connect-flow lint`
    Lang(BenchArgs),
    /// How flows are laid out, beside `connect-flow prettify` and the people who drew them
    Layout(BenchArgs),
}

/// What a measurement runs on.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask bench lang
  cargo xtask bench layout --corpus ../shared/flow-corpus --peer ~/.venv/bin/connect-flow")]
pub(crate) struct BenchArgs {
    /// A folder with exported flows [env: FLOWYARD_CORPUS]
    #[arg(long, value_name = "DIR")]
    pub(crate) corpus: Option<PathBuf>,

    /// The `connect-flow` of PyPI to measure beside [default: the one on PATH, else installed into
    /// target/flowyard/peers]
    #[arg(long, value_name = "FILE")]
    pub(crate) peer: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
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
