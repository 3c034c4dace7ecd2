//! `drift`: what of the live instance is not as we deployed it, and the three ways to deal with it:
//! accept it into the sources, ignore it with a reason, or let the next deployment revert it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use flow::bind::Bindings;
use flow::model::FlowDefinition;
use flow_source::patch::{Patched, PatchedFile, Wanted, patch};
use provision::drift::{Drift, Finding, Ignored, Ignoring, Kind};
use review::Version;
use review::view::TextOptions;
use similar::TextDiff;

use crate::args::{DriftArgs, DriftFormat};
use crate::deployment::{self, Deployment};
use crate::exit::{Helped, Outcome};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{self, Prepared, Sources};
use crate::views::drift::{self as view, Report, Reported};

pub(super) async fn run(
    args: &DriftArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(prepared) = sources::prepare(project, &args.env, printer)? else {
        return Err(Helped::new(
            "cannot tell what drifted: the sources have errors",
            "run `cargo xtask check`",
        )
        .into());
    };
    let ignored = read_ignored(project, &args.env)?;
    let clients = deployment::connect(
        &prepared.environment.for_reading(),
        args.endpoint().as_deref(),
    )
    .await?;
    let deployment = Deployment::new(&prepared, Vec::new(), clients);
    let step = printer.step("read what was deployed and what is there");
    let deployed = deployment.deployed().await?;
    let has_ledger = deployed.is_some();
    let drift = deployment.drift(&deployed.unwrap_or_default()).await?;
    step.done("");
    if !args.ignore.is_empty() {
        return ignore(args, &drift, ignored, project, printer);
    }
    if !args.accept.is_empty() {
        return accept(args, &drift, &deployment, project, printer);
    }
    let report = report(&prepared, &deployment, drift, &ignored, has_ledger);
    show(&report, args.format, printer);
    conclude(&report)
}

/// The exit code: a difference is an answer, and so is none, but only if there was something to
/// compare with.
fn conclude(report: &Report) -> anyhow::Result<Outcome> {
    if report.open().next().is_some() {
        return Ok(Outcome::No);
    }
    let environment = &report.environment;
    if !report.has_ledger {
        return Err(Helped::new(
            format!("cannot tell whether {environment} drifted: there is no deployment table"),
            "run `cargo xtask bootstrap`, which makes it, and `deploy`, which records what is there",
        )
        .into());
    }
    match report.unrecorded.len() {
        0 => Ok(Outcome::Done),
        n => Err(Helped::new(
            format!("cannot tell whether {n} of {environment} drifted: there is no record of them"),
            "run `cargo xtask deploy`, which records what is as it should be",
        )
        .into()),
    }
}

fn report(
    prepared: &Prepared,
    deployment: &Deployment<'_>,
    drift: Drift,
    ignored: &Ignored,
    has_ledger: bool,
) -> Report {
    let environment = &prepared.environment.name;
    let stale = ignored.stale(&drift).into_iter().map(str::to_owned);
    let stale = stale.collect();
    let findings = drift.findings.into_iter().map(|finding| Reported {
        comparison: comparison(&finding, deployment, environment),
        ignored: ignored.reason(&finding).map(str::to_owned),
        finding,
    });
    Report {
        environment: environment.clone(),
        has_ledger,
        findings: findings.collect(),
        unrecorded: drift.unrecorded,
        unchanged: drift.unchanged,
        stale,
    }
}

/// Both versions of what was edited or saved, in the words of the sources.
fn comparison(
    finding: &Finding,
    deployment: &Deployment<'_>,
    environment: &str,
) -> Option<review::Comparison> {
    // Without a record, what is published is all there is to see.
    finding.old.as_ref()?;
    let (old, new) = match &finding.kind {
        Kind::Edited | Kind::DeployedElsewhere => ("deployed", "live in"),
        Kind::Draft => ("live", "draft in"),
        _ => return None,
    };
    let version = |label: String, definition: &Option<FlowDefinition>| {
        let named = definition.clone().map(|it| deployment.named(it));
        Version::new(label, named)
    };
    let old = version(old.to_owned(), &finding.old);
    let new = version(format!("{new} {environment}"), &finding.new);
    Some(review::compare(&old, &new))
}

