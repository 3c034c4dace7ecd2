//! From the actions that authors write to the actions of the Flow language.
//!
//! One source action becomes one action of the same name, or several for patterns: the first named
//! like the source's and the others with a word after it. This file has the frame: which form an
//! action has, its ways out, and where in the sources each lowered action came from.

mod custom_bot;
mod distribute;
mod form;
mod raw;
mod wait;

mod build;
pub(crate) mod compare;
mod exits;
mod keys;
pub(crate) mod value;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use flow::diagnostic::{Diagnostic, Span};
use flow::identifiers::Quick;
use flow::model::{Action, ActionId, DocumentKind, Flow, FlowDefinition};
use flow::value::{Map, Value};
use indexmap::IndexMap;

use self::exits::Exits;
use self::keys::Keys;
use crate::compile::Scope;
use crate::compiled::{BotTimes, CompiledFlow, Origin, Site};
use crate::document::Document;
use crate::forms::{self, Form};
use crate::place::{self, SourceId};
use crate::rule::{self, Rule};
use crate::suggest;
use crate::template;
use crate::yaml::{Entry, Kind, Node, Scalar};

/// Lowers all actions of a document.
pub(crate) fn lower(
    document: &Document<'_>,
    scope: &Scope<'_>,
    diags: &mut Vec<Diagnostic>,
) -> CompiledFlow {
    let mut lowering = Lowering {
        document,
        scope,
        entries: entries(document),
        actions: Vec::with_capacity(document.actions.len()),
        origins: HashMap::with_capacity_and_hasher(document.actions.len(), Quick::default()),
        sites: Vec::new(),
        bots: Vec::new(),
        diags,
    };
    let start = match document.start {
        // Without actions that could be read, nobody knows whether it is one of them.
        Some(start) if !document.actions.is_empty() => {
            lowering.known_action(start, "start action that does not exist")
        }
        Some(start) => ActionId::new(start.text.as_str()),
        None => ActionId::new(""),
    };
    for entry in document.actions {
        let n_diags = lowering.diags.len();
        lowering.action(entry);
        lowering.say_uses(n_diags, entry.key.source);
    }
    for name in &document.names.promised {
        lowering.known_action(name, "transition to an action that does not exist");
    }
    let mut flow = Flow::new(start);
    flow.actions = lowering.actions;
    if document.kind == DocumentKind::Module {
        flow.settings = Some(module_settings());
    }
    CompiledFlow {
        definition: FlowDefinition {
            name: document.name.text.clone(),
            title: document.title.clone(),
            description: document.description.clone(),
            kind: document.kind,
            flow,
        },
        name_span: document.span(document.name),
        origins: lowering.origins,
        sites: lowering.sites,
        bots: lowering.bots,
        errors: Vec::new(),
        is_readable: true,
        layout: None,
        tree: OnceLock::new(),
    }
}

/// For each source action the lowered action that its name leads to.
fn entries<'a>(document: &Document<'a>) -> IndexMap<&'a str, ActionId, Quick> {
    let entry = |it: &'a Entry| (it.key.text.as_str(), custom_bot::entry_of(it));
    document.actions.iter().map(entry).collect()
}

/// The `Settings` that the console writes into the content of every module. They say nothing, and
/// the service refuses a module without them; the real contract is on the resource.
fn module_settings() -> Map {
    let transition = |name: &str| {
        let keys = [
            ("DisplayName", name),
            ("ReferenceName", name),
            ("Description", ""),
        ];
        let keys = keys.map(|(key, value)| (key.to_owned(), Value::text(value)));
        Value::Map(keys.into_iter().collect())
    };
    let transitions = Value::List(vec![transition("Success"), transition("Error")]);
    [
        ("InputParameters".to_owned(), Value::List(Vec::new())),
        ("OutputParameters".to_owned(), Value::List(Vec::new())),
        ("Transitions".to_owned(), transitions),
    ]
    .into_iter()
    .collect()
}

/// The work on one document.
struct Lowering<'a> {
    document: &'a Document<'a>,
    scope: &'a Scope<'a>,
    entries: IndexMap<&'a str, ActionId, Quick>,
    actions: Vec<Action>,
    origins: HashMap<ActionId, Origin, Quick>,
    sites: Vec<Site>,
    bots: Vec<BotTimes>,
    diags: &'a mut Vec<Diagnostic>,
}

