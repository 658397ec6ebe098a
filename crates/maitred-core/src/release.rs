//! Contacts in hand whose operator leaves: a source says after how many seconds of their absence these go to others.
//! Who is back before keeps them.
//!
//! When an operator leaves, each such contact they hold is marked with the moment ([`Contact::release_at`]), which is a
//! timer of the contact; when they are back the marks go. What a source says by then holds for that absence.

use crate::availability::AwayReason;
use crate::ids::Timestamp;
use crate::nouns::Operator;
use serde::{Deserialize, Serialize};

/// The longest time after which contacts of somebody who left are released, in seconds: a week.
pub const RELEASE_SECONDS_MAX: u32 = 7 * 24 * 3_600;

/// After how many seconds of an absence a source has contacts in hand released, up to [`RELEASE_SECONDS_MAX`]. None:
/// they stay with their operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRules {
    /// For operators who are away because nobody heard from them.
    pub away_release_s: Option<u32>,
    /// For operators whose shift ended, or who are on leave.
    pub shift_end_release_s: Option<u32>,
}

/// How an operator left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// Nobody heard from them.
    HolderAway,
    /// Their shift ended, or they are on leave.
    ShiftEnded,
}

impl ReleaseRules {
    #[must_use]
    pub fn are_default(&self) -> bool {
        *self == Self::default()
    }

    /// When a contact of an operator who left is released, and why: by the absence for which that is first.
    pub(crate) fn moment(self, operator: &Operator) -> Option<(Timestamp, Absence)> {
        let after = |since: Option<Timestamp>, seconds: Option<u32>| {
            let (since, seconds) = since.zip(seconds)?;
            Some(Timestamp(since.0.saturating_add(i64::from(seconds) * 1_000_000)))
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
