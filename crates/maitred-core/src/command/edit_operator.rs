//! Editing an operator. Switched on or with a higher limit, they take from those who wait.

use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::OperatorId;
use crate::routing::drain_sources_of;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// Changes to an operator; `None` leaves a field alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatorEdit {
    /// How they are called.
    pub name: Option<Arc<str>>,
    /// What another system calls them; `Some(None)` removes it.
    pub external_id: Option<Option<Arc<str>>>,
    /// Whether they take contacts.
    pub is_active: Option<bool>,
    /// Most contacts they may hold. Lowering it takes nothing away from them.
    pub max_load: Option<u32>,
}

pub(super) fn needs(id: OperatorId, edit: &OperatorEdit, needs: &mut NeedsBuilder<'_>) {
    needs.operator(id);
    edit.external_id.iter().flatten().for_each(|external_id| needs.operator_external_id(external_id));
    let operator = needs.operator_row(id).filter(|operator| edit.is_active.unwrap_or(operator.is_active));
    if let Some(operator) = operator {
        let max_load = edit.max_load.unwrap_or(operator.max_load);
        needs.room_for(id, max_load.saturating_sub(operator.current_load) as usize);
    }
}

pub(super) fn edit_operator(
    world: &mut World,
    id: OperatorId,
    edit: OperatorEdit,
    context: Context,
) -> Result<Outcome, Rejection> {
    let before = world.operator(id)?.clone();
    world.expect_free_external_id(edit.external_id.as_ref().and_then(Option::as_ref), Some(id))?;
    world.change_operator(id, |operator| {
        operator.name = edit.name.unwrap_or_else(|| operator.name.clone());
        operator.external_id = edit.external_id.unwrap_or_else(|| operator.external_id.clone());
        operator.is_active = edit.is_active.unwrap_or(operator.is_active);
        operator.max_load = edit.max_load.unwrap_or(operator.max_load);
    });
    if world.operator(id)? != &before {
        world.change_operator(id, |operator| operator.updated_at = context.now);
        world.emit_operator_event(id, EventDetail::OperatorEdited, context);
    }
    drain_sources_of(world, Some(id), context);
    Ok(Outcome::Operator(world.operator(id)?.clone()))
}
