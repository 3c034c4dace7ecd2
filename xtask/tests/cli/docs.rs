//! `docs` and `schema`: what is generated is fresh, and the guide for authors is true.

use std::path::{Path, PathBuf};

use crate::support::{Project, run_in};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).expect("a file of this repository")
}

#[test]
fn everything_that_is_generated_is_up_to_date() {
    let output = run_in(&repository(), "docs --check");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "run `cargo xtask docs`:\n{said}");
}

#[test]
fn what_is_out_of_date_is_named_and_written_again() {
    let project = Project::small();
    project.write("docs/flows.md", "no place for anything\n");
    let cases = "xtask/crates/flow-source/tests/cases/form-disconnect";
    for file in ["flow.yaml", "flow.json"] {
        project.write(&format!("{cases}/{file}"), read(&format!("{cases}/{file}")));
    }
    assert_eq!(project.run("docs --check").status.code(), Some(2));
    project.write("docs/flows.md", read("docs/flows.md"));
    let stale = project.run("docs --check");
    assert_eq!(stale.status.code(), Some(1));
    let said = String::from_utf8_lossy(&stale.stdout).into_owned();
    assert!(
        said.contains("docs/schema/flow.json is out of date\n"),
        "{said}"
    );
    assert!(said.contains("docs/flows.md is out of date\n"), "{said}");
    assert!(project.run("docs").status.success());
    assert_eq!(project.run("docs --check").status.code(), Some(0));
    assert!(project.read("docs/flows.md").contains("### `disconnect`"));
}

#[test]
fn schemas_are_listed_printed_and_written() {
    let project = Project::small();
    insta::assert_snapshot!(project.shown("schema"));
    insta::assert_snapshot!(project.shown("schema flows"));
    let printed = project.run("schema lambdas");
    project.run("schema --out schemas");
    let written = project.read("schemas/instance.json");
    assert_eq!(String::from_utf8_lossy(&printed.stdout), written);
}

/// The example sources name their schema in the first line, and it is there.
#[test]
fn the_example_sources_lead_editors_to_their_schemas() {
    let mut paths = Vec::new();
    for folder in ["flows", "infra"] {
        yaml_files(&repository().join(folder), &mut paths);
    }
    assert!(paths.len() >= 8, "{paths:?}");
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a source can be read");
        let first = text.lines().next().unwrap_or_default();
        let schema = first.strip_prefix("# yaml-language-server: $schema=");
        let schema = schema.unwrap_or_else(|| panic!("{}: {first}", path.display()));
        let folder = path.parent().expect("it lies in a folder");
        assert!(
            folder.join(schema).is_file(),
            "{}: {schema}",
            path.display()
        );
    }
}

fn yaml_files(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            yaml_files(&path, paths);
        } else if path.extension().is_some_and(|it| it == "yaml") {
            paths.push(path);
        }
    }
}

/// The files that a section of the guide shows: each block of YAML names its file in a comment at
/// its top.
fn files_of(section: &str) -> Vec<(String, String)> {
    let blocks = section.split("```yaml\n").skip(1);
    let blocks = blocks.map(|it| it.split("```").next().unwrap_or_default());
    blocks
        .map(|block| {
            let mut names = block.lines().filter_map(|line| line.strip_prefix("# "));
            let name = names.find(|it| it.ends_with(".yaml"));
            let name = name.unwrap_or_else(|| panic!("names no file:\n{block}"));
            (name.to_owned(), block.to_owned())
        })
        .collect()
}

/// Each section is a project of its own on top of the example's infrastructure, and `check` finds
/// nothing in it, not even something to mention.
#[test]
fn every_source_in_the_guide_is_right() {
    let guide = read("docs/flows.md");
    let (written, _) = guide
        .split_once("<!-- generated")
        .expect("the list of forms");
    let mut n_files = 0;
    for section in written.split("\n## ").skip(1) {
        let files = files_of(section);
        if files.is_empty() {
            continue;
        }
        let project = Project::small();
        std::fs::remove_file(project.path().join("flows/hello.yaml")).expect("it was there");
        for path in [
            "infra/instance.yaml",
            "infra/lambdas.yaml",
            "infra/streaming.yaml",
            "infra/environments/local.yaml",
            "infra/environments/prod.yaml",
        ] {
            project.write(path, read(path));
        }
        for (path, text) in &files {
            project.write(path, text);
        }
        n_files += files.len();
        let output = project.run("check --format json");
        let said = String::from_utf8_lossy(&output.stdout);
        let is_clean = said.contains("\"diagnostics\": []");
        assert!(is_clean && output.status.success(), "{section}\n{said}");
    }
    assert!(n_files > 15, "only {n_files}");
}
