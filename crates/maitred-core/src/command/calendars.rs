//! Calendars: adding, replacing and deleting them. A change reaches the operators and sources that go by a calendar one
//! by one, when their [`Hours`](crate::hours::Hours) are compiled again, see [`super::HoursEdit`].

use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{CalendarId, OperatorId, SourceId};
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// What a calendar is to say. It was checked by `maitred-calendar`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCalendar {
    /// How it is called; need not be unique.
    pub name: Arc<str>,
    /// The text of a JSON object.
    pub definition: Arc<str>,
}

/// Some of those who go by a calendar, no more than a rejection names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalendarUsers {
    pub operators: Vec<OperatorId>,
    pub sources: Vec<SourceId>,
}

pub(super) fn create(world: &mut World, new: NewCalendar, context: Context) -> Result<Outcome, Rejection> {
    let id = world.add_calendar(new, context.now);
    world.emit_plain_event(EventDetail::CalendarCreated { calendar: id }, context);
    Ok(Outcome::Calendar(world.calendar(id)?.clone()))
}

/// Replacing a calendar by what it says already changes nothing.
pub(super) fn replace(
    world: &mut World,
    id: CalendarId,
    new: NewCalendar,
    context: Context,
) -> Result<Outcome, Rejection> {
    let before = world.calendar(id)?;
    if (&before.name, &before.definition) != (&new.name, &new.definition) {
        world.change_calendar(id, context.now, |calendar| {
            (calendar.name, calendar.definition) = (new.name, new.definition);
        });
        world.emit_plain_event(EventDetail::CalendarEdited { calendar: id }, context);
    }
    Ok(Outcome::Calendar(world.calendar(id)?.clone()))
}

pub(super) fn needs_to_delete(id: CalendarId, needs: &mut NeedsBuilder<'_>) {
    needs.calendar_and_users(id);
}

pub(super) fn delete(world: &mut World, id: CalendarId, context: Context) -> Result<Outcome, Rejection> {
    world.calendar(id)?;
    let users = world.users_of(id);
    if users != CalendarUsers::default() {
        return Err(Rejection::CalendarInUse(id, users));
    }
    world.change_calendar(id, context.now, |calendar| calendar.deleted_at = Some(context.now));
    world.emit_plain_event(EventDetail::CalendarDeleted { calendar: id }, context);
    Ok(Outcome::Done)
}