/// Where an action stands: its name, and the key that says what it does.
struct Place<'a> {
    name: &'a Scalar,
    /// The identifier of the action of that name.
    id: ActionId,
    form: &'a Scalar,
    spec: &'static Form,
    /// What the action is called in messages: the form, or the type of the raw form.
    called: &'a str,
}

impl Place<'_> {
    /// The identifier of a lowered action; the word tells it from the others of its pattern.
    fn id(&self, word: &str) -> ActionId {
        if word.is_empty() {
            self.id.clone()
        } else {
            ActionId::new(format!("{} {word}", self.id))
        }
    }

    fn is_raw(&self) -> bool {
        std::ptr::eq(self.spec, &forms::RAW)
    }
}

impl<'a> Lowering<'a> {
    fn span(&self, scalar: &Scalar) -> Span {
        self.document.span(scalar)
    }

    fn node_span(&self, node: &Node) -> Span {
        self.document.sources.node_span(node)
    }

    /// A part of a scalar's text, as a scalar that stands where the part is written.
    fn part(&self, scalar: &Scalar, range: Range<usize>) -> Scalar {
        let file = self.document.sources.file(scalar.source);
        let mut part = scalar.clone();
        part.range = place::in_file(&file.text, scalar, range);
        part
    }

    /// Adds to the findings since some number the uses that led to them.
    fn say_uses(&mut self, n_diags: usize, source: SourceId) {
        let sources = self.document.sources;
        if sources.used_by(source).is_none() {
            return;
        }
        for diag in &mut self.diags[n_diags..] {
            let found = diag.labels.first().map(|it| &it.span);
            let uses = found.map(|it| sources.uses_behind(source, it));
            for label in uses.unwrap_or_default() {
                if !diag.labels.contains(&label) {
                    diag.labels.push(label);
                }
            }
        }
    }

    /// Where an action is written, and what led there.
    fn origin(&self, name: &Scalar) -> Origin {
        Origin {
            span: self.span(name),
            used_at: self.document.sources.used_at(name.source),
        }
    }

