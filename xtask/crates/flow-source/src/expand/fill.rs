//! Parameters and items, filled into a copy of what a file has.

use std::rc::Rc;

use super::fragment::Lists;
use super::parameter::ParameterType;
use super::{Expander, child, structural};
use crate::place::{SourceId, Written, in_file};
use crate::rule;
use crate::suggest;
use crate::template::{self, Hole, Stands};
use crate::yaml::{Entry, Kind, Node, Scalar};

/// What can be filled in at a place.
pub(super) struct Env<'v> {
    /// The source of the nodes that are made.
    pub(super) source: SourceId,
    /// The parameters of the fragment; none outside one.
    parameters: Option<&'v [Bound]>,
    pub(super) lists: &'v Lists<'v>,
    /// The items of the lists around, by their names, the innermost last.
    items: Vec<(String, Rc<Node>)>,
}

/// A parameter with its value.
pub(super) struct Bound {
    pub(super) name: String,
    pub(super) kind: ParameterType,
    pub(super) value: Node,
}

/// What stands for a hole.
type Value<'v> = (&'v Node, Option<ParameterType>);

impl<'v> Env<'v> {
    pub(super) fn of_file(source: SourceId, lists: &'v Lists<'v>) -> Self {
        Self {
            source,
            parameters: None,
            lists,
            items: Vec::new(),
        }
    }

    pub(super) fn of_fragment(
        source: SourceId,
        parameters: &'v [Bound],
        lists: &'v Lists<'v>,
    ) -> Self {
        Self {
            parameters: Some(parameters),
            ..Self::of_file(source, lists)
        }
    }

    /// Does something for an item, in a source of its own.
    pub(super) fn with_item<T>(
        &mut self,
        variable: &str,
        item: &Node,
        source: SourceId,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = std::mem::replace(&mut self.source, source);
        self.items
            .push((variable.to_owned(), Rc::new(item.clone())));
        let result = work(self);
        self.items.pop();
        self.source = outer;
        result
    }

    fn fills(&self, name: &str) -> bool {
        self.parameters.is_some() && name == "params" || self.items.iter().any(|it| it.0 == name)
    }

    /// The value of a hole, or which of its names leads to nothing, and in what.
    fn value(&self, hole: &Hole) -> Result<Value<'_>, (usize, Option<&Node>)> {
        let item = self.items.iter().rev().find(|it| it.0 == hole.root);
        let (mut value, mut kind, mut at) = match (item, self.parameters) {
            (Some((_, item)), _) => (&**item, None, 0),
            (None, Some(parameters)) => {
                let name = hole.path.first().map(|it| it.0.as_str());
                let mut parameters = parameters.iter();
                let bound = parameters.find(|it| Some(it.name.as_str()) == name);
                let bound = bound.ok_or((0, None))?;
                (&bound.value, Some(bound.kind), 1)
            }
            (None, None) => return Err((0, None)),
        };
        for (name, _) in hole.path.iter().skip(at) {
            value = &child(value, name).ok_or((at, Some(value)))?.value;
            kind = None;
            at += 1;
        }
        Ok((value, kind))
    }
}

impl Expander<'_, '_> {
    /// The map of an action, without the keys that repeat it.
    pub(super) fn action_body(&mut self, node: &Node, env: &mut Env<'_>) -> Node {
        let Kind::Map(entries) = &node.kind else {
            return self.fill(node, env);
        };
        let is_own = |it: &&Entry| {
            let word = it.key.text.as_str();
            !(it.key.is_plain() && matches!(word, "for_each" | "after_last"))
        };
        let entries = entries.iter().filter(is_own);
        let entries = entries.map(|it| self.entry(it, env)).collect();
        self.node(node, Kind::Map(entries), env)
    }

    /// A copy with everything filled in that can be.
    pub(super) fn fill(&mut self, node: &Node, env: &mut Env<'_>) -> Node {
        if !self.spend(1, 0) {
            return self.node(node, Kind::List(Vec::new()), env);
        }
        match &node.kind {
            Kind::Scalar(scalar) => self.scalar(scalar, env),
            Kind::List(items) => {
                let mut filled = Vec::with_capacity(items.len());
                for item in items {
                    match structural(item, "for_each") {
                        Some(each) => self.repeated_item(item, each, env, &mut filled),
                        None => filled.push(self.fill(item, env)),
                    }
                }
                self.node(node, Kind::List(filled), env)
            }
            Kind::Map(entries) => {
                let filled = match structural(node, "for_each") {
                    Some(each) => self.repeated_entries(entries, each, env),
                    None => entries.iter().map(|it| self.entry(it, env)).collect(),
                };
                self.node(node, Kind::Map(filled), env)
            }
        }
    }

    fn node(&self, of: &Node, kind: Kind, env: &Env<'_>) -> Node {
        let size = match &kind {
            Kind::Scalar(_) => 1,
            Kind::List(items) => 1 + items.iter().map(|it| it.size).sum::<usize>(),
            Kind::Map(entries) => 1 + entries.iter().map(|it| it.value.size).sum::<usize>(),
        };
        Node {
            kind,
            source: env.source,
            range: of.range.clone(),
            size,
        }
    }

