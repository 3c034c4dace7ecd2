//! The YAML that people write in sources, read in one pass.
//!
//! Maps and lists in block style, maps and lists in brackets on one line, texts on one line, with
//! or without quotes, block scalars, comments, and the tag `!json`. At anything else, and at
//! anything wrong, this reader gives up and the parser of the library reads the file from its
//! start: so there is one place that knows all of YAML and says what is wrong. What comes out is
//! the same tree to the last offset, which the tests compare. It is here because the library takes
//! 2.1 microseconds for the text of an action, this reader 0.5, and compiling and checking an
//! action may take 2.

use std::collections::HashSet;
use std::ops::Range;

use saphyr_parser::ScalarStyle;

use super::{Entry, Kind, MANY_KEYS, MAX_DEPTH, MAX_NODES, Node, Scalar};
use crate::place::SourceId;

/// The library refuses keys that are longer than this on their line.
const MAX_KEY: usize = 1000;

/// Reads a file; nothing if it has to be read in full.
pub(super) fn read(text: &str, source: SourceId) -> Option<Node> {
    if !is_usual(text) {
        return None;
    }
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 0,
        source,
        n_nodes: 0,
        depth: 0,
    };
    reader.skip_to_token();
    if reader.column() > 0 {
        return None;
    }
    let key = reader.key()?;
    let root = reader.block_map(key, 0)?;
    (reader.at == text.len()).then_some(root)
}

