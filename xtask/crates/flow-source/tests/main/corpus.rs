//! Real flows, where they are at hand: a folder beside the repository, or the one that
//! `FLOWYARD_CORPUS` names, with a list `console.txt` of those that the console itself saved.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use flow::diagnostic::{Diagnostic, Severity};
use flow_source::lint::lint;
use flow_source::{FlowDocument, document_from_json, render, source_from_bytes};

fn folder() -> Option<PathBuf> {
    let beside = || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../..");
        root.join("shared/flow-corpus")
    };
    let folder = env::var_os("FLOWYARD_CORPUS").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Past what the test harness captures: that something was not run has to be seen.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn documents(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            documents(&path, paths);
        } else if path.extension().is_some_and(|it| it == "json") {
            paths.push(path);
        }
    }
}

struct Read {
    name: String,
    document: Result<FlowDocument, Vec<Diagnostic>>,
}

fn read_all(folder: &Path) -> Vec<Read> {
    let mut paths = Vec::new();
    documents(folder, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(folder).expect("it lies there");
        let name = name.to_string_lossy().into_owned();
        let bytes = fs::read(&path).expect("a file can be read");
        let file = source_from_bytes(name.as_str(), &bytes).map_err(|diag| vec![*diag]);
        let document = file.and_then(|file| document_from_json(&file, None));
        Read { name, document }
    };
    paths.into_iter().map(read).collect()
}

fn check(document: &Result<FlowDocument, Vec<Diagnostic>>) -> Vec<Diagnostic> {
    match document {
        Ok(document) => lint(&[document.subject()]),
        Err(diags) => diags.clone(),
    }
}

#[test]
fn no_flow_that_the_console_saved_has_an_error_and_none_stops_the_checks() {
    let Some(folder) = folder() else {
        return say("no corpus of real flows is at hand: it was not checked");
    };
    let console = fs::read_to_string(folder.join("console.txt")).expect("a list of flows");
    let is_console = |name: &str| console.lines().any(|line| line.trim() == name);
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut errors = Vec::new();
    let mut n_console = 0;
    for read in read_all(&folder) {
        let diags = check(&read.document);
        let is_console = is_console(&read.name);
        n_console += usize::from(is_console);
        let _ = (render::human(&diags, true), render::sarif(&diags, "1"));
        let mut codes: Vec<&str> = diags.iter().map(|it| it.code).collect();
        for code in &codes {
            counts.entry(code).or_default().0 += 1;
        }
        codes.sort_unstable();
        codes.dedup();
        for code in codes.iter().filter(|_| is_console) {
            counts.entry(code).or_default().1 += 1;
        }
        let mut found = diags.into_iter();
        errors.extend(
            found
                .by_ref()
                .filter(|it| is_console && it.severity == Severity::Error),
        );
    }
    if env::var_os("FLOWYARD_COUNTS").is_some() {
        say(&format!(
            "code: findings, of {n_console} flows of the console those with some"
        ));
        for (code, (n, n_flows)) in counts {
            say(&format!("{code} {n} {n_flows}"));
        }
    }
    assert!(
        n_console > 100,
        "only {n_console} flows of the list were found"
    );
    assert!(errors.is_empty(), "{}", render::human(&errors, false));
}

/// Prints how long the checks take for one action; times are for people to judge, not for tests.
#[test]
fn the_checks_are_timed_when_asked_for() {
    let (Some(folder), Some(_)) = (folder(), env::var_os("FLOWYARD_COUNTS")) else {
        return;
    };
    let read = read_all(&folder);
    let documents: Vec<&FlowDocument> = read
        .iter()
        .filter_map(|it| it.document.as_ref().ok())
        .collect();
    let n_actions: usize = documents.iter().map(|it| it.flow.actions.len()).sum();
    let started = Instant::now();
    let mut n_found = 0;
    for _ in 0..20 {
        n_found = documents.iter().map(|it| lint(&[it.subject()]).len()).sum();
    }
    let each = started.elapsed().as_nanos() / 20 / n_actions as u128;
    say(&format!(
        "{n_actions} actions, {n_found} findings, {each} ns each"
    ));
}
