//! A flow as sources, and the proof that they compile to it.
//!
//! Every action begins with its shortest form; after each compilation those that came out different
//! get the next longer one. What the sources do not say about the original goes into the layout
//! file. In the end everything is compiled, filled in and compared with the original as JSON.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use flow::bind;
use flow::canonical;
use flow::diagnostic::{Diagnostic, Severity, SourceFile};
use flow::json;
use flow::model::{Action, ActionId, Condition, DocumentKind, ErrorBranch, Flow, FlowType};
use flow::value::{Map, Value};

use super::actions::{self, Fields};
use super::bot::{self, Group};
use super::input::Input;
use super::order;
use super::references::References;
use super::rewrite;
use super::{FormCount, ImportedFlow, refused};
use crate::bindings_file::names_of;
use crate::compile::{Names, compile};
use crate::compiled::CompiledFlow;
use crate::emit::{self, Yaml};
use crate::layout_file::{self, Block, LAYOUT_EXTENSION, LayoutFile};
use crate::rule;

/// A flow to be written as sources.
pub(super) struct Original<'a> {
    pub(super) input: &'a Input,
    /// In our sources.
    pub(super) name: String,
    pub(super) stem: String,
    /// With names in the place of ARNs and ids.
    pub(super) flow: Flow,
}

/// How an action is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Short,
    Raw,
    Verbatim,
}

/// Writes a flow as sources.
pub(super) fn rebuild(
    original: Original<'_>,
    references: &References,
) -> Result<ImportedFlow, Box<Diagnostic>> {
    let names = names_of(references.bindings());
    let mut groups = bot::groups(&original.flow);
    let mut draft = loop {
        let mut draft = Draft::new(&original, std::mem::take(&mut groups));
        match draft.settle(&names) {
            Ok(()) => break draft,
            Err(kept) => groups = kept,
        }
    };
    draft.make_layout(references);
    draft.finish(&names, references)
}

/// Sources in the making.
struct Draft<'a> {
    original: &'a Original<'a>,
    groups: Vec<Group>,
    /// The flow with our names; what the sources have to compile to.
    wanted: Flow,
    order: Vec<usize>,
    forms: Vec<Form>,
    layout: LayoutFile,
}

impl<'a> Draft<'a> {
    fn new(original: &'a Original<'a>, groups: Vec<Group>) -> Self {
        let names = rewrite::names(&original.flow, &groups);
        let wanted = rewrite::renamed(&original.flow, &names);
        Self {
            original,
            groups,
            order: order::order(&wanted),
            forms: vec![Form::Short; wanted.actions.len()],
            wanted,
            layout: LayoutFile::default(),
        }
    }

    /// Compiles until every action comes out as it was. Where a pattern does not, the patterns
    /// that do are returned, to begin again with them.
    fn settle(&mut self, names: &Names) -> Result<(), Vec<Group>> {
        loop {
            let (compiled, found) = self.tried(names);
            let lowered: HashMap<&str, &Action> = match &compiled {
                Some(flow) => {
                    let actions = flow.definition.flow.actions.iter();
                    actions.map(|it| (it.id.as_str(), it)).collect()
                }
                None => HashMap::new(),
            };
            let faulty = compiled.as_ref().map(|it| faulty(it, &found));
            let is_right = |(n, action): (usize, &Action)| {
                let name = action.id.as_str();
                // A short form is there to be read, so that nothing is to be said against it.
                let is_sound = self.forms[n] != Form::Short
                    || faulty.as_ref().is_some_and(|it| !it.contains(&action.id));
                is_sound && lowered.get(name).is_some_and(|it| is_same(it, action))
            };
            let actions = self.wanted.actions.iter().enumerate();
            let right: Vec<bool> = actions.map(is_right).collect();
            let is_kept = |group: &Group| group.members().iter().all(|(n, _)| right[*n]);
            if !self.groups.iter().all(is_kept) {
                return Err(self
                    .groups
                    .iter()
                    .filter(|it| is_kept(it))
                    .cloned()
                    .collect());
            }
            let mut has_changed = false;
            for (form, is_right) in self.forms.iter_mut().zip(right) {
                let longer = match form {
                    Form::Short => Form::Raw,
                    Form::Raw | Form::Verbatim => Form::Verbatim,
                };
                if !is_right && *form != longer {
                    *form = longer;
                    has_changed = true;
                }
            }
            if !has_changed {
                return Ok(());
            }
        }
    }

