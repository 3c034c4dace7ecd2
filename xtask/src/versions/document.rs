//! Two documents that somebody names: sources in YAML, flow JSON, or what the API answers with flow
//! JSON inside. Whatever they are called, they are taken as two versions of one flow.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use flow::bind::{Bindings, unbind};
use flow::diagnostic::{Diagnostic, Severity, SourceFile};
use flow::model::{DocumentKind, FlowDefinition, FlowType};
use flow_source::{
    BINDINGS_FILE, CompiledFlow, LAYOUT_EXTENSION, Names, compile, document_from_json,
    parse_bindings, source_from_bytes,
};
use review::{Version, address};
use serde_json::Value as Json;

use crate::exit::Helped;
use crate::files::absolute;
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::Sources;

/// A flow that was read from a file, and what else the file says.
struct Document {
    label: String,
    definition: FlowDefinition,
    /// What it says about itself. JSON may leave out any of it.
    title: Option<String>,
    kind: Option<DocumentKind>,
    /// From sources: the names of actions may be ours, with others in JSON.
    compiled: Option<CompiledFlow>,
    bindings: Bindings,
}

/// Two documents as two versions of one flow.
pub(crate) fn pair(
    old: &Path,
    new: &Path,
    printer: &Printer,
) -> anyhow::Result<(Version, Version)> {
    if is_stdin(old) && is_stdin(new) {
        let help = "name a file for one of them";
        return Err(Helped::new("stdin holds one document, not two", help).into());
    }
    let (mut old, mut new) = (read(old, printer)?, read(new, printer)?);
    old.speak_like(&new);
    new.speak_like(&old);
    settle(&mut old, &mut new);
    let address = address(&new.definition);
    let version = |it: Document| Version {
        label: it.label,
        flows: BTreeMap::from([(address.clone(), it.definition)]),
        ..Version::default()
    };
    Ok((version(old), version(new)))
}

/// Takes for equal what not both of them say.
fn settle(old: &mut Document, new: &mut Document) {
    let (was, is) = (&mut old.definition, &mut new.definition);
    was.name.clone_from(&is.name);
    if old.title.is_none() || new.title.is_none() {
        let said = new.title.as_ref().or(old.title.as_ref());
        let title = said.unwrap_or(&is.title).clone();
        was.title.clone_from(&title);
        is.title = title;
    }
    if old.kind.is_none() || new.kind.is_none() {
        let kind = new.kind.or(old.kind).unwrap_or(is.kind);
        was.kind = kind;
        is.kind = kind;
    }
    if old.compiled.is_none() || new.compiled.is_none() {
        was.description = None;
        is.description = None;
    }
}

