//! `check`: everything that is wrong in the sources.

use flow::diagnostic::{Diagnostic, Severity};
use flow::model::DocumentKind;

use crate::args::CheckArgs;
use crate::exit::Outcome;
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{self, Sources};

pub(super) fn run(
    args: &CheckArgs,
    project: anyhow::Result<Project>,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let project = &project?;
    let sources = Sources::load(project)?;
    let environments = match &args.env {
        Some(name) => vec![name.clone()],
        None => project.environments()?,
    };
    let mut diagnostics = sources.diagnostics.clone();
    for environment in &environments {
        diagnostics.extend(sources.render(project, environment)?.diagnostics);
    }
    flow::diagnostic::sort(&mut diagnostics);
    if printer.is_json() || !diagnostics.is_empty() {
        printer.diagnostics(&diagnostics, true);
    }
    if !printer.is_json() {
        let apart = if diagnostics.is_empty() { "" } else { "\n" };
        let summary = summary(&sources, &environments, &diagnostics);
        printer.data(&format!("{apart}{summary}"));
    }
    if sources::has_errors(&diagnostics) {
        Ok(Outcome::No)
    } else {
        Ok(Outcome::Done)
    }
}

fn summary(sources: &Sources, environments: &[String], diagnostics: &[Diagnostic]) -> String {
    let count = |severity| {
        let of_it = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity);
        of_it.count()
    };
    let modules = sources
        .flows
        .iter()
        .filter(|flow| flow.definition.kind == DocumentKind::Module)
        .count();
    let environments = match environments {
        [] => "no environment".to_owned(),
        names => names.join(", "),
    };
    format!(
        "{} and {} checked for {environments}: {}, {}",
        plural(sources.flows.len() - modules, "flow"),
        plural(modules, "module"),
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
