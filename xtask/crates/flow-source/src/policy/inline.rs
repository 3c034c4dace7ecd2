//! Allowances in comments: `# flowyard: allow(F006, lambda-before-prompt) reason`.
//!
//! At the top of a file one holds for the whole of it; on a line of its own for what is written on
//! the next; behind something for that. What is written on a line goes on below it as far as it is
//! indented: an action's name stands for the action.

use std::ops::Range;
use std::sync::Arc;

use flow::diagnostic::{Diagnostic, Edit, Fix, Severity, SourceFile, Span};

use super::config::find_rule;
use super::is_fixed;
use crate::place::SourceId;
use crate::rule;
use crate::rules::Rule;
use crate::yaml::{self, Kind, Node};

const MARK: &str = "# flowyard:";

/// One rule that a comment allows.
pub(super) struct Allowance {
    rule: &'static Rule,
    /// The rule's code or name in the comment.
    name: Span,
    /// What is to be removed when the allowance allows nothing: the name, or the whole comment.
    removal: Edit,
    scope: Range<usize>,
    is_used: bool,
}

/// Reads the comments of sources.
pub(super) fn read(sources: &[&Arc<SourceFile>], diags: &mut Vec<Diagnostic>) -> Vec<Allowance> {
    let mut allowances = Vec::new();
    for file in sources.iter().filter(|it| it.text.contains(MARK)) {
        let (tree, _) = yaml::parse(file, SourceId::default());
        for (at, _) in file.text.match_indices(MARK) {
            if is_comment(file, tree.as_ref(), at) {
                let comment = Comment::at(file, at);
                comment.read(tree.as_ref(), diags, &mut allowances);
            }
        }
    }
    allowances
}

/// Whether a comment allows a finding.
pub(super) fn allow(allowances: &mut [Allowance], diag: &Diagnostic) -> bool {
    if is_fixed(diag) {
        return false;
    }
    let Some(span) = diag.span() else {
        return false;
    };
    let mut is_allowed = false;
    for allowance in allowances.iter_mut() {
        let is_here = allowance.name.file == span.file && allowance.rule.code == diag.code;
        if is_here && allowance.scope.contains(&span.range.start) {
            allowance.is_used = true;
            is_allowed = true;
        }
    }
    is_allowed
}

/// The allowances that allow nothing, where all findings are known.
pub(super) fn unused(allowances: &[Allowance], unread: &[Arc<SourceFile>]) -> Vec<Diagnostic> {
    let unused = allowances.iter().filter(|it| !it.is_used);
    let known = unused.filter(|it| !unread.contains(&it.name.file));
    known.map(Allowance::unused).collect()
}

impl Allowance {
    fn unused(&self) -> Diagnostic {
        let name = self.rule.name;
        let headline = format!("allowance of `{name}` that allows nothing");
        let label = "no finding of this rule is left here";
        let title = format!("remove the allowance of `{name}`");
        let removal = self.removal.clone();
        rule::UNUSED_ALLOWANCE
            .found(headline, self.name.clone(), label)
            .with_help("remove it")
            .with_fix(Fix::safe(title, removal.span, removal.text))
    }
}

/// Whether a mark stands in a comment: after a blank, and in no scalar.
fn is_comment(file: &SourceFile, tree: Option<&Node>, at: usize) -> bool {
    let before = file.text[..at].chars().next_back();
    before.is_none_or(char::is_whitespace) && !tree.is_some_and(|tree| is_in_scalar(tree, at))
}

fn is_in_scalar(node: &Node, at: usize) -> bool {
    match &node.kind {
        Kind::Scalar(scalar) => scalar.range.contains(&at),
        Kind::List(items) => items.iter().any(|item| is_in_scalar(item, at)),
        Kind::Map(entries) => entries
            .iter()
            .any(|it| it.key.range.contains(&at) || is_in_scalar(&it.value, at)),
    }
}

struct Comment<'a> {
    file: &'a Arc<SourceFile>,
    /// From the `#` to the end of the line.
    range: Range<usize>,
    line_start: usize,
}

