//! Sources in, flow documents or diagnostics out: one folder of `tests/cases` each.
//!
//! A folder has `flow.yaml` and perhaps other sources and layout files, or `document.json` with a flow as Connect
//! exports it, or a `.flowyard.yaml`; `vars.json` where the usual variables do not do; and what is expected: `diagnostics.txt` as people see them, `flow.json` for the flow of
//! `flow.yaml`. With `FLOWYARD_UPDATE=1` the expected files are written instead; read them before
//! they are committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flow::diagnostic::{self, Diagnostic, Severity, SourceFile};
use flow::{canonical, json, validate};
use flow_source::lint::lint;
use flow_source::policy::{self, Checked, Config};
use flow_source::{CompiledFlow, Names, compile, document_from_json, render, source_from_bytes};

fn names(names: &[&str]) -> std::collections::BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

/// What the infrastructure of every case has.
pub(crate) fn infrastructure() -> Names {
    Names {
        queues: names(&["sales", "support"]),
        hours: names(&["office"]),
        lambdas: names(&["bot-join", "bot-leave", "bot-reply", "lookup"]),
        lambdas_not_for_flows: names(&["bot-reply"]),
        prompts: names(&["welcome"]),
        views: names(&["form"]),
        lex_bots: names(&["orders"]),
        ..Names::default()
    }
}

pub(crate) type Vars = BTreeMap<String, serde_json::Value>;

pub(crate) fn usual_vars() -> Vars {
    let vars = [("brand", "Acme"), ("bot_timeout", "15m")];
    vars.map(|(name, value)| (name.to_owned(), value.into()))
        .into()
}

/// Compiles and runs every check, on the flows as they are in all environments.
pub(crate) fn compile_and_check(
    sources: &[Arc<SourceFile>],
    names: &Names,
) -> (Vec<CompiledFlow>, Vec<Diagnostic>) {
    let (flows, mut diags) = compile(sources, names);
    let subjects = flows.iter().map(|it| it.subject(&it.definition.flow));
    let subjects: Vec<_> = subjects.collect();
    diags.extend(lint(&subjects));
    diagnostic::sort(&mut diags);
    (flows, diags)
}

/// The outcome of a folder of sources: all findings, and the flows that have no errors.
struct Outcome {
    diags: Vec<Diagnostic>,
    document: Option<String>,
}

fn outcome(folder: &Path) -> Outcome {
    let mut diags = Vec::new();
    let mut sources: Vec<Arc<SourceFile>> = Vec::new();
    let layouts = files(folder, "json").into_iter();
    let layouts = layouts.filter(|it| it.to_string_lossy().ends_with(".layout.json"));
    for path in files(folder, "yaml").into_iter().chain(layouts) {
        let name = path
            .file_name()
            .expect("a file has a name")
            .to_string_lossy();
        let bytes = fs::read(&path).expect("a source can be read");
        match source_from_bytes(name, &bytes) {
            Ok(source) => sources.push(source),
            Err(diag) => diags.push(*diag),
        }
    }
    let (flows, found) = compile(&sources, &infrastructure());
    diags.extend(found);
    let vars = match fs::read_to_string(folder.join("vars.json")) {
        Ok(text) => serde_json::from_str(&text).expect("variables are a JSON object"),
        Err(_) => usual_vars(),
    };
    let mut document = None;
    let mut read = None;
    if let Ok(text) = fs::read(folder.join("document.json")) {
        let source = source_from_bytes("document.json", &text).expect("a document is UTF-8");
        match document_from_json(&source, None) {
            Ok(it) => read = Some(it),
            Err(found) => diags.extend(found),
        }
    }
    let rendered: Vec<_> = flows.iter().map(|flow| flow.render(&vars)).collect();
    let subjects = flows.iter().zip(&rendered);
    let subjects = subjects.map(|(flow, (definition, _))| flow.subject(&definition.flow));
    let subjects: Vec<_> = subjects.chain(read.iter().map(|it| it.subject())).collect();
    diags.extend(lint(&subjects));
    for (flow, (definition, found)) in flows.iter().zip(&rendered) {
        diags.extend(found.iter().cloned());
        if diags.is_empty() {
            let problems = validate::problems(&definition.flow, definition.kind);
            assert!(problems.is_empty(), "{}: {problems:?}", folder.display());
        }
        if is_main(flow) {
            let restored = flow.restore(definition.clone());
            document = Some(json::to_text(&restored.flow) + "\n");
            let (ours, theirs) = (&definition.flow, flow.named(restored.flow));
            let case = folder.display();
            assert_eq!(canonical::text(ours), canonical::text(&theirs), "{case}");
        }
    }
    let config = fs::read_to_string(folder.join(".flowyard.yaml")).unwrap_or_default();
    let (config, found) = Config::parse(&SourceFile::new(".flowyard.yaml", config));
    diags.extend(found);
    let checked = |flow: &'_ CompiledFlow| Checked {
        file: flow.name_span().file,
        flow: None,
    };
    let checked: Vec<Checked<'_>> = flows.iter().map(checked).collect();
    let mut diags = policy::apply(&config, diags, &checked);
    diagnostic::sort(&mut diags);
    let document = document.filter(|_| !has_errors(&diags));
    Outcome { diags, document }
}

