//! The layout file beside an imported flow, `<flow>.layout.json`: everything of the original
//! document that is not worth a line of YAML and must not be lost. Positions and notes on the
//! canvas, the identifiers that the blocks had, which empty parts were left out.
//!
//! The sources speak of actions by our names; this file leads from these to the original
//! identifiers. It never decides what a flow does, but for the contract of a module (`settings`)
//! and keys that the Flow language does not have (`extra`).

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use flow::catalogue;
use flow::diagnostic::{Diagnostic, Severity, SourceFile, Span};
use flow::exact;
use flow::json;
use flow::layout;
use flow::model::{Action, ActionId, Condition, ErrorBranch, Flow, Omitted};
use flow::value::{Map, Ref, RefKind, Value};
use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::compiled::CompiledFlow;
use crate::rule;

/// Raised when a key is added.
const VERSION: u64 = 1;

/// The end of the name of every layout file.
pub const LAYOUT_EXTENSION: &str = ".layout.json";

/// What a layout file keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LayoutFile {
    /// The name of the file that the flow was imported from, without its extension.
    pub(crate) file: Option<String>,
    /// The digest of the flow as it was imported, by which its source is known to be untouched.
    pub(crate) digest: Option<String>,
    /// In the order of the original document.
    pub(crate) actions: IndexMap<String, Block>,
    /// `Metadata` but for what belongs to single actions; none if the document had none.
    pub(crate) metadata: Option<Map>,
    /// Set if the document's `Settings` are not the usual ones: its own, or that it has none.
    pub(crate) settings: Option<Option<Map>>,
    /// Top-level keys that the Flow language does not have.
    pub(crate) extra: Map,
}

/// What a layout file keeps of one action.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    pub(crate) identifier: String,
    /// The type it was written down for; what follows holds for this type only.
    pub(crate) kind: String,
    /// Which empty parts are left out, if others than usual.
    pub(crate) omitted: Option<Omitted>,
    /// The order of the error branches, if another than usual.
    pub(crate) errors: Option<Vec<String>>,
    /// The operands of conditions that exclude each other, in their order, if another than usual.
    pub(crate) conditions: Option<Vec<String>>,
    /// Our name of the action that a `NextAction` names which is never followed, if another than
    /// usual.
    pub(crate) next: Option<String>,
    /// Its entry in `Metadata.ActionMetadata`.
    pub(crate) metadata: Option<Value>,
}

impl LayoutFile {
    /// Puts a flow, in which actions have our names, into the form that it was imported from.
    /// Actions that came since are laid out; what is kept of actions that are gone is left out.
    pub(crate) fn apply(&self, mut flow: Flow) -> Flow {
        let laid_out = self.positions_of_new(&flow);
        let at = |action: &Action| self.actions.get_index_of(action.id.as_str());
        flow.actions
            .sort_by_key(|action| at(action).unwrap_or(usize::MAX));
        let names: HashSet<String> = flow.actions.iter().map(|it| it.id.to_string()).collect();
        for action in &mut flow.actions {
            if let Some(block) = self.block(action) {
                block.apply(action, &names);
            }
        }
        let ids = self.identifiers(&flow);
        flow.metadata = self.metadata_of(&flow, &ids, &laid_out);
        rename(&mut flow, &ids);
        flow
    }

    /// The flow as Connect has it, with our names for the actions of `ours`, and for those that are
    /// gone from it the names they had. What came since keeps its identifier.
    pub(crate) fn name(&self, mut flow: Flow, ours: &Flow) -> Flow {
        let known = self.identifiers(ours).into_iter();
        let mut names: IndexMap<ActionId, ActionId> = known.map(|(name, id)| (id, name)).collect();
        for (name, block) in &self.actions {
            let id = ActionId::new(block.identifier.as_str());
            names
                .entry(id)
                .or_insert_with(|| ActionId::new(name.as_str()));
        }
        let is_named = |id: &ActionId| names.contains_key(id);
        let taken: HashSet<ActionId> = names.values().cloned().collect();
        let strays = flow.actions.iter().map(|it| &it.id);
        // An identifier that is our name of another action cannot stay.
        let strays: Vec<ActionId> = strays
            .filter(|id| !is_named(id) && taken.contains(*id))
            .cloned()
            .collect();
        for id in strays {
            let free = (2..).map(|n: usize| ActionId::new(format!("{id}_{n}")));
            let is_free = |it: &ActionId| !taken.contains(it) && flow.action(it).is_none();
            let name = free.into_iter().find(is_free);
            names.insert(id, name.expect("there is no end of numbers"));
        }
        rename(&mut flow, &names);
        rename_blocks(&mut flow, &names);
        flow
    }

