//! Deleting a contact with its decisions. Its slot is free for those who wait.

use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::ContactId;
use crate::routing::{drain_sources_of, withdraw};
use crate::world::{NeedsBuilder, World};

pub(super) fn needs(id: ContactId, needs: &mut NeedsBuilder<'_>) {
    needs.contact_and_room(id);
}

pub(super) fn delete_contact(world: &mut World, id: ContactId, context: Context) -> Result<Outcome, Rejection> {
    world.contact(id)?;
    let freed = withdraw(world, id, context);
    world.emit_contact_event(id, EventDetail::ContactDeleted, context);
    world.delete_contact(id);
    drain_sources_of(world, freed, context);
    Ok(Outcome::Done)
}
