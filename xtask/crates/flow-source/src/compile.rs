//! All sources of a deployment, compiled together, since flows refer to each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use flow::diagnostic::{self, Diagnostic, Severity, SourceFile, Span};
use flow::model::{DocumentKind, FlowType};
use flow::value::{Ref, RefKind};

use crate::compiled::CompiledFlow;
use crate::document::{self, Document};
use crate::expand::{self, Fragments};
use crate::layout_file::{Layouts, is_layout};
use crate::lower;
use crate::place::{self, Sources};
use crate::rule;
use crate::yaml::{self, Entry, Node};

/// The names of what flows can refer to beside each other, as the infrastructure's sources define
/// them.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub queues: BTreeSet<String>,
    pub hours: BTreeSet<String>,
    pub lambdas: BTreeSet<String>,
    /// Those of the Lambdas that flows may not call: neither association nor permission is made.
    pub lambdas_not_for_flows: BTreeSet<String>,
    pub prompts: BTreeSet<String>,
    pub views: BTreeSet<String>,
    pub lex_bots: BTreeSet<String>,
    /// Things of other kinds.
    pub resources: BTreeSet<String>,
    /// Flows that exist without sources.
    pub flows: BTreeSet<String>,
    /// Modules that exist without sources.
    pub modules: BTreeSet<String>,
    /// Whether there are others, so that a name that is not here may well stand for something.
    pub are_open: bool,
}

impl Names {
    /// Makes a name known.
    pub fn add(&mut self, reference: &Ref) {
        let names = match reference.kind {
            RefKind::Flow => &mut self.flows,
            RefKind::Module => &mut self.modules,
            RefKind::Queue => &mut self.queues,
            RefKind::Hours => &mut self.hours,
            RefKind::Lambda => &mut self.lambdas,
            RefKind::Prompt => &mut self.prompts,
            RefKind::View => &mut self.views,
            RefKind::LexBot => &mut self.lex_bots,
            RefKind::Resource => &mut self.resources,
        };
        names.insert(reference.name.clone());
    }
}

/// Compiles the sources of flows and modules. Goes on after the first problem; a flow that has
/// some may come out incomplete, so look at the diagnostics before using it.
pub fn compile(sources: &[Arc<SourceFile>], names: &Names) -> (Vec<CompiledFlow>, Vec<Diagnostic>) {
    compile_watched(sources, names, |_| {})
}

/// A part of the work of compiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Texts are trees with places.
    Parse,
    /// Fragments and repetitions are written out.
    Expand,
    /// Trees are flows, and every name is looked up.
    Lower,
}

/// As [`compile`] does; says when each stage is done, for those who measure.
pub fn compile_watched(
    sources: &[Arc<SourceFile>],
    names: &Names,
    mut done: impl FnMut(Stage),
) -> (Vec<CompiledFlow>, Vec<Diagnostic>) {
    let mut diags = Vec::new();
    let mut places = Sources::default();
    let (mut trees, mut parts) = (Vec::new(), Vec::new());
    let (layouts, found) = Layouts::read(sources);
    diags.extend(found);
    for file in sources.iter().filter(|it| !is_layout(it)) {
        let (tree, found) = yaml::parse(file, places.add(file));
        diags.extend(found);
        match tree {
            Some(tree) if expand::is_fragment(&tree) => parts.push(tree),
            tree => trees.extend(tree),
        }
    }
    done(Stage::Parse);
    let fragments = Fragments::read(&parts, &places, &mut diags);
    let mut is_expanded = Vec::with_capacity(trees.len());
    let expand = |tree| {
        let names = expand::expand(tree, &fragments, &mut places, &mut diags);
        is_expanded.push(names.is_some());
        names.unwrap_or_default()
    };
    let action_names: Vec<_> = trees.iter_mut().map(expand).collect();
    fragments.report_unused(&places, &mut diags);
    done(Stage::Expand);
    let mut documents = Vec::new();
    for (tree, names) in trees.iter().zip(&action_names) {
        documents.extend(document::read(tree, &places, names, &mut diags));
    }
    let scope = Scope::new(names, &documents, &mut diags);
    let mut flows: Vec<CompiledFlow> = documents
        .iter()
        .map(|document| lower::lower(document, &scope, &mut diags))
        .collect();
    layouts.give(&mut flows, &mut diags);
    for (flow, document) in flows.iter_mut().zip(&documents) {
        flow.errors = errors_in(flow, &diags);
        flow.is_readable &= !diags.iter().any(|it| may_lose(flow, it));
        let is_absent = |it: &&Entry| document.names.is_absent(&it.key.text);
        let absent = document.actions.iter().filter(is_absent);
        flow.errors
            .extend(absent.map(|entry| document.span(&entry.key)));
    }
    drop(documents);
    keep_trees(&mut flows, trees.into_iter().zip(is_expanded), &places);
    diagnostic::sort(&mut diags);
    place::merge_uses(&mut diags);
    done(Stage::Lower);
    (flows, diags)
}

/// Gives flows the trees of their sources, in which findings look for places; not those that are no
/// longer what is written. Each flow has come of one of them, in this order.
fn keep_trees(
    flows: &mut [CompiledFlow],
    mut trees: impl Iterator<Item = (Node, bool)>,
    places: &Sources,
) {
    for flow in flows {
        let is_its = |(tree, _): &(Node, bool)| {
            let file = places.file(tree.source);
            Arc::ptr_eq(file, &flow.name_span.file)
        };
        let tree = trees.find(is_its).filter(|(_, is_expanded)| !is_expanded);
        if let Some((tree, _)) = tree {
            flow.tree = OnceLock::from(Some(tree));
        }
    }
}

