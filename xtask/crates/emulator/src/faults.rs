//! Faults on demand, per operation.

/// The faults that are armed.
#[derive(Debug, Default)]
pub struct Faults {}
