//! Every rule there is, one file each. A code is never reused.
//!
//! Families: `S` source and templates, `R` references, `F` flow graph, `C` Connect's own rules.

mod action_out_of_place;
mod asynchronous_join;
mod attribute_before_it_is_set;
mod bot_after_lex;
mod bot_before_prompt;
mod bot_beside_agent;
mod bot_in_queue;
pub(crate) mod bot_left_behind;
mod bot_wait_without_join;
mod bot_wait_without_not_found;
mod bot_wait_without_time_expired;
mod content_too_long;
mod customer_wait_below_idle_time;
mod duplicate_identifier;
mod empty_value;
mod exclusive_parameters;
mod idle_timers_after_join;
mod illegal_condition;
mod illegal_identifier;
mod illegal_value;
mod impossible_condition;
mod join_without_wait;
mod lambda_before_prompt;
mod lambda_time_without_feedback;
mod lex_after_join;
mod long_text;
mod loop_without_wait;
mod markup_in_text;
mod missing_condition;
mod missing_error_branch;
mod missing_parameter;
mod misspelt_attribute;
mod mixed_instances;
mod module_input_missing;
mod module_input_outside_module;
mod module_input_unread;
mod module_recursion;
mod module_result_unhandled;
mod modules_too_deep;
mod near_a_limit;
mod next_never_followed;
mod no_use_in_chat;
mod no_way_out;
mod pointless_decision;
mod refused_by_connect;
mod repeated_error;
mod result_before_it_is_set;
mod result_of_another_lambda;
mod result_of_earlier_flow;
mod result_outside_module;
mod result_unset_on_some_path;
mod second_bot;
mod shadowed_condition;
mod short_bot_wait;
mod time_expired_as_disconnected;
mod too_many_actions;
mod transfer_to_itself;
mod transfer_without_queue;
mod unchecked_bot_outcome;
mod unknown_contact_data;
mod unknown_module_result;
mod unreachable_action;
mod unset_flow_attribute;
mod wait_after_failed_join;
mod whisper_too_long;

pub(crate) mod of_documents;
pub(crate) mod of_expansion;
pub(crate) mod of_references;
pub(crate) mod of_sources;
pub(crate) mod of_transitions;
pub(crate) mod page;

use std::sync::LazyLock;

use flow::diagnostic::{Diagnostic, Severity, Span};

use crate::lint::Lint;
use crate::rule;
use crate::suggest;

/// A rule: what reports a diagnostic, and what its page in the documentation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Empty where no text can show it.
    pub bad: &'static str,
    pub good: &'static str,
}

impl Rule {
    /// The rule with this code or name.
    pub fn of(code_or_name: &str) -> Option<&'static Rule> {
        let is_it =
            |it: &&&Rule| it.name == code_or_name || it.code.eq_ignore_ascii_case(code_or_name);
        RULES.iter().find(is_it).copied()
    }

    /// The rule whose name is nearest to a wrong one, if one is near.
    pub fn near(wrong: &str) -> Option<&'static Rule> {
        suggest::nearest(wrong, RULES.iter().map(|it| it.name)).and_then(Rule::of)
    }

    /// Everything there is to say of it, in Markdown.
    pub fn explanation(&self) -> String {
        format!("# {} {}\n\n{}", self.code, self.name, page::section(self))
    }

    /// Whether the rule is about reading sources, and not about the flow that was read.
    pub fn is_of_reading(&self) -> bool {
        OF_READING.iter().any(|it| it.code == self.code)
    }

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
        let diag = self.error(headline, span, label);
        diag.with_severity(Severity::Warning)
    }

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

/// All rules, in the order of their codes.
pub static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let checks = LINTS.iter().chain([&LAST]).map(|lint| lint.rule);
    let mut rules: Vec<&Rule> = OF_READING.iter().copied().chain(checks).collect();
    rules.sort_by_key(|rule| rule.code);
    rules
});

