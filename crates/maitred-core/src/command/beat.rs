//! Hearing from operators, and that they are away. What presence is, is in [`crate::presence`].

use super::{leave, pause};
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::OperatorId;
use crate::routing::drain_sources_of;
use crate::world::{NeedsBuilder, World};

pub(super) fn needs(id: OperatorId, needs: &mut NeedsBuilder<'_>) {
    needs.operator(id);
    // They may be back, and get what waits.
    if needs.operator_row(id).is_some_and(|operator| operator.away_after_s.is_some()) {
        pause::needs_to_resume(id, needs);
    }
}

/// Somebody was heard from. Of one who is there that is written down only when less than half of their lease is left.
pub(super) fn beat(world: &mut World, id: OperatorId, context: Context) -> Result<Outcome, Rejection> {
    let operator = world.operator(id)?;
    if operator.is_worth_hearing(context.now) {
        tell_if_away(world, id, context);
        let was_away = world.operator(id)?.away_at.is_some();
        world.change_operator(id, |operator| operator.renew_lease(context.now));
        if was_away {
            world.emit_operator_event(id, EventDetail::OperatorPresent, context);
            leave::mark(world, id);
            drain_sources_of(world, Some(id), context);
        }
    }
    Ok(Outcome::Operator(world.operator(id)?.clone()))
}

/// Tells once that somebody is away whose lease is over.
pub(super) fn tell_if_away(world: &mut World, id: OperatorId, context: Context) {
    let lease_ends = world.operator(id).ok().and_then(|operator| operator.lease_ends());
    let Some(since) = lease_ends.filter(|since| *since <= context.now) else { return };
    world.change_operator(id, |operator| operator.away_at = Some(since));
    let detail = EventDetail::OperatorAway { late_ms: context.late_ms(since) };
    world.emit_operator_event(id, detail, context);
    leave::mark(world, id);
}
