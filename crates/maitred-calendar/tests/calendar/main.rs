//! Calendars from their JSON to intervals: the scenarios that people run into, what is said of mistakes, published
//! holidays, and properties that hold for all of them.

mod differences;
mod holidays;
mod ics;
mod mistakes;
mod properties;
mod scenarios;

use maitred_calendar::{Calendar, Compiled, HolidaySets, Interval, Mistake, Schedule, Zones};
use maitred_core::Timestamp;
use serde_json::Value;

/// The moment that a text of RFC 3339 means.
fn at(text: &str) -> Timestamp {
    let read = text.parse::<jiff::Timestamp>().unwrap_or_else(|error| panic!("{text}: {error}"));
    Timestamp(read.as_microsecond())
}

fn interval(from: &str, until: &str) -> Interval {
    Interval::new(at(from), at(until))
}

fn check(json: Value) -> Result<Schedule, Vec<Mistake>> {
    let calendar: Calendar = serde_json::from_value(json).expect("the shape of a calendar");
    calendar.check(&Zones::bundled(), &HolidaySets::default())
}

fn schedule(json: Value) -> Schedule {
    check(json).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

fn compile(schedule: &Schedule, from: &str, until: &str) -> Compiled {
    schedule.compile(interval(from, until)).expect("a span that can be compiled")
}