/// Whether a text has no characters with a meaning of their own to a parser: tabs, carriage
/// returns and other controls, byte order marks.
fn is_usual(text: &str) -> bool {
    let is_usual = |byte: &u8| (*byte >= b' ' || *byte == b'\n') && *byte != 0x7f;
    let is_odd = |c: char| {
        matches!(
            c,
            '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    text.as_bytes().iter().all(is_usual) && (text.is_ascii() || !text.chars().any(is_odd))
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Where the line starts.
    line: usize,
    source: SourceId,
    n_nodes: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether a sign is followed by white space, so that it is one of YAML's.
    fn is_sign_at(&self, at: usize, sign: u8) -> bool {
        self.bytes.get(at) == Some(&sign)
            && matches!(self.bytes.get(at + 1), None | Some(b' ' | b'\n'))
    }

    fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// To the next token, on this line or a later one.
    fn skip_to_token(&mut self) {
        loop {
            self.skip_spaces();
            let is_apart = self.at == self.line || self.bytes[self.at - 1] == b' ';
            match self.peek() {
                Some(b'\n') => {
                    self.at += 1;
                    self.line = self.at;
                }
                Some(b'#') if is_apart => self.at = self.end_of_line(),
                _ => return,
            }
        }
    }

    fn end_of_line(&self) -> usize {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n');
        length.map_or(self.bytes.len(), |length| self.at + length)
    }

    /// To the next token after one that ends its line.
    fn leave_line(&mut self) -> Option<()> {
        let line = self.line;
        self.skip_to_token();
        (self.line > line || self.at == self.bytes.len()).then_some(())
    }

    /// How far in the token stands that is next; only spaces and signs of lists are before it.
    fn column(&self) -> usize {
        self.at - self.line
    }

    /// Whether the next token belongs to a block in a column; nothing for one further in.
    fn goes_on(&self, column: usize) -> Option<bool> {
        let is_more = self.at < self.bytes.len() && self.column() >= column;
        (!is_more || self.column() == column).then_some(is_more)
    }

    fn node(&mut self, kind: Kind, range: Range<usize>) -> Option<Node> {
        self.n_nodes += 1;
        let size = match &kind {
            Kind::Scalar(_) => 1,
            Kind::List(items) => 1 + items.iter().map(|it| it.size).sum::<usize>(),
            Kind::Map(entries) => 1 + entries.iter().map(|it| it.value.size).sum::<usize>(),
        };
        let source = self.source;
        (self.n_nodes <= MAX_NODES).then_some(Node {
            kind,
            source,
            range,
            size,
        })
    }

    fn scalar_node(&mut self, scalar: Scalar) -> Option<Node> {
        let range = scalar.range.clone();
        self.node(Kind::Scalar(scalar), range)
    }

    /// Does something one level deeper.
    fn nested(&mut self, work: impl FnOnce(&mut Self) -> Option<Node>) -> Option<Node> {
        self.depth += 1;
        let node = (self.depth < MAX_DEPTH).then(|| work(self))??;
        self.depth -= 1;
        Some(node)
    }

    /// A map of which the first key was read, with the keys in a column.
    fn block_map(&mut self, first: Scalar, column: usize) -> Option<Node> {
        let start = first.range.start;
        let mut entries = Vec::new();
        let mut key = first;
        loop {
            self.at += 1;
            let value = self.nested(|it| it.value(column))?;
            entries.push(Entry { key, value });
            if !self.goes_on(column)? {
                break;
            }
            key = self.key()?;
        }
        self.map(entries, start, None)
    }

    fn map(&mut self, entries: Vec<Entry>, start: usize, end: Option<usize>) -> Option<Node> {
        if has_duplicate(&entries) {
            return None;
        }
        self.n_nodes += entries.len();
        let last = entries.last();
        let last = last.map(|it| it.value.range.end.max(it.key.range.end));
        let end = end.or(last).unwrap_or(start);
        self.node(Kind::Map(entries), start..end)
    }

    /// A key; its colon is next.
    fn key(&mut self) -> Option<Scalar> {
        let key = self.scalar(false)?;
        let is_short = key.range.len() <= MAX_KEY;
        (is_short && self.is_sign_at(self.at, b':')).then_some(key)
    }

    /// What stands behind the colon of a key in a column.
    fn value(&mut self, column: usize) -> Option<Node> {
        let colon = self.at - 1;
        self.skip_spaces();
        match self.peek() {
            Some(b'|' | b'>') => return self.block_scalar(column),
            Some(b'\n' | b'#') | None => self.leave_line()?,
            Some(_) => return self.inline(),
        }
        let is_end = self.at == self.bytes.len();
        let is_list = self.is_sign_at(self.at, b'-');
        match self.column() {
            inner if !is_end && is_list && inner >= column => {
                let sign = self.at;
                let mut list = self.block_list(inner)?;
                // To the library a list that is no further in than its key begins with its item.
                if inner == column {
                    let spaces = self.bytes[sign + 1..].iter().take_while(|it| **it == b' ');
                    list.range.start = sign + 1 + spaces.count();
                }
                Some(list)
            }
            inner if !is_end && inner > column => {
                let key = self.key()?;
                self.block_map(key, inner)
            }
            _ => {
                let nothing = self.made(String::new(), ScalarStyle::Plain, colon..colon);
                self.scalar_node(nothing)
            }
        }
    }

    /// A list with its signs in a column.
    fn block_list(&mut self, column: usize) -> Option<Node> {
        let start = self.at;
        let mut items: Vec<Node> = Vec::new();
        loop {
            self.at += 1;
            self.skip_spaces();
            items.push(self.nested(|it| it.item(column))?);
            if !self.goes_on(column)? || !self.is_sign_at(self.at, b'-') {
                break;
            }
        }
        let end = items.last().map_or(start, |it| it.range.end);
        self.node(Kind::List(items), start..end)
    }

    fn item(&mut self, column: usize) -> Option<Node> {
        let inner = self.column();
        match self.peek()? {
            b'|' | b'>' => self.block_scalar(column),
            b'-' if self.is_sign_at(self.at, b'-') => self.block_list(inner),
            b'{' | b'[' | b'!' => self.inline(),
            _ => {
                let scalar = self.scalar(false)?;
                if self.is_sign_at(self.at, b':') {
                    let is_short = scalar.range.len() <= MAX_KEY;
                    return is_short.then(|| self.block_map(scalar, inner))?;
                }
                self.leave_line()?;
                self.scalar_node(scalar)
            }
        }
    }

    /// A value that ends on its line.
    fn inline(&mut self) -> Option<Node> {
        let node = self.on_line(false)?;
        self.leave_line()?;
        Some(node)
    }

    fn on_line(&mut self, in_brackets: bool) -> Option<Node> {
        match self.peek()? {
            b'{' => self.nested(Self::flow_map),
            b'[' => self.nested(Self::flow_list),
            b'!' => {
                let is_json = self.text[self.at..].starts_with("!json ");
                self.at += "!json".len();
                self.skip_spaces();
                let mut scalar = is_json.then(|| self.scalar(in_brackets))??;
                scalar.is_json = true;
                self.scalar_node(scalar)
            }
            _ => {
                let scalar = self.scalar(in_brackets)?;
                self.scalar_node(scalar)
            }
        }
    }

    fn flow_map(&mut self) -> Option<Node> {
        let start = self.at;
        let mut entries = Vec::new();
        while self.another(b'}', entries.is_empty())? {
            let key = self.scalar(true)?;
            let is_key = self.is_sign_at(self.at, b':') && key.range.len() <= MAX_KEY;
            self.at += 1;
            self.skip_spaces();
            let value = is_key.then(|| self.on_line(true))??;
            entries.push(Entry { key, value });
        }
        let end = self.at;
        self.map(entries, start, Some(end))
    }

    fn flow_list(&mut self) -> Option<Node> {
        let start = self.at;
        let mut items = Vec::new();
        while self.another(b']', items.is_empty())? {
            items.push(self.on_line(true)?);
        }
        let end = self.at;
        self.node(Kind::List(items), start..end)
    }

    /// Whether another thing follows in brackets; goes past the sign that says so.
    fn another(&mut self, close: u8, is_first: bool) -> Option<bool> {
        if is_first {
            // Past the opening bracket.
            self.at += 1;
        }
        self.skip_spaces();
        match self.peek()? {
            byte if byte == close => {
                self.at += 1;
                Some(false)
            }
            _ if is_first => Some(true),
            b',' => {
                self.at += 1;
                self.skip_spaces();
                Some(true)
            }
            _ => None,
        }
    }

    /// A scalar that ends on its line.
    fn scalar(&mut self, in_brackets: bool) -> Option<Scalar> {
        match self.peek()? {
            b'"' => self.double_quoted(),
            b'\'' => self.single_quoted(),
            _ => self.plain(in_brackets),
        }
    }

    fn made(&self, text: String, style: ScalarStyle, range: Range<usize>) -> Scalar {
        Scalar {
            text,
            style,
            source: self.source,
            range,
            written: None,
            is_json: false,
        }
    }

    fn plain(&mut self, in_brackets: bool) -> Option<Scalar> {
        let start = self.at;
        let rest = &self.text[start..];
        let is_marker = start == self.line && (rest.starts_with("---") || rest.starts_with("..."));
        if is_marker || starts_otherwise(&self.bytes[start..]) {
            return None;
        }
        loop {
            match self.peek() {
                None | Some(b'\n') => break,
                Some(b':') if self.is_sign_at(self.at, b':') => break,
                Some(b'#') if self.bytes[self.at - 1] == b' ' => break,
                Some(b',' | b'[' | b']' | b'{' | b'}') if in_brackets => break,
                Some(b':' | b'-') if in_brackets && is_bracket(self.bytes.get(self.at + 1)) => {
                    return None;
                }
                Some(_) => self.at += 1,
            }
        }
        let text = self.text[start..self.at].trim_end_matches(' ');
        self.at = start + text.len();
        let range = start..start + text.trim_end().len();
        Some(self.made(text.to_owned(), ScalarStyle::Plain, range))
    }

    fn single_quoted(&mut self) -> Option<Scalar> {
        let start = self.at;
        let mut has_quotes = false;
        loop {
            self.at += 1;
            match self.peek()? {
                b'\'' if self.bytes.get(self.at + 1) == Some(&b'\'') => {
                    has_quotes = true;
                    self.at += 1;
                }
                b'\'' => break,
                b'\n' => return None,
                _ => {}
            }
        }
        let raw = &self.text[start + 1..self.at];
        self.at += 1;
        let text = match has_quotes {
            true => raw.replace("''", "'"),
            false => raw.to_owned(),
        };
        Some(self.made(text, ScalarStyle::SingleQuoted, start..self.at))
    }

    fn double_quoted(&mut self) -> Option<Scalar> {
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.at += 1;
            match self.peek()? {
                b'"' => break,
                b'\n' => return None,
                b'\\' => {
                    has_escapes = true;
                    self.at += 1;
                }
                _ => {}
            }
        }
        let raw = &self.text[start + 1..self.at];
        self.at += 1;
        let text = match has_escapes {
            true => unescaped(raw)?,
            false => raw.to_owned(),
        };
        Some(self.made(text, ScalarStyle::DoubleQuoted, start..self.at))
    }

    /// A `|` or `>` of a block in a column, with the lines below it.
    fn block_scalar(&mut self, column: usize) -> Option<Node> {
        let is_folded = self.peek() == Some(b'>');
        let is_stripped = self.bytes.get(self.at + 1) == Some(&b'-');
        self.at += if is_stripped { 2 } else { 1 };
        if self.peek() != Some(b'\n') {
            return None;
        }
        self.at += 1;
        let indent = self.bytes[self.at..].iter().position(|it| *it != b' ')?;
        let start = self.at + indent;
        let mut end = start;
        let mut text = String::new();
        let mut n_blank = 0;
        if indent <= column || self.bytes[start] == b'\n' {
            return None;
        }
        while self.at < self.bytes.len() {
            let line_end = self.end_of_line();
            let line = &self.text[self.at..line_end];
            let spaces = line.len() - line.trim_start_matches(' ').len();
            let is_blank = spaces == line.len();
            // Lines further in are folded in ways of their own, and the last line has to have an end.
            let is_odd = spaces > indent && (is_blank || is_folded);
            if line_end == self.bytes.len() || is_odd {
                return None;
            } else if is_blank {
                n_blank += 1;
            } else if spaces < indent {
                break;
            } else {
                match text.is_empty() {
                    true => {}
                    false if !is_folded => text.extend(std::iter::repeat_n('\n', n_blank + 1)),
                    false if n_blank == 0 => text.push(' '),
                    false => text.extend(std::iter::repeat_n('\n', n_blank)),
                }
                text.push_str(&line[indent..]);
                n_blank = 0;
                end = line_end;
            }
            self.at = line_end + 1;
        }
        self.line = self.at;
        if !is_stripped {
            text.push('\n');
        }
        let style = if is_folded {
            ScalarStyle::Folded
        } else {
            ScalarStyle::Literal
        };
        let range = start..start + self.text[start..end].trim_end().len();
        self.skip_to_token();
        let scalar = self.made(text, style, range);
        self.scalar_node(scalar)
    }
}

fn is_bracket(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b',' | b'[' | b']' | b'{' | b'}'))
}

