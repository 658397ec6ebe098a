//! Editing an operator. Switched on, with a higher limit or with other hours, they take from those who wait.

use super::{leave, offer};
use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::hours::Hours;
use crate::ids::{CalendarId, OperatorId};
use crate::nouns::Operator;
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
    /// The e-mail address at which they are told of what they get; `Some(None)`: none.
    pub notify_email: Option<Option<Arc<str>>>,
    /// Whether they take contacts.
    pub is_active: Option<bool>,
    /// Most contacts they may hold. Lowering it takes nothing away from them.
    pub max_load: Option<u32>,
    /// When they work. What they hold stays with them.
    pub hours: Option<HoursEdit>,
    /// After how many seconds they are away unless they are heard from; `Some(None)`: nobody asks.
    pub away_after_s: Option<Option<u32>>,
}

/// By which calendar somebody works, what they have beyond it, and the hours that both were compiled to. All of it at
/// once, so that hours are never those of another calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursEdit {
    /// The [`Operator::hours_revision`](crate::Operator::hours_revision) that this was made from.
    pub revision: u32,
    /// The calendar with the hours compiled from it; none: they work always.
    pub calendar: Option<(CalendarId, Arc<Hours>)>,
    /// Exceptions and leave of their own: the text of a JSON object.
    pub personal: Option<Arc<str>>,
}

pub(super) fn needs(id: OperatorId, edit: &OperatorEdit, needs: &mut NeedsBuilder<'_>) {
    needs.operator(id);
    edit.hours.iter().flat_map(|hours| &hours.calendar).for_each(|(calendar, _)| needs.calendar(*calendar));
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
    edit.hours.iter().try_for_each(|hours| expect_current(world, &before, hours))?;
    world.change_operator(id, |operator| {
        operator.name = edit.name.unwrap_or_else(|| operator.name.clone());
        operator.external_id = edit.external_id.unwrap_or_else(|| operator.external_id.clone());
        operator.notify_email = edit.notify_email.unwrap_or_else(|| operator.notify_email.clone());
        operator.is_active = edit.is_active.unwrap_or(operator.is_active);
        operator.max_load = edit.max_load.unwrap_or(operator.max_load);
        operator.set_away_after(edit.away_after_s.unwrap_or(operator.away_after_s), context.now);
    });
    if world.operator(id)? != &before {
        world.change_operator(id, |operator| operator.updated_at = context.now);
        world.emit_operator_event(id, EventDetail::OperatorEdited, context);
    }
    edit.hours.into_iter().for_each(|hours| set_hours(world, &before, hours, context));
    leave::note_off(world, id, context);
    if before.away_at.is_some() && world.operator(id)?.away_at.is_none() {
        leave::mark(world, id);
    }
    offer::revoke_if_away(world, id, context);
    drain_sources_of(world, Some(id), context);
    Ok(Outcome::Operator(world.operator(id)?.clone()))
}

/// Rejects hours that were compiled from something that has changed meanwhile.
fn expect_current(world: &World, operator: &Operator, edit: &HoursEdit) -> Result<(), Rejection> {
    if edit.revision != operator.hours_revision {
        return Err(Rejection::HoursChanged(operator.id));
    }
    let Some((id, hours)) = &edit.calendar else { return Ok(()) };
    let is_current = world.calendar(*id)?.version == hours.calendar_version;
    if is_current { Ok(()) } else { Err(Rejection::CalendarChanged(*id)) }
}

fn set_hours(world: &mut World, before: &Operator, edit: HoursEdit, context: Context) {
    let (calendar, hours) = edit.calendar.unzip();
    world.set_personal_times(before.id, edit.personal);
    world.change_operator(before.id, |operator| {
        // What began or ended before is past: only what changes from now on is due.
        (operator.calendar, operator.hours_seen_at) = (calendar, hours.as_ref().map(|_| context.now));
        operator.hours_revision += 1;
        operator.hours = hours;
    });
    let until = world.operator(before.id).ok().and_then(|it| Some(it.hours.as_ref()?.span.until));
    world.emit_operator_event(before.id, EventDetail::OperatorHoursSet { calendar, until }, context);
}
