//! How often to call: a token bucket for each operation, shared by all that is under way.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::pace::{self, Pace};
use crate::rates::{self, Rate};

/// A throttled operation is called half as often from then on, down to an eighth.
const SLOWER: f64 = 0.5;
const SLOWEST: f64 = 0.125;
/// With each call that goes through, some of that is taken back: seven make up for one throttling.
const RECOVERY: f64 = 1.1;

/// However small the share, something gets through: one call in so many seconds.
const LEAST_PER_SECOND: f64 = 0.05;

/// The requests of an account and region: how often they may be sent, and how often they were.
/// Clones are the same budget.
#[derive(Clone)]
pub(crate) struct Budget {
    state: Arc<Mutex<State>>,
}

struct State {
    pace: Pace,
    /// Without it, requests are counted and do not wait.
    is_paced: bool,
    share: f64,
    buckets: BTreeMap<String, Bucket>,
    calls: BTreeMap<String, u64>,
    throttled: BTreeMap<String, u64>,
    waited: Duration,
    /// The clock of the services before this machine's.
    seconds_ahead: Option<i64>,
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Budget")
            .field("is_paced", &state.is_paced)
            .field("share", &state.share)
            .finish_non_exhaustive()
    }
}

/// When an attempt may be sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Turn {
    /// After so long; a token is taken.
    In(Duration),
    /// Not within the time that was given; no token is taken.
    TooFarOff,
}

impl Budget {
    /// A budget of its own.
    pub(super) fn new(share: f64, is_paced: bool) -> Self {
        let state = State {
            pace: pace::real(),
            is_paced,
            share,
            buckets: BTreeMap::new(),
            calls: BTreeMap::new(),
            throttled: BTreeMap::new(),
            waited: Duration::ZERO,
            seconds_ahead: None,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// The budget that this process has for an account and region, which is what AWS counts by. Who
    /// shares it has the smallest share that anybody asked for.
    pub(super) fn of(account: &str, region: &str, share: f64) -> Self {
        type Known = (String, Weak<Mutex<State>>);
        static ALL: Mutex<Vec<Known>> = Mutex::new(Vec::new());
        let key = format!("{account}/{region}");
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(_, state)| state.strong_count() > 0);
        let mut known = all.iter().filter(|(of, _)| *of == key);
        if let Some(state) = known.next().and_then(|(_, state)| state.upgrade()) {
            let budget = Self { state };
            budget.state().lower_share(share);
            return budget;
        }
        let budget = Self::new(share, true);
        all.push((key, Arc::downgrade(&budget.state)));
        budget
    }

    pub(super) fn pace(&self) -> Pace {
        self.state().pace.clone()
    }

    pub(super) fn set_pace(&self, pace: Pace) {
        let mut state = self.state();
        // What the buckets remember is the time of the other clock.
        state.buckets.clear();
        state.pace = pace;
    }

    pub(super) fn set_paced(&self, is_paced: bool) {
        self.state().is_paced = is_paced;
    }

    /// Takes a token for an attempt, unless that is only to be had after more than `at_most`.
    pub(super) fn turn(&self, operation: &str, at_most: Duration) -> Turn {
        let mut state = self.state();
        if !state.is_paced {
            return Turn::In(Duration::ZERO);
        }
        let now = state.pace.elapsed();
        let Some(bucket) = state.bucket(operation, now) else {
            return Turn::In(Duration::ZERO);
        };
        let turn = bucket.turn(now, at_most);
        if let Turn::In(wait) = turn {
            state.waited += wait;
        }
        turn
    }

    /// Counts an attempt that is sent now.
    pub(super) fn sent(&self, operation: &str) {
        *self.state().calls.entry(operation.to_owned()).or_insert(0) += 1;
    }

    /// Learns from an answer whether the service was asked too often.
    pub(super) fn answered(&self, operation: &str, is_throttled: bool) {
        let mut state = self.state();
        if is_throttled {
            *state.throttled.entry(operation.to_owned()).or_insert(0) += 1;
        }
        let now = state.pace.elapsed();
        if let Some(bucket) = state.bucket(operation, now) {
            bucket.answered(now, is_throttled);
        }
    }

    pub(super) fn calls(&self) -> BTreeMap<String, u64> {
        self.state().calls.clone()
    }

    pub(super) fn throttled(&self) -> BTreeMap<String, u64> {
        self.state().throttled.clone()
    }

    /// Learns from an answer what time it is elsewhere.
    pub(super) fn dated(&self, seconds_ahead: i64) {
        self.state().seconds_ahead = Some(seconds_ahead);
    }

    pub(super) fn seconds_ahead(&self) -> Option<i64> {
        self.state().seconds_ahead
    }

    pub(super) fn waited(&self) -> Duration {
        self.state().waited
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The bucket of an operation whose rate is documented.
    fn bucket(&mut self, operation: &str, now: Duration) -> Option<&mut Bucket> {
        if !self.buckets.contains_key(operation) {
            let rate = rates::rate(operation)?.share(self.share);
            self.buckets
                .insert(operation.to_owned(), Bucket::full(rate, now));
        }
        self.buckets.get_mut(operation)
    }

    fn lower_share(&mut self, share: f64) {
        if share < self.share {
            self.share = share;
            self.buckets.clear();
        }
    }
}

/// Tokens that come back with time; below zero they are promised to those who wait.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    rate: Rate,
    tokens: f64,
    /// When the tokens were counted.
    at: Duration,
    /// The part of the rate that is used, below 1 for a while after throttling.
    speed: f64,
}

impl Bucket {
    fn full(rate: Rate, at: Duration) -> Self {
        Self {
            rate: Rate {
                per_second: rate.per_second.max(LEAST_PER_SECOND),
                ..rate
            },
            tokens: rate.burst,
            at,
            speed: 1.0,
        }
    }

