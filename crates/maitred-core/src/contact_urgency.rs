//! What of [`crate::urgency`] holds for a contact: the priority that counts, since when it waits, whether somebody
//! responded in time.

use crate::ids::{SourceId, Timestamp};
use crate::nouns::{Contact, Status};

impl Contact {
    /// The priority that was sent, or set by hand: what counts may be higher.
    #[must_use]
    pub fn own_priority(&self) -> i32 {
        self.sent_priority.unwrap_or(self.priority)
    }

    /// Gives it a priority of its own, and the least that counts.
    pub(crate) fn set_priorities(&mut self, own: i32, raised_to: Option<i32>) {
        self.priority = raised_to.map_or(own, |least| least.max(own));
        self.raised_to = raised_to;
        self.sent_priority = (own != self.priority).then_some(own);
    }

    /// From which moment on its waiting counts.
    #[must_use]
    pub fn waits_since(&self) -> Timestamp {
        [self.reopened_at, self.not_before].into_iter().flatten().fold(self.created_at, Timestamp::max)
    }

    /// Whether its priority rises with time: it waits, and not for a time of its own.
    #[must_use]
    pub fn ages(&self) -> bool {
        self.status == Status::Waiting && !self.scheduled
    }

    /// Whether somebody should have responded before now, as far as that was noted, and nobody has.
    #[must_use]
    pub const fn is_overdue(&self) -> bool {
        self.overdue_at.is_some() && self.first_response_at.is_none() && !matches!(self.status, Status::Resolved)
    }

    /// The source whose overdue contacts it is one of, if it is.
    pub(crate) fn overdue_on(&self) -> Option<SourceId> {
        self.is_overdue().then_some(self.source)
    }

    /// The moment at which it is too late to respond, until it is noted that it has come.
    #[must_use]
    pub(crate) const fn response_due(&self) -> Option<Timestamp> {
        match (self.first_response_at, self.overdue_at) {
            (None, None) => self.respond_by,
            _ => None,
        }
    }
}
