//! One side of a comparison.

use std::collections::{BTreeMap, BTreeSet};

use flow::model::{DocumentKind, FlowDefinition};

/// The flows and modules of a project, an instance or a file at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Version {
    /// What people call it: `HEAD~1`, `working tree`, `live in prod`.
    pub label: String,
    /// By address: `flow.support-chat`, `module.greeting`.
    pub flows: BTreeMap<String, FlowDefinition>,
    /// The codes of rules whose findings a team has allowed, by the address of the flow: what it
    /// has decided on once is no consequence of a change.
    pub allowed: BTreeMap<String, BTreeSet<String>>,
}

impl Version {
    pub fn new(label: impl Into<String>, flows: impl IntoIterator<Item = FlowDefinition>) -> Self {
        let flows = flows.into_iter().map(|it| (address(&it), it));
        Self {
            label: label.into(),
            flows: flows.collect(),
            allowed: BTreeMap::new(),
        }
    }

    /// Whether findings of a rule are allowed in a flow.
    pub(crate) fn allows(&self, address: &str, code: &str) -> bool {
        let codes = self.allowed.get(address);
        codes.is_some_and(|codes| codes.contains(code))
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
