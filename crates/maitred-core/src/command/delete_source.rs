//! Deleting a source. Its row stays for the history; nobody serves it any more, and what is open is resolved. What one
//! command may not finish is left to [`FollowUp::CloseOut`].

use super::edit_contact::resolve;
use crate::command::{Context, FollowUp, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{ContactId, OperatorId, SourceId};
use crate::intake::IntakeChange;
use crate::limits::USERS_NAMED_MAX;
use crate::world::{NeedsBuilder, World};

/// A source to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteSource {
    /// One that is not deleted yet.
    pub source: SourceId,
    /// Whether to resolve what is open; refused otherwise if anything is.
    pub force: bool,
}

pub(super) fn needs(delete: &DeleteSource, needs: &mut NeedsBuilder<'_>) {
    needs.fallback_users(delete.source);
    needs_to_close_out(delete.source, needs);
}

pub(super) fn needs_to_close_out(source: SourceId, needs: &mut NeedsBuilder<'_>) {
    needs.source(source);
    needs.closes(source);
    for contact in needs.follow_up_contacts(FollowUp::CloseOut(source)) {
        needs.contact_and_room(contact);
    }
}

pub(super) fn delete_source(world: &mut World, delete: DeleteSource, context: Context) -> Result<Outcome, Rejection> {
    let DeleteSource { source: id, force } = delete;
    let state = world.source(id)?;
    if state.open() > 0 && !force {
        return Err(Rejection::SourceHasOpenContacts(id, state.open()));
    }
    let users = world.falling_back_on(id);
    if !users.is_empty() {
        return Err(Rejection::SourceIsFallback(id, users.into_iter().take(USERS_NAMED_MAX).collect()));
    }
    close(world, id, context);
    close_out(world, id, context);
    Ok(Outcome::Done)
}

/// Deletes a source; what it has open stays for now.
pub(super) fn close(world: &mut World, id: SourceId, context: Context) {
    let candidates = world.source_row(id).map_or(&[][..], |state| state.pool().candidates());
    let members: Vec<OperatorId> = candidates.iter().map(|c| c.operator).collect();
    // Back to front: taking the last one out moves nobody.
    members.into_iter().rev().for_each(|operator| world.remove_weight(id, operator, context.now));
    world.change_source(id, |source| {
        (source.deleted_at, source.updated_at, source.fallback) = (Some(context.now), context.now, None);
        if source.calendar.is_some() {
            source.forget_hours();
        }
        source.caps = None;
    });
    world.change_intake(id, IntakeChange::Removed);
    world.emit_source_event(id, EventDetail::SourceDeleted, context);
}

/// Resolves what a deleted source has open, as much as was loaded; the rest is left to a follow-up.
pub(super) fn close_out(world: &mut World, id: SourceId, context: Context) {
    let open: Vec<ContactId> = world.follow_up_contacts(FollowUp::CloseOut(id)).collect();
    open.into_iter().for_each(|contact| resolve(world, contact, context));
    if world.source_row(id).is_some_and(|state| state.open() > 0) {
        world.follow_up(FollowUp::CloseOut(id));
    }
}
