//! Fragments: parts of flows with parameters and exits, each in a file of its own.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use flow::diagnostic::{Diagnostic, Severity, Span};

use super::labelled;
use super::parameter::ParameterType;
use crate::fields::Fields;
use crate::place::{SourceId, Sources, in_file};
use crate::rule::{self, Rule};
use crate::suggest;
use crate::template::{self, Stands};
use crate::yaml::{Entry, Kind, Node, Scalar};

/// A fragment as a file has it.
#[derive(Debug)]
pub(crate) struct Fragment<'t> {
    pub(crate) name: &'t Scalar,
    pub(crate) source: SourceId,
    pub(crate) parameters: Vec<Parameter<'t>>,
    pub(crate) exits: Vec<&'t Scalar>,
    pub(crate) start: Option<&'t Scalar>,
    pub(crate) actions: &'t [Entry],
    pub(crate) lists: Lists<'t>,
    /// Whether it can be used. If not, that was reported, and uses of it stand for nothing.
    pub(crate) is_sound: bool,
    is_used: Cell<bool>,
}

/// A parameter of a fragment.
#[derive(Debug)]
pub(crate) struct Parameter<'t> {
    pub(crate) name: &'t Scalar,
    pub(crate) kind: ParameterType,
    pub(crate) default: Option<&'t Node>,
}

/// The lists that a file gives names.
pub(crate) type Lists<'t> = BTreeMap<&'t str, &'t Node>;

/// All fragments of a compilation, by name.
#[derive(Debug, Default)]
pub(crate) struct Fragments<'t> {
    by_name: BTreeMap<&'t str, Fragment<'t>>,
}

/// Whether a source defines a fragment.
pub(crate) fn is_fragment(tree: &Node) -> bool {
    matches!(&tree.kind, Kind::Map(entries) if entries.iter().any(|it| it.key.text == "fragment"))
}

impl<'t> Fragments<'t> {
    pub(crate) fn read(trees: &'t [Node], sources: &Sources, diags: &mut Vec<Diagnostic>) -> Self {
        let mut fragments = Self::default();
        for tree in trees {
            let mut reading = Reading {
                sources,
                diags,
                is_sound: true,
            };
            let Some(fragment) = reading.fragment(tree) else {
                continue;
            };
            let name = fragment.name.text.as_str();
            if let Some(first) = fragments.by_name.get(name) {
                let headline = format!("second fragment with the name `{name}`");
                let label = "a fragment of this name is there already";
                let span = sources.scalar_span(fragment.name);
                let diag = rule::DUPLICATE_NAME.error(headline, span, label);
                diags.push(diag.with_label(sources.scalar_span(first.name), "first here"));
                continue;
            }
            fragments.by_name.insert(name, fragment);
        }
        fragments
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Fragment<'t>> {
        let fragment = self.by_name.get(name)?;
        fragment.is_used.set(true);
        Some(fragment)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().copied()
    }

    /// Says of each fragment that nothing uses that nobody has looked into it.
    pub(crate) fn report_unused(&self, sources: &Sources, diags: &mut Vec<Diagnostic>) {
        for fragment in self.by_name.values().filter(|it| !it.is_used.get()) {
            let name = &fragment.name.text;
            let headline = format!("no flow uses fragment `{name}`");
            let span = sources.scalar_span(fragment.name);
            let label = "its actions are checked where they are used";
            let diag = rule::UNUSED_FRAGMENT.warning(headline, span, label);
            diags.push(diag.with_severity(Severity::Info));
        }
    }
}

impl<'t> Fragment<'t> {
    pub(crate) fn parameter(&self, name: &str) -> Option<&Parameter<'t>> {
        self.parameters.iter().find(|it| it.name.text == name)
    }
}

/// The work on one file.
struct Reading<'r> {
    sources: &'r Sources,
    diags: &'r mut Vec<Diagnostic>,
    is_sound: bool,
}

