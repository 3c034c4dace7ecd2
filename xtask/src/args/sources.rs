//! Commands on sources: check, draw, import, generate, document.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::FormatArgs;

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

/// Turn flow JSON, or what is live on an instance, into YAML sources, losing nothing
///
/// Takes flows and modules as the console exports them or the API describes them, or with --env as
/// they are published on the instance. Writes one YAML file per flow, its layout beside it
/// (positions, notes and original identifiers), and bindings.yaml: what the names that stand for
/// ARNs and ids stood for. `generate --source` writes the same JSON again.
///
/// From an instance, names are those of its queues, hours, prompts and views, so that `plan` finds
/// nothing to change in what was imported. What refers to something that has no name there is
/// refused, all of it at once. What others refer to is imported with them.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask import exported/*.json --out imported
  cargo xtask generate --source imported --bindings imported/bindings.yaml --out again
  cargo xtask import --env staging --all --out flows --infra
  cargo xtask import --env staging \"Support chat\" --out flows")]
pub(crate) struct ImportArgs {
    /// Flow JSON files, or folders with some; with --env titles, ids or ARNs of flows and modules
    #[arg(value_name = "FILES", required_unless_present = "all")]
    pub(crate) files: Vec<PathBuf>,

    /// Import from the instance of this environment: infra/environments/<NAME>.yaml
    #[arg(long, value_name = "NAME", conflicts_with = "kind")]
    pub(crate) env: Option<String>,

    /// With --env: speak to this address instead of AWS [env: AWS_ENDPOINT_URL]
    #[arg(long, value_name = "URL", requires = "env")]
    pub(crate) endpoint_url: Option<String>,

    /// With --env: everything but what every instance is born with ("Default ...", "Sample ...")
    #[arg(long, requires = "env", conflicts_with = "files")]
    pub(crate) all: bool,

    /// With --all: that as well
    #[arg(long, requires = "all")]
    pub(crate) stock: bool,

    /// With --env: write infra/imported.yaml with the hours and queues that infra/ does not have
    #[arg(long, requires = "env")]
    pub(crate) infra: bool,

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
