//! One side of a comparison.

use std::collections::BTreeMap;

use flow::model::{DocumentKind, FlowDefinition};

/// The flows and modules of a project, an instance or a file at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Version {
    /// What people call it: `HEAD~1`, `working tree`, `live in prod`.
    pub label: String,
    /// By address: `flow.support-chat`, `module.greeting`.
    pub flows: BTreeMap<String, FlowDefinition>,
}

impl Version {
    pub fn new(label: impl Into<String>, flows: impl IntoIterator<Item = FlowDefinition>) -> Self {
        let flows = flows.into_iter().map(|it| (address(&it), it));
        Self {
            label: label.into(),
            flows: flows.collect(),
        }
    }
}

/// The address of a flow or module.
pub fn address(definition: &FlowDefinition) -> String {
    let kind = match definition.kind {
        DocumentKind::Flow(_) => "flow",
        DocumentKind::Module => "module",
    };
    format!("{kind}.{}", definition.name)
}
