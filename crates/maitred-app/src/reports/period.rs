//! Which period a report is about: times, or days in a time zone; and the period before it.

use crate::periods::start_of_day;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use maitred_core::Timestamp;
use maitred_core::limits::Invalid;
use maitred_core::report::DAY_MICROS;
use maitred_store::clock;

/// The longest period, in days.
pub const REPORT_DAYS_MAX: i64 = 3_700;
/// How many days a report is about unless somebody says otherwise, today included.
const DAYS_DEFAULT: i64 = 7;

/// When a period begins or ends, as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    At(Timestamp),
    /// The beginning of a day.
    Day(Date),
}

impl Default for Moment {
    fn default() -> Self {
        Self::At(Timestamp(0))
    }
}

impl Moment {
    /// Reads a time, or a date.
    ///
    /// # Errors
    /// [`Invalid`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.trim().parse::<Date>() {
            Ok(date) if text.trim().len() == "2025-11-26".len() => Ok(Self::Day(date)),
            _ => clock::parse_rfc3339(text).map(Self::At).map_err(|Invalid(why)| Invalid(format!("{why}, nor a date"))),
        }
    }

    fn at(self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Day(date) => day_begins(date, zone),
        }
    }
}

/// What is wrong with a period, and with which of its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodError {
    pub field: &'static str,
    pub invalid: Invalid,
}

/// See the module. What happens at `to` is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportPeriod {
    pub from: Timestamp,
    pub to: Timestamp,
    pub zone: TimeZone,
}

impl ReportPeriod {
    /// The period between two moments: it goes on until now without the second, and has seven days without the first.
    ///
    /// # Errors
    /// [`PeriodError`] if it ends before it begins, or is longer than so many days.
    pub fn new(
        [from, to]: [Option<Moment>; 2],
        zone: TimeZone,
        now: Timestamp,
        days_max: i64,
    ) -> Result<Self, PeriodError> {
        let to = to.map_or(now, |to| to.at(&zone));
        let from = from.map_or_else(|| start_of_day(to, &zone, 1 - DAYS_DEFAULT), |from| from.at(&zone));
        let fail = |field, why: String| Err(PeriodError { field, invalid: Invalid(why) });
        if to < from {
            return fail("to", "is before from; give a later time".to_owned());
        }
        let period = Self { from, to, zone };
        if !period.has_at_most(days_max) {
            let why = format!("is more than {days_max} days before the end of the period; give a later time");
            return fail("from", why);
        }
        Ok(period)
    }

    /// Whole days in the zone, the last one included.
    #[must_use]
    pub fn of_days(first: Date, last: Date, zone: TimeZone) -> Self {
        let end = last.tomorrow().unwrap_or(last);
        Self { from: day_begins(first, &zone), to: day_begins(end, &zone), zone }
    }

    /// Whether it has no more than so many days.
    #[must_use]
    pub const fn has_at_most(&self, days: i64) -> bool {
        // A day that the clocks set back has 25 hours.
        self.to.0.saturating_sub(self.from.0) <= days.saturating_mul(DAY_MICROS).saturating_add(DAY_MICROS / 24)
    }

    /// So many days at its end, or all of it if it has no more.
    #[must_use]
    pub fn last_days(&self, days: i64) -> Self {
        if self.has_at_most(days) {
            return self.clone();
        }
        let first = self.to.0.saturating_sub(days.saturating_mul(DAY_MICROS));
        Self { from: Timestamp(self.from.0.max(first)), ..self.clone() }
    }

    /// The period before it: as many days if it consists of whole days, else as long as it is.
    #[must_use]
    pub fn before(&self) -> Self {
        let from = self.before_in_days().unwrap_or_else(|| {
            let length = self.to.0.saturating_sub(self.from.0);
            Timestamp(self.from.0.saturating_sub(length))
        });
        Self { from, to: self.from, zone: self.zone.clone() }
    }

    fn before_in_days(&self) -> Option<Timestamp> {
        let (from, to) = (zoned(self.from, &self.zone)?, zoned(self.to, &self.zone)?);
        let is_whole = from.start_of_day().ok()? == from && to.start_of_day().ok()? == to;
        let days = from.date().until(to.date()).ok()?.get_days();
        let first = from.date().checked_sub(days.days()).ok()?;
        (is_whole && days > 0).then(|| day_begins(first, &self.zone))
    }
}

pub(super) fn zoned(at: Timestamp, zone: &TimeZone) -> Option<Zoned> {
    Some(jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(zone.clone()))
}

/// The first moment of a day in a zone.
fn day_begins(date: Date, zone: &TimeZone) -> Timestamp {
    let begins = date.to_zoned(zone.clone()).and_then(|day| day.start_of_day());
    let begins = begins.map(|day| day.timestamp().as_microsecond());
    Timestamp(begins.unwrap_or_else(|_| if date.year() < 1970 { i64::MIN / 2 } else { i64::MAX / 2 }))
}
