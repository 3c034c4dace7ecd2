//! What happened inside, in order: for people who look and for tests that ask.
//!
//! Entries name things (operations, contacts, functions, topics); they never carry message text,
//! tokens or attribute values.

use std::collections::VecDeque;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Counts up from one without gaps.
    pub sequence: u64,
    /// Emulated time.
    pub at: Timestamp,
    /// The part of the emulator: `request`, `lambda`, `sns`, `flow`, `chat`, ...
    pub area: &'static str,
    /// What happened there, for example `invoked`.
    pub event: &'static str,
    /// Names of what it happened to.
    pub details: Map<String, Value>,
}

/// The latest entries; old ones fall off.
#[derive(Debug, Default)]
pub struct Timeline {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: VecDeque<Entry>,
    sequence: u64,
}

/// How many entries are kept.
const CAPACITY: usize = 20_000;

impl Timeline {
    /// All entries after the one numbered `sequence`; zero gives all that are kept.
    pub fn since(&self, sequence: u64) -> Vec<Entry> {
        let state = self.lock();
        let kept = state.entries.iter();
        kept.filter(|entry| entry.sequence > sequence)
            .cloned()
            .collect()
    }

    /// Adds an entry.
    pub(crate) fn record(
        &self,
        at: Timestamp,
        area: &'static str,
        event: &'static str,
        details: &[(&str, &str)],
    ) {
        let details = details
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        let mut state = self.lock();
        state.sequence += 1;
        let sequence = state.sequence;
        if state.entries.len() == CAPACITY {
            state.entries.pop_front();
        }
        state.entries.push_back(Entry {
            sequence,
            at,
            area,
            event,
            details,
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the timeline")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_numbered_and_old_ones_fall_off() {
        let timeline = Timeline::default();
        for _ in 0..CAPACITY + 5 {
            timeline.record(Timestamp::UNIX_EPOCH, "chat", "joined", &[("contact", "c")]);
        }
        let all = timeline.since(0);
        assert_eq!(all.len(), CAPACITY);
        assert_eq!(all[0].sequence, 6);
        let last = timeline.since(CAPACITY as u64 + 4);
        assert_eq!(last.len(), 1);
        assert_eq!(last[0].details["contact"], "c");
    }
}
