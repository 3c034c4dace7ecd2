//! The one table of codes and rule names. A code is never reused.
//!
//! Families: `S` source and templates, `R` references, `F` flow graph, `C` Connect's own rules.

use flow::diagnostic::{Diagnostic, Severity, Span};

/// A rule: what reports a diagnostic.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    pub code: &'static str,
    /// Completes "allow ..." and names the fault.
    pub name: &'static str,
}

impl Rule {
    pub(crate) fn error(
        &self,
        headline: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(self.code, self.name, headline, span, label)
    }

    pub(crate) fn warning(
        &self,
        headline: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Diagnostic {
        self.error(headline, span, label)
            .with_severity(Severity::Warning)
    }
}

macro_rules! rules {
    ($($constant:ident = $code:literal $name:literal;)*) => {
        $(pub(crate) const $constant: Rule = Rule { code: $code, name: $name };)*

        /// All rules, by code.
        pub const RULES: &[Rule] = &[$($constant),*];
    };
}

rules! {
    UNKNOWN_CONNECT_PARAMETER = "C001" "unknown-parameter";
    DURATION_OUT_OF_RANGE = "C005" "duration-out-of-range";
    IDLE_TIME_BEYOND_WAIT = "C007" "idle-time-beyond-wait";

    UNKNOWN_ACTION = "F001" "unknown-action";
    UNKNOWN_NEXT_ACTION = "F003" "unknown-next-action";
    MISSING_WAY_OUT = "F004" "missing-way-out";
    WAY_OUT_OF_LAST_ACTION = "F005" "way-out-of-last-action";
    UNKNOWN_BRANCH = "F007" "unknown-branch";

    UNKNOWN_REFERENCE = "R001" "unknown-reference";
    LITERAL_ARN = "R002" "literal-arn";
    DUPLICATE_NAME = "R003" "duplicate-name";
    REFERENCE_INSIDE_TEXT = "R004" "reference-inside-text";
    LAMBDA_NOT_FOR_FLOWS = "R005" "lambda-not-for-flows";

    NOT_UTF8 = "S001" "not-utf8";
    INVALID_YAML = "S002" "invalid-yaml";
    DUPLICATE_KEY = "S003" "duplicate-key";
    SOURCE_TOO_LARGE = "S004" "source-too-large";
    UNKNOWN_KEY = "S005" "unknown-key";
    MISSING_KEY = "S006" "missing-key";
    UNEXPECTED_SHAPE = "S007" "unexpected-shape";
    INVALID_TEMPLATE = "S008" "invalid-template";
    UNKNOWN_VARIABLE = "S009" "unknown-variable";
    INVALID_DURATION = "S010" "invalid-duration";
    TEMPLATE_IN_STRUCTURE = "S011" "template-in-structure";
    EMPTY_TEXT = "S012" "empty-text";
    INVALID_VALUE = "S013" "invalid-value";

    LEGACY_EXPORT = "S040" "legacy-export";
    INVALID_JSON = "S041" "invalid-json";
    NO_FLOW_DOCUMENT = "S042" "no-flow-document";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_code_and_no_name_is_used_twice() {
        let codes: BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
        let names: BTreeSet<_> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(codes.len(), RULES.len());
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn the_table_is_in_the_order_of_the_codes() {
        assert!(RULES.is_sorted_by_key(|rule| rule.code));
    }
}
