//! A folder has `before.yaml`, `after.yaml` and what is expected: `consequences.txt`. With
//! `FLOWYARD_UPDATE=1` that is written instead; read it before it is committed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use review::{Comparison, Consequence, FlowChange, Weight, compare};

use crate::sources::version;

#[test]
fn each_case_has_the_consequences_that_it_expects() {
    let mut wrong = Vec::new();
    let folders = folders_with("before.yaml");
    assert!(!folders.is_empty());
    for folder in folders {
        let found = shown(&comparison(&folder));
        wrong.extend(unexpected(&folder.join("consequences.txt"), &found));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_team_allows_is_no_consequence() {
    let folders = folders_with("before.yaml");
    let case = folders
        .iter()
        .find(|it| it.ends_with("outcome_no_longer_matched"));
    let folder = case.expect("the case is there");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a case has both sides");
    let before = version("before", &read("before.yaml"));
    let mut after = version("after", &read("after.yaml"));
    assert!(shown(&compare(&before, &after)).contains("F013"));
    let codes = BTreeSet::from(["F013".to_owned()]);
    after.allowed.insert("flow.other".to_owned(), codes.clone());
    assert!(shown(&compare(&before, &after)).contains("F013"));
    after.allowed.insert("flow.support".to_owned(), codes);
    assert!(!shown(&compare(&before, &after)).contains("F013"));
}

/// What was found, if it is not what a file expects; the file is written instead if that is asked
/// for.
pub(crate) fn unexpected(path: &Path, found: &str) -> Option<String> {
    if std::env::var_os("FLOWYARD_UPDATE").is_some() {
        fs::write(path, found).expect("a case can be written");
        return None;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    (expected != found).then(|| format!("{}:\n{found}", path.display()))
}

/// The folders of cases that have a file.
pub(crate) fn folders_with(file: &str) -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consequences/cases");
    let entries = fs::read_dir(cases).expect("there are cases");
    let paths = entries.map(|it| it.expect("a folder can be read").path());
    let mut folders: Vec<PathBuf> = paths.filter(|it| it.join(file).is_file()).collect();
    folders.sort();
    folders
}

fn comparison(folder: &Path) -> Comparison {
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a case has both sides");
    let (before, after) = (read("before.yaml"), read("after.yaml"));
    compare(&version("before", &before), &version("after", &after))
}

/// A line per flow that differs, and below it what follows.
fn shown(comparison: &Comparison) -> String {
    let mut text = String::new();
    for change in &comparison.flows {
        writeln!(text, "{}", headline(change)).expect("a text takes a line");
        for consequence in &change.consequences {
            writeln!(text, "  {}", line(consequence)).expect("a text takes a line");
        }
    }
    text
}

fn headline(change: &FlowChange) -> String {
    let (address, status) = (&change.address, &change.status);
    let from = change.renamed_from.as_ref();
    let from = from.map(|it| format!(", before {it}")).unwrap_or_default();
    let properties = change.properties.iter().map(|it| it.name);
    let properties: Vec<&str> = properties.collect();
    format!("{address}: {status:?}{from} {properties:?}")
}

pub(crate) fn line(consequence: &Consequence) -> String {
    let mark = match consequence.weight {
        Weight::Attention => '!',
        Weight::Note => '-',
    };
    let actions: Vec<&str> = consequence.actions.iter().map(|it| it.as_str()).collect();
    let (kind, text) = (consequence.kind, &consequence.text);
    format!("{mark} {kind} [{}]: {text}", actions.join(", "))
}
