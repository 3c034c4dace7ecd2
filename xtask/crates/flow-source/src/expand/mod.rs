//! Structural repetition and reuse: fragments with parameters, and `for_each`.
//!
//! Trees go in and trees come out; what an environment fills in stays as it is written. A value
//! comes in as a whole scalar, list or map, or as part of a text, so that it never changes the
//! structure around it. Nothing is renamed: a node keeps the source it was written in, and names
//! are looked up there.

mod fill;
mod fragment;
mod list;
mod names;
mod parameter;
mod uses;

use std::collections::HashMap;
use std::ops::Range;

use flow::diagnostic::{Diagnostic, Label};

use self::fill::Env;
pub(crate) use self::fragment::{Fragments, is_fragment};
use self::fragment::{Lists, lists_of};
use self::names::Target;
pub(crate) use self::names::{ActionNames, Found};
pub(crate) use self::parameter::ParameterType;
use crate::place::{SourceId, Sources};
use crate::rule::{self, Rule};
use crate::template::Renderer;
use crate::yaml::{Entry, Kind, Node, Scalar};

/// Values that the expansion of one file may make, as many as a file may have.
const MAX_NODES: usize = 100_000;
/// And bytes of text in them. A flow has at most 256,000 characters.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Fragments that use each other, one inside the other.
const MAX_USES: usize = 16;

/// Expands the actions of a flow or module in place; nothing if there is nothing to expand.
pub(crate) fn expand(
    tree: &mut Node,
    fragments: &Fragments<'_>,
    sources: &mut Sources,
    diags: &mut Vec<Diagnostic>,
) -> Option<ActionNames> {
    let actions = actions_of(tree).filter(|it| it.iter().any(has_structure))?;
    let entries = std::mem::take(actions);
    let lists = child(tree, "lists").map(|it| lists_of(it, sources, diags));
    let source = tree.source;
    let mut expander = Expander {
        fragments,
        sources,
        names: ActionNames::default(),
        diags,
        out: Vec::new(),
        first: HashMap::new(),
        n_nodes: 0,
        n_bytes: 0,
        is_exhausted: false,
        renderer: Renderer::new(&std::collections::BTreeMap::new()),
        stack: Vec::new(),
    };
    let expanded = expander.document(entries, source, &lists.unwrap_or_default());
    let names = expander.names;
    if let Some(actions) = actions_of(tree) {
        *actions = expanded;
    }
    Some(names)
}

fn actions_of(tree: &mut Node) -> Option<&mut Vec<Entry>> {
    let Kind::Map(entries) = &mut tree.kind else {
        return None;
    };
    let entry = entries.iter_mut().find(|it| it.key.text == "actions")?;
    match &mut entry.value.kind {
        Kind::Map(actions) => Some(actions),
        _ => None,
    }
}

/// The entry of a key of a map.
fn child<'t>(node: &'t Node, key: &str) -> Option<&'t Entry> {
    let Kind::Map(entries) = &node.kind else {
        return None;
    };
    entries.iter().find(|it| it.key.text == key)
}

/// The entry of a key that changes structure. In quotes it is a key as any other.
fn structural<'t>(node: &'t Node, key: &str) -> Option<&'t Entry> {
    child(node, key).filter(|it| it.key.is_plain())
}

/// Whether anything in an action has to be expanded.
fn has_structure(entry: &Entry) -> bool {
    structural(&entry.value, "fragment").is_some() || has_for_each(&entry.value)
}

fn has_for_each(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(_) => false,
        Kind::List(items) => items.iter().any(has_for_each),
        Kind::Map(entries) => entries
            .iter()
            .any(|it| it.key.text == "for_each" && it.key.is_plain() || has_for_each(&it.value)),
    }
}

/// The work on one file.
struct Expander<'e, 't> {
    fragments: &'e Fragments<'t>,
    sources: &'e mut Sources,
    names: ActionNames,
    diags: &'e mut Vec<Diagnostic>,
    out: Vec<Entry>,
    /// Where each action that came out is written.
    first: HashMap<String, (SourceId, Range<usize>)>,
    n_nodes: usize,
    n_bytes: usize,
    /// Too much came out. That was reported, and everything else is left.
    is_exhausted: bool,
    /// Without variables.
    renderer: Renderer,
    /// The fragments that are being used, the outermost first.
    stack: Vec<&'t str>,
}

