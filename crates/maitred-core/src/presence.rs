//! Presence: an operator may be asked to show that they are there. They are for a number of seconds once they were
//! heard from: a *lease*, which everything renews that they do, and an open desk. When it is over they are away, and
//! get nothing until they are heard from again.
//!
//! A lease is a moment in the row of the operator, so whether they are there follows from it and the time. It is
//! written only when less than half of it is left: being heard from a thousand times a second costs two writes a lease.

use crate::ids::Timestamp;
use crate::nouns::Operator;

const SECOND: i64 = 1_000_000;

impl Operator {
    /// Whether they are away at a time because they were not heard from. At the moment of its end a lease is over.
    #[must_use]
    pub fn is_unheard(&self, now: Timestamp) -> bool {
        self.present_until.is_some_and(|until| until <= now)
    }

    /// Whether hearing from them at a time changes anything: less than half of the lease is left, or none.
    #[must_use]
    pub fn is_worth_hearing(&self, now: Timestamp) -> bool {
        let Some((seconds, until)) = self.away_after_s.zip(self.present_until) else { return false };
        until.0.saturating_sub(now.0) < i64::from(seconds) * SECOND / 2
    }

    /// When they are away unless they are heard from before; none if they are already, and that was told.
    pub(crate) fn lease_ends(&self) -> Option<Timestamp> {
        self.present_until.filter(|_| self.away_at.is_none())
    }

    /// Begins a lease: they are there.
    pub(crate) fn renew_lease(&mut self, now: Timestamp) {
        let until = self.away_after_s.map(|seconds| now.plus_seconds(seconds));
        (self.present_until, self.away_at) = (until, None);
    }

    /// Sets after how many seconds they are away. Who is there, or was not asked to be, has a lease from now on; who is
    /// away stays so until they are heard from.
    pub(crate) fn set_away_after(&mut self, seconds: Option<u32>, now: Timestamp) {
        let is_changed = self.away_after_s != seconds;
        self.away_after_s = seconds;
        if is_changed && (seconds.is_none() || !self.is_unheard(now)) {
            self.renew_lease(now);
        }
    }
}
