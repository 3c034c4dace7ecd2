//! C021: more characters than the content of a flow may have.

use flow::diagnostic::Severity;
use flow::json;
use flow::validate::MAX_CONTENT;

use super::Rule;
use super::too_many_actions::HELP;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C021",
    name: "content-too-long",
    severity: Severity::Error,
    finds: "a flow or module whose content has more than 256,000 characters",
    why: "\
The API takes 256,000 characters of content, and the places of the blocks on the canvas count too.

Move a part into a module with `invoke_module`, or into a flow of its own with `transfer_to_flow`.",
    bad: "",
    good: "",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if let Some(n) = characters(context, report, MAX_CONTENT) {
        let headline = format!("content of {n} characters");
        let label = format!("Connect takes {MAX_CONTENT}");
        report.at(Place::Flow, headline, label).help = Some(HELP.to_owned());
    }
}

/// The length of the content, if it is more than a limit. Flow JSON is sent as it is; what is
/// compiled is written for it, which is worth the while only if an estimate comes near the limit.
pub(super) fn characters(
    context: &Context<'_>,
    report: &Report<'_, '_>,
    limit: usize,
) -> Option<usize> {
    if context.length() < limit - limit / 8 {
        return None;
    }
    let file = report.span(Place::Flow).file;
    let n = if file.text.trim_start().starts_with('{') {
        file.text.chars().count()
    } else {
        json::to_text(context.flow).chars().count()
    };
    (n > limit).then_some(n)
}