    fn compiled(&self, names: &Names) -> Option<CompiledFlow> {
        self.tried(names).0
    }

    fn tried(&self, names: &Names) -> (Option<CompiledFlow>, Vec<Diagnostic>) {
        let yaml = SourceFile::new(format!("{}.yaml", self.original.name), self.yaml());
        let layout_name = format!("{}{LAYOUT_EXTENSION}", self.original.name);
        let layout = SourceFile::new(layout_name, layout_file::text(&self.layout));
        let (flows, found) = compile(&[yaml, layout], names);
        (flows.into_iter().next(), found)
    }

    fn yaml(&self) -> String {
        let original = self.original;
        let input = original.input;
        let mut out = format!(
            "# Imported from {}.json; the layout file beside it keeps the rest.\n",
            one_line(&original.stem),
        );
        let mut entry = |key: &str, value: &Yaml| emit::block_entry(&mut out, 0, key, value);
        match input.kind {
            DocumentKind::Module => entry("module", &Yaml::text(&original.name)),
            DocumentKind::Flow(flow_type) => {
                entry("flow", &Yaml::text(&original.name));
                if flow_type != FlowType::ContactFlow {
                    entry("type", &Yaml::text(flow_type.as_str().to_lowercase()));
                }
            }
        }
        let title = self.title();
        if title != original.name {
            entry("name", &literal(title));
        }
        if let Some(description) = &input.description {
            entry("description", &literal(description));
        }
        let written = self.written();
        entry("start", &actions::target(&written.start));
        if self.wanted.actions.is_empty() {
            entry("actions", &Yaml::empty_map());
            return out;
        }
        out.push_str("actions:\n");
        for (n, (name, fields)) in self.entries(&written).iter().enumerate() {
            if n > 0 {
                out.push('\n');
            }
            write_action(&mut out, name, fields);
        }
        out
    }

    /// What people see in Connect.
    fn title(&self) -> &str {
        let input = self.original.input;
        let title = input.title.as_deref().unwrap_or(&input.stem);
        if title.is_empty() {
            &self.original.name
        } else {
            title
        }
    }

    /// The flow as the sources speak of it: what leads to the first action of a pattern leads to
    /// the pattern, which has the name of the action that invokes the join Lambda.
    fn written(&self) -> Flow {
        let mut written = self.wanted.clone();
        let ids = self.groups.iter().filter_map(|group| {
            let id = |n: usize| Some(self.wanted.actions.get(n)?.id.clone());
            Some((id(group.entry())?, id(group.join)?))
        });
        let ids: Vec<(ActionId, ActionId)> = ids.filter(|(entry, join)| entry != join).collect();
        for (entry, join) in &ids {
            rewrite::redirect(&mut written, entry, join);
        }
        written
    }

