//! Where the parts of a compiled flow are written in its YAML sources.
//!
//! Lowering remembers the source action of each action and no more, since only findings need it
//! narrower. For them the part is looked for in the tree of the source: by its key where the
//! action is in its own terms, else by what it says.

use std::ops::Range;
use std::sync::Arc;

use flow::catalogue;
use flow::diagnostic::{Label, SourceFile, Span};
use flow::model::{ActionId, Condition, Flow};
use flow::value::Value;

use super::{Place, Places, Subject};
use crate::compiled::CompiledFlow;
use crate::place::SourceId;
use crate::yaml::{self, Entry, Kind, Node};

impl CompiledFlow {
    /// The flow as something to check; `flow` is what an environment made of it, or the portable
    /// flow itself.
    pub fn subject<'a>(&'a self, flow: &'a Flow) -> Subject<'a> {
        Subject {
            name: &self.definition.name,
            kind: Some(self.definition.kind),
            flow,
            places: self,
            is_sound: self.errors.is_empty(),
        }
    }

    /// The place of a part inside the source action that an action was written as.
    fn inside(&self, n: usize, part: impl Fn(&Written<'_>) -> Option<Range<usize>>) -> Span {
        let action = self.definition.flow.actions.get(n);
        let Some(whole) = action.and_then(|action| self.span_of(&action.id)) else {
            return self.name_span();
        };
        let text = whole.file.text.as_str();
        let range = self.with_tree(&whole.file, |tree| {
            let entry = entry_at(tree, &whole.range)?;
            part(&Written { text, entry })
        });
        Span {
            range: range.unwrap_or(whole.range),
            file: whole.file,
        }
    }

    /// Looks into the tree of a file. That of the flow's own is kept, since where there is one
    /// finding there are often more; fragments are small.
    fn with_tree<T>(
        &self,
        file: &Arc<SourceFile>,
        look: impl FnOnce(&Node) -> Option<T>,
    ) -> Option<T> {
        let parse = || yaml::parse(file, SourceId::default()).0;
        if Arc::ptr_eq(file, &self.name_span.file) {
            look(self.tree.get_or_init(parse).as_ref()?)
        } else {
            look(&parse()?)
        }
    }

    fn start(&self) -> Span {
        let span = self.name_span();
        let range = self.with_tree(&span.file, |tree| {
            Some(child(tree, "start")?.value.range.clone())
        });
        Span {
            range: range.unwrap_or(span.range),
            file: Arc::clone(&span.file),
        }
    }
}

impl Places for CompiledFlow {
    fn span(&self, _: &Flow, place: &Place<'_>) -> Span {
        // The portable flow says what the sources say; templates stand in it as they are written.
        let actions = &self.definition.flow.actions;
        match *place {
            Place::Flow => self.name_span(),
            Place::Start => self.start(),
            Place::Action(n) => {
                let id = actions.get(n).map(|action| &action.id);
                id.and_then(|id| self.span_of(id))
                    .unwrap_or_else(|| self.name_span())
            }
            Place::Type(n) => self.inside(n, |written| written.form()),
            Place::Parameter(n, path) => self.inside(n, |written| {
                let parameters = &actions.get(n)?.parameters;
                written.parameter(path, catalogue::parameter(parameters, path))
            }),
            Place::Next(n) => {
                self.inside(n, |written| Some(written.key("next")?.value.range.clone()))
            }
            Place::Condition(n, number) => self.inside(n, |written| {
                let ways = &actions.get(n)?.transitions;
                written.condition(number, ways.conditions.get(number)?)
            }),
            Place::Error(n, name) => self.inside(n, |written| {
                let errors = &actions.get(n)?.transitions.errors;
                let branch = errors.iter().find(|it| it.error == name);
                written.error(name, branch.map(|it| &it.next))
            }),
        }
    }

    fn pattern(&self, _: &Flow, n: usize) -> usize {
        let actions = &self.definition.flow.actions;
        let origin = |n: usize| self.origin(&actions.get(n)?.id);
        let Some(own) = origin(n) else { return n };
        let first = (0..n).find(|other| origin(*other) == Some(own));
        first.unwrap_or(n)
    }

    fn used_at(&self, n: usize) -> &[Label] {
        let action = self.definition.flow.actions.get(n);
        let origin = action.and_then(|action| self.origin(&action.id));
        origin.map_or(&[], |origin| &origin.used_at)
    }

    fn has_error_at(&self, action: Option<usize>) -> bool {
        let Some(n) = action else {
            return !self.errors.is_empty();
        };
        let span = self.inside(n, |written| Some(written.whole()));
        let here = self.errors.iter().filter(|it| it.file == span.file);
        let mut starts = here.map(|it| it.range.start);
        starts.any(|at| (span.range.start..=span.range.end).contains(&at))
    }

    fn remark(&self, flow: &Flow, place: &Place<'_>) -> Option<String> {
        let Place::Parameter(n, path) = *place else {
            return None;
        };
        let value = |flow: &Flow| -> Option<Value> {
            let parameters = &flow.actions.get(n)?.parameters;
            catalogue::parameter(parameters, path).cloned()
        };
        match (value(&self.definition.flow)?, value(flow)?) {
            (Value::Template(_), Value::Text(text)) => Some(format!("the text is `{text}`")),
            _ => None,
        }
    }
}

/// A source action.
struct Written<'a> {
    text: &'a str,
    entry: &'a Entry,
}

impl<'a> Written<'a> {
    fn whole(&self) -> Range<usize> {
        self.entry.key.range.start..self.entry.value.range.end.max(self.entry.key.range.end)
    }

