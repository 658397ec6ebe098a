//! What a calendar comes to, and what an edit of it changes, as data: hours of local weeks, what opens and what closes,
//! and shifts that are longer or shorter than they look because clocks change. Pages and programs put it into words.

use crate::compile::{Edge, Shift, SpanError, checked, instant};
use crate::schedule::Schedule;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use maitred_core::intervals::{Interval, Intervals};
use serde::Serialize;

/// The most entries of one list of a difference; what follows is counted.
pub const LISTED_MAX: usize = 200;

/// A week of a zone, from its first moment on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Week {
    pub monday: Date,
    /// Open minutes, those of each day first.
    pub days: [i64; 7],
    pub minutes: i64,
}

/// A week whose open minutes change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WeekChange {
    pub monday: Date,
    pub before_minutes: i64,
    pub after_minutes: i64,
}

/// A shift that has more or fewer minutes than clocks show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UnusualShift {
    #[serde(flatten)]
    pub shift: Shift,
    pub minutes: i64,
    /// More than clocks show, because they go back in it; negative if they go forward.
    pub extra_minutes: i64,
}

/// A list of which only the first entries are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed<T> {
    pub first: Vec<T>,
    /// How many there are beyond these.
    pub more: usize,
}

/// What changes in a span from one calendar to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub span: Interval,
    /// The names of the zones, if they differ.
    pub zones: Option<(String, String)>,
    /// The weeks of the new zone whose open minutes change, counted within the span.
    pub weeks: Listed<WeekChange>,
    /// What is open then and was not before.
    pub opened: Listed<Interval>,
    pub opened_minutes: i64,
    /// What was open before and is not then.
    pub closed: Listed<Interval>,
    pub closed_minutes: i64,
    /// The shifts of the new calendar in which clocks change; leave is not looked at.
    pub unusual: Listed<UnusualShift>,
}

impl Difference {
    /// Whether anything opens or closes.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.opened_minutes == 0 && self.closed_minutes == 0
    }
}

impl Schedule {
    /// The weeks that a span has a part of, with what is open in that part.
    ///
    /// # Errors
    /// As [`Schedule::compile`].
    pub fn weeks(&self, span: Interval) -> Result<Vec<Week>, SpanError> {
        let open = self.compile(span)?.open;
        let weeks = mondays(&self.zone, span).map(|monday| {
            let mut day = 0;
            let days = [(); 7].map(|()| {
                let date = monday.saturating_add(i64::from(day).days());
                day += 1;
                minutes(open.open_micros(day_of(&self.zone, date)))
            });
            Week { monday, days, minutes: days.iter().sum() }
        });
        Ok(weeks.collect())
    }

    /// The shifts of a span in which clocks change.
    ///
    /// # Errors
    /// As [`Schedule::compile`].
    pub fn unusual_shifts(&self, span: Interval) -> Result<Vec<UnusualShift>, SpanError> {
        let shifts = self.shifts(checked(span)?).filter(|shift| shift.extra_minutes() != 0);
        let unusual = shifts.map(|shift| UnusualShift {
            shift,
            minutes: minutes(shift.interval.micros()),
            extra_minutes: shift.extra_minutes(),
        });
        Ok(unusual.collect())
    }
}

/// What changes in a span from one calendar to another, or when a first one is set.
///
/// # Errors
/// As [`Schedule::compile`].
pub fn difference(before: Option<&Schedule>, after: &Schedule, span: Interval) -> Result<Difference, SpanError> {
    let old = before.map(|before| before.compile(span)).transpose()?.map(|old| old.open).unwrap_or_default();
    let new = after.compile(span)?.open;
    let (opened, closed) = (new.minus(&old), old.minus(&new));
    let weeks = mondays(&after.zone, span).filter_map(|monday| {
        let last = monday.saturating_add(6.days());
        let week = Interval::new(day_of(&after.zone, monday).from, day_of(&after.zone, last).until);
        let [before_minutes, after_minutes] = [&old, &new].map(|open| minutes(open.open_micros(week)));
        (before_minutes != after_minutes).then_some(WeekChange { monday, before_minutes, after_minutes })
    });
    let name = |of: &Schedule| of.zone.iana_name().unwrap_or_default().to_owned();
    let zones = before.map(|before| (name(before), name(after))).filter(|(old, new)| old != new);
    Ok(Difference {
        span,
        zones,
        weeks: listed(weeks.collect()),
        opened_minutes: total(&opened, span),
        opened: listed(opened.as_slice().to_vec()),
        closed_minutes: total(&closed, span),
        closed: listed(closed.as_slice().to_vec()),
        unusual: listed(after.unusual_shifts(span)?),
    })
}

fn listed<T>(mut all: Vec<T>) -> Listed<T> {
    let more = all.len().saturating_sub(LISTED_MAX);
    all.truncate(LISTED_MAX);
    Listed { first: all, more }
}

fn total(open: &Intervals, span: Interval) -> i64 {
    minutes(open.open_micros(span))
}

const fn minutes(micros: i64) -> i64 {
    micros / 60_000_000
}

/// The Mondays of the weeks that a span has a part of.
fn mondays(zone: &TimeZone, span: Interval) -> impl Iterator<Item = Date> {
    let date = zone.to_datetime(crate::compile::jiff_timestamp(span.from)).date();
    let first = date.saturating_sub(i64::from(date.weekday().since(Weekday::Monday)).days());
    let begins = {
        let zone = zone.clone();
        move |monday: &Date| day_of(&zone, *monday).from
    };
    first.series(7.days()).take_while(move |monday| begins(monday) < span.until)
}

/// From the first moment of a local day to the first of the next.
fn day_of(zone: &TimeZone, date: Date) -> Interval {
    let first = |date: Date| instant(zone, date.at(0, 0, 0, 0), Edge::Start);
    Interval::new(first(date), first(date.saturating_add(1.days())))
}
