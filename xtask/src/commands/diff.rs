//! `diff`: what differs between two versions of flows.

use std::collections::BTreeSet;
use std::path::Path;

use review::{Comparison, EnvironmentReview, LiveReview, Version, compare, environment_groups};

use crate::args::DiffArgs;
use crate::exit::{Helped, Outcome};
use crate::git::{Commit, Repository};
use crate::printer::Printer;
use crate::project::Project;
use crate::versions::environments::{self, Environments};
use crate::versions::live::{Asked, Wanted};
use crate::versions::{Side, document};
use crate::views::comparison::{self, Found};

pub(super) async fn run(
    args: &DiffArgs,
    project: anyhow::Result<Project>,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let mut failures = Vec::new();
    let found = match args.files.as_deref() {
        Some([old, new]) => of_files(old, new, printer)?,
        _ => of_project(args, &project?, &mut failures, printer).await?,
    };
    comparison::show(&found, args.format, args.out.as_deref(), printer)?;
    // What could be told has been said; the answer as a whole is that nobody can tell.
    if let Some(last) = failures.pop() {
        failures.iter().for_each(|error| printer.error(error));
        return Err(last);
    }
    Ok(match found.is_same() {
        true => Outcome::Done,
        false => Outcome::No,
    })
}

fn of_files(old: &Path, new: &Path, printer: &Printer) -> anyhow::Result<Found> {
    let (old, new) = document::pair(old, new, printer)?;
    Ok(Found {
        sources: Some(compare(&old, &new)),
        ..Found::default()
    })
}

/// What the arguments name. An environment that cannot be read is a failure, and the rest is still
/// compared.
async fn of_project(
    args: &DiffArgs,
    project: &Project,
    failures: &mut Vec<anyhow::Error>,
    printer: &Printer,
) -> anyhow::Result<Found> {
    for name in &args.env {
        project.environment_file(name)?;
    }
    let new = Side::tree(project)?;
    new.require_readable(printer)?;
    let mut found = if args.base.is_some() || args.env.is_empty() {
        let old = at_revision(args, project, &new, printer)?;
        against_revision(args, &old, &new, failures, printer)?
    } else {
        require_flows(&args.flows, &[&new.version])?;
        Found {
            environments: args.env.iter().map(|it| untouched(it)).collect(),
            ..Found::default()
        }
    };
    if !args.env.is_empty() {
        for environment in &mut found.environments {
            look_at(args, project, environment, failures, printer).await;
        }
    }
    found.is_partial = !failures.is_empty();
    Ok(found)
}

/// The sources, and what their variables change in environments: in those that were asked for, or
/// in all where something differs.
fn against_revision(
    args: &DiffArgs,
    old: &Side,
    new: &Side,
    failures: &mut Vec<anyhow::Error>,
    printer: &Printer,
) -> anyhow::Result<Found> {
    require_flows(&args.flows, &[&old.version, &new.version])?;
    let mut sources = compare(&old.version, &new.version);
    let names = match args.env.as_slice() {
        [] => environments::names(old, new)?,
        names => names.to_vec(),
    };
    let mut found = Found::default();
    for name in &names {
        let environments = match Environments::read(old, new, name, printer) {
            Ok(environments) => environments,
            Err(error) => {
                failures.push(error);
                continue;
            }
        };
        let mut review = environments.review(not_asked(name));
        if review.variables.is_empty() && args.env.is_empty() {
            continue;
        }
        keep_what_variables_change(old, new, &sources, &mut review);
        keep(&args.flows, &mut review.rendered);
        found.environments.push(match environments.redactor() {
            Some(redactor) => redactor.environment(&review),
            None => review,
        });
    }
    keep(&args.flows, &mut sources);
    found.sources = Some(sources);
    Ok(found)
}

fn untouched(name: &str) -> EnvironmentReview {
    EnvironmentReview {
        name: name.to_owned(),
        variables: Vec::new(),
        rendered: Comparison::default(),
        live: not_asked(name),
    }
}

