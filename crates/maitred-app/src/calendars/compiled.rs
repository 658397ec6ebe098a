//! From texts to hours.

use maitred_calendar::compile::HORIZON_DAYS;
use maitred_calendar::{Compiled, HolidaySets, Mistake, Personal, Schedule, SpanError, Stamp, zones};
use maitred_core::command::NewCalendar;
use maitred_core::hours::Hours;
use maitred_core::intervals::Interval;
use maitred_core::{Calendar, CalendarId, Timestamp};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;
/// Hours begin so long ago, so that it is known what was a moment before.
const PAST_MICROS: i64 = DAY_MICROS;
/// Hours that reach no further than this ahead are compiled again: four weeks.
pub const REACH_MICROS: i64 = 28 * DAY_MICROS;

/// A calendar as it is to be stored, and what it means.
///
/// # Errors
/// All that is wrong with it.
pub fn written(calendar: &maitred_calendar::Calendar) -> Result<(NewCalendar, Schedule), Vec<Mistake>> {
    let schedule = calendar.check(zones(), &HolidaySets::default())?;
    let definition = serde_json::to_string(calendar).expect("texts and numbers are JSON");
    Ok((NewCalendar { name: schedule.name().into(), definition: definition.into() }, schedule))
}

/// What a stored calendar says. What cannot be read, as no version wrote it, has no zone, which is named.
#[must_use]
pub fn definition(calendar: &Calendar) -> maitred_calendar::Calendar {
    serde_json::from_str(&calendar.definition).unwrap_or_default()
}

/// What a stored text says of exceptions and leave; without one there are none.
#[must_use]
pub fn personal(text: Option<&str>) -> Personal {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Compiles hours, and keeps the calendars that it has read: those of many operators are few.
#[derive(Default)]
pub struct Compiler {
    schedules: HashMap<(CalendarId, u32), Schedule>,
}

impl Compiler {
    /// What a stored calendar means.
    ///
    /// # Errors
    /// What is wrong with it for this node: its time zones may be older than those it was checked with.
    pub fn schedule(&mut self, calendar: &Calendar) -> Result<&Schedule, Vec<Mistake>> {
        match self.schedules.entry((calendar.id, calendar.version)) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(free) => Ok(free.insert(definition(calendar).check(zones(), &HolidaySets::default())?)),
        }
    }

    /// The hours of somebody who works by a calendar, with exceptions and leave of their own; of a source, without.
    ///
    /// # Errors
    /// What is wrong with the calendar, or with what is their own.
    pub fn hours(
        &mut self,
        calendar: &Calendar,
        own: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<Hours>, Vec<Mistake>> {
        let shared = self.schedule(calendar)?;
        let own = own.map(|text| shared.with(&personal(Some(text)))).transpose()?;
        // The clock of a machine may be set beyond the years that are known: then nothing is.
        let compiled = horizon(own.as_ref().unwrap_or(shared), now).unwrap_or_else(|_| nothing(shared, now));
        let Compiled { span, open, leave, stamp } = compiled;
        let stamp = stamp.to_string().into();
        Ok(Arc::new(Hours { calendar_version: calendar.version, span, open, leave, stamp }))
    }

    /// Whether hours are those of this version of a calendar, reach far enough ahead, and were not compiled with older
    /// time zones or holidays than there are here. Those compiled with newer ones are left to who has these.
    #[must_use]
    pub fn are_current(hours: Option<&Hours>, calendar: &Calendar, now: Timestamp) -> bool {
        let Some(hours) = hours else { return false };
        let here = Stamp::of(zones());
        let stamp = Stamp::parse(&hours.stamp);
        if stamp.as_ref().is_some_and(|stamp| !here.may_replace(stamp)) {
            return true;
        }
        let is_newest = stamp.is_some_and(|stamp| !here.is_newer_than(&stamp));
        let reaches = hours.span.until.0 > now.0.saturating_add(REACH_MICROS) && hours.span.contains(now);
        hours.calendar_version == calendar.version && reaches && is_newest
    }
}

fn horizon(schedule: &Schedule, now: Timestamp) -> Result<Compiled, SpanError> {
    let days = HORIZON_DAYS * DAY_MICROS;
    let from = Timestamp(now.0.saturating_sub(PAST_MICROS));
    schedule.compile(Interval::new(from, Timestamp(now.0.saturating_add(days))))
}

fn nothing(schedule: &Schedule, now: Timestamp) -> Compiled {
    let (open, leave) = Default::default();
    Compiled { span: Interval::new(now, now), open, leave, stamp: schedule.stamp().clone() }
}
