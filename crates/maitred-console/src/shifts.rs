//! Whether operators work now, by their calendars, or are away, and what is said of those who do not.

use crate::texts::Texts;
use crate::times;
use jiff::tz::TimeZone;
use maitred_core::availability::AwayReason;
use maitred_core::{Operator, Timestamp};

/// What is said of somebody who does not work now, is away, or gets nothing for a while because of a cap.
pub(crate) struct OffShift {
    pub(crate) word: String,
    /// When they work again, as html.
    pub(crate) until: Option<String>,
    /// Since when they are away, as html.
    pub(crate) since: Option<String>,
}

/// Whether it is within their hours, those of somebody without a calendar being all, and they are not away.
pub(crate) fn works(operator: &Operator, now: Timestamp) -> bool {
    !operator.is_unheard(now) && operator.hours.as_ref().is_none_or(|hours| hours.away(now).is_none())
}

/// Why somebody does not work, in a word or two.
pub(crate) fn word(t: Texts, reason: AwayReason) -> String {
    t.t(match reason {
        AwayReason::Paused => "operator-off",
        AwayReason::OnLeave => "shift-on-leave",
        AwayReason::OffShift => "shift-off",
        AwayReason::HoursUnknown => "shift-unknown",
        AwayReason::Capped => "operator-capped",
        AwayReason::NotHeard => "operator-away",
    })
}

impl OffShift {
    /// None of somebody who works now, is there and has not reached a cap; nor of somebody who is switched off, for
    /// that is said already.
    pub(crate) fn of(t: Texts, zone: &TimeZone, operator: &Operator, now: Timestamp) -> Option<Self> {
        if !operator.is_active {
            return None;
        }
        let of_hours = operator.hours.as_ref().and_then(|hours| Some((hours, hours.away(now)?)));
        let moment = |at: Option<Timestamp>| at.map(|at| times::soon(t, zone, now, at));
        let (reason, until, since) = match of_hours {
            Some((hours, away)) => (away.reason, hours.open.next_opening(now), None),
            None if operator.is_unheard(now) => (AwayReason::NotHeard, None, operator.present_until),
            None => operator.capped(None, now).map(|away| (away.reason, away.until, None))?,
        };
        Some(Self { word: word(t, reason), until: moment(until), since: moment(since) })
    }
}
