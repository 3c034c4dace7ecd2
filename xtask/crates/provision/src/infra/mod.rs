//! Infrastructure files: what stands around the flows, in names and without an ARN.
//!
//! The sections may be spread over any number of files; a name is declared once in all of them.

mod instance;
mod lambdas;
mod media;
mod modules;
mod names;
mod people;
mod routing;
mod storage;
mod streaming;

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path};
use std::sync::Arc;

use flow::diagnostic::{self, Diagnostic, SourceFile, Span};
use indexmap::IndexMap;

pub(crate) use instance::{ATTRIBUTES, RETENTION_DAYS, STORAGE, STREAMS};
pub use instance::{AttributeSpec, IdentityManagement, InstanceSpec, PlaceSpec, StorageSpec};
pub use lambdas::{Caller, EnvValue, FailureSpec, Grant, GrantTarget, LambdaSpec};
pub(crate) use media::{LONGEST_ACTION, LONGEST_PROMPT_DESCRIPTION, LONGEST_VIEW_DESCRIPTION};
pub use media::{PromptSpec, ViewSpec};
pub use modules::ModuleSpec;
pub(crate) use names::rule as name_rule;
pub use people::{Destination, FlowName, QuickConnectSpec, SecurityProfileSpec};
pub(crate) use people::{
    LONGEST_DESCRIPTION, LONGEST_PERMISSION, MOST_KINDS, MOST_ONLY_TAGGED, MOST_PERMISSIONS, PHONE,
};
pub use routing::{Channel, Day, HoursSpec, OpenTime, QueueSpec, RoutedQueue, RoutingProfileSpec};
pub use storage::{BucketSpec, DeadLettersSpec, KeySpec};
pub use streaming::{TableSpec, TopicSpec};

use crate::environment::Environment;
use crate::ledger;
use crate::rules;
use crate::yaml::{Entry, Located, Node, Reader, help_with_names};

/// Everything the infrastructure files declare, by name.
#[derive(Clone, Debug, Default)]
pub struct Infra {
    pub instance: InstanceSpec,
    pub hours: IndexMap<String, HoursSpec>,
    pub queues: IndexMap<String, QueueSpec>,
    pub routing_profiles: IndexMap<String, RoutingProfileSpec>,
    pub keys: IndexMap<String, KeySpec>,
    pub buckets: IndexMap<String, BucketSpec>,
    pub dead_letters: IndexMap<String, DeadLettersSpec>,
    pub security_profiles: IndexMap<String, SecurityProfileSpec>,
    pub quick_connects: IndexMap<String, QuickConnectSpec>,
    pub prompts: IndexMap<String, PromptSpec>,
    pub views: IndexMap<String, ViewSpec>,
    pub topics: IndexMap<String, TopicSpec>,
    pub tables: IndexMap<String, TableSpec>,
    pub lambdas: IndexMap<String, LambdaSpec>,
    pub modules: IndexMap<String, ModuleSpec>,
    /// Also what is declared and could not be read.
    names: Names,
    /// Names that only an environment can explain, and where they are used.
    mentions: Vec<Mention>,
}

/// The names that flows may refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub queues: BTreeSet<String>,
    pub hours: BTreeSet<String>,
    pub lambdas: BTreeSet<String>,
    pub prompts: BTreeSet<String>,
    pub views: BTreeSet<String>,
    pub lex_bots: BTreeSet<String>,
}

/// A name used somewhere, to be declared elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    kind: Mentioned,
    name: Located<String>,
}

/// What a mentioned name should be the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mentioned {
    Hours,
    Queue,
    QuickConnect,
    Topic,
    Table,
    Key,
    DeadLetters,
    Bucket,
    Stream,
    LexBot,
    Variable,
    /// One of our sources; these are not among the files read here.
    Flow,
}

