//! Dates, times and durations of iCalendar (RFC 5545, sections 3.3.4 to 3.3.6).

use super::lines::Property;
use super::read::Refused;
use crate::compile::{Edge, instant};
use crate::zones::Zones;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use maitred_core::Timestamp;

/// The years of events: wider than those of calendars, because what repeats may have begun long ago.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

/// When something begins or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Time {
    Day(Date),
    Local(DateTime, TimeZone),
}

impl Time {
    pub fn date(&self) -> Date {
        match self {
            Self::Day(date) => *date,
            Self::Local(at, _) => at.date(),
        }
    }

    /// What two have in common that are the same day, or the same moment in whatever zones.
    pub fn key(&self) -> (bool, Timestamp) {
        (matches!(self, Self::Day(_)), self.instant(Edge::Start))
    }

    /// The same time of another day.
    pub fn on(&self, date: Date) -> Self {
        match self {
            Self::Day(_) => Self::Day(date),
            Self::Local(at, zone) => Self::Local(date.to_datetime(at.time()), zone.clone()),
        }
    }

    /// The moment, as the edge of an interval; of a day, that in UTC at which it begins there.
    pub fn instant(&self, edge: Edge) -> Timestamp {
        match self {
            Self::Day(date) => instant(&TimeZone::UTC, date.at(0, 0, 0, 0), edge),
            Self::Local(at, zone) => instant(zone, *at, edge),
        }
    }
}

/// A value of a property such as DTSTART. A time without a zone is one of the zone that is given.
pub(super) fn time(property: &Property, value: &str, zones: &Zones, zone: &TimeZone) -> Result<Time, Refused> {
    let zone = match property.param("TZID") {
        Some(name) => named(zones, name).ok_or_else(|| Refused::UnknownZone(short(name)))?,
        None => zone.clone(),
    };
    parse(value, &zone).ok_or_else(|| Refused::NotATime(property.name.clone()))
}

/// `20270328`, `20270328T023000` or `20270328T013000Z`.
pub(super) fn parse(text: &str, zone: &TimeZone) -> Option<Time> {
    let text = text.trim();
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i16>().ok())?
    };
    let part = |range| i8::try_from(number(range)?).ok();
    let date = Date::new(number(0..4)?, part(4..6)?, part(6..8)?).ok().filter(|date| YEARS.contains(&date.year()))?;
    if text.len() == 8 {
        return Some(Time::Day(date));
    }
    let zone = match text.len() {
        15 => zone.clone(),
        16 if text.ends_with(['Z', 'z']) => TimeZone::UTC,
        _ => return None,
    };
    let is_time = matches!(text.as_bytes()[8], b'T' | b't');
    // A leap second is the last one that there is.
    let time = jiff::civil::Time::new(part(9..11)?, part(11..13)?, part(13..15)?.min(59), 0).ok()?;
    is_time.then(|| Time::Local(date.to_datetime(time), zone))
}

/// The zone with this name, which some programs put behind a path of their own: `/example.org/1/Europe/Berlin`.
fn named(zones: &Zones, name: &str) -> Option<TimeZone> {
    let name = name.trim();
    let tails = name.match_indices('/').map(|(at, _)| &name[at + 1..]);
    std::iter::once(name).chain(tails).take(8).find_map(|name| zones.get(name))
}

/// As much of what stands in a file as a message repeats.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// How long something lasts: whole days, as calendars count them, and then seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Duration {
    days: i64,
    seconds: i64,
}

/// `P1W`, `P2DT12H`, `PT45M`; not one that is nothing or goes back.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim().to_ascii_uppercase();
    let text = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
    let (days, time) = text.split_once('T').map_or((text, None), |(days, time)| (days, Some(time)));
    let mut duration = Duration { days: 0, seconds: 0 };
    for (number, unit) in units(days)? {
        duration.days += number
            * match unit {
                'W' => 7,
                'D' => 1,
                _ => return None,
            };
    }
    for (number, unit) in units(time.unwrap_or_default())? {
        duration.seconds += number
            * match unit {
                'H' => 3_600,
                'M' => 60,
                'S' => 1,
                _ => return None,
            };
    }
    (duration.days > 0 || duration.seconds > 0).then_some(duration)
}

/// Numbers of at most five digits, each with its letter.
fn units(mut text: &str) -> Option<Vec<(i64, char)>> {
    let mut found = Vec::new();
    while let Some(end) = text.find(|c: char| !c.is_ascii_digit()).filter(|end| (1..=5).contains(end)) {
        let unit = text[end..].chars().next()?;
        found.push((text[..end].parse().ok()?, unit));
        text = &text[end + unit.len_utf8()..];
    }
    text.is_empty().then_some(found)
}

impl Duration {
    /// What an event lasts that says nothing of it, if it is on a date.
    pub const DAY: Self = Self::of_days(1);

    pub const fn of_days(days: i64) -> Self {
        Self { days, seconds: 0 }
    }

    /// When it is over: days as clocks show them, seconds as they pass.
    pub fn after(self, start: &Time) -> Option<Timestamp> {
        let Time::Local(at, zone) = start else { return None };
        if self.days == 0 {
            return Some(Timestamp(start.instant(Edge::Start).0 + self.seconds * 1_000_000));
        }
        let day: DateTime = at.checked_add(Span::new().days(self.days)).ok()?;
        let edge = if self.seconds == 0 { Edge::End } else { Edge::Start };
        (day.year() < 9_000).then(|| Timestamp(instant(zone, day, edge).0 + self.seconds * 1_000_000))
    }

    /// The last day of what begins on a day and lasts so long; at least that day.
    pub fn last_day(self, first: Date) -> Option<Date> {
        (self.seconds == 0).then(|| first.checked_add((self.days.max(1) - 1).days()).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn times_are_read() {
        let berlin = Zones::bundled().get("Europe/Berlin").expect("a zone");
        let local = date(2027, 3, 28).at(2, 30, 0, 0);
        assert_eq!(parse("20270328", &berlin), Some(Time::Day(date(2027, 3, 28))));
        assert_eq!(parse("20270328T023000", &berlin), Some(Time::Local(local, berlin.clone())));
        assert_eq!(parse("20270328T023060Z", &berlin).map(|time| time.date()), Some(date(2027, 3, 28)));
        for wrong in
            ["", "2027032", "20270229", "20270328T", "20270328T0230", "20270328X023000", "18991231", "2027032ö"]
        {
            assert_eq!(parse(wrong, &berlin), None, "{wrong}");
        }
    }

    #[test]
    fn durations_are_read() {
        let of = |days, seconds| Some(Duration { days, seconds });
        assert_eq!(
            ["P1W", "P2DT12H", "PT45M", "+PT1H30M5S"].map(duration),
            [of(7, 0), of(2, 43_200), of(0, 2_700), of(0, 5_405),]
        );
        for wrong in ["-P1D", "1D", "P1", "P1X", "PT1D", "P0D", "P123456D", "P1DT1Hx"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn zones_behind_a_path_are_found() {
        let zones = Zones::bundled();
        let name = |tzid| named(&zones, tzid).and_then(|zone| zone.iana_name().map(str::to_owned));
        assert_eq!(name("/mozilla.org/20050126_1/America/New_York").as_deref(), Some("America/New_York"));
        assert_eq!(name("W. Europe Standard Time"), None);
    }
}