    /// The actions as they are written, in order.
    fn entries<'f>(&self, written: &'f Flow) -> Vec<(&'f str, Fields)> {
        let mut of_group = HashMap::new();
        for group in &self.groups {
            for (n, _) in group.members() {
                of_group.insert(n, group);
            }
        }
        let entries = self.order.iter().filter_map(|n| {
            let action = written.actions.get(*n)?;
            match of_group.get(n) {
                Some(group) if group.entry() == *n => {
                    let join = written.actions.get(group.join)?;
                    Some((join.id.as_str(), bot::fields(written, group)?))
                }
                Some(_) => None,
                None => Some((action.id.as_str(), self.fields(*n, action))),
            }
        });
        entries.collect()
    }

    fn fields(&self, n: usize, action: &Action) -> Fields {
        match self.forms.get(n) {
            Some(Form::Short) => actions::short(action).unwrap_or_else(|| actions::raw(action)),
            Some(Form::Raw) => actions::raw(action),
            _ => actions::verbatim(action),
        }
    }

    /// Everything about the original that the sources do not say.
    fn make_layout(&mut self, references: &References) {
        let original = &self.original.flow;
        let mut metadata = original.metadata.clone();
        if let Some(metadata) = &mut metadata {
            references.replace_known(metadata);
        }
        let mut blocks = Map::new();
        if let Some(Value::Map(found)) = metadata
            .as_mut()
            .and_then(|it| it.get_mut("ActionMetadata"))
        {
            std::mem::swap(&mut blocks, found);
        }
        let mut layout = LayoutFile {
            file: Some(self.original.stem.clone()),
            ..LayoutFile::default()
        };
        for (action, wanted) in original.actions.iter().zip(&self.wanted.actions) {
            let block = Block {
                identifier: action.id.as_str().to_owned(),
                kind: action.kind.as_str().to_owned(),
                metadata: blocks.shift_remove(action.id.as_str()),
                ..Block::default()
            };
            layout.actions.insert(wanted.id.as_str().to_owned(), block);
        }
        if let Some(Value::Map(strays)) = metadata
            .as_mut()
            .and_then(|it| it.get_mut("ActionMetadata"))
        {
            *strays = blocks;
        }
        layout.metadata = metadata;
        layout.extra.clone_from(&original.extra);
        layout.settings = Some(original.settings.clone());
        self.layout = layout;
    }

    /// What compiling leaves out or orders otherwise, for each action.
    fn note_differences(&mut self, compiled: &CompiledFlow) {
        let flow = &compiled.definition.flow;
        let lowered: HashMap<&str, &Action> =
            flow.actions.iter().map(|it| (it.id.as_str(), it)).collect();
        for wanted in &self.wanted.actions {
            let name = wanted.id.as_str();
            if let (Some(block), Some(lowered)) =
                (self.layout.actions.get_mut(name), lowered.get(name))
            {
                note_difference(block, lowered, wanted);
            }
        }
    }

    fn finish(
        mut self,
        names: &Names,
        references: &References,
    ) -> Result<ImportedFlow, Box<Diagnostic>> {
        let input = self.original.input;
        let lost = |what: &str| {
            let headline = "flow that cannot be written as sources";
            let diag = refused(
                &input.file,
                &rule::NOT_IMPORTABLE,
                headline,
                what.to_owned(),
            );
            Box::new(diag.with_help("keep it as JSON, and please report this"))
        };
        if let Some(settings) = &self.layout.settings
            && self.usual_settings(names) == *settings
        {
            self.layout.settings = None;
        }
        let Some(compiled) = self.compiled(names) else {
            return Err(lost("its sources cannot be read"));
        };
        self.note_differences(&compiled);
        self.layout.digest = Some(canonical::digest(&compiled.definition.flow));
        let Some(compiled) = self.compiled(names) else {
            return Err(lost("its layout cannot be read"));
        };
        let (rendered, _) = compiled.render(&BTreeMap::new());
        let restored = compiled.restore(rendered);
        let bound = bind::bind(&restored.flow, references.bindings());
        match bound.map(|flow| json::document(&flow)) {
            Ok(again) if again == input.json => {}
            Ok(again) => {
                let place = difference(&input.json, &again, String::new());
                return Err(lost(&format!("{place} would not be the same")));
            }
            Err(_) => return Err(lost("a name in it stands for nothing")),
        }
        Ok(ImportedFlow {
            origin: std::sync::Arc::clone(&input.file),
            stem: self.original.stem.clone(),
            definition: compiled.definition,
            yaml: self.yaml(),
            layout: layout_file::text(&self.layout),
            forms: self.count(),
        })
    }

    /// The settings that a source without a layout file has.
    fn usual_settings(&self, names: &Names) -> Option<flow::value::Map> {
        let yaml = SourceFile::new("flow.yaml", self.yaml());
        let (flows, _) = compile(&[yaml], names);
        let flow = flows.into_iter().next()?;
        flow.definition.flow.settings
    }

    fn count(&self) -> FormCount {
        let in_groups: usize = self.groups.iter().map(|it| it.members().len()).sum();
        let mut count = FormCount {
            actions: self.wanted.actions.len(),
            short: in_groups,
            raw_with_form: 0,
        };
        let is_in_group = |n: usize| {
            let mut members = self.groups.iter().flat_map(Group::members);
            members.any(|(member, _)| member == n)
        };
        for (n, action) in self.wanted.actions.iter().enumerate() {
            let is_short = self.forms[n] == Form::Short && actions::short(action).is_some();
            match is_in_group(n) {
                true => {}
                false if is_short => count.short += 1,
                false if actions::has_short_form(action.kind.as_str()) => count.raw_with_form += 1,
                false => {}
            }
        }
        count
    }
}

fn write_action(out: &mut String, name: &str, fields: &Fields) {
    emit::heading(out, 2, name);
    for (key, value) in fields {
        emit::known_entry(out, 4, key, value);
    }
}

