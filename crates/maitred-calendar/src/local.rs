//! Times as clocks on a wall show them, and dates as calendars do: how their texts are read.

use jiff::civil::{Date, DateTime};
use maitred_core::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;

/// Minutes of a day.
pub const DAY_MINUTES: u16 = 24 * 60;
/// An interval ends at most so many minutes after the midnight of the day that it begins on.
pub const TO_MINUTES_MAX: u16 = 48 * 60;
/// Dates are in these years: what zones and holidays are known for, and then some.
pub const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;

/// From one minute of a day up to, but without, another, which may be of the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours {
    /// Minutes after midnight, less than [`DAY_MINUTES`].
    pub from: u16,
    /// Minutes after the same midnight, at most [`TO_MINUTES_MAX`], more than `from`.
    pub to: u16,
}

impl Hours {
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.to - self.from
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}–{}", clock(self.from), clock(self.to))
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [clock(self.from), clock(self.to)].serialize(serializer)
    }
}

/// `09:05` for 545.
#[must_use]
pub fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The minutes after midnight that `9:00`, `09:00` or `30:00` means.
#[must_use]
pub fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=2).contains(&hours.len()) || minutes.len() != 2 || !is_number(hours) || !is_number(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= TO_MINUTES_MAX).then_some(all)
}

/// The date that `2027-03-28` means, if it is in [`YEARS`].
#[must_use]
pub fn date(text: &str) -> Option<Date> {
    let text = text.trim();
    let digits = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let is_shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let (year, month, day) = is_shaped.then(|| Some((digits(0..4)?, digits(5..7)?, digits(8..10)?)))??;
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    YEARS.contains(&year).then_some(date)
}

/// One end of a leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Day(Date),
    /// As the clock of the calendar's zone shows it.
    Local(DateTime),
    /// One that says how far it is from UTC.
    At(Timestamp),
}

/// A date, `2027-08-10T12:00` with or without whole seconds, or the same with `Z` or an offset.
#[must_use]
pub fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.len() <= 10 {
        return date(text).map(Moment::Day);
    }
    date(text.get(..10)?)?;
    if text.contains('[') {
        return None;
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return (at.subsec_nanosecond() == 0).then(|| Moment::At(Timestamp(at.as_microsecond())));
    }
    let tail = text.get(10..)?;
    let is_local = tail.starts_with(['T', 't', ' ']) && !tail.contains(['Z', 'z', '+', '-']);
    let local = is_local.then(|| text.parse::<DateTime>().ok())?;
    local.filter(|at| at.subsec_nanosecond() == 0).map(Moment::Local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read() {
        let read = ["00:00", "9:00", "09:05", "24:00", "48:00"].map(minutes);
        assert_eq!(read, [0, 540, 545, 1_440, 2_880].map(Some));
        for wrong in ["", "9", "9:0", "09:60", "48:01", "-1:00", "+1:00", "09:00:00", "009:00", "9.00", "ab:cd"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
        assert_eq!(clock(1_830), "30:30");
    }

    #[test]
    fn dates_are_read() {
        assert_eq!(date("2028-02-29"), Some(jiff::civil::date(2028, 2, 29)));
        for wrong in ["2027-02-29", "2027-2-09", "20270209", "1969-12-31", "2200-01-01", "+027-01-01", "2027-01-0a"] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn moments_are_read() {
        let local = jiff::civil::date(2027, 8, 10).at(12, 0, 0, 0);
        assert_eq!(moment("2027-08-10T12:00"), Some(Moment::Local(local)));
        assert_eq!(moment("2027-08-10 12:00:00"), Some(Moment::Local(local)));
        let (given, utc) = (moment("2027-08-10T12:00:00+02:00"), moment("2027-08-10T10:00:00Z"));
        assert!(given.is_some() && given == utc, "{given:?} {utc:?}");
        assert_eq!(moment("2027-08-10T12:00:00.000"), Some(Moment::Local(local)));
        for wrong in [
            "2027-08-10T12:00:00.5Z",
            "2027-08-10T12:00:00.5",
            "2027-08-10T",
            "2027-08-10T25:00",
            "noon",
            "2027-08-10T12:00[Europe/Berlin]",
            "1960-01-01T00:00",
        ] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }
}
