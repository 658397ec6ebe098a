//! Sources and the weights of the operators who serve them.

use super::contact::resolve;
use super::route::drain;
use crate::command::{Context, FollowUp, NewSource, Outcome, Rejection, SourceEdit};
use crate::event::{Event, EventDetail, EventKind};
use crate::ids::{ContactId, OperatorId, SourceId};
use crate::limits::MEMBERS_MAX;
use crate::nouns::Source;
use crate::world::World;
use std::collections::BTreeMap;

pub(super) fn create(world: &mut World, new: NewSource, context: Context) -> Result<Outcome, Rejection> {
    if let Some(other) = world.source_named(&new.name) {
        return Err(Rejection::NameTaken(other));
    }
    let id = world.add_source(new, context.now);
    tell_source(world, id, EventKind::SourceCreated, None, context);
    answer(world, id)
}

pub(super) fn edit(world: &mut World, id: SourceId, edit: SourceEdit, context: Context) -> Result<Outcome, Rejection> {
    let before = world.source(id)?.source.clone();
    if let Some(other) = edit.name.as_ref().and_then(|name| world.source_named(name)).filter(|other| *other != id) {
        return Err(Rejection::NameTaken(other));
    }
    let after = edited(&before, edit);
    if after == before {
        return answer(world, id);
    }
    if after.policy != before.policy {
        world.change_source_totals(id, |state| state.restart_rotation());
    }
    world.change_source(id, context.now, |source| *source = after);
    tell_source(world, id, EventKind::SourceEdited, None, context);
    answer(world, id)
}

fn edited(before: &Source, edit: SourceEdit) -> Source {
    let before = before.clone();
    Source {
        name: edit.name.unwrap_or(before.name),
        description: edit.description.unwrap_or(before.description),
        kind: edit.kind.unwrap_or(before.kind),
        policy: edit.policy.unwrap_or(before.policy),
        sticky: edit.sticky.unwrap_or(before.sticky),
        default_region: edit.default_region.unwrap_or(before.default_region),
        ..before
    }
}

/// Removes a source. Its row stays for the history; nobody serves it any more and what is open is resolved.
pub(super) fn delete(world: &mut World, id: SourceId, force: bool, context: Context) -> Result<Outcome, Rejection> {
    let state = world.source(id)?;
    if state.open() > 0 && !force {
        return Err(Rejection::SourceHasOpenContacts(id, state.open()));
    }
    let members: Vec<OperatorId> = state.pool().candidates().iter().map(|c| c.operator).collect();
    // Back to front: taking the last one out moves nobody.
    members.into_iter().rev().for_each(|operator| world.remove_weight(id, operator));
    world.change_source(id, context.now, |source| source.deleted_at = Some(context.now));
    tell_source(world, id, EventKind::SourceDeleted, None, context);
    close_out(world, id, context);
    Ok(Outcome::Done)
}

/// Resolves what a deleted source has open, as much as was loaded; the rest is left to a follow-up.
pub(super) fn close_out(world: &mut World, id: SourceId, context: Context) {
    let open: Vec<ContactId> = world.gathered_by(FollowUp::CloseOut(id)).collect();
    open.into_iter().for_each(|contact| resolve(world, contact, context));
    if world.source_row(id).is_some_and(|state| state.open() > 0) {
        world.follow_up(FollowUp::CloseOut(id));
    }
}

pub(super) fn set_weight(
    world: &mut World,
    source: SourceId,
    operator: OperatorId,
    weight: u32,
    context: Context,
) -> Result<Outcome, Rejection> {
    let state = world.source(source)?;
    world.operator(operator)?;
    let pool = state.pool();
    if pool.get(operator).is_none() && pool.candidates().len() >= MEMBERS_MAX {
        return Err(Rejection::TooManyMembers(source));
    }
    put_weight(world, source, operator, weight, context);
    drain(world, [source], context);
    Ok(Outcome::Weight(source, operator, weight))
}

