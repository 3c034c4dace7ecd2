//! `diff`: what differs between two versions of flows.

use std::collections::BTreeSet;
use std::path::Path;

use review::{LiveReview, Version, compare};

use crate::args::DiffArgs;
use crate::exit::{Helped, Outcome};
use crate::git::{Commit, Repository};
use crate::printer::Printer;
use crate::project::Project;
use crate::versions::{Side, document, environments};
use crate::views::comparison::{self, Found, Section};

pub(super) async fn run(
    args: &DiffArgs,
    project: anyhow::Result<Project>,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let found = match args.files.as_deref() {
        Some([old, new]) => of_files(old, new, printer)?,
        _ => of_project(args, &project?, printer).await?,
    };
    comparison::show(&found, args.format, args.out.as_deref(), printer)?;
    Ok(match found.is_same() {
        true => Outcome::Done,
        false => Outcome::No,
    })
}

fn of_files(old: &Path, new: &Path, printer: &Printer) -> anyhow::Result<Found> {
    let (old, new) = document::pair(old, new, printer)?;
    Ok(Found::of(compare(&old, &new)))
}

async fn of_project(
    args: &DiffArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Found> {
    let new = Side::tree(project)?;
    new.require_readable(printer)?;
    let mut found = Found::default();
    if args.base.is_some() || args.env.is_empty() {
        against_revision(args, project, new, &mut found, printer)?;
    }
    Ok(found)
}

/// The working tree against a revision: the sources, and what else differs in the environments.
fn against_revision(
    args: &DiffArgs,
    project: &Project,
    mut new: Side,
    found: &mut Found,
    printer: &Printer,
) -> anyhow::Result<()> {
    let repository = Repository::of(project.root());
    let commit = base(&repository, args.base.as_deref(), printer)?;
    let mut old = Side::revision(project, &repository, &commit)?;
    old.require_readable(printer)?;
    if old.sources.files.is_empty() && !new.sources.files.is_empty() {
        printer.note(&format!(
            "note: `{}` has no flows in this folder, so all are new",
            commit.name
        ));
    }
    select(&args.flows, &mut old.version, &mut new.version)?;
    let names = match args.env.as_slice() {
        [] => environments::names(&old, &new)?,
        names => names.to_vec(),
    };
    for name in &names {
        let live = LiveReview::NotChecked {
            why: "not asked for".to_owned(),
        };
        let review = environments::review(&old, &new, name, live, printer)?;
        if !review.variables.is_empty() {
            found.environments.push(review);
        }
    }
    found.sections.push(Section {
        environment: None,
        comparison: compare(&old.version, &new.version),
    });
    Ok(())
}

/// The commit that a revision names, or HEAD; with `...` behind it the one where it and HEAD parted.
fn base(
    repository: &Repository,
    revision: Option<&str>,
    printer: &Printer,
) -> anyhow::Result<Commit> {
    let Some(revision) = revision else {
        return repository.resolve("HEAD");
    };
    if let Some(revision) = revision.strip_suffix("...") {
        return repository.fork_point(&repository.resolve(revision)?);
    }
    let commit = repository.resolve(revision)?;
    let ahead = repository.ahead_of_head(&commit)?;
    if ahead > 0 {
        let commits = if ahead == 1 { "commit" } else { "commits" };
        printer.note(&format!(
            "note: `{revision}` has {ahead} {commits} that HEAD has not, which count as differences; \
             `--base {revision}...` compares with the commit where they parted"
        ));
    }
    Ok(commit)
}

/// Keeps the flows that were asked for, by name or address.
fn select(flows: &[String], old: &mut Version, new: &mut Version) -> anyhow::Result<()> {
    if flows.is_empty() {
        return Ok(());
    }
    let addresses: BTreeSet<String> = old.flows.keys().chain(new.flows.keys()).cloned().collect();
    for asked in flows {
        if !addresses.iter().any(|address| is_called(address, asked)) {
            return Err(unknown(asked, &addresses).into());
        }
    }
    let is_asked = |address: &str| flows.iter().any(|asked| is_called(address, asked));
    old.flows.retain(|address, _| is_asked(address));
    new.flows.retain(|address, _| is_asked(address));
    Ok(())
}

fn is_called(address: &str, asked: &str) -> bool {
    address == asked || name_in(address) == asked
}

fn name_in(address: &str) -> &str {
    address.split_once('.').map_or(address, |(_, name)| name)
}

fn unknown(asked: &str, addresses: &BTreeSet<String>) -> Helped {
    let names = addresses.iter().flat_map(|it| [name_in(it), it]);
    let help = match flow_source::suggest::nearest(asked, names) {
        Some(near) => format!("a flow or module with a similar name exists: `{near}`"),
        None if addresses.is_empty() => "neither version has any".to_owned(),
        None => {
            let names: Vec<&str> = addresses.iter().map(|it| name_in(it)).collect();
            format!("these exist: {}", names.join(", "))
        }
    };
    Helped::new(format!("there is no flow or module `{asked}`"), help)
}