    fn per_second(&self) -> f64 {
        (self.rate.per_second * self.speed).max(LEAST_PER_SECOND)
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second()).min(self.rate.burst);
        self.at = now.max(self.at);
    }

    fn turn(&mut self, now: Duration, at_most: Duration) -> Turn {
        self.refill(now);
        let missing = (1.0 - self.tokens).max(0.0);
        let wait = Duration::from_secs_f64(missing / self.per_second());
        if wait > at_most {
            return Turn::TooFarOff;
        }
        self.tokens -= 1.0;
        Turn::In(wait)
    }

    fn answered(&mut self, now: Duration, is_throttled: bool) {
        self.refill(now);
        if is_throttled {
            self.speed = (self.speed * SLOWER).max(SLOWEST);
            self.tokens = self.tokens.min(0.0);
        } else {
            self.speed = (self.speed * RECOVERY).min(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    const FLOW: &str = "connect:DescribeContactFlow";
    const EVER: Duration = Duration::MAX;

    fn paced(share: f64) -> (Budget, Pace) {
        let budget = Budget::new(share, true);
        let clock = pace::jumping();
        budget.set_pace(clock.clone());
        (budget, clock)
    }

    async fn send(budget: &Budget, operation: &str) {
        let Turn::In(wait) = budget.turn(operation, EVER) else {
            panic!("nobody is in such a hurry")
        };
        budget.pace().sleep(wait).await;
        budget.sent(operation);
        budget.answered(operation, false);
    }

    #[tokio::test]
    async fn calls_take_as_long_as_their_rate_wants_whether_one_by_one_or_at_once() {
        for (share, calls, seconds) in [(1.0, 105, 50.0), (0.5, 52, 49.5), (1.0, 5, 0.0)] {
            let (budget, clock) = paced(share);
            for _ in 0..calls {
                send(&budget, FLOW).await;
            }
            let one_by_one = clock.elapsed().as_secs_f64();
            let (budget, clock) = paced(share);
            join_all((0..calls).map(|_| send(&budget, FLOW))).await;
            let at_once = clock.elapsed().as_secs_f64();
            assert!((one_by_one - seconds).abs() < 0.01, "{one_by_one}");
            assert!((at_once - seconds).abs() < 0.01, "{at_once}");
            assert_eq!(budget.calls()[FLOW], calls);
        }
    }

    #[tokio::test]
    async fn operations_do_not_wait_for_each_other() {
        let (budget, clock) = paced(1.0);
        let flows = (0..25).map(|_| send(&budget, FLOW));
        let modules = (0..25).map(|_| send(&budget, "connect:DescribeContactFlowModule"));
        let tables = (0..100).map(|_| send(&budget, "dynamodb:PutItem"));
        tokio::join!(join_all(flows), join_all(modules), join_all(tables));
        let took = clock.elapsed().as_secs_f64();
        assert!((took - 10.0).abs() < 0.01, "{took}");
    }

    #[tokio::test]
    async fn throttling_slows_down_for_a_while() {
        let (budget, clock) = paced(1.0);
        for _ in 0..5 {
            send(&budget, FLOW).await;
        }
        budget.answered(FLOW, true);
        let start = clock.elapsed();
        send(&budget, FLOW).await;
        let first = (clock.elapsed() - start).as_secs_f64();
        assert!(first > 0.9, "half of two a second: {first}");
        for _ in 0..20 {
            send(&budget, FLOW).await;
        }
        let start = clock.elapsed();
        for _ in 0..10 {
            send(&budget, FLOW).await;
        }
        let later = (clock.elapsed() - start).as_secs_f64();
        assert!((later - 5.0).abs() < 0.1, "as before: {later}");
        assert_eq!(budget.throttled()[FLOW], 1);
    }

    #[test]
    fn however_often_it_is_throttled_something_gets_through() {
        let (budget, _) = paced(0.01);
        for _ in 0..50 {
            budget.answered(FLOW, true);
        }
        let Turn::In(wait) = budget.turn(FLOW, EVER) else {
            panic!("it may take for ever")
        };
        assert!(wait <= Duration::from_secs(21), "{wait:?}");
    }

    #[test]
    fn a_turn_that_is_too_far_off_takes_no_token() {
        let (budget, _) = paced(1.0);
        let second = Duration::from_secs(1);
        for _ in 0..7 {
            assert!(matches!(budget.turn(FLOW, second), Turn::In(_)));
        }
        assert_eq!(budget.turn(FLOW, second), Turn::TooFarOff);
        let Turn::In(wait) = budget.turn(FLOW, EVER) else {
            panic!("it may take for ever")
        };
        assert!((wait.as_secs_f64() - 1.5).abs() < 0.01, "{wait:?}");
    }

    #[test]
    fn who_shares_an_account_and_region_has_the_smallest_share() {
        let prod = Budget::of("000000000001", "eu-west-2", 1.0);
        let cautious = Budget::of("000000000001", "eu-west-2", 0.2);
        let elsewhere = Budget::of("000000000001", "eu-west-1", 1.0);
        cautious.sent(FLOW);
        assert_eq!(prod.calls()[FLOW], 1);
        assert_eq!(elsewhere.calls().len(), 0);
        assert!(matches!(prod.turn(FLOW, EVER), Turn::In(Duration::ZERO)));
        let Turn::In(wait) = prod.turn(FLOW, EVER) else {
            panic!("it may take for ever")
        };
        assert!(wait > Duration::from_secs(2), "{wait:?}");
    }
}
