//! What the clock does to operators: pauses end, their hours begin and end, they are away unless they are heard from,
//! and caps that were reached are over. What it does to sources: they open and close.
//! Nothing here decides who may get a contact, for that is a function of the time ([`crate::availability`]); it tells
//! what happened, so that those who wait are given to those who are back.

use super::beat::tell_if_away;
use super::pause::end_pause;
use super::{leave, offer};
use crate::availability::{Away, AwayReason};
use crate::caps;
use crate::command::Context;
use crate::event::EventDetail;
use crate::hours::Hours;
use crate::ids::{OperatorId, SourceId};
use crate::nouns::Operator;
use crate::opening::ClosedReason;
use crate::world::World;
use std::sync::Arc;

/// Handles all that came for an operator by now.
pub(super) fn pass(world: &mut World, id: OperatorId, context: Context) {
    let Ok(operator) = world.operator(id).cloned() else { return };
    if let Some(until) = operator.paused_until.filter(|until| *until <= context.now) {
        end_pause(world, id, Some(context.late_ms(until)), context);
    }
    if operator.caps.is_some() {
        world.change_operator(id, |operator| caps::change(&mut operator.caps, |cap| cap.forget_past(context.now)));
    }
    if let Some(hours) = &operator.hours {
        pass_hours(world, &operator, hours, context);
    }
    tell_if_away(world, id, context);
    offer::revoke_if_away(world, id, context);
}

/// Of several changes since the last time, such as a whole shift while no server ran, what is now different is told.
fn pass_hours(world: &mut World, operator: &Operator, hours: &Arc<Hours>, context: Context) {
    let Some(seen_at) = operator.hours_seen_at else { return };
    if hours.next_edge(seen_at).is_none_or(|edge| edge > context.now) {
        return;
    }
    leave::note_off(world, operator.id, context);
    world.change_operator(operator.id, |operator| operator.hours_seen_at = Some(context.now));
    let reason = |at| hours.away(at).map(|Away { reason, .. }| reason);
    let (before, now) = (reason(seen_at), reason(context.now));
    let late_ms = hours.last_edge(context.now).map_or(0, |edge| context.late_ms(edge));
    let detail = match (before, now) {
        (_, Some(AwayReason::HoursUnknown)) if before != now => EventDetail::OperatorHoursEnded { late_ms },
        (None, Some(_)) => EventDetail::OperatorShiftEnded { late_ms },
        (Some(_), None) => EventDetail::OperatorShiftStarted { late_ms },
        (None, None) | (Some(_), Some(_)) => return,
    };
    world.emit_operator_event(operator.id, detail, context);
}

/// Handles all that came for a source by now: the wake then gives away what waits. That it opened or closed is told; of
/// several changes since the last time what is now different, as for operators.
pub(super) fn pass_source(world: &mut World, id: SourceId, context: Context) {
    let Ok(source) = world.source(id).map(|state| state.source.clone()) else { return };
    if source.caps.is_some() {
        world.change_source(id, |source| caps::change(&mut source.caps, |cap| cap.forget_past(context.now)));
    }
    let (Some(hours), Some(seen_at)) = (&source.hours, source.hours_seen_at) else { return };
    if hours.next_edge(seen_at).is_none_or(|edge| edge > context.now) {
        return;
    }
    world.change_source(id, |source| source.hours_seen_at = Some(context.now));
    let reason = |at| source.closed_by_hours(at).map(|closed| closed.reason);
    let (before, now) = (reason(seen_at), reason(context.now));
    let late_ms = hours.last_edge(context.now).map_or(0, |edge| context.late_ms(edge));
    let detail = match (before, now) {
        (_, Some(ClosedReason::HoursUnknown)) if before != now => EventDetail::SourceHoursEnded { late_ms },
        (None, Some(_)) => EventDetail::SourceClosed { late_ms },
        (Some(_), None) => EventDetail::SourceOpened { late_ms },
        (None, None) | (Some(_), Some(_)) => return,
    };
    world.emit_source_event(id, detail, context);
}
