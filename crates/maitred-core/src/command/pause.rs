//! Pausing: an operator gets no contacts for a while, and keeps those they have. A pause ends at its end, by a wake, or
//! when somebody ends it; in that moment they take from those who wait.

use super::offer;
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{OperatorId, Timestamp};
use crate::limits::{PAUSE_MICROS_MAX, PAUSED_FOR_MISSES};
use crate::routing::drain_sources_of;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// An operator to be paused, or whose pause is to be another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    pub operator: OperatorId,
    /// When it ends by itself, no further ahead than [`PAUSE_MICROS_MAX`]; one that has passed ends it now.
    pub until: Option<Timestamp>,
    /// For colleagues.
    pub reason: Option<Arc<str>>,
}

pub(super) fn needs_to_pause(pause: &Pause, needs: &mut NeedsBuilder<'_>) {
    // Its end may have passed.
    needs_to_resume(pause.operator, needs);
}

pub(super) fn needs_to_resume(id: OperatorId, needs: &mut NeedsBuilder<'_>) {
    needs.operator(id);
    if let Some(operator) = needs.operator_row(id).filter(|operator| operator.is_active) {
        needs.room_for(id, operator.max_load.saturating_sub(operator.current_load) as usize);
    }
}

pub(super) fn pause(world: &mut World, pause: Pause, context: Context) -> Result<Outcome, Rejection> {
    let Pause { operator: id, until, reason } = pause;
    let before = world.operator(id)?.clone();
    if until.is_some_and(|until| until <= context.now) {
        return Err(Rejection::PauseOver(id));
    }
    let latest = Timestamp(context.now.0.saturating_add(PAUSE_MICROS_MAX));
    world.change_operator(id, |operator| {
        operator.paused_at = operator.paused_at.filter(|_| operator.is_paused(context.now)).or(Some(context.now));
        operator.paused_until = until.map(|until| until.min(latest));
        operator.pause_reason = reason;
    });
    if world.operator(id)? != &before {
        world.change_operator(id, |operator| operator.updated_at = context.now);
        let until = world.operator(id)?.paused_until;
        world.emit_operator_event(id, EventDetail::OperatorPaused { until }, context);
        offer::revoke_if_away(world, id, context);
    }
    Ok(Outcome::Operator(world.operator(id)?.clone()))
}

/// Pauses somebody who does not answer, until somebody resumes them.
pub(super) fn pause_for_misses(world: &mut World, id: OperatorId, context: Context) {
    world.change_operator(id, |operator| {
        (operator.paused_at, operator.paused_until) = (Some(context.now), None);
        operator.pause_reason = Some(PAUSED_FOR_MISSES.into());
        operator.updated_at = context.now;
    });
    world.emit_operator_event(id, EventDetail::OperatorPaused { until: None }, context);
    offer::revoke_if_away(world, id, context);
}

/// Resuming somebody who is not paused changes nothing.
pub(super) fn resume(world: &mut World, id: OperatorId, context: Context) -> Result<Outcome, Rejection> {
    if world.operator(id)?.paused_at.is_some() {
        end_pause(world, id, None, context);
        drain_sources_of(world, Some(id), context);
    }
    Ok(Outcome::Operator(world.operator(id)?.clone()))
}

/// Ends a pause: so many milliseconds after its end, or by hand.
pub(super) fn end_pause(world: &mut World, id: OperatorId, late_ms: Option<i64>, context: Context) {
    world.change_operator(id, |operator| {
        operator.end_pause();
        operator.updated_at = context.now;
    });
    world.emit_operator_event(id, EventDetail::OperatorResumed { late_ms }, context);
}
