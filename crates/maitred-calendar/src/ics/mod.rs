//! iCalendar, RFC 5545: holidays, exceptions and leave from an `.ics` file, and what is open as one.
//!
//! `lines.rs` splits a file into properties, `times.rs` reads dates, times and durations, `read.rs` makes events of
//! them, `repeat.rs` the dates of an event that repeats, `write.rs` the file that others read. What is not understood
//! is refused by name, event by event: half a calendar that looks like a whole one would assign contacts to people who
//! are away.

mod lines;
mod read;
mod repeat;
mod times;
mod write;

pub use read::{Event, EventTime, Import, ReadError, Refusal, Refused, read};
pub use write::write;

/// The largest file, in bytes.
pub const CALENDAR_BYTES_MAX: usize = 1024 * 1024;
/// The most events of a file, each repetition counted.
pub const EVENTS_MAX: usize = 2_000;
/// The most refusals that are named; the rest is counted.
pub const REFUSALS_MAX: usize = 100;
/// The most repetitions that are looked at for one file, also those before the time that was asked for.
pub const REPETITIONS_MAX: usize = 500_000;
/// The most characters of a summary that are kept.
pub const SUMMARY_CHARS_MAX: usize = 200;
