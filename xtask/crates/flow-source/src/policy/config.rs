//! `.flowyard.yaml`: severities of rules, and allowances by path or flow.

use std::sync::Arc;

use flow::diagnostic::{Diagnostic, Severity, SourceFile, Span};

use super::{Checked, glob, is_fixed};
use crate::fields::Fields;
use crate::place::SourceId;
use crate::rule;
use crate::rules::Rule;
use crate::suggest;
use crate::yaml::{self, Entry, Kind, Node, Scalar};

/// What a configuration says.
#[derive(Debug, Default)]
pub struct Config {
    levels: Vec<(&'static Rule, Level)>,
    allowances: Vec<Allowance>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Off,
    As(Severity),
}

pub(crate) const LEVELS: [(&str, Level); 4] = [
    ("error", Level::As(Severity::Error)),
    ("warning", Level::As(Severity::Warning)),
    ("info", Level::As(Severity::Info)),
    ("off", Level::Off),
];

/// Rules that keep quiet in some places. Without paths and flows they do everywhere.
#[derive(Debug, Default)]
struct Allowance {
    rules: Vec<&'static Rule>,
    paths: Vec<String>,
    flows: Vec<String>,
}

impl Config {
    /// Reads a configuration. What could not be understood is left out and reported.
    pub fn parse(file: &Arc<SourceFile>) -> (Self, Vec<Diagnostic>) {
        let mut lines = file.text.lines().map(str::trim);
        if lines.all(|line| line.is_empty() || line.starts_with('#')) {
            return (Self::default(), Vec::new());
        }
        let (tree, diags) = yaml::parse(file, SourceId::default());
        let mut reading = Reading { file, diags };
        let mut config = Self::default();
        if let Some(tree) = tree.as_ref().filter(|tree| !tree.is_null()) {
            reading.config(tree, &mut config);
        }
        (config, reading.diags)
    }

    /// Whether an allowance covers a finding.
    pub(super) fn allows(&self, diag: &Diagnostic, checked: &[Checked<'_>]) -> bool {
        let covers = |it: &Allowance| {
            it.rules.iter().any(|rule| rule.code == diag.code)
                && it.covers_path(diag)
                && it.covers_flow(diag, checked)
        };
        !is_fixed(diag) && self.allowances.iter().any(covers)
    }

    /// Gives a finding its severity; false if it is not wanted.
    pub(super) fn set_severity(&self, diag: &mut Diagnostic) -> bool {
        let mut levels = self.levels.iter().rev();
        match levels.find(|(rule, _)| rule.code == diag.code) {
            Some(_) if is_fixed(diag) => true,
            Some((_, Level::Off)) => false,
            Some((_, Level::As(severity))) => {
                diag.severity = *severity;
                true
            }
            None => true,
        }
    }
}

impl Allowance {
    fn covers_path(&self, diag: &Diagnostic) -> bool {
        let path = diag.span().map_or("", |span| span.file.path.as_str());
        let mut paths = self.paths.iter();
        self.paths.is_empty() || paths.any(|pattern| glob::matches(pattern, path))
    }

    /// A finding in a fragment is one of the flow that uses it.
    fn covers_flow(&self, diag: &Diagnostic, checked: &[Checked<'_>]) -> bool {
        let is_wanted = |flow: &str| self.flows.iter().any(|it| it == flow);
        let wanted = checked.iter().filter(|it| it.flow.is_some_and(is_wanted));
        let mut files = wanted.map(|it| &it.file);
        self.flows.is_empty()
            || files.any(|file| diag.labels.iter().any(|label| label.span.file == *file))
    }
}

struct Reading<'a> {
    file: &'a Arc<SourceFile>,
    diags: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn span(&self, node: &Node) -> Span {
        Span {
            file: Arc::clone(self.file),
            range: node.range.clone(),
        }
    }

    fn key_span(&self, entry: &Entry) -> Span {
        Span {
            file: Arc::clone(self.file),
            range: entry.key.range.clone(),
        }
    }

