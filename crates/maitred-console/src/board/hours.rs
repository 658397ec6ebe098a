//! What the board says about hours that somebody has to do something about, as found by this node.

use crate::texts::Texts;
use crate::times::plain;
use jiff::tz::TimeZone;
use maitred_app::hours_outlook::{HoursCause, HoursReach, HoursTrouble};
use maitred_calendar::Stamp;

/// The most of them on the board.
pub(super) const SHOWN_MAX: usize = 5;

/// One sentence on how far hours are known, and one on what to do.
pub(super) fn text(t: Texts, trouble: &HoursTrouble) -> String {
    // Everybody who looks at the board gets the same bytes.
    let utc = |at| plain(&TimeZone::UTC, at);
    let until = |key, at| t.with(key, [("it", (*trouble.name).to_owned().into()), ("at", utc(at).into())]);
    let reach = match trouble.reach {
        HoursReach::Ended(at) => until("hours-ended", at),
        HoursReach::RunsOut(at) => until("hours-run-out", at),
        HoursReach::Far => t.of("hours-not-current", &trouble.name),
    };
    let stamps = |key, theirs: &Stamp, here: &Stamp| {
        t.with(key, [("theirs", theirs.to_string().into()), ("here", here.to_string().into())])
    };
    let cause = match &trouble.cause {
        None => t.t("hours-see-log"),
        Some(HoursCause::Newer { theirs, here }) => stamps("hours-newer", theirs, here),
        Some(HoursCause::Older { theirs, here }) => stamps("hours-older", theirs, here),
        Some(HoursCause::Mistakes(_)) => t.t("hours-mistakes"),
    };
    format!("{reach} {cause}")
}

/// Where something can be done about it.
pub(super) fn href(trouble: &HoursTrouble) -> String {
    format!("/calendars/{}", trouble.calendar)
}