    fn key(&self, key: &str) -> Option<&'a Entry> {
        child(&self.entry.value, key)
    }

    /// The key that says what the action does; of an action in its own terms the type.
    fn form(&self) -> Option<Range<usize>> {
        if let Some(kind) = self.key("type") {
            return Some(kind.value.range.clone());
        }
        let common = ["next", "on", "when", "otherwise"];
        let form = entries(&self.entry.value)
            .iter()
            .find(|entry| !common.contains(&entry.key.text.as_str()))?;
        Some(form.key.range.clone())
    }

    fn parameter(&self, path: &str, value: Option<&Value>) -> Option<Range<usize>> {
        if let Some(parameters) = self
            .key("parameters")
            .filter(|_| self.key("type").is_some())
        {
            return self.raw_parameter(parameters, path);
        }
        let said = value.and_then(as_written);
        let mut found = Vec::new();
        if let Some(said) = said {
            scalars_with(&self.entry.value, said, &mut found);
        }
        match found.as_slice() {
            [only] => Some(only.clone()),
            _ => self.form(),
        }
    }

    /// The value if it is one line, else its key; what is not there is pointed at where it would
    /// stand.
    fn raw_parameter(&self, parameters: &Entry, path: &str) -> Option<Range<usize>> {
        let mut at = parameters;
        let mut item = None;
        for word in path.split('.') {
            let node = item.unwrap_or(&at.value);
            match (&node.kind, word.parse::<usize>()) {
                (Kind::List(items), Ok(n)) => item = items.get(n),
                _ => match child(node, word) {
                    Some(entry) => (at, item) = (entry, None),
                    None if at.key.range == parameters.key.range => return self.form(),
                    None => return Some(at.key.range.clone()),
                },
            }
        }
        let range = item.map_or(&at.value.range, |item| &item.range);
        let is_short = !range.is_empty() && !self.text[range.clone()].contains('\n');
        Some(if is_short {
            range.clone()
        } else {
            at.key.range.clone()
        })
    }

    fn condition(&self, number: usize, condition: &Condition) -> Option<Range<usize>> {
        let branches = self.key("conditions").or_else(|| self.key("when"));
        if let Some(Kind::List(items)) = branches.map(|it| &it.value.kind) {
            return Some(self.first_line(&items.get(number)?.range));
        }
        let operand = condition.operands.first().and_then(as_written);
        let by_operand = branches.and_then(|it| child(&it.value, operand?));
        let by_target = || self.only_branch_to(&condition.next);
        let entry = by_operand.or_else(by_target)?;
        Some(entry.key.range.start..entry.value.range.end)
    }

    fn error(&self, name: &str, target: Option<&ActionId>) -> Option<Range<usize>> {
        let errors = self.key("errors").and_then(|it| child(&it.value, name));
        let on = || {
            self.key("on")
                .and_then(|it| child(&it.value, &snake_case(name)))
        };
        let otherwise = || match name {
            "NoMatchingCondition" => self.key("otherwise"),
            "NoMatchingError" => self.key("on").and_then(|it| child(&it.value, "error")),
            _ => None,
        };
        let by_target = || self.only_branch_to(target?);
        let entry = errors.or_else(on).or_else(otherwise).or_else(by_target)?;
        Some(entry.key.range.start..entry.value.range.end)
    }

    /// The branch that leads to an action, if it is the only one.
    fn only_branch_to(&self, target: &ActionId) -> Option<&'a Entry> {
        let maps = ["on", "when"].map(|key| self.key(key));
        let maps = maps.into_iter().flatten();
        let mut leading = maps
            .flat_map(|it| entries(&it.value))
            .filter(|it| matches!(&it.value.kind, Kind::Scalar(to) if to.text == target.as_str()));
        leading.next().filter(|_| leading.next().is_none())
    }

    fn first_line(&self, range: &Range<usize>) -> Range<usize> {
        let line = self.text[range.clone()].lines().next().unwrap_or_default();
        range.start..range.start + line.trim_end().len()
    }
}

/// A value as a scalar of the sources says it.
fn as_written(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Template(template) => Some(&template.source),
        Value::Ref(reference) => Some(&reference.name),
        _ => None,
    }
}

/// `ParticipantNotFound` as the branches of the short forms have it: `participant_not_found`.
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn entries(node: &Node) -> &[Entry] {
    match &node.kind {
        Kind::Map(entries) => entries,
        _ => &[],
    }
}

fn child<'a>(node: &'a Node, key: &str) -> Option<&'a Entry> {
    entries(node).iter().find(|entry| entry.key.text == key)
}

/// The entry whose key stands at a place. The depth of a tree is limited.
fn entry_at<'a>(node: &'a Node, range: &Range<usize>) -> Option<&'a Entry> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find_map(|entry| {
            let is_it = entry.key.range == *range;
            is_it
                .then_some(entry)
                .or_else(|| entry_at(&entry.value, range))
        }),
        Kind::List(items) => items.iter().find_map(|item| entry_at(item, range)),
        Kind::Scalar(_) => None,
    }
}

fn scalars_with(node: &Node, text: &str, found: &mut Vec<Range<usize>>) {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.text == text => found.push(scalar.range.clone()),
        Kind::Scalar(_) => {}
        Kind::List(items) => items
            .iter()
            .for_each(|item| scalars_with(item, text, found)),
        Kind::Map(entries) => entries
            .iter()
            .for_each(|entry| scalars_with(&entry.value, text, found)),
    }
}
