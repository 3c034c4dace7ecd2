//! `import`: flow JSON, or what is live on an instance, into YAML sources.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flow::bind::Bindings;
use flow::diagnostic::Diagnostic;
use flow::model::{DocumentKind, FlowType};
use flow_source::import::{Document, Imported, ImportedFlow, import};
use flow_source::{BINDINGS_FILE, LAYOUT_EXTENSION, bindings_text, parse_bindings, render};
use serde_json::{Value, json};

use super::generate::write_whole;
use crate::args::ImportArgs;
use crate::exit::{Helped, Outcome};
use crate::printer::Printer;
use crate::project::{self, json_files};
use crate::sources::has_errors;

pub(super) fn run(args: &ImportArgs, printer: &Printer) -> anyhow::Result<Outcome> {
    let kind = args.kind.as_deref().map(kind_of).transpose()?;
    let (known, findings) = known_bindings(&args.out)?;
    if has_errors(&findings) {
        printer.diagnostics(&findings, false);
        return Ok(Outcome::No);
    }
    let (documents, mut diagnostics) = documents(&args.files)?;
    let mut imported = import(&documents, &known, kind);
    diagnostics.append(&mut imported.diagnostics);
    finish(&imported, diagnostics, args, printer)
}

/// Writes what was imported and says so.
pub(super) fn finish(
    imported: &Imported,
    mut diagnostics: Vec<Diagnostic>,
    args: &ImportArgs,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    flow::diagnostic::sort(&mut diagnostics);
    let written = write(imported, &args.out, args.force)?;
    if !diagnostics.is_empty() && !printer.is_json() {
        printer.diagnostics(&diagnostics, false);
    }
    let failed = has_errors(&diagnostics);
    printer.view(
        || human(imported, &written, &args.out, &diagnostics),
        || machine(imported, &written, &args.out, &diagnostics),
    );
    Ok(if failed { Outcome::No } else { Outcome::Done })
}

fn kind_of(text: &str) -> anyhow::Result<DocumentKind> {
    if text.eq_ignore_ascii_case("module") {
        return Ok(DocumentKind::Module);
    }
    FlowType::parse(text)
        .map(DocumentKind::Flow)
        .ok_or_else(|| {
            let names = FlowType::ALL.map(|it| it.as_str().to_lowercase());
            let help = format!("the types are {} and module", names.join(", "));
            Helped::new(format!("there is no flow type `{text}`"), help).into()
        })
}

/// What names stand for in the folder already; an import adds to it and changes none of it.
pub(super) fn known_bindings(out: &Path) -> anyhow::Result<(Bindings, Vec<Diagnostic>)> {
    let path = out.join(BINDINGS_FILE);
    if !path.exists() {
        return Ok((Bindings::default(), Vec::new()));
    }
    let mut files = project::read_files(&[path])?;
    let mut bindings = Bindings::default();
    for file in &files.sources {
        let (parsed, findings) = parse_bindings(file);
        bindings = parsed;
        files.diagnostics.extend(findings);
    }
    Ok((bindings, files.diagnostics))
}

/// The files named, and those of folders named; each once.
fn documents(named: &[PathBuf]) -> anyhow::Result<(Vec<Document>, Vec<Diagnostic>)> {
    let mut paths = Vec::new();
    for path in named {
        if path.is_dir() {
            let found = json_files(path)?;
            if found.is_empty() {
                let message = format!("{} has no JSON files", path.display());
                let help = "name files with flow JSON, or folders with some";
                return Err(Helped::new(message, help).into());
            }
            paths.extend(found);
        } else {
            paths.push(path.clone());
        }
    }
    let mut seen = BTreeSet::new();
    paths.retain(|path| fs::canonicalize(path).map_or(true, |path| seen.insert(path)));
    let mut documents = Vec::new();
    let mut diagnostics = Vec::new();
    for path in paths {
        let files = project::read_files(std::slice::from_ref(&path))?;
        diagnostics.extend(files.diagnostics);
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        documents.extend(files.sources.into_iter().map(|file| Document {
            file,
            stem: stem.clone().into_owned(),
        }));
    }
    Ok((documents, diagnostics))
}

