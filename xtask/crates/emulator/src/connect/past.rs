//! Earlier states of the control plane, for reads that do not see the last writes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::state::State;
use crate::consistency::earlier;
use crate::faults::{Memory, Stale};

/// What the control plane was like before its last writes. Empty while nobody wants to know.
#[derive(Default)]
pub(crate) struct Past {
    /// Oldest first.
    states: VecDeque<Earlier>,
}

/// A state and the time of the write that ended it.
struct Earlier {
    until: Timestamp,
    state: Arc<State>,
}

impl Past {
    /// Keeps what is about to be changed.
    pub(super) fn keep(&mut self, state: &State, now: Timestamp) {
        self.states.push_back(Earlier {
            until: now,
            state: Arc::new(state.clone()),
        });
    }

    /// Forgets what was kept last: the write was refused.
    pub(super) fn forget_last(&mut self) {
        self.states.pop_back();
    }

    /// Forgets what is older than anybody asks for.
    pub(super) fn forget_old(&mut self, now: Timestamp, lag: Duration, memory: Memory) {
        let lag = lag.max(Duration::from_secs(memory.seconds.into()));
        let since = earlier(now, lag);
        let writes = usize::try_from(memory.writes).unwrap_or(usize::MAX);
        let is_old = |oldest: &Earlier| oldest.until <= since;
        while self.states.len() > writes && self.states.front().is_some_and(is_old) {
            self.states.pop_front();
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.states.clear();
    }

    /// The state so long ago; `None` if it is still that of today.
    pub(super) fn before(&self, lag: Duration, now: Timestamp) -> Option<Arc<State>> {
        let then = earlier(now, lag);
        let seen = self.states.iter().find(|state| state.until > then)?;
        Some(Arc::clone(&seen.state))
    }

    /// What a stale read sees; `None` if that is the state of today.
    pub(super) fn seen(&self, stale: Stale, now: Timestamp) -> Option<Arc<State>> {
        match stale {
            Stale::Seconds(seconds) => self.before(Duration::from_secs(seconds.into()), now),
            Stale::Writes(writes) => {
                let writes = usize::try_from(writes).unwrap_or(usize::MAX);
                let index = self.states.len().saturating_sub(writes);
                let seen = self.states.get(index)?;
                Some(Arc::clone(&seen.state))
            }
            Stale::NotFound => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("it is a time")
    }

    fn with_delay(seconds: u64) -> State {
        State {
            creation_delay: Duration::from_secs(seconds),
            ..State::default()
        }
    }

    fn mark(state: Option<Arc<State>>) -> Option<u64> {
        state.map(|state| state.creation_delay.as_secs())
    }

    #[test]
    fn a_lagging_read_sees_the_state_of_its_own_time() {
        let mut past = Past::default();
        let lag = Duration::from_secs(2);
        for (mark, second) in [(0, 10), (1, 11)] {
            past.keep(&with_delay(mark), at(second));
            past.forget_old(at(second), lag, Memory::default());
        }
        for (now, seen) in [(11, Some(0)), (12, Some(1)), (13, None)] {
            assert_eq!(mark(past.before(lag, at(now))), seen, "{now}");
        }
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten_and_counted_writes_are_kept() {
        let mut past = Past::default();
        let memory = Memory {
            seconds: 0,
            writes: 2,
        };
        for second in 0..5 {
            let state = with_delay(second);
            let now = at(100 * second.cast_signed());
            past.keep(&state, now);
            past.forget_old(now, Duration::ZERO, memory);
        }
        assert_eq!(past.states.len(), 2);
        assert_eq!(mark(past.seen(Stale::Writes(1), at(999))), Some(4));
        assert_eq!(mark(past.seen(Stale::Writes(2), at(999))), Some(3));
        assert_eq!(mark(past.seen(Stale::Writes(9), at(999))), Some(3));
        assert_eq!(mark(past.seen(Stale::Writes(0), at(999))), None);
    }
}