    /// What the file changes of the flow itself.
    pub(crate) fn complete(&self, flow: &mut Flow) {
        if let Some(settings) = &self.settings {
            flow.settings.clone_from(settings);
        }
        flow.extra.clone_from(&self.extra);
    }

    /// What is kept of an action, if it is still the one it was written down for.
    fn block(&self, action: &Action) -> Option<&Block> {
        let block = self.actions.get(action.id.as_str())?;
        (block.kind == action.kind.as_str()).then_some(block)
    }

    /// The metadata of actions that the file does not know, by name.
    fn positions_of_new(&self, flow: &Flow) -> Map {
        let is_known = |action: &Action| self.actions.contains_key(action.id.as_str());
        if self.metadata.is_none() || flow.actions.iter().all(is_known) {
            return Map::new();
        }
        let mut drawn = flow.clone();
        drawn.metadata = self.metadata_of(flow, &IndexMap::new(), &Map::new());
        let mut metadata = layout::lay_out(&drawn);
        match metadata.shift_remove("ActionMetadata") {
            Some(Value::Map(mut blocks)) => {
                blocks.retain(|name, _| !self.actions.contains_key(name));
                blocks
            }
            _ => Map::new(),
        }
    }

    /// The identifier of each action in the document. One that came since keeps its name unless
    /// another action has it there.
    fn identifiers(&self, flow: &Flow) -> IndexMap<ActionId, ActionId> {
        let known = self.actions.values().map(|block| block.identifier.as_str());
        let taken: HashSet<&str> = known.collect();
        let original = |action: &Action| {
            let name = action.id.as_str();
            let id = match self.actions.get(name) {
                Some(block) => block.identifier.clone(),
                None if !taken.contains(name) => name.to_owned(),
                None => (2..)
                    .map(|n| format!("{name}_{n}"))
                    .find(|id| !taken.contains(id.as_str()))
                    .unwrap_or_else(|| name.to_owned()),
            };
            (action.id.clone(), ActionId::new(id))
        };
        flow.actions.iter().map(original).collect()
    }

    fn metadata_of(
        &self,
        flow: &Flow,
        ids: &IndexMap<ActionId, ActionId>,
        added: &Map,
    ) -> Option<Map> {
        let mut metadata = self.metadata.clone()?;
        let entries = flow.actions.iter().filter_map(|action| {
            let name = action.id.as_str();
            let kept = match self.actions.get(name) {
                Some(block) if block.kind == action.kind.as_str() => block.metadata.clone(),
                Some(block) => block.metadata.as_ref().map(place_only),
                None => added.get(name).cloned(),
            };
            let id = ids.get(&action.id).unwrap_or(&action.id);
            Some((id.as_str().to_owned(), kept?))
        });
        let mut entries: Map = entries.collect();
        match metadata.get_mut("ActionMetadata") {
            Some(Value::Map(strays)) => {
                entries.extend(std::mem::take(strays));
                *strays = entries;
            }
            Some(_) => {}
            None if entries.is_empty() => {}
            None => drop(metadata.insert("ActionMetadata".to_owned(), entries.into())),
        }
        Some(metadata)
    }
}

impl Block {
    fn apply(&self, action: &mut Action, names: &HashSet<String>) {
        if let Some(omitted) = self.omitted {
            action.omitted = omitted;
        }
        let follows_next = catalogue::follows_next(action);
        let ways = &mut action.transitions;
        if let Some(order) = &self.errors {
            put_in_order(&mut ways.errors, order, error_name);
        }
        if let Some(order) = &self.conditions {
            put_in_order(&mut ways.conditions, order, operand);
        }
        if let Some(next) = self.next.as_ref().filter(|it| names.contains(*it))
            && ways.next.is_some()
            && !follows_next
        {
            ways.next = Some(ActionId::new(next.as_str()));
        }
    }
}

