//! From the actions that authors write to the actions of the Flow language.
//!
//! One source action becomes one action of the same name, or several for patterns: the first named
//! like the source's and the others with a word after it. This file has the frame: which form an
//! action has, its ways out, and where in the sources each lowered action came from.

mod actions;
mod compare;
mod custom_bot;
mod raw;

mod build;
mod exits;
mod keys;
pub(crate) mod value;

use std::ops::Range;

use flow::diagnostic::{Diagnostic, Span};
use flow::model::{Action, ActionId, DocumentKind, Flow, FlowDefinition};
use flow::value::{Map, Value};
use indexmap::IndexMap;

use self::exits::Exits;
use crate::compile::Scope;
use crate::compiled::{BotTimes, CompiledFlow, Origin, Site};
use crate::document::Document;
use crate::fields::Fields;
use crate::place;
use crate::rule::{self, Rule};
use crate::suggest;
use crate::template;
use crate::yaml::{Entry, Kind, Node, Scalar};

/// The keys that say what an action does.
const FORMS: [&str; 18] = [
    "play_prompt",
    "invoke_lambda",
    "custom_bot",
    "wait",
    "compare",
    "check_hours",
    "set_attributes",
    "set_working_queue",
    "set_event_hooks",
    "set_customer_queue_flow",
    "set_logging",
    "invoke_module",
    "transfer_to_queue",
    "transfer_to_flow",
    "disconnect",
    "end_flow",
    "end_module",
    "type",
];

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
        actions: Vec::new(),
        origins: IndexMap::new(),
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
        lowering.action(entry);
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
    }
}

/// For each source action the lowered action that its name leads to.
fn entries<'a>(document: &Document<'a>) -> IndexMap<&'a str, ActionId> {
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
    entries: IndexMap<&'a str, ActionId>,
    actions: Vec<Action>,
    origins: IndexMap<ActionId, Origin>,
    sites: Vec<Site>,
    bots: Vec<BotTimes>,
    diags: &'a mut Vec<Diagnostic>,
}

/// Where an action stands: its name, and the key that says what it does.
struct Place<'a> {
    name: &'a Scalar,
    form: &'a Scalar,
    /// What the action is called in messages: the form, or the type of the raw form.
    called: &'a str,
}

impl Place<'_> {
    /// The identifier of a lowered action; the word tells it from the others of its pattern.
    fn id(&self, word: &str) -> ActionId {
        ActionId::new(format!("{} {word}", self.name.text).trim_end())
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
        let diag = rule.error(headline, self.node_span(node), label);
        self.report(diag)
    }

    fn error_at(
        &mut self,
        rule: &Rule,
        scalar: &Scalar,
        headline: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Diagnostic {
        let diag = rule.error(headline, self.span(scalar), label);
        self.report(diag)
    }

    fn report(&mut self, diag: Diagnostic) -> &mut Diagnostic {
        self.diags.push(diag);
        self.diags.last_mut().expect("pushed above")
    }

    fn action(&mut self, entry: &'a Entry) {
        let name = &entry.key;
        self.origins
            .insert(ActionId::new(name.text.as_str()), self.origin(name));
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
        let Some(mut fields) = Fields::of(&entry.value) else {
            return self.not_a_map(entry);
        };
        let forms: Vec<&str> = FORMS.into_iter().filter(|key| fields.has(key)).collect();
        let [form] = forms.as_slice() else {
            return self.no_form(name, &forms, &fields);
        };
        let Some(body) = fields.take(form) else {
            return;
        };
        let called = match &body.value.kind {
            Kind::Scalar(kind) if body.key.text == "type" => kind.text.as_str(),
            _ => body.key.text.as_str(),
        };
        let place = Place {
            name,
            form: &body.key,
            called,
        };
        let exits = self.exits(fields);
        self.form(&place, &body.value, exits);
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

    fn form(&mut self, place: &Place<'_>, body: &'a Node, exits: Exits<'a>) {
        match place.form.text.as_str() {
            "play_prompt" => self.play_prompt(place, body, exits),
            "invoke_lambda" => self.invoke_lambda(place, body, exits),
            "custom_bot" => self.custom_bot(place, body, exits),
            "wait" => self.wait(place, body, exits),
            "compare" => self.compare(place, body, exits),
            "check_hours" => self.check_hours(place, body, exits),
            "set_attributes" => self.set_attributes(place, body, exits),
            "set_working_queue" => self.set_working_queue(place, body, exits),
            "set_event_hooks" => self.set_event_hooks(place, body, exits),
            "set_customer_queue_flow" => self.set_customer_queue_flow(place, body, exits),
            "set_logging" => self.set_logging(place, body, exits),
            "invoke_module" => self.invoke_module(place, body, exits),
            "transfer_to_queue" => self.transfer_to_queue(place, body, exits),
            "transfer_to_flow" => self.transfer_to_flow(place, body, exits),
            "disconnect" => self.end(place, body, exits, "DisconnectParticipant"),
            "end_flow" => self.end(place, body, exits, "EndFlowExecution"),
            "end_module" => self.end_module(place, body, exits),
            _ => self.raw(place, body, exits),
        }
    }

    /// An action that does nothing known, or two things.
    fn no_form(&mut self, name: &Scalar, forms: &[&str], fields: &Fields<'_>) {
        let words = || FORMS.into_iter().filter(|word| *word != "type");
        if let [first, second, ..] = forms {
            let headline = format!("action `{}` does two things", name.text);
            let label = format!("both `{first}` and `{second}`");
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
        let unknown = fields
            .rest()
            .iter()
            .find(|it| !common.contains(&it.key.text.as_str()));
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
        if let Some(form) = FORMS.into_iter().find(|it| it.eq_ignore_ascii_case(word)) {
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
        self.origins
            .insert(action.id.clone(), self.origin(place.name));
        self.actions.push(action);
    }
}
