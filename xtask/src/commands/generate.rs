//! `generate`: the JSON of every flow and module for an environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flow::bind::{Bindings, bind};
use flow::diagnostic::{Diagnostic, Severity};
use flow::model::{DocumentKind, FlowDefinition};
use flow_source::{BINDINGS_FILE, CompiledFlow, names_of, parse_bindings};
use review::address;
use serde_json::json;

use crate::args::GenerateArgs;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::{self, Project};
use crate::sources::{self, has_errors};

pub(super) fn run(
    args: &GenerateArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(prepared) = sources::prepare(project, &args.env, printer)? else {
        return Ok(Outcome::No);
    };
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| folder(project, &args.env));
    let written = write(&prepared.definitions, &folder)?;
    printer.view(
        || {
            let lines = written.iter().map(|(definition, path)| {
                format!("{} -> {}\n", address(definition), project.shown(path))
            });
            lines.collect()
        },
        || {
            let files = written.iter().map(|(definition, path)| {
                json!({
                    "address": address(definition),
                    "file": project.shown(path),
                    "digest": flow::canonical::digest(&definition.flow),
                })
            });
            json!({ "files": files.collect::<Vec<_>>() })
        },
    );
    Ok(Outcome::Done)
}

/// For a folder of sources instead of a project. It converts and does not deploy: what can be read
/// is written, whatever else is found.
pub(super) fn run_source(args: &GenerateArgs, printer: &Printer) -> anyhow::Result<Outcome> {
    let (Some(source), Some(out)) = (&args.source, &args.out) else {
        anyhow::bail!("`generate --source` needs `--out`");
    };
    let (bindings, mut diagnostics) = bindings(args, source)?;
    let files = project::source_files(source, args.bindings.as_deref())?;
    diagnostics.extend(files.diagnostics);
    let (flows, findings) = flow_source::compile(&files.sources, &names_of(&bindings));
    diagnostics.extend(findings);
    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    let mut written = Vec::new();
    let mut taken = BTreeSet::new();
    for flow in &flows {
        let name = file_name(flow, &mut taken);
        let (definition, findings) = flow.render(&BTreeMap::new());
        let is_complete = flow.is_complete() && !has_errors(&findings);
        diagnostics.extend(findings);
        let definition = flow.restore(definition);
        match bind(&definition.flow, &bindings) {
            Ok(bound) if is_complete => {
                let path = out.join(name);
                write_whole(&path, &flow::json::to_text(&bound))?;
                written.push((flow, path));
            }
            Ok(_) => {}
            Err(_) if has_unknown_names(&diagnostics, flow) => {}
            Err(missing) => diagnostics.push(flow.unbound(&missing)),
        }
    }
    // Findings about flows that were written all the same are warnings here.
    let is_written = |path: &str| {
        let mut files = written.iter().map(|(flow, _)| flow.name_span().file);
        files.any(|file| file.path == path)
    };
    for diagnostic in &mut diagnostics {
        let span = diagnostic.span();
        let keeps_back = span.is_none_or(|span| !is_written(&span.file.path));
        if !keeps_back && diagnostic.severity == Severity::Error {
            diagnostic.severity = Severity::Warning;
        }
    }
    flow::diagnostic::sort(&mut diagnostics);
    if !diagnostics.is_empty() && !printer.is_json() {
        printer.diagnostics(&diagnostics, false);
    }
    printer.view(
        || {
            let lines = written.iter().map(|(flow, path)| {
                format!("{} -> {}\n", address(&flow.definition), path.display())
            });
            let lines: String = lines.collect();
            if lines.is_empty() {
                "nothing was written".to_owned()
            } else {
                lines
            }
        },
        || {
            let files = written.iter().map(|(flow, path)| {
                let address = address(&flow.definition);
                json!({ "address": address, "file": path })
            });
            let mut document = flow_source::render::json(&diagnostics);
            document["files"] = files.collect();
            document
        },
    );
    let failed = has_errors(&diagnostics);
    Ok(if failed { Outcome::No } else { Outcome::Done })
}

/// Whether names that stand for nothing were reported where they stand.
fn has_unknown_names(diagnostics: &[Diagnostic], flow: &CompiledFlow) -> bool {
    let file = flow.name_span().file;
    let is_here = |it: &Diagnostic| it.span().is_some_and(|it| it.file.path == file.path);
    let mut unknown = diagnostics.iter().filter(|it| it.code == "R001");
    unknown.any(is_here)
}

/// What the names in a folder of sources stand for: by the file that is named, else by the one in
/// the folder.
fn bindings(args: &GenerateArgs, source: &Path) -> anyhow::Result<(Bindings, Vec<Diagnostic>)> {
    let path = match &args.bindings {
        Some(path) => path.clone(),
        None => source.join(BINDINGS_FILE),
    };
    if args.bindings.is_none() && !path.exists() {
        return Ok((Bindings::default(), Vec::new()));
    }
    let files = project::read_files(&[path])?;
    let mut diagnostics = files.diagnostics;
    let mut bindings = Bindings::default();
    for file in &files.sources {
        let (parsed, findings) = parse_bindings(file);
        bindings = parsed;
        diagnostics.extend(findings);
    }
    Ok((bindings, diagnostics))
}

/// The name that the flow's JSON had when it was imported, or has by the flow's own. Of two files
/// that would have the same, the second gets a number.
fn file_name(flow: &CompiledFlow, taken: &mut BTreeSet<String>) -> String {
    let is_plain = |it: &&str| !it.is_empty() && !it.contains(['/', '\\', '\0']);
    let stem = match flow.imported_from().filter(is_plain) {
        Some(stem) => stem.to_owned(),
        None => flow.definition.name.replace('/', "-"),
    };
    let name = (1..)
        .map(|n| match n {
            1 => format!("{stem}.json"),
            n => format!("{stem}-{n}.json"),
        })
        .find(|name| !taken.contains(&name.to_lowercase()))
        .expect("there is no end of numbers");
    taken.insert(name.to_lowercase());
    name
}

/// Writes a file as a whole: whoever looks finds the old one or the new one.
pub(crate) fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        make_readable(file.as_file())?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Temporary files are for their owner only; what we write is for everybody.
fn make_readable(file: &fs::File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

/// Where the flows of an environment are written.
pub(crate) fn folder(project: &Project, environment: &str) -> PathBuf {
    project.output().join(environment)
}

/// Writes each flow to `<name>.json` and each module to `modules/<name>.json`.
pub(crate) fn write<'a>(
    definitions: &'a [FlowDefinition],
    folder: &Path,
) -> anyhow::Result<Vec<(&'a FlowDefinition, PathBuf)>> {
    let mut written = Vec::new();
    for definition in definitions {
        let folder = match definition.kind {
            DocumentKind::Flow(_) => folder.to_owned(),
            DocumentKind::Module => folder.join("modules"),
        };
        let path = folder.join(format!("{}.json", definition.name));
        // No newline at the end: what is deployed is these bytes.
        let text = flow::json::to_text(&definition.flow);
        fs::create_dir_all(path.parent().unwrap_or(&folder))
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))?;
        written.push((definition, path));
    }
    Ok(written)
}
