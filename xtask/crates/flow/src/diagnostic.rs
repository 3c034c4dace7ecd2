//! What is wrong with an author's sources, as data. Rendering is somebody else's work.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// One finding about the sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Family letter and three digits, for example `F003`; never reused.
    pub code: &'static str,
    /// The name of the rule, for example `unknown-next-action`.
    pub rule: &'static str,
    /// Stands alone on a narrow terminal: lower case, no full stop.
    pub headline: String,
    /// The first is where it is; the others are places it disagrees with or came from.
    pub labels: Vec<Label>,
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Option<String>,
    /// A change to the sources that mends it.
    pub fix: Option<Fix>,
}

/// A change to the sources that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, after "to": `remove the allowance`.
    pub title: String,
    /// Apart from each other.
    pub edits: Vec<Edit>,
    pub safety: Safety,
}

impl Fix {
    /// A safe change at one place.
    pub fn safe(title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            title: title.into(),
            edits: vec![Edit { span, text }],
            safety: Safety::Safe,
        }
    }
}

/// A stretch of a source, and what is to stand there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// Whether a fix may be applied without a person looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// It says the same, or what can only have been meant.
    Safe,
    /// It is likely to be what was meant.
    Suggested,
}

impl Diagnostic {
    /// An error at one place.
    pub fn error(
        code: &'static str,
        rule: &'static str,
        headline: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            code,
            rule,
            headline: headline.into(),
            labels: vec![Label {
                span,
                text: label.into(),
            }],
            notes: Vec::new(),
            help: None,
            fix: None,
        }
    }

    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        let text = text.into();
        self.labels.push(Label { span, text });
        self
    }

    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Where it is: the first label's place.
    pub fn span(&self) -> Option<&Span> {
        self.labels.first().map(|label| &label.span)
    }
}

/// Puts findings into the order of the sources and drops repetitions.
pub fn sort(diags: &mut Vec<Diagnostic>) {
    diags.sort_by(|a, b| order(a).cmp(&order(b)));
    diags.dedup();
}

/// By file, then by place; findings without a place come last.
fn order(diag: &Diagnostic) -> (bool, &str, usize, usize, &str, &str) {
    let span = diag.span();
    (
        span.is_none(),
        span.map_or("", |span| span.file.path.as_str()),
        span.map_or(0, |span| span.range.start),
        span.map_or(0, |span| span.range.end),
        diag.code,
        &diag.headline,
    )
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
    Info,
}

/// A place in a source file and what to say there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// A stretch of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub file: Arc<SourceFile>,
    /// Byte offsets into the file's text.
    pub range: Range<usize>,
}

/// A source file: its path as shown to people, and its text.
#[derive(Debug)]
pub struct SourceFile {
    pub path: String,
    pub text: String,
    /// Where each line starts; made when somebody first asks.
    lines: OnceLock<Vec<usize>>,
}

impl SourceFile {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            path: path.into(),
            text: text.into(),
            lines: OnceLock::new(),
        })
    }

    /// Line and column of a byte offset, both counted from 1, the column in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(ends).collect()
        });
        let line = lines.partition_point(|start| *start <= end);
        let column = self.text[lines[line - 1]..end].chars().count() + 1;
        (line, column)
    }
}

impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.text == other.text
    }
}

impl Eq for SourceFile {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let file = SourceFile::new("a", "one\nüü3\r\n\nx");
        for (offset, place) in [
            (0, (1, 1)),
            (3, (1, 4)),
            (4, (2, 1)),
            (5, (2, 1)),
            (8, (2, 3)),
            (11, (3, 1)),
            (12, (4, 1)),
            (99, (4, 2)),
        ] {
            assert_eq!(file.line_column(offset), place, "{offset}");
        }
    }
}
