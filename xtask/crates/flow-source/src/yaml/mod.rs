//! YAML as a tree in which every node knows its place.
//!
//! Built from parser events with an explicit stack, so that no input can exhaust the thread's
//! own; what is usual is read without the parser. Depth and number of nodes are limited, and
//! aliases count with all they stand for.
//! What a scalar means is left to the reader of the tree; only plain and quoted are told apart.

mod usual;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use flow::diagnostic::{Diagnostic, SourceFile, Span};
use flow::yaml_fault;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use crate::place::{SourceId, Written};
use crate::rule;

/// Of a map with fewer keys all are looked at, which is faster than hashing them.
const MANY_KEYS: usize = 24;
const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 100_000;
/// Faults of one file; whoever has made more of them repairs these first.
const MAX_FAULTS: usize = 100;

/// What separates tokens.
const WHITE: [char; 4] = [' ', '\t', '\n', '\r'];

/// A node of the tree.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Where it was written.
    pub(crate) source: SourceId,
    /// Of a scalar its token, of a list or map from its first to its last child.
    pub(crate) range: Range<usize>,
    /// Nodes in it, itself included.
    pub(crate) size: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A scalar's text, after escapes and folding.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) style: ScalarStyle,
    pub(crate) source: SourceId,
    pub(crate) range: Range<usize>,
    /// What stands in the file, where the text came of it by filling something in.
    pub(crate) written: Option<Box<Written>>,
    /// Tagged `!json`: a JSON value as it stands. Nothing is looked for in its text.
    pub(crate) is_json: bool,
}

/// A key of a map and what is under it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Scalar,
    pub(crate) value: Node,
}

impl Scalar {
    pub(crate) fn is_plain(&self) -> bool {
        self.style == ScalarStyle::Plain
    }

    /// Nothing, `null` or `~` without quotes.
    pub(crate) fn is_null(&self) -> bool {
        self.is_plain() && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar.is_null())
    }

    /// What kind of thing it is, for messages.
    pub(crate) fn described(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(scalar) if scalar.is_null() => "nothing",
            Kind::Scalar(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
}

/// Reads the one document of a file. Without a tree there is a diagnostic that says why.
pub(crate) fn parse(file: &Arc<SourceFile>, source: SourceId) -> (Option<Node>, Vec<Diagnostic>) {
    match usual::read(&file.text, source) {
        Some(root) => (Some(root), Vec::new()),
        None => parse_all(file, source),
    }
}

/// Reads anything that is YAML.
fn parse_all(file: &Arc<SourceFile>, source: SourceId) -> (Option<Node>, Vec<Diagnostic>) {
    let mut builder = Builder {
        source,
        offsets: Offsets::new(&file.text),
        file,
        frames: Vec::new(),
        anchors: HashMap::new(),
        size: 0,
        root: None,
        diags: Vec::new(),
    };
    let is_complete = builder.run();
    let root = builder.root.filter(|_| is_complete);
    (root, builder.diags)
}

/// Byte offsets of characters; the parser counts characters.
struct Offsets {
    /// Nothing where each character is one byte.
    bytes: Option<Vec<usize>>,
    length: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        let length = text.len();
        Self { bytes, length }
    }

    fn byte(&self, index: usize) -> usize {
        match &self.bytes {
            Some(bytes) => bytes.get(index).copied().unwrap_or(self.length),
            None => index.min(self.length),
        }
    }

    fn range(&self, span: saphyr_parser::Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }
}

struct Builder<'a> {
    source: SourceId,
    file: &'a Arc<SourceFile>,
    offsets: Offsets,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    size: usize,
    root: Option<Node>,
    diags: Vec<Diagnostic>,
}

/// A list or map whose end has not come yet.
struct Frame {
    start: usize,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        /// The places of keys among the entries, where there are many.
        seen: HashMap<String, usize>,
        key: Option<Key>,
    },
}

enum Key {
    Good(Scalar),
    /// Reported already; what is under it is dropped.
    Bad,
}

