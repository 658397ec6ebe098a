//! Hours of sources: outside of them nobody gets contacts of a source automatically. Whether a source is open is a
//! function of its [`Hours`](crate::hours::Hours) and the time, as availability is of operators: nothing switches it.

use crate::ids::Timestamp;
use crate::nouns::Source;

/// That a source is closed at a time: what arrives waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Whether that is known. If not, its calendar is not known so far ahead, and nothing is assigned on a guess.
    pub is_known: bool,
    /// When it opens, as far as that is known.
    pub until: Option<Timestamp>,
}

impl Closed {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        if self.is_known { "source_closed" } else { "source_hours_unknown" }
    }
}

impl Source {
    /// Whether it is closed at a time. A source without a calendar never is.
    #[must_use]
    pub fn closed(&self, now: Timestamp) -> Option<Closed> {
        let hours = self.hours.as_ref()?;
        let is_known = hours.span.contains(now);
        let is_open = is_known && hours.open.is_open_at(now);
        let until = if is_known { hours.open.next_opening(now) } else { None };
        (!is_open).then_some(Closed { is_known, until })
    }

    /// When it closes, if it is open by a calendar; where what is known ends, it closes as well.
    #[must_use]
    pub fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        let hours = self.hours.as_ref().filter(|hours| hours.span.contains(now))?;
        hours.open.at(now).map(|interval| interval.until)
    }

    pub(crate) fn forget_hours(&mut self) {
        (self.calendar, self.hours, self.hours_seen_at) = (None, None, None);
        self.hours_revision += 1;
    }
}
