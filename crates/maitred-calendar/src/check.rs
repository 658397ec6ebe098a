//! Reads a calendar: every mistake in it, or the schedule that it means.

use crate::compile::{Edge, instant};
use crate::definition::{Calendar, Day, Exception, INTERVALS_MAX, Leave, LocalInterval, Personal};
use crate::holidays::{HolidaySet, HolidaySets};
use crate::local::{self, DAY_MINUTES, Hours, Moment, TO_MINUTES_MAX};
use crate::mistake::{Mistake, Wrong};
use crate::schedule::{Absence, Change, Schedule};
use crate::stamp::Stamp;
use crate::zones::Zones;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maitred_core::intervals::Interval;
use maitred_core::limits;
use std::collections::BTreeMap;

/// The longest cycle, in days.
pub const CYCLE_DAYS_MAX: i64 = 366;
/// The most exceptions of a calendar, and of a person.
pub const EXCEPTIONS_MAX: usize = 1_000;
/// The most sets of holidays of a calendar.
pub const HOLIDAY_SETS_MAX: usize = 8;
/// The most entries of leave.
pub const LEAVE_MAX: usize = 500;
/// The most mistakes that are named.
pub const MISTAKES_MAX: usize = 100;

impl Calendar {
    /// What the calendar means, or what is wrong with it, in the order in which it stands there.
    ///
    /// # Errors
    /// All mistakes, or the first [`MISTAKES_MAX`] of them.
    pub fn check(&self, zones: &Zones, sets: &HolidaySets) -> Result<Schedule, Vec<Mistake>> {
        let mut found = Mistakes::default();
        let name = limits::name(&self.name);
        let name = name.map_err(|wrong| found.add("/name", Wrong::Name(wrong.0))).unwrap_or_default();
        let zone = found.zone(&self.zone, zones);
        let (anchor, cycle) = found.cycle(self);
        let exceptions = found.exceptions(&self.exceptions);
        let holidays = found.holidays(&self.holidays, sets);
        let leave = found.leave(&self.leave, &zone);
        found.or(Schedule { name, zone, anchor, cycle, exceptions, holidays, leave, stamp: Stamp::of(zones) })
    }
}

impl Schedule {
    /// The same with what one person has beyond it.
    ///
    /// # Errors
    /// All mistakes, or the first [`MISTAKES_MAX`] of them.
    pub fn with(&self, personal: &Personal) -> Result<Self, Vec<Mistake>> {
        let mut found = Mistakes::default();
        let mut own = self.clone();
        for (date, change) in found.exceptions(&personal.exceptions) {
            own.change(date, change);
        }
        own.leave.extend(found.leave(&personal.leave, &self.zone));
        found.or(own)
    }
}

