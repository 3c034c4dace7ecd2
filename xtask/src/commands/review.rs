//! `review`: what a pull request needs, as files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path};

use anyhow::Context;
use flow::diagnostic::{Diagnostic, Severity};
use flow_source::render;
use review::comment::{self, comment};
use review::{LiveReview, Redactor, Review, compare, environment_groups, view};
use serde_json::{Value as Json, json};

use super::check;
use super::diff::not_asked;
use super::generate::write_whole;
use crate::args::{DiffFormat, ReviewArgs};
use crate::exit::{Helped, Outcome};
use crate::git::Repository;
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{self, has_errors};
use crate::versions::Side;
use crate::versions::environments::{self, Environments};
use crate::versions::live::Asked;
use crate::views::comparison::{draw, file_names};

/// What an earlier run has written, so that pictures of flows that differ no more can go.
const MANIFEST: &str = "files.json";

pub(super) async fn run(
    args: &ReviewArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    for name in &args.env {
        project.environment_file(name)?;
    }
    let base = args.base.strip_suffix("...").unwrap_or(&args.base);
    let repository = Repository::of(project.root());
    let commit = repository.fork_point(&repository.resolve(base)?)?;
    let old = Side::revision(project, &repository, &commit)?;
    let new = Side::tree(project)?;
    old.require_readable(printer)?;
    new.require_readable(printer)?;
    let review = read(args, project, &old, &new, printer).await?;
    let written = files(&review, base);
    write(&written, &args.out)?;
    show(&review, &written, &args.out, printer);
    Ok(match has_errors(&review.findings) {
        true => Outcome::No,
        false => Outcome::Done,
    })
}

/// Everything there is to say, without what must not leave the machine.
async fn read(
    args: &ReviewArgs,
    project: &Project,
    old: &Side,
    new: &Side,
    printer: &Printer,
) -> anyhow::Result<Review> {
    let mut reviews = Vec::new();
    let (mut accounts, mut secrets) = (Vec::new(), Vec::new());
    for name in environments::names(old, new)? {
        let environments = Environments::read(old, new, &name, printer)?;
        accounts.extend(environments.accounts());
        secrets.extend(environments.secrets());
        let live = match args.env.contains(&name) {
            true => live(args, project, &name, printer).await,
            false => not_asked(&name),
        };
        reviews.push(environments.review(live));
    }
    let sources = compare(&old.version, &new.version);
    let review = Review {
        groups: environment_groups(&old.version, &new.version, &sources, &reviews),
        sources,
        environments: reviews,
        findings: findings(project)?,
    };
    Ok(Redactor::new(accounts, secrets).review(&review))
}

/// What `check` finds in the working tree.
fn findings(project: &Project) -> anyhow::Result<Vec<Diagnostic>> {
    let (config, findings) = sources::config(project)?;
    Ok(check::check_project(project, None, &config, findings)?.diagnostics)
}

/// An instance that cannot be read is no reason to have no comment: those of forks have no
/// credentials. The comment says so.
async fn live(args: &ReviewArgs, project: &Project, name: &str, printer: &Printer) -> LiveReview {
    let endpoint = args.endpoint();
    let asked = Asked {
        project,
        name,
        endpoint: endpoint.as_deref(),
    };
    match asked.plan(printer).await {
        Ok((comparison, plan)) => LiveReview::Checked {
            comparison,
            plan: Some(plan),
        },
        Err(error) => {
            printer.warning(&format!("{name} is not checked: {error:#}"));
            LiveReview::NotChecked {
                why: error.to_string(),
            }
        }
    }
}

/// A file to write, by its name in the folder.
struct File {
    name: String,
    text: String,
}

