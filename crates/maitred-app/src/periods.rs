//! The periods that people choose among, and which part of the past each of them is, in the time zone of those who ask.

use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use maitred_core::Timestamp;
use maitred_core::limits::Invalid;
use maitred_store::views::{Span, Start};

/// See the module. All of them go on until now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// Since midnight.
    Today,
    /// Today and the six days before.
    #[default]
    Days7,
    /// Today and the 29 days before.
    Days30,
    /// Since the weights or the policy of a source last changed.
    Weights,
    /// Since a source was added.
    All,
}

impl Period {
    pub const ALL: [Self; 5] = [Self::Today, Self::Days7, Self::Days30, Self::Weights, Self::All];

    /// The word used in addresses and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Days7 => "7d",
            Self::Days30 => "30d",
            Self::Weights => "weights",
            Self::All => "all",
        }
    }

    /// The period that a word means.
    ///
    /// # Errors
    /// [`Invalid`] lists the words.
    pub fn of_word(word: &str) -> Result<Self, Invalid> {
        let words = || Self::ALL.map(Self::as_str).join(", ");
        let known = Self::ALL.into_iter().find(|period| period.as_str() == word);
        known.ok_or_else(|| Invalid(format!("is not known; give one of {}", words())))
    }

    /// When it begins: days begin at midnight in the zone.
    #[must_use]
    pub fn span(self, now: Timestamp, zone: &TimeZone) -> Span {
        let start = match self {
            Self::Today => Start::At(start_of_day(now, zone, 0)),
            Self::Days7 => Start::At(start_of_day(now, zone, -6)),
            Self::Days30 => Start::At(start_of_day(now, zone, -29)),
            Self::Weights => Start::WeightsChanged,
            Self::All => Start::Beginning,
        };
        Span { start, end: None }
    }
}

/// The period between two times, as far as they are given. One that ends now or later goes on.
#[must_use]
pub fn between(from: Option<Timestamp>, to: Option<Timestamp>, now: Timestamp) -> Span {
    Span { start: from.map_or(Start::Beginning, Start::At), end: to.filter(|to| *to < now) }
}

/// The first moment of the day so many days after this one; before it, if negative. A day may begin at another hour
/// than midnight.
#[must_use]
pub fn start_of_day(now: Timestamp, zone: &TimeZone, days: i64) -> Timestamp {
    let now = jiff::Timestamp::from_microsecond(now.0).unwrap_or_default().to_zoned(zone.clone());
    let day = now.checked_add(days.days()).and_then(|day: Zoned| day.start_of_day());
    Timestamp(day.unwrap_or(now).timestamp().as_microsecond())
}

/// The zone with this name of the IANA database.
///
/// # Errors
/// [`Invalid`] when there is none, with the name that may have been meant.
pub fn zone(name: &str) -> Result<TimeZone, Invalid> {
    let zones = maitred_calendar::zones();
    zones.get(name).ok_or_else(|| {
        Invalid(match zones.nearest(name) {
            Some(nearest) => format!("is not a time zone; did you mean {nearest}?"),
            None => "is not a time zone; give a name such as Europe/Moscow or UTC".to_owned(),
        })
    })
}

/// The same, or UTC.
#[must_use]
pub fn zone_or_utc(name: Option<&str>) -> TimeZone {
    name.and_then(|name| zone(name).ok()).unwrap_or(TimeZone::UTC)
}

/// A time as people of a zone write it, by a pattern of `strftime`.
#[must_use]
pub fn local(zone: &TimeZone, at: Timestamp, pattern: &str) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn micros(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
    }

    #[rstest]
    #[case(Period::Today, "UTC", "2025-11-26T21:30:00Z", "2025-11-26T00:00:00Z")]
    #[case(Period::Today, "Europe/Moscow", "2025-11-26T21:30:00Z", "2025-11-26T21:00:00Z")]
    #[case(Period::Today, "Asia/Kolkata", "2025-11-26T21:30:00Z", "2025-11-26T18:30:00Z")]
    #[case(Period::Days7, "Europe/Moscow", "2025-11-26T20:30:00Z", "2025-11-19T21:00:00Z")]
    #[case(Period::Days30, "UTC", "2025-11-26T20:30:00Z", "2025-10-28T00:00:00Z")]
    // The clocks went back on 26 October: the day before began at +02:00.
    #[case(Period::Days7, "Europe/Berlin", "2025-10-29T12:00:00Z", "2025-10-22T22:00:00Z")]
    // Midnight was left out on that day.
    #[case(Period::Today, "America/Asuncion", "2023-10-01T12:00:00Z", "2023-10-01T04:00:00Z")]
    fn days_begin_at_midnight_in_the_zone(
        #[case] period: Period,
        #[case] zone_name: &str,
        #[case] now: &str,
        #[case] begins: &str,
    ) {
        let zone = zone(zone_name).expect("a zone of the bundled database");
        assert_eq!(period.span(micros(now), &zone), Span { start: Start::At(micros(begins)), end: None });
    }

    #[test]
    fn a_period_that_ends_now_or_later_goes_on() {
        let (from, to) = (Some(Timestamp(1)), Some(Timestamp(5)));
        assert_eq!(between(from, to, Timestamp(6)).end, to);
        assert_eq!(between(from, to, Timestamp(5)).end, None);
        assert_eq!(between(None, None, Timestamp(5)), Span::WHOLE);
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for period in Period::ALL {
            assert_eq!(Period::of_word(period.as_str()), Ok(period));
        }
        assert!(Period::of_word("8d").is_err());
    }

    #[test]
    fn a_zone_that_is_spelled_wrong_is_named_right() {
        let said = |name: &str| zone(name).expect_err("there is no such zone").0;
        assert_eq!(said("Europe/Moskow"), "is not a time zone; did you mean Europe/Moscow?");
        assert_eq!(said("3 pm"), "is not a time zone; give a name such as Europe/Moscow or UTC");
    }
}
