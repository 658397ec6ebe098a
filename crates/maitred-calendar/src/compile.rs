//! From days and clocks to moments. The one place where local times become UTC, by these rules
//! (docs/decisions/0019-calendars-are-compiled.md says why):
//!
//! - A time that a day leaves out, because clocks go forward, is the moment at which they do.
//! - A time that a day has twice, because clocks go back, is the first as a start and the second as an end.
//! - A shift belongs to the day on which it begins, with all of its part after midnight.

use crate::local::{self, DAY_MINUTES, Hours};
use crate::schedule::Schedule;
use crate::stamp::Stamp;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use maitred_core::Timestamp;
use maitred_core::intervals::{Interval, Intervals};
use serde::Serialize;
use std::fmt;

/// How far calendars are compiled, in days.
pub const HORIZON_DAYS: i64 = 35;
/// The longest span that is compiled, in days.
pub const SPAN_DAYS_MAX: i64 = 1_100;

pub(crate) const DAY_MICROS: i64 = 86_400_000_000;

/// The result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// What it says everything about; nothing is known of the time around it.
    pub span: Interval,
    /// When it is open: leave is cut out.
    pub open: Intervals,
    /// When there is leave.
    pub leave: Intervals,
    pub stamp: Stamp,
}

/// One interval of one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// The local date on which it begins.
    pub date: Date,
    /// What clocks show.
    pub hours: Hours,
    pub interval: Interval,
}

impl Shift {
    /// How many minutes it has more than clocks show, because they go back in it; negative if they go forward.
    #[must_use]
    pub fn extra_minutes(&self) -> i64 {
        self.interval.micros() / 60_000_000 - i64::from(self.hours.minutes())
    }
}

/// A span that cannot be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanError {
    EndBeforeStart,
    TooLong,
    /// Beyond [`local::YEARS`].
    OutOfRange,
}

impl std::error::Error for SpanError {}

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndBeforeStart => f.write_str("ends before it begins; exchange the two"),
            Self::TooLong => write!(f, "is longer than {SPAN_DAYS_MAX} days; ask for a shorter one"),
            Self::OutOfRange => {
                write!(f, "is not within the years {} to {}", local::YEARS.start(), local::YEARS.end())
            }
        }
    }
}

impl Schedule {
    /// When it is open in a span.
    ///
    /// # Errors
    /// [`SpanError`] for one that is too long, ends before it begins, or is outside of the years that are known.
    pub fn compile(&self, span: Interval) -> Result<Compiled, SpanError> {
        let within = checked(span)?;
        let leave: Intervals = self.leave.iter().map(|absence| absence.interval.overlap(span)).collect();
        let shifts = self.shifts(within);
        let open: Intervals = shifts.map(|shift| shift.interval.overlap(span)).collect();
        let open = if leave.is_empty() { open } else { open.minus(&leave) };
        Ok(Compiled { span, open, leave, stamp: self.stamp.clone() })
    }

    /// The horizon that begins at a moment.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn horizon(&self, from: Timestamp) -> Result<Compiled, SpanError> {
        self.compile(Interval::new(from, Timestamp(from.0.saturating_add(HORIZON_DAYS * DAY_MICROS))))
    }

    /// The shifts of a span in the order of their days, also those that it has in part only. Those that a leave until a
    /// date takes whole are left out, and nothing is cut out of others.
    pub(crate) fn shifts(&self, span: Checked) -> impl Iterator<Item = Shift> {
        let (first, last) = span.dates(&self.zone);
        let holidays = self.holidays_between(first, last);
        let dates = first.series(1.day()).take_while(move |date| *date <= last);
        dates.flat_map(move |date| {
            let hours = self.hours_on(date, &holidays);
            let shifts = hours.map(move |hours| self.shift(date, hours));
            shifts
                .filter(move |shift| shift.interval.overlap(span.0).micros() > 0 && !self.is_taken_whole(shift))
                .collect::<Vec<_>>()
        })
    }

    fn shift(&self, date: Date, hours: Hours) -> Shift {
        let at = |minutes: u16, edge| instant(&self.zone, date_time(date, minutes), edge);
        let from = at(hours.from, Edge::Start);
        // All of it may lie in a gap, and is then nothing.
        let until = at(hours.to, Edge::End).max(from);
        Shift { date, hours, interval: Interval::new(from, until) }
    }

    fn is_taken_whole(&self, shift: &Shift) -> bool {
        let mut absences = self.leave.iter().filter(|absence| absence.ends_with_day);
        absences.any(|absence| absence.interval.contains(shift.interval.from))
    }
}