    fn not(&mut self, expected: &str, node: &Node) {
        let label = format!("{expected} is expected here, this is {}", node.described());
        let span = self.span(node);
        let headline = "configuration that says nothing";
        self.diags
            .push(rule::INVALID_CONFIGURATION.error(headline, span, label));
    }

    fn config(&mut self, tree: &Node, config: &mut Config) {
        let Some(mut fields) = Fields::of(tree) else {
            return self.not("a map", tree);
        };
        if let Some(rules) = fields.take("rules") {
            config.levels = self.levels(&rules.value);
        }
        if let Some(allow) = fields.take("allow") {
            match &allow.value.kind {
                Kind::List(items) => {
                    config.allowances = items.iter().filter_map(|it| self.allowance(it)).collect();
                }
                _ => self.not("a list of allowances", &allow.value),
            }
        }
        self.no_more(fields, "the configuration");
    }

    fn no_more(&mut self, fields: Fields<'_>, what: &str) {
        let file = self.file;
        let span = |entry: &Entry| Span {
            file: Arc::clone(file),
            range: entry.key.range.clone(),
        };
        fields.refuse_rest(what, span, &mut self.diags);
    }

    fn levels(&mut self, node: &Node) -> Vec<(&'static Rule, Level)> {
        let Kind::Map(entries) = &node.kind else {
            self.not("a map from rules to severities", node);
            return Vec::new();
        };
        let levels = entries.iter();
        levels.filter_map(|entry| self.level(entry)).collect()
    }

    fn level(&mut self, entry: &Entry) -> Option<(&'static Rule, Level)> {
        let rule = self.rule(&entry.key);
        let Kind::Scalar(word) = &entry.value.kind else {
            self.not("a severity", &entry.value);
            return None;
        };
        let Some((_, level)) = LEVELS.iter().find(|(name, _)| *name == word.text) else {
            let listed = suggest::listed(LEVELS.iter().map(|it| it.0));
            let label = format!("`{}` is no severity", word.text);
            let span = self.span(&entry.value);
            let headline = format!("unknown severity `{}`", word.text);
            let diag = rule::INVALID_CONFIGURATION.error(headline, span, label);
            self.diags
                .push(diag.with_help(format!("the severities are {listed}")));
            return None;
        };
        let rule = rule?;
        let is_lower = *level != Level::As(Severity::Error);
        if is_lower && rule.is_of_reading() && rule.severity == Severity::Error {
            let headline = format!("`{}` cannot be lowered", rule.name);
            let label = "a source with such an error has no flow to speak of";
            let diag = rule::INVALID_CONFIGURATION.error(headline, self.key_span(entry), label);
            self.diags.push(diag);
        }
        Some((rule, *level))
    }

    fn allowance(&mut self, node: &Node) -> Option<Allowance> {
        let Some(mut fields) = Fields::of(node) else {
            self.not("a map with `rules`, and `paths` or `flows`", node);
            return None;
        };
        let mut allowance = Allowance::default();
        for (key, texts) in [
            ("paths", &mut allowance.paths),
            ("flows", &mut allowance.flows),
        ] {
            if let Some(entry) = fields.take(key) {
                let scalars = self.scalars(&entry.value);
                texts.extend(scalars.into_iter().map(|it| it.text.clone()));
            }
        }
        if let Some(reason) = fields.take("reason")
            && !matches!(reason.value.kind, Kind::Scalar(_))
        {
            self.not("a text", &reason.value);
        }
        match fields.take("rules") {
            Some(rules) => {
                for name in self.scalars(&rules.value) {
                    allowance.rules.extend(self.rule(name));
                }
            }
            None => {
                let headline = "allowance without `rules`";
                let label = "nothing says what is allowed";
                let span = self.span(node);
                let diag = rule::INVALID_CONFIGURATION.error(headline, span, label);
                self.diags.push(diag);
            }
        }
        self.no_more(fields, "an allowance");
        Some(allowance)
    }

    /// A text, or a list of some.
    fn scalars<'n>(&mut self, node: &'n Node) -> Vec<&'n Scalar> {
        let items = match &node.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut scalars = Vec::new();
        for item in items {
            match &item.kind {
                Kind::Scalar(scalar) if !scalar.is_null() => scalars.push(scalar),
                _ => self.not("a text", item),
            }
        }
        scalars
    }