/// Reads what an environment has; not being able to is a failure.
async fn look_at(
    args: &DiffArgs,
    project: &Project,
    environment: &mut EnvironmentReview,
    failures: &mut Vec<anyhow::Error>,
    printer: &Printer,
) {
    let name = &environment.name;
    environment.live = match live(args, project, name, printer).await {
        Ok(comparison) => LiveReview::Checked {
            comparison,
            plan: None,
        },
        Err(error) => {
            let why = error.to_string();
            failures.push(error.context(format!("cannot tell what differs in `{name}`")));
            LiveReview::NotChecked { why }
        }
    };
}

/// Leaves out of an environment what differs in every one, since that is shown once.
fn keep_what_variables_change(
    old: &Side,
    new: &Side,
    sources: &Comparison,
    review: &mut EnvironmentReview,
) {
    let environments = std::slice::from_ref(review);
    let groups = environment_groups(&old.version, &new.version, sources, environments);
    let effects = groups.iter().flat_map(|it| &it.effects);
    let affected = effects.map(|it| &it.address);
    let affected: BTreeSet<&String> = affected
        .chain(groups.iter().flat_map(|it| &it.only_here))
        .collect();
    review
        .rendered
        .flows
        .retain(|it| affected.contains(&it.address));
}

/// Of an instance that nobody has named.
pub(super) fn not_asked(environment: &str) -> LiveReview {
    LiveReview::NotChecked {
        why: format!("no --env {environment} was given"),
    }
}

/// An environment's own flows against those of the working tree.
async fn live(
    args: &DiffArgs,
    project: &Project,
    name: &str,
    printer: &Printer,
) -> anyhow::Result<Comparison> {
    let endpoint = args.endpoint();
    let asked = Asked {
        project,
        name,
        endpoint: endpoint.as_deref(),
    };
    let wanted = match (args.draft, args.deployed) {
        (true, _) => Wanted::Draft,
        (_, true) => Wanted::Deployed,
        _ => Wanted::Published,
    };
    let mut comparison = asked.compare(wanted, printer).await?;
    keep(&args.flows, &mut comparison);
    Ok(comparison)
}

/// The sources at the revision that the arguments name.
fn at_revision(
    args: &DiffArgs,
    project: &Project,
    new: &Side,
    printer: &Printer,
) -> anyhow::Result<Side> {
    let repository = Repository::of(project.root());
    let commit = base(&repository, args.base.as_deref(), printer)?;
    let old = Side::revision(project, &repository, &commit)?;
    old.require_readable(printer)?;
    if old.sources.files.is_empty() && !new.sources.files.is_empty() {
        printer.note(&format!(
            "note: `{}` has no flows in this folder, so all are new",
            commit.name
        ));
    }
    Ok(old)
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

/// Refuses names and addresses that no version has.
fn require_flows(flows: &[String], versions: &[&Version]) -> anyhow::Result<()> {
    let addresses = versions.iter().flat_map(|it| it.flows.keys()).cloned();
    let addresses: BTreeSet<String> = addresses.collect();
    let is_there = |asked: &&String| addresses.iter().any(|it| is_called(it, asked));
    match flows.iter().find(|asked| !is_there(asked)) {
        Some(asked) => Err(unknown(asked, &addresses).into()),
        None => Ok(()),
    }
}

/// Keeps the flows that were asked for, by name or address. Everything has been compared, since
/// what follows for one flow may be known from others.
fn keep(flows: &[String], comparison: &mut Comparison) {
    if flows.is_empty() {
        return;
    }
    let is_asked = |address: &String| flows.iter().any(|asked| is_called(address, asked));
    comparison
        .flows
        .retain(|it| is_asked(&it.address) || it.renamed_from.as_ref().is_some_and(is_asked));
    comparison.unchanged.retain(is_asked);
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
        None if addresses.is_empty() => "there are none to compare".to_owned(),
        None => {
            let names: Vec<&str> = addresses.iter().map(|it| name_in(it)).collect();
            format!("these exist: {}", names.join(", "))
        }
    };
    Helped::new(format!("there is no flow or module `{asked}`"), help)
}
