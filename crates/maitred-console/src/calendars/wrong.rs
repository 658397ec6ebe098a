//! What is wrong with a calendar, at its field and in the reader's language.

use super::DAYS_SHOWN;
use crate::forms::Form;
use crate::texts::Texts;
use maitred_calendar::{Calendar, Mistake, Wrong};

/// Notes mistakes at the fields of a form. Those of days go to the field of their day, `day-0` and so on.
pub(crate) fn note(t: Texts, form: &mut Form, calendar: &Calendar, mistakes: &[Mistake]) {
    // The first of each field is the one that counts.
    for mistake in mistakes.iter().rev() {
        let mut steps = mistake.pointer.trim_start_matches('/').split('/');
        let (first, second) = (steps.next().unwrap_or_default(), steps.next().and_then(|at| at.parse::<usize>().ok()));
        let what = said(t, &mistake.kind);
        match (first, second) {
            ("days", Some(at)) => match calendar.days.get(at).map_or(0, |day| day.day) {
                day if day < DAYS_SHOWN => form.fail(&format!("day-{day}"), what),
                day => form.fail_whole(format!("{}: {what}", t.n("calendar-day-n", day + 1))),
            },
            ("exceptions" | "leave", Some(at)) => {
                form.fail(first, t.with("calendar-line", [("line", (at + 1).into()), ("what", what.into())]))
            }
            ("", _) => form.fail_whole(what),
            (field, _) => form.fail(field, what),
        }
    }
}

pub(crate) fn said(t: Texts, wrong: &Wrong) -> String {
    match wrong {
        Wrong::Name(_) => t.t("rule-name"),
        Wrong::UnknownZone { nearest: Some(nearest) } => t.of("calendar-zone-nearest", nearest),
        Wrong::UnknownZone { nearest: None } => t.t("calendar-zone-unknown"),
        Wrong::CycleDays { most } => t.n("calendar-cycle-days", *most),
        Wrong::NoAnchor { .. } => t.t("calendar-no-anchor"),
        Wrong::NotADate => t.t("calendar-not-a-date"),
        Wrong::NotATime => t.t("calendar-not-a-time"),
        Wrong::NotAMoment => t.t("calendar-not-a-moment"),
        Wrong::DayOutside { .. } | Wrong::DayTwice => t.t("calendar-day"),
        Wrong::StartsNextDay => t.t("calendar-next-day"),
        Wrong::EmptyInterval => t.t("calendar-empty"),
        Wrong::Overlap { other, .. } => t.of("calendar-overlap", &other.to_string()),
        Wrong::UnknownKind => t.t("calendar-kind"),
        Wrong::ClosedWithIntervals => t.t("calendar-closed-with"),
        Wrong::NoIntervals => t.t("calendar-no-intervals"),
        Wrong::Contradiction { .. } => t.t("calendar-contradiction"),
        Wrong::UnknownHolidays { nearest: Some(nearest), .. } => t.of("calendar-holidays-nearest", nearest),
        Wrong::UnknownHolidays { nearest: None, known } => t.of("calendar-holidays-unknown", known),
        Wrong::EndBeforeStart => t.t("calendar-end-first"),
        Wrong::TooMany { most } => t.n("calendar-too-many", *most),
    }
}
