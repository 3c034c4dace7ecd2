//! Comparisons in all the forms that `diff` writes: texts, JSON, pictures.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flow::model::Flow;
use flow::picture::{self, Options};
use review::view::{self, TextOptions};
use review::{Comparison, EnvironmentReview, FlowChange, LiveReview};
use serde_json::{Value as Json, json};

use crate::args::DiffFormat;
use crate::commands::generate::write_whole;
use crate::exit::Helped;
use crate::printer::Printer;

/// The bytes of Mermaid that forges draw.
const MOST_MERMAID: usize = 50_000;

/// The columns of a text that goes to no terminal.
const WIDTH: usize = 100;

/// What was found to differ.
#[derive(Default)]
pub(crate) struct Found {
    /// Two versions of the sources, or two files; nothing if only environments were asked for.
    pub(crate) sources: Option<Comparison>,
    /// What the sources change in environments beside the flows themselves, and how the flows that
    /// are there differ from the sources.
    pub(crate) environments: Vec<EnvironmentReview>,
    /// Whether something that was asked for could not be read.
    pub(crate) is_partial: bool,
}

impl Found {
    /// Whether nothing differs.
    pub(crate) fn is_same(&self) -> bool {
        let is_same = |it: &Comparison| it.flows.is_empty();
        let is_untouched = |it: &EnvironmentReview| {
            it.variables.is_empty() && is_same(&it.rendered) && live(it).is_none_or(is_same)
        };
        self.sources.iter().all(is_same) && self.environments.iter().all(is_untouched)
    }

    /// Each comparison that is shown block by block, with the environment that it is of.
    fn comparisons(&self) -> impl Iterator<Item = (Option<&str>, &Comparison)> {
        let sources = self.sources.iter().map(|it| (None, it));
        let environments = self.environments.iter();
        let environments = environments.filter_map(|it| Some((Some(&*it.name), live(it)?)));
        sources.chain(environments)
    }
}

/// How the flows of an environment differ from the sources, if that is known.
fn live(environment: &EnvironmentReview) -> Option<&Comparison> {
    match &environment.live {
        LiveReview::Checked { comparison, .. } => Some(comparison),
        LiveReview::NotChecked { .. } => None,
    }
}

/// Writes what was found, to stdout or to a file or folder.
pub(crate) fn show(
    found: &Found,
    format: DiffFormat,
    out: Option<&Path>,
    printer: &Printer,
) -> anyhow::Result<()> {
    let extension = match format {
        DiffFormat::Svg => "svg",
        DiffFormat::Html => "html",
        DiffFormat::Mermaid => "mmd",
        DiffFormat::Json if out.is_none() => {
            printer.document(&machine(found));
            return Ok(());
        }
        DiffFormat::Json => {
            let text = serde_json::to_string_pretty(&machine(found));
            let text = text.expect("a JSON value can be written");
            return text_to(&(text + "\n"), out, printer);
        }
        DiffFormat::Human => {
            let colour = out.is_none() && printer.paints_data();
            return text_to(&human(found, colour), out, printer);
        }
        DiffFormat::Markdown => return text_to(&markdown(found), out, printer),
    };
    let pictures = pictures(found, format, extension);
    match (pictures.as_slice(), out) {
        ([], _) => printer.note("nothing differs, so there is nothing to draw"),
        ([picture], None) => printer.data(&picture.text),
        (pictures, None) => {
            let message = format!(
                "{} flows differ, each with a picture of its own",
                pictures.len()
            );
            let help = "name one flow, or a folder for all of them with --out DIR";
            return Err(Helped::new(message, help).into());
        }
        ([picture], Some(out)) if !is_folder(out) => write(out, &picture.text)?,
        (pictures, Some(out)) => {
            for picture in pictures {
                write(&out.join(&picture.path), &picture.text)?;
            }
        }
    }
    Ok(())
}

