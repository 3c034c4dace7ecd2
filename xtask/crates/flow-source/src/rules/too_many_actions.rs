//! C020: more actions than a flow may have.

use flow::diagnostic::Severity;
use flow::validate::MAX_ACTIONS;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C020",
    name: "too-many-actions",
    severity: Severity::Error,
    finds: "a flow or module of more than 250 actions",
    why: "\
Connect takes 250 actions in one flow, and 250 in each module. Short forms may become several actions \
each: `custom_bot` makes four.

Move a part into a module with `invoke_module`, or into a flow of its own with `transfer_to_flow`.",
    bad: "",
    good: "",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let n_actions = context.flow.actions.len();
    if n_actions > MAX_ACTIONS {
        let headline = format!("{n_actions} actions in one flow");
        let label = format!("Connect takes {MAX_ACTIONS}");
        report.at(Place::Flow, headline, label).help = Some(HELP.to_owned());
    }
}

pub(super) const HELP: &str = "move a part of it into a module or into a flow of its own";
