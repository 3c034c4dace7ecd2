//! The rules about environments and infrastructure: one table of codes and names.

use flow::diagnostic::{Diagnostic, Span};

/// A code and the name that goes with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    code: &'static str,
    name: &'static str,
}

impl Rule {
    /// An error under this rule.
    pub(crate) fn at(
        self,
        headline: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(self.code, self.name, headline, span, label)
    }
}

const fn rule(code: &'static str, name: &'static str) -> Rule {
    Rule { code, name }
}

pub(crate) const INVALID_YAML: Rule = rule("P001", "invalid-yaml");
pub(crate) const UNKNOWN_KEY: Rule = rule("P002", "unknown-key");
pub(crate) const MISSING_KEY: Rule = rule("P003", "missing-key");
pub(crate) const WRONG_TYPE: Rule = rule("P004", "wrong-type");
pub(crate) const INVALID_VALUE: Rule = rule("P005", "invalid-value");
pub(crate) const UNKNOWN_NAME: Rule = rule("P006", "unknown-name");
pub(crate) const DECLARED_TWICE: Rule = rule("P007", "declared-twice");
pub(crate) const LITERAL_ARN: Rule = rule("P008", "literal-arn");
pub(crate) const BROAD_PERMISSION: Rule = rule("P009", "broad-permission");
