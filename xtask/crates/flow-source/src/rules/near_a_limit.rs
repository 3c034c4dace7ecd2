//! C022: nearly as much as a flow may have.

use flow::diagnostic::Severity;
use flow::validate::{MAX_ACTIONS, MAX_CONTENT};

use super::Rule;
use super::content_too_long::characters;
use super::too_many_actions::HELP;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C022",
    name: "near-a-limit",
    severity: Severity::Warning,
    finds: "a flow or module with more than nine tenths of the actions or characters that Connect takes",
    why: "\
The next addition may be the one that Connect refuses, and dividing a large flow takes time that a \
deployment does not have.

Move a part into a module with `invoke_module`, or into a flow of its own with `transfer_to_flow`.",
    bad: "",
    good: "",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let n_actions = context.flow.actions.len();
    if n_actions * 10 > MAX_ACTIONS * 9 && n_actions <= MAX_ACTIONS {
        let label = format!("{n_actions} of {MAX_ACTIONS} actions");
        found(
            report,
            "flow with nearly as many actions as Connect takes",
            label,
        );
    }
    let near = characters(context, report, MAX_CONTENT / 10 * 9);
    if let Some(n) = near.filter(|it| *it <= MAX_CONTENT) {
        let label = format!("{n} of {MAX_CONTENT} characters");
        found(
            report,
            "flow with nearly as much content as Connect takes",
            label,
        );
    }
}

fn found(report: &mut Report<'_, '_>, headline: &str, label: String) {
    report.at(Place::Flow, headline, label).help = Some(HELP.to_owned());
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::found;

    fn flow(n_actions: usize, text: &str) -> String {
        let prompts = (1..n_actions).map(|n| {
            let next = if n + 1 == n_actions {
                "bye".to_owned()
            } else {
                format!("a{}", n + 1)
            };
            format!("  a{n}: {{ play_prompt: \"{text}\", next: {next} }}\n")
        });
        let prompts: String = prompts.collect();
        format!("flow: example\nstart: a1\nactions:\n{prompts}  bye: {{ disconnect: {{}} }}\n")
    }

    #[test]
    fn actions_are_counted() {
        for (n_actions, near, over) in [(225, 0, 0), (226, 1, 0), (250, 1, 0), (251, 0, 1)] {
            let flow = flow(n_actions, "Hello");
            assert_eq!(found("C022", &flow).len(), near, "{n_actions}");
            assert_eq!(found("C020", &flow).len(), over, "{n_actions}");
        }
    }

    #[test]
    fn characters_are_counted() {
        for (n_characters, near, over) in [(1700, 0, 0), (2000, 1, 0), (2300, 0, 1)] {
            let flow = flow(101, &"ä".repeat(n_characters));
            assert_eq!(found("C022", &flow).len(), near, "{n_characters}");
            assert_eq!(found("C021", &flow).len(), over, "{n_characters}");
        }
    }
}
