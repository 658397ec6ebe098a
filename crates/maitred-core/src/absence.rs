//! Since when operators are gone, and when contacts that they hold are released for that. What a source says about it
//! is in [`crate::release`].

use crate::availability::AwayReason;
use crate::ids::Timestamp;
use crate::nouns::Operator;
use crate::release::{Absence, ReleaseRules};

impl ReleaseRules {
    /// When a contact of an operator who left is released, and why: by the absence for which that is first.
    pub(crate) fn moment(self, operator: &Operator) -> Option<(Timestamp, Absence)> {
        let after = |since: Option<Timestamp>, seconds: Option<u32>| {
            let (since, seconds) = since.zip(seconds)?;
            Some(since.plus_seconds(seconds))
        };
        let away = after(operator.away_at, self.away_release_s).map(|at| (at, Absence::HolderAway));
        let off = after(operator.off_at, self.shift_end_release_s).map(|at| (at, Absence::ShiftEnded));
        away.into_iter().chain(off).min()
    }
}

impl Operator {
    /// Whether they left, as far as that was handled.
    pub(crate) const fn has_left(&self) -> bool {
        self.away_at.is_some() || self.off_at.is_some()
    }

    /// The same at a time: they may be back, though that was not handled yet.
    pub(crate) fn is_gone(&self, now: Timestamp) -> bool {
        let is_unheard = self.away_at.is_some() && self.is_unheard(now);
        is_unheard || self.off_at.is_some() && self.is_off(now)
    }

    /// Whether their hours are known and say that they do not work.
    pub(crate) fn is_off(&self, now: Timestamp) -> bool {
        let away = self.hours.as_ref().and_then(|hours| hours.away(now));
        away.is_some_and(|away| away.reason != AwayReason::HoursUnknown)
    }

    /// Since when they are off, if they are at a time: not from before their hours were known.
    pub(crate) fn off_since(&self, now: Timestamp) -> Option<Timestamp> {
        let hours = self.hours.as_ref().filter(|_| self.is_off(now))?;
        let closings = hours.open.as_slice().iter().map(|open| open.until);
        let closing = closings.filter(|until| *until <= now).max();
        closing.max(self.off_at.or(self.hours_seen_at)).or(Some(now))
    }
}
