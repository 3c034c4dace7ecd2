//! Diagnostics for people: the source lines, and the places in them underlined.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::diagnostic::{Diagnostic, Label, Severity, SourceFile, Span};

use super::{printable, write};

/// A source line longer than this is cut around the place that matters.
const MAX_WIDTH: usize = 160;

/// With the source lines, the places in them underlined.
pub fn human(diags: &[Diagnostic], colour: bool) -> String {
    let paint = Paint { on: colour };
    let mut out = String::new();
    for (n, diag) in diags.iter().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        write_human(diag, paint, &mut out);
    }
    out
}

fn write_human(diag: &Diagnostic, paint: Paint, out: &mut String) {
    let severity = diag.severity.as_str();
    let head = paint.severity(diag.severity, &format!("{severity}[{}]", diag.code));
    let headline = paint.bold(&format!(": {}", printable(&diag.headline)));
    write(out, format_args!("{head}{headline}\n"));
    let width = gutter_width(&diag.labels);
    let files = by_file(&diag.labels);
    for (n, (file, labels)) in files.iter().enumerate() {
        write_file(diag.severity, file, labels, n == 0, width, paint, out);
    }
    let margin = " ".repeat(width);
    if !files.is_empty() && (!diag.notes.is_empty() || diag.help.is_some()) {
        let bar = paint.dim("|");
        write(out, format_args!("{margin} {bar}\n"));
    }
    let notes = diag.notes.iter().map(|note| ("note", note));
    for (word, text) in notes.chain(diag.help.iter().map(|help| ("help", help))) {
        let word = paint.bold(word);
        write(out, format_args!("{word}: {}\n", printable(text)));
    }
}

/// Labels, and whether each says where the finding is or only adds to it.
type Marks<'a> = Vec<(bool, &'a Label)>;

/// As wide as the greatest line number.
fn gutter_width(labels: &[Label]) -> usize {
    let line = |label: &Label| label.span.file.line_column(label.span.range.start).0;
    labels.iter().map(line).max().unwrap_or(0).to_string().len()
}

