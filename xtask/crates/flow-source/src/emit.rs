//! Values as YAML that people like to read: block style with short maps on one line, plain words
//! where nothing can be mistaken, long texts over several lines.
//!
//! What is written is read again as the same tree by [`crate::yaml`]: whatever that cannot be
//! promised for a style goes into double quotes, which can hold every text.

use std::fmt::Write as _;

/// A line is not made longer than this by putting a map or list on it.
const WIDTH: usize = 100;
/// Texts longer than this are folded.
const LONG: usize = 88;

/// A value to be written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Yaml {
    /// Text, in whatever style shows it best.
    Text(String),
    /// A word that is known to mean itself without quotes: `30s`, `true`.
    Bare(String),
    /// `!json` and a JSON scalar: its type is kept, and nothing is looked for in its text.
    Json(serde_json::Value),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Yaml::Text(text.into())
    }

    pub(crate) fn bare(word: impl Into<String>) -> Self {
        Yaml::Bare(word.into())
    }

    pub(crate) fn map<const N: usize>(entries: [(&str, Yaml); N]) -> Self {
        Yaml::Map(entries.map(|(key, value)| (key.to_owned(), value)).into())
    }

    pub(crate) fn empty_map() -> Self {
        Yaml::Map(Vec::new())
    }
}

/// Writes `key: value` at an indentation.
pub(crate) fn block_entry(out: &mut String, indent: usize, key: &str, value: &Yaml) {
    pad(out, indent);
    out.push_str(&key_text(key));
    out.push(':');
    after(out, indent, value);
}

/// Writes `key: value` for a key of ours, which never needs quotes: `on` is a word to our reader.
pub(crate) fn known_entry(out: &mut String, indent: usize, key: &str, value: &Yaml) {
    pad(out, indent);
    out.push_str(key);
    out.push(':');
    after(out, indent, value);
}

/// Writes a key with its values to come.
pub(crate) fn heading(out: &mut String, indent: usize, key: &str) {
    pad(out, indent);
    out.push_str(&key_text(key));
    out.push_str(":\n");
}

/// Writes what follows a `:` or `-`: on the same line where it fits, else below.
fn after(out: &mut String, indent: usize, value: &Yaml) {
    let column = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
    if let Some(line) = on_one_line(value, WIDTH.saturating_sub(column + 1)) {
        out.push(' ');
        out.push_str(&line);
        out.push('\n');
        return;
    }
    match value {
        Yaml::Map(entries) => {
            out.push('\n');
            for (key, value) in entries {
                block_entry(out, indent + 2, key, value);
            }
        }
        Yaml::List(items) => {
            out.push('\n');
            for item in items {
                item_of_list(out, indent + 2, item);
            }
        }
        Yaml::Text(text) => {
            out.push(' ');
            block_text(out, indent + 2, text);
        }
        Yaml::Bare(_) | Yaml::Json(_) => {
            out.push(' ');
            out.push_str(&flow_text(value));
            out.push('\n');
        }
    }
}

/// An item of a list; of a map in it the first key stands beside the dash.
fn item_of_list(out: &mut String, indent: usize, item: &Yaml) {
    pad(out, indent);
    out.push('-');
    let column = indent + 2;
    match item {
        Yaml::Map(entries)
            if !entries.is_empty() && on_one_line(item, WIDTH.saturating_sub(column)).is_none() =>
        {
            let mut inner = String::new();
            for (key, value) in entries {
                block_entry(&mut inner, column, key, value);
            }
            out.push(' ');
            out.push_str(inner.get(column..).unwrap_or_default());
        }
        _ => after(out, indent, item),
    }
}

/// The value on one line, if it may stand there and is not too long.
fn on_one_line(value: &Yaml, room: usize) -> Option<String> {
    match value {
        Yaml::Text(text) if text.contains('\n') && literal_block(text).is_some() => None,
        Yaml::Text(text) => {
            let line = scalar(text, false);
            let is_long = line.chars().count() > room.min(LONG);
            (!is_long || folded_block(text, LONG).is_none()).then_some(line)
        }
        Yaml::Bare(_) | Yaml::Json(_) => Some(flow_text(value)),
        Yaml::List(items) if items.is_empty() => Some("[]".to_owned()),
        Yaml::Map(entries) if entries.is_empty() => Some("{}".to_owned()),
        // What has maps and lists in it reads better over several lines.
        Yaml::List(items) if !items.iter().all(is_scalar) => None,
        Yaml::Map(entries) if entries.len() > 4 => None,
        Yaml::Map(entries) if !entries.iter().all(|(_, it)| is_short(it)) => None,
        Yaml::List(_) | Yaml::Map(_) => {
            let line = flow_text(value);
            (line.chars().count() <= room && !line.contains('\n')).then_some(line)
        }
    }
}

fn is_scalar(value: &Yaml) -> bool {
    match value {
        Yaml::Text(text) => !text.contains('\n'),
        Yaml::Bare(_) | Yaml::Json(_) => true,
        Yaml::List(items) => items.is_empty(),
        Yaml::Map(entries) => entries.is_empty(),
    }
}

/// Scalars, and lists of scalars: what may stand in a map on one line.
fn is_short(value: &Yaml) -> bool {
    match value {
        Yaml::List(items) => items.iter().all(is_scalar),
        other => is_scalar(other),
    }
}

