//! Fallbacks in memory: which source falls back on which now, and which would.

use super::{SourceState, World};
use crate::fallback::{FALLBACK_CHAIN_MAX, NoFallback};
use crate::ids::{ContactId, SourceId, Timestamp};
use std::collections::BTreeSet;

impl World {
    /// Where the contacts of a source go now: its fallback, if it is closed and that one is open.
    pub(crate) fn falls_back(&self, id: SourceId) -> Option<SourceId> {
        let is_closed = self.source_row(id)?.source.falls_back(self.now);
        self.open_fallback(id).filter(|_| is_closed)
    }

    /// Whether contacts wait on a source that are to go to its fallback.
    #[must_use]
    pub fn is_to_send_on(&self, state: &SourceState) -> bool {
        state.all_waiting() > 0 && self.falls_back(state.source.id).is_some()
    }

    /// The fallback of a source, if that is open now.
    pub(crate) fn open_fallback(&self, id: SourceId) -> Option<SourceId> {
        let fallback = &self.source_row(self.source_row(id)?.source.fallback?)?.source;
        fallback.takes_over(self.now).then_some(fallback.id)
    }

    /// The sources that have this one as their fallback.
    pub(crate) fn falling_back_on(&self, id: SourceId) -> BTreeSet<SourceId> {
        let stored = self.fallback_users.get(&id).into_iter().flatten().copied();
        let stored = stored.filter(|source| !self.sources.knows(source));
        let in_memory = self.sources().map(|state| &state.source).filter(|it| it.deleted_at.is_none());
        stored.chain(in_memory.filter(|it| it.fallback == Some(id)).map(|it| it.id)).collect()
    }

    /// Whether contacts of a source, or of one that is to be added, may go to another.
    pub(crate) fn expect_fallback(&self, id: Option<SourceId>, demo: bool, to: SourceId) -> Result<(), NoFallback> {
        let first = self.source(to).map_err(|_| NoFallback::Unknown)?;
        if first.source.demo != demo {
            return Err(NoFallback::DemoAndReal);
        }
        let mut chain = vec![to];
        let mut next = first.source.fallback;
        while id != chain.last().copied() {
            let Some(further) = next else { return Ok(()) };
            if chain.len() + 1 >= FALLBACK_CHAIN_MAX {
                return Err(NoFallback::TooLong);
            }
            chain.push(further);
            next = self.source_row(further).and_then(|state| state.source.fallback);
        }
        chain.pop();
        Err(NoFallback::Circle(chain))
    }

    /// Lets a contact that waits, or rests, wait on another source.
    pub(crate) fn move_to_source(&mut self, id: ContactId, to: SourceId, now: Timestamp) {
        self.dequeue(id);
        self.change_contact(id, now, |contact| {
            contact.original_source = Some(contact.arrived_on());
            (contact.source, contact.attempts) = (to, None);
        });
        self.enqueue(id, now);
    }
}
