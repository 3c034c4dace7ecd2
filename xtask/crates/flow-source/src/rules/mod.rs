//! Every rule there is, one file each. A code is never reused.
//!
//! Families: `S` source and templates, `R` references, `F` flow graph, `C` Connect's own rules.

mod action_out_of_place;
mod bot_before_prompt;
mod duplicate_identifier;
mod illegal_identifier;
mod impossible_condition;
mod lambda_before_prompt;
mod loop_without_wait;
mod next_never_followed;
mod no_way_out;
mod pointless_decision;
mod refused_by_connect;
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

/// Makes [`LINTS`] of a list of modules.
macro_rules! lints {
    ($($module:ident,)*) => {
        /// The checks on whole flows, in the order of their codes.
        pub(crate) const LINTS: &[Lint] = &[$(Lint {
            rule: &$module::RULE,
            check: $module::check,
        }),*];
    };
}

lints! {
    lambda_before_prompt, // C003
    bot_before_prompt, // C004
    action_out_of_place, // C006
    duplicate_identifier, // F002
    unreachable_action, // F006
    illegal_identifier, // F008
    no_way_out, // F009
    loop_without_wait, // F010
    shadowed_condition, // F011
    impossible_condition, // F012
    pointless_decision, // F013
    transfer_without_queue, // F014
    next_never_followed, // F015
    transfer_to_itself, // R008
    unknown_contact_data, // R009
}

/// The check that runs after all others.
pub(crate) const LAST: Lint = Lint {
    rule: &refused_by_connect::RULE,
    check: refused_by_connect::check,
};

#[cfg(test)]
mod tests {
    use flow::diagnostic::Severity;

    use super::{LAST, LINTS};
    use crate::lint::testing::{findings, shown};

    #[test]
    fn the_bad_example_of_a_rule_is_reported_and_the_good_one_has_no_error() {
        for lint in LINTS.iter().chain([&LAST]) {
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
