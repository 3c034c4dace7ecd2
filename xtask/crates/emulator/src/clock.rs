//! Time inside the emulator: real, faster by a factor, or virtual.
//!
//! Everything that waits does so through a [`Clock`]: a timer is a deadline and a function to call
//! then. In virtual mode nothing moves by itself: [`Clock::advance`] waits until nothing is in
//! flight, jumps to the next deadline, calls what is due, and so on until its goal. What counts as
//! in flight is told by those who work: an [`InFlight`] guard is held by every request, every Lambda
//! invocation and every delivery, and taken before the guard of what caused it is given back, so
//! the count never touches zero while work is handed over.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, oneshot};

/// How emulated time relates to real time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ClockMode {
    /// A second is a second.
    #[default]
    Real,
    /// So many emulated seconds pass in a real one; more than zero.
    Scaled(f64),
    /// Time stands still until it is advanced.
    Virtual,
}

/// Where the emulator takes its time from; clones share it.
#[derive(Clone)]
pub struct Clock {
    shared: Arc<Shared>,
}

/// A timer that was started; used to cancel it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimerId {
    deadline: Timestamp,
    sequence: u64,
}

impl TimerId {
    /// When the timer fires.
    pub fn deadline(self) -> Timestamp {
        self.deadline
    }
}

/// Work that is going on; time does not move while one exists in virtual mode.
#[must_use = "the work counts as done when the guard is dropped"]
pub struct InFlight {
    shared: Arc<Shared>,
}

struct Shared {
    mode: ClockMode,
    origin: Timestamp,
    started: Instant,
    state: Mutex<State>,
    /// Told when nothing is in flight any more.
    quiet: Notify,
    /// Told when the earliest deadline changed.
    earlier: Notify,
    /// Held by the one that is advancing.
    advancing: tokio::sync::Mutex<()>,
}

struct State {
    /// Only used in virtual mode.
    now: Timestamp,
    timers: BTreeMap<TimerId, Callback>,
    sequence: u64,
    in_flight: usize,
    /// Whether timers are no longer taken.
    ended: bool,
}

type Callback = Box<dyn FnOnce() + Send>;

impl Clock {
    /// A clock that shows `origin` now. Outside virtual mode it needs a tokio runtime to be running,
    /// which calls what is due.
    pub fn start(mode: ClockMode, origin: Timestamp) -> Self {
        let shared = Arc::new(Shared {
            mode,
            origin,
            started: Instant::now(),
            state: Mutex::new(State {
                now: origin,
                timers: BTreeMap::new(),
                sequence: 0,
                in_flight: 0,
                ended: false,
            }),
            quiet: Notify::new(),
            earlier: Notify::new(),
            advancing: tokio::sync::Mutex::new(()),
        });
        if mode != ClockMode::Virtual {
            tokio::spawn(drive(Arc::downgrade(&shared)));
        }
        Self { shared }
    }

    /// How it relates to real time.
    pub fn mode(&self) -> ClockMode {
        self.shared.mode
    }

    /// The emulated time.
    pub fn now(&self) -> Timestamp {
        self.shared.now()
    }

    /// Calls `callback` when the clock shows `deadline`, or at once (but not from within this call)
    /// if that has passed. Timers with the same deadline fire in the order they were started.
    ///
    /// The callback runs between other work, with the clock counting it as in flight; what it
    /// starts in the background takes its own guard before the callback returns.
    pub fn at(&self, deadline: Timestamp, callback: impl FnOnce() + Send + 'static) -> TimerId {
        let mut state = self.shared.lock();
        state.sequence += 1;
        let id = TimerId {
            deadline,
            sequence: state.sequence,
        };
        if state.ended {
            // The lock goes first, since what a callback holds may use the clock when it goes.
            drop(state);
            drop(callback);
            return id;
        }
        let first = state
            .timers
            .first_key_value()
            .is_none_or(|(key, _)| id < *key);
        state.timers.insert(id, Box::new(callback));
        drop(state);
        if first {
            self.shared.earlier.notify_one();
        }
        id
    }