fn is_main(flow: &CompiledFlow) -> bool {
    flow.name_span().file.path == "flow.yaml"
}

fn has_errors(diags: &[Diagnostic]) -> bool {
    diags.iter().any(|diag| diag.severity == Severity::Error)
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .filter(|path| !path.ends_with(".flowyard.yaml"))
        .collect();
    paths.sort();
    paths
}

/// Compares with a file, or writes it when asked to; nothing means that there is no such file.
fn expect(path: &Path, actual: Option<&str>) -> Result<(), String> {
    let shown = path.display();
    if std::env::var_os("FLOWYARD_UPDATE").is_some() {
        match actual {
            Some(text) => fs::write(path, text).expect("the expected file can be written"),
            None => drop(fs::remove_file(path)),
        }
        return Ok(());
    }
    let expected = fs::read_to_string(path).ok();
    match (expected, actual) {
        (None, None) => Ok(()),
        (Some(expected), Some(actual)) if expected == actual => Ok(()),
        (Some(expected), None) => Err(format!("{shown}: expected and not there:\n{expected}")),
        (None, Some(actual)) => Err(format!("{shown}: not expected:\n{actual}")),
        (Some(expected), Some(actual)) => Err(format!(
            "{shown}: expected:\n{expected}\nbut there is:\n{actual}"
        )),
    }
}

#[test]
fn every_case_gives_what_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut failures = Vec::new();
    let mut n_cases = 0;
    for entry in fs::read_dir(root).expect("there are cases") {
        let folder = entry.expect("the folder can be read").path();
        n_cases += 1;
        let outcome = outcome(&folder);
        let text = render::human(&outcome.diags, false);
        let text = (!text.is_empty()).then_some(text);
        failures.extend(expect(&folder.join("diagnostics.txt"), text.as_deref()).err());
        failures.extend(expect(&folder.join("flow.json"), outcome.document.as_deref()).err());
    }
    assert!(n_cases > 40, "only {n_cases} cases were found");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_rule_of_reading_is_shown_by_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut seen = String::new();
    for entry in fs::read_dir(root).expect("there are cases") {
        let folder = entry.expect("the folder can be read").path();
        seen += &fs::read_to_string(folder.join("diagnostics.txt")).unwrap_or_default();
    }
    let missing: Vec<&str> = flow_source::RULES
        .iter()
        .filter(|rule| rule.is_of_reading())
        .map(|rule| rule.code)
        .filter(|code| !seen.contains(&format!("[{code}]")))
        .collect();
    // A file too large to be one of ours would be too large for a case; `robust` makes one. What
    // cannot be imported is no source.
    assert_eq!(missing, ["S004", "S033"]);
}