#[derive(Default)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn or<T>(self, right: T) -> Result<T, Vec<Mistake>> {
        if self.0.is_empty() { Ok(right) } else { Err(self.0) }
    }

    fn add(&mut self, pointer: impl Into<String>, kind: Wrong) {
        if self.0.len() < MISTAKES_MAX {
            self.0.push(Mistake { pointer: pointer.into(), kind });
        }
    }

    /// As many entries of a list as there may be.
    fn at_most<'a, T>(&mut self, list: &'a [T], most: usize, pointer: &str) -> &'a [T] {
        if list.len() > most {
            self.add(pointer, Wrong::TooMany { most });
        }
        &list[..list.len().min(most)]
    }

    /// The zone, or any other, so that the rest can be read.
    fn zone(&mut self, name: &str, zones: &Zones) -> TimeZone {
        zones.get(name.trim()).unwrap_or_else(|| {
            self.add("/zone", Wrong::UnknownZone { nearest: zones.nearest(name).map(str::to_owned) });
            TimeZone::UTC
        })
    }

    /// The date of day 0 and the hours of each day.
    fn cycle(&mut self, calendar: &Calendar) -> (Date, Vec<Vec<Hours>>) {
        let days = if (1..=CYCLE_DAYS_MAX).contains(&calendar.cycle_days) { calendar.cycle_days } else { 0 };
        if days == 0 {
            self.add("/cycle_days", Wrong::CycleDays { most: CYCLE_DAYS_MAX });
        }
        let anchor = calendar.anchor.as_deref().and_then(|text| self.date(text, "/anchor"));
        if calendar.anchor.is_none() && days != 7 && days != 0 {
            self.add("/anchor", Wrong::NoAnchor { cycle_days: days });
        }
        let listed = self.at_most(&calendar.days, usize::try_from(CYCLE_DAYS_MAX).unwrap_or_default(), "/days");
        let mut cycle = vec![None; usize::try_from(days).unwrap_or_default()];
        for (at, Day { day, intervals }) in listed.iter().enumerate() {
            let pointer = format!("/days/{at}");
            let hours = self.hours(intervals, &pointer);
            match usize::try_from(*day).ok().and_then(|day| cycle.get_mut(day)) {
                // Nothing can be said of a day of a cycle without a length.
                None if days == 0 => {}
                None => self.add(format!("{pointer}/day"), Wrong::DayOutside { cycle_days: days }),
                Some(Some(_)) => self.add(format!("{pointer}/day"), Wrong::DayTwice),
                Some(free) => *free = Some((at, hours)),
            }
        }
        self.overlaps_of_days(&cycle);
        let cycle = cycle.into_iter().map(|day| day.map(|(_, hours)| hours).unwrap_or_default()).collect();
        // A Monday, as good as any other.
        (anchor.unwrap_or(Date::constant(2024, 1, 1)), cycle)
    }

    /// What lasts past midnight must end before that day, or the day after it, begins.
    fn overlaps_of_days(&mut self, cycle: &[Option<(usize, Vec<Hours>)>]) {
        for (day, (_, hours)) in cycle.iter().enumerate().filter_map(|(day, listed)| Some((day, listed.as_ref()?))) {
            let Some(&night) = hours.iter().max_by_key(|hours| hours.to).filter(|last| last.to > DAY_MINUTES) else {
                continue;
            };
            for later in 1..=2u16 {
                let next = (day + usize::from(later)) % cycle.len();
                let Some((at, intervals)) = &cycle[next] else { continue };
                let first = intervals.iter().min_by_key(|hours| hours.from);
                let Some(first) = first.filter(|first| first.from + later * DAY_MINUTES < night.to) else { continue };
                let wrong = Wrong::Overlap { day: u16::try_from(day).ok(), other: night };
                let place = intervals.iter().position(|hours| hours == first).unwrap_or_default();
                self.add(format!("/days/{at}/intervals/{place}"), wrong);
            }
        }
    }

    fn hours(&mut self, intervals: &[LocalInterval], pointer: &str) -> Vec<Hours> {
        let pointer = format!("{pointer}/intervals");
        let mut hours: Vec<Hours> = Vec::new();
        for (at, interval) in self.at_most(intervals, INTERVALS_MAX, &pointer).iter().enumerate() {
            let Some(read) = self.interval(interval, &format!("{pointer}/{at}")) else { continue };
            let overlapping = hours.iter().find(|other| other.from < read.to && read.from < other.to);
            if let Some(&other) = overlapping {
                self.add(format!("{pointer}/{at}"), Wrong::Overlap { day: None, other });
            }
            hours.push(read);
        }
        hours
    }

    fn interval(&mut self, LocalInterval(from, to): &LocalInterval, pointer: &str) -> Option<Hours> {
        let start = self.minutes(from, &format!("{pointer}/0"));
        let end = self.minutes(to, &format!("{pointer}/1"));
        let (from, mut to) = (start?, end?);
        if from >= DAY_MINUTES {
            self.add(format!("{pointer}/0"), Wrong::StartsNextDay);
            return None;
        }
        if to < from {
            to += DAY_MINUTES;
        }
        if from == to {
            self.add(pointer, Wrong::EmptyInterval);
            return None;
        }
        debug_assert!(to <= TO_MINUTES_MAX);
        Some(Hours { from, to })
    }

    fn minutes(&mut self, text: &str, pointer: &str) -> Option<u16> {
        let minutes = local::minutes(text);
        if minutes.is_none() {
            self.add(pointer, Wrong::NotATime);
        }
        minutes
    }

    fn date(&mut self, text: &str, pointer: &str) -> Option<Date> {
        let date = local::date(text);
        if date.is_none() {
            self.add(pointer, Wrong::NotADate);
        }
        date
    }

    fn exceptions(&mut self, exceptions: &[Exception]) -> BTreeMap<Date, Change> {
        let mut read: BTreeMap<Date, Read> = BTreeMap::new();
        for (at, exception) in self.at_most(exceptions, EXCEPTIONS_MAX, "/exceptions").iter().enumerate() {
            let pointer = format!("/exceptions/{at}");
            let date = self.date(&exception.date, &format!("{pointer}/date"));
            let change = self.change(exception, &pointer);
            let (Some(date), Some((kind, hours))) = (date, change) else { continue };
            let one =
                read.entry(date).or_insert_with(|| Read { first: at, kinds: Vec::new(), change: Change::default() });
            // `plus` adds to `only` and to itself; anything else of one date is said twice, or contradicts.
            if kind != Kind::Plus && !one.kinds.iter().all(|other| kind == Kind::Only && *other == Kind::Plus)
                || one.kinds.contains(&Kind::Closed)
            {
                self.add(format!("{pointer}/date"), Wrong::Contradiction { other: one.first });
                continue;
            }
            let plus = &one.change.plus;
            let before = one.change.only.iter().flatten().chain(plus);
            let overlaps =
                hours.iter().find_map(|new| before.clone().find(|old| old.from < new.to && new.from < old.to));
            if let Some(&other) = overlaps {
                self.add(format!("{pointer}/intervals"), Wrong::Overlap { day: None, other });
            }
            one.kinds.push(kind);
            match kind {
                Kind::Plus => one.change.plus.extend(hours),
                Kind::Only | Kind::Closed => one.change.only = Some(hours),
            }
        }
        read.into_iter().map(|(date, read)| (date, read.change)).collect()
    }

    fn change(&mut self, exception: &Exception, pointer: &str) -> Option<(Kind, Vec<Hours>)> {
        let hours = self.hours(&exception.intervals, pointer);
        let kind = match exception.kind.as_str() {
            "closed" => Kind::Closed,
            "only" => Kind::Only,
            "plus" => Kind::Plus,
            _ => {
                self.add(format!("{pointer}/kind"), Wrong::UnknownKind);
                return None;
            }
        };
        match (kind, exception.intervals.is_empty()) {
            (Kind::Closed, false) => self.add(format!("{pointer}/intervals"), Wrong::ClosedWithIntervals),
            (Kind::Only | Kind::Plus, true) => self.add(format!("{pointer}/intervals"), Wrong::NoIntervals),
            _ => {}
        }
        Some((kind, hours))
    }

    fn holidays(&mut self, codes: &[String], sets: &HolidaySets) -> Vec<HolidaySet> {
        let codes = self.at_most(codes, HOLIDAY_SETS_MAX, "/holidays").iter().enumerate();
        let read = codes.filter_map(|(at, code)| {
            let set = sets.get(code);
            if set.is_none() {
                let known = sets.codes().filter(|code| !code.contains('-')).collect::<Vec<_>>().join(", ");
                let nearest = sets.nearest(code).map(str::to_owned);
                self.add(format!("/holidays/{at}"), Wrong::UnknownHolidays { nearest, known });
            }
            set
        });
        read.collect()
    }

    fn leave(&mut self, leave: &[Leave], zone: &TimeZone) -> Vec<Absence> {
        let mut read = Vec::new();
        for (at, Leave { from, to }) in self.at_most(leave, LEAVE_MAX, "/leave").iter().enumerate() {
            let pointer = format!("/leave/{at}");
            let start = self.moment(from, &format!("{pointer}/from"));
            let end = self.moment(to, &format!("{pointer}/to"));
            let (Some(start), Some(end)) = (start, end) else { continue };
            let absence = absence(start, end, zone);
            if absence.interval.micros() == 0 {
                self.add(pointer, Wrong::EndBeforeStart);
                continue;
            }
            read.push(absence);
        }
        read
    }

    fn moment(&mut self, text: &str, pointer: &str) -> Option<Moment> {
        let moment = local::moment(text);
        if moment.is_none() {
            self.add(pointer, Wrong::NotAMoment);
        }
        moment
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Closed,
    Only,
    Plus,
}

/// What was read of one date.
struct Read {
    first: usize,
    kinds: Vec<Kind>,
    change: Change,
}

/// A date begins with its first moment, and a leave until a date takes that day as well.
fn absence(from: Moment, to: Moment, zone: &TimeZone) -> Absence {
    let local = |at: jiff::civil::DateTime, edge| instant(zone, at, edge);
    let midnight = |date: Date| date.at(0, 0, 0, 0);
    let from = match from {
        Moment::Day(date) => local(midnight(date), Edge::Start),
        Moment::Local(at) => local(at, Edge::Start),
        Moment::At(at) => at,
    };
    let (until, ends_with_day) = match to {
        Moment::Day(date) => (local(midnight(date.tomorrow().unwrap_or(date)), Edge::Start), true),
        Moment::Local(at) => (local(at, Edge::End), false),
        Moment::At(at) => (at, false),
    };
    Absence { interval: Interval::new(from, until), ends_with_day }
}
