//! What happened, as figures: what the events of the feed say about the work with contacts, in a form that can be added
//! up for any period. docs/reports.md defines every figure.
//!
//! The feed is read in order ([`crate::follower`]). What an event says is a [`Fact`]: a contact arrived, was assigned
//! for the first time so long after it arrived, was resolved. Facts are kept as they are ([`pack`]), to be exact at the
//! edges of a period, and added up by UTC day ([`Day`]), so that a year is a few hundred rows.

mod day;
mod fact;
mod figures;
mod spread;
mod step;

pub use day::{DAY_MICROS, Day, DayKey, QUARTER_MICROS, day_of};
pub use fact::{Fact, FactKind, Measure, pack, unpack};
pub use figures::{Figures, Times};
pub use spread::{ERROR_MAX, Spread};
pub use step::{FACTS_PER_CHUNK, FactChunk, OpenContact, ReportProgress, ReportStep};

#[cfg(test)]
mod tests;
