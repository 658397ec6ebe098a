//! The offsets of a time zone for some years, for rules that know no zones.

use jiff::civil::date;
use jiff::tz::TimeZone;
use maitred_core::Timestamp;

/// Years behind and ahead of a moment for which offsets are given.
const YEARS_BEHIND: i16 = 1;
const YEARS_AHEAD: i16 = 3;

/// The offsets of a zone, in seconds to be added to UTC from each moment on, from the beginning of last year to the end
/// of the year after next: the same for all moments of a year.
#[must_use]
pub fn offsets(zone: &TimeZone, now: Timestamp) -> Vec<(Timestamp, i32)> {
    let year = jiff::Timestamp::from_microsecond(now.0).unwrap_or_default().to_zoned(TimeZone::UTC).year();
    let first_of = |year: i16| date(year.clamp(-9_000, 9_000), 1, 1).to_zoned(TimeZone::UTC).map(|it| it.timestamp());
    let (Ok(from), Ok(until)) = (first_of(year - YEARS_BEHIND), first_of(year + YEARS_AHEAD)) else {
        return Vec::new();
    };
    let first = (Timestamp(from.as_microsecond()), zone.to_offset(from).seconds());
    let later = zone.following(from).take_while(|it| it.timestamp() < until);
    let later = later.map(|it| (Timestamp(it.timestamp().as_microsecond()), it.offset().seconds()));
    let mut all: Vec<(Timestamp, i32)> = std::iter::once(first).chain(later).collect();
    // A zone may change its name or its rules without changing the time.
    all.dedup_by_key(|(_, offset)| *offset);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zones;

    #[test]
    fn a_zone_has_the_changes_of_some_years() {
        let now = Timestamp(1_795_000_000_000_000);
        let of = |name: &str| offsets(&zones().get(name).expect("a zone"), now);
        assert_eq!(of("UTC").iter().map(|(_, offset)| *offset).collect::<Vec<_>>(), [0]);
        assert_eq!(of("Europe/Moscow").iter().map(|(_, offset)| *offset).collect::<Vec<_>>(), [10_800]);
        let berlin = of("Europe/Berlin");
        assert_eq!(berlin.len(), 9, "twice a year, from 2025 to 2028");
        // 28 March 2027, 01:00 UTC.
        assert!(berlin.contains(&(Timestamp(1_806_195_600_000_000), 7_200)));
        assert_eq!(of("Europe/Berlin"), offsets(&zones().get("Europe/Berlin").expect("a zone"), Timestamp(now.0 + 1)));
    }
}