/// Puts the items with known names into the order of the names; the others stay behind them.
fn put_in_order<T>(items: &mut Vec<T>, order: &[String], name: fn(&T) -> Option<&str>) {
    let mut left = std::mem::take(items);
    for wanted in order {
        if let Some(at) = left.iter().position(|it| name(it) == Some(wanted)) {
            items.push(left.remove(at));
        }
    }
    items.append(&mut left);
}

fn error_name(branch: &ErrorBranch) -> Option<&str> {
    Some(&branch.error)
}

fn operand(condition: &Condition) -> Option<&str> {
    condition.operands.first()?.as_text()
}

/// Of a block that is another type now: where it stands.
fn place_only(metadata: &Value) -> Value {
    let kept = ["position", "isFriendlyName"];
    match metadata {
        Value::Map(entry) => {
            let entries = entry.iter().filter(|(key, _)| kept.contains(&key.as_str()));
            let entries = entries.map(|(key, value)| (key.clone(), value.clone()));
            Value::Map(entries.collect())
        }
        other => other.clone(),
    }
}

fn rename(flow: &mut Flow, ids: &IndexMap<ActionId, ActionId>) {
    let rename = |id: &mut ActionId| {
        if let Some(original) = ids.get(id) {
            *id = original.clone();
        }
    };
    rename(&mut flow.start);
    for action in &mut flow.actions {
        rename(&mut action.id);
        let ways = &mut action.transitions;
        ways.next.iter_mut().for_each(rename);
        ways.conditions
            .iter_mut()
            .for_each(|it| rename(&mut it.next));
        ways.errors.iter_mut().for_each(|it| rename(&mut it.next));
    }
}

/// Renames what the metadata says about each action.
fn rename_blocks(flow: &mut Flow, ids: &IndexMap<ActionId, ActionId>) {
    let metadata = flow.metadata.as_mut();
    if let Some(Value::Map(blocks)) = metadata.and_then(|it| it.get_mut("ActionMetadata")) {
        let entries = std::mem::take(blocks).into_iter();
        let entries = entries.map(|(id, block)| {
            let name = ids.get(&ActionId::new(id.as_str()));
            (name.map_or(id, |name| name.as_str().to_owned()), block)
        });
        blocks.extend(entries);
    }
}

/// Whether a source is a layout file.
pub(crate) fn is_layout(file: &SourceFile) -> bool {
    file.path.ends_with(LAYOUT_EXTENSION)
}

/// The layout files of a compilation, by the path of their flow without its extension.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    by_flow: BTreeMap<String, (Arc<SourceFile>, LayoutFile)>,
    /// Flows whose layout cannot be read.
    broken: HashSet<String>,
}

impl Layouts {
    /// Reads the layout files among some sources.
    pub(crate) fn read(sources: &[Arc<SourceFile>]) -> (Self, Vec<Diagnostic>) {
        let mut layouts = Self::default();
        let mut diags = Vec::new();
        for file in sources.iter().filter(|it| is_layout(it)) {
            let flow = file.path.trim_end_matches(LAYOUT_EXTENSION).to_owned();
            match parse(file) {
                Ok(layout) => drop(layouts.by_flow.insert(flow, (Arc::clone(file), layout))),
                Err(diag) => {
                    layouts.broken.insert(flow);
                    diags.push(*diag);
                }
            }
        }
        (layouts, diags)
    }