impl Mentioned {
    fn noun(self) -> &'static str {
        match self {
            Mentioned::Hours => "hours",
            Mentioned::Queue => "queue",
            Mentioned::QuickConnect => "quick connect",
            Mentioned::Topic => "topic",
            Mentioned::Table => "table",
            Mentioned::Key => "key",
            Mentioned::DeadLetters => "queue for dead letters",
            Mentioned::Bucket => "bucket",
            Mentioned::Stream => "stream",
            Mentioned::LexBot => "Lex bot",
            Mentioned::Flow => "flow",
            Mentioned::Variable => "variable",
        }
    }

    /// The section that declares it, unless environments or other sources do.
    fn section(self) -> Option<&'static str> {
        match self {
            Mentioned::Hours => Some("hours"),
            Mentioned::Queue => Some("queues"),
            Mentioned::QuickConnect => Some("quick_connects"),
            Mentioned::Topic => Some("topics"),
            Mentioned::Table => Some("tables"),
            Mentioned::Key => Some("keys"),
            Mentioned::DeadLetters => Some("dead_letters"),
            Mentioned::Bucket
            | Mentioned::Stream
            | Mentioned::LexBot
            | Mentioned::Variable
            | Mentioned::Flow => None,
        }
    }
}

/// The reader of one file and the names it has come across.
pub(crate) struct Section<'r> {
    pub(crate) reader: &'r Reader,
    mentions: Vec<Mention>,
    files: &'r Files<'r>,
}

/// Reads a file that an infrastructure file names, by its path from the root of the project: one in
/// the folder `infra`.
pub type Files<'f> = dyn Fn(&str) -> io::Result<Vec<u8>> + 'f;

impl Section<'_> {
    /// Reads the name of something declared elsewhere.
    pub(crate) fn mention(&mut self, kind: Mentioned, node: &Node) -> Option<String> {
        let name = self.reader.text(node)?;
        if name.starts_with("arn:") {
            let diag = rules::LITERAL_ARN
                .at(
                    format!("an ARN in place of a name ({})", kind.noun()),
                    self.reader.span(node.range.clone()),
                    "sources name things, and environments say where they are",
                )
                .with_help("write the name under which it is declared");
            self.reader.push(diag);
            return None;
        }
        let located = self.reader.locate(node, name.clone());
        let name_mentioned = Mention {
            kind,
            name: located,
        };
        self.mentions.push(name_mentioned);
        Some(name)
    }

    /// Reads a file that is named here.
    fn attachment(&self, node: &Node) -> Option<Vec<u8>> {
        let path = self.reader.text(node)?;
        let mut parts = Path::new(&path).components();
        let is_below =
            path.starts_with("infra/") && parts.all(|part| matches!(part, Component::Normal(_)));
        let content = match is_below {
            true => (self.files)(&path),
            false => Err(io::Error::other(
                "expected a path that starts with `infra/`",
            )),
        };
        match content {
            Ok(content) => Some(content),
            Err(error) => {
                let headline = format!("cannot read `{path}`");
                let range = node.range.clone();
                let label = error.to_string();
                self.reader
                    .report(rules::INVALID_VALUE, headline, range, label);
                None
            }
        }
    }
}

impl Infra {
    /// Reads infrastructure files that name no others; goes on after the first problem.
    pub fn parse(files: &[Arc<SourceFile>]) -> (Infra, Vec<Diagnostic>) {
        Self::parse_with(files, &|_| Err(io::ErrorKind::NotFound.into()))
    }

    /// Reads all infrastructure files and those that they name; goes on after the first problem.
    pub fn parse_with(
        files: &[Arc<SourceFile>],
        attachments: &Files<'_>,
    ) -> (Infra, Vec<Diagnostic>) {
        let mut infra = Infra::default();
        let mut places = Places::default();
        let mut mentions = Vec::new();
        let mut diags = Vec::new();
        for file in files {
            let reader = Reader::new(file);
            if let Some(root) = reader.root() {
                let mut section = Section {
                    reader: &reader,
                    mentions: Vec::new(),
                    files: attachments,
                };
                read_file(&mut infra, &mut places, &mut section, &root);
                mentions.append(&mut section.mentions);
            }
            diags.append(&mut reader.finish());
        }
        for mention in mentions {
            match mention.kind.section() {
                Some(section) => diags.extend(unknown(&mention, &places.names(section))),
                None => infra.mentions.push(mention),
            }
        }
        let names = |section| {
            places
                .names(section)
                .into_iter()
                .map(str::to_owned)
                .collect()
        };
        infra.names = Names {
            queues: names("queues"),
            hours: names("hours"),
            lambdas: names("lambdas"),
            prompts: names("prompts"),
            views: names("views"),
            lex_bots: infra.instance.lex_bots.iter().cloned().collect(),
        };
        diagnostic::sort(&mut diags);
        (infra, diags)
    }

