//! Where things are written: from a node of a tree to its file and to the uses that led there, and
//! from a place in a scalar's text to the place in the file.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use flow::diagnostic::{Diagnostic, Label, SourceFile, Span};
use saphyr_parser::ScalarStyle;

use crate::yaml::{Node, Scalar};

/// Which text a node was read from, and by which uses it came to where it is: a file, or the use
/// of a part that a file defines. Every node has one, so it is a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SourceId(u32);

/// All files of a compilation and all uses of their parts.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    entries: Vec<Source>,
}

#[derive(Debug)]
struct Source {
    file: Arc<SourceFile>,
    used: Option<Used>,
}

/// What labels at uses say; a fragment is named before it.
pub(crate) const FOR_THIS_ITEM: &str = "for this item";
pub(crate) const IS_USED_HERE: &str = "is used here";

/// Of findings that differ only in the use that led to them keeps the first.
pub(crate) fn merge_uses(diags: &mut Vec<Diagnostic>) {
    let is_use = |it: &Label| it.text == FOR_THIS_ITEM || it.text.ends_with(IS_USED_HERE);
    let mut first: HashMap<(&'static str, String, usize, Range<usize>), usize> = HashMap::new();
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(diags.len());
    let mut more: Vec<(usize, usize)> = Vec::new();
    for diag in std::mem::take(diags) {
        let uses = diag.labels.iter().skip(1).filter(|it| is_use(it)).count();
        let Some(span) = diag.span().filter(|_| uses > 0) else {
            kept.push(diag);
            continue;
        };
        let file = Arc::as_ptr(&span.file).addr();
        let key = (diag.code, diag.headline.clone(), file, span.range.clone());
        match first.get(&key).and_then(|n| more.get_mut(*n)) {
            Some((_, count)) => *count += 1,
            None => {
                first.insert(key, more.len());
                more.push((kept.len(), 0));
                kept.push(diag);
            }
        }
    }
    for (n, count) in more.into_iter().filter(|it| it.1 > 0) {
        let uses = if count == 1 { "use" } else { "uses" };
        let note = format!("the same comes of {count} more {uses} of it");
        kept[n].notes.push(note);
    }
    *diags = kept;
}

/// A use of a part: of a fragment, or of what is repeated for an item of a list.
#[derive(Debug)]
pub(crate) struct Used {
    /// The source from which it is used, there before this one.
    pub(crate) by: SourceId,
    /// Where the use or the item is written.
    pub(crate) at: (SourceId, Range<usize>),
    /// What a label there says.
    pub(crate) label: String,
}

impl Sources {
    /// Adds a file.
    pub(crate) fn add(&mut self, file: &Arc<SourceFile>) -> SourceId {
        self.push(Arc::clone(file), None)
    }

    /// Adds a use of what another source has.
    pub(crate) fn add_use(&mut self, of: SourceId, used: Used) -> SourceId {
        self.push(Arc::clone(self.file(of)), Some(used))
    }

    fn push(&mut self, file: Arc<SourceFile>, used: Option<Used>) -> SourceId {
        let number = u32::try_from(self.entries.len()).expect("the number of uses is limited");
        self.entries.push(Source { file, used });
        SourceId(number)
    }

    fn get(&self, id: SourceId) -> &Source {
        &self.entries[id.0 as usize]
    }

    pub(crate) fn file(&self, id: SourceId) -> &Arc<SourceFile> {
        &self.get(id).file
    }

    /// The source that uses this one.
    pub(crate) fn used_by(&self, id: SourceId) -> Option<SourceId> {
        Some(self.get(id).used.as_ref()?.by)
    }

    pub(crate) fn span(&self, id: SourceId, range: Range<usize>) -> Span {
        let file = Arc::clone(self.file(id));
        Span { file, range }
    }

    pub(crate) fn scalar_span(&self, scalar: &Scalar) -> Span {
        self.span(scalar.source, scalar.range.clone())
    }

    pub(crate) fn node_span(&self, node: &Node) -> Span {
        self.span(node.source, node.range.clone())
    }

    /// The uses that led to a source, the innermost first, with what to say there.
    pub(crate) fn used_at(&self, id: SourceId) -> Vec<Label> {
        let mut labels = Vec::new();
        let mut next = &self.get(id).used;
        while let Some(used) = next {
            let (source, range) = &used.at;
            labels.push(Label {
                span: self.span(*source, range.clone()),
                text: used.label.clone(),
            });
            next = &self.get(used.by).used;
        }
        labels
    }

    /// The uses that led to a finding that came up with a source: those of the source in whose file
    /// it is, since what a use hands over is written where the use is.
    pub(crate) fn uses_behind(&self, id: SourceId, found: &Span) -> Vec<Label> {
        let mut next = Some(id);
        while let Some(id) = next {
            if Arc::ptr_eq(self.file(id), &found.file) {
                return self.used_at(id);
            }
            next = self.used_by(id);
        }
        Vec::new()
    }
}

/// The range in the file of a range in a scalar's text.
///
/// Quotes, escapes, folding and indentation make the two differ. White space is folded in too many
/// ways to be followed, so only other characters are matched with each other; where that fails
/// the whole scalar is the answer.
pub(crate) fn in_file(file: &str, scalar: &Scalar, range: Range<usize>) -> Range<usize> {
    if let Some(written) = &scalar.written {
        let range = written.range(range);
        return in_file(file, &written.scalar, range);
    }
    let raw = &file[scalar.range.clone()];
    let (Some(start), Some(end)) = (
        offset(raw, scalar, range.start),
        offset_of_end(raw, scalar, range.clone()),
    ) else {
        return scalar.range.clone();
    };
    scalar.range.start + start..scalar.range.start + end.max(start)
}

/// The scalar that stands in the file where another text came of it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) scalar: Scalar,
    /// What was filled in: the range in the text that came of it, and the range in the scalar.
    pub(crate) filled: Vec<(Range<usize>, Range<usize>)>,
}

