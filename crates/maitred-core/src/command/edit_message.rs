//! Changing what a lead said in a contact, because they changed it themselves. What a contact arrived with is changed
//! by [`super::ContactEdit`].

use crate::command::{Context, Outcome, Rejection};
use crate::conversation::Message;
use crate::event::EventDetail;
use crate::ids::{ContactId, MessageId};
use crate::nouns::Status;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// A message that says something else now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditMessage {
    pub contact: ContactId,
    /// One of that contact, said by its lead.
    pub message: MessageId,
    pub text: Arc<str>,
}

pub(super) fn needs(edit: &EditMessage, needs: &mut NeedsBuilder<'_>) {
    needs.message(edit.message);
    if let Some(contact) = needs.contact(edit.contact) {
        needs.lead(contact.lead);
    }
}

/// Of a contact that is over, what was said stays as it was.
pub(super) fn edit_message(world: &mut World, edit: EditMessage, context: Context) -> Result<Outcome, Rejection> {
    let contact = world.contact(edit.contact)?;
    let (id, lead) = (contact.id, contact.lead);
    if contact.status == Status::Resolved {
        return Err(Rejection::ContactResolved(id));
    }
    if world.lead(lead)?.erased_at.is_some() {
        return Err(Rejection::LeadErased(lead));
    }
    let is_said = |message: &Message| message.contact == id && message.delivery.is_none();
    if !world.message(edit.message).is_some_and(is_said) {
        return Err(Rejection::UnknownMessage(id, edit.message));
    }
    world.edit_message(id, edit.message, edit.text, context);
    world.emit_contact_event(id, EventDetail::MessageEdited { message: edit.message }, context);
    Ok(Outcome::Done)
}
