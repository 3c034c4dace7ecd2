//! The end of one invocation: everything a Lambda does has to fit before it.

use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// Kept free at the end of an invocation for the answer to reach Lambda.
const RESERVE: Duration = Duration::from_millis(250);

/// The moment after which Lambda stops the process.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// From the `Lambda-Runtime-Deadline-Ms` of an invocation.
    pub fn from_epoch_millis(millis: u64) -> Self {
        let now = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0);
        Self::after(Duration::from_millis(millis.saturating_sub(now)))
    }

    /// A deadline this far from now.
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now() + duration)
    }

    /// The time left for work.
    pub fn remaining(self) -> Duration {
        self.0
            .saturating_duration_since(Instant::now())
            .saturating_sub(RESERVE)
    }
}

impl From<&lambda_runtime::Context> for Deadline {
    fn from(context: &lambda_runtime::Context) -> Self {
        Self::from_epoch_millis(context.deadline)
    }
}
