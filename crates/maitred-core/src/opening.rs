//! Hours and caps of sources: outside of its hours, and while a cap of it is reached, nobody gets contacts of a source
//! automatically. Whether that is so is a function of its [`Hours`](crate::hours::Hours), of what its caps have counted
//! and of the time, as availability is of operators: nothing switches it.

use crate::caps::{self, Cap};
use crate::ids::Timestamp;
use crate::nouns::Source;

/// That a source gives nothing away at a time: what arrives waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    pub reason: ClosedReason,
    /// When it gives contacts away again, as far as that is known.
    pub until: Option<Timestamp>,
}

/// Why a source gives nothing away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedReason {
    /// By its calendar.
    Hours,
    /// Its calendar is not known so far ahead, and nothing is assigned on a guess.
    HoursUnknown,
    /// As many of its contacts were given away as a cap of it allows.
    Capped,
}

impl Closed {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self.reason {
            ClosedReason::Hours => "source_closed",
            ClosedReason::HoursUnknown => "source_hours_unknown",
            ClosedReason::Capped => "source_capped",
        }
    }
}

impl Source {
    /// Whether it gives nothing away at a time: it is closed, or a cap is reached.
    #[must_use]
    pub fn closed(&self, now: Timestamp) -> Option<Closed> {
        self.closed_by_hours(now).or_else(|| {
            let until = caps::reached_until(self.all_caps(), now)?;
            Some(Closed { reason: ClosedReason::Capped, until: Some(until) })
        })
    }

    /// Whether it is closed at a time by its calendar. A source without one never is.
    #[must_use]
    pub fn closed_by_hours(&self, now: Timestamp) -> Option<Closed> {
        let hours = self.hours.as_ref()?;
        if !hours.span.contains(now) {
            return Some(Closed { reason: ClosedReason::HoursUnknown, until: None });
        }
        let is_open = hours.open.is_open_at(now);
        (!is_open).then(|| Closed { reason: ClosedReason::Hours, until: hours.open.next_opening(now) })
    }

    /// Whether its contacts are to go to its fallback at a time: it is closed by its calendar. A source whose hours are
    /// not known keeps what waits.
    #[must_use]
    pub fn falls_back(&self, now: Timestamp) -> bool {
        let is_closed = self.closed_by_hours(now).is_some_and(|it| it.reason == ClosedReason::Hours);
        is_closed && self.fallback.is_some() && self.deleted_at.is_none()
    }

    /// Whether it takes contacts of sources that have it as their fallback: it is open by its calendar. While a cap of
    /// it is reached they wait on it.
    #[must_use]
    pub fn takes_over(&self, now: Timestamp) -> bool {
        self.deleted_at.is_none() && self.closed_by_hours(now).is_none()
    }

    /// Its caps, in the order in which they were set.
    pub fn all_caps(&self) -> impl Iterator<Item = &Cap> {
        self.caps.iter().flat_map(|caps| caps.iter())
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
