//! Setting the caps of an operator or a source, and what counts in them. What caps are is in [`crate::caps`].

use crate::caps::{Cap, CapRule};
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{OperatorId, SourceId};
use crate::routing::{drain, drain_sources_of};
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// All caps of an operator. One that there was already goes on counting, with another limit as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCaps {
    pub operator: OperatorId,
    /// At most [`CAPS_MAX`](crate::caps::CAPS_MAX).
    pub caps: Vec<CapRule>,
}

/// All caps of a source, which count what all operators together get of it. One that there was already goes on
/// counting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetSourceCaps {
    pub source: SourceId,
    /// At most [`CAPS_MAX`](crate::caps::CAPS_MAX), about no source in particular.
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
    let caps = going_on(before.as_deref(), caps);
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

pub(super) fn needs_of_source(set: &SetSourceCaps, needs: &mut NeedsBuilder<'_>) {
    needs.drain(set.source);
}

pub(super) fn set_source_caps(world: &mut World, set: SetSourceCaps, context: Context) -> Result<Outcome, Rejection> {
    let SetSourceCaps { source: id, caps } = set;
    let before = world.source(id)?.source.caps.clone();
    let caps = going_on(before.as_deref(), caps.into_iter().map(|rule| CapRule { source: None, ..rule }));
    if caps != before {
        world.change_source(id, |source| {
            source.caps = caps;
            source.updated_at = context.now;
        });
        world.emit_source_event(id, EventDetail::SourceCapsSet, context);
        drain(world, [id], context);
    }
    Ok(Outcome::Source(world.source(id)?.source.clone()))
}

/// Caps by these rules, with what those of them have counted that there were before.
fn going_on(before: Option<&[Cap]>, rules: impl IntoIterator<Item = CapRule>) -> Option<Arc<[Cap]>> {
    let cap = |rule: CapRule| {
        let known = before.unwrap_or_default().iter().find(|cap| cap.goes_on(&rule));
        known.map_or_else(|| Cap::new(rule.clone()), |cap| cap.with_rule(rule.clone()))
    };
    let caps: Arc<[Cap]> = rules.into_iter().map(cap).collect();
    (!caps.is_empty()).then_some(caps)
}
