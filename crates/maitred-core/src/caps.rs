//! Caps: how many contacts an operator gets, from all their sources or from one, or a source gives to all its
//! operators, in an hour, a day, a week, a month, or any number of seconds. Several hold at once. A cap of one in
//! thirty seconds is a pace: nobody gets the whole backlog of the morning at once.
//!
//! Windows go by a clock in a time zone, which is here as the offsets of the next years: `maitred-calendar` knows
//! zones, the rules only add and compare. What was counted stands with the cap, so whether one is reached follows from
//! the row of its operator or source and the time.

use crate::ids::{SourceId, Timestamp};
use crate::intervals::Interval;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most caps of an operator, and of a source.
pub const CAPS_MAX: usize = 8;
/// The largest limit of a cap by the clock.
pub const CAP_LIMIT_MAX: u32 = 1_000_000;
/// The largest limit of a cap over the last seconds, of which each contact is remembered.
pub const ROLLING_LIMIT_MAX: u32 = 500;
/// The longest time over which a cap counts, in seconds: 31 days.
pub const ROLLING_SECONDS_MAX: u32 = 31 * 24 * 3_600;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// A length of time by the clock. Weeks begin on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Hour,
    Day,
    Week,
    Month,
}

/// A time zone, as far as windows need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneOffsets {
    pub name: Arc<str>,
    /// Seconds to be added to UTC from each moment on, in order. The first holds before it as well, the last for ever.
    pub offsets: Arc<[(Timestamp, i32)]>,
}

/// Over what a cap counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    Clock(Unit, ZoneOffsets),
    /// The last so many seconds.
    Rolling(u32),
}

impl Window {
    /// The window by the clock that a moment is in; none of the last so many seconds.
    #[must_use]
    pub fn by_clock(&self, at: Timestamp) -> Option<Interval> {
        let Self::Clock(unit, zone) = self else { return None };
        let (from, until) = zone.window(*unit, at);
        Some(Interval::new(from, until))
    }
}

/// Which contacts a cap counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// All that were given to the operator.
    #[default]
    Assigned,
    /// Those without the ones they did not keep: declined, left without an answer, released, transferred.
    Kept,
}

impl Counts {
    pub const ALL: [Self; 2] = [Self::Assigned, Self::Kept];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Kept => "kept",
        }
    }
}

/// How many contacts, over what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapRule {
    /// From 1 to [`CAP_LIMIT_MAX`], or [`ROLLING_LIMIT_MAX`].
    pub limit: u32,
    pub window: Window,
    pub counts: Counts,
    /// Contacts of this source alone; of all, without.
    pub source: Option<SourceId>,
}

/// A cap with what it has counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    pub rule: CapRule,
    count: Count,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Count {
    /// So many in the window from one moment up to, but without, another.
    Window(Timestamp, Timestamp, u32),
    /// When each of the last was given.
    Times(Vec<Timestamp>),
}

impl Cap {
    /// A cap that has counted nothing.
    #[must_use]
    pub const fn new(rule: CapRule) -> Self {
        let count = match rule.window {
            Window::Clock(..) => Count::Window(Timestamp(0), Timestamp(0), 0),
            Window::Rolling(_) => Count::Times(Vec::new()),
        };
        Self { rule, count }
    }

    /// The same cap with another limit, or by other offsets of its zone, goes on counting.
    pub(crate) fn goes_on(&self, rule: &CapRule) -> bool {
        let is_same_window = match (&self.rule.window, &rule.window) {
            (Window::Clock(unit, zone), Window::Clock(other, of)) => unit == other && zone.name == of.name,
            (Window::Rolling(seconds), Window::Rolling(other)) => seconds == other,
            (Window::Clock(..), Window::Rolling(_)) | (Window::Rolling(_), Window::Clock(..)) => false,
        };
        is_same_window && self.rule.counts == rule.counts && self.rule.source == rule.source
    }

    pub(crate) fn with_rule(&self, rule: CapRule) -> Self {
        Self { rule, count: self.count.clone() }
    }

    /// Whether it counts contacts of a source; of none in particular, only if it counts those of all.
    #[must_use]
    pub fn is_about(&self, source: Option<SourceId>) -> bool {
        self.rule.source.is_none() || self.rule.source == source
    }

    /// How many it has counted in the window of this time.
    #[must_use]
    pub fn used(&self, now: Timestamp) -> u32 {
        match &self.count {
            Count::Window(_, until, count) => {
                if now < *until {
                    *count
                } else {
                    0
                }
            }
            Count::Times(times) => {
                let since = self.since(now);
                times.iter().filter(|at| **at > since).count() as u32
            }
        }
    }

    /// Until when nothing more is given, by what was counted: there may have passed some time since.
    #[must_use]
    pub fn reached_until(&self) -> Option<Timestamp> {
        let limit = self.rule.limit.max(1);
        match &self.count {
            Count::Window(_, until, count) => (*count >= limit).then_some(*until),
            Count::Times(times) => {
                let first_of_last = times.len().checked_sub(limit as usize)?;
                Some(Timestamp(times[first_of_last].0.saturating_add(self.rolling())))
            }
        }
    }

    /// The length of time over which it counts, where that is not by the clock.
    fn rolling(&self) -> i64 {
        match self.rule.window {
            Window::Rolling(seconds) => i64::from(seconds) * SECOND,
            Window::Clock(..) => 0,
        }
    }