impl<'t> Reading<'_> {
    fn fragment(&mut self, tree: &'t Node) -> Option<Fragment<'t>> {
        let mut fields = Fields::of(tree)?;
        let name = self.text(fields.take("fragment")?)?;
        self.legal_name(name);
        fields.take("description").map(|it| self.text(it));
        let parameters = fields.take("parameters");
        let parameters = parameters.map_or_else(Vec::new, |it| self.parameters(it));
        let exits = fields.take("exits");
        let exits = exits.map_or_else(Vec::new, |it| self.exits(it));
        let lists = fields.take("lists");
        let lists = lists.map_or_else(Lists::new, |it| lists_of(it, self.sources, self.diags));
        let (start, actions) = (fields.take("start"), fields.take("actions"));
        let start = self.needed(start, "start", ("fragment", name), &fields);
        let start = start.and_then(|it| self.text(it));
        let actions = self.needed(actions, "actions", ("fragment", name), &fields);
        let actions = actions.map_or(&[][..], |it| self.actions(it));
        let n_diags = self.diags.len();
        let sources = self.sources;
        let span = |entry: &Entry| sources.scalar_span(&entry.key);
        fields.refuse_rest("a fragment", span, self.diags);
        self.is_sound &= n_diags == self.diags.len();
        let mut fragment = Fragment {
            name,
            source: tree.source,
            parameters,
            exits,
            start,
            actions,
            lists,
            is_sound: true,
            is_used: Cell::new(false),
        };
        if self.is_sound {
            self.names(&fragment);
            self.uses_of_parameters(&fragment);
        }
        fragment.is_sound = self.is_sound;
        Some(fragment)
    }

    fn error(
        &mut self,
        rule: &Rule,
        span: Span,
        headline: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Diagnostic {
        self.is_sound = false;
        self.diags.push(rule.error(headline, span, label));
        self.diags.last_mut().expect("pushed above")
    }

    fn unexpected(&mut self, at: &Node, headline: impl Into<String>, expected: &str) {
        let label = format!("{expected} is expected here, this is {}", at.described());
        let span = self.sources.node_span(at);
        self.error(&rule::UNEXPECTED_SHAPE, span, headline, label);
    }

    fn needed(
        &mut self,
        entry: Option<&'t Entry>,
        key: &str,
        of: (&str, &Scalar),
        fields: &Fields<'_>,
    ) -> Option<&'t Entry> {
        if entry.is_none() {
            self.is_sound = false;
        }
        if entry.is_none() && !fields.has_slip_of(key) {
            let headline = format!("missing key `{key}`");
            let (what, name) = of;
            let label = format!("{what} `{}` has no `{key}`", name.text);
            let span = self.sources.scalar_span(name);
            self.error(&rule::MISSING_KEY, span, headline, label);
        }
        entry
    }

    /// A literal text under a key.
    fn text(&mut self, entry: &'t Entry) -> Option<&'t Scalar> {
        match &entry.value.kind {
            Kind::Scalar(text) if template::is_template(&text.text) => {
                let headline = format!("template in `{}`", entry.key.text);
                let label = "this is the same in every environment";
                let span = self.sources.scalar_span(text);
                self.error(&rule::TEMPLATE_IN_STRUCTURE, span, headline, label);
                None
            }
            Kind::Scalar(text) if !text.is_null() => Some(text),
            _ => {
                let headline = format!("`{}` is not text", entry.key.text);
                self.unexpected(&entry.value, headline, "text");
                None
            }
        }
    }

    /// Names of fragments, parameters and exits are words.
    fn legal_name(&mut self, name: &Scalar) {
        let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
        if name.text.is_empty() || !name.text.chars().all(is_legal) {
            let label = "a name has letters, digits, `-`, `_` and `/`";
            let span = self.sources.scalar_span(name);
            self.error(&rule::INVALID_VALUE, span, "illegal name", label);
        }
    }

    fn parameters(&mut self, entry: &'t Entry) -> Vec<Parameter<'t>> {
        let Kind::Map(entries) = &entry.value.kind else {
            let expected = "a map from names to types";
            self.unexpected(&entry.value, "`parameters` is not a map", expected);
            return Vec::new();
        };
        entries.iter().filter_map(|it| self.parameter(it)).collect()
    }

    fn parameter(&mut self, entry: &'t Entry) -> Option<Parameter<'t>> {
        let name = &entry.key;
        if !is_identifier(&name.text) {
            let label = "a parameter's name has letters, digits and `_`";
            let span = self.sources.scalar_span(name);
            self.error(&rule::INVALID_VALUE, span, "illegal name", label);
        }
        let mut default = None;
        let kind = if let Some(mut fields) = Fields::of(&entry.value) {
            let kind = fields.take("type");
            default = fields.take("default").map(|it| &it.value);
            fields.take("description").map(|it| self.text(it));
            let kind = self.needed(kind, "type", ("parameter", name), &fields);
            let sources = self.sources;
            let span = |entry: &Entry| sources.scalar_span(&entry.key);
            fields.refuse_rest("a parameter", span, self.diags);
            kind
        } else {
            Some(entry)
        };
        let word = self.text(kind?)?;
        let kind = self.parameter_type(word)?;
        let fault = default.and_then(|it| Some((it, kind.fault(it)?)));
        if let Some((value, (expected, example))) = fault {
            let headline = format!("default of `{}` is not of its type", name.text);
            let label = format!("{expected} is expected here, this is {}", value.described());
            let span = self.sources.node_span(value);
            self.error(&rule::MISTYPED_PARAMETER, span, headline, label)
                .help = Some(format!("for example {example}"));
        }
        Some(Parameter {
            name,
            kind,
            default,
        })
    }

    fn parameter_type(&mut self, word: &Scalar) -> Option<ParameterType> {
        let kind = ParameterType::parse(&word.text);
        if kind.is_none() {
            let help = suggest::nearest(&word.text, ParameterType::words()).map_or_else(
                || format!("the types are {}", suggest::listed(ParameterType::words())),
                |near| format!("a type with a similar name exists: `{near}`"),
            );
            let headline = format!("unknown type `{}`", word.text);
            let label = format!("no type of parameters is called `{}`", word.text);
            let span = self.sources.scalar_span(word);
            self.error(&rule::INVALID_VALUE, span, headline, label).help = Some(help);
        }
        kind
    }

    /// A list of names, or a map from names to what they mean.
    fn exits(&mut self, entry: &'t Entry) -> Vec<&'t Scalar> {
        let mut exits: Vec<&Scalar> = Vec::new();
        match &entry.value.kind {
            Kind::Map(entries) => exits.extend(entries.iter().map(|it| &it.key)),
            Kind::List(items) => {
                for item in items {
                    match &item.kind {
                        Kind::Scalar(name) if !name.is_null() => exits.push(name),
                        _ => self.unexpected(item, "exit without a name", "a name"),
                    }
                }
            }
            Kind::Scalar(_) => {
                self.unexpected(&entry.value, "`exits` is not a list", "a list of names");
            }
        }
        let mut seen: BTreeMap<&str, &Scalar> = BTreeMap::new();
        for exit in &exits {
            self.legal_name(exit);
            if let Some(first) = seen.insert(&exit.text, exit) {
                let first = self.sources.scalar_span(first);
                let headline = format!("exit `{}` stands twice", exit.text);
                let span = self.sources.scalar_span(exit);
                let label = "the same exit again";
                let diag = self.error(&rule::DUPLICATE_KEY, span, headline, label);
                diag.labels.push(labelled(first, "first here"));
            }
        }
        exits
    }

    fn actions(&mut self, entry: &'t Entry) -> &'t [Entry] {
        match &entry.value.kind {
            Kind::Map(entries) if !entries.is_empty() => entries,
            _ => {
                let expected = "a map from names to actions";
                self.unexpected(&entry.value, "`actions` has no actions", expected);
                &[]
            }
        }
    }

    /// The start is an action, and an exit is none.
    fn names(&mut self, fragment: &Fragment<'t>) {
        let names = || fragment.actions.iter().map(|it| it.key.text.as_str());
        let start = fragment.start;
        if let Some(start) = start.filter(|start| !names().any(|it| it == start.text)) {
            let near = suggest::nearest(&start.text, names());
            let label = format!(
                "no action `{}` in fragment `{}`",
                start.text, fragment.name.text
            );
            let headline = "start action that does not exist";
            let span = self.sources.scalar_span(start);
            self.error(&rule::UNKNOWN_NEXT_ACTION, span, headline, label)
                .help = near.map(|it| format!("an action with a similar name exists: `{it}`"));
        }
        for exit in &fragment.exits {
            let mut actions = fragment.actions.iter();
            if let Some(action) = actions.find(|it| it.key.text == exit.text) {
                let first = self.sources.scalar_span(exit);
                let headline = format!("action with the name of exit `{}`", exit.text);
                let label = "a transition could mean either";
                let span = self.sources.scalar_span(&action.key);
                let diag = self.error(&rule::DUPLICATE_NAME, span, headline, label);
                diag.labels.push(labelled(first, "the exit"));
            }
        }
        for exit in &fragment.exits {
            let mut actions = fragment.actions.iter();
            if !actions.any(|it| has_text(&it.value, &exit.text)) {
                let headline = format!("nothing leads to exit `{}`", exit.text);
                let label = "no transition of this fragment leads here";
                let span = self.sources.scalar_span(exit);
                let diag = rule::UNUSED_EXIT.warning(headline, span, label);
                self.diags
                    .push(diag.with_help("remove the exit, or lead a transition to it"));
            }
        }
    }

    /// Each parameter that is used is there and fits; each that is there is used.
    fn uses_of_parameters(&mut self, fragment: &Fragment<'t>) {
        let mut used = BTreeSet::new();
        for entry in fragment.actions {
            each_scalar(&entry.key, &entry.value, &mut |scalar| {
                self.uses_in(scalar, fragment, &mut used);
            });
        }
        for parameter in &fragment.parameters {
            let name = &parameter.name.text;
            if !used.contains(name) {
                let headline = format!("nothing uses parameter `{name}`");
                let label = format!("no action of fragment `{}` uses this", fragment.name.text);
                let span = self.sources.scalar_span(parameter.name);
                let diag = rule::UNUSED_PARAMETER.warning(headline, span, label);
                let help = format!("remove it, or use it as `{{{{ params.{name} }}}}`");
                self.diags.push(diag.with_help(help));
            }
        }
    }

    fn uses_in(&mut self, scalar: &Scalar, fragment: &Fragment<'t>, used: &mut BTreeSet<String>) {
        if scalar.is_json || !template::is_template(&scalar.text) {
            return;
        }
        for hole in template::holes(&scalar.text, |name| name == "params") {
            let file = self.sources.file(scalar.source);
            let place = |range| {
                let range = in_file(&file.text, scalar, range);
                self.sources.span(scalar.source, range)
            };
            let Some((name, range)) = hole.path.first() else {
                let span = place(hole.range);
                let label = "name one of them: `params.<name>`";
                self.error(
                    &rule::INVALID_TEMPLATE,
                    span,
                    "all parameters at once",
                    label,
                );
                continue;
            };
            used.insert(name.clone());
            let span = place(range.clone());
            let Some(parameter) = fragment.parameter(name) else {
                let known = || fragment.parameters.iter().map(|it| it.name.text.as_str());
                let help = suggest::nearest(name, known()).map_or_else(
                    || format!("declare it: `parameters: {{ {name}: text }}`"),
                    |near| format!("a parameter with a similar name exists: `{near}`"),
                );
                let headline = format!("unknown parameter `{name}`");
                let label = format!("fragment `{}` has no such parameter", fragment.name.text);
                self.error(&rule::UNKNOWN_FRAGMENT_PARAMETER, span, headline, label)
                    .help = Some(help);
                continue;
            };
            let is_whole = hole.stands == Stands::Alone || hole.path.len() > 1;
            if !is_whole && !parameter.kind.is_text() {
                let declared = self.sources.scalar_span(parameter.name);
                let word = parameter.kind.word();
                let headline = format!("{word} inside a text");
                let label = format!("a {word} is a value of its own, not part of a text");
                let diag = self.error(&rule::STRUCTURE_INSIDE_TEXT, span, headline, label);
                diag.labels.push(labelled(declared, "declared here"));
                diag.help = Some(format!(
                    "write `{{{{ params.{name} }}}}` with nothing around it"
                ));
            }
        }
    }
}

/// The lists under `lists` at the top of a file.
pub(crate) fn lists_of<'t>(
    entry: &'t Entry,
    sources: &Sources,
    diags: &mut Vec<Diagnostic>,
) -> Lists<'t> {
    let mut lists = Lists::new();
    let unexpected = |node: &Node, headline: &str, expected: &str| {
        let label = format!("{expected} is expected here, this is {}", node.described());
        rule::UNEXPECTED_SHAPE.error(headline, sources.node_span(node), label)
    };
    let Kind::Map(entries) = &entry.value.kind else {
        let expected = "a map from names to lists";
        diags.push(unexpected(&entry.value, "`lists` is not a map", expected));
        return lists;
    };
    for entry in entries {
        match &entry.value.kind {
            Kind::List(_) => drop(lists.insert(entry.key.text.as_str(), &entry.value)),
            _ => {
                let headline = format!("`{}` is not a list", entry.key.text);
                diags.push(unexpected(&entry.value, &headline, "a list"));
            }
        }
    }
    lists
}

/// Whether a name can stand in a template as it is.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Calls for every scalar of an entry, keys included.
pub(super) fn each_scalar<'t>(key: &'t Scalar, value: &'t Node, call: &mut impl FnMut(&'t Scalar)) {
    call(key);
    let mut open = vec![value];
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Scalar(scalar) => call(scalar),
            Kind::List(items) => open.extend(items.iter().rev()),
            Kind::Map(entries) => {
                for entry in entries {
                    call(&entry.key);
                }
                open.extend(entries.iter().rev().map(|it| &it.value));
            }
        }
    }
}

/// Whether a scalar under a node is a text, or may become one.
fn has_text(node: &Node, text: &str) -> bool {
    match &node.kind {
        Kind::Scalar(scalar) => scalar.text == text || template::is_template(&scalar.text),
        Kind::List(items) => items.iter().any(|it| has_text(it, text)),
        Kind::Map(entries) => entries.iter().any(|it| has_text(&it.value, text)),
    }
}
