//! Every command line that we show somebody is one that they can run.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser};

use super::Args;

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("the package lies in the project").to_owned()
}

/// Files of a folder and of those below, by extension.
fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
}

/// The arguments after `cargo xtask` in a line of shell, up to what is the shell's.
fn arguments(line: &str) -> Option<Vec<String>> {
    let (_, rest) = line.split_once("cargo xtask ")?;
    // The explanation beside an example stands after at least two spaces, or after a hash.
    let rest = rest.split("  ").next()?.split(" #").next()?;
    let mut arguments = vec!["cargo xtask".to_owned()];
    let mut quoted = String::new();
    for word in rest.split_whitespace() {
        if quoted.is_empty() && matches!(word, ">" | ">>" | "|" | "||" | "&&") {
            break;
        }
        let n_quotes = word.matches('"').count();
        if !quoted.is_empty() || n_quotes == 1 {
            quoted.push_str(word);
            quoted.push(' ');
            if quoted.matches('"').count() == 2 {
                arguments.push(quoted.replace('"', "").trim().to_owned());
                quoted.clear();
            }
        } else {
            arguments.push(word.replace('"', ""));
        }
    }
    Some(arguments)
}

/// What does not parse, of the command lines in a text.
fn refused(text: &str, is_command: impl Fn(&str) -> bool) -> Vec<String> {
    let whole = text.replace("\\\n", "");
    let lines = whole.lines().filter(|line| is_command(line));
    let lines = lines.filter_map(|line| Some((line, arguments(line)?)));
    let refused = lines.filter_map(|(line, arguments)| {
        let error = Args::try_parse_from(&arguments).err()?;
        let is_help = !error.use_stderr();
        (!is_help).then(|| format!("{}\n  {arguments:?}\n  {error}", line.trim()))
    });
    refused.collect()
}

fn assert_none(found: Vec<(String, Vec<String>)>) {
    let found: Vec<String> = found
        .into_iter()
        .flat_map(|(place, lines)| lines.into_iter().map(move |it| format!("{place}: {it}")))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn examples_of_help_texts_can_be_run() {
    fn collect(command: &clap::Command, found: &mut Vec<(String, Vec<String>)>) {
        if let Some(help) = command.get_after_help() {
            let is_example = |line: &str| line.starts_with("  cargo xtask ");
            found.push((
                command.get_name().to_owned(),
                refused(&help.to_string(), is_example),
            ));
        }
        for command in command.get_subcommands() {
            collect(command, found);
        }
    }
    let mut found = Vec::new();
    collect(&Args::command(), &mut found);
    assert!(found.len() > 10, "help texts have examples");
    assert_none(found);
}

#[test]
fn commands_of_documents_can_be_run() {
    let mut paths = vec![root().join("README.md")];
    files(&root().join("docs"), "md", &mut paths);
    let found = paths.iter().map(|path| {
        let text = fs::read_to_string(path).expect("a document can be read");
        let is_shown = |line: &str| line.trim_start().starts_with("$ cargo xtask ");
        let place = path.strip_prefix(root()).unwrap_or(path);
        (place.display().to_string(), refused(&text, is_shown))
    });
    assert_none(found.collect());
}

#[test]
fn steps_of_workflows_can_be_run() {
    let mut paths = Vec::new();
    files(&root().join(".github/workflows"), "yml", &mut paths);
    let mut n_steps = 0;
    let mut found = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path).expect("a workflow can be read");
        let is_step = |line: &str| {
            let line = line.trim_start().trim_start_matches("- ");
            line.trim_start_matches("run: ").starts_with("cargo xtask ")
        };
        n_steps += text.lines().filter(|line| is_step(line)).count();
        found.push((path.display().to_string(), refused(&text, is_step)));
    }
    assert!(n_steps >= 5, "workflows run our commands");
    assert_none(found);
}

#[test]
fn actions_of_workflows_are_pinned_by_commit() {
    let mut paths = Vec::new();
    files(&root().join(".github/workflows"), "yml", &mut paths);
    for path in &paths {
        let text = fs::read_to_string(path).expect("a workflow can be read");
        let uses = text.lines().filter_map(|line| line.split_once("uses: "));
        for (_, action) in uses.filter(|(_, action)| !action.starts_with("./")) {
            let (action, version) = action.split_once(" # v").unwrap_or((action, ""));
            let commit = action.split_once('@').map_or("", |(_, commit)| commit);
            let is_commit = commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit());
            assert!(
                is_commit && !version.is_empty(),
                "{}: {action}",
                path.display()
            );
        }
    }
}
