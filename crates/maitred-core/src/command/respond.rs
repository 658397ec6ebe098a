//! The first response to a contact, and what happens when there is none in time. What these are is in
//! [`crate::urgency`].

use super::offer::{self, OfferAnswer};
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{ContactId, Timestamp};
use crate::urgency::ResponseKind;
use crate::world::World;

/// Somebody called or wrote to the lead of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Respond {
    /// Whose contact it is: as with an answer to an offer, what is older than what happened since changes nothing.
    pub contact: OfferAnswer,
    pub how: ResponseKind,
}

/// Notes the first response; a later one changes nothing. Who responds to what they were offered accepts it.
pub(super) fn respond(world: &mut World, respond: Respond, context: Context) -> Result<Outcome, Rejection> {
    let contact = offer::expect_current(world, respond.contact, context.now)?;
    let id = contact.id;
    if first_response(world, id, context) {
        world.emit_contact_event(id, EventDetail::ContactResponded { how: respond.how }, context);
    }
    if contact.accept_by.is_some() {
        offer::accept(world, respond.contact, context)?;
    }
    Ok(Outcome::Contact(world.contact(id)?.clone()))
}

/// Notes that somebody responded, unless somebody did before. Says whether this is the first response.
pub(super) fn first_response(world: &mut World, id: ContactId, context: Context) -> bool {
    if world.contact(id).is_ok_and(|contact| contact.first_response_at.is_some()) {
        return false;
    }
    note_overdue(world, id, context);
    world.change_contact(id, context.now, |contact| contact.first_response_at = Some(context.now));
    true
}

/// Notes that nobody responded in time, once that time has passed.
pub(super) fn note_overdue(world: &mut World, id: ContactId, context: Context) {
    let due = world.contact(id).ok().and_then(|contact| contact.response_due());
    if let Some(due) = due.filter(|due| *due <= context.now) {
        world.change_contact(id, context.now, |contact| contact.overdue_at = Some(context.now));
        world.emit_contact_event(id, EventDetail::ContactOverdue { late_ms: context.late_ms(due) }, context);
    }
}

/// Has a contact be answered by the rules of its source, in a time that begins at this moment.
pub(super) fn expect_response(world: &mut World, id: ContactId, from: Timestamp, context: Context) {
    let Ok(contact) = world.contact(id) else { return };
    let source = world.source_row(contact.source).map(|state| &state.source);
    let respond_by = source.and_then(|source| source.urgency.respond_by(from, source.hours.as_deref()));
    if respond_by != contact.respond_by || contact.overdue_at.is_some() || contact.first_response_at.is_some() {
        world.change_contact(id, context.now, |contact| {
            (contact.respond_by, contact.overdue_at, contact.first_response_at) = (respond_by, None, None);
        });
    }
}
