//! The emulator's virtual time as what provisioning waits by.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use emulator::Emulator;
use emulator::clock::{Clock, TimerId};
use jiff::Timestamp;
use provision::clients::Clients;
use provision::pace::Time;
use tokio::sync::oneshot;

/// Whether something is going on is asked so often, and so many times in a row nothing must be.
const LOOK: Duration = Duration::from_millis(1);
const QUIET_LOOKS: u32 = 3;
/// After so many in a row, what is still on its way never arrives.
const GIVEN_UP: u32 = 250;

/// Time that moves when everybody waits for it; clones are the same.
#[derive(Clone, Debug)]
pub(super) struct VirtualTime {
    clock: Clock,
    origin: Timestamp,
    sleeping: Arc<Mutex<BTreeSet<TimerId>>>,
}

/// What tells whether anything has happened.
#[derive(Clone, Debug, PartialEq)]
struct Activity {
    requests: u64,
    sent: u64,
    sleeping: BTreeSet<TimerId>,
}

impl VirtualTime {
    pub(super) fn of(clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
            origin: clock.now(),
            sleeping: Arc::default(),
        }
    }

    /// Does work whose waiting goes by this time. The clock jumps to the end of the shortest sleep
    /// once everything sent has been answered and nobody does anything with the answers any more.
    pub(super) async fn passes_during<T>(
        &self,
        emulator: &Emulator,
        clients: &Clients,
        work: impl Future<Output = T>,
    ) -> T {
        tokio::select! {
            done = work => done,
            never = self.jump_when_quiet(emulator, clients) => match never {},
        }
    }

    async fn jump_when_quiet(&self, emulator: &Emulator, clients: &Clients) -> Infallible {
        let activity = || Activity {
            requests: emulator.requests(),
            sent: clients.calls().values().sum(),
            sleeping: self.sleeping().clone(),
        };
        // What was sent and has not arrived is still to be waited for.
        let on_the_way = |it: &Activity| it.sent.cast_signed() - it.requests.cast_signed();
        let mut before = activity();
        let mut settled = on_the_way(&before);
        let mut quiet = 0;
        loop {
            tokio::time::sleep(LOOK).await;
            let now = activity();
            // At first something may have been on its way, and what is given up never arrives.
            settled = match quiet {
                GIVEN_UP.. => on_the_way(&now),
                _ => settled.min(on_the_way(&now)),
            };
            quiet = if now == before { quiet + 1 } else { 0 };
            before = now;
            if quiet < QUIET_LOOKS || on_the_way(&before) != settled {
                continue;
            }
            let next = before.sleeping.first().copied();
            if let Some(next) = next {
                let span = next.deadline().duration_since(self.clock.now());
                let span = Duration::try_from(span).unwrap_or_default();
                self.clock.advance(span).await;
                quiet = 0;
            }
        }
    }

    fn sleeping(&self) -> MutexGuard<'_, BTreeSet<TimerId>> {
        self.sleeping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Time for VirtualTime {
    fn elapsed(&self) -> Duration {
        let elapsed = self.clock.now().duration_since(self.origin);
        elapsed.try_into().unwrap_or_default()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let (wake, woken) = oneshot::channel();
        let timer = self.clock.after(duration, move || {
            // Who slept may be gone.
            let _ = wake.send(());
        });
        self.sleeping().insert(timer);
        let sleeper = Sleeper { time: self, timer };
        Box::pin(async move {
            // Without an answer the emulator has ended, and nothing is left to wait for.
            let _ = woken.await;
            drop(sleeper);
        })
    }
}

/// One sleep; one that is given up holds nobody.
struct Sleeper<'a> {
    time: &'a VirtualTime,
    timer: TimerId,
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.time.sleeping().remove(&self.timer);
        self.time.clock.cancel(self.timer);
    }
}

#[cfg(test)]
mod tests {
    use provision::environment::Environment;

    use super::*;

    #[tokio::test]
    async fn sleepers_wake_in_their_order_and_time_is_what_they_slept() {
        let config = emulator::Config {
            clock: emulator::clock::ClockMode::Virtual,
            ..emulator::Config::default()
        };
        let emulator = Emulator::start(config).await.expect("a port is free");
        let text = "environment: local\naccount: \"123456789012\"\nregion: eu-west-2\n\
                    instance: { alias: acme }\n";
        let file = flow::diagnostic::SourceFile::new("local.yaml", text);
        let environment = Environment::parse(&file).0.expect("it is complete");
        let clients = Clients::connect(&environment, Some(&emulator.endpoint())).await;
        let time = VirtualTime::of(emulator.clock());
        let order = Mutex::new(Vec::new());
        let sleep = async |seconds: u64| {
            time.sleep(Duration::from_secs(seconds)).await;
            let at = time.elapsed().as_secs();
            order.lock().expect("nobody panics").push((seconds, at));
        };
        let work = async {
            tokio::join!(sleep(7), sleep(3600), sleep(2));
            sleep(5).await;
        };
        time.passes_during(&emulator, &clients, work).await;
        let order = order.into_inner().expect("nobody panics");
        assert_eq!(order, [(2, 2), (7, 7), (3600, 3600), (5, 3605)]);
    }
}
