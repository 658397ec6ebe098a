//! Intakes and payloads are not held in memory: what is written of them is only passed on to the store.

use super::{World, post_increment};
use crate::ids::{ContactId, PayloadId, SourceId, Timestamp};
use crate::intake::{IntakeChange, Payload};

impl World {
    pub(crate) fn change_intake(&mut self, source: SourceId, change: IntakeChange) {
        self.changes.intakes.push((source, change));
    }

    /// Keeps a payload under an id of its own.
    pub(crate) fn add_payload(&mut self, payload: Payload) -> PayloadId {
        let id = PayloadId(post_increment(&mut self.ids.payload));
        self.changes.payloads_new.push(Payload { id, ..payload });
        id
    }

    /// Notes that a contact was made of a payload that was kept.
    pub(crate) fn take_payload(&mut self, source: SourceId, id: PayloadId, contact: ContactId) {
        self.changes.payloads_taken.push((source, id, contact));
    }

    pub(crate) fn forget_payloads(&mut self, before: Timestamp) {
        self.changes.payloads_before = self.changes.payloads_before.max(Some(before));
    }
}
