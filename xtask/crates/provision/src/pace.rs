//! Time as waiting sees it: the real one, or one that a test or a measurement moves itself.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A clock to wait by. Cheap to clone; clones show the same time.
pub type Pace = Arc<dyn Time>;

/// What a clock must be able to do.
pub trait Time: Debug + Send + Sync {
    /// How long it has been running.
    fn elapsed(&self) -> Duration;

    /// Ends after so long.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The time of everybody.
pub fn real() -> Pace {
    Arc::new(Real(Instant::now()))
}

#[derive(Debug)]
struct Real(Instant);

impl Time for Real {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration))
    }
}
