//! Hours of operation: when queues are open.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::state::Head;

/// When something is open, in its own time zone.
#[derive(Clone, Debug)]
pub(crate) struct Hours {
    pub(crate) head: Head,
    /// An IANA name, for example `Europe/London`.
    pub(crate) time_zone: TimeZone,
    pub(crate) slots: Vec<Slot>,
}

/// Open on one day of the week from `start` up to and not including `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) day: Weekday,
    /// Minutes after midnight.
    pub(crate) start: u16,
    /// Minutes after midnight. Not later than `start` means into the next day, so that
    /// 00:00 to 00:00 is the whole day.
    pub(crate) end: u16,
}

const MINUTES_A_DAY: u16 = 24 * 60;

impl Hours {
    /// Whether it is open at that time.
    pub(crate) fn open_at(&self, now: Timestamp) -> bool {
        let local = now.to_zoned(self.time_zone.clone());
        let minute =
            u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let today = local.weekday();
        let yesterday = today.previous();
        self.slots.iter().any(|slot| {
            let overnight = slot.end <= slot.start;
            let end = if overnight { MINUTES_A_DAY } else { slot.end };
            (slot.day == today && slot.start <= minute && minute < end)
                || (overnight && slot.day == yesterday && minute < slot.end)
        })
    }
}
