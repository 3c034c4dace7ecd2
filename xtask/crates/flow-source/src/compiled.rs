//! A compiled flow: portable, with the places it came from, and its rendering for one environment.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use flow::bind::map_values;
use flow::diagnostic::{self, Diagnostic, Label, Span};
use flow::identifiers::Quick;
use flow::model::{ActionId, DocumentKind, Flow, FlowDefinition};
use flow::value::{Ref, Template, Value};
use flow::{canonical, layout};

use crate::duration;
use crate::layout_file::LayoutFile;
use crate::lower::value::{Limits, checked_duration};
use crate::place;
use crate::rule;
use crate::suggest;
use crate::template::{Renderer, Variable};
use crate::yaml::{Node, Scalar};

/// A flow or module as the sources define it, the same for every environment: templates and
/// references stand in it unresolved.
#[derive(Debug)]
pub struct CompiledFlow {
    pub definition: FlowDefinition,
    pub(crate) name_span: Span,
    pub(crate) origins: HashMap<ActionId, Origin, Quick>,
    pub(crate) sites: Vec<Site>,
    pub(crate) bots: Vec<BotTimes>,
    /// Where reading its source has found errors; what it could not read is not in the flow.
    pub(crate) errors: Vec<Span>,
    /// Whether all that its source says is in the flow, as far as the findings tell.
    pub(crate) is_readable: bool,
    /// What is kept of the document that the flow was imported from.
    pub(crate) layout: Option<LayoutFile>,
    /// Its source as it is written, in which findings are placed; read once more for them if it was
    /// expanded.
    pub(crate) tree: OnceLock<Option<Node>>,
}

/// Where an action comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where it is written: in the flow's own file, or in that of a fragment.
    pub span: Span,
    /// The uses that led there, the innermost first, with what a second label says there; none for
    /// what stands in the flow itself.
    pub used_at: Vec<Label>,
}

/// A scalar with a template, and what its text has to be.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) template: Template,
    pub(crate) span: Span,
    pub(crate) used_at: Vec<Label>,
    pub(crate) scalar: Scalar,
    pub(crate) what: String,
    pub(crate) variables: Vec<Variable>,
    pub(crate) limits: Option<Limits>,
}

/// The times of a `custom_bot`, compared once they are known.
#[derive(Debug)]
pub(crate) struct BotTimes {
    pub(crate) span: Span,
    /// Seconds.
    pub(crate) wait: Option<Value>,
    /// Minutes until the customer counts as idle, and from then on until the disconnect.
    pub(crate) idle: [Option<Value>; 2],
}

impl CompiledFlow {
    /// Where the sources define an action; for the actions of a pattern, the pattern's name.
    pub fn span_of(&self, id: &ActionId) -> Option<Span> {
        Some(self.origins.get(id)?.span.clone())
    }

    /// Where an action comes from, with the uses of fragments and lists that led there.
    pub fn origin(&self, id: &ActionId) -> Option<&Origin> {
        self.origins.get(id)
    }

    /// Where the sources name the flow.
    pub fn name_span(&self) -> Span {
        self.name_span.clone()
    }

    /// Fills in an environment's variables and lays the flow out. References stay symbolic.
    pub fn render(
        &self,
        vars: &BTreeMap<String, serde_json::Value>,
    ) -> (FlowDefinition, Vec<Diagnostic>) {
        let (mut definition, diags) = self.fill_in(vars);
        // An imported flow is drawn as its layout file has it, once it is restored.
        if self.layout.is_none() {
            definition.flow.metadata = Some(layout::lay_out(&definition.flow));
        }
        (definition, diags)
    }

    /// Fills in an environment's variables. The canvas is not laid out, which checks have no use for.
    ///
    /// Goes on after the first problem; a flow that has some keeps the sources of the templates
    /// that have no text.
    pub fn fill_in(
        &self,
        vars: &BTreeMap<String, serde_json::Value>,
    ) -> (FlowDefinition, Vec<Diagnostic>) {
        let renderer = Renderer::new(vars);
        let mut diags = Vec::new();
        let mut texts: HashMap<&Template, String> = HashMap::new();
        for site in &self.sites {
            if let Some(text) = site.render(&renderer, vars, &mut diags) {
                texts.insert(&site.template, text);
            }
        }
        let mut definition = self.definition.clone();
        map_values(&mut definition.flow, &mut |value| {
            if let Value::Template(template) = value
                && let Some(text) = texts.get(template)
            {
                *value = Value::Text(text.clone());
            }
        });
        for bot in &self.bots {
            bot.compare(&texts, &mut diags);
        }
        diagnostic::sort(&mut diags);
        place::merge_uses(&mut diags);
        (definition, diags)
    }

    /// The flow as it goes to Connect: with the identifiers, the order and the metadata that its
    /// layout file keeps. One without a layout file stays as it is.
    ///
    /// Findings speak of the actions by the names of the sources, so they are looked for before.
    pub fn restore(&self, mut definition: FlowDefinition) -> FlowDefinition {
        if let Some(layout) = &self.layout {
            definition.flow = layout.apply(definition.flow);
        }
        definition
    }

    /// A flow as Connect has it, with our names for its actions: the other way round to
    /// [`CompiledFlow::restore`], for flows that somebody may have changed since.
    pub fn named(&self, flow: Flow) -> Flow {
        match &self.layout {
            Some(layout) => layout.name(flow, &self.definition.flow),
            None => flow,
        }
    }