/// Whether a finding may be about something that did not get into the flow. Of what these rules
/// report everything does.
fn may_lose(flow: &CompiledFlow, diag: &Diagnostic) -> bool {
    let kept = [
        &rule::UNKNOWN_CONNECT_PARAMETER,
        &rule::UNKNOWN_NEXT_ACTION,
        &rule::UNKNOWN_REFERENCE,
        &rule::DUPLICATE_NAME,
        &rule::LAMBDA_NOT_FOR_FLOWS,
    ];
    diag.severity == Severity::Error
        && kept.iter().all(|it| it.code != diag.code)
        && diag
            .labels
            .iter()
            .any(|it| it.span.file == flow.name_span.file)
}

/// Where there are errors in a flow's file, and in the fragments that are used there.
fn errors_in(flow: &CompiledFlow, diags: &[Diagnostic]) -> Vec<Span> {
    let errors = diags.iter().filter(|it| it.severity == Severity::Error);
    let is_here = |it: &&Diagnostic| {
        let mut labels = it.labels.iter();
        labels.any(|label| label.span.file == flow.name_span.file)
    };
    let spans = errors.filter(is_here).filter_map(Diagnostic::span);
    spans.cloned().collect()
}

/// What people see in Connect, which is how a flow or module is found there.
#[derive(Default)]
struct Titles<'a> {
    first: BTreeMap<(&'a str, &'a str), Span>,
}

impl<'a> Titles<'a> {
    /// Connect refuses a second flow with a name that is taken, and so with modules.
    fn look_at(&mut self, document: &'a Document<'a>, diags: &mut Vec<Diagnostic>) {
        let (noun, title) = (document.noun(), document.title.as_str());
        let span = document.span(document.title_at);
        let Some(earlier) = self.first.get(&(noun, title)) else {
            self.first.insert((noun, title), span);
            return;
        };
        diags.push(
            rule::DUPLICATE_NAME
                .error(
                    format!("second {noun} that Connect shows as `{title}`"),
                    span,
                    format!("Connect takes each name for one {noun} only"),
                )
                .with_label(earlier.clone(), "first here")
                .with_help("give one of them another `name`"),
        );
    }
}

/// Every name that a reference can have.
pub(crate) struct Scope<'a> {
    names: &'a Names,
    flows: BTreeMap<&'a str, FlowType>,
    modules: BTreeSet<&'a str>,
}

impl<'a> Scope<'a> {
    fn new(names: &'a Names, documents: &'a [Document<'a>], diags: &mut Vec<Diagnostic>) -> Self {
        let mut scope = Self {
            names,
            flows: BTreeMap::new(),
            modules: BTreeSet::new(),
        };
        let mut first: BTreeMap<(&str, &str), Span> = BTreeMap::new();
        let mut titles = Titles::default();
        for document in documents {
            let name = document.name.text.as_str();
            let span = document.span(document.name);
            if let Some(earlier) = first.get(&(document.noun(), name)) {
                let noun = document.noun();
                diags.push(
                    rule::DUPLICATE_NAME
                        .error(
                            format!("second {noun} with the name `{name}`"),
                            span,
                            format!("a {noun} of this name is there already"),
                        )
                        .with_label(earlier.clone(), "first here"),
                );
                continue;
            }
            first.insert((document.noun(), name), span);
            titles.look_at(document, diags);
            match document.kind {
                DocumentKind::Flow(flow_type) => drop(scope.flows.insert(name, flow_type)),
                DocumentKind::Module => drop(scope.modules.insert(name)),
            }
        }
        scope
    }

    /// Whether flows may call a Lambda that there is.
    pub(crate) fn is_for_flows(&self, lambda: &str) -> bool {
        !self.names.lambdas_not_for_flows.contains(lambda)
    }

    pub(crate) fn has(&self, kind: RefKind, name: &str) -> bool {
        let is_source = match kind {
            RefKind::Flow => self.flows.contains_key(name),
            RefKind::Module => self.modules.contains(name),
            _ => false,
        };
        self.names.are_open || is_source || self.elsewhere(kind).contains(name)
    }

    /// The known names of a kind, in order.
    pub(crate) fn names(&self, kind: RefKind) -> Vec<&str> {
        let mut names: Vec<&str> = self.elsewhere(kind).iter().map(String::as_str).collect();
        match kind {
            RefKind::Flow => names.extend(self.flows.keys()),
            RefKind::Module => names.extend(&self.modules),
            _ => return names,
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    pub(crate) fn flow_type(&self, name: &str) -> Option<FlowType> {
        self.flows.get(name).copied()
    }

    /// The names that other files than the sources of flows define.
    fn elsewhere(&self, kind: RefKind) -> &'a BTreeSet<String> {
        match kind {
            RefKind::Flow => &self.names.flows,
            RefKind::Module => &self.names.modules,
            RefKind::Queue => &self.names.queues,
            RefKind::Hours => &self.names.hours,
            RefKind::Lambda => &self.names.lambdas,
            RefKind::Prompt => &self.names.prompts,
            RefKind::View => &self.names.views,
            RefKind::LexBot => &self.names.lex_bots,
            RefKind::Resource => &self.names.resources,
        }
    }
}
