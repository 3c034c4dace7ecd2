//! C006: an action in a type of flow for which it is not documented.

use flow::catalogue::{self, Entry, InModule};
use flow::diagnostic::Severity;
use flow::model::DocumentKind;
use flow::validate;

use super::Rule;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C006",
    name: "action-out-of-place",
    severity: Severity::Warning,
    finds: "an action that documentation does not allow in this type of flow",
    why: "\
Each action is documented for some types of flow, and the others do not offer it in the designer. \
The documents disagree here and there, so it is a warning; what the service was seen to refuse is \
an error (C002).

Move the action to a flow of a type that has it, or change the type.",
    bad: "\
flow: example
type: customer_queue
start: queue
actions:
  queue:
    transfer_to_queue: {}
    on: { at_capacity: end }
  end:
    end_flow: {}
",
    good: "\
flow: example
type: contact_flow
start: queue
actions:
  queue:
    transfer_to_queue: {}
    on: { at_capacity: end }
  end:
    disconnect: {}
",
};

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let Some(kind) = context.kind() else {
        return;
    };
    let mut refused: Option<Vec<usize>> = None;
    for (n, action) in context.flow.actions.iter().enumerate() {
        if !catalogue::entry(&action.kind).is_some_and(|facts| is_out_of_place(facts, kind)) {
            continue;
        }
        let refused = refused.get_or_insert_with(|| refused_types(context, kind));
        if !refused.contains(&n) {
            let place = place_of(kind);
            let headline = format!("action does not belong in {place}");
            let label = format!("`{}` is not documented for {place}", action.kind);
            report.at(Place::Type(n), headline, label);
        }
    }
}

fn is_out_of_place(facts: &Entry, kind: DocumentKind) -> bool {
    match kind {
        DocumentKind::Flow(flow_type) => !facts.allows(flow_type),
        DocumentKind::Module => facts.module == InModule::No,
    }
}

/// The actions whose types the service refuses, which is said elsewhere.
fn refused_types(context: &Context<'_>, kind: DocumentKind) -> Vec<usize> {
    let problems = validate::problems(context.flow, kind).into_iter();
    let of_types = problems.filter(|it| it.message.starts_with("Invalid Action type"));
    of_types.filter_map(|it| it.action).collect()
}

pub(super) fn place_of(kind: DocumentKind) -> String {
    match kind {
        DocumentKind::Flow(flow_type) => {
            format!("a flow of type {}", flow_type.as_str().to_lowercase())
        }
        DocumentKind::Module => "a module".to_owned(),
    }
}
