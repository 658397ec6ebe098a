//! Timers as data: when something changes by itself. A store keeps one row for each subject that has such a moment,
//! indexed by time; [`crate::Command::Wake`] handles those that have come.
//!
//! The rows are a projection of what else is stored, never the truth: `maitred verify` recomputes them, and a command
//! that looks at a time compares it with its own `now`, whether or not somebody woke before.

use crate::ids::{ContactId, OperatorId, Timestamp};
use crate::nouns::{Contact, Operator};
use std::fmt;

/// What changes by itself. The order is the one in which those of the same moment are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A scheduled contact, which waits from then on.
    Contact(ContactId),
    /// A paused operator, who gets contacts again.
    Operator(OperatorId),
}

impl Subject {
    /// The stored form: a code for its kind, and its id.
    #[must_use]
    pub const fn code(self) -> (u8, i64) {
        match self {
            Self::Contact(id) => (0, id.0),
            Self::Operator(id) => (1, id.0),
        }
    }

    /// The subject with this stored form.
    #[must_use]
    pub const fn from_code(kind: u8, id: i64) -> Option<Self> {
        match kind {
            0 => Some(Self::Contact(ContactId(id))),
            1 => Some(Self::Operator(OperatorId(id))),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contact(id) => write!(f, "contact {id}"),
            Self::Operator(id) => write!(f, "operator {id}"),
        }
    }
}

/// The moment at which a subject changes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Due {
    pub at: Timestamp,
    pub subject: Subject,
}

impl Operator {
    /// When they change by themselves, if nobody changes them before.
    #[must_use]
    pub const fn next_change(&self) -> Option<Timestamp> {
        self.paused_until
    }
}

impl Contact {
    /// When it changes by itself, if nobody changes it before.
    #[must_use]
    pub const fn next_change(&self) -> Option<Timestamp> {
        if self.scheduled { self.not_before } else { None }
    }

    /// Whether it is not to be given to anybody yet.
    #[must_use]
    pub fn is_early(&self, now: Timestamp) -> bool {
        self.not_before.is_some_and(|at| at > now)
    }
}