impl<'t> Expander<'_, 't> {
    fn document(&mut self, entries: Vec<Entry>, source: SourceId, lists: &Lists<'_>) -> Vec<Entry> {
        let mut env = Env::of_file(source, lists);
        let n_diags = self.diags.len();
        let keys: Vec<Scalar> = entries.iter().map(|it| it.key.clone()).collect();
        for (entry, key) in entries.into_iter().zip(&keys) {
            if !has_structure(&entry) {
                self.push(entry);
                continue;
            }
            let name = entry.key.text.clone();
            let target = self.action(&entry, &name, &mut env);
            if !matches!(&target, Target::Action(it) if *it == name) {
                self.names.add(source, &name, target);
            }
            if self.is_exhausted {
                self.diags.truncate(n_diags);
                self.give_up(key, &keys);
                break;
            }
        }
        std::mem::take(&mut self.out)
    }

    /// Leaves all actions out, since what came out of them was cut somewhere.
    fn give_up(&mut self, at: &Scalar, keys: &[Scalar]) {
        let headline = "expansion has too many values";
        let label = format!("more than {MAX_NODES} values or {MAX_BYTES} bytes come of this");
        let (source, range) = (at.source, at.range.clone());
        self.error(&rule::EXPANSION_TOO_LARGE, source, range, headline, label);
        self.names = ActionNames::default();
        self.first.clear();
        self.out.clear();
        for key in keys {
            self.leave_out(key, &key.text);
        }
    }

    /// An action of the sources, under its name in the flow; what its own name then stands for.
    fn action(&mut self, entry: &Entry, full: &str, env: &mut Env<'_>) -> Target {
        if self.is_exhausted {
            return Target::Action(full.to_owned());
        }
        match structural(&entry.value, "for_each") {
            Some(each) => self.repeated(entry, each, full, env),
            None => self.single(entry, full, env),
        }
    }

    fn single(&mut self, entry: &Entry, full: &str, env: &mut Env<'_>) -> Target {
        if let Some(used) = structural(&entry.value, "fragment") {
            return self.fragment(entry, used, full, env);
        }
        let value = self.action_body(&entry.value, env);
        let key = Scalar {
            text: full.to_owned(),
            source: env.source,
            ..entry.key.clone()
        };
        self.push(Entry { key, value });
        Target::Action(full.to_owned())
    }

    /// Adds an action to what comes out, unless there is one of its name.
    fn push(&mut self, entry: Entry) {
        let key = &entry.key;
        let place = (key.source, key.range.clone());
        if let Some((source, range)) = self.first.get(&key.text) {
            let first = self.sources.span(*source, range.clone());
            let headline = format!("second action with the name `{}`", key.text);
            let label = "an action of this name is there already";
            let (source, range) = place;
            let diag = self.error(&rule::DUPLICATE_NAME, source, range, headline, label);
            diag.labels.insert(1, labelled(first, "first here"));
            return;
        }
        self.first.insert(key.text.clone(), place);
        self.out.push(entry);
    }

    /// Makes a name known whose action cannot be made.
    fn leave_out(&mut self, key: &Scalar, full: &str) -> Target {
        self.names.add_absent(full);
        let key = Scalar {
            text: full.to_owned(),
            ..key.clone()
        };
        let value = Node {
            kind: Kind::Map(Vec::new()),
            source: key.source,
            range: key.range.clone(),
            size: 1,
        };
        if !self.first.contains_key(full) {
            self.out.push(Entry { key, value });
        }
        Target::Action(full.to_owned())
    }

    fn error(
        &mut self,
        rule: &Rule,
        source: SourceId,
        range: Range<usize>,
        headline: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Diagnostic {
        let span = self.sources.span(source, range);
        let uses = self.sources.used_at(source);
        let mut diag = rule.error(headline, span, label);
        diag.labels.extend(uses);
        self.diags.push(diag);
        self.diags.last_mut().expect("pushed above")
    }

    fn error_at(
        &mut self,
        rule: &Rule,
        node: &Node,
        headline: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Diagnostic {
        self.error(rule, node.source, node.range.clone(), headline, label)
    }

    /// Counts what is made; false once it is too much.
    fn spend(&mut self, nodes: usize, bytes: usize) -> bool {
        self.n_nodes = self.n_nodes.saturating_add(nodes);
        self.n_bytes = self.n_bytes.saturating_add(bytes);
        self.is_exhausted |= self.n_nodes > MAX_NODES || self.n_bytes > MAX_BYTES;
        !self.is_exhausted
    }
}

fn labelled(span: flow::diagnostic::Span, text: impl Into<String>) -> Label {
    let text = text.into();
    Label { span, text }
}