fn show(report: &Report, format: DriftFormat, printer: &Printer) {
    match format {
        DriftFormat::Human => {
            let options = TextOptions {
                colour: printer.paints_data(),
                width: 96,
            };
            printer.data(&view::human(report, &options));
        }
        DriftFormat::Markdown => printer.data(&view::markdown(report)),
        DriftFormat::Json => printer.document(&view::json(report)),
    }
    for address in &report.stale {
        printer.warning(&format!(
            "`{address}` is ignored in {} for nothing: it is as it was deployed, or gone",
            ignored_path(&report.environment)
        ));
    }
    let environment = &report.environment;
    if report.open().any(|it| can_be_accepted(&it.finding.kind)) {
        printer.note(&format!(
            "to keep what is there: cargo xtask drift --env {environment} --accept ADDRESS > accept.patch"
        ));
    }
    if report.open().next().is_some() {
        printer.note(&format!(
            "to live with it:       cargo xtask drift --env {environment} --ignore ADDRESS --reason TEXT"
        ));
    }
}

fn can_be_accepted(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Edited | Kind::DeployedElsewhere | Kind::Renamed { .. } | Kind::Described { .. }
    )
}

fn ignored_path(environment: &str) -> String {
    format!("infra/drift/{environment}.yaml")
}

fn read_ignored(project: &Project, environment: &str) -> anyhow::Result<Ignored> {
    let shown = ignored_path(environment);
    match fs::read_to_string(project.root().join(&shown)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Ignored::default()),
        Err(error) => Err(anyhow::Error::new(error).context(format!("cannot read {shown}"))),
        Ok(text) => Ignored::parse(&text).map_err(|fault| {
            let help = "correct it, or delete it and ignore again what is to be ignored";
            Helped::new(format!("cannot understand {shown}: {fault}"), help).into()
        }),
    }
}

