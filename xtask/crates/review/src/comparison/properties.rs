//! What a flow is called and what it is, beside its content.

use flow::model::{DocumentKind, FlowDefinition};

use super::PropertyChange;

type Property = fn(&FlowDefinition) -> Option<String>;

/// The properties that differ. A flow that is new or gone has all its properties on one side.
pub(super) fn changes(
    old: Option<&FlowDefinition>,
    new: Option<&FlowDefinition>,
) -> Vec<PropertyChange> {
    let properties: [(&'static str, Property); 3] = [
        ("title", |it| Some(it.title.clone())),
        ("description", description),
        ("type", |it| Some(kind_text(it.kind))),
    ];
    let changes = properties.into_iter().map(|(name, of)| PropertyChange {
        name,
        old: old.and_then(of),
        new: new.and_then(of),
    });
    changes.filter(|it| it.old != it.new).collect()
}

/// The service keeps no empty description.
fn description(definition: &FlowDefinition) -> Option<String> {
    definition.description.clone().filter(|it| !it.is_empty())
}

/// As the sources write it: `contact_flow`, `module`.
fn kind_text(kind: DocumentKind) -> String {
    match kind {
        DocumentKind::Flow(flow_type) => flow_type.as_str().to_ascii_lowercase(),
        DocumentKind::Module => "module".to_owned(),
    }
}