impl<'a> Comment<'a> {
    fn at(file: &'a Arc<SourceFile>, at: usize) -> Self {
        let text = &file.text;
        let end = text[at..].find('\n').map_or(text.len(), |it| at + it);
        Self {
            file,
            range: at..at + text[at..end].trim_end().len(),
            line_start: text[..at].rfind('\n').map_or(0, |it| it + 1),
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span {
            file: Arc::clone(self.file),
            range,
        }
    }

    fn read(
        &self,
        tree: Option<&Node>,
        diags: &mut Vec<Diagnostic>,
        allowances: &mut Vec<Allowance>,
    ) {
        let Some(list) = self.list() else {
            let headline = "comment to these checks that says nothing";
            let label = "it does not have the form that they read";
            let diag =
                rule::INVALID_CONFIGURATION.found(headline, self.span(self.range.clone()), label);
            let help = "write `# flowyard: allow(<rule>, ..) <reason>`";
            diags.push(diag.with_severity(Severity::Warning).with_help(help));
            return;
        };
        let scope = self.scope(tree);
        let names = self.names(&list);
        for (n, range) in names.iter().enumerate() {
            let name = self.span(range.clone());
            if let Some(rule) = find_rule(&self.file.text[range.clone()], name.clone(), diags) {
                allowances.push(Allowance {
                    rule,
                    name,
                    removal: self.removal(&list, &names, n),
                    scope: scope.clone(),
                    is_used: false,
                });
            }
        }
    }

    /// What stands between the brackets of `allow(..)`.
    fn list(&self) -> Option<Range<usize>> {
        let text = &self.file.text[self.range.clone()];
        let rest = text.strip_prefix(MARK)?.trim_start();
        let rest = rest.strip_prefix("allow")?.trim_start().strip_prefix('(')?;
        let length = rest.find(')')?;
        let start = self.range.end - rest.len();
        (!rest[..length].trim().is_empty()).then_some(start..start + length)
    }

    fn names(&self, list: &Range<usize>) -> Vec<Range<usize>> {
        let text = &self.file.text[list.clone()];
        let mut names = Vec::new();
        let mut at = list.start;
        for part in text.split(',') {
            let start = at + (part.len() - part.trim_start().len());
            let name = part.trim();
            if !name.is_empty() {
                names.push(start..start + name.len());
            }
            at += part.len() + 1;
        }
        names
    }

    /// What takes one name away: the comment with it, if it is the only one.
    fn removal(&self, list: &Range<usize>, names: &[Range<usize>], n: usize) -> Edit {
        let others = names.iter().enumerate().filter(|(other, _)| *other != n);
        let others: Vec<&str> = others.map(|(_, it)| &self.file.text[it.clone()]).collect();
        if !others.is_empty() {
            return Edit {
                span: self.span(list.clone()),
                text: others.join(", "),
            };
        }
        let text = &self.file.text;
        let before = text[self.line_start..self.range.start].trim_end();
        let end = text[self.range.end..].find('\n');
        let end = end.map_or(text.len(), |it| self.range.end + it);
        let range = if before.is_empty() {
            self.line_start..(end + 1).min(text.len())
        } else {
            self.line_start + before.len()..end
        };
        Edit {
            span: self.span(range),
            text: String::new(),
        }
    }

    fn scope(&self, tree: Option<&Node>) -> Range<usize> {
        let text = &self.file.text;
        let is_alone = text[self.line_start..self.range.start].trim().is_empty();
        if is_alone && is_top(&text[..self.line_start]) {
            return 0..text.len() + 1;
        }
        let line = if is_alone {
            self.next_line()
        } else {
            self.line_start
        };
        let end = text[line..].find('\n').map_or(text.len(), |it| line + it);
        let below = tree.and_then(|tree| end_of_entry(tree, &(line..end)));
        line..below.unwrap_or(end).max(end) + 1
    }

    /// Where the next line begins that has more than a comment.
    fn next_line(&self) -> usize {
        let text = &self.file.text;
        let mut at = self.line_start;
        for line in text[self.line_start..].split_inclusive('\n') {
            let content = line.trim();
            if !content.is_empty() && !content.starts_with('#') {
                return at;
            }
            at += line.len();
        }
        text.len()
    }
}

/// Whether nothing but comments stands before.
fn is_top(before: &str) -> bool {
    let mut lines = before.lines().map(str::trim);
    lines.all(|line| line.is_empty() || line.starts_with('#') || line == "---")
}

/// Where the entry ends whose key is the first thing on a line.
fn end_of_entry(node: &Node, line: &Range<usize>) -> Option<usize> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find_map(|entry| {
            if line.contains(&entry.key.range.start) {
                return Some(entry.value.range.end.max(entry.key.range.end));
            }
            end_of_entry(&entry.value, line)
        }),
        Kind::List(items) => items.iter().find_map(|item| {
            if line.contains(&item.range.start) {
                return Some(item.range.end);
            }
            end_of_entry(item, line)
        }),
        Kind::Scalar(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{found, shown};

    const FLOW: &str = "flow: main
start: end
actions:
  end:
    disconnect: {}
  spare:
    disconnect: {}
";

    #[test]
    fn an_allowance_holds_on_its_line_below_it_or_for_the_file() {
        assert_eq!(found("F006", FLOW).len(), 1);
        for allowed in [
            FLOW.replace("  spare:", "  spare: # flowyard: allow(F006) later"),
            FLOW.replace(
                "  spare:",
                "  # flowyard: allow(C003, unreachable-action)\n  # why\n\n  spare:",
            ),
            format!("# A flow.\n# flowyard: allow(F006)\n{FLOW}"),
        ] {
            assert_eq!(found("F006", &allowed), [""; 0], "{allowed}");
        }
        for other in [
            FLOW.replace("  end:", "  end: # flowyard: allow(F006)"),
            FLOW.replace("flow: main", "flow: main # flowyard: allow(F006)"),
            FLOW.replace("  spare:", "  spare: # flowyard: allow(C003)"),
            FLOW.replace(
                "disconnect: {}\n  spare",
                "play_prompt: '# flowyard: allow(F006)'\n    next: end\n  spare",
            ),
        ] {
            assert_eq!(found("F006", &other).len(), 1, "{}", shown(&other));
        }
    }

    #[test]
    fn what_allows_nothing_is_said_and_what_is_unreadable_too() {
        let idle = FLOW.replace("  end:", "  end: # flowyard: allow(F006, nothing)");
        assert_eq!(
            found("S045", &idle),
            ["4:26 allowance of `unreachable-action` that allows nothing"]
        );
        assert_eq!(found("S044", &idle), ["4:32 unknown rule `nothing`"]);
        let odd = FLOW.replace("  end:", "  end: # flowyard: ignore F006");
        assert_eq!(
            found("S043", &odd),
            ["4:8 comment to these checks that says nothing"]
        );
    }

    #[test]
    fn errors_of_reading_are_not_allowed_away() {
        let broken = FLOW.replace(
            "  end:\n    disconnect",
            "  end: # flowyard: allow(F001)\n    disconect",
        );
        assert_eq!(found("F001", &broken).len(), 1, "{}", shown(&broken));
    }
}
