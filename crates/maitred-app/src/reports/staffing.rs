//! Arrivals beside the people who were on, by hour of the week; and who will be in the days to come. Who was on is what
//! calendars say of the past as they are now, with leave and exceptions of their days: pauses and presence are kept
//! nowhere once they are over.

use super::arrivals::{by_quarter, hour_of_week, quarters};
use super::period::zoned;
use super::{ReportPeriod, TableRow};
use crate::calendars::Compiler;
use crate::coverage::{ahead, there};
use maitred_core::intervals::{Interval, Intervals};
use maitred_core::report::QUARTER_MICROS;
use maitred_core::{CalendarId, Operator, SourceId, Timestamp};
use maitred_store::reports::{FACTS_MAX, ReportQuery, ReportRows, Whose};
use maitred_store::views::{PAGE_ROWS_MAX, Page, Span};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Hours of a week.
const WEEK_HOURS: usize = 168;
/// The longest period, in days.
pub const STAFFING_DAYS_MAX: i64 = 400;

/// One hour of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct StaffingHour {
    /// From 0, Monday from midnight to one o'clock, to 167.
    #[schema(example = 9)]
    pub hour_of_week: u16,
    /// How many contacts arrived in these hours of the period.
    #[schema(example = 12)]
    pub arrived: u64,
    /// How many of them arrived in a quarter of an hour in which nobody was on.
    #[schema(example = 0)]
    pub unattended: u64,
    /// How many such hours the period has had by now.
    #[schema(example = 4.0)]
    pub hours: f64,
    /// How many people were on in them on average, by their calendars.
    #[schema(example = 2.5)]
    pub people: f64,
    /// How many contacts are to be expected in one such hour: as many as arrived on average, of one hour at least.
    #[schema(example = 3.0)]
    pub expected: f64,
    /// How many people will be on in the next of these hours on average, as far as that is known.
    #[schema(example = 2.0)]
    pub people_ahead: f64,
}

/// All hours of the week, in order, by the clock of the period's zone.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn staffing(
    store: &Store,
    period: &ReportPeriod,
    source: Option<SourceId>,
    now: Timestamp,
) -> Result<Vec<StaffingHour>, StoreError> {
    // What is still to come has not been counted yet.
    let period = ReportPeriod { to: period.to.min(now).max(period.from), ..period.clone() };
    let (from, to) = (period.from, period.to);
    let query = ReportQuery { from, to, source, whose: Whose::Everybody, facts_max: FACTS_MAX };
    let rows = store.report(query).await?;
    let staff = staff(store, source).await?;
    let past = worked(store, &staff, Interval::new(from, to)).await?;
    let span = ahead(now);
    let to_come: Vec<Intervals> = staff.iter().map(|member| there(member, span)).collect();
    Ok(by_hour(&rows, &period, &past, &to_come, span))
}

/// Those who serve the source, or any, switched on and with a weight; each with that of the source.
async fn staff(store: &Store, source: Option<SourceId>) -> Result<Vec<(Operator, u32)>, StoreError> {
    let books = match source {
        Some(id) => store.source_book_in(id, Span::WHOLE).await?.into_iter().collect(),
        None => store.source_books().await?,
    };
    let mut staff = BTreeMap::new();
    for (operator, weight) in books.into_iter().flat_map(|book| book.members) {
        if weight > 0 && operator.is_active && operator.max_load > 0 {
            staff.insert(operator.id, (operator, weight));
        }
    }
    Ok(staff.into_values().collect())
}

/// When each of them was on: by their calendar, with their own leave and exceptions; always, without one.
async fn worked(store: &Store, staff: &[(Operator, u32)], span: Interval) -> Result<Vec<Intervals>, StoreError> {
    let own = store.all_personal_times().await?;
    let mut calendars = BTreeMap::new();
    let all = store.calendars(Page { limit: PAGE_ROWS_MAX, after: None }).await?;
    calendars.extend(all.into_iter().map(|calendar| (calendar.id, calendar)));
    let (mut compiler, mut shared) = (Compiler::default(), BTreeMap::<CalendarId, Intervals>::new());
    let always: Intervals = [span].into_iter().collect();
    let mut worked = Vec::with_capacity(staff.len());
    for (operator, ..) in staff {
        let Some(calendar) = operator.calendar.and_then(|id| calendars.get(&id)) else {
            worked.push(if operator.calendar.is_none() { always.clone() } else { Intervals::default() });
            continue;
        };
        let own = own.get(&operator.id).map(|text| &**text);
        // Most go by a calendar alone, and have the same hours.
        if let (None, Some(hours)) = (own, shared.get(&calendar.id)) {
            worked.push(hours.clone());
            continue;
        }
        let hours = compiler.open_in(calendar, own, span);
        if own.is_none() {
            shared.insert(calendar.id, hours.clone());
        }
        worked.push(hours);
    }
    Ok(worked)
}