    /// Whether all that its source says is in the flow, whatever else is found in it. What an
    /// import has written is, since the import has tried it.
    pub fn is_complete(&self) -> bool {
        let imported = self.layout.as_ref().and_then(|it| it.digest.as_ref());
        self.is_readable
            || imported.is_some_and(|it| *it == canonical::digest(&self.definition.flow))
    }

    /// The finding that names in the flow stand for nothing.
    pub fn unbound(&self, missing: &[Ref]) -> Diagnostic {
        let names: Vec<String> = missing.iter().map(|it| format!("`{it}`")).collect();
        let headline = format!("{} stands for nothing", names.join(", "));
        let label = "the bindings do not have what this flow refers to";
        let diag = rule::UNKNOWN_REFERENCE.error(headline, self.name_span(), label);
        diag.with_help("add what it stands for to bindings.yaml")
    }

    /// The name of the file that the flow was imported from, without its extension.
    pub fn imported_from(&self) -> Option<&str> {
        self.layout.as_ref()?.file.as_deref()
    }
}

impl Site {
    fn render(
        &self,
        renderer: &Renderer,
        vars: &BTreeMap<String, serde_json::Value>,
        diags: &mut Vec<Diagnostic>,
    ) -> Option<String> {
        let missing: Vec<&Variable> = self
            .variables
            .iter()
            .filter(|it| !it.is_optional && !vars.contains_key(&it.name))
            .collect();
        if !missing.is_empty() {
            for variable in missing {
                self.report(self.unknown(variable, vars), diags);
            }
            return None;
        }
        let text = match renderer.render(&self.template.source) {
            Ok(text) => text,
            Err((range, message)) => {
                let span = self.place(range);
                let diag = rule::INVALID_TEMPLATE.error("template has no text", span, message);
                self.report(diag, diags);
                return None;
            }
        };
        if text.is_empty() {
            let headline = format!("{} is empty", self.what);
            let label = "no text is left in this environment, and Connect takes no empty text";
            let diag = rule::EMPTY_TEXT.error(headline, self.span.clone(), label);
            self.report(diag, diags);
            return None;
        }
        let Some(limits) = self.limits else {
            return Some(text);
        };
        // A variable may name the attribute that holds the number.
        if flow::jsonpath::is_reference(&text) {
            return Some(text);
        }
        match checked_duration(&text, self.template.format, limits) {
            Ok(number) => Some(number),
            Err(fault) => {
                let label = if fault.label.contains(&text) {
                    fault.label
                } else {
                    format!("{}; the text is `{text}`", fault.label)
                };
                let diag = fault.rule.error(fault.headline, self.span.clone(), label);
                self.report(diag.with_help(fault.help), diags);
                None
            }
        }
    }

    /// Reports a finding, with the uses that led to it.
    fn report(&self, mut diag: Diagnostic, diags: &mut Vec<Diagnostic>) {
        diag.labels.extend_from_slice(&self.used_at);
        diags.push(diag);
    }

    fn unknown(
        &self,
        variable: &Variable,
        vars: &BTreeMap<String, serde_json::Value>,
    ) -> Diagnostic {
        let name = &variable.name;
        let known = || vars.keys().map(String::as_str);
        let help = match suggest::nearest(name, known()) {
            Some(near) => format!("a variable with a similar name exists: `{near}`"),
            None => format!("add `{name}` to `vars` of the environment"),
        };
        rule::UNKNOWN_VARIABLE
            .error(
                format!("unknown template variable `vars.{name}`"),
                self.place(variable.range.clone()),
                format!("the environment has no variable `{name}`"),
            )
            .with_help(help)
    }

    /// A place inside the scalar.
    fn place(&self, range: Range<usize>) -> Span {
        let file = Arc::clone(&self.span.file);
        let range = place::in_file(&file.text, &self.scalar, range);
        Span { file, range }
    }
}

impl BotTimes {
    /// Warns of idle times that the Wait never lets run out.
    fn compare(&self, texts: &HashMap<&Template, String>, diags: &mut Vec<Diagnostic>) {
        let number = |value: &Option<Value>| match value {
            Some(Value::Text(text)) => text.parse::<u64>().ok(),
            Some(Value::Template(template)) => texts.get(template)?.parse().ok(),
            _ => None,
        };
        let Some(wait) = number(&self.wait) else {
            return;
        };
        let known: Vec<u64> = self.idle.iter().filter_map(number).collect();
        let n_written = self.idle.iter().flatten().count();
        let idle = known.iter().sum::<u64>() * 60;
        if known.len() == n_written && idle > wait {
            let (wait, idle) = (duration::text(wait), duration::text(idle));
            let label = format!("it waits {wait}, the idle times need {idle}");
            diags.push(
                rule::IDLE_TIME_BEYOND_WAIT
                    .warning(
                        "customer's idle time is longer than the wait",
                        self.span.clone(),
                        label,
                    )
                    .with_help("wait longer, or let the customer be idle for less"),
            );
        }
    }
}

/// The digest of what a flow is in every environment: references and templates unresolved, the
/// canvas left out. 64 hexadecimal digits.
pub fn portable_digest(definition: &FlowDefinition) -> String {
    let kind = match definition.kind {
        DocumentKind::Flow(flow_type) => flow_type.as_str(),
        DocumentKind::Module => "MODULE",
    };
    let description = definition.description.as_deref();
    let head = serde_json::json!([kind, definition.name, definition.title, description]);
    canonical::hex_digest(&format!("{head}\n{}", canonical::text(&definition.flow)))
}
