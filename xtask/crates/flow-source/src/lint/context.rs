//! What a check may look at.

use std::cell::OnceCell;

use flow::model::{DocumentKind, Flow, FlowType};
use flow::validate::{self, Problem};
use flow::value::{RefKind, Value};

use super::{Graph, Subject};

/// A flow under check, and what is known around it.
pub(crate) struct Context<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) flow: &'a Flow,
    pub(crate) graph: &'a Graph<'a>,
    /// Every flow and module of the same run, this one included.
    pub(crate) subjects: &'a [Subject<'a>],
    pub(crate) known: Known,
}

/// What several rules want to know about a flow, found out when the first one asks.
#[derive(Default)]
pub(crate) struct Known {
    refusals: OnceCell<Vec<Problem>>,
}

impl<'a> Context<'a> {
    pub(crate) fn kind(&self) -> Option<DocumentKind> {
        self.subject.kind
    }

    /// Everything for which the service would refuse to publish the flow. Of a flow whose type is not
    /// known, what would be refused in every type.
    pub(crate) fn refusals(&self) -> &[Problem] {
        self.known.refusals.get_or_init(|| {
            let kind = self.kind();
            let inbound = DocumentKind::Flow(FlowType::ContactFlow);
            let mut problems = validate::problems(self.flow, kind.unwrap_or(inbound));
            problems.retain(|it| kind.is_some() || !hangs_on_type(it, self.flow));
            problems
        })
    }

    /// The module that a parameter refers to by name, if it is one of this run.
    pub(crate) fn module(&self, value: &Value) -> Option<&'a Subject<'a>> {
        let Value::Ref(reference) = value else {
            return None;
        };
        let is_it =
            |it: &&Subject<'_>| it.kind == Some(DocumentKind::Module) && it.name == reference.name;
        (reference.kind == RefKind::Module)
            .then(|| self.subjects.iter().find(is_it))
            .flatten()
    }
}

/// Whether a problem may be one in an inbound flow only. A transfer to a third party has other
/// branches in the transfer flows of agents.
fn hangs_on_type(problem: &Problem, flow: &Flow) -> bool {
    let action = problem.action.and_then(|n| flow.actions.get(n));
    let is_third_party =
        action.is_some_and(|it| it.kind.as_str() == "TransferParticipantToThirdParty");
    is_third_party || problem.message.starts_with("Invalid Action type")
}