/// Whether what stands here is no text without quotes.
fn starts_otherwise(bytes: &[u8]) -> bool {
    match bytes {
        [b'-', next, ..] => matches!(next, b' ' | b'\n' | b',' | b'[' | b']' | b'{' | b'}'),
        [first, ..] => b"-?:,[]{}#&*!|>'\"%@` \n".contains(first),
        [] => true,
    }
}

/// What a text in double quotes says; nothing if it has rare escapes.
fn unescaped(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw.chars();
    while let Some(c) = rest.next() {
        text.push(match c {
            '\\' => match rest.next()? {
                'n' => '\n',
                't' => '\t',
                same @ ('"' | '\\' | '/') => same,
                _ => return None,
            },
            other => other,
        });
    }
    Some(text)
}

fn has_duplicate(entries: &[Entry]) -> bool {
    let mut keys = entries.iter().map(|it| it.key.text.as_str());
    if entries.len() < MANY_KEYS {
        let is_earlier = |(n, key)| entries[..n].iter().any(|it| it.key.text == key);
        return keys.enumerate().any(is_earlier);
    }
    let mut seen: HashSet<&str> = HashSet::with_capacity(entries.len());
    !keys.all(|key| seen.insert(key))
}

#[cfg(test)]
mod tests {
    use flow::diagnostic::SourceFile;
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::parse_all;