fn text_to(text: &str, out: Option<&Path>, printer: &Printer) -> anyhow::Result<()> {
    match out {
        // Nothing could be read, which is said elsewhere.
        None if text.is_empty() => {}
        None => printer.data(text),
        Some(out) if is_folder(out) => {
            let help = "name a file; a folder is for pictures";
            return Err(Helped::new(format!("{} is a folder", out.display()), help).into());
        }
        Some(out) => write(out, text)?,
    }
    Ok(())
}

fn human(found: &Found, colour: bool) -> String {
    let options = TextOptions {
        colour,
        width: WIDTH,
    };
    let texts = found.comparisons().map(|(environment, comparison)| {
        let environments = environments_beside(found, environment);
        view::text(comparison, environments, &options)
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn markdown(found: &Found) -> String {
    let texts = found.comparisons().map(|(environment, comparison)| {
        view::markdown(comparison, environments_beside(found, environment))
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// The environments are shown with the sources, of which they are a part.
fn environments_beside<'a>(found: &'a Found, of: Option<&str>) -> &'a [EnvironmentReview] {
    match of {
        None => &found.environments,
        Some(_) => &[],
    }
}

/// The comparison of the sources, and below `environments` what is known of each. Without sources
/// there is only what is live.
fn machine(found: &Found) -> Json {
    let mut document = found.sources.as_ref().map_or_else(|| json!({}), view::json);
    document["same"] = match found.is_same() {
        // Nobody can tell.
        true if found.is_partial => Json::Null,
        is_same => is_same.into(),
    };
    let environments = found.environments.iter().map(|environment| {
        let mut shown = view::environment_json(environment);
        if let (None, Json::Object(shown)) = (&found.sources, &mut shown) {
            shown.retain(|key, _| key == "name" || key == "live");
        }
        shown
    });
    document["environments"] = environments.collect();
    document
}

/// A picture, and where in a folder it goes.
pub(crate) struct Picture {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

fn pictures(found: &Found, format: DiffFormat, extension: &str) -> Vec<Picture> {
    let mut pictures = Vec::new();
    for (environment, comparison) in found.comparisons() {
        let folder = environment.map(Path::new);
        for (change, name) in comparison.flows.iter().zip(file_names(comparison)) {
            let file = format!("{name}.{extension}");
            pictures.push(Picture {
                path: folder.map_or(PathBuf::from(&file), |folder| folder.join(&file)),
                text: draw(comparison, change, format),
            });
        }
    }
    pictures
}

/// A picture of one flow, both versions.
pub(crate) fn draw(comparison: &Comparison, change: &FlowChange, format: DiffFormat) -> String {
    let definition = change.new.as_ref().or(change.old.as_ref());
    let title = definition.map_or(&change.address, |it| &it.title).clone();
    let options = Options {
        title,
        versions: Some((comparison.old.clone(), comparison.new.clone())),
    };
    let (old, new) = (change.old.as_ref(), change.new.as_ref());
    let nothing = definition.map_or_else(|| Flow::new(""), |it| Flow::new(&it.flow.start));
    let old = old.map_or(&nothing, |it| &it.flow);
    let new = new.map_or(&nothing, |it| &it.flow);
    match format {
        DiffFormat::Html => picture::diff_html(old, new, &change.diff, &options),
        DiffFormat::Mermaid => {
            picture::diff_mermaid(old, new, &change.diff, &options, MOST_MERMAID)
        }
        _ => picture::diff_svg(old, new, &change.diff, &options),
    }
}

/// Names for the files of each flow that differs, by its address. Names of flows may have slashes;
/// should two come to the same, the second gets a number.
pub(crate) fn file_names(comparison: &Comparison) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let names = comparison.flows.iter().map(|change| {
        let plain = change.address.replace(['/', '\\', '\0'], "-");
        let mut names = std::iter::once(plain.clone()).chain((2..).map(|n| format!("{plain}-{n}")));
        let is_free = |name: &String| taken.insert(name.to_lowercase());
        names.find(is_free).expect("there is no end of numbers")
    });
    names.collect()
}

fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.to_string_lossy().ends_with(['/', '\\'])
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    write_whole(path, text)
}