impl Written {
    fn range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.offset(range.start, |written| written.start);
        let end = self.offset(range.end, |written| written.end);
        start..end.max(start)
    }

    /// The place of an offset in the scalar's own text; for one in what was filled in, an end of
    /// the place where that was filled in.
    fn offset(&self, at: usize, end: impl Fn(&Range<usize>) -> usize) -> usize {
        let mut shift = (0, 0);
        for (made, written) in &self.filled {
            if at <= made.start {
                break;
            }
            if at < made.end {
                return end(written);
            }
            shift = (made.end, written.end);
        }
        shift.1 + (at - shift.0)
    }
}

/// Just after the last character of the range, so that what follows it does not matter.
fn offset_of_end(raw: &str, scalar: &Scalar, range: Range<usize>) -> Option<usize> {
    let inside = scalar.text.get(range.clone())?.trim_end();
    let last = inside.chars().next_back();
    let Some(last) = last else {
        return offset(raw, scalar, range.start);
    };
    let start = offset(raw, scalar, range.start + inside.len() - last.len_utf8())?;
    let width = written_width(&raw[start..], scalar.style)?;
    Some(start + width)
}

/// The offset in the token of the first character at or after an offset in the text that is not
/// white space.
fn offset(raw: &str, scalar: &Scalar, wanted: usize) -> Option<usize> {
    let mut at = match scalar.style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => usize::from(starts_quoted(raw)),
        _ => 0,
    };
    for (index, character) in scalar.text.char_indices() {
        if character.is_whitespace() {
            continue;
        }
        at = skip_white(raw, at, scalar.style);
        if index >= wanted {
            return Some(at);
        }
        at += written_width(raw.get(at..)?, scalar.style)?;
    }
    Some(at)
}

/// A `!!str` scalar counts as quoted and has no quotes.
fn starts_quoted(raw: &str) -> bool {
    raw.starts_with(['\'', '"'])
}

/// Skips what stands for white space: blanks, line ends, and their escapes.
fn skip_white(raw: &str, mut at: usize, style: ScalarStyle) -> usize {
    loop {
        let rest = raw.get(at..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
        } else if style == ScalarStyle::DoubleQuoted
            && rest.starts_with('\\')
            && rest[1..].starts_with([' ', 'n', 't', 'r', 'N', '_', 'L', 'P', '\n', '\r', '\t'])
        {
            at += 2;
        } else {
            return at;
        }
    }
}

/// How long the next character is as written.
fn written_width(rest: &str, style: ScalarStyle) -> Option<usize> {
    let first = rest.chars().next()?;
    Some(match (style, first) {
        (ScalarStyle::SingleQuoted, '\'') => 2,
        (ScalarStyle::DoubleQuoted, '\\') => match rest[1..].chars().next()? {
            'x' => 4,
            'u' => 6,
            'U' => 10,
            escaped => 1 + escaped.len_utf8(),
        },
        (_, other) => other.len_utf8(),
    })
    .filter(|width| rest.is_char_boundary(*width) && *width <= rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, Kind};

    /// What is written in the file for the words of a scalar from `{{` to `}}`.
    fn written(source: &str) -> String {
        let file = SourceFile::new("flow.yaml", source);
        let (tree, _) = yaml::parse(&file, SourceId::default());
        let Kind::Map(entries) = tree.expect("a tree").kind else {
            panic!("not a map");
        };
        let Kind::Scalar(scalar) = &entries[0].value.kind else {
            panic!("not a scalar");
        };
        let start = scalar.text.find("{{").expect("a template");
        let end = scalar.text.find("}}").expect("a template") + 2;
        source[in_file(source, scalar, start..end)].to_owned()
    }

    #[test]
    fn templates_are_found_in_every_style() {
        for source in [
            "a: x {{ y }} z",
            "a: 'it''s {{ y }} z'",
            "a: \"\\u00fc \\n \\\" {{ y }}\\t z\"",
            "a: |\n  ü one\n    two\n  {{ y }}\n",
            "a: >-\n  one\n\n  two\n  {{ y }} z\n",
            "a: \"one\n  two\\\n  {{ y }}\"",
            "a: &x !!str one {{ y }}",
        ] {
            assert_eq!(written(source), "{{ y }}", "{source}");
        }
        assert_eq!(written("a: \"{{ '\\n' }}\""), "{{ '\\n' }}");
    }
}
