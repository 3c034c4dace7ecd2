//! Strict reading of YAML with positions: every problem of a file is reported, not only the first.
//!
//! A file becomes a tree of nodes with their places; readers then take from it what they know, and
//! what is left over is unknown. What a key means is for the readers to say.

use std::cell::RefCell;
use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use flow::diagnostic::{Diagnostic, SourceFile, Span};
use flow::yaml_fault;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use serde_yaml::Spanned;

use crate::rules;

/// A YAML value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) range: Range<usize>,
    pub(crate) value: Value,
}

/// A YAML value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a mapping and what stands under it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_range: Range<usize>,
    pub(crate) node: Node,
}

impl Value {
    fn noun(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Something read from a file, and where.
#[derive(Clone, Debug)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// Reads one file and gathers what is wrong with it.
pub(crate) struct Reader {
    file: Arc<SourceFile>,
    diags: RefCell<Vec<Diagnostic>>,
}

impl Reader {
    pub(crate) fn new(file: &Arc<SourceFile>) -> Self {
        Self {
            file: Arc::clone(file),
            diags: RefCell::default(),
        }
    }

    /// The tree of the file, unless it is not YAML at all.
    pub(crate) fn root(&self) -> Option<Node> {
        // Repeated keys are reported with everything else, at both places.
        let options = serde_yaml::options! {
            duplicate_keys: serde_yaml::options::DuplicateKeyPolicy::PassThrough,
        };
        match serde_yaml::from_str_with_options::<Spanned<Value>>(&self.file.text, options) {
            Ok(spanned) => Some(node(spanned)),
            Err(error) => {
                let error = error.without_snippet();
                let location = error.location();
                let range = location.map_or(0..0, |location| self.place(&location));
                let message = error.to_string();
                let message = message.lines().next().unwrap_or("not YAML");
                // The place is shown anyway.
                let message = message.split(" at line ").next().unwrap_or(message);
                let fault = yaml_fault::explain(message);
                let span = self.span(range);
                let mut diag = rules::INVALID_YAML.at("text is not YAML", span, fault.label);
                diag.help = fault.help;
                self.push(diag);
                None
            }
        }
    }

    /// The place of an error, which may come without byte offsets.
    fn place(&self, location: &serde_yaml::Location) -> Range<usize> {
        if location.span().byte_offset().is_some() {
            return range_of(location);
        }
        let text = &self.file.text;
        let before = (location.line() as usize).saturating_sub(1);
        let line: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
        let column = (location.column() as usize).saturating_sub(1);
        let rest = text[line..].chars().take(column);
        let start = line + rest.map(char::len_utf8).sum::<usize>();
        start..start
    }

    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        self.diags.into_inner()
    }

    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let file = Arc::clone(&self.file);
        Span { file, range }
    }

    pub(crate) fn locate<T>(&self, node: &Node, value: T) -> Located<T> {
        let span = self.span(node.range.clone());
        Located { value, span }
    }

    pub(crate) fn report(
        &self,
        rule: rules::Rule,
        headline: impl Into<String>,
        range: Range<usize>,
        label: impl Into<String>,
    ) {
        self.push(rule.at(headline, self.span(range), label));
    }

    pub(crate) fn push(&self, diag: Diagnostic) {
        self.diags.borrow_mut().push(diag);
    }

    fn wrong_type(&self, node: &Node, expected: &str) {
        let label = format!("this is {}", node.value.noun());
        let diag = rules::WRONG_TYPE.at(
            format!("expected {expected}"),
            self.span(node.range.clone()),
            label,
        );
        self.push(match node.value {
            Value::Integer(_) | Value::Float(_) | Value::Bool(_) if expected == "text" => {
                diag.with_help("put it in quotes")
            }
            _ => diag,
        });
    }

