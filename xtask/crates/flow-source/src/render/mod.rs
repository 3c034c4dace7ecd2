//! Diagnostics in the forms in which people and programs read them. Sort them first.

mod github;
mod human;
mod sarif;

use std::fmt::Write as _;

use flow::diagnostic::Diagnostic;

pub use github::github;
pub use human::human;
pub use sarif::sarif;

/// One line each: `flows/main.yaml:41:13: error[F003]: transition to an action that ..`.
pub fn concise(diags: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diag in diags {
        if let Some(span) = diag.span() {
            let (line, column) = span.file.line_column(span.range.start);
            write(
                &mut out,
                format_args!("{}:{line}:{column}: ", span.file.path),
            );
        }
        let severity = diag.severity.as_str();
        let headline = printable(&diag.headline);
        write(
            &mut out,
            format_args!("{severity}[{}]: {headline}\n", diag.code),
        );
    }
    out
}

/// For programs: `{"diagnostics": [{"code", "rule", "severity", "message", "file", "line",
/// "column"}]}`; a finding without a place has null for the last three.
pub fn json(diags: &[Diagnostic]) -> serde_json::Value {
    let diags: Vec<serde_json::Value> = diags.iter().map(one_as_json).collect();
    serde_json::json!({ "diagnostics": diags })
}

fn one_as_json(diag: &Diagnostic) -> serde_json::Value {
    let place = diag.span().map(|span| {
        let (line, column) = span.file.line_column(span.range.start);
        (span.file.path.as_str(), line, column)
    });
    serde_json::json!({
        "code": diag.code,
        "rule": diag.rule,
        "severity": diag.severity.as_str(),
        "message": diag.headline,
        "file": place.map(|it| it.0),
        "line": place.map(|it| it.1),
        "column": place.map(|it| it.2),
    })
}

/// Text that can go to a terminal: one line, nothing that moves the cursor or changes colours.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' => ' ',
            c if c.is_control() => '\u{fffd}',
            // Marks that change the direction of text can make a line read as another.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text)
        .expect("writing to a string does not fail");
}
