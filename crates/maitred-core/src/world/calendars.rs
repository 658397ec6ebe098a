//! Calendars in memory, and who uses them.

use super::{World, post_increment};
use crate::command::{CalendarUsers, NewCalendar};
use crate::ids::{CalendarId, OperatorId, Timestamp};
use crate::limits::USERS_NAMED_MAX;
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
        self.calendar_users.insert(id, CalendarUsers::default());
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

    /// Who goes by a calendar, as far as they are named: at most [`USERS_NAMED_MAX`] of each kind.
    pub(crate) fn users_of(&self, id: CalendarId) -> CalendarUsers {
        let operators = self.operators().filter(|it| it.calendar == Some(id)).map(|it| it.id);
        let sources = self.sources().filter(|it| it.source.calendar == Some(id)).map(|it| it.source.id);
        let stored = self.calendar_users.get(&id);
        CalendarUsers {
            operators: named(stored.map(|it| &it.operators), |it| !self.operators.knows(it), operators),
            sources: named(stored.map(|it| &it.sources), |it| !self.sources.knows(it), sources),
        }
    }

    /// Replaces what an operator has beyond their calendar: the text of a JSON object, or nothing.
    pub(crate) fn set_personal_times(&mut self, operator: OperatorId, definition: Option<Arc<str>>) {
        self.changes.personal_times.push((operator, definition));
    }
}

/// The first of those that are stored and not in memory, and of those in memory.
fn named<T: Ord + Copy>(
    stored: Option<&Vec<T>>,
    is_elsewhere: impl Fn(&T) -> bool,
    in_memory: impl Iterator<Item = T>,
) -> Vec<T> {
    let stored = stored.into_iter().flatten().copied().filter(is_elsewhere);
    let users: BTreeSet<T> = stored.chain(in_memory).collect();
    users.into_iter().take(USERS_NAMED_MAX).collect()
}
