//! `check`: everything that is wrong in the sources of a project, or in files.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flow::diagnostic::{Diagnostic, Severity, SourceFile};
use flow::model::{DocumentKind, FlowType};
use flow_source::policy::{self, Config};
use flow_source::{Fixed, RULES, Rule, fix, render, source_from_bytes};
use serde_json::json;

use crate::args::{CheckArgs, CheckFormat};
use crate::exit::{Helped, Outcome};
use crate::files::{self, Found, Named, Settings};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{self, Sources};

/// One fix may uncover the next; more rounds than this would be two fixes undoing each other.
const MAX_ROUNDS: usize = 10;

pub(super) fn run(
    args: &CheckArgs,
    project: anyhow::Result<Project>,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    if let Some(rule) = &args.explain {
        return explain(rule, args.format, printer);
    }
    // With files on the command line no project is needed.
    let project = match project {
        Err(error) if args.paths.is_empty() => return Err(error),
        project => project.ok(),
    };
    let project = project.as_ref();
    let mut found = check(args, project)?;
    if args.fix {
        for _ in 0..MAX_ROUNDS {
            let fixed = fix(&found.diagnostics);
            if fixed.is_empty() {
                break;
            }
            for fixed in &fixed {
                write_fixed(fixed, &found.places)?;
                for (line, title) in &fixed.done {
                    printer.note(&format!("fixed {}:{line}: {title}", fixed.file.path));
                }
            }
            found = check(args, project)?;
        }
    }
    show(&found, args.format, printer);
    if sources::has_errors(&found.diagnostics) {
        Ok(Outcome::No)
    } else {
        Ok(Outcome::Done)
    }
}

fn check(args: &CheckArgs, project: Option<&Project>) -> anyhow::Result<Found> {
    let kind = args.kind.as_deref().map(kind).transpose()?;
    if let Some(project) = project.filter(|_| args.paths.is_empty()) {
        let (config, findings) = config(args, Some(project))?;
        return check_project(project, args.env.as_deref(), &config, findings);
    }
    let named = Named::list(&args.paths)?;
    let project = project.filter(|project| args.paths.iter().all(|path| project.holds(path)));
    let (config, findings) = config(args, project)?;
    let settings = Settings {
        project,
        environment: args.env.as_deref(),
        kind,
        config: &config,
    };
    let mut found = files::check(&named, &settings)?;
    found.diagnostics.extend(findings);
    flow::diagnostic::sort(&mut found.diagnostics);
    Ok(found)
}

pub(super) fn check_project(
    project: &Project,
    environment: Option<&str>,
    config: &Config,
    findings: Vec<Diagnostic>,
) -> anyhow::Result<Found> {
    let sources = Sources::load(project)?;
    let mut found = Found::default();
    for flow in &sources.flows {
        found.count(Some(flow.definition.kind));
    }
    let (diagnostics, environments) = files::check_sources(&sources, project, environment)?;
    found.diagnostics = policy::apply(config, diagnostics, &sources.checked());
    found.diagnostics.extend(findings);
    found.environments = environments;
    if sources.files.is_empty() && found.diagnostics.is_empty() {
        found
            .notes
            .push("there is no source in flows/ yet".to_owned());
    }
    let places = sources.files.iter().map(|file| {
        let path = project.root().join(&file.path);
        (file.path.clone(), path)
    });
    found.places = places.collect();
    flow::diagnostic::sort(&mut found.diagnostics);
    Ok(found)
}

fn config(
    args: &CheckArgs,
    project: Option<&Project>,
) -> anyhow::Result<(Config, Vec<Diagnostic>)> {
    let Some(path) = &args.config else {
        return project.map_or_else(|| Ok(Default::default()), sources::config);
    };
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    match source_from_bytes(path.to_string_lossy(), &bytes) {
        Ok(file) => Ok(Config::parse(&file)),
        Err(diagnostic) => Ok((Config::default(), vec![*diagnostic])),
    }
}

