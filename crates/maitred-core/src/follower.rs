//! From events to what [reports](crate::report) are made of. All that has to be remembered of the past is, of each
//! contact that is open, since when it waits and what was counted of it already; so the feed alone says everything,
//! whatever became of contacts and leads since.

use crate::event::{Event, EventDetail};
use crate::ids::{ContactId, OperatorId, Timestamp};
use crate::report::{Fact, FactKind, OpenContact};
use std::collections::BTreeMap;

/// Reads the feed in order. See the module.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    open: BTreeMap<ContactId, OpenContact>,
    /// What changed among these, if it is to be stored; none for those that are open no longer.
    changed: BTreeMap<ContactId, Option<OpenContact>>,
    facts: Vec<Fact>,
}

impl Follower {
    /// One who has read a part of the feed, with what is remembered of the contacts that the next part is about.
    #[must_use]
    pub fn new(open: impl IntoIterator<Item = OpenContact>) -> Self {
        let open = open.into_iter().map(|it| (it.contact, it)).collect();
        Self { open, ..Self::default() }
    }

    /// The contact of which something has to be remembered to read an event.
    #[must_use]
    pub fn contact_of(event: &Event) -> Option<ContactId> {
        is_of_interest(&event.detail).then_some(event.contact).flatten()
    }

    /// The facts so far; they are forgotten here.
    #[must_use]
    pub fn take_facts(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
    }

    /// The contacts that are open.
    pub fn open(&self) -> impl Iterator<Item = &OpenContact> {
        self.open.values()
    }

    /// What is remembered differently from the beginning, and the contacts of which nothing is.
    #[must_use]
    pub fn into_changed(self) -> Vec<(ContactId, Option<OpenContact>)> {
        self.changed.into_iter().collect()
    }

    /// Reads one event, which is behind all that were read before.
    pub fn read(&mut self, event: &Event) {
        use EventDetail as E;
        let Some(contact) = event.contact else { return };
        match event.detail {
            E::ContactCreated => {
                self.remember(OpenContact { contact, since: event.at, is_assigned: false, is_answered: false });
                self.fact(event, FactKind::Arrived, None, 0);
                self.assigned(event);
            }
            // Told already by the event before.
            E::ContactAssigned { at_once: true, .. } => {}
            E::ContactAssigned { at_once: false, .. } => self.assigned(event),
            E::ContactTransferred { from, .. } => {
                self.taken(event, from);
                self.assigned(event);
            }
            E::ContactReopened => {
                self.remember(OpenContact { contact, since: event.at, is_assigned: true, is_answered: false });
                self.fact(event, FactKind::Reopened, event.operator, 0);
                self.assigned(event);
            }
            E::ContactResolved => {
                self.answered(event);
                if let Some(open) = self.open.remove(&contact) {
                    self.changed.insert(contact, None);
                    self.fact(event, FactKind::Resolved, event.operator, passed(open.since, event.at));
                }
            }
            E::ContactDeleted => {
                // Who had one that is resolved does not hold it any more.
                if self.open.remove(&contact).is_some() {
                    self.taken(event, event.operator);
                }
                self.changed.insert(contact, None);
            }
            E::ContactScheduled { not_before, .. } => self.change(contact, |open| open.since = not_before),
            E::ContactUnscheduled => self.change(contact, |open| open.since = event.at),
            E::ContactAccepted => {
                self.answered(event);
                self.fact(event, FactKind::Accepted, event.operator, 0);
            }
            E::ContactResponded { .. } => self.answered(event),
            E::ContactDeclined { from } => self.fact(event, FactKind::Declined, Some(from), 0),
            E::ContactOfferExpired { from, .. } => self.fact(event, FactKind::OfferExpired, Some(from), 0),
            E::ContactOfferRevoked { from } => self.taken(event, Some(from)),
            E::ContactReleased { from, .. } => self.fact(event, FactKind::Released, from, 0),
            E::ContactOverdue { .. } => self.fact(event, FactKind::Overdue, event.operator, 0),
            _ => {}
        }
    }

    fn assigned(&mut self, event: &Event) {
        let (Some(contact), Some(operator)) = (event.contact, event.operator) else { return };
        match self.open.get(&contact).copied().filter(|open| !open.is_assigned) {
            Some(open) => {
                self.remember(OpenContact { is_assigned: true, ..open });
                self.fact(event, FactKind::FirstAssigned, Some(operator), passed(open.since, event.at));
            }
            None => self.fact(event, FactKind::AssignedAgain, Some(operator), 0),
        }
    }

    fn taken(&mut self, event: &Event, from: Option<OperatorId>) {
        if from.is_some() {
            self.fact(event, FactKind::Taken, from, 0);
        }
    }

    fn answered(&mut self, event: &Event) {
        let open = event.contact.and_then(|contact| self.open.get(&contact).copied());
        if let Some(open) = open.filter(|open| !open.is_answered) {
            self.remember(OpenContact { is_answered: true, ..open });
            self.fact(event, FactKind::Responded, event.operator, passed(open.since, event.at));
        }
    }

    fn remember(&mut self, open: OpenContact) {
        self.open.insert(open.contact, open);
        self.changed.insert(open.contact, Some(open));
    }

    fn change(&mut self, contact: ContactId, edit: impl FnOnce(&mut OpenContact)) {
        if let Some(mut open) = self.open.get(&contact).copied() {
            edit(&mut open);
            self.remember(open);
        }
    }

    fn fact(&mut self, event: &Event, kind: FactKind, operator: Option<OperatorId>, micros: u64) {
        let Some(source) = event.source else { return };
        self.facts.push(Fact { at: event.at, kind, source, operator, micros });
    }
}

/// From one time to another; nothing if the other is earlier.
fn passed(since: Timestamp, at: Timestamp) -> u64 {
    at.0.saturating_sub(since.0).max(0).cast_unsigned()
}

fn is_of_interest(detail: &EventDetail) -> bool {
    use EventDetail as E;
    matches!(
        detail,
        E::ContactCreated
            | E::ContactAssigned { at_once: false, .. }
            | E::ContactTransferred { .. }
            | E::ContactReopened
            | E::ContactResolved
            | E::ContactDeleted
            | E::ContactScheduled { .. }
            | E::ContactUnscheduled
            | E::ContactAccepted
            | E::ContactResponded { .. }
    )
}
