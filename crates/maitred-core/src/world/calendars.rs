//! Calendars in memory, and who uses them.

use super::{World, post_increment};
use crate::command::NewCalendar;
use crate::ids::{CalendarId, OperatorId, Timestamp};
use crate::limits::CALENDAR_USERS_NAMED_MAX;
use crate::nouns::Calendar;
use std::collections::BTreeSet;
use std::sync::Arc;

impl World {
    pub(crate) fn add_calendar(&mut self, new: NewCalendar, now: Timestamp) -> CalendarId {
        let id = CalendarId(post_increment(&mut self.ids.calendar));
        let NewCalendar { name, definition } = new;
        let calendar =
            Calendar { id, name, definition, version: 1, created_at: now, updated_at: now, deleted_at: None };
        self.calendars.put(id, calendar);
        self.calendar_users.insert(id, Vec::new());
        self.dirty.calendars_new.push(id);
        id
    }

    pub(crate) fn change_calendar(&mut self, id: CalendarId, now: Timestamp, change: impl FnOnce(&mut Calendar)) {
        if let Some(calendar) = self.calendars.get_mut(&id) {
            change(calendar);
            calendar.version += 1;
            calendar.updated_at = now;
            self.dirty.calendars.insert(id);
        }
    }

    /// Who works by a calendar, as far as they are named: at most [`CALENDAR_USERS_NAMED_MAX`].
    pub(crate) fn users_of(&self, id: CalendarId) -> Vec<OperatorId> {
        let stored = self.calendar_users.get(&id).into_iter().flatten().copied();
        let stored = stored.filter(|operator| !self.operators.knows(operator));
        let in_memory = self.operators().filter(|it| it.calendar == Some(id)).map(|it| it.id);
        let users: BTreeSet<OperatorId> = stored.chain(in_memory).collect();
        users.into_iter().take(CALENDAR_USERS_NAMED_MAX).collect()
    }

    /// Replaces what an operator has beyond their calendar: the text of a JSON object, or nothing.
    pub(crate) fn set_personal_times(&mut self, operator: OperatorId, definition: Option<Arc<str>>) {
        self.changes.personal_times.push((operator, definition));
    }
}