/// Notes that differences are to be lived with.
fn ignore(
    args: &DriftArgs,
    drift: &Drift,
    mut ignored: Ignored,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let reason = args.reason.as_deref().unwrap_or_default().trim();
    if reason.is_empty() {
        let help = "say with --reason why it may stay as it is";
        return Err(Helped::new("no reason is given", help).into());
    }
    for address in &args.ignore {
        let mut findings = drift.findings.iter();
        let finding = findings
            .find(|it| it.address == *address)
            .ok_or_else(|| not_found(address, drift))?;
        let entry = Ignoring {
            state: finding.state.clone(),
            reason: reason.to_owned(),
        };
        ignored.entries.insert(address.clone(), entry);
    }
    let shown = ignored_path(&args.env);
    let path = project.root().join(&shown);
    let folder = path.parent().context("the path has a folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, ignored.text(&args.env)))
        .with_context(|| format!("cannot write {shown}"))?;
    printer.note(&format!("written to {shown}; commit it"));
    Ok(Outcome::Done)
}

fn not_found(address: &str, drift: &Drift) -> Helped {
    let mut drifted: Vec<&str> = drift
        .findings
        .iter()
        .map(|it| it.address.as_str())
        .collect();
    drifted.dedup();
    let help = match drifted.is_empty() {
        true => "nothing has drifted".to_owned(),
        false => format!("these have drifted: {}", drifted.join(", ")),
    };
    Helped::new(format!("`{address}` is nothing that has drifted"), help)
}

/// Writes live versions back into the sources, as a patch.
fn accept(
    args: &DriftArgs,
    drift: &Drift,
    deployment: &Deployment<'_>,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let mut files = project.flow_files()?.sources;
    let mut first: BTreeMap<String, Option<String>> = BTreeMap::new();
    let names = sources::names(&Sources::load(project)?.infra);
    let mut head = String::new();
    for address in &args.accept {
        let live = accepted(address, drift)?;
        let wanted = Wanted {
            definition: &live.definition,
            content: &live.content,
            bindings: &live.bindings,
        };
        let vars = &deployment.prepared.environment.vars;
        let patched = patch(&files, &names, vars, wanted).map_err(|error| {
            let help = "change the sources by hand, or deploy ours";
            Helped::of(error, help)
        })?;
        head.push_str(&format!("Accepts {address} as it is in {}.\n", args.env));
        for note in &patched.notes {
            head.push_str(&format!("Note: {note}\n"));
            printer.warning(&format!("{address}: {note}"));
        }
        take(patched, &mut files, &mut first);
    }
    let mut text = String::new();
    for (path, old) in &first {
        let new = files.iter().find(|it| it.path == *path);
        let new = new.map_or("", |it| it.text.as_str());
        text.push_str(&unified(path, old.as_deref(), new));
    }
    if text.is_empty() {
        printer.note("the sources give these versions already; deploying records them");
        return Ok(Outcome::Done);
    }
    write_patch(&format!("{head}\n{text}"), args.out.as_ref(), printer)?;
    Ok(Outcome::Done)
}

/// What is live of something, to be accepted.
struct Live {
    definition: FlowDefinition,
    content: String,
    bindings: Bindings,
}

fn accepted(address: &str, drift: &Drift) -> anyhow::Result<Live> {
    let findings = drift.findings.iter().filter(|it| it.address == address);
    let findings: Vec<&Finding> = findings.collect();
    let live = findings.iter().find_map(|it| it.live.as_ref());
    if let Some(live) = live
        && findings.iter().any(|it| can_be_accepted(&it.kind))
    {
        return Ok(Live {
            definition: live.definition.clone(),
            content: live.content.clone(),
            bindings: live.bindings.clone(),
        });
    }
    let Some(finding) = findings.first() else {
        return Err(not_found(address, drift).into());
    };
    let help = match finding.kind {
        Kind::Deleted => "delete its source, or deploy it again",
        Kind::LeftBehind => "delete it in the console once nothing refers to it",
        Kind::Unmanaged => "export it, and run `cargo xtask import` on the JSON",
        Kind::Draft => "publish it in the console first",
        _ => "activate it in the console, or deploy ours",
    };
    let what = finding.kind.title();
    Err(Helped::new(
        format!("`{address}` is {what}, which cannot be accepted"),
        help,
    )
    .into())
}

/// Puts patched files in the place of the earlier ones, and remembers what stood there at first.
fn take(
    patched: Patched,
    files: &mut Vec<std::sync::Arc<flow::diagnostic::SourceFile>>,
    first: &mut BTreeMap<String, Option<String>>,
) {
    for PatchedFile { path, old, new } in patched.files {
        first.entry(path.clone()).or_insert(old);
        files.retain(|it| it.path != path);
        files.push(flow::diagnostic::SourceFile::new(path, new));
    }
}

/// A difference that `git apply` takes.
fn unified(path: &str, old: Option<&str>, new: &str) -> String {
    let before = old.map_or_else(|| "/dev/null".to_owned(), |_| format!("a/{path}"));
    let diff = TextDiff::from_lines(old.unwrap_or_default(), new);
    let mut unified = diff.unified_diff();
    let body = unified
        .context_radius(3)
        .header(&before, &format!("b/{path}"))
        .to_string();
    if body.is_empty() {
        return body;
    }
    let mode = match old {
        Some(_) => "",
        None => "new file mode 100644\n",
    };
    format!("diff --git a/{path} b/{path}\n{mode}{body}")
}

fn write_patch(text: &str, out: Option<&PathBuf>, printer: &Printer) -> anyhow::Result<()> {
    match out {
        None => {
            printer.data(text);
            printer.note("review it, and apply it with `git apply`");
        }
        Some(path) => {
            fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
            let shown = path.display();
            printer.note(&format!(
                "written to {shown}; apply it with `git apply {shown}`"
            ));
        }
    }
    Ok(())
}
