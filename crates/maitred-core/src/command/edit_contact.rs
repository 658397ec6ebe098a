//! Editing a contact: its message, its place in the waiting order, and whether it is resolved.

use super::schedule::{self, reschedule};
use super::{offer, respond};
use crate::command::transfer::hand_over;
use crate::command::{Context, Outcome, Rejection};
use crate::decision::Cause;
use crate::event::EventDetail;
use crate::ids::{ContactId, OperatorId, Timestamp};
use crate::limits::UNDO_MICROS_MAX;
use crate::nouns::{Contact, Status};
use crate::pool::Candidate;
use crate::reservation::Wanted;
use crate::routing::{Preference, drain_sources_of, route, send_on, withdraw};
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// Changes to a contact; `None` leaves a field alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactEdit {
    /// Resolves (true) or reopens (false).
    pub is_resolved: Option<bool>,
    /// Whether reopening undoes resolving: within [`UNDO_MICROS_MAX`] it goes back to the operator who had it, even if
    /// their slot was given away since.
    pub undo: bool,
    /// Moves it within the waiting order.
    pub priority: Option<i32>,
    /// Replaces the message; `Some(None)` removes it.
    pub message: Option<Option<Arc<str>>>,
    /// Schedules it for a time, before which nobody gets it: from an operator it is taken. `Some(None)`, or a time that
    /// has passed, lets it wait like any other. Bounds are those of [`super::Submit::not_before`].
    pub not_before: Option<Option<Timestamp>>,
    /// Who is to get it at its time; only for a contact that is scheduled, or is by this edit. `Some(None)`: anybody,
    /// at once if it was reserved.
    pub wanted: Option<Option<Wanted>>,
}

pub(super) fn needs(id: ContactId, edit: &ContactEdit, needs: &mut NeedsBuilder<'_>) {
    if let (ContactEdit { undo: true, .. }, Some(contact)) = (edit, needs.contact(id)) {
        contact.operator.iter().for_each(|operator| needs.operator(*operator));
    }
    if let Some(Some(wanted)) = edit.wanted {
        needs.operator(wanted.operator);
    }
    let contact = match edit {
        ContactEdit { not_before: Some(_), .. } | ContactEdit { wanted: Some(_), .. } => {
            schedule::needs_to_assign([id], needs);
            needs.contact_and_room(id)
        }
        ContactEdit { is_resolved: Some(_), .. } => needs.contact_and_room(id),
        // Another priority is another position in the waiting order of the source.
        ContactEdit { priority: Some(_), .. } => needs.contact_and_source(id),
        _ => needs.contact(id),
    };
    if let (Some(Some(_)), Some(contact)) = (&edit.message, contact) {
        needs.lead(contact.lead);
    }
}

pub(super) fn edit_contact(
    world: &mut World,
    id: ContactId,
    edit: ContactEdit,
    context: Context,
) -> Result<Outcome, Rejection> {
    let before = world.contact(id)?.clone();
    if edit.is_resolved == Some(false) && before.status == Status::Resolved {
        world.source(before.source)?;
    }
    if edit.message.as_ref().is_some_and(Option::is_some) && world.lead(before.lead)?.erased_at.is_some() {
        return Err(Rejection::LeadErased(before.lead));
    }
    if let Some(Some(wanted)) = edit.wanted {
        expect_may_be_wanted(world, &before, wanted.operator, edit.not_before, context)?;
    }
    if let Some(priority) = edit.priority.filter(|p| *p != before.own_priority()) {
        set_priority(world, &before, priority, context);
    }
    if let Some(message) = edit.message.filter(|m| *m != before.message) {
        world.change_contact(id, context.now, |contact| contact.message = message);
    }
    if let Some(wanted) = edit.wanted.filter(|it| *it != before.wanted()) {
        let is_put_off = edit.not_before.flatten().is_some_and(|at| at > context.now);
        schedule::set_wanted(world, &before, wanted, is_put_off, context);
    }
    let mut is_edited = world.contact(id)? != &before;
    is_edited |= edit.not_before.is_some_and(|at| reschedule(world, id, at, context));
    if is_edited {
        world.emit_contact_event(id, EventDetail::ContactEdited, context);
    }
    match edit.is_resolved {
        Some(true) if before.status != Status::Resolved => {
            respond::first_response(world, id, context);
            resolve(world, id, context);
        }
        Some(false) => reopen(world, id, edit.undo, context)?,
        Some(true) | None => {}
    }
    Ok(Outcome::Contact(world.contact(id)?.clone()))
}

