//! Operators: adding, changing, removing them.

use super::contact::{drain_after, take_away};
use super::route::{Wish, drain, route, tell};
use crate::command::{Context, FollowUp, NewOperator, OperatorEdit, Outcome, Rejection};
use crate::decision::Cause;
use crate::event::{Event, EventDetail, EventKind};
use crate::ids::{ContactId, OperatorId, SourceId};
use crate::nouns::Status;
use crate::world::World;
use std::collections::BTreeSet;

pub(super) fn create(world: &mut World, new: NewOperator, context: Context) -> Result<Outcome, Rejection> {
    let id = world.add_operator(new, context.now);
    tell_operator(world, id, EventKind::OperatorCreated, context);
    answer(world, id)
}

/// Changes an operator. Whoever is switched on or gets a higher limit takes from those who wait.
pub(super) fn edit(
    world: &mut World,
    id: OperatorId,
    edit: OperatorEdit,
    context: Context,
) -> Result<Outcome, Rejection> {
    let before = world.operator(id)?.clone();
    world.change_operator(id, |operator| {
        operator.name = edit.name.unwrap_or_else(|| operator.name.clone());
        operator.is_active = edit.is_active.unwrap_or(operator.is_active);
        operator.max_load = edit.max_load.unwrap_or(operator.max_load);
    });
    if world.operator(id)? != &before {
        world.change_operator(id, |operator| operator.updated_at = context.now);
        tell_operator(world, id, EventKind::OperatorEdited, context);
    }
    drain_after(world, Some(id), context);
    answer(world, id)
}

/// Removes an operator. His row stays for the history; what he holds is routed again.
pub(super) fn delete(world: &mut World, id: OperatorId, context: Context) -> Result<Outcome, Rejection> {
    world.operator(id)?;
    let serves: Vec<SourceId> = world.serves(id).collect();
    serves.into_iter().for_each(|source| world.remove_weight(source, id));
    world.change_operator(id, |operator| {
        operator.is_active = false;
        operator.deleted_at = Some(context.now);
        operator.updated_at = context.now;
    });
    tell_operator(world, id, EventKind::OperatorDeleted, context);
    evacuate(world, id, context);
    Ok(Outcome::Done)
}

/// Routes again what a deleted operator holds, as much as was loaded; the rest is left to a follow-up.
pub(super) fn evacuate(world: &mut World, id: OperatorId, context: Context) {
    let held: Vec<ContactId> = world.gathered_by(FollowUp::Evacuate(id)).collect();
    let mut sources = BTreeSet::new();
    for contact in held {
        reroute(world, contact, context);
        sources.extend(world.contact(contact).map(|c| c.source));
    }
    drain(world, sources, context);
    if world.operator_row(id).is_some_and(|operator| operator.current_load > 0) {
        world.follow_up(FollowUp::Evacuate(id));
    }
}

fn reroute(world: &mut World, id: ContactId, context: Context) {
    let from = take_away(world, id);
    let detail = EventDetail { from_operator_id: from, ..EventDetail::default() };
    world.change_contact(id, context.now, |c| c.operator = None);
    tell(world, id, EventKind::ContactReleased, Some(detail), context);
    let Ok(contact) = world.contact(id).cloned() else { return };
    let wish = Wish::of_lead(world, &contact);
    route(world, &contact, Cause::OperatorDeleted, wish, context);
    if world.contact(id).is_ok_and(|c| c.status == Status::Assigned) {
        tell(world, id, EventKind::ContactAssigned, None, context);
    }
}

fn tell_operator(world: &mut World, id: OperatorId, kind: EventKind, context: Context) {
    world.push_event(Event {
        at: context.now,
        kind,
        actor: Some(context.actor),
        contact: None,
        source: None,
        operator: Some(id),
        lead: None,
        detail: None,
    });
}

fn answer(world: &World, id: OperatorId) -> Result<Outcome, Rejection> {
    Ok(Outcome::Operator(world.operator(id)?.clone()))
}