impl Builder<'_> {
    /// Whether the document was read to its end.
    fn run(&mut self) -> bool {
        let file = Arc::clone(self.file);
        let mut parser = Parser::new_from_str(&file.text);
        let mut n_documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    let at = self.offsets.byte(error.marker().index());
                    self.refuse(at, error.info());
                    return false;
                }
            };
            let range = self.offsets.range(span);
            if matches!(event, Event::DocumentStart(_)) {
                n_documents += 1;
                if n_documents > 1 {
                    let message = "a source file is one document";
                    self.report(rule::INVALID_YAML.error(
                        "second document in a source file",
                        self.span(range),
                        message,
                    ));
                    return true;
                }
            } else if !self.event(event, range) {
                return false;
            }
        }
        if self.root.as_ref().is_none_or(Node::is_null) {
            let label = "a flow or a module has to stand here";
            self.report(
                rule::INVALID_YAML
                    .error("empty source file", self.span(0..0), label)
                    .with_help("begin the file with `flow: <name>` or `module: <name>`"),
            );
            return false;
        }
        true
    }

    /// Takes one event; false ends the reading.
    fn event(&mut self, event: Event<'_>, range: Range<usize>) -> bool {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref();
                let is_json = tag.is_some_and(is_json_tag);
                let (style, range) = self.without_properties(style, range, anchor, tag);
                let text = text.into_owned();
                let scalar = Scalar {
                    text,
                    style,
                    source: self.source,
                    range: range.clone(),
                    written: None,
                    is_json,
                };
                let kind = Kind::Scalar(scalar);
                self.finish(
                    Node {
                        kind,
                        source: self.source,
                        range,
                        size: 1,
                    },
                    anchor,
                    1,
                )
            }
            Event::SequenceStart(anchor, tag) => {
                self.no_tag(tag.as_deref(), &range);
                self.open(range, anchor, Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.no_tag(tag.as_deref(), &range);
                let content = Content::Map {
                    entries: Vec::new(),
                    seen: HashMap::new(),
                    key: None,
                };
                self.open(range, anchor, content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range),
            Event::Alias(anchor) => self.alias(anchor, range),
            _ => true,
        }
    }

    /// The style and the place of a scalar, without the anchor and tag that stand before it.
    fn without_properties(
        &mut self,
        style: ScalarStyle,
        range: Range<usize>,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> (ScalarStyle, Range<usize>) {
        let is_text_tag = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
        if !is_text_tag && !tag.is_some_and(is_json_tag) {
            self.no_tag(tag, &range);
        }
        let raw = &self.file.text[range.clone()];
        let mut start = range.start;
        if anchor != 0 || tag.is_some() {
            let mut rest = raw;
            while rest.starts_with(['&', '!']) {
                let end = rest.find(WHITE).unwrap_or(rest.len());
                rest = rest[end..].trim_start_matches(WHITE);
            }
            start = range.end - rest.len();
        }
        let end = start + token_length(&self.file.text[start..range.end], style);
        // A tagged `!!str 5` is text, as if it were quoted.
        let is_quoted = is_text_tag && style == ScalarStyle::Plain;
        let style = if is_quoted {
            ScalarStyle::DoubleQuoted
        } else {
            style
        };
        (style, start..end.max(start))
    }

    fn no_tag(&mut self, tag: Option<&Tag>, range: &Range<usize>) {
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
            let span = self.span(range.clone());
            self.report(
                rule::INVALID_YAML
                    .error("YAML tag", span, "this tag has no meaning here")
                    .with_help("remove the tag; the one there is, `!json`, is for scalars"),
            );
        }
    }

    fn open(&mut self, range: Range<usize>, anchor: usize, content: Content) -> bool {
        if self.frames.len() == MAX_DEPTH {
            let span = self.span(range);
            let label = format!("more than {MAX_DEPTH} levels deep");
            self.report(rule::SOURCE_TOO_LARGE.error("source nested too deep", span, label));
            return false;
        }
        let start = range.start;
        self.frames.push(Frame {
            start,
            anchor,
            content,
        });
        true
    }

    fn close(&mut self, range: Range<usize>) -> bool {
        let frame = self
            .frames
            .pop()
            .expect("the parser ends only what it started");
        // The parser counts what follows a bracket on its line as well. The end of a list or map in
        // block style has no token of its own.
        let mut end = range.start + 1;
        let (kind, size, last) = match frame.content {
            Content::List(items) => {
                let last = items.last().map(|item| item.range.end);
                let size = items.iter().map(|item| item.size).sum::<usize>();
                (Kind::List(items), size, last)
            }
            Content::Map { entries, .. } => {
                let last = entries
                    .last()
                    .map(|it| it.value.range.end.max(it.key.range.end));
                let size = entries.iter().map(|entry| entry.value.size).sum::<usize>();
                (Kind::Map(entries), size, last)
            }
        };
        if range.is_empty() {
            end = last.unwrap_or(frame.start);
        }
        let range = frame.start..end.max(frame.start);
        let size = size + 1;
        let source = self.source;
        let node = Node {
            kind,
            source,
            range,
            size,
        };
        self.finish(node, frame.anchor, 1)
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> bool {
        match self.anchors.get(&anchor) {
            // The size is known before anything is copied.
            Some(node) if self.size + node.size <= MAX_NODES => {
                let node = node.clone();
                let size = node.size;
                self.finish(node, 0, size)
            }
            Some(_) => self.too_many(range),
            None => {
                self.refuse(range.start, "an alias inside what it stands for has no end");
                false
            }
        }
    }

    /// Puts a complete node where it belongs; `added` is how many nodes came into the tree with it
    /// that were not counted yet.
    fn finish(&mut self, node: Node, anchor: usize, added: usize) -> bool {
        self.size += added;
        if self.size > MAX_NODES {
            return self.too_many(node.range);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.frames.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { key, entries, seen }) => match key.take() {
                Some(Key::Good(scalar)) => entries.push(Entry {
                    key: scalar,
                    value: node,
                }),
                Some(Key::Bad) => {}
                None => match key_of(node, entries, seen) {
                    Ok(scalar) => *key = Some(Key::Good(scalar)),
                    Err(fault) => {
                        *key = Some(Key::Bad);
                        return self.bad_key(fault);
                    }
                },
            },
        }
        true
    }

    /// Reports a key; false if enough of them were.
    fn bad_key(&mut self, fault: KeyFault) -> bool {
        let diag = match fault {
            KeyFault::NoText(range) => {
                let is_template = self.file.text[..range.start].ends_with('{')
                    || self.file.text[range.start..].starts_with("{{");
                let diag = rule::INVALID_YAML.error(
                    "key that is not text",
                    self.span(range),
                    "a list or map cannot be a key here",
                );
                if is_template {
                    diag.with_help("YAML reads a bare `{{` as a map; put the template in quotes")
                } else {
                    diag
                }
            }
            KeyFault::Duplicate { key, first } => rule::DUPLICATE_KEY
                .error(
                    format!("key `{}` stands twice", key.text),
                    self.span(key.range),
                    "the same key again",
                )
                .with_label(self.span(first), "first here"),
        };
        self.report(diag);
        self.diags.len() < MAX_FAULTS
    }

    fn too_many(&mut self, range: Range<usize>) -> bool {
        let span = self.span(range);
        let label =
            format!("more than {MAX_NODES} values, aliases counted with what they stand for");
        self.report(rule::SOURCE_TOO_LARGE.error("source has too many values", span, label));
        false
    }

    fn refuse(&mut self, at: usize, message: &str) {
        let text = &self.file.text;
        let mut at = at.min(text.len());
        // Of a tab the parser gives the place after it.
        if message.contains("tab") && text[..at].ends_with('\t') {
            at -= 1;
        }
        let rest = &text[at..];
        let width = rest
            .chars()
            .next()
            .filter(|c| *c != '\n')
            .map_or(0, char::len_utf8);
        let span = self.span(at..at + width);
        // The parser has a limit of its own for nesting in brackets.
        if message.contains("recursion limit") {
            let headline = "source nested too deep";
            let label = format!("more than {MAX_DEPTH} levels deep");
            self.report(rule::SOURCE_TOO_LARGE.error(headline, span, label));
            return;
        }
        let fault = yaml_fault::explain(message);
        let mut diag = rule::INVALID_YAML.error("text is not YAML", span, fault.label);
        diag.help = fault.help;
        self.report(diag);
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span {
            file: Arc::clone(self.file),
            range,
        }
    }

    fn report(&mut self, diag: Diagnostic) {
        self.diags.push(diag);
    }
}