    /// Gives each flow the layout beside it. What is kept of actions that are gone is mentioned,
    /// and so are files without a flow.
    pub(crate) fn give(mut self, flows: &mut [CompiledFlow], diags: &mut Vec<Diagnostic>) {
        for flow in flows {
            let path = &flow.name_span.file.path;
            let stem = [".yaml", ".yml"]
                .iter()
                .find_map(|it| path.strip_suffix(it));
            flow.is_readable = !stem.is_some_and(|it| self.broken.contains(it));
            let Some((file, layout)) = stem.and_then(|it| self.by_flow.remove(it)) else {
                continue;
            };
            layout.complete(&mut flow.definition.flow);
            diags.extend(stale(&file, &layout, &flow.definition.flow));
            flow.layout = Some(layout);
        }
        for (file, _) in self.by_flow.into_values() {
            let headline = "layout file without a flow".to_owned();
            let label = format!("no flow stands beside it in `{}.yaml`", stem_of(&file.path));
            let diag = rule::LAYOUT_WITHOUT_FLOW.warning(headline, first_line(&file), label);
            diags.push(diag.with_help("delete it, or name it like the file of its flow"));
        }
    }
}

fn stem_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.trim_end_matches(LAYOUT_EXTENSION)
}

fn first_line(file: &Arc<SourceFile>) -> Span {
    Span {
        file: Arc::clone(file),
        range: 0..file.text.lines().next().map_or(0, str::len),
    }
}

/// A word about what a layout file keeps of actions that are no more.
fn stale(file: &Arc<SourceFile>, layout: &LayoutFile, flow: &Flow) -> Option<Diagnostic> {
    let there: HashSet<&str> = flow.actions.iter().map(|it| it.id.as_str()).collect();
    let names = layout.actions.keys().map(String::as_str);
    let gone: Vec<&str> = names.filter(|it| !there.contains(it)).collect();
    let first = gone.first()?;
    let key = Json::from(*first).to_string();
    let at = file
        .text
        .find(&format!("    {key}: {{"))
        .map_or(0, |it| it + 4);
    let span = Span {
        file: Arc::clone(file),
        range: at..at + if at == 0 { 0 } else { key.len() },
    };
    let headline = match gone.len() {
        1 => "layout of an action that is gone".to_owned(),
        n => format!("layout of {n} actions that are gone"),
    };
    let label = format!("the flow has no action `{first}`");
    let diag = rule::STALE_LAYOUT.error(headline, span, label);
    let diag = diag.with_severity(Severity::Info);
    Some(diag.with_help("give a renamed action its new name here too, or remove the line"))
}

/// Reads a layout file. One that cannot be read is a finding, and the flow is laid out without it.
fn parse(file: &Arc<SourceFile>) -> Result<LayoutFile, Box<Diagnostic>> {
    let whole = |headline: &str, label: String| {
        let diag = rule::INVALID_LAYOUT.error(headline, first_line(file), label);
        Box::new(
            diag.with_help("import the flow again, or delete the file to have the flow laid out"),
        )
    };
    let json: Json = exact::from_str(&file.text).map_err(|error| {
        let start: usize = file
            .text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let mut at = (start + error.column().saturating_sub(1)).min(file.text.len());
        while !file.text.is_char_boundary(at) {
            at -= 1;
        }
        let mut diag = whole("layout file is not JSON", error.to_string());
        if let Some(label) = diag.labels.first_mut() {
            label.span.range = at..at;
        }
        diag
    })?;
    read(json).map_err(|fault| whole("layout file cannot be used", fault))
}

fn read(json: Json) -> Result<LayoutFile, String> {
    let Json::Object(mut root) = json else {
        return Err("a map is expected here".to_owned());
    };
    match root.shift_remove("version").as_ref().and_then(Json::as_u64) {
        Some(VERSION) => {}
        Some(other) => return Err(format!("this is version {other}, and {VERSION} is known")),
        None => return Err("`version` is missing".to_owned()),
    }
    let mut layout = LayoutFile::default();
    for (key, value) in root {
        match key.as_str() {
            "file" => layout.file = value.as_str().map(str::to_owned),
            "digest" => layout.digest = value.as_str().map(str::to_owned),
            "metadata" => layout.metadata = object(value, "metadata")?,
            "settings" => layout.settings = Some(object(value, "settings")?),
            "extra" => layout.extra = object(value, "extra")?.unwrap_or_default(),
            "actions" => {
                let Json::Object(actions) = value else {
                    return Err("`actions` is not a map".to_owned());
                };
                for (name, block) in actions {
                    let block =
                        read_block(block).map_err(|fault| format!("action `{name}`: {fault}"))?;
                    layout.actions.insert(name, block);
                }
            }
            other => return Err(format!("unknown key `{other}`")),
        }
    }
    Ok(layout)
}

