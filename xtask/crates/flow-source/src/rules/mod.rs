//! Every rule there is, one file each. A code is never reused.
//!
//! Families: `S` source and templates, `R` references, `F` flow graph, `C` Connect's own rules.

mod impossible_condition;
mod loop_without_wait;
mod next_never_followed;
mod no_way_out;
mod pointless_decision;
mod shadowed_condition;
mod transfer_to_itself;
mod transfer_without_queue;
mod unknown_contact_data;
mod unreachable_action;

use flow::diagnostic::{Diagnostic, Severity, Span};

use crate::lint::Lint;

/// A rule: what reports a diagnostic, and what its page in the documentation says.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    pub code: &'static str,
    /// Completes "allow ..." and names the fault.
    pub name: &'static str,
    /// Unless the configuration says another one.
    pub severity: Severity,
    /// What it finds, in a sentence.
    pub finds: &'static str,
    /// Why that is bad, and what to do, in Markdown; the source of a fact about Connect is named.
    pub why: &'static str,
    /// A source in which the rule finds something, and the same as it should be. Both are tested.
    pub bad: &'static str,
    pub good: &'static str,
}

impl Rule {
    /// A finding of this rule, with its own severity.
    pub(crate) fn found(
        &self,
        headline: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(self.code, self.name, headline, span, label).with_severity(self.severity)
    }
}

/// The checks on whole flows, in the order of their codes.
pub(crate) const LINTS: &[Lint] = &[
    Lint {
        rule: &unreachable_action::RULE,
        check: unreachable_action::check,
    },
    Lint {
        rule: &no_way_out::RULE,
        check: no_way_out::check,
    },
    Lint {
        rule: &loop_without_wait::RULE,
        check: loop_without_wait::check,
    },
    Lint {
        rule: &shadowed_condition::RULE,
        check: shadowed_condition::check,
    },
    Lint {
        rule: &impossible_condition::RULE,
        check: impossible_condition::check,
    },
    Lint {
        rule: &pointless_decision::RULE,
        check: pointless_decision::check,
    },
    Lint {
        rule: &transfer_without_queue::RULE,
        check: transfer_without_queue::check,
    },
    Lint {
        rule: &next_never_followed::RULE,
        check: next_never_followed::check,
    },
    Lint {
        rule: &transfer_to_itself::RULE,
        check: transfer_to_itself::check,
    },
    Lint {
        rule: &unknown_contact_data::RULE,
        check: unknown_contact_data::check,
    },
];

#[cfg(test)]
mod tests {
    use flow::diagnostic::Severity;

    use super::LINTS;
    use crate::lint::testing::{findings, shown};

    #[test]
    fn the_bad_example_of_a_rule_is_reported_and_the_good_one_has_no_error() {
        for lint in LINTS {
            let rule = lint.rule;
            let reported = |text: &str| findings(text).iter().any(|it| it.code == rule.code);
            assert!(
                reported(rule.bad),
                "{} bad:\n{}",
                rule.code,
                shown(rule.bad)
            );
            assert!(
                !reported(rule.good),
                "{} good:\n{}",
                rule.code,
                shown(rule.good)
            );
            let mut found = findings(rule.good).into_iter();
            let has_error = found.any(|it| it.severity == Severity::Error);
            assert!(!has_error, "{} good:\n{}", rule.code, shown(rule.good));
        }
    }

    #[test]
    fn the_checks_are_in_the_order_of_their_codes_and_each_has_its_own() {
        let codes: Vec<&str> = LINTS.iter().map(|lint| lint.rule.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    }
}
