//! C017: a text that is longer than documentation allows.

use flow::diagnostic::Severity;
use flow::validate;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C017",
    name: "long-text",
    severity: Severity::Warning,
    finds: "a text that is longer than documentation allows, such as a prompt of over 6,000 characters",
    why: "\
A prompt takes 6,000 characters, of which 3,000 are billed, and the first message to a Lex bot 1,024 \
(Amazon Connect API reference). What Connect does with more when a flow is published nobody has seen.

Say it in several prompts.",
    bad: "",
    good: "",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for (n, action) in context.flow.actions.iter().enumerate() {
        for long in validate::overlong(action) {
            let headline = format!("`{}` of {} characters", long.parameter, long.length);
            let label = format!("documentation allows {}", long.limit);
            report
                .at(Place::Parameter(n, long.parameter), headline, label)
                .help = Some("divide it".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::found;

    #[test]
    fn characters_of_a_prompt_are_counted() {
        for (n, expected) in [(6000, 0), (6001, 1)] {
            let text = "ä".repeat(n);
            let flow = format!(
                "flow: example\nstart: a\nactions:\n  a: {{ play_prompt: {text}, next: b }}\n  \
                 b: {{ disconnect: {{}} }}\n"
            );
            assert_eq!(found("C017", &flow).len(), expected, "{n}");
        }
    }
}
