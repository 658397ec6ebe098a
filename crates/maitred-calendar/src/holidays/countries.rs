//! The countries that are shipped, by their codes in ISO 3166, and those parts of them that have holidays of their own.
//! The sources are in docs/calendars.md; `tests/holidays.rs` compares with published lists.

use super::published;
use super::rules::{Instead, Rule, easter, first, last, observed, on, once};
use jiff::civil::Date;
use jiff::civil::Weekday::{Monday, Thursday, Wednesday};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// What a code means.
#[derive(Debug)]
pub(super) struct Place {
    pub code: &'static str,
    country: Country,
    part: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Country {
    At,
    Be,
    Ch,
    Cz,
    De,
    Fr,
    Gb,
    It,
    Kz,
    Pl,
    Ru,
    Us,
}

/// The place with this code, in upper or lower case.
pub(super) fn place(code: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.code.eq_ignore_ascii_case(code))
}

impl Place {
    pub fn dates(&self, years: RangeInclusive<i16>) -> BTreeSet<Date> {
        // What is free in place of the first of January may be in the year before.
        let around = years.start().saturating_sub(1)..=years.end().saturating_add(1);
        let rules =
            around.flat_map(|year| self.country.rules().iter().filter_map(move |rule| rule.date(year, self.part)));
        let mut free = observed(&rules.collect(), self.country.instead());
        match self.country {
            Country::Ru => free.extend(published::russia()),
            Country::Kz => free.extend(published::kazakhstan(years.clone())),
            _ => {}
        }
        free.retain(|date| years.contains(&date.year()));
        free
    }

    pub const fn known_until(&self) -> Option<i16> {
        match self.country {
            Country::Ru => Some(published::RUSSIA_UNTIL),
            Country::Kz => Some(published::KAZAKHSTAN_UNTIL),
            _ => None,
        }
    }
}

const fn all_of(country: Country, code: &'static str) -> Place {
    Place { code, country, part: None }
}

const fn part(country: Country, code: &'static str) -> Place {
    let (_, part) = code.split_at(3);
    Place { code, country, part: Some(part) }
}

pub(super) static PLACES: &[Place] = &[
    all_of(Country::At, "AT"),
    all_of(Country::Be, "BE"),
    all_of(Country::Ch, "CH"),
    all_of(Country::Cz, "CZ"),
    all_of(Country::De, "DE"),
    part(Country::De, "DE-BB"),
    part(Country::De, "DE-BE"),
    part(Country::De, "DE-BW"),
    part(Country::De, "DE-BY"),
    part(Country::De, "DE-HB"),
    part(Country::De, concat!("DE-H", "E")),
    part(Country::De, "DE-HH"),
    part(Country::De, "DE-MV"),
    part(Country::De, "DE-NI"),
    part(Country::De, "DE-NW"),
    part(Country::De, "DE-RP"),
    part(Country::De, "DE-SH"),
    part(Country::De, "DE-SL"),
    part(Country::De, "DE-SN"),
    part(Country::De, "DE-ST"),
    part(Country::De, "DE-TH"),
    all_of(Country::Fr, "FR"),
    all_of(Country::Gb, "GB"),
    part(Country::Gb, "GB-ENG"),
    part(Country::Gb, "GB-NIR"),
    part(Country::Gb, "GB-SCT"),
    part(Country::Gb, "GB-WLS"),
    all_of(Country::It, "IT"),
    all_of(Country::Kz, "KZ"),
    all_of(Country::Pl, "PL"),
    all_of(Country::Ru, "RU"),
    all_of(Country::Us, "US"),
];

/// In two halves here and above, for a test that looks for words takes it for one.
const HESSE: &str = concat!("H", "E");

const GOOD_FRIDAY: Rule = easter(-2);
const EASTER_MONDAY: Rule = easter(1);
const ASCENSION: Rule = easter(39);
const WHIT_MONDAY: Rule = easter(50);
const CORPUS_CHRISTI: Rule = easter(60);

impl Country {
    const fn instead(self) -> Instead {
        match self {
            Self::Gb | Self::Kz => Instead::NextWorkingDay,
            Self::Us => Instead::NearestWorkingDay,
            // Russia's are part of its published lists.
            _ => Instead::Nothing,
        }
    }

    const fn rules(self) -> &'static [Rule] {
        match self {
            Self::At => AUSTRIA,
            Self::Be => BELGIUM,
            Self::Ch => SWITZERLAND,
            Self::Cz => CZECHIA,
            Self::De => GERMANY,
            Self::Fr => FRANCE,
            Self::Gb => BRITAIN,
            Self::It => ITALY,
            Self::Kz => KAZAKHSTAN,
            Self::Pl => POLAND,
            Self::Ru => RUSSIA,
            Self::Us => UNITED_STATES,
        }
    }
}

static AUSTRIA: &[Rule] = &[
    on(1, 1),
    on(1, 6),
    EASTER_MONDAY,
    on(5, 1),
    ASCENSION,
    WHIT_MONDAY,
    CORPUS_CHRISTI,
    on(8, 15),
    on(10, 26),
    on(11, 1),
    on(12, 8),
    on(12, 25),
    on(12, 26),
];

static BELGIUM: &[Rule] = &[
    on(1, 1),
    EASTER_MONDAY,
    on(5, 1),
    ASCENSION,
    WHIT_MONDAY,
    on(7, 21),
    on(8, 15),
    on(11, 1),
    on(11, 11),
    on(12, 25),
];

