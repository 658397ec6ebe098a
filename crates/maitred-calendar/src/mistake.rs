//! What is wrong with a calendar: where, what, and how to correct it. Data first, so that it can be said in several
//! languages; the sentences here are the English ones.

use crate::local::{self, Hours};
use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, as a JSON pointer: `/days/2/intervals/0`.
    pub pointer: String,
    pub kind: Wrong,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The sentence of [`maitred_core::limits::name`].
    Name(String),
    UnknownZone {
        nearest: Option<String>,
    },
    CycleDays {
        most: i64,
    },
    /// A cycle that is no week has to begin somewhere.
    NoAnchor {
        cycle_days: i64,
    },
    NotADate,
    NotATime,
    NotAMoment,
    DayOutside {
        cycle_days: i64,
    },
    DayTwice,
    /// It begins at 24:00 or later, which is the next day.
    StartsNextDay,
    EmptyInterval,
    /// With one of the same day, or of a day before it that lasts past midnight.
    Overlap {
        day: Option<u16>,
        other: Hours,
    },
    UnknownKind,
    ClosedWithIntervals,
    NoIntervals,
    /// Two exceptions of one date that cannot both hold.
    Contradiction {
        other: usize,
    },
    UnknownHolidays {
        nearest: Option<String>,
        known: String,
    },
    EndBeforeStart,
    TooMany {
        most: usize,
    },
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pointer, self.kind)
    }
}

/// A sentence that follows the name of the field, without a full stop.
impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let years = (local::YEARS.start(), local::YEARS.end());
        match self {
            Self::Name(sentence) => f.write_str(sentence),
            Self::UnknownZone { nearest: Some(name) } => write!(f, "is not a time zone; did you mean {name}?"),
            Self::UnknownZone { nearest: None } => {
                f.write_str("is not a time zone; give a name of the IANA database, such as Europe/Berlin or UTC")
            }
            Self::CycleDays { most } => write!(f, "is not from 1 to {most}; a week has 7"),
            Self::NoAnchor { cycle_days } => write!(
                f,
                "is missing; give a date on which the cycle of {cycle_days} days begins, such as the first day of work"
            ),
            Self::NotADate => {
                write!(f, "is not a date of the years {} to {}; write it as 2027-03-28", years.0, years.1)
            }
            Self::NotATime => f.write_str("is not a time of day; write it as 09:00, at most 48:00"),
            Self::NotAMoment => {
                f.write_str("is neither a date nor a time; write 2027-08-10, 2027-08-10T12:00 or 2027-08-10T10:00:00Z")
            }
            Self::DayOutside { cycle_days } => {
                write!(f, "is not a day of the cycle; give 0 to {}", cycle_days.saturating_sub(1))
            }
            Self::DayTwice => f.write_str("is listed twice; put all intervals of a day into one list"),
            Self::StartsNextDay => f.write_str("begins after its day; put it on the day on which it begins"),
            Self::EmptyInterval => {
                f.write_str("is empty; let it end after it begins, or write 00:00 to 24:00 for a whole day")
            }
            Self::Overlap { day: None, other } => write!(f, "overlaps {other}; join the two, or shorten one"),
            Self::Overlap { day: Some(day), other } => {
                write!(f, "overlaps {other} of day {day}, which lasts past midnight; shorten one")
            }
            Self::UnknownKind => f.write_str("is not known; give closed, only or plus"),
            Self::ClosedWithIntervals => f.write_str("has intervals; leave them out, or make it only or plus"),
            Self::NoIntervals => f.write_str("has no intervals; list them, or make it closed"),
            Self::Contradiction { other } => {
                write!(f, "contradicts /exceptions/{other} of the same date; keep one of them")
            }
            Self::UnknownHolidays { nearest: Some(code), known } => {
                write!(f, "is not a set of holidays; did you mean {code}? There are {known}")
            }
            Self::UnknownHolidays { nearest: None, known } => write!(f, "is not a set of holidays; there are {known}"),
            Self::EndBeforeStart => f.write_str("does not end after it begins; exchange the two, or correct one"),
            Self::TooMany { most } => write!(f, "has too many entries; give at most {most}"),
        }
    }
}
