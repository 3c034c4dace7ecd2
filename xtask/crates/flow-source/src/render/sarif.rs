//! SARIF 2.1.0, the format in which code scanning takes findings (OASIS standard).

use flow::diagnostic::{Diagnostic, Fix, Label, Severity, Span};
use serde_json::{Value as Json, json};

use crate::rules::{RULES, Rule};

/// The whole log: one run with the rules of these findings, and the findings.
pub fn sarif(diags: &[Diagnostic], version: &str) -> Json {
    let rules = rules_of(diags);
    let results: Vec<Json> = diags.iter().map(|diag| result(diag, &rules)).collect();
    let rules: Vec<Json> = rules.iter().map(|it| it.to_json()).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "flowyard", "version": version, "rules": rules } },
            // Our columns count characters.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// What a log says of a rule. Findings about infrastructure have a code and a name only.
#[derive(PartialEq)]
struct Described<'a> {
    code: &'a str,
    name: &'a str,
    rule: Option<&'static Rule>,
}

fn rules_of(diags: &[Diagnostic]) -> Vec<Described<'_>> {
    let mut rules: Vec<Described<'_>> = Vec::new();
    for diag in diags {
        if !rules.iter().any(|it| it.code == diag.code) {
            rules.push(Described {
                code: diag.code,
                name: diag.rule,
                rule: RULES.iter().find(|it| it.code == diag.code).copied(),
            });
        }
    }
    rules.sort_by_key(|it| it.code);
    rules
}

impl Described<'_> {
    fn to_json(&self) -> Json {
        let Some(rule) = self.rule else {
            return json!({ "id": self.code, "name": pascal_case(self.name) });
        };
        json!({
            "id": self.code,
            "name": pascal_case(self.name),
            "shortDescription": { "text": rule.finds },
            "fullDescription": { "text": rule.why },
            "help": { "text": rule.why, "markdown": crate::rules::page::section(rule) },
            "defaultConfiguration": { "level": level(rule.severity) },
        })
    }
}

/// As the standard wants the names of rules: `UnreachableAction`.
fn pascal_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    });
    words.collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(diag: &Diagnostic, rules: &[Described<'_>]) -> Json {
    let index = rules.iter().position(|it| it.code == diag.code);
    let mut result = json!({
        "ruleId": diag.code,
        "ruleIndex": index,
        "level": level(diag.severity),
        "message": { "text": message(diag) },
        "locations": diag.span().map(location).into_iter().collect::<Vec<_>>(),
    });
    if let [_, others @ ..] = diag.labels.as_slice()
        && !others.is_empty()
    {
        let others = others.iter().enumerate();
        result["relatedLocations"] = others.map(|(n, label)| related(n, label)).collect();
    }
    if let Some(fix) = &diag.fix {
        result["fixes"] = json!([fix_to_json(fix)]);
    }
    result
}

fn message(diag: &Diagnostic) -> String {
    let label = diag.labels.first().map(|label| label.text.as_str());
    let notes = diag.notes.iter().map(String::as_str);
    let help = diag.help.as_ref().map(|help| format!("help: {help}"));
    let mut text = diag.headline.clone();
    for line in label.into_iter().chain(notes).chain(help.as_deref()) {
        text.push('\n');
        text.push_str(line);
    }
    text
}

fn location(span: &Span) -> Json {
    json!({ "physicalLocation": {
        "artifactLocation": artifact(span),
        "region": region(span),
    } })
}

fn related(n: usize, label: &Label) -> Json {
    let mut json = location(&label.span);
    json["id"] = (n + 1).into();
    json["message"] = json!({ "text": label.text });
    json
}

fn artifact(span: &Span) -> Json {
    json!({ "uri": uri(&span.file.path) })
}

fn region(span: &Span) -> Json {
    let (start_line, start_column) = span.file.line_column(span.range.start);
    let (end_line, end_column) = span.file.line_column(span.range.end);
    json!({
        "startLine": start_line,
        "startColumn": start_column,
        "endLine": end_line,
        "endColumn": end_column,
    })
}

fn fix_to_json(fix: &Fix) -> Json {
    let changes = fix.edits.iter().map(|edit| {
        json!({
            "artifactLocation": artifact(&edit.span),
            "replacements": [{
                "deletedRegion": region(&edit.span),
                "insertedContent": { "text": edit.text },
            }],
        })
    });
    let changes: Vec<Json> = changes.collect();
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

/// A path as a relative reference: what may not stand in one is written with `%`.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::findings;

    const SOURCE: &str = "flow: main
start: end
actions:
  # flowyard: allow(F009)
  end: { disconnect: {} }
  spare: { disconnect: {} }
  spare: { disconnect: {} }
";

    /// What the standard demands of the parts that are written here.
    fn assert_shape(log: &Json) {
        assert_eq!(log["version"], "2.1.0");
        let runs = log["runs"].as_array().expect("a list of runs");
        for run in runs {
            let driver = &run["tool"]["driver"];
            assert!(driver["name"].is_string());
            let rules = driver["rules"].as_array().expect("a list of rules");
            let results = run["results"].as_array().expect("a list of results");
            for rule in rules {
                assert!(rule["id"].is_string());
                for text in ["shortDescription", "fullDescription", "help"] {
                    assert!(rule[text]["text"].is_string(), "{rule}");
                }
                let levels = ["none", "note", "warning", "error"];
                let level = rule["defaultConfiguration"]["level"].as_str();
                assert!(levels.contains(&level.expect("a level")));
            }
            for result in results {
                let index = result["ruleIndex"].as_u64().expect("an index");
                let index = usize::try_from(index).expect("it is small");
                assert_eq!(rules[index]["id"], result["ruleId"]);
                assert!(result["message"]["text"].is_string());
                let related = result["relatedLocations"].as_array();
                let locations = result["locations"].as_array().expect("a list of locations");
                for location in locations.iter().chain(related.into_iter().flatten()) {
                    let physical = &location["physicalLocation"];
                    assert!(physical["artifactLocation"]["uri"].is_string());
                    for key in ["startLine", "startColumn", "endLine", "endColumn"] {
                        assert!(physical["region"][key].as_u64() >= Some(1), "{result}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_log_has_the_shape_of_the_standard() {
        let found = findings(SOURCE);
        let log = sarif(&found, "1.0.0");
        assert_shape(&log);
        let results = log["runs"][0]["results"].as_array().expect("results");
        let of = |code: &str| {
            let mut results = results.iter();
            results
                .find(|it| it["ruleId"] == code)
                .expect("it is there")
        };
        assert_eq!(
            of("S003")["relatedLocations"][0]["message"]["text"],
            "first here"
        );
        assert_eq!(of("S003")["level"], "error");
        let same = findings(&SOURCE.replacen("  spare: { disconnect: {} }\n", "", 1));
        let log = sarif(&same, "1.0.0");
        assert_shape(&log);
        let fixed = log["runs"][0]["results"].as_array().expect("results");
        let fixed = fixed
            .iter()
            .find(|it| it["ruleId"] == "S045")
            .expect("it is there");
        let change = &fixed["fixes"][0]["artifactChanges"][0]["replacements"][0];
        assert_eq!(change["deletedRegion"]["startLine"], 4);
        assert_eq!(change["insertedContent"]["text"], "");
    }

    #[test]
    fn a_log_without_findings_is_one_as_well() {
        let log = sarif(&[], "1.0.0");
        assert_shape(&log);
        assert_eq!(log["runs"][0]["results"], json!([]));
    }

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("flows/a b%ü.yaml"), "flows/a%20b%25%C3%BC.yaml");
    }
}
