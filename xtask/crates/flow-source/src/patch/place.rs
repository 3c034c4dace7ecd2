//! Where entries of a map stand in a file, line by line.

use std::ops::Range;

use crate::yaml::{Entry, Kind, Node};

/// The lines of an entry of a map in block style, from its key to the last line of its value.
/// Nothing if it shares its first line with something else.
pub(super) fn lines(text: &str, entry: &Entry) -> Option<Range<usize>> {
    let key = entry.key.range.clone();
    let start = line_start(text, key.start);
    if !text.get(start..key.start)?.trim().is_empty() {
        return None;
    }
    let value = &entry.value.range;
    let end = value.end.max(key.end);
    let written = text.get(key.start..end)?.trim_end();
    Some(start..line_end(text, key.start + written.len()))
}

/// The comment behind an entry on one line, with the blanks before it and the line end.
pub(super) fn comment_behind<'t>(text: &'t str, entry: &Entry) -> Option<&'t str> {
    let end = entry.value.range.end;
    let is_on_one_line = !text.get(entry.key.range.end..end)?.contains('\n');
    let rest = &text[end..line_end(text, end)];
    // The range of a map or list ends before its bracket.
    let behind = rest.trim_start_matches([' ', '\t', ',', '}', ']']);
    let value = &rest[..rest.len() - behind.len()];
    let blanks = value.len() - value.trim_end_matches([' ', '\t']).len();
    let is_comment = behind.starts_with('#') && blanks > 0;
    (is_on_one_line && is_comment).then(|| &rest[value.len() - blanks..])
}

/// How far an entry is indented.
pub(super) fn indentation(text: &str, entry: &Entry) -> usize {
    entry.key.range.start - line_start(text, entry.key.range.start)
}

/// The entries of a map in block style: each on lines of its own.
pub(super) fn block_entries<'n>(text: &str, node: &'n Node) -> Option<&'n [Entry]> {
    let Kind::Map(entries) = &node.kind else {
        return None;
    };
    let mut end = 0;
    for entry in entries {
        let lines = lines(text, entry)?;
        if lines.start < end || lines.end > text.len() {
            return None;
        }
        end = lines.end;
    }
    Some(entries)
}

/// Whether entries are kept apart by blank lines.
pub(super) fn are_apart(text: &str, entries: &[Entry]) -> bool {
    let mut lines = entries.iter().filter_map(|it| lines(text, it));
    let Some(first) = lines.next() else {
        return false;
    };
    lines.next().is_some_and(|second| {
        let between = text.get(first.end..second.start).unwrap_or_default();
        between.lines().any(|line| line.trim().is_empty())
    })
}

/// The lines of an entry that goes, with the comment above it and a blank line below.
pub(super) fn with_surroundings(text: &str, lines: Range<usize>) -> Range<usize> {
    let mut start = lines.start;
    while start > 0 {
        let above = line_start(text, start - 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    let below = line_end(text, lines.end);
    let is_blank = text[lines.end..below].trim().is_empty();
    start..if is_blank { below } else { lines.end }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |it| it + 1)
}

/// Behind the line end after a place.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |it| at + it + 1)
}

/// Pieces of a text to be replaced, none of which touches another.
#[derive(Debug, Default)]
pub(super) struct Replacements(Vec<(Range<usize>, String)>);

impl Replacements {
    pub(super) fn put(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.0.push((range, text.into()));
    }

    /// The text with every piece replaced. What is put in at one place keeps its order.
    pub(super) fn applied(mut self, text: &str) -> String {
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (range, new) in self.0 {
            if range.start < at {
                continue;
            }
            out.push_str(&text[at..range.start]);
            // A file need not end its last line.
            if !new.is_empty() && !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&new);
            at = range.end;
        }
        out.push_str(&text[at..]);
        out
    }
}
