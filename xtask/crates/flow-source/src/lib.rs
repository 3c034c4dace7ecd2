//! From the YAML sources of flows to portable flows, with diagnostics that point at what a person
//! wrote.
//!
//! The stages, in order: parse (a tree with places), resolve (names, templates), lower (sugar into
//! the actions of the Flow language), check, and per environment render. Pure: text in, values and
//! diagnostics out. What a flow document is and what the service takes is the `flow` crate's.

mod compile;
mod compiled;
pub mod render;
mod source;

mod document;
mod expand;
pub mod forms;
pub mod guide;
mod lower;

mod bindings_file;
pub mod import;
mod layout_file;

mod fix;
mod flow_json;
pub mod lint;
pub mod patch;
mod rules;

pub mod policy;
pub mod schema;

mod duration;
mod emit;
mod fields;
mod place;
mod rule;
pub mod suggest;
mod template;
mod yaml;

pub use bindings_file::{BINDINGS_FILE, bindings_text, names_of, parse_bindings};
pub use compile::{Names, Stage, compile, compile_watched};
pub use compiled::{CompiledFlow, Origin, portable_digest};
pub use duration::text as duration_text;
pub use fix::{Fixed, fix};
pub use flow_json::{FlowDocument, document_from_json};
pub use layout_file::LAYOUT_EXTENSION;
pub use rules::page::rules_page;
pub use rules::{RULES, Rule};
pub use source::source_from_bytes;
pub use template::variables as variables_of_template;