/// The labels of a diagnostic by file; the file of the first label comes first.
fn by_file(labels: &[Label]) -> Vec<(&Arc<SourceFile>, Marks<'_>)> {
    let mut files: Vec<(&Arc<SourceFile>, Marks<'_>)> = Vec::new();
    for (n, label) in labels.iter().enumerate() {
        let file = &label.span.file;
        match files.iter_mut().find(|(seen, _)| *seen == file) {
            Some((_, labels)) => labels.push((n == 0, label)),
            None => files.push((file, vec![(n == 0, label)])),
        }
    }
    files
}

fn write_file(
    severity: Severity,
    file: &SourceFile,
    labels: &[(bool, &Label)],
    is_first: bool,
    width: usize,
    paint: Paint,
    out: &mut String,
) {
    let margin = " ".repeat(width);
    let bar = paint.dim("|");
    let start = labels
        .first()
        .map_or(0, |(_, label)| label.span.range.start);
    let (line, column) = file.line_column(start);
    let arrow = paint.dim(if is_first { "-->" } else { ":::" });
    let path = printable(&file.path);
    write(
        out,
        format_args!("{margin}{arrow} {path}:{line}:{column}\n"),
    );
    if file.text.is_empty() {
        for (_, label) in labels {
            write(
                out,
                format_args!("{margin} {bar} {}\n", printable(&label.text)),
            );
        }
        return;
    }
    write(out, format_args!("{margin} {bar}\n"));
    let mut lines: BTreeMap<usize, Marks<'_>> = BTreeMap::new();
    for (is_primary, label) in labels {
        let line = file.line_column(label.span.range.start).0;
        lines.entry(line).or_default().push((*is_primary, label));
    }
    let mut last = None;
    for (line, labels) in lines {
        if last.is_some_and(|last| line > last + 1) {
            write(out, format_args!("{}\n", paint.dim("...")));
        }
        last = Some(line);
        write_line(severity, line, &labels, width, paint, out);
    }
}

/// One source line and a line of marks for each of its labels.
fn write_line(
    severity: Severity,
    line: usize,
    labels: &[(bool, &Label)],
    width: usize,
    paint: Paint,
    out: &mut String,
) {
    let Some((_, first)) = labels.first() else {
        return;
    };
    let shown = ShownLine::around(&first.span);
    let bar = paint.dim("|");
    let number = paint.dim(&format!("{line:>width$}"));
    write(
        out,
        format_args!("{}\n", format!("{number} {bar} {}", shown.text).trim_end()),
    );
    for (is_primary, label) in labels {
        let (start, marks) = shown.marks(&label.span);
        let mark = if *is_primary { "^" } else { "-" };
        let text = format!("{} {}", mark.repeat(marks), printable(&label.text));
        let text = if *is_primary {
            paint.severity(severity, text.trim_end())
        } else {
            paint.dim(text.trim_end())
        };
        let margin = " ".repeat(width);
        let indent = " ".repeat(start);
        write(out, format_args!("{margin} {bar} {indent}{text}\n"));
    }
}

/// A source line as it is shown: tabs as blanks, control characters visible, cut if it is long.
struct ShownLine {
    text: String,
    /// Where the line starts and ends in the file.
    line: std::ops::Range<usize>,
    /// Characters left out before the text, and what stands there instead.
    cut: usize,
    file: Arc<SourceFile>,
}

impl ShownLine {
    fn around(span: &Span) -> Self {
        let text = &span.file.text;
        let at = span.range.start.min(text.len());
        let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
        let end = text[at..].find('\n').map_or(text.len(), |it| at + it);
        let end = start + text[start..end].trim_end_matches('\r').len();
        let whole = &text[start..end.max(start)];
        let before = &text[start..at.min(end.max(start))];
        let column = before.chars().count();
        let n_chars = whole.chars().count();
        let is_long = n_chars > MAX_WIDTH;
        let (cut, kept) = if is_long && column > MAX_WIDTH / 2 {
            let mut back = before.char_indices().rev();
            let from = back.nth(MAX_WIDTH / 4 - 1).map_or(0, |(at, _)| at);
            (column - MAX_WIDTH / 4, &whole[from..])
        } else {
            (0, whole)
        };
        let mut ends = kept.char_indices().map(|(at, _)| at);
        let kept_end = ends.nth(MAX_WIDTH).unwrap_or(kept.len());
        let mut shown = printable(&kept[..kept_end]);
        if cut > 0 {
            shown.insert_str(0, "...");
        }
        if cut + MAX_WIDTH < n_chars {
            shown.push_str("...");
        }
        Self {
            text: shown,
            line: start..end.max(start),
            cut,
            file: Arc::clone(&span.file),
        }
    }

    /// Where marks under a span start, and how many there are: at least one, none past the line.
    fn marks(&self, span: &Span) -> (usize, usize) {
        let text = &self.file.text;
        let start = span.range.start.clamp(self.line.start, self.line.end);
        let end = span.range.end.clamp(start, self.line.end);
        let before = text[self.line.start..start].chars().count();
        let dots = if self.cut > 0 { 3 } else { 0 };
        let column = before.saturating_sub(self.cut) + dots;
        let room = self.text.chars().count().saturating_sub(column);
        let marks = text[start..end].chars().count().min(room);
        (column, marks.max(1))
    }
}

/// Colours, or none.
#[derive(Clone, Copy)]
struct Paint {
    on: bool,
}

impl Paint {
    fn severity(self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Error => self.code("1;31", text),
            Severity::Warning => self.code("1;33", text),
            Severity::Info => self.code("1;36", text),
        }
    }

    fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.code("34", text)
    }

    fn code(self, code: &str, text: &str) -> String {
        if self.on {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
