//! Who serves a source, and with which share of its contacts: the weights of operators on sources.

use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{OperatorId, SourceId};
use crate::limits::MEMBERS_MAX;
use crate::routing::drain;
use crate::world::{NeedsBuilder, World};
use std::collections::BTreeMap;

/// One weight to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetWeight {
    pub source: SourceId,
    /// Whose; they serve the source from now on.
    pub operator: OperatorId,
    /// Their relative share, 0 to [`crate::limits::WEIGHT_MAX`]; 0 = never automatically.
    pub weight: u32,
}

pub(super) fn needs_to_set(
    source: SourceId,
    operators: impl IntoIterator<Item = OperatorId>,
    needs: &mut NeedsBuilder<'_>,
) {
    let mut slots = 0;
    for id in operators {
        needs.operator(id);
        let operator = needs.operator_row(id).filter(|operator| operator.is_active);
        slots += operator.map_or(0, |operator| operator.max_load.saturating_sub(operator.current_load) as usize);
    }
    needs.source_and_waiting(source, slots);
}

pub(super) fn needs_to_remove(source: SourceId, operator: OperatorId, needs: &mut NeedsBuilder<'_>) {
    needs.source(source);
    needs.operator(operator);
}

pub(super) fn set_weight(world: &mut World, set: SetWeight, context: Context) -> Result<Outcome, Rejection> {
    let SetWeight { source, operator, weight } = set;
    let state = world.source(source)?;
    world.expect_may_serve(operator, source)?;
    let pool = state.pool();
    if pool.get(operator).is_none() && pool.candidates().len() >= MEMBERS_MAX {
        return Err(Rejection::TooManyMembers(source));
    }
    set_one(world, source, operator, weight, context);
    drain(world, [source], context);
    Ok(Outcome::Weight(source, operator, weight))
}

/// Adds to the table, or changes what is in it. Operators who are not named keep their weight.
pub(super) fn set_weights(
    world: &mut World,
    source: SourceId,
    weights: Vec<(OperatorId, u32)>,
    context: Context,
) -> Result<Outcome, Rejection> {
    let pool = world.source(source)?.pool();
    let wanted: BTreeMap<OperatorId, u32> = weights.into_iter().collect();
    wanted.keys().try_for_each(|operator| world.expect_may_serve(*operator, source))?;
    let new = wanted.keys().filter(|operator| pool.get(**operator).is_none()).count();
    if pool.candidates().len() + new > MEMBERS_MAX {
        return Err(Rejection::TooManyMembers(source));
    }
    wanted.iter().for_each(|(operator, weight)| set_one(world, source, *operator, *weight, context));
    drain(world, [source], context);
    let table = world.source(source)?.pool().candidates().iter().map(|c| (c.operator, c.weight)).collect();
    Ok(Outcome::Weights(source, table))
}

/// Replaces the whole table. Weights that stay as they are, and the credits of operators who stay, are not touched.
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
    wanted.keys().try_for_each(|operator| world.expect_may_serve(*operator, source))?;
    let members = state.pool().candidates().iter().map(|c| c.operator);
    let gone: Vec<OperatorId> = members.filter(|operator| !wanted.contains_key(operator)).collect();
    gone.into_iter().for_each(|operator| remove_one(world, source, operator, context));
    wanted.iter().for_each(|(operator, weight)| set_one(world, source, *operator, *weight, context));
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
    remove_one(world, source, operator, context);
    Ok(Outcome::Done)
}

fn set_one(world: &mut World, source: SourceId, operator: OperatorId, weight: u32, context: Context) {
    let before = world.source(source).ok().and_then(|s| s.pool().get(operator)).map(|c| c.weight);
    if before == Some(weight) {
        return;
    }
    world.set_weight(source, operator, weight, context.now);
    world.emit_weight_event(source, operator, EventDetail::WeightSet { weight }, context);
}

fn remove_one(world: &mut World, source: SourceId, operator: OperatorId, context: Context) {
    world.remove_weight(source, operator, context.now);
    world.emit_weight_event(source, operator, EventDetail::WeightRemoved, context);
}

impl World {
    /// Rejects an operator who is not there, or who is of the demo where the source is not, or the other way round.
    pub(super) fn expect_may_serve(&self, operator: OperatorId, source: SourceId) -> Result<(), Rejection> {
        match self.operator(operator)?.demo == self.is_demo_source(source) {
            true => Ok(()),
            false => Err(Rejection::DemoAndReal(source, operator)),
        }
    }
}
