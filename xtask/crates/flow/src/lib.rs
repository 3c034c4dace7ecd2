//! The flow language of Amazon Connect as values: documents, actions, references, canonical form,
//! what the service refuses, layout, pictures and diff.
//!
//! Pure: text and values in, values and diagnostics out. No I/O, no clock, no AWS type.

pub mod identifiers;
mod map;
pub mod model;
pub mod value;

pub mod exact;
pub mod json;
pub mod skim;

pub mod bind;
pub mod canonical;
pub mod catalogue;
pub mod diff;
pub mod duration;
pub mod jsonpath;
pub mod layout;
pub mod picture;
pub mod validate;

pub mod diagnostic;
pub mod yaml_fault;