/// A span that can be compiled.
#[derive(Clone, Copy)]
pub(crate) struct Checked(Interval);

pub(crate) fn checked(span: Interval) -> Result<Checked, SpanError> {
    let known = known();
    match span {
        span if span.until < span.from => Err(SpanError::EndBeforeStart),
        span if span.from < known.from || span.until > known.until => Err(SpanError::OutOfRange),
        span if span.micros() > SPAN_DAYS_MAX * DAY_MICROS => Err(SpanError::TooLong),
        span => Ok(Checked(span)),
    }
}

/// The years for which there are calendars, but for some days at both ends, so that no local date is beyond them
/// either.
pub(crate) fn known() -> Interval {
    let start = |year: i16| instant(&TimeZone::UTC, Date::constant(year, 1, 1).at(0, 0, 0, 0), Edge::Start);
    Interval::new(
        Timestamp(start(*local::YEARS.start()).0 + 7 * DAY_MICROS),
        Timestamp(start(*local::YEARS.end()).0 - 7 * DAY_MICROS),
    )
}

impl Checked {
    /// The local dates on which a shift may begin that has a part in the span. A shift ends on the second day after
    /// it began at the latest, and a zone that moves over the date line may leave out a day.
    fn dates(self, zone: &TimeZone) -> (Date, Date) {
        let date = |at: Timestamp| zone.to_datetime(jiff_timestamp(at)).date();
        let (first, last) = (date(self.0.from), date(self.0.until));
        (first.saturating_sub(3.days()), last.saturating_add(1.day()))
    }
}

pub(crate) fn date_time(date: Date, minutes: u16) -> DateTime {
    let date = date.saturating_add(i64::from(minutes / DAY_MINUTES).days());
    let part = |number: u16| i8::try_from(number).expect("hours and minutes are small");
    date.at(part(minutes % DAY_MINUTES / 60), part(minutes % 60), 0, 0)
}

/// Which end of an interval a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Start,
    End,
}

/// The moment that a local time means.
#[must_use]
pub fn instant(zone: &TimeZone, at: DateTime, edge: Edge) -> Timestamp {
    match zone.to_ambiguous_timestamp(at).offset() {
        AmbiguousOffset::Unambiguous { offset } => micros(at, offset),
        AmbiguousOffset::Gap { after, .. } => transition(zone, at, after),
        AmbiguousOffset::Fold { before, after } => micros(at, if edge == Edge::Start { before } else { after }),
    }
}

/// The moment at which clocks leave out a time. Read with the offset that they have afterwards, that time is before it.
fn transition(zone: &TimeZone, at: DateTime, after: Offset) -> Timestamp {
    let before = micros(at, after);
    let mut following = zone.following(jiff_timestamp(before));
    let change = following.find(|change| change.offset() == after);
    change.map_or(before, |change| Timestamp(change.timestamp().as_microsecond()))
}

fn micros(at: DateTime, offset: Offset) -> Timestamp {
    let known = offset.to_timestamp(at).expect("dates are within years that are far from the ends of time");
    Timestamp(known.as_microsecond())
}

pub(crate) fn jiff_timestamp(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(at.0).expect("times are within years that are far from the ends of time")
}