    /// All of a tree, a line for each node.
    fn lines(node: &Node) -> Vec<String> {
        let own = format!("{:?} {} {:?}", node.range, node.size, node.source);
        let inner = match &node.kind {
            Kind::Scalar(scalar) => vec![format!("{scalar:?}")],
            Kind::List(items) => items.iter().flat_map(lines).collect(),
            Kind::Map(entries) => {
                let entry = |it: &Entry| [vec![format!("{:?}", it.key)], lines(&it.value)].concat();
                entries.iter().flat_map(entry).collect()
            }
        };
        let described = format!("{} {own} of {} lines", node.described(), inner.len());
        [vec![described], inner].concat()
    }

    /// Whether this reader has read a text, which it then has to have read like the library.
    fn reads(text: &str) -> bool {
        let Some(root) = read(text, SourceId::default()) else {
            return false;
        };
        let file = SourceFile::new("flow.yaml", text);
        let (tree, diags) = parse_all(&file, SourceId::default());
        assert!(diags.is_empty(), "{text:?}: {diags:?}");
        let tree = tree.expect("a tree, since nothing was reported");
        for (own, other) in lines(&root).iter().zip(lines(&tree)) {
            assert_eq!(*own, other, "{text:?}");
        }
        true
    }

    const USUAL: &str = r#"# A comment.

flow: some-flow   # And one behind a text.
"quoted": "with \"escapes\" and \\ and ü # \n: {x}"
'single': 'it''s: [not] a list'
nothing:
empty: {}
no_items: [ ]
actions:
    greet: # A block further in.
        play_prompt: Grüße, {{ vars.brand }} - [https://example.org/#top]  
        on: { error: sorry, "no: way": 'x', deep: [a, {b: -1}, !json 3] }
  # A comment further out.

    said:
        text: |
            one
              two

            three  
        more: >-
            folded
            text

            ends

        list:
        - a
        - key: value
          other: !json "text"
        - - nested
          - $.Attributes.x
        - |-
          in a list
    further:
        list:
            -   spaced: out
                more: 1
            - last
"#;

    #[test]
    fn what_is_usual_is_read_like_the_library_does() {
        assert!(reads(USUAL));
        let deep: String = (0..60).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        assert!(reads(&deep));
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the sources of the tests are files"
    )]
    fn the_sources_of_the_tests_are_read_like_the_library_does() {
        let crate_root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![
            crate_root.join("tests/cases"),
            crate_root.join("../../../flows"),
        ];
        let (mut n_usual, mut n_sources) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("the folder is there") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == "yaml")
                    && let Ok(text) = std::fs::read_to_string(&path)
                {
                    n_sources += 1;
                    n_usual += usize::from(reads(&text));
                }
            }
        }
        // Many of the cases show what is wrong or rare.
        assert!(
            n_usual * 10 > n_sources * 8,
            "{n_usual} of {n_sources} are usual"
        );
    }

    #[test]
    fn what_is_rare_or_wrong_is_left_to_the_library() {
        for text in [
            "",
            "# nothing\n",
            "a",
            "- a\n",
            "{a: b}\n",
            " a: b\n",
            "---\na: b\n",
            "a: b\n...\n",
            "a: &x b\n",
            "a: *x\n",
            "a: !!str b\n",
            "a: b\n c\n",
            "a: 'b\n  c'\n",
            "a: b: c\n",
            "a: b\na: c\n",
            "a: {b: c, b: d}\n",
            "a: [b\n",
            "a: [b,\n c]\n",
            "a: {b}\n",
            "a: [b: c]\n",
            "a: |2\n   b\n",
            "a: |+\n  b\n\n",
            "a: >\n  b\n    c\n",
            "a: |\n\n  b\n",
            "a: |\n b",
            "a:\tb\n",
            "a: b\r\n",
            "a: \"\\u00fc\"\n",
            "a: \"b\" c\n",
            "a:\n    b: c\n  d: e\n",
            "? a\n: b\n",
            "a: @b\n",
            "a: \u{feff}b\n",
            "a: \"b\n",
            "a : b\n",
            "a: [b]c\n",
            "a: \"b\"#c\n",
        ] {
            assert!(!reads(text), "{text:?}");
        }
    }

    /// Stretches that mean something to YAML, and some that do not.
    fn piece() -> impl Strategy<Value = String> {
        let pieces = [
            "a",
            "key",
            "ü",
            "\u{a0}",
            " ",
            "  ",
            "    ",
            "\n",
            "\n  ",
            "\n    ",
            "\n\n",
            ": ",
            ":",
            "- ",
            "-",
            "\n- ",
            "\n  - ",
            "#",
            " # ",
            "{",
            "}",
            "[",
            "]",
            ", ",
            ",",
            "'",
            "''",
            "\"",
            "\\",
            "\\n",
            "|",
            ">",
            "|-\n  ",
            ">\n    ",
            "!json ",
            "!",
            "&",
            "*",
            "?",
            "? ",
            "%",
            "---",
            "...",
            "null",
            "~",
            "1",
            "\t",
            "\r",
            "\nkey: ",
            "\n  key: ",
            "\nother: ",
            "key: ",
            "{a: b}",
            "[a, b]",
            "'x'",
            "\"y\"",
            "$.A",
            "{{ x }}",
        ];
        prop::sample::select(pieces.to_vec()).prop_map(str::to_owned)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn whatever_it_reads_it_reads_like_the_library(pieces in prop::collection::vec(piece(), 0..24)) {
            reads(&format!("key: {}", pieces.concat()));
            reads(&pieces.concat());
        }

        #[test]
        fn damage_is_read_like_the_library_does(at in 0..USUAL.len(), length in 0..12_usize, piece in piece()) {
            let start = USUAL.floor_char_boundary(at);
            let end = USUAL.ceil_char_boundary(start + length);
            reads(&format!("{}{piece}{}", &USUAL[..start], &USUAL[end..]));
        }
    }
}