    /// Starts reading a mapping; [`Fields::finish`] reports the keys nobody asked for.
    pub(crate) fn fields<'n>(&self, node: &'n Node, what: &'static str) -> Option<Fields<'_, 'n>> {
        let entries = self.entries(node)?;
        Some(Fields {
            reader: self,
            entries,
            known: Vec::new(),
            range: node.range.clone(),
            what,
        })
    }

    /// The entries of a mapping whose keys are names; nothing written is an empty mapping.
    pub(crate) fn entries<'n>(&self, node: &'n Node) -> Option<&'n [Entry]> {
        match &node.value {
            Value::Map(entries) => {
                self.check_keys(entries);
                Some(entries)
            }
            Value::Null => Some(&[]),
            _ => {
                self.wrong_type(node, "a mapping");
                None
            }
        }
    }

    fn check_keys(&self, entries: &[Entry]) {
        for (n, entry) in entries.iter().enumerate() {
            let Some(first) = entries[..n].iter().find(|first| first.key == entry.key) else {
                continue;
            };
            let span = self.span(entry.key_range.clone());
            let headline = format!("`{}` is written twice", entry.key);
            let diag = rules::DECLARED_TWICE.at(headline, span, "again here");
            let first = self.span(first.key_range.clone());
            self.push(diag.with_label(first, "first here"));
        }
    }

    pub(crate) fn list<'n>(&self, node: &'n Node) -> Option<&'n [Node]> {
        match &node.value {
            Value::List(items) => Some(items),
            _ => {
                self.wrong_type(node, "a list");
                None
            }
        }
    }

    pub(crate) fn text(&self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) if text.is_empty() => {
                self.report(rules::INVALID_VALUE, "empty text", node.range.clone(), "");
                None
            }
            Value::Text(text) => Some(text.clone()),
            _ => {
                self.wrong_type(node, "text");
                None
            }
        }
    }

    pub(crate) fn boolean(&self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Bool(value) => Some(value),
            _ => {
                self.wrong_type(node, "true or false");
                None
            }
        }
    }

    pub(crate) fn integer(&self, node: &Node, allowed: RangeInclusive<i64>) -> Option<i64> {
        match node.value {
            Value::Integer(value) if allowed.contains(&value) => Some(value),
            Value::Integer(value) => {
                let (from, to) = (allowed.start(), allowed.end());
                let headline = format!("{value} is not between {from} and {to}");
                self.report(rules::INVALID_VALUE, headline, node.range.clone(), "");
                None
            }
            _ => {
                self.wrong_type(node, "a whole number");
                None
            }
        }
    }

    pub(crate) fn number(&self, node: &Node) -> Option<f64> {
        match node.value {
            Value::Integer(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => {
                self.wrong_type(node, "a number");
                None
            }
        }
    }

    /// A duration such as `7s`, `15m`, `2h` or `30d`, in seconds.
    pub(crate) fn seconds(&self, node: &Node) -> Option<i64> {
        let text = self.text(node)?;
        let seconds = parse_seconds(&text);
        if seconds.is_none() {
            let diag = rules::INVALID_VALUE
                .at(
                    format!("`{text}` is not a duration"),
                    self.span(node.range.clone()),
                    "",
                )
                .with_help("write a whole number and a unit: `7s`, `15m`, `2h`, `30d`");
            self.push(diag);
        }
        seconds
    }

    /// Anything, as JSON.
    pub(crate) fn json(&self, node: &Node) -> Option<Json> {
        Some(match &node.value {
            Value::Null => Json::Null,
            Value::Bool(value) => (*value).into(),
            Value::Integer(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items
                .iter()
                .map(|item| self.json(item))
                .collect::<Option<_>>()?,
            Value::Map(_) => {
                let entries = self.entries(node)?.iter();
                let pairs = entries.map(|it| Some((it.key.clone(), self.json(&it.node)?)));
                Json::Object(pairs.collect::<Option<_>>()?)
            }
        })
    }

    /// One of some fixed words.
    pub(crate) fn word<T: Copy>(&self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let diag = rules::INVALID_VALUE.at(
                format!("`{text}` is not known here"),
                self.span(node.range.clone()),
                "",
            );
            self.push(diag.with_help(help_with_names(&text, &names)));
        }
        found.map(|(_, value)| *value)
    }
}

/// A mapping that is being read key by key.
pub(crate) struct Fields<'r, 'n> {
    reader: &'r Reader,
    entries: &'n [Entry],
    known: Vec<&'static str>,
    range: Range<usize>,
    what: &'static str,
}

impl<'n> Fields<'_, 'n> {
    pub(crate) fn optional(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(&entry.node)
    }

    pub(crate) fn required(&mut self, key: &'static str) -> Option<&'n Node> {
        let found = self.optional(key);
        if found.is_none() {
            let headline = format!("{} without `{key}`", self.what);
            let label = format!("`{key}` is missing here");
            let range = self.range.clone();
            self.reader
                .report(rules::MISSING_KEY, headline, range, label);
        }
        found
    }

    /// Reports every key that was not asked for.
    pub(crate) fn finish(self) {
        for entry in self.entries {
            if self.known.contains(&entry.key.as_str()) {
                continue;
            }
            let diag = rules::UNKNOWN_KEY.at(
                format!("unknown key `{}`", entry.key),
                self.reader.span(entry.key_range.clone()),
                format!("no such key in {}", self.what),
            );
            let help = help_with_names(&entry.key, &self.known);
            self.reader.push(diag.with_help(help));
        }
    }
}

/// `7s`, `15m`, `2h`, `30d` in seconds.
fn parse_seconds(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    (count >= 0).then(|| count.checked_mul(factor)).flatten()
}

/// The near name if there is one, else all of them.
pub(crate) fn help_with_names(wrong: &str, names: &[&str]) -> String {
    match nearest(wrong, names) {
        None if names.is_empty() => "none is declared".to_owned(),
        Some(name) => format!("a similar name exists: `{name}`"),
        None => format!("known are: {}", names.join(", ")),
    }
}

/// A name that is probably meant.
pub(crate) fn nearest<'a>(wrong: &str, names: &[&'a str]) -> Option<&'a str> {
    names
        .iter()
        .map(|name| (strsim::jaro_winkler(wrong, name), *name))
        .filter(|(similarity, _)| *similarity >= 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn node(spanned: Spanned<Value>) -> Node {
    Node {
        range: range_of(&spanned.referenced),
        value: spanned.value,
    }
}

fn range_of(location: &serde_yaml::Location) -> Range<usize> {
    let span = location.span();
    let start = span.byte_offset().unwrap_or(0) as usize;
    let length = span.byte_len().unwrap_or(0) as usize;
    start..start + length
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element::<Spanned<Value>>()? {
            items.push(node(item));
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let value = access.next_value::<Spanned<Value>>()?;
            entries.push(Entry {
                key_range: range_of(&key.referenced),
                key: key.value,
                node: node(value),
            });
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(parse_seconds("7s"), Some(7));
        assert_eq!(parse_seconds("15m"), Some(900));
        assert_eq!(parse_seconds("30d"), Some(2_592_000));
        for wrong in [
            "",
            "s",
            "7",
            "7 s",
            "-1s",
            "1.5h",
            "7ß",
            "9999999999999999d",
        ] {
            assert_eq!(parse_seconds(wrong), None, "{wrong}");
        }
    }
}