    pub(super) fn entry(&mut self, entry: &Entry, env: &mut Env<'_>) -> Entry {
        let key = match self.scalar(&entry.key, env).kind {
            Kind::Scalar(key) => key,
            _ => {
                let headline = "key that is not text";
                let label = "this stands for a list or a map";
                let (source, range) = (env.source, entry.key.range.clone());
                self.error(&rule::STRUCTURE_INSIDE_TEXT, source, range, headline, label);
                self.copied(&entry.key, env)
            }
        };
        let value = self.fill(&entry.value, env);
        Entry { key, value }
    }

    fn copied(&mut self, scalar: &Scalar, env: &Env<'_>) -> Scalar {
        if !self.spend(0, scalar.text.len()) {
            return literal(scalar, String::new(), env.source);
        }
        Scalar {
            source: env.source,
            ..scalar.clone()
        }
    }

    fn scalar(&mut self, scalar: &Scalar, env: &Env<'_>) -> Node {
        let is_fixed = scalar.is_json || !template::is_template(&scalar.text);
        let holes = if is_fixed {
            Vec::new()
        } else {
            template::holes(&scalar.text, |name| env.fills(name))
        };
        if let [hole] = holes.as_slice()
            && hole.stands == Stands::Alone
            && let Ok((value, kind)) = env.value(hole)
        {
            return self.whole(value, kind);
        }
        let filled = if holes.is_empty() {
            self.copied(scalar, env)
        } else {
            self.composed(scalar, &holes, env)
        };
        let range = filled.range.clone();
        Node {
            kind: Kind::Scalar(filled),
            source: env.source,
            range,
            size: 1,
        }
    }

    /// A value that stands for the whole of a scalar, as it is written.
    fn whole(&mut self, value: &Node, kind: Option<ParameterType>) -> Node {
        if !self.spend(value.size, bytes(value)) {
            return Node {
                kind: Kind::List(Vec::new()),
                range: value.range.clone(),
                ..*value
            };
        }
        let mut node = value.clone();
        if let (Kind::Scalar(scalar), Some(ParameterType::Reference(kind))) = (&mut node.kind, kind)
            && !template::is_template(&scalar.text)
            && !flow::jsonpath::is_reference(&scalar.text)
        {
            let name = template::quoted(&scalar.text);
            let start = "{{ ".len() + kind.as_str().len() + "(".len();
            let filled = vec![(start..start + name.len(), 0..scalar.text.len())];
            let text = format!("{{{{ {kind}({name}) }}}}");
            let written = Written {
                scalar: scalar.clone(),
                filled,
            };
            scalar.text = text;
            scalar.written = Some(Box::new(written));
        }
        node
    }

    /// A text with values in it. What no environment can change becomes a literal.
    fn composed(&mut self, scalar: &Scalar, holes: &[Hole], env: &Env<'_>) -> Scalar {
        let source = scalar.text.as_str();
        let mut text = String::with_capacity(source.len());
        let mut filled = Vec::new();
        let mut end = 0;
        for hole in holes {
            let range = match &hole.stands {
                Stands::InText(range) => range.clone(),
                _ => hole.range.clone(),
            };
            let Some(part) = self.part(scalar, hole, env) else {
                return literal(scalar, source[hole.range.clone()].to_owned(), env.source);
            };
            if !self.spend(0, part.len() + range.start - end) {
                return literal(scalar, String::new(), env.source);
            }
            text.push_str(&source[end..range.start]);
            let start = text.len();
            text.push_str(&part);
            filled.push((start..text.len(), range.clone()));
            end = range.end;
        }
        text.push_str(&source[end..]);
        if let Some(text) = self.settled(&text) {
            return literal(scalar, text, env.source);
        }
        let written = Written {
            scalar: scalar.clone(),
            filled,
        };
        Scalar {
            written: Some(Box::new(written)),
            ..literal(scalar, text, env.source)
        }
    }

    /// The text of a template that is the same in every environment.
    fn settled(&self, text: &str) -> Option<String> {
        if !template::is_template(text) {
            return Some(text.to_owned());
        }
        let analysis = template::analyse(text);
        let is_open = analysis.reference.is_some()
            || !analysis.variables.is_empty()
            || !analysis.faults.is_empty();
        let text = (!is_open).then(|| self.renderer.render(text).ok())??;
        (!template::is_template(&text)).then_some(text)
    }

