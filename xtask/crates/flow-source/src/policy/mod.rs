//! What a team has decided about findings: severities and allowances, in `.flowyard.yaml` and in
//! comments of the sources.

mod config;
mod glob;
mod inline;

use std::sync::Arc;

use flow::diagnostic::{Diagnostic, Severity, SourceFile};

pub use config::Config;
pub(crate) use config::LEVELS;

use crate::rules::Rule;

/// A source that was checked, and the flow or module it has.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    pub file: Arc<SourceFile>,
    pub flow: Option<&'a str>,
}

/// Gives findings the severities that a team wants and takes away what it allows; adds what is to
/// be said of allowances. Unsorted.
pub fn apply(
    config: &Config,
    mut diags: Vec<Diagnostic>,
    checked: &[Checked<'_>],
) -> Vec<Diagnostic> {
    let sources: Vec<&Arc<SourceFile>> = checked.iter().map(|it| &it.file).collect();
    let mut allowances = inline::read(&sources, &mut diags);
    diags.retain(|diag| !inline::allow(&mut allowances, diag) && !config.allows(diag, checked));
    let unread = files_with_errors_of_reading(&diags);
    diags.extend(inline::unused(&allowances, &unread));
    diags.retain_mut(|diag| config.set_severity(diag));
    diags
}

/// Whether nothing can lower or allow a finding: behind it there is no flow to speak of.
fn is_fixed(diag: &Diagnostic) -> bool {
    diag.severity == Severity::Error && Rule::of(diag.code).is_some_and(Rule::is_of_reading)
}

fn files_with_errors_of_reading(diags: &[Diagnostic]) -> Vec<Arc<SourceFile>> {
    let fixed = diags.iter().filter(|it| is_fixed(it));
    let labels = fixed.flat_map(|it| &it.labels);
    labels.map(|it| Arc::clone(&it.span.file)).collect()
}
