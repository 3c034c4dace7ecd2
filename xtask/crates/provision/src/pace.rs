//! Time as waiting sees it: the real one, or one that a test or a measurement moves itself.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A clock to wait by. Cheap to clone; clones show the same time.
pub type Pace = Arc<dyn Time>;

/// What a clock must be able to do.
pub trait Time: Debug + Send + Sync {
    /// How long it has been running.
    fn elapsed(&self) -> Duration;

    /// What others' clocks show: everybody's time, unless this clock keeps others from it.
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

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

/// A clock that nobody waits for: it starts at zero and jumps to the end of the shortest sleep as
/// soon as somebody looks again. For tests and measurements, and not for what sleeps in a loop beside
/// the work, such as a lock.
pub fn jumping() -> Pace {
    Arc::new(Jumping::default())
}

#[derive(Debug, Default)]
struct Jumping(Mutex<Jumps>);

#[derive(Debug, Default)]
struct Jumps {
    now: Duration,
    /// When sleepers want to wake up, and their numbers.
    ends: BTreeSet<(Duration, u64)>,
    next: u64,
}

impl Jumping {
    fn jumps(&self) -> MutexGuard<'_, Jumps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Time for Jumping {
    fn elapsed(&self) -> Duration {
        self.jumps().now
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let sleeper = Sleeper::new(self, duration);
        Box::pin(async move {
            // Others that are about to sleep get there first.
            let mut is_first = true;
            poll_fn(|context| {
                if !is_first && sleeper.jumps() {
                    return Poll::Ready(());
                }
                is_first = false;
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        })
    }
}

/// One sleep; also one that is given up leaves the clock.
struct Sleeper<'a> {
    clock: &'a Jumping,
    end: (Duration, u64),
}

impl<'a> Sleeper<'a> {
    fn new(clock: &'a Jumping, duration: Duration) -> Self {
        let mut jumps = clock.jumps();
        let end = (jumps.now.saturating_add(duration), jumps.next);
        jumps.next += 1;
        jumps.ends.insert(end);
        Self { clock, end }
    }

    /// Moves the clock if it is this one's turn; says whether it was.
    fn jumps(&self) -> bool {
        let mut jumps = self.clock.jumps();
        let is_due = jumps.ends.first() == Some(&self.end);
        if is_due {
            jumps.ends.remove(&self.end);
            jumps.now = jumps.now.max(self.end.0);
        }
        is_due
    }
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.clock.jumps().ends.remove(&self.end);
    }
}