/// What reading sources reports.
const OF_READING: &[&Rule] = &[
    &rule::UNKNOWN_CONNECT_PARAMETER,
    &rule::DURATION_OUT_OF_RANGE,
    &rule::IDLE_TIME_BEYOND_WAIT,
    &rule::UNKNOWN_ACTION,
    &rule::UNKNOWN_NEXT_ACTION,
    &rule::MISSING_WAY_OUT,
    &rule::WAY_OUT_OF_LAST_ACTION,
    &rule::UNKNOWN_BRANCH,
    &rule::UNKNOWN_REFERENCE,
    &rule::LITERAL_ARN,
    &rule::DUPLICATE_NAME,
    &rule::REFERENCE_INSIDE_TEXT,
    &rule::LAMBDA_NOT_FOR_FLOWS,
    &rule::NOT_UTF8,
    &rule::INVALID_YAML,
    &rule::DUPLICATE_KEY,
    &rule::SOURCE_TOO_LARGE,
    &rule::UNKNOWN_KEY,
    &rule::MISSING_KEY,
    &rule::UNEXPECTED_SHAPE,
    &rule::INVALID_TEMPLATE,
    &rule::UNKNOWN_VARIABLE,
    &rule::INVALID_DURATION,
    &rule::TEMPLATE_IN_STRUCTURE,
    &rule::EMPTY_TEXT,
    &rule::INVALID_VALUE,
    &rule::UNKNOWN_FRAGMENT,
    &rule::MISSING_PARAMETER,
    &rule::UNKNOWN_FRAGMENT_PARAMETER,
    &rule::MISTYPED_PARAMETER,
    &rule::UNUSED_PARAMETER,
    &rule::UNUSED_FRAGMENT,
    &rule::RECURSIVE_FRAGMENT,
    &rule::EXPANSION_TOO_LARGE,
    &rule::INVALID_LIST,
    &rule::STRUCTURE_INSIDE_TEXT,
    &rule::AMBIGUOUS_ACTION,
    &rule::UNUSED_EXIT,
    &rule::INVALID_LAYOUT,
    &rule::STALE_LAYOUT,
    &rule::LAYOUT_WITHOUT_FLOW,
    &rule::NOT_IMPORTABLE,
    &rule::LEGACY_EXPORT,
    &rule::INVALID_JSON,
    &rule::NO_FLOW_DOCUMENT,
    &rule::INVALID_CONFIGURATION,
    &rule::UNKNOWN_RULE,
    &rule::UNUSED_ALLOWANCE,
];

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
    missing_error_branch, // C008
    missing_condition, // C009
    illegal_value, // C010
    empty_value, // C011
    missing_parameter, // C012
    exclusive_parameters, // C013
    illegal_condition, // C014
    long_text, // C017
    markup_in_text, // C018
    no_use_in_chat, // C019
    too_many_actions, // C020
    content_too_long, // C021
    near_a_limit, // C022
    lambda_time_without_feedback, // C030
    whisper_too_long, // C031
    bot_wait_without_not_found, // C032
    bot_wait_without_time_expired, // C033
    time_expired_as_disconnected, // C034
    bot_left_behind, // C035
    bot_in_queue, // C036
    join_without_wait, // C037
    second_bot, // C038
    bot_after_lex, // C039
    lex_after_join, // C040
    bot_beside_agent, // C041
    unchecked_bot_outcome, // C042
    idle_timers_after_join, // C043
    customer_wait_below_idle_time, // C044
    short_bot_wait, // C045
    wait_after_failed_join, // C046
    bot_wait_without_join, // C047
    asynchronous_join, // C048
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
    repeated_error, // F016
    result_of_another_lambda, // F030
    result_before_it_is_set, // F031
    result_unset_on_some_path, // F032
    result_outside_module, // F033
    attribute_before_it_is_set, // F034
    misspelt_attribute, // F035
    unset_flow_attribute, // F036
    result_of_earlier_flow, // F037
    module_input_missing, // F040
    module_input_unread, // F041
    module_result_unhandled, // F042
    unknown_module_result, // F043
    module_recursion, // F044
    modules_too_deep, // F045
    module_input_outside_module, // F046
    mixed_instances, // R006
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
    use std::collections::BTreeSet;

    use flow::diagnostic::Severity;

    use super::{LINTS, RULES};
    use crate::lint::testing::{findings, shown};

    #[test]
    fn the_bad_example_of_a_rule_is_reported_and_the_good_one_has_no_error() {
        for rule in RULES.iter().filter(|rule| !rule.bad.is_empty()) {
            let reported = |text: &str| findings(text).iter().any(|it| it.code == rule.code);
            let (code, bad, good) = (rule.code, shown(rule.bad), shown(rule.good));
            assert!(reported(rule.bad), "{code} bad:\n{bad}");
            assert!(!reported(rule.good), "{code} good:\n{good}");
            let mut found = findings(rule.good).into_iter();
            let has_error = found.any(|it| it.severity == Severity::Error);
            assert!(!has_error, "{code} good:\n{good}");
        }
    }

    #[test]
    fn every_rule_is_explained_and_those_without_an_example_are_no_text() {
        let silent = RULES.iter().filter(|rule| rule.bad.is_empty());
        let silent: Vec<&str> = silent.map(|rule| rule.code).collect();
        let of_files = [
            "C017", "C020", "C021", "C022", "S001", "S004", "S020", "S030", "S031", "S032", "S033",
            "S043",
        ];
        assert_eq!(silent, of_files);
        for rule in RULES.iter() {
            assert!(
                !rule.finds.is_empty() && !rule.why.is_empty(),
                "{}",
                rule.code
            );
            assert_eq!(rule.bad.is_empty(), rule.good.is_empty(), "{}", rule.code);
            assert!(!rule.finds.ends_with('.'), "{}", rule.code);
        }
    }

    #[test]
    fn no_code_and_no_name_is_used_twice() {
        let codes: BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
        let names: BTreeSet<_> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(codes.len(), RULES.len());
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn the_checks_are_in_the_order_of_their_codes_and_each_has_its_own() {
        let codes: Vec<&str> = LINTS.iter().map(|lint| lint.rule.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    }
}
