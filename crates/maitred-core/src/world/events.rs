//! Emitting events. Each names what it is about as that is now, so it is emitted after a change and before a deletion.

use super::World;
use crate::command::Context;
use crate::event::{Event, EventDetail};
use crate::ids::{ContactId, LeadId, OperatorId, SourceId};

impl World {
    pub(crate) fn emit(&mut self, event: Event) {
        self.changes.events.push(event);
    }

    pub(crate) fn emit_contact_event(&mut self, id: ContactId, detail: EventDetail, context: Context) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let (source, operator, lead) = (Some(contact.source), contact.operator, Some(contact.lead));
        let event = Event { contact: Some(id), source, operator, lead, ..Event::new(detail, context) };
        use EventDetail::{ContactCreated, ContactReopened, ContactTransferred};
        let may_assign = matches!(detail, ContactCreated | ContactReopened | ContactTransferred { .. });
        let assigned = (may_assign && operator.is_some()).then(|| event.assigned_at_once());
        self.emit(event);
        // Who listens for assignments has all of them in one kind of event.
        assigned.into_iter().for_each(|event| self.emit(event));
    }

    pub(crate) fn emit_operator_event(&mut self, id: OperatorId, detail: EventDetail, context: Context) {
        self.emit(Event { operator: Some(id), ..Event::new(detail, context) });
    }

    pub(crate) fn emit_source_event(&mut self, id: SourceId, detail: EventDetail, context: Context) {
        self.emit(Event { source: Some(id), ..Event::new(detail, context) });
    }

    pub(crate) fn emit_weight_event(
        &mut self,
        source: SourceId,
        operator: OperatorId,
        detail: EventDetail,
        context: Context,
    ) {
        self.emit(Event { source: Some(source), operator: Some(operator), ..Event::new(detail, context) });
    }

    pub(crate) fn emit_lead_event(&mut self, id: LeadId, detail: EventDetail, context: Context) {
        self.emit(Event { lead: Some(id), ..Event::new(detail, context) });
    }
}
