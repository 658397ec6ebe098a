//! The waiting order of one source: priority, then arrival. Only the front of it is in memory, however many wait.

use super::World;
use crate::ids::{ContactId, Timestamp};
use crate::nouns::Contact;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Where a contact stands in the waiting order; smaller goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingPosition {
    priority: Reverse<i32>,
    created_at: Timestamp,
    pub contact: ContactId,
}

impl WaitingPosition {
    /// The position of a contact with this priority and time of arrival.
    #[must_use]
    pub const fn new(priority: i32, created_at: Timestamp, contact: ContactId) -> Self {
        Self { priority: Reverse(priority), created_at, contact }
    }

    /// The position of a contact, should it wait.
    #[must_use]
    pub const fn of(contact: &Contact) -> Self {
        Self::new(contact.priority, contact.created_at, contact.id)
    }
}

/// The contacts that wait on one source: how many, and the front of their order.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    count: u64,
    /// A prefix of the order: contacts that are not in it stand behind all that are. The contacts themselves may not
    /// be in memory.
    front: BTreeSet<WaitingPosition>,
    /// Set when the store had fewer contacts than were asked for: there are no more, whatever the count says.
    is_exhausted: bool,
}

impl Waiting {
    pub(crate) const fn new(count: u64) -> Self {
        Self { count, front: BTreeSet::new(), is_exhausted: false }
    }

    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Whether the first `wanted` positions are in memory (all, if fewer wait).
    #[must_use]
    pub fn has_front(&self, wanted: usize) -> bool {
        self.front.len() >= wanted || self.is_complete()
    }

    /// The one that goes first; `None` if nobody waits or the front is not in memory.
    #[must_use]
    pub fn first(&self) -> Option<WaitingPosition> {
        self.front.first().copied()
    }

    /// The positions in memory, first to last.
    pub fn front(&self) -> impl ExactSizeIterator<Item = WaitingPosition> + '_ {
        self.front.iter().copied()
    }

    /// The last position in memory.
    pub(crate) fn last(&self) -> Option<WaitingPosition> {
        self.front.last().copied()
    }

    fn is_complete(&self) -> bool {
        self.is_exhausted || self.front.len() as u64 == self.count
    }

    /// Loads a position at the front of the order as it is stored.
    pub(crate) fn load(&mut self, position: WaitingPosition) {
        self.front.insert(position);
    }

    /// Notes that the first `wanted` positions were asked for and what there is of them was loaded.
    pub(crate) fn loaded(&mut self, wanted: usize) {
        self.is_exhausted |= self.front.len() < wanted;
    }

    pub(crate) fn enter(&mut self, position: WaitingPosition) {
        let belongs_to_front = self.is_complete() || self.front.last().is_some_and(|last| position < *last);
        self.count += 1;
        if belongs_to_front {
            self.front.insert(position);
        }
    }

    pub(crate) fn leave(&mut self, position: WaitingPosition) {
        // A counter that is too small already is for `maitred verify` to report, not for the next command to die of.
        self.count = self.count.saturating_sub(1);
        self.front.remove(&position);
    }

    /// Gives one that waits another place. One at the front that moves up stays there, even if nothing else of the
    /// order is in memory.
    pub(crate) fn relocate(&mut self, before: WaitingPosition, after: WaitingPosition) {
        let is_complete = self.is_complete();
        let moves_up = self.front.remove(&before) && after < before;
        if is_complete || moves_up || self.front.last().is_some_and(|last| after < *last) {
            self.front.insert(after);
        }
    }

    /// Drops what is in memory; the count stays.
    pub(crate) fn forget(&mut self) {
        self.front.clear();
        self.is_exhausted = false;
    }
}

impl World {
    /// Changes the priority of a contact: one that waits has another place from then on.
    pub(crate) fn change_priority(&mut self, id: ContactId, now: Timestamp, change: impl FnOnce(&mut Contact)) {
        let Some(before) = self.contacts.get(&id).cloned() else { return };
        self.change_contact(id, now, change);
        let Some(after) = self.contacts.get(&id).map(WaitingPosition::of) else { return };
        let before_at = WaitingPosition::of(&before);
        if before.ages() && after != before_at {
            self.change_source_totals(before.source, |state| {
                let order = if before.retry_at.is_some() { &mut state.resting } else { &mut state.waiting };
                order.relocate(before_at, after);
            });
        }
    }
}

#[cfg(test)]
mod tests;