    /// What comes into a text or an expression for a hole.
    fn part(&mut self, scalar: &Scalar, hole: &Hole, env: &Env<'_>) -> Option<String> {
        let (value, kind) = match env.value(hole) {
            Ok(found) => found,
            Err((at, value)) => {
                let value = value.cloned();
                self.unknown(scalar, hole, at, value.as_ref(), env);
                return None;
            }
        };
        let part = match &value.kind {
            Kind::Scalar(value) if matches!(hole.stands, Stands::InText(_)) => in_text(value, kind),
            Kind::Scalar(value) => in_expression(value, kind),
            _ => None,
        };
        if part.is_none() {
            let described = match &value.kind {
                Kind::Scalar(_) => "a template with statements",
                _ => value.described(),
            };
            let there = self.sources.node_span(value);
            let file = &self.sources.file(scalar.source).text;
            let range = in_file(file, scalar, hole.range.clone());
            let headline = format!("{described} inside a text");
            let label = format!("this stands for {described}");
            let diag = self.error(
                &rule::STRUCTURE_INSIDE_TEXT,
                env.source,
                range,
                headline,
                label,
            );
            diag.labels.insert(1, super::labelled(there, "the value"));
        }
        part
    }

    /// Reports a name that leads to nothing in the value before it.
    fn unknown(
        &mut self,
        scalar: &Scalar,
        hole: &Hole,
        at: usize,
        value: Option<&Node>,
        env: &Env<'_>,
    ) {
        // Unknown parameters were reported where the fragment is.
        let (Some((name, range)), Some(value)) = (hole.path.get(at), value) else {
            return;
        };
        let there = self.sources.node_span(value);
        let file = &self.sources.file(scalar.source).text;
        let range = in_file(file, scalar, range.clone());
        let headline = format!("value without `{name}`");
        let label = format!("there is no `{name}` in it");
        let known = match &value.kind {
            Kind::Map(entries) => entries.iter().map(|it| it.key.text.as_str()).collect(),
            _ => Vec::new(),
        };
        let near = suggest::nearest(name, known.iter().copied());
        let help = match near {
            Some(near) => Some(format!("a key with a similar name exists: `{near}`")),
            None if known.is_empty() => None,
            None => Some(format!("what it has: {}", suggest::listed(known))),
        };
        let described = format!("the value is {}", value.described());
        let diag = self.error(&rule::UNKNOWN_VARIABLE, env.source, range, headline, label);
        if !diag.labels.iter().any(|it| it.span == there) {
            diag.labels.insert(1, super::labelled(there, described));
        }
        diag.help = help;
    }
}

/// A text that came of a scalar.
fn literal(scalar: &Scalar, text: String, source: SourceId) -> Scalar {
    Scalar {
        text,
        source,
        style: scalar.style,
        range: scalar.range.clone(),
        written: None,
        is_json: false,
    }
}

fn bytes(node: &Node) -> usize {
    match &node.kind {
        Kind::Scalar(scalar) => scalar.text.len(),
        Kind::List(items) => items.iter().map(bytes).sum(),
        Kind::Map(entries) => {
            let entry = |it: &Entry| it.key.text.len() + bytes(&it.value);
            entries.iter().map(entry).sum()
        }
    }
}

/// A value between other texts of a template.
fn in_text(value: &Scalar, kind: Option<ParameterType>) -> Option<String> {
    let text = value.text.as_str();
    let is_sign = |c: Option<char>| c.is_some_and(|c| "{}%#".contains(c) || c.is_whitespace());
    if value.is_json || !template::is_template(text) {
        // As a string of its own it makes no signs with what is around it, and is not trimmed.
        let is_plain = !text.contains(['{', '}', '%', '#'])
            && !is_sign(text.chars().next())
            && !is_sign(text.chars().next_back());
        return Some(match is_plain {
            true => text.to_owned(),
            false => format!("{{{{ {} }}}}", template::quoted(text)),
        });
    }
    let starts = ["{{", "{%", "{#"].iter().any(|it| text.starts_with(it));
    let ends = ["}}", "%}", "#}"].iter().any(|it| text.ends_with(it));
    let stands_alone = (starts || !is_sign(text.chars().next()))
        && (ends || !is_sign(text.chars().next_back()))
        && !["{{-", "{%-", "{#-", "-}}", "-%}", "-#}"]
            .iter()
            .any(|it| text.contains(it));
    if stands_alone {
        return Some(text.to_owned());
    }
    in_expression(value, kind).map(|it| format!("{{{{ {it} }}}}"))
}

/// A value in an expression of a template.
fn in_expression(value: &Scalar, kind: Option<ParameterType>) -> Option<String> {
    let text = value.text.as_str();
    if let Some(ParameterType::Reference(kind)) = kind {
        return Some(format!("{kind}({})", template::quoted(text)));
    }
    if !value.is_json && template::is_template(text) {
        return template::as_expression(text);
    }
    let is_bare = match kind {
        Some(ParameterType::Number | ParameterType::Boolean) => true,
        Some(_) => false,
        None => value.is_plain(),
    };
    let is_number = || text.parse::<i64>().is_ok() || text.parse::<f64>().is_ok_and(f64::is_finite);
    let is_constant = is_bare && (matches!(text, "true" | "false") || is_number());
    Some(match is_constant {
        true if text.starts_with('-') => format!("({text})"),
        true => text.trim_start_matches('+').to_owned(),
        false => template::quoted(text),
    })
}