    fn error(
        &mut self,
        rule: &Rule,
        node: &Node,
        headline: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Diagnostic {
        let mut diag = rule.error(headline, self.node_span(node), label);
        diag.labels
            .extend(self.document.sources.used_at(node.source));
        self.report(diag)
    }

    fn error_at(
        &mut self,
        rule: &Rule,
        scalar: &Scalar,
        headline: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Diagnostic {
        let mut diag = rule.error(headline, self.span(scalar), label);
        diag.labels
            .extend(self.document.sources.used_at(scalar.source));
        self.report(diag)
    }

    fn report(&mut self, diag: Diagnostic) -> &mut Diagnostic {
        self.diags.push(diag);
        self.diags.last_mut().expect("pushed above")
    }

    fn action(&mut self, entry: &'a Entry) {
        let name = &entry.key;
        if self.document.names.is_absent(&name.text) {
            return;
        }
        let id = self.own_id(&name.text);
        self.origins.insert(id.clone(), self.origin(name));
        if template::is_template(&name.text) {
            let label = "the name of an action is the same in every environment";
            self.error_at(
                &rule::TEMPLATE_IN_STRUCTURE,
                name,
                "template in a name",
                label,
            );
            return;
        }
        let Some(keys) = Keys::of(&entry.value) else {
            return self.not_a_map(entry);
        };
        let mut found = keys
            .iter()
            .filter_map(|it| Some((it, spec_of(&it.key.text)?)));
        let (Some((body, spec)), None) = (found.next(), found.next()) else {
            return self.no_form(name, keys);
        };
        let called = match &body.value.kind {
            Kind::Scalar(kind) if body.key.text == forms::RAW.key => kind.text.as_str(),
            _ => spec.key,
        };
        let place = Place {
            name,
            id,
            form: &body.key,
            spec,
            called,
        };
        let exits = self.exits(&place, keys);
        self.form(&place, &body.value, &exits);
    }

    /// The identifier that a source action's name is. Nearly always transitions lead there, and
    /// share it.
    fn own_id(&self, name: &str) -> ActionId {
        let entry = self.entries.get(name).filter(|it| it.as_str() == name);
        entry.cloned().unwrap_or_else(|| ActionId::new(name))
    }

    fn not_a_map(&mut self, entry: &Entry) {
        let described = entry.value.described();
        let label = format!("a map is expected here, this is {described}");
        let headline = format!("action `{}` is not a map", entry.key.text);
        // Nothing has no place of its own to point at.
        let at = if entry.value.range.is_empty() {
            self.span(&entry.key)
        } else {
            self.node_span(&entry.value)
        };
        let diag = self.report(rule::UNEXPECTED_SHAPE.error(headline, at, label));
        if matches!(&entry.value.kind, Kind::Scalar(text) if text.text.contains(':')) {
            diag.help = Some("a space follows the `:` of a key".to_owned());
        }
    }

    fn form(&mut self, place: &Place<'_>, body: &'a Node, exits: &Exits<'a>) {
        match place.spec.key {
            "custom_bot" => self.custom_bot(place, body, exits),
            "distribute_by_percentage" => self.distribute(place, body, exits),
            "wait" => self.wait(place, body, exits),
            _ if place.is_raw() => self.raw(place, body, exits),
            _ => self.simple(place, body, exits),
        }
    }

    /// An action that does nothing known, or two things.
    fn no_form(&mut self, name: &Scalar, keys: Keys<'_>) {
        let words = || forms::forms().map(|form| form.key);
        let mut found = keys.iter().filter(|it| spec_of(&it.key.text).is_some());
        if let (Some(first), Some(second)) = (found.next(), found.next()) {
            let headline = format!("action `{}` does two things", name.text);
            let label = format!("both `{}` and `{}`", first.key.text, second.key.text);
            self.error_at(&rule::UNKNOWN_ACTION, name, headline, label)
                .help = Some("make two actions of it".to_owned());
            return;
        }
        let common = [
            "next",
            "on",
            "when",
            "otherwise",
            "parameters",
            "conditions",
            "errors",
        ];
        let mut strays = keys.iter();
        let unknown = strays.find(|it| !common.contains(&it.key.text.as_str()));
        let Some(unknown) = unknown else {
            let headline = format!("action `{}` does nothing", name.text);
            let help = format!("the actions are {}", suggest::listed(words()));
            let label = "nothing says what it does";
            self.error_at(&rule::UNKNOWN_ACTION, name, headline, label)
                .help = Some(help);
            return;
        };
        let word = &unknown.key.text;
        if word == "<<" {
            let label = "an alias stands for a whole value here, and is not merged";
            self.error_at(&rule::UNKNOWN_ACTION, &unknown.key, "merge key", label)
                .help = Some("write out the keys".to_owned());
            return;
        }
        let mut all = words().chain([forms::RAW.key]);
        if let Some(form) = all.find(|it| it.eq_ignore_ascii_case(word)) {
            let headline = format!("unknown action `{word}`");
            let label = "the keys of sources are in lower case";
            self.error_at(&rule::UNKNOWN_ACTION, &unknown.key, headline, label)
                .help = Some(format!("write `{form}`"));
            return;
        }
        let help = suggest::nearest(word, words()).map_or_else(
            || {
                let listed = suggest::listed(words());
                format!("the actions are {listed}; with `type` any action of the Flow language")
            },
            |near| format!("an action with a similar name exists: `{near}`"),
        );
        let headline = format!("unknown action `{word}`");
        let label = format!("no action is called `{word}`");
        self.error_at(&rule::UNKNOWN_ACTION, &unknown.key, headline, label)
            .help = Some(help);
    }

    /// Adds a lowered action and remembers where it came from.
    fn add(&mut self, place: &Place<'_>, action: Action) {
        if action.id.as_str() != place.name.text {
            let origin = self.origin(place.name);
            self.origins.insert(action.id.clone(), origin);
        }
        self.actions.push(action);
    }
}

/// The form with this word, the raw one included.
fn spec_of(word: &str) -> Option<&'static Form> {
    match word {
        // Most keys of actions, and no forms.
        "next" | "on" | "when" | "otherwise" => None,
        "type" => Some(&forms::RAW),
        word => forms::form(word),
    }
}