fn flow_text(value: &Yaml) -> String {
    match value {
        Yaml::Text(text) => scalar(text, true),
        Yaml::Bare(word) => word.clone(),
        Yaml::Json(serde_json::Value::String(text)) => format!("!json {}", double_quoted(text)),
        Yaml::Json(json) => format!("!json {json}"),
        Yaml::List(items) => {
            let items: Vec<String> = items.iter().map(flow_text).collect();
            format!("[{}]", items.join(", "))
        }
        Yaml::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Yaml::Map(entries) => {
            let entry =
                |(key, value): &(String, Yaml)| format!("{}: {}", flow_key(key), flow_text(value));
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

fn key_text(key: &str) -> String {
    scalar(key, false)
}

fn flow_key(key: &str) -> String {
    scalar(key, true)
}

/// A text on one line; `in_flow` says whether brackets and commas would end it.
fn scalar(text: &str, in_flow: bool) -> String {
    if is_plain(text, in_flow) {
        return text.to_owned();
    }
    let needs_escapes = text.chars().any(|c| !is_printable(c));
    if !needs_escapes && text.contains(['"', '\\']) && !text.contains('\'') {
        return format!("'{text}'");
    }
    double_quoted(text)
}

/// Whether a text can stand without quotes and is read as text.
fn is_plain(text: &str, in_flow: bool) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let is_word =
        |c: char| c.is_alphanumeric() || matches!(c, '$' | '_' | '/' | '.' | '(' | '<' | '+');
    let starts_well =
        is_word(first) || (first == '-' && text.chars().nth(1).is_some_and(char::is_alphanumeric));
    starts_well
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(['\t', '\n'])
        && text.chars().all(is_printable)
        && !(in_flow && text.contains([',', '[', ']', '{', '}']))
        && !["{{", "{%", "{#"].iter().any(|mark| text.contains(mark))
        && !means_something_else(text)
}

/// Whether a YAML reader, of whatever version, would take the word for something else than text.
fn means_something_else(text: &str) -> bool {
    let words = [
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", ".nan", ".inf",
        "+.inf", "-.inf", "<<", "=", "...", "---",
    ];
    let is_number = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | ':');
    let starts_like_number = text
        .trim_start_matches(['+', '-', '.'])
        .starts_with(|c: char| c.is_ascii_digit());
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
        || text.starts_with("...")
        || (starts_like_number
            && text.chars().all(is_number)
            && !text.ends_with(['s', 'm', 'h', 'd']))
        // Dates with a time after a blank.
        || (starts_like_number && text.contains(['-', ':']) && text.contains(' '))
}

/// Whether a character can be written as it is: no control, nothing that ends a line or changes
/// its direction, nothing that cannot be seen.
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fff0}'..='\u{ffff}' | '\u{a0}' | '\u{ad}'
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{180e}' | '\u{3000}'
            | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{1680}')
}

/// A text in double quotes, which can hold everything.
pub(crate) fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            c if is_printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let escape = match code {
                    0..=0xff => format_args!("\\x{code:02x}"),
                    0x100..=0xffff => format_args!("\\u{code:04x}"),
                    _ => format_args!("\\U{code:08x}"),
                };
                out.write_fmt(escape)
                    .expect("writing to a string does not fail");
            }
        }
    }
    out.push('"');
    out
}

/// A text over several lines, or in quotes where no block can hold it.
fn block_text(out: &mut String, indent: usize, text: &str) {
    let block = if text.contains('\n') {
        literal_block(text)
    } else {
        folded_block(text, LONG)
    };
    let Some((head, lines)) = block else {
        out.push_str(&double_quoted(text));
        out.push('\n');
        return;
    };
    out.push_str(head);
    out.push('\n');
    for line in lines {
        if !line.is_empty() {
            pad(out, indent);
        }
        out.push_str(line);
        out.push('\n');
    }
}

/// The head and the lines of a literal block, if the text can be one and be read in it.
fn literal_block(text: &str) -> Option<(&'static str, Vec<&str>)> {
    let (head, body) = match text.strip_suffix('\n') {
        Some(body) => ("|", body),
        None => ("|-", text),
    };
    let starts_well = !text.starts_with([' ', '\t', '\n']);
    let ends_well = !body.ends_with('\n') && !body.is_empty();
    let lines: Vec<&str> = body.split('\n').collect();
    // White space at the end of a line cannot be seen, and a blank line with some is easily lost.
    let is_seen = |line: &&str| !line.ends_with([' ', '\t']) && line.chars().all(is_in_block);
    (starts_well && ends_well && lines.iter().all(is_seen)).then_some((head, lines))
}

fn is_in_block(c: char) -> bool {
    is_printable(c) || c == '\t'
}

/// The head and the lines of a folded block: a long text without line ends, broken at single
/// blanks.
fn folded_block(text: &str, width: usize) -> Option<(&'static str, Vec<&str>)> {
    let edges = text.starts_with(' ') || text.ends_with(' ');
    if edges || text.is_empty() || !text.chars().all(is_printable) {
        return None;
    }
    let mut lines = Vec::new();
    let (mut start, mut last_break) = (0, None);
    for (at, _) in text.match_indices(' ') {
        let is_single = !text[..at].ends_with(' ') && !text[at + 1..].starts_with(' ');
        if !is_single {
            continue;
        }
        if text[start..at].chars().count() > width
            && let Some(earlier) = last_break.take()
        {
            lines.push(&text[start..earlier]);
            start = earlier + 1;
        }
        last_break = Some(at);
    }
    if text[start..].chars().count() > width
        && let Some(at) = last_break
    {
        lines.push(&text[start..at]);
        start = at + 1;
    }
    lines.push(&text[start..]);
    (lines.len() > 1).then_some((">-", lines))
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}