/// The one tag of these sources, for values that are not text on the wire.
fn is_json_tag(tag: &Tag) -> bool {
    tag.handle == "!" && tag.suffix == "json"
}

/// How long a scalar's token is. The parser counts what follows a quoted one on its line as well.
fn token_length(raw: &str, style: ScalarStyle) -> usize {
    let quote = match style {
        ScalarStyle::SingleQuoted => b'\'',
        ScalarStyle::DoubleQuoted => b'"',
        _ => return raw.trim_end().len(),
    };
    let bytes = raw.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        let is_doubled = quote == b'\'' && bytes[at] == quote && bytes.get(at + 1) == Some(&quote);
        let is_escape = quote == b'"' && bytes[at] == b'\\';
        match bytes[at] {
            _ if is_doubled || is_escape => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    raw.trim_end().len()
}

enum KeyFault {
    NoText(Range<usize>),
    Duplicate { key: Scalar, first: Range<usize> },
}

/// A node as a key that is new in its map.
fn key_of(
    node: Node,
    entries: &[Entry],
    seen: &mut HashMap<String, usize>,
) -> Result<Scalar, KeyFault> {
    let Kind::Scalar(key) = node.kind else {
        return Err(KeyFault::NoText(node.range));
    };
    match first_of(&key.text, entries, seen) {
        Some(first) => {
            let first = first.range.clone();
            Err(KeyFault::Duplicate { key, first })
        }
        None => Ok(key),
    }
}

/// The key of this text that is there already.
fn first_of<'e>(
    text: &str,
    entries: &'e [Entry],
    seen: &mut HashMap<String, usize>,
) -> Option<&'e Scalar> {
    if entries.len() < MANY_KEYS {
        let first = entries.iter().find(|it| it.key.text == text);
        return first.map(|it| &it.key);
    }
    for (n, entry) in entries.iter().enumerate().skip(seen.len()) {
        seen.insert(entry.key.text.clone(), n);
    }
    Some(&entries[*seen.get(text)?].key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Node {
        let (node, diags) = parse(&SourceFile::new("flow.yaml", text), SourceId::default());
        assert!(diags.is_empty(), "{diags:?}");
        node.expect("a tree")
    }

    fn faults(text: &str) -> Vec<(&'static str, String)> {
        let (_, diags) = parse(&SourceFile::new("flow.yaml", text), SourceId::default());
        let shown = |diag: &Diagnostic| diag.labels[0].text.clone();
        diags.iter().map(|diag| (diag.code, shown(diag))).collect()
    }

    fn entries(node: &Node) -> &[Entry] {
        match &node.kind {
            Kind::Map(entries) => entries,
            _ => panic!("not a map"),
        }
    }

    #[test]
    fn every_scalar_knows_its_token() {
        let text = "a: ü\r\nb: 'it''s'  # so\nc: &x \"q\"\nd: !!str 5\ne:\n";
        let node = tree(text);
        let tokens: Vec<&str> = entries(&node)
            .iter()
            .map(|entry| &text[entry.value.range.clone()])
            .collect();
        assert_eq!(tokens, ["ü", "'it''s'", "\"q\"", "5", ""]);
        assert!(!tree("d: !!str ~").is_null());
        assert!(entries(&node)[4].value.is_null());
    }

    #[test]
    fn a_map_reaches_from_its_first_key_to_its_last_value() {
        let text = "top:\n  a: 1\n  b: [2, 3]\nnext: x\n";
        let node = tree(text);
        assert_eq!(
            &text[entries(&node)[0].value.range.clone()],
            "a: 1\n  b: [2, 3]"
        );
    }

    #[test]
    fn aliases_repeat_what_they_stand_for() {
        let node = tree("a: &x [1, 2]\nb: *x\n");
        assert!(matches!(&entries(&node)[1].value.kind, Kind::List(items) if items.len() == 2));
    }

    #[test]
    fn an_alias_bomb_is_stopped() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let item = format!("*a{}, ", n - 1);
            text.push_str(&format!("a{n}: &a{n} [{}]\n", item.repeat(9)));
        }
        assert_eq!(faults(&text)[0].0, "S004");
    }

    #[test]
    fn nesting_is_stopped_before_it_can_hurt() {
        for text in [
            "- ".repeat(100_000),
            "[".repeat(100_000),
            "{a: ".repeat(100_000),
        ] {
            assert_eq!(faults(&text)[0].0, "S004");
        }
    }

    #[test]
    fn an_alias_of_its_own_inside_is_refused() {
        assert_eq!(faults("a: &x [1, *x]\n")[0].0, "S002");
    }

    #[test]
    fn a_bare_template_gets_help() {
        let (_, diags) = parse(
            &SourceFile::new("flow.yaml", "x: {{ vars.y }}\n"),
            SourceId::default(),
        );
        assert!(
            diags[0]
                .help
                .as_deref()
                .is_some_and(|it| it.contains("quotes"))
        );
    }
}
