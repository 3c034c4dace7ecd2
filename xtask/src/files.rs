//! Files and folders named on the command line: which sources and flow documents they hold, and
//! what the checks find in them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::Context;
use flow::diagnostic::{Diagnostic, SourceFile};
use flow::model::DocumentKind;
use flow_source::lint::{Subject, lint, merge};
use flow_source::policy::{self, Checked, Config};
use flow_source::{FlowDocument, Names, compile, document_from_json, source_from_bytes};

use crate::exit::Helped;
use crate::project::Project;
use crate::sources::Sources;

/// Fewer files than this are read before another thread has started.
const FILES_FOR_A_THREAD: usize = 64;

/// What was found in files.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) n_flows: usize,
    pub(crate) n_modules: usize,
    /// The environments that sources were rendered for.
    pub(crate) environments: Vec<String>,
    /// What a reader has to know to understand the answer.
    pub(crate) notes: Vec<String>,
    /// Where the sources lie, by their paths as they are shown.
    pub(crate) places: BTreeMap<String, PathBuf>,
}

impl Found {
    pub(crate) fn count(&mut self, kind: Option<DocumentKind>) {
        match kind {
            Some(DocumentKind::Module) => self.n_modules += 1,
            _ => self.n_flows += 1,
        }
    }
}

/// The files among paths, in order.
#[derive(Default)]
pub(crate) struct Named {
    /// Sources, each with its layout file if it has one.
    yaml: Vec<PathBuf>,
    json: Vec<PathBuf>,
}

impl Named {
    /// Lists what paths name; a folder stands for all flows in it.
    pub(crate) fn list(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let mut named = Self::default();
        for path in paths {
            let known = named.yaml.len() + named.json.len();
            if path.is_dir() {
                named.list_folder(path)?;
                if named.yaml.len() + named.json.len() == known {
                    let message = format!("there is no flow in {}", path.display());
                    let help = "a flow is a `.yaml` source or a `.json` document";
                    return Err(Helped::new(message, help).into());
                }
            } else {
                named.add_file(path)?;
            }
        }
        named.yaml.dedup();
        named.json.dedup();
        Ok(named)
    }

    fn add_file(&mut self, path: &Path) -> anyhow::Result<()> {
        fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        match extension(path) {
            Some("yaml" | "yml") => {
                self.yaml.push(path.to_owned());
                let layout = path.with_extension("layout.json");
                self.yaml.extend(layout.is_file().then_some(layout));
            }
            Some("json") => self.json.push(path.to_owned()),
            _ => {
                let message = format!("{} is neither YAML nor JSON by its name", path.display());
                let help = "name a `.yaml` source, a `.json` document, or a folder";
                return Err(Helped::new(message, help).into());
            }
        }
        Ok(())
    }

    /// What lies beside flows and is none is left out: bindings, conversations.
    fn list_folder(&mut self, folder: &Path) -> anyhow::Result<()> {
        let entries = fs::read_dir(folder)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| format!("cannot list {}", folder.display()))?;
        let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            let is_conversations = name == "tests" && folder.ends_with("flows");
            if name.starts_with('.') || is_conversations {
                continue;
            }
            if path.is_dir() {
                // A linked folder may lead back up.
                if !path.is_symlink() {
                    self.list_folder(&path)?;
                }
                continue;
            }
            if let Some(stem) = name.strip_suffix(".layout.json") {
                let sources = ["yaml", "yml"].map(|it| path.with_file_name(format!("{stem}.{it}")));
                let has_source = sources.iter().any(|source| source.is_file());
                self.yaml.extend(has_source.then_some(path));
                continue;
            }
            let is_beside = name.starts_with("bindings.");
            match extension(&path).filter(|_| !is_beside) {
                Some("yaml" | "yml") => self.yaml.push(path),
                Some("json") => self.json.push(path),
                _ => {}
            }
        }
        Ok(())
    }
}

fn extension(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}

/// What to check files with.
pub(crate) struct Settings<'a> {
    /// The project that the files belong to, or that was named.
    pub(crate) project: Option<&'a Project>,
    pub(crate) environment: Option<&'a str>,
    /// The kind of flow JSON that does not say its own.
    pub(crate) kind: Option<DocumentKind>,
    pub(crate) config: &'a Config,
}

