//! The gallery of `docs/changes`: realistic changes, each with every view of it, made by the code
//! that makes them for a reviewer.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flow::picture::{self, Options};
use review::view::{self, TextOptions};
use review::{Comparison, compare};

use crate::printer::Printer;
use crate::versions::document;

const FOLDER: &str = "docs/changes";
const PAGE: &str = "docs/changes.md";

/// A file of the gallery as it should be, by its path in the project.
pub(crate) type Picture = (String, String);

/// A change, and where its two documents are.
struct Case {
    /// `01-greeting-reworded`.
    name: String,
    title: String,
    about: String,
    old: PathBuf,
    new: PathBuf,
}

/// All files of the gallery; none for a project that has none.
pub(crate) fn files(root: &Path, printer: &Printer) -> anyhow::Result<Vec<Picture>> {
    let cases = cases(root)?;
    let mut files = Vec::new();
    if cases.is_empty() {
        return Ok(files);
    }
    let mut page = String::from(OPENING);
    for case in cases {
        let comparison = compared(&case, printer)?;
        let terminal = view::text(&comparison, &[], &TEXT);
        page.push_str(&section(&case, &terminal));
        let file = |name: &str, text: String| (format!("{FOLDER}/{}/{name}", case.name), text);
        files.push(file("comment.md", view::markdown(&comparison, &[])));
        files.push(file("picture.svg", drawn(&comparison)?));
        files.push(file("terminal.txt", terminal));
    }
    files.push((PAGE.to_owned(), page));
    Ok(files)
}

const TEXT: TextOptions = TextOptions {
    colour: false,
    width: 100,
};

const OPENING: &str = "\
<!-- Written by `cargo xtask docs`. -->
# Changes, as a reviewer sees them

Ten changes that teams make, each as a terminal shows it, as a picture, and as Markdown.
The sources lie in [`docs/changes`](changes); the first of each pair is [`before.yaml`](changes/before.yaml) where a change has none of its own.
Any pair can be compared like this:

```console
$ cargo xtask diff --files docs/changes/before.yaml docs/changes/01-greeting-reworded/after.yaml
```
";

/// The changes, sorted by name.
fn cases(root: &Path) -> anyhow::Result<Vec<Case>> {
    let folder = root.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("cannot list {FOLDER}"))?,
    };
    let mut folders = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()
        .with_context(|| format!("cannot list {FOLDER}"))?;
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders.iter().map(|path| case(&folder, path)).collect()
}

fn case(gallery: &Path, folder: &Path) -> anyhow::Result<Case> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let about = folder.join("about.md");
    let about = fs::read_to_string(&about).with_context(|| format!("cannot read {about:?}"))?;
    let (title, about) = about.split_once('\n').unwrap_or((&about, ""));
    let document = |stem: &str| {
        let paths = ["yaml", "json"].map(|extension| folder.join(format!("{stem}.{extension}")));
        paths.into_iter().find(|path| path.is_file())
    };
    let new = document("after");
    Ok(Case {
        title: title.trim_start_matches('#').trim().to_owned(),
        about: about.trim().to_owned(),
        old: document("before").unwrap_or_else(|| gallery.join("before.yaml")),
        new: new.with_context(|| format!("{FOLDER}/{name} has no `after`"))?,
        name: name.into_owned(),
    })
}

fn compared(case: &Case, printer: &Printer) -> anyhow::Result<Comparison> {
    let (mut old, mut new) = document::pair(&case.old, &case.new, printer)?;
    old.label = "before".to_owned();
    new.label = "after".to_owned();
    Ok(compare(&old, &new))
}

/// The flow that differs, both versions in one picture.
fn drawn(comparison: &Comparison) -> anyhow::Result<String> {
    let change = comparison.flows.first();
    let change = change.context("the two documents of a change are the same")?;
    let (Some(old), Some(new)) = (&change.old, &change.new) else {
        anyhow::bail!("the two documents of a change are different flows");
    };
    let options = Options {
        title: new.title.clone(),
        versions: Some((comparison.old.clone(), comparison.new.clone())),
    };
    Ok(picture::diff_svg(
        &old.flow,
        &new.flow,
        &change.diff,
        &options,
    ))
}

fn section(case: &Case, terminal: &str) -> String {
    let Case {
        title, about, name, ..
    } = case;
    // A text of a flow may hold a fence itself.
    let fence = "`".repeat(longest_run(terminal, '`').max(2) + 1);
    format!(
        "\n## {title}\n\n{about}\n\n{fence}text\n{}\n{fence}\n\n\
         ![Both versions in one picture](changes/{name}/picture.svg)\n\n\
         [As Markdown](changes/{name}/comment.md)\n",
        terminal.trim_end(),
    )
}

fn longest_run(text: &str, of: char) -> usize {
    let runs = text.split(|it| it != of);
    runs.map(str::len).max().unwrap_or(0)
}
