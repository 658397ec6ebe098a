//! What people do with contacts: resolve, reopen, transfer, release, edit, delete.

use super::route::{Wish, drain, route, tell};
use crate::command::{ContactEdit, Context, Outcome, Rejection};
use crate::decision::{Cause, Decision};
use crate::draw::ALGORITHM_VERSION;
use crate::event::{EventDetail, EventKind};
use crate::ids::{ContactId, OperatorId, SourceId};
use crate::nouns::{Contact, Status};
use crate::policy::Rule;
use crate::world::World;

pub(super) fn edit(
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
    if let Some(priority) = edit.priority.filter(|p| *p != before.priority) {
        set_priority(world, &before, priority, context);
    }
    if let Some(message) = edit.message.filter(|m| *m != before.message) {
        world.change_contact(id, context.now, |contact| contact.message = message);
    }
    if world.contact(id)? != &before {
        tell(world, id, EventKind::ContactEdited, None, context);
    }
    match edit.is_resolved {
        Some(true) => resolve(world, id, context),
        Some(false) => reopen(world, id, context),
        None => {}
    }
    answer(world, id)
}

fn set_priority(world: &mut World, contact: &Contact, priority: i32, context: Context) {
    let waits = contact.status == Status::Waiting;
    if waits {
        world.dequeue(contact.id);
    }
    world.change_contact(contact.id, context.now, |contact| contact.priority = priority);
    if waits {
        world.enqueue(contact.id, context.now);
    }
}

/// Ends a contact and gives its slot to whoever waits. Resolving twice is the same as once.
pub(super) fn resolve(world: &mut World, id: ContactId, context: Context) {
    let Ok(contact) = world.contact(id) else { return };
    if contact.status == Status::Resolved {
        return;
    }
    let freed = take_away(world, id);
    world.end(id, context.now);
    tell(world, id, EventKind::ContactResolved, None, context);
    drain_after(world, freed, context);
}

/// Opens a resolved contact, of a source that is there, again: for who had it, if he is eligible, else by policy.
/// Reopening an open contact changes nothing.
fn reopen(world: &mut World, id: ContactId, context: Context) {
    let Ok(contact) = world.contact(id).cloned() else { return };
    if contact.status != Status::Resolved {
        return;
    }
    let wish = Wish { preferred: contact.operator, avoided: None };
    route(world, &contact, Cause::Reopened, wish, context);
    tell(world, id, EventKind::ContactReopened, None, context);
}

pub(super) fn transfer(
    world: &mut World,
    id: ContactId,
    to: Option<OperatorId>,
    force: bool,
    context: Context,
) -> Result<Outcome, Rejection> {
    let contact = world.contact(id)?.clone();
    if contact.status == Status::Resolved {
        return Err(Rejection::ContactResolved(id));
    }
    match to {
        Some(to) if contact.status == Status::Assigned && contact.operator == Some(to) => {}
        Some(to) => hand_over(world, &contact, to, force, context)?,
        None if contact.status == Status::Waiting => {}
        None => release(world, &contact, context),
    }
    answer(world, id)
}

/// Gives a contact to an operator because a person said so. The shares of the policy do not count it.
fn hand_over(
    world: &mut World,
    contact: &Contact,
    to: OperatorId,
    force: bool,
    context: Context,
) -> Result<(), Rejection> {
    let forced = may_hold(world, to, force)?;
    let cause = if forced { Cause::ForcedByHand } else { Cause::TransferredByHand };
    let policy = world.source(contact.source).map(|state| state.source.policy).unwrap_or_default();
    let freed = take_away(world, contact.id);
    world.record(contact.id, |contact, seq| Decision {
        contact,
        seq,
        pool: None,
        at: context.now,
        cause,
        rule: Rule { policy, preferred: None, avoided: None },
        algorithm: ALGORITHM_VERSION,
        seed: 0,
        outcome: Some(to),
    });
    world.hold(contact.id, to, context.now);
    let detail = EventDetail { from_operator_id: contact.operator, forced, ..EventDetail::default() };
    tell(world, contact.id, EventKind::ContactTransferred, Some(detail), context);
    drain_after(world, freed, context);
    Ok(())
}

/// Whether a transfer to this operator takes force.
fn may_hold(world: &World, to: OperatorId, force: bool) -> Result<bool, Rejection> {
    let operator = world.operator(to)?;
    let refusal = if !operator.is_active {
        Rejection::OperatorInactive(to)
    } else if operator.current_load >= operator.max_load {
        Rejection::OperatorFull(to, operator.current_load, operator.max_load)
    } else {
        return Ok(false);
    };
    if force { Ok(true) } else { Err(refusal) }
}

/// Takes a contact from its operator. The freed slot is offered to those who wait; then the contact itself is routed,
/// away from who released it if anybody else can take it.
fn release(world: &mut World, contact: &Contact, context: Context) {
    let freed = take_away(world, contact.id);
    let detail = EventDetail { from_operator_id: freed, ..EventDetail::default() };
    world.change_contact(contact.id, context.now, |c| c.operator = None);
    tell(world, contact.id, EventKind::ContactReleased, Some(detail), context);
    drain_after(world, freed, context);
    let wish = Wish { preferred: None, avoided: freed };
    route(world, contact, Cause::Released, wish, context);
    if world.contact(contact.id).is_ok_and(|c| c.status == Status::Assigned) {
        tell(world, contact.id, EventKind::ContactAssigned, None, context);
    }
}

pub(super) fn delete(world: &mut World, id: ContactId, context: Context) -> Result<Outcome, Rejection> {
    world.contact(id)?;
    let freed = take_away(world, id);
    tell(world, id, EventKind::ContactDeleted, None, context);
    world.delete_contact(id);
    drain_after(world, freed, context);
    Ok(Outcome::Done)
}

/// Makes a contact stand nowhere: out of the waiting order, or from its operator, who is returned.
pub(super) fn take_away(world: &mut World, id: ContactId) -> Option<OperatorId> {
    match world.contact(id).ok()?.status {
        Status::Waiting => {
            world.dequeue(id);
            None
        }
        Status::Assigned => world.free(id),
        Status::Resolved => None,
    }
}

/// Gives the slots an operator has free to whoever waits on any of his sources.
pub(super) fn drain_after(world: &mut World, freed: Option<OperatorId>, context: Context) {
    let sources: Vec<SourceId> = freed.into_iter().flat_map(|operator| world.serves(operator)).collect();
    drain(world, sources, context);
}

fn answer(world: &World, id: ContactId) -> Result<Outcome, Rejection> {
    Ok(Outcome::Contact(world.contact(id)?.clone()))
}
