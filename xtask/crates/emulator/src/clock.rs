//! Time inside the emulator: real, faster by a factor, or virtual.

/// Where the emulator takes its time from.
#[derive(Debug, Default)]
pub struct Clock {}