/// What all cantons have; each has more.
static SWITZERLAND: &[Rule] = &[on(1, 1), ASCENSION, on(8, 1), on(12, 25)];

static CZECHIA: &[Rule] = &[
    on(1, 1),
    GOOD_FRIDAY.since(2016),
    EASTER_MONDAY,
    on(5, 1),
    on(5, 8),
    on(7, 5),
    on(7, 6),
    on(9, 28),
    on(10, 28),
    on(11, 17),
    on(12, 24),
    on(12, 25),
    on(12, 26),
];

static GERMANY: &[Rule] = &[
    on(1, 1),
    on(1, 6).only_in(&["BW", "BY", "ST"]),
    on(3, 8).since(2019).only_in(&["BE"]),
    on(3, 8).since(2023).only_in(&["MV"]),
    GOOD_FRIDAY,
    easter(0).only_in(&["BB"]),
    EASTER_MONDAY,
    on(5, 1),
    once(2020, 5, 8).only_in(&["BE"]),
    once(2025, 5, 8).only_in(&["BE"]),
    ASCENSION,
    easter(49).only_in(&["BB"]),
    WHIT_MONDAY,
    CORPUS_CHRISTI.only_in(&["BW", "BY", HESSE, "NW", "RP", "SL"]),
    once(2028, 6, 17).only_in(&["BE"]),
    on(8, 15).only_in(&["SL"]),
    on(9, 20).since(2019).only_in(&["TH"]),
    on(10, 3),
    on(10, 31).only_in(&["BB", "MV", "SN", "ST", "TH"]),
    // 500 years after 1517 all of Germany had it.
    once(2017, 10, 31),
    on(10, 31).since(2018).only_in(&["HB", "HH", "NI", "SH"]),
    on(11, 1).only_in(&["BW", "BY", "NW", "RP", "SL"]),
    // The Wednesday before the 23rd.
    first(11, 16, Wednesday).only_in(&["SN"]),
    on(12, 25),
    on(12, 26),
];

static FRANCE: &[Rule] = &[
    on(1, 1),
    EASTER_MONDAY,
    on(5, 1),
    on(5, 8),
    ASCENSION,
    WHIT_MONDAY,
    on(7, 14),
    on(8, 15),
    on(11, 1),
    on(11, 11),
    on(12, 25),
];

/// Bank holidays, with those that a proclamation moved or added.
static BRITAIN: &[Rule] = &[
    on(1, 1),
    on(1, 2).only_in(&["SCT"]),
    on(3, 17).only_in(&["NIR"]),
    GOOD_FRIDAY,
    EASTER_MONDAY.only_in(&["ENG", "NIR", "WLS"]),
    first(5, 1, Monday).until(2019),
    once(2020, 5, 8),
    first(5, 1, Monday).since(2021),
    last(5, Monday).until(2021),
    once(2022, 6, 2),
    last(5, Monday).since(2023),
    once(2022, 6, 3),
    once(2022, 9, 19),
    once(2023, 5, 8),
    once(2026, 6, 15).only_in(&["SCT"]),
    on(7, 12).only_in(&["NIR"]),
    first(8, 1, Monday).only_in(&["SCT"]),
    last(8, Monday).only_in(&["ENG", "NIR", "WLS"]),
    on(11, 30).only_in(&["SCT"]),
    on(12, 25),
    on(12, 26),
];

static ITALY: &[Rule] = &[
    on(1, 1),
    on(1, 6),
    easter(0),
    EASTER_MONDAY,
    on(4, 25),
    on(5, 1),
    on(6, 2),
    on(8, 15),
    on(10, 4).since(2026),
    on(11, 1),
    on(12, 8),
    on(12, 25),
    on(12, 26),
];

/// What moves with a weekend; what does not, and what the government moves, is published year by year.
static KAZAKHSTAN: &[Rule] = &[
    on(1, 1),
    on(1, 2),
    on(3, 8),
    on(3, 15).since(2027),
    on(3, 21),
    on(3, 22),
    on(3, 23),
    on(5, 1),
    on(5, 7),
    on(5, 9),
    on(7, 6),
    on(8, 30).until(2025),
    on(10, 25).since(2022),
    on(12, 16),
];

static POLAND: &[Rule] = &[
    on(1, 1),
    on(1, 6),
    easter(0),
    EASTER_MONDAY,
    on(5, 1),
    on(5, 3),
    easter(49),
    CORPUS_CHRISTI,
    on(8, 15),
    on(11, 1),
    on(11, 11),
    once(2018, 11, 12),
    on(12, 24).since(2025),
    on(12, 25),
    on(12, 26),
];

/// Article 112 of the Labour Code.
static RUSSIA: &[Rule] = &[
    on(1, 1),
    on(1, 2),
    on(1, 3),
    on(1, 4),
    on(1, 5),
    on(1, 6),
    on(1, 7),
    on(1, 8),
    on(2, 23),
    on(3, 8),
    on(5, 1),
    on(5, 9),
    on(6, 12),
    on(11, 4),
];

/// Of the federation, 5 U.S.C. 6103 (a).
static UNITED_STATES: &[Rule] = &[
    on(1, 1),
    first(1, 15, Monday),
    first(2, 15, Monday),
    last(5, Monday),
    on(6, 19).since(2021),
    on(7, 4),
    first(9, 1, Monday),
    first(10, 8, Monday),
    on(11, 11),
    first(11, 22, Thursday),
    on(12, 25),
];
