//! From texts to hours.

use maitred_calendar::compile::HORIZON_DAYS;
use maitred_calendar::{Compiled, HolidaySets, Mistake, Personal, Schedule, SpanError, Stamp, zones};
use maitred_core::command::NewCalendar;
use maitred_core::hours::Hours;
use maitred_core::intervals::{Interval, Intervals};
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

    /// When a calendar is open in a span, with exceptions and leave of somebody; never, if it cannot be read or the
    /// span is too long.
    #[must_use]
    pub fn open_in(&mut self, calendar: &Calendar, own: Option<&str>, span: Interval) -> Intervals {
        let Ok(shared) = self.schedule(calendar) else { return Intervals::default() };
        let own = own.and_then(|text| shared.with(&personal(Some(text))).ok());
        own.as_ref().unwrap_or(shared).compile(span).map(|compiled| compiled.open).unwrap_or_default()
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

/// From a calendar as it is written to what every decision asks: does somebody work at this moment, and until when not.
#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::availability::AwayReason;
    use maitred_store::clock::parse_rfc3339;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn at(text: &str) -> Timestamp {
        parse_rfc3339(text).expect("a time")
    }

    fn hours(definition: &Value, own: Option<&str>, now: &str) -> Arc<Hours> {
        let (id, name, definition) = (CalendarId(1), "Calendar".into(), definition.to_string().into());
        let (created_at, updated_at) = (Timestamp(0), Timestamp(0));
        let calendar = Calendar { id, name, definition, version: 1, created_at, updated_at, deleted_at: None };
        Compiler::default().hours(&calendar, own, at(now)).expect("nothing is wrong with it")
    }

    fn daily(zone: &str, intervals: &Value) -> Value {
        let days: Vec<Value> = (0..7).map(|day| json!({"day": day, "intervals": intervals})).collect();
        json!({"name": "Daily", "zone": zone, "days": days})
    }

    /// Off shift directly before `begins`, which ends that; at work until directly before `ends`.
    #[rstest]
    // 02:30 does not exist: it is the moment at which clocks go forward, and not half an hour later.
    #[case("Europe/Berlin", ["02:30", "10:00"], "2027-03-28T01:00:00Z", "2027-03-28T08:00:00Z")]
    #[case("Europe/Berlin", ["22:00", "06:00"], "2027-03-27T21:00:00Z", "2027-03-28T04:00:00Z")]
    #[case("Europe/Berlin", ["22:00", "06:00"], "2027-10-30T20:00:00Z", "2027-10-31T05:00:00Z")]
    #[case("Europe/Berlin", ["02:30", "03:30"], "2027-10-31T00:30:00Z", "2027-10-31T02:30:00Z")]
    #[case("America/New_York", ["13:00", "21:00"], "2027-03-13T18:00:00Z", "2027-03-14T02:00:00Z")]
    #[case("America/New_York", ["13:00", "21:00"], "2027-03-14T17:00:00Z", "2027-03-15T01:00:00Z")]
    fn a_shift_begins_and_ends_at_its_moments(
        #[case] zone: &str,
        #[case] interval: [&str; 2],
        #[case] begins: &str,
        #[case] ends: &str,
    ) {
        let (begins, ends) = (at(begins), at(ends));
        let hours = hours(&daily(zone, &json!([interval])), None, &maitred_store::clock::rfc3339(begins));
        let before = hours.away(Timestamp(begins.0 - 1)).expect("it has not begun");
        assert_eq!((before.reason, before.until), (AwayReason::OffShift, Some(begins)));
        assert_eq!((hours.away(begins), hours.away(Timestamp(ends.0 - 1))), (None, None));
        assert_eq!(hours.away(ends).map(|away| away.reason), Some(AwayReason::OffShift), "at the end it is over");
    }

    #[test]
    fn a_lunch_break_two_days_off_and_leave_have_their_reasons_and_ends() {
        let lunch = hours(
            &daily("Europe/Berlin", &json!([["09:00", "13:00"], ["14:00", "18:00"]])),
            None,
            "2027-01-11T08:00:00Z",
        );
        assert_eq!(lunch.away(at("2027-01-11T11:59:59Z")), None);
        let away = lunch.away(at("2027-01-11T12:00:00Z")).map(|away| (away.reason, away.until));
        assert_eq!(away, Some((AwayReason::OffShift, Some(at("2027-01-11T13:00:00Z")))), "off shift until 14:00");

        let shift = |day| json!({"day": day, "intervals": [["08:00", "20:00"]]});
        let two_two = json!({"name": "2/2", "zone": "Europe/Moscow", "cycle_days": 4, "anchor": "2026-12-01",
                             "days": [shift(0), shift(1)]});
        let two_two = hours(&two_two, None, "2026-12-31T09:00:00Z");
        let new_year = two_two.away(at("2027-01-01T09:00:00Z")).and_then(|away| away.until);
        assert_eq!(new_year, Some(at("2027-01-02T05:00:00Z")));

        let mut office = daily("Europe/Berlin", &json!([["09:00", "17:00"]]));
        office["holidays"] = json!(["DE"]);
        let good_friday = |own: &Value, time: &str| {
            let own = own.to_string();
            hours(&office, Some(&own), "2027-03-26T00:00:00Z").away(at(time)).map(|away| away.reason)
        };
        let plus = json!({"date": "2027-03-26", "kind": "plus", "intervals": [["10:00", "14:00"]]});
        let noon = "2027-03-26T11:00:00Z";
        assert_eq!(good_friday(&json!({}), noon), Some(AwayReason::OffShift), "the holiday closes");
        assert_eq!(good_friday(&json!({"exceptions": [plus]}), noon), None, "a personal plus opens");
        let leave = json!({"exceptions": [plus], "leave": [{"from": "2027-03-26", "to": "2027-03-26"}]});
        assert_eq!(good_friday(&leave, noon), Some(AwayReason::OnLeave));
    }
}
