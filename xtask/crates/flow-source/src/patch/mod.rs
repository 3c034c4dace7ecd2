//! Another version of a flow written back into its sources, with as little of the person's text
//! changed as can be: what is live is accepted.
//!
//! Only actions that differ are written anew, of these only the keys that differ where that does; a
//! `custom_bot` stays one if it can give what its actions are now. What could not be proved is not
//! handed out: the patched sources are compiled and filled in for the environment, and have to give
//! the wanted version. If changing actions in place does not lead there, the whole flow is written
//! as an import would.

mod bots;
mod edits;
mod fields;
mod place;
mod whole;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use flow::bind::Bindings;
use flow::canonical;
use flow::diagnostic::{Diagnostic, Severity, SourceFile};
use flow::model::{DocumentKind, FlowDefinition};
use serde_json::Value as Json;

use crate::compile::{Names, compile};
use crate::compiled::CompiledFlow;

/// What a flow is to be, and what is known about where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// By its name and kind found among the sources. References are symbolic; actions have the
    /// identifiers that they have on the instance. A description of none says nothing.
    pub definition: &'a FlowDefinition,
    /// The same as flow JSON with everything in place, and what stands for what in it: for the
    /// import that is the last resort.
    pub content: &'a str,
    pub bindings: &'a Bindings,
}

/// The environment for which a version is accepted.
pub type Variables = BTreeMap<String, Json>;

/// Changed sources that give the wanted version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patched {
    pub files: Vec<PatchedFile>,
    /// What a reviewer has to know: templates that were replaced, comments that went.
    pub notes: Vec<String>,
    /// Whether the flow was written as a whole.
    pub is_whole: bool,
}

/// One file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchedFile {
    pub path: String,
    /// Nothing if the file is new.
    pub old: Option<String>,
    pub new: String,
}

/// Why a version could not be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchError {
    Unknown { name: String },
    NotProved { name: String, why: String },
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatchError::Unknown { name } => {
                write!(f, "the sources have no flow or module `{name}`")
            }
            PatchError::NotProved { name, why } => write!(
                f,
                "the sources cannot be made to give the live version of `{name}`: {why}"
            ),
        }
    }
}

impl Error for PatchError {}

/// Changes the sources so that a flow becomes the wanted version in an environment. Sources that
/// give it already come back without a file.
///
/// # Errors
///
/// If there is no such flow, or no sources were found that give this version.
pub fn patch(
    sources: &[Arc<SourceFile>],
    names: &Names,
    vars: &Variables,
    wanted: Wanted<'_>,
) -> Result<Patched, PatchError> {
    let attempt = Attempt {
        sources,
        names,
        vars,
        wanted,
    };
    let name = wanted.definition.name.clone();
    let (flows, _) = compile(sources, names);
    let Some(ours) = flows.iter().find(|it| attempt.is_wanted(it)) else {
        return Err(PatchError::Unknown { name });
    };
    if attempt.prove(&[]).is_ok() {
        return Ok(Patched {
            files: Vec::new(),
            notes: Vec::new(),
            is_whole: false,
        });
    }
    let in_place = edits::in_place(&attempt, ours);
    if let Some(patched) = in_place.filter(|it| attempt.prove(&it.files).is_ok()) {
        return Ok(patched);
    }
    let whole = whole::whole(&attempt, ours).and_then(|patched| {
        attempt.prove(&patched.files)?;
        Ok(patched)
    });
    whole.map_err(|why| PatchError::NotProved { name, why })
}

/// What all ways of changing the sources have in common.
struct Attempt<'a> {
    sources: &'a [Arc<SourceFile>],
    names: &'a Names,
    vars: &'a Variables,
    wanted: Wanted<'a>,
}

impl Attempt<'_> {
    fn is_wanted(&self, flow: &CompiledFlow) -> bool {
        let wanted = self.wanted.definition;
        let is_module = |kind| kind == DocumentKind::Module;
        flow.definition.name == wanted.name
            && is_module(flow.definition.kind) == is_module(wanted.kind)
    }

    /// The sources with some files in the place of others.
    fn patched(&self, files: &[PatchedFile]) -> Vec<Arc<SourceFile>> {
        let is_old = |it: &&Arc<SourceFile>| files.iter().all(|file| file.path != it.path);
        let kept = self.sources.iter().filter(is_old).cloned();
        let new = files.iter();
        let new = new.map(|file| SourceFile::new(file.path.as_str(), file.new.as_str()));
        kept.chain(new).collect()
    }

    /// The flow as patched sources have it.
    fn compiled(&self, files: &[PatchedFile]) -> (Vec<CompiledFlow>, Vec<Diagnostic>) {
        compile(&self.patched(files), self.names)
    }

    /// Whether patched sources give the wanted version and leave all else as it was; the text is
    /// what is not so.
    fn prove(&self, files: &[PatchedFile]) -> Result<(), String> {
        let (flows, found) = self.compiled(files);
        let (before, known) = self.compiled(&[]);
        let is_known = |it: &Diagnostic| {
            let mut known = known.iter();
            known.any(|known| known.code == it.code && known.headline == it.headline)
        };
        let mut errors = found.iter().filter(|it| it.severity == Severity::Error);
        if let Some(error) = errors.find(|it| !is_known(it)) {
            return Err(error.headline.clone());
        }
        for flow in &flows {
            let (definition, found) = flow.fill_in(self.vars);
            if let Some(error) = found.iter().find(|it| it.severity == Severity::Error) {
                return Err(error.headline.clone());
            }
            if self.is_wanted(flow) {
                self.is_as_wanted(flow, &definition)?;
                continue;
            }
            let address = |it: &CompiledFlow| (it.definition.name.clone(), it.definition.kind);
            let earlier = before.iter().find(|it| address(it) == address(flow));
            if earlier.map(|it| &it.definition) != Some(&flow.definition) {
                return Err(format!("`{}` would change as well", definition.name));
            }
        }
        match flows.iter().any(|it| self.is_wanted(it)) {
            true => Ok(()),
            false => Err("its sources would not be read".to_owned()),
        }
    }

    fn is_as_wanted(&self, flow: &CompiledFlow, ours: &FlowDefinition) -> Result<(), String> {
        let wanted = self.wanted.definition;
        let theirs = flow.named(wanted.flow.clone());
        if canonical::digest(&ours.flow) != canonical::digest(&theirs) {
            return Err(difference(&ours.flow, &theirs));
        }
        let wants_description = wanted.description.is_some();
        if ours.title != wanted.title
            || (wants_description && ours.description != wanted.description)
        {
            return Err("title or description would be another".to_owned());
        }
        Ok(())
    }
}

/// The first action that is not as it should be.
fn difference(ours: &flow::model::Flow, theirs: &flow::model::Flow) -> String {
    let diff = flow::diff::diff(ours, theirs);
    let changed = diff.changed.iter().map(|it| it.id.to_string());
    let others = diff.added.iter().chain(&diff.removed);
    let mut ids = changed.chain(others.map(|it| it.id.to_string()));
    match ids.next() {
        Some(id) => format!("action `{id}` would be another"),
        None => "its document would be another".to_owned(),
    }
}
