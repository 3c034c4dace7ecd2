//! The sides of a comparison: where the flows of a version come from, read and compiled.

pub(crate) mod document;
pub(crate) mod environments;
pub(crate) mod live;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use flow::diagnostic::{Diagnostic, Severity};
use flow_source::policy;
use review::{Version, address};

use crate::exit::Helped;
use crate::git::{Commit, Repository};
use crate::printer::Printer;
use crate::project::{Project, Snapshot};
use crate::sources::{self, Sources};

/// The sources of a project at one time, and the flows in them as they are in every environment.
pub(crate) struct Side {
    pub(crate) project: Project,
    pub(crate) sources: Sources,
    pub(crate) version: Version,
}

impl Side {
    /// The sources as they lie on disk.
    pub(crate) fn tree(project: &Project) -> anyhow::Result<Self> {
        let mut side = Self::load(project.clone(), "working tree")?;
        side.version.allowed = allowed(project, &side.sources)?;
        Ok(side)
    }

    /// The sources as they were at a revision.
    pub(crate) fn revision(
        project: &Project,
        repository: &Repository,
        commit: &Commit,
    ) -> anyhow::Result<Self> {
        let files = repository.read(commit, &Snapshot::PATHS, Snapshot::wants)?;
        let name = commit.name.clone();
        let project = project.with_files(Snapshot { name, files });
        Self::load(project, &commit.label)
            .with_context(|| format!("cannot read the sources at `{}`", commit.name))
    }

    fn load(project: Project, label: &str) -> anyhow::Result<Self> {
        let sources = Sources::load(&project)?;
        let definitions = sources.flows.iter().map(|flow| flow.definition.clone());
        let version = Version::new(label, definitions);
        Ok(Self {
            project,
            sources,
            version,
        })
    }

    /// Errors for which something of the sources is not in the flows.
    fn losses(&self) -> Vec<Diagnostic> {
        let is_kept = |diagnostic: &Diagnostic| {
            let mut complete = self.sources.flows.iter().filter(|flow| flow.is_complete());
            diagnostic.span().is_some_and(|span| {
                let is_of_infra = !self.sources.files.contains(&span.file);
                is_of_infra || complete.any(|flow| flow.name_span().file == span.file)
            })
        };
        let errors = self.sources.diagnostics.iter();
        errors
            .filter(|it| it.severity == Severity::Error && !is_kept(it))
            .cloned()
            .collect()
    }

    /// Shows what keeps the sources from being compared, and refuses if there is something.
    pub(crate) fn require_readable(&self, printer: &Printer) -> anyhow::Result<()> {
        let losses = self.losses();
        if losses.is_empty() {
            return Ok(());
        }
        printer.diagnostics(&losses, false);
        let (what, help) = match self.project.is_earlier() {
            true => (
                format!("the sources at {}", self.version.label),
                "name another revision with --base, one whose sources have no errors",
            ),
            false => (
                "the sources in the working tree".to_owned(),
                "mend them; `cargo xtask check` shows all that is wrong",
            ),
        };
        let message = format!("cannot tell what differs: {what} cannot be read");
        Err(Helped::new(message, help).into())
    }
}

/// The rules whose findings a project allows, by the address of the flow: those of which nothing is
/// left of what the checks find.
fn allowed(
    project: &Project,
    sources: &Sources,
) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let (config, _) = sources::config(project)?;
    let found = sources.lint_portable();
    let mut allowed = codes(sources, &found);
    let kept = policy::apply(&config, found, &sources.checked());
    for (address, codes) in codes(sources, &kept) {
        if let Some(allowed) = allowed.get_mut(&address) {
            allowed.retain(|code| !codes.contains(code));
        }
    }
    Ok(allowed)
}

/// The codes of findings by the address of the flow that they are about.
fn codes(sources: &Sources, findings: &[Diagnostic]) -> BTreeMap<String, BTreeSet<String>> {
    let mut codes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in findings {
        let file = finding.span().map(|span| &span.file);
        let mut flows = sources.flows.iter();
        let flow = flows.find(|flow| Some(&flow.name_span().file) == file);
        if let Some(flow) = flow {
            let codes = codes.entry(address(&flow.definition)).or_default();
            codes.insert(finding.code.to_owned());
        }
    }
    codes
}
