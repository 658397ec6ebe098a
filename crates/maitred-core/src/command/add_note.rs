//! Writing a note about a contact: open or resolved, as long as its lead was not erased.

use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::ContactId;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// A note to be added to a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddNote {
    pub contact: ContactId,
    /// As [`crate::limits::note`] gives it.
    pub text: Arc<str>,
}

pub(super) fn needs(new: &AddNote, needs: &mut NeedsBuilder<'_>) {
    if let Some(contact) = needs.contact(new.contact) {
        needs.lead(contact.lead);
    }
}

pub(super) fn add_note(world: &mut World, new: AddNote, context: Context) -> Result<Outcome, Rejection> {
    let AddNote { contact: id, text } = new;
    let lead = world.contact(id)?.lead;
    if world.lead(lead)?.erased_at.is_some() {
        return Err(Rejection::LeadErased(lead));
    }
    let note = world.add_note(id, text, context);
    world.emit_contact_event(id, EventDetail::ContactNoted, context);
    Ok(Outcome::Note(lead, note))
}
