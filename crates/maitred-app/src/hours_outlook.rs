//! How far ahead hours are known, and whether this node has the time zones and holidays that they were compiled with:
//! what `/readyz` and the board say when somebody has to do something, weeks before nobody gets contacts any more.
//!
//! [`crate::jobs::CompileHours`] finds it out each time it has compiled what it can, so what is left here is what it
//! could not. Each node has its own, because its data is its own. Nothing is decided by it.

use maitred_calendar::{Stamp, zones};
use maitred_core::hours::Hours;
use maitred_core::{Calendar, CalendarId, Timestamp};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// Hours that are known no further ahead are said to run out: three weeks, one less than those that are compiled again.
pub const RUNS_OUT_MICROS: i64 = 21 * 24 * 3_600 * 1_000_000;

/// What was found about all calendars that somebody goes by, the last time.
#[derive(Debug, Default)]
pub struct HoursOutlook(RwLock<Vec<CalendarOutlook>>);

/// The same of one calendar.
#[derive(Clone, Debug)]
pub struct CalendarOutlook {
    calendar: CalendarId,
    name: Arc<str>,
    /// The earliest end of the hours of those who go by it.
    known_until: Option<Timestamp>,
    cause: Option<HoursCause>,
}

/// That somebody has to do something about the hours by a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursTrouble {
    pub calendar: CalendarId,
    pub name: Arc<str>,
    pub reach: HoursReach,
    /// Why they are not compiled again, if that is known.
    pub cause: Option<HoursCause>,
}

/// How far the hours of all who go by a calendar are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoursReach {
    /// Somebody gets nothing since then, because nothing is assigned on a guess.
    Ended(Timestamp),
    /// Soon that will be so.
    RunsOut(Timestamp),
    /// For weeks.
    Far,
}

/// Why hours are not compiled again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoursCause {
    /// They were compiled with newer data than this node has, and are never compiled with older.
    Newer { theirs: Stamp, here: Stamp },
    /// They were compiled with older data than this node has, and it could not compile them again.
    Older { theirs: Stamp, here: Stamp },
    /// What is wrong with the calendar, or with the exceptions or leave of somebody, as this node reads it.
    Mistakes(Arc<str>),
}

impl HoursOutlook {
    /// What is wrong with hours at a time, the most urgent first.
    #[must_use]
    pub fn troubles(&self, now: Timestamp) -> Vec<HoursTrouble> {
        let found = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut troubles: Vec<HoursTrouble> = found.iter().filter_map(|calendar| calendar.trouble(now)).collect();
        troubles.sort_by_key(|trouble| (trouble.reach.urgency(), trouble.calendar));
        troubles
    }

    /// Keeps what was found about all calendars.
    pub fn set(&self, found: Vec<CalendarOutlook>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

impl CalendarOutlook {
    #[must_use]
    pub fn new(calendar: &Calendar) -> Self {
        Self { calendar: calendar.id, name: calendar.name.clone(), known_until: None, cause: None }
    }

    /// Notes what this node finds wrong, and with whom: more than the data of hours says.
    pub fn fail(&mut self, mistakes: String) {
        self.cause = Some(HoursCause::Mistakes(mistakes.into()));
    }

    /// Takes the hours of one who goes by it into account.
    pub fn add(&mut self, hours: &Hours) {
        let until = hours.span.until;
        self.known_until = Some(self.known_until.map_or(until, |known| known.min(until)));
        if self.cause.is_none() {
            self.cause = HoursCause::of(&hours.stamp);
        }
    }

    fn trouble(&self, now: Timestamp) -> Option<HoursTrouble> {
        // Nobody goes by it.
        let until = self.known_until?;
        let reach = match until.0.saturating_sub(now.0) {
            ..=0 => HoursReach::Ended(until),
            1..RUNS_OUT_MICROS => HoursReach::RunsOut(until),
            _ => HoursReach::Far,
        };
        let is_trouble = reach != HoursReach::Far || self.cause.is_some();
        let trouble =
            || HoursTrouble { calendar: self.calendar, name: self.name.clone(), reach, cause: self.cause.clone() };
        is_trouble.then(trouble)
    }
}

impl HoursReach {
    const fn urgency(self) -> (u8, i64) {
        match self {
            Self::Ended(at) => (0, at.0),
            Self::RunsOut(at) => (1, at.0),
            Self::Far => (2, 0),
        }
    }
}

impl HoursCause {
    /// What the stamp of hours says beside that of this node.
    fn of(stamp: &str) -> Option<Self> {
        let (theirs, here) = (Stamp::parse(stamp)?, Stamp::of(zones()));
        if !here.may_replace(&theirs) {
            return Some(Self::Newer { theirs, here });
        }
        here.is_newer_than(&theirs).then_some(Self::Older { theirs, here })
    }
}

impl fmt::Display for HoursCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { theirs, here } => write!(
                f,
                "compiled with time zones and holidays of {theirs}, and this server has only {here}: \
                 install the version of maitred that the newest server runs"
            ),
            Self::Older { theirs, here } => write!(
                f,
                "compiled with time zones and holidays of {theirs}, although this server has {here}: \
                 its log says why they are not compiled again"
            ),
            Self::Mistakes(text) => write!(f, "this server cannot compile it: {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::intervals::{Interval, Intervals};

    const DAY: i64 = 24 * 3_600 * 1_000_000;

    fn hours(days: i64, stamp: &str) -> Hours {
        let span = Interval::new(Timestamp(0), Timestamp(days * DAY));
        Hours {
            calendar_version: 1,
            span,
            open: Intervals::default(),
            leave: Intervals::default(),
            stamp: stamp.into(),
        }
    }

    fn reach(days: i64, cause: Option<&str>, now: i64) -> Option<HoursReach> {
        let here = Stamp::of(zones()).to_string();
        let (id, name, definition, at) = (CalendarId(1), "Days".into(), "{}".into(), Timestamp(0));
        let calendar = Calendar { id, name, definition, version: 1, created_at: at, updated_at: at, deleted_at: None };
        let mut found = CalendarOutlook::new(&calendar);
        found.add(&hours(days + 5, &here));
        found.add(&hours(days, &here));
        cause.into_iter().for_each(|cause| found.fail(cause.to_owned()));
        let outlook = HoursOutlook::default();
        outlook.set(vec![found]);
        outlook.troubles(Timestamp(now)).first().map(|trouble| trouble.reach)
    }

    #[test]
    fn the_one_known_least_far_counts_and_time_goes_on_without_a_job() {
        let end = Timestamp(35 * DAY);
        assert_eq!(reach(35, None, 0), None);
        assert_eq!(reach(35, None, 14 * DAY), None, "exactly three weeks are left");
        assert_eq!(reach(35, None, 14 * DAY + 1), Some(HoursReach::RunsOut(end)));
        assert_eq!(reach(35, None, 35 * DAY - 1), Some(HoursReach::RunsOut(end)));
        assert_eq!(reach(35, None, 35 * DAY), Some(HoursReach::Ended(end)));
        assert_eq!(reach(35, Some("/zone is not a time zone"), 0), Some(HoursReach::Far));
    }

    #[test]
    fn hours_of_other_data_are_named_by_their_stamp() {
        let cause = |stamp: &str| HoursCause::of(stamp).map(|cause| cause.to_string());
        assert_eq!(cause(&Stamp::of(zones()).to_string()), None);
        let newer = cause("2999a-h999").expect("newer");
        assert!(newer.contains("2999a-h999") && newer.contains("only"), "{newer}");
        let older = cause("2001a-h0").expect("older");
        assert!(older.contains("2001a-h0") && older.contains("although"), "{older}");
    }
}