/// Adds to the table, or changes what is in it. Whoever is not named keeps his weight.
pub(super) fn set_weights(
    world: &mut World,
    source: SourceId,
    weights: Vec<(OperatorId, u32)>,
    context: Context,
) -> Result<Outcome, Rejection> {
    let pool = world.source(source)?.pool();
    let wanted: BTreeMap<OperatorId, u32> = weights.into_iter().collect();
    wanted.keys().try_for_each(|operator| world.operator(*operator).map(|_| ()))?;
    let new = wanted.keys().filter(|operator| pool.get(**operator).is_none()).count();
    if pool.candidates().len() + new > MEMBERS_MAX {
        return Err(Rejection::TooManyMembers(source));
    }
    wanted.iter().for_each(|(operator, weight)| put_weight(world, source, *operator, *weight, context));
    drain(world, [source], context);
    let table = world.source(source)?.pool().candidates().iter().map(|c| (c.operator, c.weight)).collect();
    Ok(Outcome::Weights(source, table))
}

/// Replaces the whole table. Weights that stay as they are, and the credits of whoever stays, are not touched.
pub(super) fn replace_weights(
    world: &mut World,
    source: SourceId,
    weights: Vec<(OperatorId, u32)>,
    context: Context,
) -> Result<Outcome, Rejection> {
    let state = world.source(source)?;
    if weights.len() > MEMBERS_MAX {
        return Err(Rejection::TooManyMembers(source));
    }
    let wanted: BTreeMap<OperatorId, u32> = weights.into_iter().collect();
    wanted.keys().try_for_each(|operator| world.operator(*operator).map(|_| ()))?;
    let members = state.pool().candidates().iter().map(|c| c.operator);
    let gone: Vec<OperatorId> = members.filter(|operator| !wanted.contains_key(operator)).collect();
    gone.into_iter().for_each(|operator| drop_weight(world, source, operator, context));
    wanted.iter().for_each(|(operator, weight)| put_weight(world, source, *operator, *weight, context));
    drain(world, [source], context);
    Ok(Outcome::Weights(source, wanted.into_iter().collect()))
}

pub(super) fn remove_weight(
    world: &mut World,
    source: SourceId,
    operator: OperatorId,
    context: Context,
) -> Result<Outcome, Rejection> {
    if world.source(source)?.pool().get(operator).is_none() {
        return Err(Rejection::UnknownMembership(source, operator));
    }
    drop_weight(world, source, operator, context);
    Ok(Outcome::Done)
}

fn put_weight(world: &mut World, source: SourceId, operator: OperatorId, weight: u32, context: Context) {
    let before = world.source(source).ok().and_then(|s| s.pool().get(operator)).map(|c| c.weight);
    if before == Some(weight) {
        return;
    }
    world.set_weight(source, operator, weight);
    let detail = EventDetail { weight: Some(weight), ..EventDetail::default() };
    tell_weight(world, source, operator, EventKind::WeightSet, Some(detail), context);
}

fn drop_weight(world: &mut World, source: SourceId, operator: OperatorId, context: Context) {
    world.remove_weight(source, operator);
    tell_weight(world, source, operator, EventKind::WeightRemoved, None, context);
}

fn tell_weight(
    world: &mut World,
    source: SourceId,
    operator: OperatorId,
    kind: EventKind,
    detail: Option<EventDetail>,
    context: Context,
) {
    world.push_event(Event {
        at: context.now,
        kind,
        actor: Some(context.actor),
        contact: None,
        source: Some(source),
        operator: Some(operator),
        lead: None,
        detail,
    });
}

fn tell_source(world: &mut World, id: SourceId, kind: EventKind, detail: Option<EventDetail>, context: Context) {
    world.push_event(Event {
        at: context.now,
        kind,
        actor: Some(context.actor),
        contact: None,
        source: Some(id),
        operator: None,
        lead: None,
        detail,
    });
}

fn answer(world: &World, id: SourceId) -> Result<Outcome, Rejection> {
    Ok(Outcome::Source(world.source(id)?.source.clone()))
}
