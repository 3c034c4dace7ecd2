//! Measurements, beside a peer in the same run. Nothing here is a test: a loaded machine fails nobody.

mod corpus;
mod measure;
mod peer;

pub(crate) mod deploy;
pub(crate) mod diff;
pub(crate) mod lang;
pub(crate) mod layout;
