//! The dates of an event that repeats (RFC 5545, section 3.3.10): by days, weeks, months and years, with weekdays and
//! days of the month. Rules that pick among repetitions, or repeat within a day, are refused by name: no holiday and no
//! leave needs them, and a rule that is half understood is worse than none.

use super::read::Refused;
use super::times::{Time, parse, short};
use crate::compile::Edge;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use maitred_core::Timestamp;

/// A rule that is understood.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    every: Every,
    interval: i64,
    count: Option<u32>,
    until: Option<Time>,
    /// With which one of a month, if it is not all of them: the first is 1, the last -1.
    weekdays: Vec<(Option<i64>, Weekday)>,
    /// The last is -1.
    month_days: Vec<i8>,
    months: Vec<i8>,
    week_starts: Weekday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    Day,
    Week,
    Month,
    Year,
}

/// Reads an RRULE.
pub(super) fn rule(text: &str, zone: &TimeZone) -> Result<Rule, Refused> {
    let mut rule = Rule {
        every: Every::Day,
        interval: 1,
        count: None,
        until: None,
        weekdays: vec![],
        month_days: vec![],
        months: vec![],
        week_starts: Weekday::Monday,
    };
    let mut has_frequency = false;
    for part in text.trim().split(';').filter(|part| !part.is_empty()) {
        let refused = || Refused::Rule(short(part));
        let (name, value) = part.split_once('=').ok_or_else(refused)?;
        let name = name.trim().to_ascii_uppercase();
        has_frequency |= name == "FREQ";
        rule.set(&name, value.trim(), zone).ok_or_else(refused)?;
    }
    if !has_frequency {
        return Err(Refused::Rule(short(text)));
    }
    rule.is_understood().then_some(rule).ok_or_else(|| Refused::Rule(short(text)))
}

impl Rule {
    fn set(&mut self, name: &str, value: &str, zone: &TimeZone) -> Option<()> {
        match name {
            "FREQ" => self.every = every(value)?,
            "INTERVAL" => self.interval = value.parse().ok().filter(|interval| (1..=1_000).contains(interval))?,
            "COUNT" => self.count = Some(value.parse().ok()?),
            "UNTIL" => self.until = Some(parse(value, zone)?),
            "WKST" => self.week_starts = weekday(value)?,
            "BYDAY" => self.weekdays = list(value, weekday_of_month)?,
            "BYMONTHDAY" => {
                let day = |text: &str| text.parse().ok().filter(|day| (-31..=31).contains(day) && *day != 0);
                self.month_days = list(value, day)?;
            }
            "BYMONTH" => {
                self.months = list(value, |text| text.parse().ok().filter(|month| (1..=12).contains(month)))?;
            }
            _ => return None,
        }
        Some(())
    }

    fn is_understood(&self) -> bool {
        let is_plain = self.weekdays.iter().all(|(which, _)| which.is_none());
        match self.every {
            Every::Day => self.weekdays.is_empty() && self.month_days.is_empty() && self.months.is_empty(),
            Every::Week => is_plain && self.month_days.is_empty() && self.months.is_empty(),
            // Weekdays and days of the month together are their intersection, which nobody writes for a holiday.
            Every::Month => self.months.is_empty() && (self.weekdays.is_empty() || self.month_days.is_empty()),
            // Without a month these would be weekdays, and days, of the whole year.
            Every::Year => {
                let is_of_month = !self.months.is_empty() || self.weekdays.is_empty() && self.month_days.is_empty();
                is_of_month && (self.weekdays.is_empty() || self.month_days.is_empty())
            }
        }
    }

    /// The repetitions of what begins at a time, up to a moment, that one included. Each takes one of what is left to
    /// look at.
    pub fn starts(&self, first: &Time, end: Timestamp, left: &mut usize) -> Result<Vec<Time>, Refused> {
        let mut found = Vec::new();
        let mut count = self.count.unwrap_or(u32::MAX);
        for period in 0.. {
            let dates = self.dates(first.date(), period);
            *left = left.checked_sub(1 + dates.as_ref().map_or(0, Vec::len)).ok_or(Refused::RepeatsTooOften)?;
            let Some(dates) = dates else { return Ok(found) };
            for date in dates.into_iter().filter(|date| *date >= first.date()) {
                let start = first.on(date);
                if count == 0 || start.instant(Edge::Start) > end || self.is_over(&start) {
                    return Ok(found);
                }
                count -= 1;
                found.push(start);
            }
        }
        Ok(found)
    }

