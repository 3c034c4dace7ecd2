//! From flow JSON, as the console exports it and the API describes it, to YAML sources.
//!
//! Nothing is lost: what is written compiles to the same JSON again, and that is tried for every
//! flow before it is handed out. Each action gets the shortest form that compiles to exactly what
//! it was; which one that is, the compiler itself decides.

pub(crate) mod actions;
pub(crate) mod bot;
mod input;
mod order;
mod rebuild;
mod references;
mod rewrite;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use flow::bind::Bindings;
use flow::diagnostic::{Diagnostic, SourceFile, Span};
use flow::model::{DocumentKind, FlowDefinition};

use self::input::Input;
use self::references::References;
use crate::rule;

/// A file with flow JSON.
#[derive(Clone, Debug)]
pub struct Document {
    pub file: Arc<SourceFile>,
    /// The name of the file without folder and extension.
    pub stem: String,
}

/// What an import gives.
#[derive(Debug, Default)]
pub struct Imported {
    pub flows: Vec<ImportedFlow>,
    /// What the names in all flows stand for, those included that were known before.
    pub bindings: Bindings,
    /// What could not be imported, and why.
    pub diagnostics: Vec<Diagnostic>,
}

/// One flow as sources.
#[derive(Debug)]
pub struct ImportedFlow {
    /// Where it was read from.
    pub origin: Arc<SourceFile>,
    /// The name of the JSON file that `generate` writes, without its extension.
    pub stem: String,
    /// As it is compiled again; its name is that of the files to write.
    pub definition: FlowDefinition,
    pub yaml: String,
    pub layout: String,
    pub forms: FormCount,
}

/// In which forms the actions of a flow are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FormCount {
    pub actions: usize,
    /// In a short form, those of patterns included.
    pub short: usize,
    /// In their own terms, though their type has a short form.
    pub raw_with_form: usize,
}

/// Imports documents. `known` are names that are in use already and keep their meaning;
/// `kind` is that of documents that do not say theirs.
pub fn import(documents: &[Document], known: &Bindings, kind: Option<DocumentKind>) -> Imported {
    let mut imported = Imported::default();
    let mut documents: Vec<&Document> = documents.iter().collect();
    documents.sort_by(|a, b| (&a.stem, &a.file.path).cmp(&(&b.stem, &b.file.path)));
    let mut inputs = Vec::new();
    for document in documents {
        let (read, diags) = input::read(document, kind);
        inputs.extend(read);
        imported.diagnostics.extend(diags);
    }
    let names = flow_names(&inputs);
    let stems = stems(&inputs);
    let mut references = References::new(known, inputs.iter().zip(&names));
    let portable: Vec<_> = inputs
        .iter()
        .map(|input| references.replace(&input.flow))
        .collect();
    for (((input, name), stem), flow) in inputs.iter().zip(names).zip(stems).zip(portable) {
        let source = rebuild::Original {
            input,
            name,
            stem,
            flow,
        };
        match rebuild::rebuild(source, &references) {
            Ok(flow) => imported.flows.push(flow),
            Err(diag) => imported.diagnostics.push(*diag),
        }
    }
    imported.bindings = references.into_bindings();
    imported
}

/// Imports one document under a name, title and description that are known: as another version of a
/// flow that there is already. `known` are the names that it may use.
pub(crate) fn import_as(
    document: &Document,
    known: &Bindings,
    definition: &FlowDefinition,
) -> Result<ImportedFlow, Box<Diagnostic>> {
    let (mut inputs, diags) = input::read(document, Some(definition.kind));
    let Some(mut input) = inputs.pop().filter(|_| inputs.is_empty()) else {
        let label = "one flow document is expected here".to_owned();
        let none = || {
            refused(
                &document.file,
                &rule::NOT_IMPORTABLE,
                "no flow document",
                label,
            )
        };
        return Err(Box::new(diags.into_iter().next().unwrap_or_else(none)));
    };
    input.title = Some(definition.title.clone());
    input.description.clone_from(&definition.description);
    input.kind = definition.kind;
    let mut references = References::new(known, std::iter::empty());
    let flow = references.replace(&input.flow);
    let source = rebuild::Original {
        input: &input,
        name: definition.name.clone(),
        stem: document.stem.clone(),
        flow,
    };
    rebuild::rebuild(source, &references)
}

/// The names of the flows in our sources: from what Connect shows, else from the file. Flows and
/// modules share a folder, so they share the names as well.
fn flow_names(inputs: &[Input]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut name = |input: &Input| {
        let shown = [input.title.as_deref().unwrap_or_default(), &input.stem];
        let wanted = shown.into_iter().map(words::ascii_slug);
        let wanted = wanted.into_iter().find(|it| !it.is_empty());
        unique(&wanted.unwrap_or_else(|| "flow".to_owned()), &mut taken)
    };
    inputs.iter().map(&mut name).collect()
}

/// The names of the files that are written again. Those of several flows that came from one file,
/// or from files of the same name, get a number.
fn stems(inputs: &[Input]) -> Vec<String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let stem = |input: &Input| unique(&input.stem, &mut taken);
    inputs.iter().map(stem).collect()
}

/// The text, or the text with a number that makes it new. Case does not tell two apart, since it
/// does not on every file system.
fn unique(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let name = (1..)
        .map(|n| match n {
            1 => wanted.to_owned(),
            n => format!("{wanted}-{n}"),
        })
        .find(|name| !taken.contains(&name.to_lowercase()))
        .expect("there is no end of numbers");
    taken.insert(name.to_lowercase());
    name
}

/// A finding about a whole document.
fn refused(file: &Arc<SourceFile>, rule: &rule::Rule, headline: &str, label: String) -> Diagnostic {
    let first_line = file.text.lines().next().map_or(0, str::len);
    let span = Span {
        file: Arc::clone(file),
        range: 0..first_line.min(80.min(file.text.len())),
    };
    let mut range = span.range.clone();
    while !file.text.is_char_boundary(range.end) {
        range.end -= 1;
    }
    rule.error(headline, Span { range, ..span }, label)
}
