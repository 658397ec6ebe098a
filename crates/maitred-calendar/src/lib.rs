//! Calendars: when somebody works or a source is open, as people write it, and what that is in UTC.
//!
//! ```
//! use maitred_calendar::{Calendar, HolidaySets, Interval, Zones};
//! # let at = |text: &str| maitred_core::Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
//! let calendar: Calendar = serde_json::from_str(
//!     r#"{"name": "Nights", "zone": "Europe/Berlin", "days": [{"day": 5, "intervals": [["22:00", "06:00"]]}]}"#,
//! )?;
//! let schedule = calendar.check(&Zones::bundled(), &HolidaySets::default()).expect("nothing is wrong with it");
//! let compiled = schedule.compile(Interval::new(at("2027-03-26T00:00:00Z"), at("2027-03-30T00:00:00Z")))?;
//! // Clocks go forward in this night: it has 7 hours.
//! let night = Interval::new(at("2027-03-27T21:00:00Z"), at("2027-03-28T04:00:00Z"));
//! assert_eq!(compiled.open.as_slice(), [night]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//!
//! - `definition.rs`: the JSON of a calendar; `check.rs`: what is wrong with one (`mistake.rs`), or its [`Schedule`];
//!   `local.rs`: times and dates as texts
//! - `schedule.rs`: what is open on which date; `compile.rs`: when that is, as intervals, which are those of
//!   `maitred-core`
//! - `ics/`: calendars of other programs, and for them
//! - `difference.rs`: hours of weeks, and what an edit changes
//! - `offsets.rs`: a time zone as the rules know it
//! - `zones.rs`: which time zone data is used; `stamp.rs`: how that is written down; `holidays/`: public holidays
//!
//! # What is not here
//!
//! No clock, no store, no threads. The only files that are read are the system's time zones, once. The rules of
//! `maitred-core` see nothing of all this: they get the intervals.

pub mod check;
pub mod compile;
mod definition;
pub mod difference;
pub mod holidays;
pub mod ics;
pub mod local;
mod mistake;
pub mod offsets;
mod schedule;
mod stamp;
pub mod zones;

pub use compile::{Compiled, SpanError};
pub use definition::{Calendar, Day, Exception, Leave, LocalInterval, Personal};
pub use difference::{Difference, difference};
pub use holidays::{HolidaySet, HolidaySets};
pub use maitred_core::intervals::{Interval, Intervals};
pub use mistake::{Mistake, Wrong};
pub use schedule::Schedule;
pub use stamp::Stamp;
pub use zones::{Zones, zones};