    /// The names of the Lambdas that are declared and could be read.
    pub fn lambda_names(&self) -> Vec<String> {
        self.lambdas.keys().cloned().collect()
    }

    /// The names that flows may refer to, whether what they stand for could be read or not: what
    /// could not has been reported, and who refers to it is not at fault.
    pub fn names(&self) -> Names {
        self.names.clone()
    }

    /// What these files need from an environment and the environment does not have.
    pub fn check(&self, environment: &Environment) -> Vec<Diagnostic> {
        let buckets: Vec<&str> = environment.buckets.keys().map(String::as_str).collect();
        let streams: Vec<&str> = environment.streams.keys().map(String::as_str).collect();
        let vars: Vec<&str> = environment.vars.keys().map(String::as_str).collect();
        let lex_bots: Vec<&str> = environment.lex_bots.keys().map(String::as_str).collect();
        let missing = self.mentions.iter().filter_map(|mention| {
            let names = match mention.kind {
                Mentioned::Bucket => &buckets,
                Mentioned::Stream => &streams,
                Mentioned::LexBot => &lex_bots,
                Mentioned::Variable => &vars,
                // These are declared in files, and those have been looked at.
                Mentioned::Hours
                | Mentioned::Queue
                | Mentioned::QuickConnect
                | Mentioned::Topic
                | Mentioned::Table
                | Mentioned::Key
                | Mentioned::DeadLetters
                | Mentioned::Flow => return None,
            };
            let note = format!("the environment is `{}`", environment.name);
            unknown(mention, names).map(|diag| diag.with_note(note))
        });
        missing.collect()
    }

    /// Flows that these files name and that are not among those of this name.
    pub fn check_flows(&self, flows: &[&str]) -> Vec<Diagnostic> {
        let mentions = self.mentions.iter();
        let flow = mentions.filter(|mention| mention.kind == Mentioned::Flow);
        flow.filter_map(|mention| unknown(mention, flows)).collect()
    }
}

fn unknown(mention: &Mention, names: &[&str]) -> Option<Diagnostic> {
    let Located { value: name, span } = &mention.name;
    let noun = mention.kind.noun();
    (!names.contains(&name.as_str())).then(|| {
        rules::UNKNOWN_NAME
            .at(
                format!("unknown {noun} `{name}`"),
                span.clone(),
                "nothing of this kind has that name",
            )
            .with_help(help_with_names(name, names))
    })
}

/// Where each name was declared first, by section.
#[derive(Default)]
struct Places {
    declared: IndexMap<(&'static str, String), Span>,
}

impl Places {
    /// The names of a section, whether what they stand for could be read or not.
    fn names(&self, section: &str) -> Vec<&str> {
        let keys = self.declared.keys().filter(|(of, _)| *of == section);
        keys.map(|(_, name)| name.as_str()).collect()
    }