    /// Calls `callback` after so much emulated time.
    pub fn after(&self, delay: Duration, callback: impl FnOnce() + Send + 'static) -> TimerId {
        self.at(later(self.now(), delay), callback)
    }

    /// Forgets a timer; false if it has fired already or was cancelled before.
    pub fn cancel(&self, timer: TimerId) -> bool {
        let removed = self.shared.lock().timers.remove(&timer);
        // Dropped without the lock, since what a callback holds may use the clock when it goes.
        removed.is_some()
    }

    /// Waits while nothing needs to be in flight. The guard given is replaced by another one when
    /// the time has come, so that nobody advances past what the caller does next. `None` if the
    /// emulator ended meanwhile.
    pub async fn sleep(&self, guard: InFlight, delay: Duration) -> Option<InFlight> {
        let (wake, woken) = oneshot::channel();
        let clock = self.clone();
        self.after(delay, move || {
            // The sleeper may be gone; then the guard is dropped with the message.
            let _ = wake.send(clock.in_flight());
        });
        drop(guard);
        woken.await.ok()
    }

    /// Counts work as in flight until the guard is dropped.
    pub fn in_flight(&self) -> InFlight {
        self.shared.lock().in_flight += 1;
        InFlight {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Runs a task in the background that counts as in flight until it ends.
    pub fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let guard = self.in_flight();
        tokio::spawn(async move {
            task.await;
            drop(guard);
        });
    }

    /// Waits until nothing is in flight.
    pub async fn settle(&self) {
        loop {
            let quiet = self.shared.quiet.notified();
            tokio::pin!(quiet);
            quiet.as_mut().enable();
            if self.shared.lock().in_flight == 0 {
                return;
            }
            quiet.await;
        }
    }

    /// Moves virtual time on by `by`, stopping at every deadline on the way until all that it
    /// caused has settled. With another clock this waits until so much time has passed.
    pub async fn advance(&self, by: Duration) {
        let _turn = self.shared.advancing.lock().await;
        let goal = later(self.now(), by);
        if self.shared.mode != ClockMode::Virtual {
            tokio::time::sleep(self.shared.real_time_until(goal)).await;
            return;
        }
        loop {
            self.settle().await;
            match self.shared.jump(goal) {
                // Somebody began to work since it was quiet; time waits for that too.
                Jump::Busy => {}
                Jump::Due(callback) => self.run(callback),
                Jump::Arrived => return,
            }
        }
    }

    /// How many timers are waiting.
    pub fn pending_timers(&self) -> usize {
        self.shared.lock().timers.len()
    }

    /// Forgets all timers and takes no more.
    pub(crate) fn end(&self) {
        let mut state = self.shared.lock();
        state.ended = true;
        let timers = std::mem::take(&mut state.timers);
        drop(state);
        // Dropped without the lock, since what a callback holds may use the clock when it goes.
        drop(timers);
        self.shared.earlier.notify_one();
    }

    fn run(&self, callback: Callback) {
        let guard = self.in_flight();
        callback();
        drop(guard);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Clock")
            .field("mode", &self.shared.mode)
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("InFlight").finish_non_exhaustive()
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.in_flight -= 1;
        let quiet = state.in_flight == 0;
        drop(state);
        if quiet {
            self.shared.quiet.notify_waiters();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the clock's state")
    }

    fn now(&self) -> Timestamp {
        match self.mode {
            ClockMode::Virtual => self.lock().now,
            ClockMode::Real => later(self.origin, self.started.elapsed()),
            ClockMode::Scaled(factor) => {
                let elapsed = self.started.elapsed().as_secs_f64() * factor;
                later(self.origin, seconds(elapsed))
            }
        }
    }

    /// How long a real clock takes to show `deadline`.
    fn real_time_until(&self, deadline: Timestamp) -> Duration {
        let emulated = Duration::try_from(deadline.duration_since(self.now())).unwrap_or_default();
        match self.mode {
            ClockMode::Scaled(factor) => seconds(emulated.as_secs_f64() / factor),
            ClockMode::Real | ClockMode::Virtual => emulated,
        }
    }

    /// What a clock that moves by itself does next.
    fn next(&self, now: Timestamp) -> Next {
        let mut state = self.lock();
        if state.ended {
            return Next::Ended;
        }
        let Some(entry) = state.timers.first_entry() else {
            return Next::Wait(None);
        };
        let deadline = entry.key().deadline;
        if deadline <= now {
            Next::Due(entry.remove())
        } else {
            Next::Wait(Some(deadline))
        }
    }

    /// Takes the next timer due up to `goal` and moves virtual time to its deadline; without one,
    /// moves to the goal. Nothing happens while work is in flight.
    fn jump(&self, goal: Timestamp) -> Jump {
        let mut state = self.lock();
        if state.in_flight > 0 {
            return Jump::Busy;
        }
        let next = state
            .timers
            .first_entry()
            .filter(|entry| entry.key().deadline <= goal)
            .map(|entry| entry.remove_entry());
        let Some((id, callback)) = next else {
            state.now = state.now.max(goal);
            return Jump::Arrived;
        };
        state.now = state.now.max(id.deadline);
        Jump::Due(callback)
    }
}

/// Calls what is due on a clock that moves by itself, until the clock is ended or dropped.
async fn drive(shared: Weak<Shared>) {
    loop {
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let clock = Clock { shared };
        match clock.shared.next(clock.now()) {
            Next::Due(callback) => clock.run(callback),
            Next::Ended => return,
            // The wait is bounded, so that the clock's end is noticed when no timer is waiting.
            Next::Wait(deadline) => {
                let wait = deadline.map_or(IDLE_CHECK, |deadline| {
                    clock.shared.real_time_until(deadline).min(IDLE_CHECK)
                });
                let _ = tokio::time::timeout(wait, clock.shared.earlier.notified()).await;
            }
        }
    }
}

/// Where a jump of virtual time leads.
enum Jump {
    Busy,
    Due(Callback),
    Arrived,
}

enum Next {
    Due(Callback),
    Wait(Option<Timestamp>),
    Ended,
}

/// How often an idle clock looks whether it is still wanted.
const IDLE_CHECK: Duration = Duration::from_secs(1);

/// A time after another, or the end of time.
fn later(time: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| time.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn virtual_clock() -> Clock {
        Clock::start(ClockMode::Virtual, Timestamp::UNIX_EPOCH)
    }

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    #[tokio::test]
    async fn timers_fire_in_the_order_of_their_deadlines_whenever_they_were_started() {
        let clock = virtual_clock();
        let fired = Arc::new(Mutex::new(Vec::new()));
        for delay in [5, 1, 3, 1] {
            let (fired, clock_then) = (Arc::clone(&fired), clock.clone());
            clock.after(minutes(delay), move || {
                fired
                    .lock()
                    .unwrap()
                    .push((delay, clock_then.now().as_second()));
            });
        }
        clock.advance(minutes(4)).await;
        assert_eq!(*fired.lock().unwrap(), [(1, 60), (1, 60), (3, 180)]);
        assert_eq!(clock.now().as_second(), 240);
        clock.advance(minutes(1)).await;
        assert_eq!(fired.lock().unwrap().last(), Some(&(5, 300)));
    }

    #[tokio::test]
    async fn a_cancelled_timer_never_fires() {
        let clock = virtual_clock();
        let timer = clock.after(minutes(1), || panic!("cancelled timers do not fire"));
        assert!(clock.cancel(timer));
        assert!(!clock.cancel(timer));
        clock.advance(minutes(2)).await;
        assert_eq!(clock.pending_timers(), 0);
    }

    #[tokio::test]
    async fn a_timer_that_holds_work_in_flight_can_be_cancelled() {
        let clock = virtual_clock();
        let guard = clock.in_flight();
        let timer = clock.after(minutes(1), move || drop(guard));
        assert!(clock.cancel(timer));
        clock.settle().await;
    }

    #[tokio::test]
    async fn a_clock_that_ended_takes_no_timers_and_lets_sleepers_go() {
        let clock = virtual_clock();
        clock.end();
        clock.after(minutes(1), || panic!("no timer fires after the end"));
        assert_eq!(clock.pending_timers(), 0);
        let guard = clock.in_flight();
        assert!(clock.sleep(guard, minutes(1)).await.is_none());
    }

    #[tokio::test]
    async fn time_does_not_jump_once_work_has_begun() {
        let clock = virtual_clock();
        clock.after(minutes(1), || {});
        let guard = clock.in_flight();
        let goal = clock.now() + SignedDuration::from_mins(2);
        assert!(matches!(clock.shared.jump(goal), Jump::Busy));
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        drop(guard);
        assert!(matches!(clock.shared.jump(goal), Jump::Due(_)));
        assert!(matches!(clock.shared.jump(goal), Jump::Arrived));
    }

    #[tokio::test]
    async fn virtual_time_stands_still_while_work_is_in_flight() {
        let clock = virtual_clock();
        let guard = clock.in_flight();
        let advance = tokio::spawn({
            let clock = clock.clone();
            async move { clock.advance(minutes(1)).await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        drop(guard);
        advance.await.unwrap();
        assert_eq!(clock.now().as_second(), 60);
    }

    #[tokio::test]
    async fn what_a_timer_starts_is_finished_before_the_next_one_fires() {
        let clock = virtual_clock();
        let seen = Arc::new(AtomicUsize::new(0));
        let (worker, slow) = (clock.clone(), Arc::clone(&seen));
        clock.after(minutes(1), move || {
            worker.clone().spawn(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                slow.store(1, Ordering::SeqCst);
                let again = Arc::clone(&slow);
                worker.after(minutes(1), move || again.store(2, Ordering::SeqCst));
            });
        });
        let before = Arc::clone(&seen);
        clock.after(Duration::from_secs(61), move || {
            assert_eq!(before.load(Ordering::SeqCst), 1);
        });
        clock.advance(minutes(3)).await;
        assert_eq!(seen.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_sleeper_holds_time_only_while_it_works() {
        let clock = virtual_clock();
        let done = Arc::new(AtomicUsize::new(0));
        let (sleeper, finished) = (clock.clone(), Arc::clone(&done));
        let guard = clock.in_flight();
        tokio::spawn(async move {
            let guard = sleeper.sleep(guard, minutes(10)).await;
            assert!(guard.is_some());
            assert_eq!(sleeper.now().as_second(), 600);
            finished.store(1, Ordering::SeqCst);
            drop(guard);
        });
        clock.advance(minutes(11)).await;
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_scaled_clock_fires_early_in_real_time() {
        let clock = Clock::start(ClockMode::Scaled(60_000.0), Timestamp::UNIX_EPOCH);
        let (tell, told) = oneshot::channel();
        clock.after(minutes(10), move || tell.send(()).unwrap());
        tokio::time::timeout(Duration::from_secs(5), told)
            .await
            .expect("ten minutes take a hundredth of a second")
            .unwrap();
        assert!(clock.now().as_second() >= 600);
    }

    #[tokio::test]
    async fn thousands_of_timers_are_cheap() {
        let clock = virtual_clock();
        let fired = Arc::new(AtomicUsize::new(0));
        for delay in 0..20_000 {
            let fired = Arc::clone(&fired);
            clock.after(Duration::from_millis(delay % 977), move || {
                fired.fetch_add(1, Ordering::Relaxed);
            });
        }
        clock.advance(minutes(1)).await;
        assert_eq!(fired.load(Ordering::Relaxed), 20_000);
    }
}
