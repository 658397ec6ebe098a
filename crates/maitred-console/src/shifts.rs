//! Whether operators work now, by their calendars, and what is said of those who do not.

use crate::texts::Texts;
use crate::times;
use jiff::tz::TimeZone;
use maitred_core::availability::AwayReason;
use maitred_core::{Operator, Timestamp};

/// What is said of somebody who does not work now.
pub(crate) struct OffShift {
    pub(crate) word: String,
    /// When they work again, as html.
    pub(crate) until: Option<String>,
}

/// Whether it is within their hours; those of somebody without a calendar are all.
pub(crate) fn works(operator: &Operator, now: Timestamp) -> bool {
    operator.hours.as_ref().is_none_or(|hours| hours.away(now).is_none())
}

/// Why somebody does not work, in a word or two.
pub(crate) fn word(t: Texts, reason: AwayReason) -> String {
    t.t(match reason {
        AwayReason::Paused => "operator-off",
        AwayReason::OnLeave => "shift-on-leave",
        AwayReason::OffShift => "shift-off",
        AwayReason::HoursUnknown => "shift-unknown",
    })
}

impl OffShift {
    /// None of somebody who works now; nor of somebody who is switched off, for that is said already.
    pub(crate) fn of(t: Texts, zone: &TimeZone, operator: &Operator, now: Timestamp) -> Option<Self> {
        let hours = operator.hours.as_ref().filter(|_| operator.is_active)?;
        let word = word(t, hours.away(now)?.reason);
        let next = hours.open.next_opening(now).map(|at| times::moment(zone, at));
        Some(Self { word, until: next })
    }
}
