//! Emitting events. Each names what it is about as that is now, so it is emitted after a change and before a deletion.

use super::World;
use crate::command::Context;
use crate::event::{Event, EventDetail};
use crate::ids::{ContactId, LeadId, OperatorId, SourceId};
use crate::nouns::Status;

impl World {
    pub(crate) fn emit(&mut self, event: Event) {
        self.changes.events.push(event);
    }

    pub(crate) fn emit_contact_event(&mut self, id: ContactId, detail: EventDetail, context: Context) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let (source, operator, lead) = (Some(contact.source), contact.operator, Some(contact.lead));
        let demo = self.is_demo_source(contact.source);
        let event = Event { contact: Some(id), source, operator, lead, demo, ..Event::new(detail, context) };
        use EventDetail::{ContactCreated, ContactReopened, ContactTransferred};
        let may_assign = matches!(detail, ContactCreated | ContactReopened | ContactTransferred { .. });
        let assigned = (may_assign && operator.is_some()).then(|| event.assigned_at_once(contact.accept_by));
        let is_apart = contact.scheduled || contact.reserved_for().is_some();
        let is_put_aside = matches!(detail, ContactCreated | ContactReopened) && is_apart;
        self.emit(event);
        if is_put_aside {
            self.emit_whereabouts(id, context);
        }
        // Who listens for assignments has all of them in one kind of event.
        assigned.into_iter().for_each(|event| self.emit(event));
    }

    /// Says where a contact is that was routed: with somebody, or waiting for its time, for somebody in particular, or
    /// for another round of offers.
    /// That it waits for anybody, the event before says.
    pub(crate) fn emit_whereabouts(&mut self, id: ContactId, context: Context) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let detail = match (contact.status, contact.not_before) {
            (Status::Assigned, _) => EventDetail::ContactAssigned { at_once: false, accept_by: contact.accept_by },
            (Status::Waiting, Some(not_before)) if contact.scheduled => {
                EventDetail::ContactScheduled { not_before, moved: false }
            }
            (Status::Waiting, _) => match (contact.retry_at, contact.reserved_for()) {
                (Some(until), Some(operator)) => EventDetail::ContactReserved { operator, until },
                (Some(until), None) => EventDetail::ContactRested { until },
                (None, _) => return,
            },
            (Status::Resolved, _) => return,
        };
        self.emit_contact_event(id, detail, context);
    }

    pub(crate) fn emit_operator_event(&mut self, id: OperatorId, detail: EventDetail, context: Context) {
        let demo = self.operator_row(id).is_some_and(|operator| operator.demo);
        self.emit(Event { operator: Some(id), demo, ..Event::new(detail, context) });
    }

    pub(crate) fn emit_plain_event(&mut self, detail: EventDetail, context: Context) {
        self.emit(Event::new(detail, context));
    }

    pub(crate) fn emit_source_event(&mut self, id: SourceId, detail: EventDetail, context: Context) {
        let demo = self.is_demo_source(id);
        self.emit(Event { source: Some(id), demo, ..Event::new(detail, context) });
    }

    pub(crate) fn emit_weight_event(
        &mut self,
        source: SourceId,
        operator: OperatorId,
        detail: EventDetail,
        context: Context,
    ) {
        let demo = self.is_demo_source(source);
        self.emit(Event { source: Some(source), operator: Some(operator), demo, ..Event::new(detail, context) });
    }

    pub(crate) fn emit_lead_event(&mut self, id: LeadId, detail: EventDetail, context: Context) {
        let demo = self.lead_row(id).is_some_and(|lead| lead.demo);
        self.emit(Event { lead: Some(id), demo, ..Event::new(detail, context) });
    }
}