impl Document {
    /// Takes over what the other document knows: which names its actions have, and what its
    /// references stand for.
    fn speak_like(&mut self, other: &Document) {
        if self.compiled.is_some() {
            return;
        }
        let flow = &mut self.definition.flow;
        if !other.bindings.is_empty() {
            *flow = unbind(flow, &other.bindings);
        }
        if let Some(compiled) = &other.compiled {
            *flow = compiled.named(flow.clone());
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn read(path: &Path, printer: &Printer) -> anyhow::Result<Document> {
    let (label, bytes) = if is_stdin(path) {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("cannot read stdin")?;
        ("stdin".to_owned(), bytes)
    } else {
        let label = path.to_string_lossy().replace('\\', "/");
        if path.is_dir() {
            let help = "name a `.yaml` source or a `.json` document";
            return Err(Helped::new(format!("{label} is a folder"), help).into());
        }
        let bytes = fs::read(path).with_context(|| format!("cannot read {label}"))?;
        (label, bytes)
    };
    let read = match source_from_bytes(&label, &bytes) {
        Ok(source) if is_json(path, &source.text) => of_json(&source),
        Ok(source) => of_yaml(path, source)?,
        Err(diagnostic) => Err(vec![*diagnostic]),
    };
    read.map_err(|diagnostics| {
        printer.diagnostics(&diagnostics, false);
        let message = format!("cannot tell what differs: {label} cannot be read as a flow");
        Helped::new(message, "mend it, or name another file").into()
    })
}

fn is_json(path: &Path, text: &str) -> bool {
    match path.extension().and_then(|it| it.to_str()) {
        Some("json") => true,
        Some("yaml" | "yml") => false,
        _ => text.trim_start().starts_with('{'),
    }
}

type Findings = Vec<Diagnostic>;

fn of_json(source: &Arc<SourceFile>) -> Result<Document, Findings> {
    let wrapped = wrapped(&source.text);
    let inner = match &wrapped {
        Some(wrapped) => SourceFile::new(source.path.clone(), wrapped.content.clone()),
        None => Arc::clone(source),
    };
    let said = document_from_json(&inner, wrapped.as_ref().and_then(|it| it.kind))?;
    // What the checks read leaves the canvas out, and with it where to draw the blocks.
    let flow = flow::json::parse(&inner.text).unwrap_or_else(|_| said.flow.clone());
    let metadata = flow.metadata.as_ref();
    let named = metadata.and_then(|it| it.get("name")?.as_text());
    let named = named.filter(|it| !it.is_empty()).map(str::to_owned);
    let title = wrapped.and_then(|it| it.name).or(named);
    let stem = || {
        let name = source.path.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".json").unwrap_or(name).to_owned()
    };
    Ok(Document {
        label: source.path.clone(),
        definition: FlowDefinition {
            name: stem(),
            title: title.clone().unwrap_or_else(stem),
            description: None,
            kind: said
                .kind
                .unwrap_or(DocumentKind::Flow(FlowType::ContactFlow)),
            flow,
        },
        title,
        kind: said.kind,
        compiled: None,
        bindings: Bindings::default(),
    })
}

/// What the API answers: a flow's properties, and its document as text.
struct Wrapped {
    content: String,
    name: Option<String>,
    kind: Option<DocumentKind>,
}

/// The answer of `DescribeContactFlow` or `DescribeContactFlowModule`, whole or what is in it.
fn wrapped(text: &str) -> Option<Wrapped> {
    let json: Json = serde_json::from_str(text).ok()?;
    let inner = json.get("ContactFlow");
    let module = json.get("ContactFlowModule");
    let answer = inner.or(module).unwrap_or(&json);
    let content = answer.get("Content")?.as_str()?.to_owned();
    let text = |key: &str| answer.get(key).and_then(Json::as_str).map(str::to_owned);
    let kind = match module {
        Some(_) => Some(DocumentKind::Module),
        None => text("Type").and_then(|it| FlowType::parse(&it).map(DocumentKind::Flow)),
    };
    Some(Wrapped {
        content,
        name: text("Name").filter(|it| !it.is_empty()),
        kind,
    })
}

/// A source, with its project if it belongs to one, since its fragments and names are there.
fn of_yaml(path: &Path, source: Arc<SourceFile>) -> anyhow::Result<Result<Document, Findings>> {
    let label = source.path.clone();
    let whole = absolute(path);
    let (flows, diagnostics) = match project_of(&whole)? {
        Some((project, inside)) => {
            let sources = Sources::load(&project)?;
            let mut flows = sources.flows;
            flows.retain(|flow| flow.name_span().file.path == inside);
            let mut diagnostics = sources.diagnostics;
            diagnostics.retain(|it| {
                let mut labels = it.labels.iter();
                labels.any(|label| label.span.file.path == inside)
            });
            (flows, diagnostics)
        }
        None => {
            let mut sources = vec![source];
            sources.extend(layout_beside(path)?);
            let names = Names {
                are_open: true,
                ..Names::default()
            };
            compile(&sources, &names)
        }
    };
    let errors = |diagnostics: Vec<Diagnostic>| -> Findings {
        let errors = diagnostics.into_iter();
        errors.filter(|it| it.severity == Severity::Error).collect()
    };
    let Some(compiled) = flows.into_iter().next() else {
        let found = errors(diagnostics);
        if found.is_empty() {
            let help = "a flow begins with `flow: NAME` or `module: NAME`";
            return Err(Helped::new(format!("{label} has no flow"), help).into());
        }
        return Ok(Err(found));
    };
    if !compiled.is_complete() {
        return Ok(Err(errors(diagnostics)));
    }
    let (bindings, findings) = bindings_beside(path)?;
    if findings.iter().any(|it| it.severity == Severity::Error) {
        return Ok(Err(findings));
    }
    let definition = compiled.definition.clone();
    Ok(Ok(Document {
        label,
        title: Some(definition.title.clone()),
        kind: Some(definition.kind),
        definition,
        compiled: Some(compiled),
        bindings,
    }))
}

/// The project that has a file among its flows, and the file's path in it.
fn project_of(path: &Path) -> anyhow::Result<Option<(Project, String)>> {
    let Some(project) = path.parent().and_then(Project::around) else {
        return Ok(None);
    };
    let inside = project.shown(path);
    let files = project.flow_files()?.sources;
    let is_in = files.iter().any(|file| file.path == inside);
    Ok(is_in.then_some((project, inside)))
}

fn layout_beside(path: &Path) -> anyhow::Result<Option<Arc<SourceFile>>> {
    read_beside(&path.with_extension(LAYOUT_EXTENSION.trim_start_matches('.')))
}

fn bindings_beside(path: &Path) -> anyhow::Result<(Bindings, Findings)> {
    let file: PathBuf = path.with_file_name(BINDINGS_FILE);
    Ok(match read_beside(&file)? {
        Some(file) => parse_bindings(&file),
        None => (Bindings::default(), Vec::new()),
    })
}

fn read_beside(path: &Path) -> anyhow::Result<Option<Arc<SourceFile>>> {
    if !path.is_file() {
        return Ok(None);
    }
    let shown = path.to_string_lossy().replace('\\', "/");
    let bytes = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    match source_from_bytes(&shown, &bytes) {
        Ok(file) => Ok(Some(file)),
        Err(_) => Err(Helped::new(format!("{shown} is not UTF-8"), "save it as UTF-8").into()),
    }
}
