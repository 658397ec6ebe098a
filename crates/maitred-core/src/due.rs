//! Timers as data: when something changes by itself. A store keeps one row for each subject that has such a moment,
//! indexed by time; [`crate::Command::Wake`] handles those that have come.
//!
//! The rows are a projection of what else is stored, never the truth: `maitred verify` recomputes them, and a command
//! that looks at a time compares it with its own `now`, whether or not somebody woke before.

use crate::caps::Cap;
use crate::ids::{ContactId, OperatorId, SourceId, Timestamp};
use crate::nouns::{Contact, Operator, Source, Status};
use std::fmt;

/// What changes by itself. The order is the one in which those of the same moment are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A contact whose time comes: it is scheduled, offered to somebody, rests, is to be answered or to rise, or its
    /// operator has left.
    Contact(ContactId),
    /// An operator whose pause ends, whose hours begin or end, who is away unless they are heard from, or who may get
    /// contacts again beyond a cap.
    Operator(OperatorId),
    /// A source that opens or closes.
    Source(SourceId),
}

impl Subject {
    /// The stored form: a code for its kind, and its id.
    #[must_use]
    pub const fn code(self) -> (u8, i64) {
        match self {
            Self::Contact(id) => (0, id.0),
            Self::Operator(id) => (1, id.0),
            Self::Source(id) => (2, id.0),
        }
    }

    /// The subject with this stored form.
    #[must_use]
    pub const fn from_code(kind: u8, id: i64) -> Option<Self> {
        match kind {
            0 => Some(Self::Contact(ContactId(id))),
            1 => Some(Self::Operator(OperatorId(id))),
            2 => Some(Self::Source(SourceId(id))),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contact(id) => write!(f, "contact {id}"),
            Self::Operator(id) => write!(f, "operator {id}"),
            Self::Source(id) => write!(f, "source {id}"),
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
    pub fn next_change(&self) -> Option<Timestamp> {
        let seen_at = self.hours_seen_at.unwrap_or(Timestamp(i64::MIN));
        let edge = self.hours.as_ref().and_then(|hours| hours.next_edge(seen_at));
        [self.paused_until, edge, self.lease_ends(), self.cap_ends()].into_iter().flatten().min()
    }

    /// When the first of the caps that they have reached ends.
    fn cap_ends(&self) -> Option<Timestamp> {
        self.caps_on_all().filter_map(Cap::reached_until).min()
    }

    /// Whether anything about them depends on the time.
    #[must_use]
    pub(crate) const fn has_timers(&self) -> bool {
        self.paused_at.is_some() || self.hours.is_some() || self.caps.is_some() || self.away_after_s.is_some()
    }

    /// When what keeps them from contacts changes next by the clock alone, whether or not earlier moments were handled.
    #[must_use]
    pub fn next_look(&self, now: Timestamp) -> Option<Timestamp> {
        let edge = self.hours.as_ref().and_then(|hours| hours.next_edge(now));
        let ends = self.caps_on_all().filter_map(Cap::reached_until);
        let ends = ends.chain(self.paused_until).chain(self.present_until).filter(|until| *until > now);
        ends.chain(edge).min()
    }
}

impl Source {
    /// When it opens or closes, or is known no further, unless its hours are set before.
    #[must_use]
    pub fn next_change(&self) -> Option<Timestamp> {
        let seen_at = self.hours_seen_at.unwrap_or(Timestamp(i64::MIN));
        let edge = self.hours.as_ref().and_then(|hours| hours.next_edge(seen_at));
        self.all_caps().filter_map(Cap::reached_until).chain(edge).min()
    }
}

impl Contact {
    /// When it changes by itself, if nobody changes it before.
    #[must_use]
    pub fn next_change(&self) -> Option<Timestamp> {
        let response = self.response_due().filter(|_| self.status != Status::Resolved);
        self.moves_on().into_iter().chain(response).chain(self.raise_at).min()
    }

    /// When it is somewhere else by itself: it is due, the offer of it is over, or it is offered to all again.
    #[must_use]
    pub const fn moves_on(&self) -> Option<Timestamp> {
        match self.status {
            Status::Assigned if self.accept_by.is_some() => self.accept_by,
            Status::Assigned => self.release_at,
            Status::Waiting if self.scheduled => self.not_before,
            Status::Waiting => self.retry_at,
            Status::Resolved => None,
        }
    }

    /// Whether it is not to be given to anybody yet.
    #[must_use]
    pub fn is_early(&self, now: Timestamp) -> bool {
        self.not_before.is_some_and(|at| at > now)
    }
}
