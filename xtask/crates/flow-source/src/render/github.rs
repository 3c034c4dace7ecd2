//! Annotations of GitHub Actions: a command for each finding, one a line.

use flow::diagnostic::{Diagnostic, Severity};

use super::write;

/// `::error file=flows/main.yaml,line=41,col=13,title=F003 unknown-next-action::transition to ..`
pub fn github(diags: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diag in diags {
        let command = match diag.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        write(&mut out, format_args!("::{command} "));
        if let Some(span) = diag.span() {
            let (line, column) = span.file.line_column(span.range.start);
            let (end_line, end_column) = span.file.line_column(span.range.end);
            let file = property(&span.file.path);
            write(&mut out, format_args!("file={file},line={line},"));
            // Columns of more than one line are not taken.
            if line == end_line {
                write(
                    &mut out,
                    format_args!("col={column},endColumn={end_column},"),
                );
            } else {
                write(&mut out, format_args!("endLine={end_line},"));
            }
        }
        let (title, message) = (property(&title(diag)), data(&message(diag)));
        write(&mut out, format_args!("title={title}::{message}\n"));
    }
    out
}

fn title(diag: &Diagnostic) -> String {
    format!("{} {}", diag.code, diag.rule)
}

/// An annotation has no second place, so all that can be said is in the text.
fn message(diag: &Diagnostic) -> String {
    let mut text = diag.headline.clone();
    if let Some(label) = diag.labels.first() {
        text.push_str(&format!("\n{}", label.text));
    }
    for note in &diag.notes {
        text.push_str(&format!("\nnote: {note}"));
    }
    if let Some(help) = &diag.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    text
}

/// Only these characters end a command or its text; they are written as in URLs.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::findings;

    #[test]
    fn each_finding_is_one_command() {
        let source = "flow: main\nstart: end\nactions:\n  end: { disconnect: {} }\n  \"a%b,c\": { end_flow: {} }\n";
        let mut found = findings(source);
        found.retain(|it| it.code == "F006");
        assert_eq!(
            github(&found),
            "::warning file=flow0.yaml,line=5,col=3,endColumn=10,title=F006 unreachable-action::\
             no transition leads to action `a%25b,c`%0Aa contact never comes here\n"
        );
    }

    #[test]
    fn what_stands_in_properties_cannot_end_them() {
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }
}