    fn is_over(&self, start: &Time) -> bool {
        match (&self.until, start) {
            (None, _) => false,
            (Some(Time::Day(until)), start) => start.date() > *until,
            (Some(until), Time::Day(date)) => *date > until.date(),
            (Some(until), start) => start.instant(Edge::Start) > until.instant(Edge::End),
        }
    }

    /// The dates in the day, week, month or year so many intervals after that of the first, in order; `None` beyond
    /// the last year there is.
    fn dates(&self, first: Date, period: i64) -> Option<Vec<Date>> {
        let steps = period.checked_mul(self.interval)?;
        let later = |date: Date, span: Span| date.checked_add(span).ok().filter(|date| date.year() < 2_300);
        match self.every {
            Every::Day => Some(vec![later(first, Span::new().try_days(steps).ok()?)?]),
            Every::Week => {
                let monday = first.checked_sub(i64::from(first.weekday().since(self.week_starts)).days()).ok()?;
                let week = later(monday, Span::new().try_weeks(steps).ok()?)?;
                let days = week.series(1.day()).take(7);
                let is_listed = |date: &Date| match self.weekdays.is_empty() {
                    true => date.weekday() == first.weekday(),
                    false => self.weekdays.iter().any(|(_, weekday)| *weekday == date.weekday()),
                };
                Some(days.filter(is_listed).collect())
            }
            Every::Month => {
                let month = later(first.first_of_month(), Span::new().try_months(steps).ok()?)?;
                Some(self.dates_of_month(first, month))
            }
            Every::Year => {
                let year = later(first.first_of_year(), Span::new().try_years(steps).ok()?)?.year();
                let mut months = if self.months.is_empty() { vec![first.month()] } else { self.months.clone() };
                months.sort_unstable();
                months.dedup();
                let month = |month| Date::new(year, month, 1).ok();
                Some(months.into_iter().filter_map(month).flat_map(|month| self.dates_of_month(first, month)).collect())
            }
        }
    }

    fn dates_of_month(&self, first: Date, month: Date) -> Vec<Date> {
        let length = month.days_in_month();
        let days = month.series(1.day()).take(usize::try_from(length).unwrap_or_default());
        let is_listed = |date: &Date| {
            if !self.weekdays.is_empty() {
                return self.weekdays.iter().any(|(which, weekday)| is_such(*date, *which, *weekday));
            }
            let is_day = |day: &i8| *day == date.day() || *day == date.day() - length - 1;
            if self.month_days.is_empty() { date.day() == first.day() } else { self.month_days.iter().any(is_day) }
        };
        days.filter(is_listed).collect()
    }
}

fn is_such(date: Date, which: Option<i64>, weekday: Weekday) -> bool {
    let before = i64::from(date.day() - 1) / 7 + 1;
    let behind = -(i64::from(date.days_in_month() - date.day()) / 7 + 1);
    date.weekday() == weekday && which.is_none_or(|which| which == before || which == behind)
}

/// At most 62 entries, twice as many as make sense.
fn list<T>(value: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let found: Vec<T> = value.split(',').take(63).map(|text| read(text.trim())).collect::<Option<_>>()?;
    (found.len() <= 62).then_some(found)
}

fn every(value: &str) -> Option<Every> {
    Some(match value.to_ascii_uppercase().as_str() {
        "DAILY" => Every::Day,
        "WEEKLY" => Every::Week,
        "MONTHLY" => Every::Month,
        "YEARLY" => Every::Year,
        _ => return None,
    })
}

/// `MO`, `4TH` or `-1MO`.
fn weekday_of_month(text: &str) -> Option<(Option<i64>, Weekday)> {
    let split = text.len().checked_sub(2)?;
    let (which, name) = text.split_at_checked(split)?;
    let which = match which {
        "" => None,
        number => Some(number.parse::<i64>().ok().filter(|which| (-5..=5).contains(which) && *which != 0)?),
    };
    Some((which, weekday(name)?))
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}