/// Checks files. With a project its flows and infrastructure are what names may refer to; without
/// one every name is taken as known.
pub(crate) fn check(named: &Named, settings: &Settings<'_>) -> anyhow::Result<Found> {
    let mut found = Found::default();
    let shown = |path: &Path| match settings.project {
        Some(project) => project.shown(&absolute(path)),
        None => plain(path),
    };
    for path in named.yaml.iter().chain(&named.json) {
        found.places.insert(shown(path), path.clone());
    }
    let documents = read_documents(named, &shown, settings.kind, &mut found)?;
    let mut sources = Vec::new();
    for path in &named.yaml {
        match source_from_bytes(shown(path), &read(path)?) {
            Ok(file) => sources.push(file),
            Err(diagnostic) => found.diagnostics.push(*diagnostic),
        }
    }
    let checked: Vec<Checked<'_>> = documents.iter().map(|it| it.checked()).collect();
    let subjects: Vec<Subject<'_>> = documents.iter().map(FlowDocument::subject).collect();
    found.diagnostics.extend(lint(&subjects));
    found.diagnostics = policy::apply(settings.config, found.diagnostics, &checked);
    if !sources.is_empty() {
        match settings.project {
            Some(project) => check_in_project(sources, project, settings, &mut found)?,
            None => check_alone(&sources, settings, &mut found)?,
        }
    }
    flow::diagnostic::sort(&mut found.diagnostics);
    Ok(found)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A path as it was given.
fn plain(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

pub(crate) fn absolute(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Flow JSON, read on as many threads as it pays for.
fn read_documents(
    named: &Named,
    shown: &(impl Fn(&Path) -> String + Sync),
    kind: Option<DocumentKind>,
    found: &mut Found,
) -> anyhow::Result<Vec<FlowDocument>> {
    let n_threads = thread::available_parallelism().map_or(1, usize::from);
    let n_threads = n_threads.min(named.json.len() / FILES_FOR_A_THREAD).max(1);
    let size = named.json.len().div_ceil(n_threads).max(1);
    let read_all = |paths: &[PathBuf]| -> anyhow::Result<Vec<_>> {
        paths
            .iter()
            .map(|path| Ok(read_document(shown(path), &read(path)?, kind)))
            .collect()
    };
    let results = thread::scope(|scope| {
        let (first, others) = named.json.split_at(size.min(named.json.len()));
        let others: Vec<_> = others
            .chunks(size)
            .map(|paths| scope.spawn(|| read_all(paths)))
            .collect();
        let mut results = vec![read_all(first)];
        results.extend(
            others
                .into_iter()
                .map(|thread| thread.join().expect("reading a document does not panic")),
        );
        results
    });
    let mut documents = Vec::new();
    for result in results {
        for document in result? {
            match document {
                Ok(document) => {
                    found.count(document.kind);
                    documents.push(document);
                }
                Err(diagnostics) => found.diagnostics.extend(diagnostics),
            }
        }
    }
    Ok(documents)
}

fn read_document(
    shown: String,
    bytes: &[u8],
    kind: Option<DocumentKind>,
) -> Result<FlowDocument, Vec<Diagnostic>> {
    let file = source_from_bytes(shown, bytes).map_err(|diagnostic| vec![*diagnostic])?;
    document_from_json(&file, kind)
}

/// The flows of the project are compiled as well, since the files may refer to them; what is wrong
/// in those is not asked for.
fn check_in_project(
    sources: Vec<Arc<SourceFile>>,
    project: &Project,
    settings: &Settings<'_>,
    found: &mut Found,
) -> anyhow::Result<()> {
    let asked: Vec<String> = sources.iter().map(|it| it.path.clone()).collect();
    let mut files = sources;
    for file in project.flow_files()?.sources {
        if !asked.contains(&file.path) {
            files.push(file);
        }
    }
    let sources = Sources::compile(project, files, Vec::new())?;
    let is_asked = |path: &str| asked.iter().any(|it| it == path);
    for flow in &sources.flows {
        if is_asked(&flow.name_span().file.path) {
            found.count(Some(flow.definition.kind));
        }
    }
    let (mut diagnostics, environments) = check_sources(&sources, project, settings.environment)?;
    diagnostics = policy::apply(settings.config, diagnostics, &sources.checked());
    diagnostics.retain(|it| it.span().is_some_and(|span| is_asked(&span.file.path)));
    found.diagnostics.extend(diagnostics);
    found.environments = environments;
    Ok(())
}

/// What is found in compiled sources for the environments, each once, and which those are.
pub(crate) fn check_sources(
    sources: &Sources,
    project: &Project,
    environment: Option<&str>,
) -> anyhow::Result<(Vec<Diagnostic>, Vec<String>)> {
    let environments = match environment {
        Some(name) => vec![name.to_owned()],
        None => project.environments()?,
    };
    let mut diagnostics = sources.diagnostics.clone();
    let mut of_environments = Vec::new();
    for name in &environments {
        of_environments.push((name.as_str(), sources.check(project, name)?));
    }
    if environments.is_empty() {
        diagnostics.extend(sources.lint_portable());
    }
    diagnostics.extend(merge(of_environments));
    Ok((diagnostics, environments))
}

fn check_alone(
    sources: &[Arc<SourceFile>],
    settings: &Settings<'_>,
    found: &mut Found,
) -> anyhow::Result<()> {
    if let Some(name) = settings.environment {
        let message = format!("there is no environment `{name}`: the files are in no project");
        let help = "name the project with --project DIR";
        return Err(Helped::new(message, help).into());
    }
    let names = Names {
        are_open: true,
        ..Names::default()
    };
    let (flows, mut diagnostics) = compile(sources, &names);
    let subjects = flows.iter().map(|it| it.subject(&it.definition.flow));
    diagnostics.extend(lint(&subjects.collect::<Vec<_>>()));
    let checked = flows.iter().map(|flow| Checked {
        file: flow.name_span().file,
        flow: Some(&flow.definition.name),
    });
    let checked: Vec<Checked<'_>> = checked.collect();
    let diagnostics = policy::apply(settings.config, diagnostics, &checked);
    found.diagnostics.extend(diagnostics);
    for flow in &flows {
        found.count(Some(flow.definition.kind));
    }
    found.notes.push(
        "the files are in no project: names of queues, Lambdas and flows are taken as known, and \
         templates are left as they are"
            .to_owned(),
    );
    Ok(())
}
