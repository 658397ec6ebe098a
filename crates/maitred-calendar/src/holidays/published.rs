//! Days that a government publishes year by year: moved by decree, or set by the moon. The sources are in
//! docs/calendars.md.

use jiff::civil::Date;
use std::ops::RangeInclusive;

/// The last year whose transfers Russia's government has published.
pub(super) const RUSSIA_UNTIL: i16 = 2027;
/// The last year of which all of Kazakhstan's are known.
pub(super) const KAZAKHSTAN_UNTIL: i16 = 2026;

/// Of a year, the months and days.
type Year = (i16, &'static [(i8, i8)]);

/// Working days that are free because a holiday fell on a weekend, or because a decree moved a free day there.
const RUSSIA: &[Year] = &[
    (2020, &[(2, 24), (3, 9), (5, 4), (5, 5), (5, 11)]),
    (2021, &[(2, 22), (5, 3), (5, 10), (6, 14), (11, 5), (12, 31)]),
    (2022, &[(3, 7), (5, 2), (5, 3), (5, 10), (6, 13)]),
    (2023, &[(2, 24), (5, 8), (11, 6)]),
    (2024, &[(4, 29), (4, 30), (5, 10), (12, 30), (12, 31)]),
    (2025, &[(5, 2), (5, 8), (6, 13), (11, 3), (12, 31)]),
    (2026, &[(1, 9), (3, 9), (5, 11), (12, 31)]),
    (2027, &[(2, 22), (5, 3), (5, 10), (6, 14), (11, 5), (12, 31)]),
];

/// The first day of Kurban Ait, and days that a decree moved.
const KAZAKHSTAN: &[Year] = &[
    (2022, &[(3, 7), (7, 9), (8, 29), (10, 24)]),
    (2023, &[(6, 28), (7, 7)]),
    (2024, &[(5, 8), (6, 16)]),
    (2025, &[(1, 3), (6, 6)]),
    (2026, &[(5, 27)]),
];

pub(super) fn russia() -> impl Iterator<Item = Date> {
    dates(RUSSIA)
}

/// With the Christmas of the Orthodox, which does not move if it falls on a weekend.
pub(super) fn kazakhstan(years: RangeInclusive<i16>) -> impl Iterator<Item = Date> {
    dates(KAZAKHSTAN).chain(years.filter_map(|year| Date::new(year, 1, 7).ok()))
}

fn dates(years: &'static [Year]) -> impl Iterator<Item = Date> {
    let days = years.iter().flat_map(|(year, days)| days.iter().map(move |(month, day)| (*year, *month, *day)));
    days.filter_map(|(year, month, day)| Date::new(year, month, day).ok())
}
