//! Harmless first content that makes an id exist, so that flows can refer to each other in circles.

use flow::model::{Action, DocumentKind, Flow, FlowDefinition, FlowType};

/// The stub of a flow or module.
///
/// It is published: whether a flow may refer to one that never was is not documented. Nobody
/// reaches it, since entry points are written last.
pub(super) fn stub(definition: &FlowDefinition) -> Flow {
    let end = match definition.kind {
        DocumentKind::Module => "EndFlowModuleExecution",
        DocumentKind::Flow(flow_type) => ending(flow_type),
    };
    let mut flow = Flow::new("end");
    flow.actions.push(Action::new("end", end));
    // Call sites are checked against what a module declares, so its stub declares the same.
    flow.settings = definition.flow.settings.clone();
    flow
}

/// The only action of a stub; flows that run beside a contact may not disconnect it.
fn ending(flow_type: FlowType) -> &'static str {
    match flow_type {
        FlowType::ContactFlow | FlowType::AgentTransfer | FlowType::QueueTransfer => {
            "DisconnectParticipant"
        }
        FlowType::CustomerQueue
        | FlowType::CustomerHold
        | FlowType::CustomerWhisper
        | FlowType::AgentHold
        | FlowType::AgentWhisper
        | FlowType::OutboundWhisper
        | FlowType::Campaign => "EndFlowExecution",
    }
}

#[cfg(test)]
mod tests {
    use flow::validate;

    use super::*;

    #[test]
    fn stubs_of_every_type_pass_validation() {
        let flows = FlowType::ALL.into_iter().map(DocumentKind::Flow);
        for kind in flows.chain([DocumentKind::Module]) {
            let mut definition = FlowDefinition {
                name: "a".to_owned(),
                title: "A".to_owned(),
                description: None,
                kind,
                flow: Flow::new("end"),
            };
            if kind == DocumentKind::Module {
                definition.flow.settings = Some(flow::value::Map::new());
            }
            assert_eq!(validate::problems(&stub(&definition), kind), [], "{kind:?}");
        }
    }
}
