//! The documentation of all rules as one Markdown page, and the section of one.

use super::{RULES, Rule};

const INTRODUCTION: &str = "\
# Rules

What `cargo xtask check` finds, by code.
Generated from the rules themselves by `cargo xtask docs`; the examples are tested: the first of each pair is reported, the second is not.

Families: `C` Connect's own rules, `F` the graph of a flow, `R` references, `S` sources and templates.
Codes that begin with `P` are about infrastructure files, plans and deployments; they are not listed here and cannot be configured.

`cargo xtask check --explain <code or name>` prints one section.

## Severities and allowances

`error` makes `check` answer no, and stops `plan`, `deploy` and `generate`; `warning` and `info` are shown.
A file `.flowyard.yaml` at the top of the project, or the one that `--config` names, says otherwise:

```yaml
rules:
  unreachable-action: error        # by name
  C003: off                        # or by code
allow:
  - rules: [unreachable-action, F010]
    paths: [\"flows/imported/**\"]   # from the top of the project; * within a folder, ** over folders
    reason: imported as they were
  - rules: lambda-before-prompt
    flows: [support-chat]
```

In a source a comment allows what is found on its line, or below the next line as far as it is indented, or, at the top, in the whole file:

```yaml
  # flowyard: allow(F006, lambda-before-prompt) called by hand only
  spare:
    disconnect: {}
```

An allowance that allows nothing is reported (S045), and so is a rule that does not exist (S044).

Errors of reading a source (families `S` and `R`, and the codes that say so) cannot be lowered or allowed: behind them there is no flow.
Others can, and that is a decision to make knowingly: an error stands for something that Connect refuses, or that breaks a chat, and a lower severity changes neither.

## Index

";

/// The page of all rules.
pub fn rules_page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("| code | name | severity | finds |\n|---|---|---|---|\n");
    for rule in RULES.iter() {
        page.push_str(&format!(
            "| [{code}](#{anchor}) | `{name}` | {severity} | {finds} |\n",
            code = rule.code,
            anchor = anchor(rule),
            name = rule.name,
            severity = rule.severity.as_str(),
            finds = rule.finds.replace('|', "\\|"),
        ));
    }
    for rule in RULES.iter() {
        page.push_str(&format!(
            "\n## {} {}\n\n{}",
            rule.code,
            rule.name,
            section(rule)
        ));
    }
    page
}

/// Where a forge finds the heading of a rule.
fn anchor(rule: &Rule) -> String {
    format!("{}-{}", rule.code.to_lowercase(), rule.name)
}

/// What there is to say of a rule, without a heading.
pub(crate) fn section(rule: &Rule) -> String {
    let fixed = if rule.is_of_reading() && rule.severity == flow::diagnostic::Severity::Error {
        ", cannot be lowered"
    } else {
        ""
    };
    let severity = rule.severity.as_str();
    let mut text = format!(
        "Finds {} ({severity}{fixed}).\n\n{}\n",
        rule.finds,
        sentences(rule.why)
    );
    if !rule.bad.is_empty() {
        text.push_str(&format!("\nReported:\n\n{}", example(rule.bad)));
        text.push_str(&format!("\nIn order:\n\n{}", example(rule.good)));
    }
    text
}

/// A sentence a line, as all Markdown here has it.
fn sentences(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        if paragraph.contains("```") || paragraph.contains("\n- ") || paragraph.starts_with("- ") {
            return paragraph.to_owned();
        }
        // What follows a full stop with a capital is the next sentence.
        let mut out = String::new();
        let mut rest = line.as_str();
        while let Some(at) = rest.match_indices(". ").map(|it| it.0).find(|at| {
            let next = rest[at + 2..].chars().next();
            next.is_some_and(|c| c.is_uppercase() || c == '`')
        }) {
            out.push_str(&rest[..=at]);
            out.push('\n');
            rest = &rest[at + 2..];
        }
        out + rest
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

fn example(text: &str) -> String {
    let language = if text.trim_start().starts_with('{') {
        "json"
    } else {
        "yaml"
    };
    format!("```{language}\n{}\n```\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the page is a file")]
    fn the_page_in_the_repository_is_the_one_of_the_rules() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/rules.md");
        if std::env::var_os("FLOWYARD_UPDATE").is_some() {
            std::fs::write(path, rules_page()).expect("the page can be written");
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == rules_page(),
            "docs/rules.md is stale: run `cargo xtask docs`"
        );
    }

    #[test]
    fn a_sentence_stands_on_a_line() {
        assert_eq!(
            sentences("One e.g. this\nand that. Two `x`. `Y` is three.\n\nNext."),
            "One e.g. this and that.\nTwo `x`.\n`Y` is three.\n\nNext."
        );
    }
}