/// The files of an imported flow.
struct Written {
    yaml: PathBuf,
    layout: PathBuf,
}

/// Writes everything, or nothing if files are there that may not be replaced.
fn write(imported: &Imported, out: &Path, force: bool) -> anyhow::Result<Vec<Written>> {
    let written: Vec<Written> = imported
        .flows
        .iter()
        .map(|flow| Written {
            yaml: out.join(format!("{}.yaml", flow.definition.name)),
            layout: out.join(format!("{}{LAYOUT_EXTENSION}", flow.definition.name)),
        })
        .collect();
    let all = written.iter().flat_map(|it| [&it.yaml, &it.layout]);
    let there: Vec<String> = all
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect();
    if let Some(first) = there.first().filter(|_| !force) {
        let message = match there.len() {
            1 => format!("{first} is there already"),
            2 => format!("{first} and another file are there already"),
            n => format!("{first} and {} more files are there already", n - 1),
        };
        let help = "import into another folder, or replace them with --force";
        return Err(Helped::new(message, help).into());
    }
    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    for (flow, files) in imported.flows.iter().zip(&written) {
        write_whole(&files.layout, &flow.layout)?;
        write_whole(&files.yaml, &flow.yaml)?;
    }
    if !imported.flows.is_empty() {
        write_whole(&out.join(BINDINGS_FILE), &bindings_text(&imported.bindings))?;
    }
    Ok(written)
}

fn human(
    imported: &Imported,
    written: &[Written],
    out: &Path,
    diagnostics: &[Diagnostic],
) -> String {
    let mut text = String::new();
    for (flow, files) in imported.flows.iter().zip(written) {
        let from = &flow.origin.path;
        text.push_str(&format!(
            "{from} -> {}{}\n",
            files.yaml.display(),
            renamed(flow)
        ));
    }
    let findings = match diagnostics.len() {
        0 => String::new(),
        n => format!("; {}", plural(n, "finding")),
    };
    if imported.flows.is_empty() {
        return format!("nothing was imported{findings}");
    }
    let is_module = |flow: &&ImportedFlow| flow.definition.kind == DocumentKind::Module;
    let modules = imported.flows.iter().filter(is_module).count();
    let kinds = [
        (imported.flows.len() - modules, "flow"),
        (modules, "module"),
    ];
    let kinds = kinds.iter().filter(|(n, _)| *n > 0);
    let kinds: Vec<String> = kinds.map(|(n, word)| plural(*n, word)).collect();
    let (actions, short) = actions(&imported.flows);
    text.push_str(&format!(
        "{} imported, {short} of {} in short forms{findings}\nwhat their names stand for: {}",
        kinds.join(" and "),
        plural(actions, "action"),
        out.join(BINDINGS_FILE).display()
    ));
    text
}

/// What the flow's JSON will be called, where that is not what it was.
fn renamed(flow: &ImportedFlow) -> String {
    let json = format!("{}.json", flow.stem);
    if Path::new(&flow.origin.path).file_name() == Some(OsStr::new(&json)) {
        String::new()
    } else {
        format!(" (generates {json})")
    }
}

fn plural(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

fn actions(flows: &[ImportedFlow]) -> (usize, usize) {
    let sum = |count: fn(&ImportedFlow) -> usize| flows.iter().map(count).sum();
    (sum(|it| it.forms.actions), sum(|it| it.forms.short))
}

fn machine(
    imported: &Imported,
    written: &[Written],
    out: &Path,
    diagnostics: &[Diagnostic],
) -> Value {
    let flows = imported.flows.iter().zip(written).map(|(flow, files)| {
        json!({
            "address": review::address(&flow.definition),
            "from": flow.origin.path,
            "yaml": files.yaml,
            "layout": files.layout,
            "generates": format!("{}.json", flow.stem),
            "actions": flow.forms.actions,
            "short": flow.forms.short,
        })
    });
    let mut document = render::json(diagnostics);
    document["flows"] = flows.collect();
    document["bindings"] = json!(out.join(BINDINGS_FILE));
    document
}
