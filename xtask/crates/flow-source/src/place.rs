//! From a place in a scalar's text to the place in the file where it was written.

use std::ops::Range;

use saphyr_parser::ScalarStyle;

use crate::yaml::Scalar;

/// The range in the file of a range in a scalar's text.
///
/// Quotes, escapes, folding and indentation make the two differ. White space is folded in too many
/// ways to be followed, so only other characters are matched with each other; where that fails
/// the whole scalar is the answer.
pub(crate) fn in_file(file: &str, scalar: &Scalar, range: Range<usize>) -> Range<usize> {
    let raw = &file[scalar.range.clone()];
    let (Some(start), Some(end)) = (
        offset(raw, scalar, range.start),
        offset_of_end(raw, scalar, range.clone()),
    ) else {
        return scalar.range.clone();
    };
    scalar.range.start + start..scalar.range.start + end.max(start)
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
    use flow::diagnostic::SourceFile;

    use super::*;
    use crate::yaml::{self, Kind};

    /// What is written in the file for the words of a scalar from `{{` to `}}`.
    fn written(source: &str) -> String {
        let file = SourceFile::new("flow.yaml", source);
        let (tree, _) = yaml::parse(&file);
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