    /// What was given at this time or before counts no longer.
    fn since(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_sub(self.rolling()))
    }

    /// Counts a contact that is given now.
    pub(crate) fn count(&mut self, now: Timestamp) {
        self.forget_past(now);
        let limit = self.rule.limit.max(1) as usize;
        match (&mut self.count, &self.rule.window) {
            (Count::Times(times), _) => {
                times.push(now);
                // More than the limit may have been given by hand; only the last of them say when there is room.
                let behind = times.len().saturating_sub(limit.max(ROLLING_LIMIT_MAX as usize));
                times.drain(..behind);
            }
            (Count::Window(from, until, count), Window::Clock(unit, zone)) => {
                if now >= *until || now < *from {
                    (*from, *until) = zone.window(*unit, now);
                    *count = 0;
                }
                *count = count.saturating_add(1);
            }
            (Count::Window(..), Window::Rolling(_)) => {}
        }
    }

    /// Takes back what was counted at a time, if it counts only what is kept.
    pub(crate) fn give_back(&mut self, given_at: Timestamp) {
        if self.rule.counts == Counts::Assigned {
            return;
        }
        match &mut self.count {
            Count::Window(from, until, count) if (*from..*until).contains(&given_at) => {
                *count = count.saturating_sub(1);
            }
            Count::Window(..) => {}
            Count::Times(times) => {
                if let Some(place) = times.iter().position(|at| *at == given_at) {
                    times.remove(place);
                }
            }
        }
    }

    /// Forgets what counts no longer.
    pub(crate) fn forget_past(&mut self, now: Timestamp) {
        let since = self.since(now);
        match &mut self.count {
            Count::Window(from, until, count) if now >= *until => {
                (*from, *until, *count) = (Timestamp(0), Timestamp(0), 0);
            }
            Count::Window(..) => {}
            Count::Times(times) => times.retain(|at| *at > since),
        }
    }
}

/// Until when nothing more is given by any of these caps: the end of the last that is reached now.
pub(crate) fn reached_until<'a>(caps: impl IntoIterator<Item = &'a Cap>, now: Timestamp) -> Option<Timestamp> {
    caps.into_iter().filter_map(Cap::reached_until).filter(|until| *until > now).max()
}

/// Changes what caps have counted.
pub(crate) fn change(caps: &mut Option<Arc<[Cap]>>, change: impl Fn(&mut Cap)) {
    if let Some(caps) = caps {
        Arc::make_mut(caps).iter_mut().for_each(change);
    }
}

impl ZoneOffsets {
    /// The offset at a moment, in microseconds.
    fn at(&self, at: Timestamp) -> i64 {
        let behind = self.offsets.partition_point(|(from, _)| *from <= at);
        let offset = self.offsets.get(behind.saturating_sub(1)).map_or(0, |(_, offset)| *offset);
        i64::from(offset) * SECOND
    }

    /// The window of a moment: from when, and up to when.
    fn window(&self, unit: Unit, now: Timestamp) -> (Timestamp, Timestamp) {
        let offset = self.at(now);
        let local = now.0.saturating_add(offset);
        let day = local.div_euclid(DAY);
        let of_days = |from: i64, until: i64| (self.first_at(from, offset), self.first_at(until, offset));
        match unit {
            // An hour that is repeated when clocks are put back is two hours.
            Unit::Hour => {
                let from = local.div_euclid(HOUR) * HOUR - offset;
                (Timestamp(from), Timestamp(from + HOUR))
            }
            Unit::Day => of_days(day, day + 1),
            Unit::Week => {
                // 1 January 1970 was a Thursday.
                let monday = day - (day + 3).rem_euclid(7);
                of_days(monday, monday + 7)
            }
            Unit::Month => {
                let (first, next) = month_of(day);
                of_days(first, next)
            }
        }
    }

    /// The first moment of a local day. `near` is an offset that holds not far from it. Where clocks are put forward at
    /// midnight the day begins at that moment (there is no midnight).
    fn first_at(&self, day: i64, near: i64) -> Timestamp {
        let midnight = day.saturating_mul(DAY);
        let guess = midnight - near;
        let tries = [guess, midnight - self.at(Timestamp(guess)), midnight - self.at(Timestamp(guess - DAY))];
        let is_midnight = |at: &i64| at + self.at(Timestamp(*at)) == midnight;
        let first = tries.into_iter().filter(is_midnight).min();
        Timestamp(first.unwrap_or_else(|| midnight - self.at(Timestamp(guess - DAY))))
    }
}

/// The first day of the month of a day, and that of the next, counted from 1 January 1970 (Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms").
const fn month_of(day: i64) -> (i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Counted from March, so that a leap day is the last of a year.
    let month = (5 * of_year + 2) / 153;
    let first = day - of_year + (153 * month + 2) / 5;
    let year = year_of_era + era * 400;
    let is_leap = (year + 1) % 4 == 0 && ((year + 1) % 100 != 0 || (year + 1) % 400 == 0);
    let length = match month {
        1 | 3 | 6 | 8 => 30,
        11 if is_leap => 29,
        11 => 28,
        _ => 31,
    };
    (first, first + length)
}

#[cfg(test)]
mod tests;
