//! Rules of law as data: on which date of a year a holiday is, and which day is free in its place if that is a Saturday
//! or a Sunday.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use std::collections::BTreeSet;

/// One holiday of one country.
pub(super) struct Rule {
    pub when: When,
    /// The years in which it is one.
    pub since: i16,
    pub until: i16,
    /// The parts of the country that have it, such as `BY`; all, if none is listed.
    pub parts: &'static [&'static str],
}

/// The date of a holiday in a year.
#[derive(Clone, Copy)]
pub(super) enum When {
    /// A month and a day.
    On(i8, i8),
    /// Days after Easter Sunday, as the churches of the west have it.
    Easter(i64),
    /// The first such weekday that is not before a day of a month.
    From(i8, i8, Weekday),
    /// The last such weekday of a month.
    Last(i8, Weekday),
    /// One date.
    Once(i16, i8, i8),
}

/// What is free in place of a holiday on a day that is free anyway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    Nothing,
    /// The next working day; several holidays in a row take as many working days.
    NextWorkingDay,
    /// Friday for Saturday, Monday for Sunday: 5 U.S.C. 6103 (b).
    NearestWorkingDay,
}

/// A holiday on a date that is the same every year.
pub(super) const fn on(month: i8, day: i8) -> Rule {
    always(When::On(month, day))
}

/// A holiday so many days after Easter Sunday.
pub(super) const fn easter(days: i64) -> Rule {
    always(When::Easter(days))
}

/// The first such weekday from a day of a month on.
pub(super) const fn first(month: i8, day: i8, weekday: Weekday) -> Rule {
    always(When::From(month, day, weekday))
}

/// The last such weekday of a month.
pub(super) const fn last(month: i8, weekday: Weekday) -> Rule {
    always(When::Last(month, weekday))
}

pub(super) const fn once(year: i16, month: i8, day: i8) -> Rule {
    always(When::Once(year, month, day))
}

const fn always(when: When) -> Rule {
    Rule { when, since: i16::MIN, until: i16::MAX, parts: &[] }
}

impl Rule {
    pub const fn since(self, year: i16) -> Self {
        Self { since: year, ..self }
    }

    pub const fn until(self, year: i16) -> Self {
        Self { until: year, ..self }
    }

    pub const fn only_in(self, parts: &'static [&'static str]) -> Self {
        Self { parts, ..self }
    }

    /// The date in a year, for one part of the country or for what all parts have.
    pub fn date(&self, year: i16, part: Option<&str>) -> Option<Date> {
        let is_there = self.parts.is_empty() || part.is_some_and(|part| self.parts.contains(&part));
        ((self.since..=self.until).contains(&year) && is_there).then(|| self.when.date(year))?
    }
}

impl When {
    fn date(self, year: i16) -> Option<Date> {
        match self {
            Self::On(month, day) => Date::new(year, month, day).ok(),
            Self::Easter(days) => easter_sunday(year).checked_add(days.days()).ok(),
            Self::From(month, day, weekday) => Some(not_before(Date::new(year, month, day).ok()?, weekday)),
            Self::Last(month, weekday) => {
                let end = Date::new(year, month, 1).ok()?.last_of_month();
                Some(not_before(end.saturating_sub(6.days()), weekday))
            }
            Self::Once(of, month, day) => (year == of).then(|| Date::new(of, month, day).ok())?,
        }
    }
}

fn not_before(date: Date, weekday: Weekday) -> Date {
    date.saturating_add(i64::from(date.weekday().until(weekday)).days())
}

/// Easter Sunday of the Gregorian calendar, by the algorithm that Nature printed anonymously in 1876 (20 April, page
/// 487), as in Meeus, Astronomical Algorithms, chapter 8.
pub(super) fn easter_sunday(year: i16) -> Date {
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    let part = |number: i32| i8::try_from(number).expect("months and days are small");
    Date::constant(i16::try_from(year).expect("it was one"), part(month), part(day))
}

/// The holidays, and what is free in their place.
pub(super) fn observed(holidays: &BTreeSet<Date>, instead: Instead) -> BTreeSet<Date> {
    let mut free = holidays.clone();
    let is_weekend = |date: Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    for holiday in holidays.iter().filter(|holiday| is_weekend(**holiday)) {
        let mut day = *holiday;
        match instead {
            Instead::Nothing => {}
            Instead::NearestWorkingDay => {
                let is_sunday = day.weekday() == Weekday::Sunday;
                free.insert(day.saturating_add(if is_sunday { 1 } else { -1 }.days()));
            }
            Instead::NextWorkingDay => {
                while is_weekend(day) || free.contains(&day) {
                    day = day.saturating_add(1.days());
                }
                free.insert(day);
            }
        }
    }
    free
}