/// What is counted of one quarter of an hour.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// How much of it is in the period.
    micros: i64,
    /// How long people were on in it, all together.
    people_micros: i64,
}

pub(super) fn by_hour(
    rows: &ReportRows,
    period: &ReportPeriod,
    past: &[Intervals],
    to_come: &[Intervals],
    ahead: Interval,
) -> Vec<StaffingHour> {
    let mut hours = [StaffingHour::default(); WEEK_HOURS];
    let (mut micros, mut people) = ([0i64; WEEK_HOURS], [0i64; WEEK_HOURS]);
    let arrived = by_quarter(rows);
    for (at, slot) in slots(past, Interval::new(period.from, period.to)) {
        let Some(hour) = zoned(Timestamp(at), &period.zone).map(|at| usize::from(hour_of_week(&at))) else { continue };
        let count = arrived.get(&at).copied().unwrap_or_default();
        micros[hour] += slot.micros;
        people[hour] += slot.people_micros;
        hours[hour].arrived += count;
        hours[hour].unattended += if slot.people_micros == 0 { count } else { 0 };
    }
    let (mut next_micros, mut next_people) = ([0i64; WEEK_HOURS], [0i64; WEEK_HOURS]);
    for (at, slot) in slots(to_come, ahead) {
        let Some(hour) = zoned(Timestamp(at), &period.zone).map(|at| usize::from(hour_of_week(&at))) else { continue };
        next_micros[hour] += slot.micros;
        next_people[hour] += slot.people_micros;
    }
    let part = |of: i64, whole: i64| if whole == 0 { 0.0 } else { of as f64 / whole as f64 };
    for (at, hour) in hours.iter_mut().enumerate() {
        hour.hour_of_week = at as u16;
        hour.hours = micros[at] as f64 / (4 * QUARTER_MICROS) as f64;
        hour.people = part(people[at], micros[at]);
        // Of a part of an hour nothing is to be concluded for a whole one.
        hour.expected = hour.arrived as f64 / hour.hours.max(1.0);
        hour.people_ahead = part(next_people[at], next_micros[at]);
    }
    hours.into()
}

/// The quarters of an hour that a span touches, each with how much of it is in the span and how long people were on.
fn slots(people: &[Intervals], span: Interval) -> BTreeMap<i64, Slot> {
    let quarter = |at: i64| Interval::new(Timestamp(at), Timestamp(at.saturating_add(QUARTER_MICROS)));
    let slot = |at: i64| (at, Slot { micros: quarter(at).overlap(span).micros(), people_micros: 0 });
    let mut slots: BTreeMap<i64, Slot> = quarters(span.from, span.until).map(slot).collect();
    let mut always = 0;
    for intervals in people {
        match intervals.as_slice() {
            [one] if *one == span => always += 1,
            parts => parts.iter().for_each(|one| {
                let one = one.overlap(span);
                for at in quarters(one.from, one.until) {
                    if let Some(slot) = slots.get_mut(&at) {
                        slot.people_micros += quarter(at).overlap(one).micros();
                    }
                }
            }),
        }
    }
    slots.values_mut().for_each(|slot| slot.people_micros += slot.micros * always);
    slots
}

impl TableRow for StaffingHour {
    const COLUMNS: &'static [&'static str] =
        &["hour_of_week", "arrived", "unattended", "hours", "people", "expected", "people_ahead"];

    fn cells(&self) -> Vec<String> {
        let counts = [u64::from(self.hour_of_week), self.arrived, self.unattended].map(|it| it.to_string());
        let means = [self.hours, self.people, self.expected, self.people_ahead].map(|it| format!("{it:.3}"));
        counts.into_iter().chain(means).collect()
    }
}