/// Text that is no template, in a place where the sources take none.
fn literal(text: &str) -> Yaml {
    if crate::template::is_template(text) {
        Yaml::Json(serde_json::Value::from(text))
    } else {
        Yaml::text(text)
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The actions in whose sources errors were found.
fn faulty(compiled: &CompiledFlow, found: &[Diagnostic]) -> HashSet<ActionId> {
    let start = |id: &ActionId| Some((compiled.span_of(id)?.range.start, id.clone()));
    let ids = compiled.definition.flow.actions.iter().map(|it| &it.id);
    let starts: BTreeSet<(usize, ActionId)> = ids.filter_map(start).collect();
    let errors = found.iter().filter(|it| it.severity == Severity::Error);
    let spans = errors.filter_map(Diagnostic::span);
    let places = spans.filter(|it| it.file == compiled.name_span.file);
    let places = places.map(|it| it.range.start);
    let mut faulty = HashSet::new();
    for place in places {
        let before = starts.iter().rev().find(|(start, _)| *start <= place);
        if let Some((start, _)) = before {
            // The actions of a pattern all come from one place.
            let here = starts.iter().filter(|(at, _)| at == start);
            faulty.extend(here.map(|(_, id)| id.clone()));
        }
    }
    faulty
}

/// Whether a lowered action is the wanted one, but for what the layout file can say.
fn is_same(lowered: &Action, wanted: &Action) -> bool {
    let (ours, theirs) = (&lowered.transitions, &wanted.transitions);
    let is_mirror = actions::mirrors_next(wanted) && ours.next.is_some() && theirs.next.is_some();
    lowered.kind == wanted.kind
        && lowered.parameters == wanted.parameters
        && lowered.extra == wanted.extra
        && ours.extra == theirs.extra
        && (ours.next == theirs.next || is_mirror)
        && has_same(&ours.errors, &theirs.errors)
        && (ours.conditions == theirs.conditions
            || (are_exclusive(&theirs.conditions)
                && has_same(&ours.conditions, &theirs.conditions)))
}

/// Whether two lists have the same items in some order.
fn has_same<T: PartialEq>(ours: &[T], theirs: &[T]) -> bool {
    let count = |list: &[T], item: &T| list.iter().filter(|it| *it == item).count();
    ours.len() == theirs.len() && ours.iter().all(|it| count(ours, it) == count(theirs, it))
}

/// Whether of some conditions at most one holds, so that their order says nothing.
fn are_exclusive(conditions: &[Condition]) -> bool {
    let operands: Vec<&Value> = conditions
        .iter()
        .filter_map(|it| it.operands.first())
        .collect();
    let is_literal = |it: &Condition| {
        let text = it.operands.first().and_then(Value::as_text);
        it.operator == "Equals"
            && it.operands.len() == 1
            && text.is_some_and(|it| !flow::jsonpath::is_reference(it))
    };
    conditions.iter().all(is_literal)
        && operands
            .iter()
            .enumerate()
            .all(|(n, it)| !operands[..n].contains(it))
}

fn note_difference(block: &mut Block, lowered: &Action, wanted: &Action) {
    if lowered.omitted != wanted.omitted {
        block.omitted = Some(wanted.omitted);
    }
    let errors = |action: &Action| -> Vec<ErrorBranch> { action.transitions.errors.clone() };
    if errors(lowered) != errors(wanted) {
        let names = wanted.transitions.errors.iter().map(|it| it.error.clone());
        block.errors = Some(names.collect());
    }
    let operand = |it: &Condition| {
        it.operands
            .first()
            .and_then(Value::as_text)
            .map(str::to_owned)
    };
    if lowered.transitions.conditions != wanted.transitions.conditions {
        let operands = wanted.transitions.conditions.iter().filter_map(operand);
        block.conditions = Some(operands.collect());
    }
    if lowered.transitions.next != wanted.transitions.next {
        let next = wanted.transitions.next.as_ref();
        block.next = next.map(|it| it.as_str().to_owned());
    }
}

/// The first place where two documents differ.
fn difference(a: &serde_json::Value, b: &serde_json::Value, path: String) -> String {
    use serde_json::Value as Json;
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) if other == value => {}
                    Some(other) => return difference(value, other, format!("{path}.{key}")),
                    None => return format!("{path}.{key}"),
                }
            }
            let added = b.keys().find(|key| !a.contains_key(*key));
            added.map_or(path.clone(), |key| format!("{path}.{key}"))
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            let at = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(0);
            difference(&a[at], &b[at], format!("{path}[{at}]"))
        }
        _ => path,
    }
}