/// The kind that `--type` names.
fn kind(name: &str) -> anyhow::Result<DocumentKind> {
    if name.eq_ignore_ascii_case("module") {
        return Ok(DocumentKind::Module);
    }
    FlowType::parse(name)
        .map(DocumentKind::Flow)
        .ok_or_else(|| {
            let types = FlowType::ALL.map(|it| it.as_str().to_lowercase());
            let help = format!("the types are {} and module", types.join(", "));
            Helped::new(format!("there is no flow type `{name}`"), help).into()
        })
}

fn explain(name: &str, format: CheckFormat, printer: &Printer) -> anyhow::Result<Outcome> {
    let Some(rule) = Rule::of(name) else {
        let help = Rule::near(name).map_or_else(
            || {
                let rules = RULES.iter().map(|it| format!("{} {}", it.code, it.name));
                format!(
                    "the rules are\n  {}",
                    rules.collect::<Vec<_>>().join("\n  ")
                )
            },
            |near| {
                format!(
                    "a rule with a similar name exists: {} ({})",
                    near.name, near.code
                )
            },
        );
        return Err(Helped::new(format!("there is no rule `{name}`"), help).into());
    };
    if format == CheckFormat::Json {
        printer.document(&json!({
            "code": rule.code,
            "name": rule.name,
            "severity": rule.severity.as_str(),
            "finds": rule.finds,
            "why": rule.why,
            "bad": rule.bad,
            "good": rule.good,
        }));
    } else {
        printer.data(&rule.explanation());
    }
    Ok(Outcome::Done)
}

fn show(found: &Found, format: CheckFormat, printer: &Printer) {
    let diagnostics = &found.diagnostics;
    match format {
        CheckFormat::Human => {
            if !diagnostics.is_empty() {
                printer.diagnostics(diagnostics, true);
            }
            let apart = if diagnostics.is_empty() { "" } else { "\n" };
            printer.data(&format!("{apart}{}", summary(found)));
        }
        CheckFormat::Json => printer.document(&render::json(diagnostics)),
        CheckFormat::Sarif => {
            printer.document(&render::sarif(diagnostics, env!("CARGO_PKG_VERSION")));
        }
        CheckFormat::Concise if diagnostics.is_empty() => {}
        CheckFormat::Concise => printer.data(&render::concise(diagnostics)),
        CheckFormat::Github if diagnostics.is_empty() => {}
        CheckFormat::Github => printer.data(&render::github(diagnostics)),
    }
    for note in &found.notes {
        printer.note(&format!("note: {note}"));
    }
}

fn summary(found: &Found) -> String {
    let count = |severity| {
        let diagnostics = found.diagnostics.iter();
        diagnostics.filter(|it| it.severity == severity).count()
    };
    let environments = match found.environments.as_slice() {
        [] => "no environment".to_owned(),
        names => names.join(", "),
    };
    let infos = match count(Severity::Info) {
        0 => String::new(),
        n => format!(", {n} for information"),
    };
    format!(
        "{} and {} checked for {environments}: {}, {}{infos}",
        plural(found.n_flows, "flow"),
        plural(found.n_modules, "module"),
        plural(count(Severity::Error), "error"),
        plural(count(Severity::Warning), "warning"),
    )
}

fn plural(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// Writes a source anew: the whole file at once, and only if it is still what was checked.
fn write_fixed(fixed: &Fixed, places: &BTreeMap<String, PathBuf>) -> anyhow::Result<()> {
    let shown = &fixed.file.path;
    let path = places
        .get(shown)
        .with_context(|| format!("cannot tell where {shown} lies"))?;
    replace(path, &fixed.file, &fixed.text).with_context(|| format!("cannot write {shown}"))
}

fn replace(path: &Path, checked: &SourceFile, text: &str) -> anyhow::Result<()> {
    let path = files::absolute(path);
    let bytes = fs::read(&path)?;
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") {
        &bytes[..3]
    } else {
        &[]
    };
    anyhow::ensure!(
        bytes[mark.len()..] == *checked.text.as_bytes(),
        "it was changed after it had been checked"
    );
    let folder = path.parent().context("it lies in no folder")?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(mark)?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(fs::metadata(&path)?.permissions())?;
    file.persist(&path)?;
    Ok(())
}
