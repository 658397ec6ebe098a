//! A calendar that was checked: what is open on which date, by the precedence of leave, exceptions, holidays and cycle.
//! Leave is cut out where days become moments, in `compile.rs`.

use crate::holidays::HolidaySet;
use crate::local::Hours;
use crate::stamp::Stamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maitred_core::intervals::Interval;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// See the module. [`crate::Calendar::check`] makes one.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub(crate) name: Arc<str>,
    pub(crate) zone: TimeZone,
    /// The date of day 0.
    pub(crate) anchor: Date,
    /// The hours of each day of the cycle; never empty.
    pub(crate) cycle: Vec<Vec<Hours>>,
    pub(crate) exceptions: BTreeMap<Date, Change>,
    pub(crate) holidays: Vec<HolidaySet>,
    pub(crate) leave: Vec<Absence>,
    pub(crate) stamp: Stamp,
}

/// What an exception does to a date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Instead of what the date has otherwise; nothing if it is closed.
    pub only: Option<Vec<Hours>>,
    /// Beyond that.
    pub plus: Vec<Hours>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Absence {
    pub interval: Interval,
    /// It was given as "until this date", and so takes shifts that begin in it whole, also their part after midnight.
    pub ends_with_day: bool,
}

impl Schedule {
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The data with which it is compiled.
    #[must_use]
    pub const fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    #[must_use]
    pub fn holidays(&self) -> &[HolidaySet] {
        &self.holidays
    }

    /// The last year of which all holidays are known, if some set of them has such a year.
    #[must_use]
    pub fn holidays_known_until(&self) -> Option<i16> {
        self.holidays.iter().filter_map(HolidaySet::known_until).min()
    }

    /// Its holidays in the years between two dates.
    pub(crate) fn holidays_between(&self, first: Date, last: Date) -> BTreeSet<Date> {
        self.holidays.iter().flat_map(|set| set.dates(first.year()..=last.year())).collect()
    }

    /// The hours that begin on a date; leave is not looked at.
    pub(crate) fn hours_on(&self, date: Date, holidays: &BTreeSet<Date>) -> impl Iterator<Item = Hours> {
        let change = self.exceptions.get(&date);
        let otherwise = match change.and_then(|change| change.only.as_ref()) {
            Some(only) => only.as_slice(),
            None if holidays.contains(&date) => &[],
            None => &self.cycle[self.day_of_cycle(date)],
        };
        otherwise.iter().chain(change.map(|change| change.plus.as_slice()).unwrap_or_default()).copied()
    }

    /// Lays an exception over those of the same date.
    pub(crate) fn change(&mut self, date: Date, Change { only, plus }: Change) {
        let below = self.exceptions.entry(date).or_default();
        if only.is_some() {
            *below = Change { only, plus };
        } else {
            below.plus.extend(plus);
        }
    }

    fn day_of_cycle(&self, date: Date) -> usize {
        let days = days_between(self.anchor, date);
        let length = i64::try_from(self.cycle.len()).expect("a cycle is at most a year long");
        usize::try_from(days.rem_euclid(length)).expect("a remainder is not negative")
    }
}

/// How many days lie between two dates; negative if the second is the earlier one.
fn days_between(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}