/// Whether somebody who serves the source is wanted, for a time to come.
fn expect_may_be_wanted(
    world: &World,
    contact: &Contact,
    operator: OperatorId,
    not_before: Option<Option<Timestamp>>,
    context: Context,
) -> Result<(), Rejection> {
    world.operator(operator)?;
    if world.source(contact.source)?.pool().get(operator).is_none() {
        return Err(Rejection::UnknownMembership(contact.source, operator));
    }
    let is_scheduled = not_before.map_or(contact.scheduled, |at| at.is_some_and(|at| at > context.now));
    match contact.status {
        Status::Resolved => Err(Rejection::ContactResolved(contact.id)),
        _ if !is_scheduled => Err(Rejection::NotScheduled(contact.id)),
        Status::Waiting | Status::Assigned => Ok(()),
    }
}

/// Moves a contact within the waiting order. What it was raised to stays the least.
pub(super) fn set_priority(world: &mut World, contact: &Contact, priority: i32, context: Context) {
    world.change_priority(contact.id, context.now, |contact| contact.set_priorities(priority, contact.raised_to));
}

/// Ends a contact and gives its slot to those who wait. Resolving twice is the same as once.
pub(super) fn resolve(world: &mut World, id: ContactId, context: Context) {
    let Ok(contact) = world.contact(id) else { return };
    if contact.status == Status::Resolved {
        return;
    }
    if let (Some(operator), Some(_)) = (contact.operator, contact.accept_by) {
        offer::answered(world, operator);
    }
    let freed = withdraw(world, id, context);
    world.set_resolved(id, context.now);
    world.emit_contact_event(id, EventDetail::ContactResolved, context);
    drain_sources_of(world, freed, context);
}

/// Opens a resolved contact of a source that exists again: for the operator who had it, if they are eligible, else by
/// policy. One that is taken back by somebody who is not eligible is given to them by force. Reopening an open contact
/// changes nothing.
pub(super) fn reopen(world: &mut World, id: ContactId, undo: bool, context: Context) -> Result<(), Rejection> {
    let contact = world.contact(id)?.clone();
    if contact.status != Status::Resolved {
        return Ok(());
    }
    let from = contact.not_before.map_or(context.now, |at| at.max(context.now));
    respond::expect_response(world, id, from, context);
    world.change_priority(id, context.now, |contact| {
        contact.set_priorities(contact.own_priority(), None);
        contact.reopened_at = Some(context.now);
    });
    let contact = world.contact(id)?.clone();
    let taken_back_by = if undo { taken_back_by(world, &contact, context) } else { None };
    match taken_back_by {
        Some(_) => world.enqueue(id, context.now),
        None => {
            let preference = Preference { preferred: contact.operator, avoided: None };
            route(world, &contact, Cause::Reopened, preference, context);
        }
    }
    world.emit_contact_event(id, EventDetail::ContactReopened, context);
    let waiting = world.contact(id)?.clone();
    match taken_back_by {
        Some(operator) => hand_over(world, &waiting, operator, true, context)?,
        None => send_on(world, waiting.source, context),
    }
    Ok(())
}

/// The operator who just had a contact, and to whom the policy would not give it back.
fn taken_back_by(world: &World, contact: &Contact, context: Context) -> Option<OperatorId> {
    let operator = contact.operator.filter(|operator| world.operator(*operator).is_ok())?;
    let age = context.now.0.saturating_sub(contact.resolved_at?.0);
    let state = world.source(contact.source).ok()?;
    let is_open = state.source.closed(context.now).is_none();
    let is_eligible = is_open && state.pool().get(operator).is_some_and(Candidate::is_eligible);
    (age <= UNDO_MICROS_MAX && !is_eligible).then_some(operator)
}
