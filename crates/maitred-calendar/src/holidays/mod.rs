//! Public holidays: sets of dates under a code, such as `DE` or `DE-BY`. Countries whose law can be written as rules
//! are computed (`rules.rs`, `countries.rs`); days that a government moves each year are listed for the years that are
//! published (`published.rs`). Sets of one's own are read from a file or an iCalendar.
//!
//! A set only says which dates are free. Working Saturdays, which some governments decree in exchange, are not in it.

mod countries;
mod published;
mod rules;

use crate::local;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The release of the dates that are shipped. It goes up whenever one of them changes, because then calendars have to
/// be compiled again, and not by a node that has older ones.
pub const VERSION: u16 = 1;
/// The most dates in a set of one's own.
pub const DATES_MAX: usize = 2_000;
/// The most characters of the code of a set.
pub const CODE_CHARS_MAX: usize = 32;

/// The dates of a list: one at the beginning of each line; what stands behind it, such as its name, is for people.
/// Empty lines and those that begin with `#` are left out.
///
/// # Errors
/// The numbers of the lines that begin with no date.
pub fn list(text: &str) -> Result<BTreeSet<Date>, Vec<usize>> {
    let lines = (1..).zip(text.trim_start_matches('\u{feff}').lines().map(str::trim));
    let (mut dates, mut wrong) = (BTreeSet::new(), Vec::new());
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let end = line.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).unwrap_or(line.len());
        match local::date(&line[..end]) {
            Some(date) => _ = dates.insert(date),
            None => wrong.push(number),
        }
    }
    if wrong.is_empty() { Ok(dates) } else { Err(wrong) }
}

/// The dates of one code.
#[derive(Clone, Debug)]
pub struct HolidaySet {
    code: Arc<str>,
    dates: Dates,
}

#[derive(Clone, Debug)]
enum Dates {
    Shipped(&'static countries::Place),
    Own(Arc<BTreeSet<Date>>),
}

impl HolidaySet {
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The free dates of some years.
    #[must_use]
    pub fn dates(&self, years: RangeInclusive<i16>) -> BTreeSet<Date> {
        let years = *years.start().max(local::YEARS.start())..=*years.end().min(local::YEARS.end());
        match &self.dates {
            Dates::Shipped(place) => place.dates(years),
            Dates::Own(dates) => dates.iter().copied().filter(|date| years.contains(&date.year())).collect(),
        }
    }

    /// The last year of which all dates are known, if there is one: later ones have the dates that law fixes, but not
    /// those that a government moves or the moon decides; and a set of one's own has none.
    #[must_use]
    pub fn known_until(&self) -> Option<i16> {
        match &self.dates {
            Dates::Shipped(place) => place.known_until(),
            Dates::Own(dates) => dates.last().map(|date| date.year()),
        }
    }
}

/// The sets that a calendar may name: those that are shipped, and those of one's own.
#[derive(Clone, Debug, Default)]
pub struct HolidaySets {
    own: BTreeMap<String, HolidaySet>,
}

impl HolidaySets {
    /// Adds a set of one's own, in place of one with the same code. `false`, and nothing is added, if the code is one
    /// of those that are shipped, is no code, or if there are too many dates.
    pub fn add(&mut self, code: &str, dates: BTreeSet<Date>) -> bool {
        let code = code.trim();
        let is_code = (1..=CODE_CHARS_MAX).contains(&code.chars().count()) && !code.contains(char::is_control);
        if !is_code || countries::place(code).is_some() || dates.len() > DATES_MAX {
            return false;
        }
        let set = HolidaySet { code: code.into(), dates: Dates::Own(Arc::new(dates)) };
        self.own.insert(code.to_lowercase(), set);
        true
    }

    /// The set with this code, in upper or lower case.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<HolidaySet> {
        let code = code.trim();
        let shipped = countries::place(code);
        let shipped = shipped.map(|place| HolidaySet { code: place.code.into(), dates: Dates::Shipped(place) });
        shipped.or_else(|| self.own.get(&code.to_lowercase()).cloned())
    }

    /// The codes of all sets, shipped ones first.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        countries::PLACES.iter().map(|place| place.code).chain(self.own.values().map(HolidaySet::code))
    }

    /// The code that somebody may have meant: the country, if its part is unknown, or nearly the same letters.
    #[must_use]
    pub fn nearest(&self, meant: &str) -> Option<&str> {
        let meant = meant.trim().to_uppercase().replace('_', "-");
        let country = meant.split('-').next().unwrap_or_default();
        let likeness = |code: &str| match code.to_uppercase() {
            code if code == meant => 2.0,
            code if code == country => 1.0,
            code => strsim::jaro_winkler(&code, &meant),
        };
        let alike = self.codes().map(|code| (likeness(code), code)).filter(|(alike, _)| *alike >= 0.9);
        alike.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, code)| code)
    }
}