    fn rule(&mut self, name: &Scalar) -> Option<&'static Rule> {
        let span = Span {
            file: Arc::clone(self.file),
            range: name.range.clone(),
        };
        find_rule(&name.text, span, &mut self.diags)
    }
}

/// The rule of a code or name; one that there is not is reported where it is written.
pub(super) fn find_rule(
    name: &str,
    span: Span,
    diags: &mut Vec<Diagnostic>,
) -> Option<&'static Rule> {
    let found = Rule::of(name);
    if found.is_none() {
        let headline = format!("unknown rule `{name}`");
        let label = format!("no rule has the code or name `{name}`");
        let mut diag = rule::UNKNOWN_RULE.found(headline, span, label);
        diag.help = Rule::near(name).map(|near| {
            format!(
                "a rule with a similar name exists: `{}` ({})",
                near.name, near.code
            )
        });
        diags.push(diag);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render;

    fn parse(text: &str) -> (Config, String) {
        let (config, diags) = Config::parse(&SourceFile::new(".flowyard.yaml", text));
        (config, render::human(&diags, false))
    }

    fn finding(code: &'static str, severity: Severity, path: &str) -> Diagnostic {
        let span = Span {
            file: SourceFile::new(path, "x"),
            range: 0..1,
        };
        Diagnostic::error(code, "rule", "headline", span, "label").with_severity(severity)
    }

    #[test]
    fn severities_are_set_by_code_or_name_and_errors_of_reading_stay() {
        let (config, said) = parse(
            "rules:\n  F006: error\n  lambda-before-prompt: off\n  refused-by-connect: warning\n",
        );
        assert_eq!(said, "");
        let set = |code, severity| {
            let mut diag = finding(code, severity, "a.yaml");
            config.set_severity(&mut diag).then_some(diag.severity)
        };
        assert_eq!(set("F006", Severity::Warning), Some(Severity::Error));
        assert_eq!(set("C003", Severity::Warning), None);
        assert_eq!(set("C002", Severity::Error), Some(Severity::Warning));
        assert_eq!(set("F002", Severity::Error), Some(Severity::Error));
    }

    #[test]
    fn allowances_hold_for_their_paths_and_flows() {
        let (config, said) = parse(
            "allow:\n- { rules: [F006], paths: ['old/**'], reason: as it was }\n\
             - { rules: unreachable-action, flows: spare }\n",
        );
        assert_eq!(said, "");
        let checked = |path: &str, flow| Checked {
            file: SourceFile::new(path, "x"),
            flow: Some(flow),
        };
        let checked = [
            checked("flows/a.yaml", "spare"),
            checked("flows/b.yaml", "b"),
        ];
        let allows = |code, path| config.allows(&finding(code, Severity::Warning, path), &checked);
        assert!(allows("F006", "old/deep/x.yaml"));
        assert!(allows("F006", "flows/a.yaml"));
        assert!(!allows("F006", "flows/b.yaml"));
        assert!(!allows("F009", "old/x.yaml"));
    }

    #[test]
    fn what_cannot_be_understood_is_said_at_its_place() {
        let (_, said) = parse(
            "rules:\n  unreachable-actoin: error\n  F006: loud\n  S002: off\nallow:\n- paths: x\n- F006\nmore: 1\n",
        );
        for expected in [
            "warning[S044]: unknown rule `unreachable-actoin`",
            ".flowyard.yaml:2:3",
            "a rule with a similar name exists: `unreachable-action` (F006)",
            "error[S043]: unknown severity `loud`",
            "error[S043]: `invalid-yaml` cannot be lowered",
            "error[S043]: allowance without `rules`",
            "a map with `rules`, and `paths` or `flows` is expected here, this is text",
            "error[S005]: unknown key `more`",
        ] {
            assert!(said.contains(expected), "{expected}\n{said}");
        }
    }

    #[test]
    fn an_empty_configuration_says_nothing() {
        assert_eq!(parse("").1, "");
        assert_eq!(parse("# nothing yet\n").1, "");
    }
}
