//! A calendar as people and programs write it: what JSON holds, as it came. Texts stay texts here, so that whatever is
//! wrong in them can be named all at once; `check.rs` reads them.

use serde::{Deserialize, Serialize};

/// When somebody works, or when a source is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    pub name: String,
    /// A name of the IANA database, such as `Europe/Berlin`.
    pub zone: String,
    /// After how many days the hours repeat.
    #[serde(default = "week")]
    pub cycle_days: i64,
    /// The date of day 0. Without one the cycle is a week and day 0 is Monday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// Days that are not listed are closed.
    #[serde(default)]
    pub days: Vec<Day>,
    /// Dates that differ from the cycle.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    /// Codes of sets of public holidays, such as `DE` or `DE-BY`.
    #[serde(default)]
    pub holidays: Vec<String>,
    #[serde(default)]
    pub leave: Vec<Leave>,
}

const fn week() -> i64 {
    7
}

/// The hours of one day of the cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// From 0 on: Monday, or the day of the anchor.
    pub day: i64,
    pub intervals: Vec<LocalInterval>,
}

/// From and to as the clock shows them: `["09:00", "18:00"]`. An end after midnight is written as `"30:00"` or, if it
/// is before the start on the clock, as `"06:00"`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalInterval(pub String, pub String);

/// What is different on one date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub date: String,
    /// `closed`, `only` these intervals, or these `plus` what the day has otherwise.
    pub kind: String,
    #[serde(default)]
    pub intervals: Vec<LocalInterval>,
}

/// An absence: dates, both of them included, or moments such as `2027-08-10T12:00`, the second not included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    pub from: String,
    pub to: String,
}

/// What one person has beyond a calendar that several share: goes before the exceptions and holidays of the calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personal {
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    #[serde(default)]
    pub leave: Vec<Leave>,
}
