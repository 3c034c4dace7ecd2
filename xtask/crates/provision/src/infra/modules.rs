//! The section `modules`: what there is to say about flow modules beside their content.

use super::Section;
use crate::yaml::Node;

/// How a module is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleSpec {
    /// The name of the alias that flows call: each deployment that changes the module makes a
    /// version of it and moves the alias there.
    pub alias: String,
}

pub(super) fn module(section: &mut Section<'_>, node: &Node) -> Option<ModuleSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a module")?;
    let alias = fields.required("alias").and_then(|n| reader.text(n));
    fields.finish();
    Some(ModuleSpec { alias: alias? })
}
