//! `docs`: the generated parts of the documentation, and whether they are up to date.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flow_source::guide::{self, Example};

use super::schema::schemas;
use crate::args::DocsArgs;
use crate::exit::Outcome;
use crate::gallery;
use crate::printer::Printer;
use crate::project::Project;

/// The examples of the short forms are the cases that test them.
const CASES: &str = "xtask/crates/flow-source/tests/cases";
const GUIDE: &str = "docs/flows.md";

/// A file as it should be.
struct Generated {
    path: String,
    text: String,
}

pub(super) fn run(
    args: &DocsArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let mut stale = Vec::new();
    for file in generated(project, printer)? {
        let path = project.root().join(&file.path);
        if read(&path)?.as_ref() != Some(&file.text) {
            stale.push(file);
        }
    }
    if args.check {
        for file in &stale {
            printer.data(&format!("{} is out of date", file.path));
        }
        let is_fresh = stale.is_empty();
        if !is_fresh {
            printer.note("`cargo xtask docs` writes them again");
        }
        return Ok(if is_fresh { Outcome::Done } else { Outcome::No });
    }
    for file in &stale {
        write(&project.root().join(&file.path), &file.text)?;
        printer.data(&format!("{} written", file.path));
    }
    Ok(Outcome::Done)
}

/// Everything that is generated, whole files and the generated part of the guide.
fn generated(project: &Project, printer: &Printer) -> anyhow::Result<Vec<Generated>> {
    let file = |path: &str, text: String| Generated {
        path: path.to_owned(),
        text,
    };
    let mut files = vec![
        file("docs/actions.md", flow::catalogue::reference_page()),
        file("docs/rules.md", flow_source::rules_page()),
    ];
    for schema in schemas() {
        let path = format!("docs/schema/{}", schema.file_name());
        files.push(file(&path, schema.text()));
    }
    files.push(file(GUIDE, guide_with_forms(project.root())?));
    let gallery = gallery::files(project.root(), printer)?;
    files.extend(gallery.into_iter().map(|(path, text)| file(&path, text)));
    Ok(files)
}

fn guide_with_forms(root: &Path) -> anyhow::Result<String> {
    let path = root.join(GUIDE);
    let text = read(&path)?.with_context(|| format!("{GUIDE} is not there"))?;
    let section = guide::forms(&examples(root)?);
    guide::with_generated(&text, &section)
        .with_context(|| format!("{GUIDE} has no place for what is generated"))
}

/// The cases of the short forms, sorted.
fn examples(root: &Path) -> anyhow::Result<Vec<Example>> {
    let folder = root.join(CASES);
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {CASES}"))?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
    paths.sort();
    let mut examples = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(name) = name.strip_prefix("form-") else {
            continue;
        };
        let both = (
            read(&path.join("flow.yaml"))?,
            read(&path.join("flow.json"))?,
        );
        if let (Some(source), Some(document)) = both {
            examples.push(Example {
                name: name.to_owned(),
                source,
                document,
            });
        }
    }
    Ok(examples)
}

/// A file's text; none if there is no such file.
fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("cannot write {}", path.display()))
}