/// The pictures first and the comment last: whoever waits for that finds everything else.
fn files(review: &Review, base: &str) -> Vec<File> {
    let mut files = Vec::new();
    let sources = &review.sources;
    for (change, name) in sources.flows.iter().zip(file_names(sources)) {
        for (format, extension) in [(DiffFormat::Svg, "svg"), (DiffFormat::Html, "html")] {
            files.push(File {
                name: format!("{name}.{extension}"),
                text: draw(sources, change, format),
            });
        }
    }
    let document = |name: &str, json: &Json| File {
        name: name.to_owned(),
        text: serde_json::to_string_pretty(json).expect("a JSON value can be written") + "\n",
    };
    let sarif = render::sarif(&review.findings, env!("CARGO_PKG_VERSION"));
    files.push(document("check.sarif", &sarif));
    files.push(document("review.json", &view::review_json(review)));
    let options = comment::Options {
        base: base.to_owned(),
    };
    files.push(File {
        name: "comment.md".to_owned(),
        text: comment(review, &options),
    });
    files
}

/// Writes the files, and removes the pictures of an earlier run that are none of them. The manifest
/// names what may be there at any moment, so that an interrupted run leaves nothing behind for ever.
fn write(files: &[File], out: &Path) -> anyhow::Result<()> {
    if out.exists() && !out.is_dir() {
        let help = "name a folder with --out";
        return Err(Helped::new(format!("{} is no folder", out.display()), help).into());
    }
    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    let names: BTreeSet<String> = files.iter().map(|it| it.name.clone()).collect();
    let earlier = listed(out);
    write_manifest(names.union(&earlier), out)?;
    for file in files {
        write_whole(&out.join(&file.name), &file.text)?;
    }
    for stale in earlier.difference(&names) {
        let path = out.join(stale);
        if path.is_file() {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    write_manifest(names.iter(), out)
}

fn write_manifest<'a>(names: impl Iterator<Item = &'a String>, out: &Path) -> anyhow::Result<()> {
    let names: Vec<&String> = names.collect();
    let text = serde_json::to_string_pretty(&json!({ "written_by_review": names }));
    let text = text.expect("a JSON value can be written") + "\n";
    write_whole(&out.join(MANIFEST), &text)
}

/// The pictures that an earlier run has written. Whatever else a manifest names is not ours to remove.
fn listed(out: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(out.join(MANIFEST)).unwrap_or_default();
    let manifest: Json = serde_json::from_str(&text).unwrap_or_default();
    let names = manifest["written_by_review"].as_array();
    let names = names.into_iter().flatten().filter_map(Json::as_str);
    let is_picture = |name: &&str| {
        let path = Path::new(name);
        let is_plain = matches!(
            path.components().collect::<Vec<_>>()[..],
            [Component::Normal(_)]
        );
        let extension = path.extension().and_then(|it| it.to_str());
        is_plain && matches!(extension, Some("svg" | "html"))
    };
    names.filter(is_picture).map(str::to_owned).collect()
}

fn show(review: &Review, written: &[File], out: &Path, printer: &Printer) {
    let count = |severity| {
        let findings = review.findings.iter();
        findings.filter(|it| it.severity == severity).count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    printer.view(
        || {
            let files = written.iter().map(|it| out.join(&it.name));
            let mut text: String = files.map(|it| format!("{}\n", it.display())).collect();
            let differing = review.sources.flows.len();
            text.push_str(&format!(
                "{} from {}; `check` finds {} and {}",
                match differing {
                    1 => "1 flow differs".to_owned(),
                    n => format!("{} differ", plural(n, "flow")),
                },
                review.sources.old,
                plural(errors, "error"),
                plural(warnings, "warning"),
            ));
            text
        },
        || {
            let files = written.iter().map(|it| &it.name);
            let environments = review.environments.iter().map(|it| match &it.live {
                LiveReview::NotChecked { why } => {
                    json!({ "name": it.name, "checked": false, "why": why })
                }
                LiveReview::Checked { .. } => json!({ "name": it.name, "checked": true }),
            });
            json!({
                "out": out,
                "files": files.collect::<Vec<_>>(),
                "old": review.sources.old,
                "differing": review.sources.flows.iter().map(|it| &it.address).collect::<Vec<_>>(),
                "errors": errors,
                "warnings": warnings,
                "environments": environments.collect::<Vec<_>>(),
            })
        },
    );
}

fn plural(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