    /// Whether this is the first declaration; a second one is reported at both places.
    fn declare(&mut self, reader: &Reader, section: &'static str, entry: &Entry) -> bool {
        let span = reader.span(entry.key_range.clone());
        let key = (section, entry.key.clone());
        if let Some(first) = self.declared.get(&key) {
            // Within one file the reader has said so already.
            if !Arc::ptr_eq(&first.file, &span.file) {
                let headline = format!("`{}` is declared twice", entry.key);
                let diag = rules::DECLARED_TWICE.at(headline, span, "again here");
                reader.push(diag.with_label(first.clone(), "first declared here"));
            }
            return false;
        }
        self.declared.insert(key, span);
        true
    }
}

fn read_file(infra: &mut Infra, places: &mut Places, section: &mut Section<'_>, root: &Node) {
    let Some(mut fields) = section.reader.fields(root, "an infrastructure file") else {
        return;
    };
    if let Some(node) = fields.optional("instance")
        && let Some(spec) = instance::read(section, node)
    {
        infra.instance = spec;
    }
    let hours = fields.optional("hours");
    let queues = fields.optional("queues");
    let routing_profiles = fields.optional("routing_profiles");
    let keys = fields.optional("keys");
    let buckets = fields.optional("buckets");
    let dead_letters = fields.optional("dead_letters");
    let security_profiles = fields.optional("security_profiles");
    let quick_connects = fields.optional("quick_connects");
    let prompts = fields.optional("prompts");
    let views = fields.optional("views");
    let topics = fields.optional("topics");
    let tables = fields.optional("tables");
    let lambdas = fields.optional("lambdas");
    let of_modules = fields.optional("modules");
    fields.finish();
    named(
        &mut infra.modules,
        places,
        section,
        "modules",
        of_modules,
        modules::module,
    );
    named(
        &mut infra.hours,
        places,
        section,
        "hours",
        hours,
        routing::hours,
    );
    named(
        &mut infra.queues,
        places,
        section,
        "queues",
        queues,
        routing::queue,
    );
    let profiles = &mut infra.routing_profiles;
    named(
        profiles,
        places,
        section,
        "routing_profiles",
        routing_profiles,
        routing::profile,
    );
    named(&mut infra.keys, places, section, "keys", keys, storage::key);
    named(
        &mut infra.buckets,
        places,
        section,
        "buckets",
        buckets,
        storage::bucket,
    );
    named(
        &mut infra.dead_letters,
        places,
        section,
        "dead_letters",
        dead_letters,
        storage::dead_letters,
    );
    named(
        &mut infra.security_profiles,
        places,
        section,
        "security_profiles",
        security_profiles,
        people::security_profile,
    );
    named(
        &mut infra.quick_connects,
        places,
        section,
        "quick_connects",
        quick_connects,
        people::quick_connect,
    );
    named(
        &mut infra.prompts,
        places,
        section,
        "prompts",
        prompts,
        media::prompt,
    );
    named(
        &mut infra.views,
        places,
        section,
        "views",
        views,
        media::view,
    );
    named(
        &mut infra.topics,
        places,
        section,
        "topics",
        topics,
        streaming::topic,
    );
    named(
        &mut infra.tables,
        places,
        section,
        "tables",
        tables,
        streaming::table,
    );
    named(
        &mut infra.lambdas,
        places,
        section,
        "lambdas",
        lambdas,
        lambdas::lambda,
    );
}

/// Reads a section of named entries.
fn named<T>(
    into: &mut IndexMap<String, T>,
    places: &mut Places,
    section: &mut Section<'_>,
    title: &'static str,
    node: Option<&Node>,
    read: impl Fn(&mut Section<'_>, &Node) -> Option<T>,
) {
    let entries = node.and_then(|node| section.reader.entries(node));
    for entry in entries.unwrap_or_default() {
        let is_first = places.declare(section.reader, title, entry);
        names::check(section, title, entry);
        if title == "tables" && entry.key == ledger::TABLE {
            let headline = format!("table `{}` is declared already", ledger::TABLE);
            let label = "`bootstrap` makes a table of this name, where deployments are recorded";
            let range = entry.key_range.clone();
            let reader = section.reader;
            reader.report(rules::DECLARED_TWICE, headline, range, label);
            continue;
        }
        if title == "buckets" {
            // What a bucket is really called, the environment says.
            let span = section.reader.span(entry.key_range.clone());
            let name = Located {
                value: entry.key.clone(),
                span,
            };
            let kind = Mentioned::Bucket;
            section.mentions.push(Mention { kind, name });
        }
        let spec = read(section, &entry.node);
        if let Some(spec) = spec.filter(|_| is_first) {
            into.insert(entry.key.clone(), spec);
        }
    }
}