fn object(json: Json, key: &str) -> Result<Option<Map>, String> {
    match decoded(json) {
        Value::Null => Ok(None),
        Value::Map(map) => Ok(Some(map)),
        _ => Err(format!("`{key}` is not a map")),
    }
}

fn read_block(json: Json) -> Result<Block, String> {
    let Json::Object(keys) = json else {
        return Err("a map is expected here".to_owned());
    };
    let mut block = Block::default();
    let mut has_identifier = false;
    for (key, value) in keys {
        match (key.as_str(), value) {
            ("identifier", Json::String(id)) => {
                block.identifier = id;
                has_identifier = true;
            }
            ("type", Json::String(kind)) => block.kind = kind,
            ("omits", Json::Array(parts)) => block.omitted = Some(omitted(&parts)?),
            ("errors", Json::Array(errors)) => block.errors = Some(texts(errors)),
            ("conditions", Json::Array(operands)) => block.conditions = Some(texts(operands)),
            ("next", Json::String(next)) => block.next = Some(next),
            ("block", value) => block.metadata = Some(decoded(value)),
            (other, _) => return Err(format!("`{other}` is not understood")),
        }
    }
    if has_identifier {
        Ok(block)
    } else {
        Err("`identifier` is missing".to_owned())
    }
}

fn texts(items: Vec<Json>) -> Vec<String> {
    let text = |it| match it {
        Json::String(text) => Some(text),
        _ => None,
    };
    items.into_iter().filter_map(text).collect()
}

const PARTS: [&str; 4] = ["Parameters", "Transitions", "Conditions", "Errors"];

fn omitted(parts: &[Json]) -> Result<Omitted, String> {
    let mut omitted = Omitted::default();
    for part in parts {
        match part.as_str() {
            Some("Parameters") => omitted.parameters = true,
            Some("Transitions") => omitted.transitions = true,
            Some("Conditions") => omitted.conditions = true,
            Some("Errors") => omitted.errors = true,
            _ => return Err(format!("{part} is no part of an action")),
        }
    }
    Ok(omitted)
}

/// The text of a layout file: one line for each action, so that a moved block is a changed line.
pub(crate) fn text(layout: &LayoutFile) -> String {
    let mut out = format!("{{\n  \"version\": {VERSION}");
    if let Some(file) = &layout.file {
        member(&mut out, "file", &Json::from(file.as_str()));
    }
    if let Some(digest) = &layout.digest {
        member(&mut out, "digest", &Json::from(digest.as_str()));
    }
    let or_null = |map: &Option<Map>| map.as_ref().map_or(Json::Null, encoded_map);
    if let Some(settings) = &layout.settings {
        member(&mut out, "settings", &or_null(settings));
    }
    if !layout.extra.is_empty() {
        member(&mut out, "extra", &encoded_map(&layout.extra));
    }
    member(&mut out, "metadata", &or_null(&layout.metadata));
    out.push_str(",\n  \"actions\": {");
    for (n, (name, block)) in layout.actions.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        let name = Json::from(name.as_str());
        write(
            &mut out,
            format_args!("{comma}\n    {name}: {}", block_json(block)),
        );
    }
    out.push_str(if layout.actions.is_empty() {
        "}\n}\n"
    } else {
        "\n  }\n}\n"
    });
    out
}

fn member(out: &mut String, key: &str, value: &Json) {
    write(out, format_args!(",\n  \"{key}\": {value}"));
}

