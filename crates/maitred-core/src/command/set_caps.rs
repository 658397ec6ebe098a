//! Setting the caps of an operator, and what counts in them. What caps are is in [`crate::caps`].

use crate::caps::{Cap, CapRule};
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::OperatorId;
use crate::routing::drain_sources_of;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// All caps of an operator. One that there was already goes on counting, with another limit as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCaps {
    pub operator: OperatorId,
    /// At most [`CAPS_MAX`](crate::caps::CAPS_MAX).
    pub caps: Vec<CapRule>,
}

pub(super) fn needs(set: &SetCaps, needs: &mut NeedsBuilder<'_>) {
    super::pause::needs_to_resume(set.operator, needs);
    set.caps.iter().filter_map(|cap| cap.source).for_each(|source| needs.source(source));
}

pub(super) fn set_caps(world: &mut World, set: SetCaps, context: Context) -> Result<Outcome, Rejection> {
    let SetCaps { operator: id, caps } = set;
    let before = world.operator(id)?.caps.clone();
    for source in caps.iter().filter_map(|cap| cap.source) {
        world.source(source)?;
    }
    let of_before = |rule: CapRule| {
        let known = before.iter().flat_map(|caps| caps.iter()).find(|cap| cap.goes_on(&rule));
        known.map_or_else(|| Cap::new(rule.clone()), |cap| cap.with_rule(rule.clone()))
    };
    let caps: Arc<[Cap]> = caps.into_iter().map(of_before).collect();
    let caps = (!caps.is_empty()).then_some(caps);
    if caps != before {
        world.change_operator(id, |operator| {
            operator.caps = caps;
            operator.updated_at = context.now;
        });
        world.emit_operator_event(id, EventDetail::OperatorCapsSet, context);
        drain_sources_of(world, Some(id), context);
    }
    Ok(Outcome::Operator(world.operator(id)?.clone()))
}
