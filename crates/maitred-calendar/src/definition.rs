//! A calendar as people and programs write it: what JSON holds, as it came. Texts stay texts here, so that whatever is
//! wrong in them can be named all at once; `check.rs` reads them.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, ObjectBuilder, Type};

/// The most intervals of one day.
pub const INTERVALS_MAX: usize = 24;

/// When somebody works, or when a source is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// 1 to 100 characters.
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalendarDay)]
pub struct Day {
    /// From 0 on: Monday, or the day of the anchor.
    #[schema(minimum = 0, maximum = 365, example = 0)]
    pub day: i64,
    /// From and to: `["09:00", "18:00"]`. An end after midnight is `"30:00"` or, if it is before the start on the
    /// clock, `"06:00"`.
    #[schema(schema_with = intervals)]
    pub intervals: Vec<LocalInterval>,
}

/// From and to as the clock shows them: `["09:00", "18:00"]`. An end after midnight is written as `"30:00"` or, if it
/// is before the start on the clock, as `"06:00"`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct LocalInterval(pub String, pub String);

impl TryFrom<Vec<String>> for LocalInterval {
    type Error = String;

    fn try_from(ends: Vec<String>) -> Result<Self, String> {
        <[String; 2]>::try_from(ends)
            .map(|[from, to]| Self(from, to))
            .map_err(|ends| format!("an interval has {} times; give two, such as [\"09:00\", \"18:00\"]", ends.len()))
    }
}

/// The schema of the intervals of a day.
fn intervals() -> Array {
    let time =
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]{1,2}:[0-9]{2}$")).max_length(Some(5));
    let interval = ArrayBuilder::new().items(time).min_items(Some(2)).max_items(Some(2));
    let example = json!([["09:00", "13:00"], ["14:00", "18:00"]]);
    ArrayBuilder::new().items(interval).max_items(Some(INTERVALS_MAX)).examples([example]).build()
}

/// What is different on one date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalendarException)]
pub struct Exception {
    #[schema(format = Date, example = "2027-05-07")]
    pub date: String,
    /// `closed`, `only` these intervals, or these `plus` what the day has otherwise.
    #[schema(pattern = "^(closed|only|plus)$", max_length = 6, example = "closed")]
    pub kind: String,
    #[serde(default)]
    #[schema(schema_with = intervals)]
    pub intervals: Vec<LocalInterval>,
}

/// An absence: dates, both of them included, or moments such as `2027-08-10T12:00`, the second not included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalendarLeave)]
pub struct Leave {
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}", max_length = 40, example = "2027-08-02")]
    pub from: String,
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}", max_length = 40, example = "2027-08-13")]
    pub to: String,
}

/// What one person has beyond a calendar that several share: goes before the exceptions and holidays of the calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OperatorTimes)]
pub struct Personal {
    #[serde(default)]
    pub exceptions: Vec<Exception>,
    #[serde(default)]
    pub leave: Vec<Leave>,
}
