//! Writing to the lead of a contact. The message is kept as pending, and that is the order to send it: a job outside of
//! the core sends what is pending and says what came of it.

use super::{NoteReach, OfferAnswer, note_reach, offer, respond};
use crate::command::{Context, Outcome, Rejection};
use crate::conversation::{Delivery, DeliveryFailure, NoWay};
use crate::event::EventDetail;
use crate::ids::{ContactId, MessageId};
use crate::nouns::Status;
use crate::urgency::ResponseKind;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// A message to the lead of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendMessage {
    /// About which contact. The operator is who writes, if it is the one who has it: then it accepts what they were
    /// offered. With a decision it is refused if the contact is not theirs by that decision any more.
    pub contact: OfferAnswer,
    /// As [`crate::limits::reply`] gives it.
    pub text: Arc<str>,
    /// Whether the source can send it, as far as the caller knows.
    pub way: Result<(), NoWay>,
}

/// What came of sending a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteDelivery {
    pub contact: ContactId,
    /// One of that contact, and pending.
    pub message: MessageId,
    pub delivery: Delivery,
}

pub(super) fn needs(new: &SendMessage, needs: &mut NeedsBuilder<'_>) {
    offer::needs_to_accept(new.contact, needs);
    contact_and_lead(new.contact.contact, needs);
}

pub(super) fn needs_to_note(note: NoteDelivery, needs: &mut NeedsBuilder<'_>) {
    needs.message(note.message);
    contact_and_lead(note.contact, needs);
}

fn contact_and_lead(contact: ContactId, needs: &mut NeedsBuilder<'_>) {
    if let Some(contact) = needs.contact(contact) {
        needs.lead(contact.lead);
    }
}

/// Keeps it, as the first response if there was none. A contact that is over can be written to as well.
pub(super) fn send_message(world: &mut World, new: SendMessage, context: Context) -> Result<Outcome, Rejection> {
    let contact = world.contact(new.contact.contact)?.clone();
    let (id, lead) = (contact.id, contact.lead);
    if new.contact.decision.is_some() {
        offer::expect_current(world, new.contact, context.now)?;
    }
    if world.lead(lead)?.erased_at.is_some() {
        return Err(Rejection::LeadErased(lead));
    }
    new.way.map_err(|why| Rejection::NoWay(id, why))?;
    let message = world.add_reply(id, new.text, context);
    world.emit_contact_event(id, EventDetail::MessageSent { message: message.id }, context);
    if contact.status != Status::Resolved && respond::first_response(world, id, context) {
        world.emit_contact_event(id, EventDetail::ContactResponded { how: ResponseKind::Message }, context);
    }
    let is_offered = contact.accept_by.is_some_and(|at| at > context.now);
    if is_offered && contact.operator.is_some() && new.contact.operator == contact.operator {
        offer::accept(world, new.contact, context)?;
    }
    Ok(Outcome::Sent(lead, message))
}

/// Notes what came of it, once. What was deleted or erased meanwhile is not there any more.
pub(super) fn note_delivery(world: &mut World, note: NoteDelivery, context: Context) -> Result<Outcome, Rejection> {
    let NoteDelivery { contact: id, message, delivery } = note;
    let contact = world.contact(id)?;
    let (lead, source) = (contact.lead, contact.arrived_on());
    if world.lead(lead)?.erased_at.is_some() {
        return Err(Rejection::LeadErased(lead));
    }
    let known = world.message(message).filter(|it| it.contact == id).and_then(|it| it.delivery);
    match known {
        None => return Err(Rejection::UnknownMessage(id, message)),
        Some(Delivery::Pending) => {}
        Some(Delivery::Sent | Delivery::Failed(_)) => return Err(Rejection::MessageNotPending(message)),
    }
    world.note_delivery(message, delivery, context.now);
    let detail = match delivery {
        Delivery::Failed(_) => EventDetail::MessageFailed { message },
        Delivery::Pending | Delivery::Sent => EventDetail::MessageDelivered { message },
    };
    world.emit_contact_event(id, detail, context);
    let is_blocked = match delivery {
        Delivery::Failed(DeliveryFailure::Blocked) => Some(true),
        Delivery::Sent => Some(false),
        Delivery::Failed(_) | Delivery::Pending => None,
    };
    if let Some(is_blocked) = is_blocked {
        note_reach::set_reach(world, NoteReach { lead, source, is_blocked, at: context.now }, context);
    }
    Ok(Outcome::Done)
}
