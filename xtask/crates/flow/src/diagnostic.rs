//! What is wrong with an author's sources, as data. Rendering is somebody else's work.

use std::ops::Range;
use std::sync::Arc;

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
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    pub path: String,
    pub text: String,
}

impl SourceFile {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            path: path.into(),
            text: text.into(),
        })
    }

    /// Line and column of a byte offset, both counted from 1, the column in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..offset.min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}