fn block_json(block: &Block) -> Json {
    let mut keys = serde_json::Map::new();
    keys.insert("identifier".to_owned(), block.identifier.as_str().into());
    keys.insert("type".to_owned(), block.kind.as_str().into());
    if let Some(omitted) = block.omitted {
        let flags = [
            omitted.parameters,
            omitted.transitions,
            omitted.conditions,
            omitted.errors,
        ];
        let parts = PARTS
            .iter()
            .zip(flags)
            .filter(|(_, is_omitted)| *is_omitted);
        let parts: Vec<Json> = parts.map(|(part, _)| Json::from(*part)).collect();
        keys.insert("omits".to_owned(), Json::Array(parts));
    }
    if let Some(errors) = &block.errors {
        keys.insert("errors".to_owned(), errors.as_slice().into());
    }
    if let Some(operands) = &block.conditions {
        keys.insert("conditions".to_owned(), operands.as_slice().into());
    }
    if let Some(next) = &block.next {
        keys.insert("next".to_owned(), next.as_str().into());
    }
    if let Some(metadata) = &block.metadata {
        keys.insert("block".to_owned(), encoded(metadata));
    }
    Json::Object(keys)
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text)
        .expect("writing to a string does not fail");
}

/// A value as JSON text keeps it: references as `${queue:support}`, and one `$` more in front of
/// texts that could be taken for one.
fn encoded(value: &Value) -> Json {
    match value {
        Value::Text(text) if looks_like_reference(text) => Json::String(format!("${text}")),
        Value::List(items) => items.iter().map(encoded).collect(),
        Value::Map(map) => encoded_map(map),
        other => json::to_json(other),
    }
}

fn encoded_map(map: &Map) -> Json {
    let entries = map.iter().map(|(key, value)| (key.clone(), encoded(value)));
    Json::Object(entries.collect())
}

/// The value that [`encoded`] wrote.
fn decoded(json: Json) -> Value {
    match json {
        Json::String(text) => match reference(&text) {
            Some(reference) => Value::Ref(reference),
            None if text.starts_with("$$") && looks_like_reference(&text) => {
                Value::Text(text[1..].to_owned())
            }
            None => Value::Text(text),
        },
        Json::Array(items) => Value::List(items.into_iter().map(decoded).collect()),
        Json::Object(map) => {
            let entries = map.into_iter().map(|(key, value)| (key, decoded(value)));
            Value::Map(entries.collect())
        }
        other => json::from_json(other),
    }
}

fn looks_like_reference(text: &str) -> bool {
    text.starts_with('$') && text.trim_start_matches('$').starts_with('{')
}

fn reference(text: &str) -> Option<Ref> {
    let (kind, name) = text
        .strip_prefix("${")?
        .strip_suffix('}')?
        .split_once(':')?;
    Some(Ref::new(RefKind::parse(kind)?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_texts_like_them_are_told_apart() {
        let values = [
            Value::Ref(Ref::new(RefKind::Queue, "support")),
            Value::text("${queue:support}"),
            Value::text("$${queue:support}"),
            Value::text("${ACCOUNT}"),
            Value::text("$$${"),
            Value::text("$.Attributes.x"),
            Value::text("costs $5"),
        ];
        for value in values {
            assert_eq!(decoded(encoded(&value)), value);
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut layout = LayoutFile {
            file: Some("Main IVR".to_owned()),
            settings: Some(None),
            ..LayoutFile::default()
        };
        assert_eq!(read_text(&text(&layout)), layout);
        let metadata = json::from_json(serde_json::json!({ "snapToGrid": false }));
        layout.metadata = metadata.as_map().cloned();
        layout.settings = Some(layout.metadata.clone());
        let block = Block {
            identifier: "\u{0}\"".to_owned(),
            kind: "Wait".to_owned(),
            omitted: Some(Omitted {
                conditions: true,
                ..Omitted::default()
            }),
            errors: Some(vec!["B".to_owned(), "A".to_owned()]),
            conditions: Some(vec!["1".to_owned()]),
            next: Some("z".to_owned()),
            metadata: Some(Value::Null),
        };
        layout.actions.insert("a \"b\"".to_owned(), block);
        assert_eq!(read_text(&text(&layout)), layout);
    }

    fn read_text(text: &str) -> LayoutFile {
        parse(&SourceFile::new("a.layout.json", text)).expect("a layout file")
    }
}
