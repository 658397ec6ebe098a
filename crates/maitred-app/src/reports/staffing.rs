//! Arrivals beside the people who were on, by hour of the week; and who will be in the days to come. Who was on is what
//! calendars say of the past as they are now, with leave and exceptions of their days: pauses and presence are kept
//! nowhere once they are over.

use super::arrivals::{by_quarter, hour_of_week, quarters};
use super::period::zoned;
use super::{ReportPeriod, TableRow};
use crate::calendars::Compiler;
use crate::computed::computed;
use crate::coverage::{ahead, there};
use maitred_core::intervals::{Interval, Intervals};
use maitred_core::report::QUARTER_MICROS;
use maitred_core::{Calendar, CalendarId, Operator, OperatorId, SourceId, Timestamp};
use maitred_store::reports::{FACTS_MAX, ReportQuery, ReportRows, Whose};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
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
    let Some(staff) = Staff::read(store, source).await? else {
        return computed(move || of_nobody_known(&rows, &period)).await;
    };
    let of_hours = move || {
        let (past, span) = (staff.worked(Interval::new(from, to)), ahead(now));
        let to_come = alike(staff.members.iter().map(|member| there(member, span)));
        by_hour(&rows, &period, &past, &to_come, span)
    };
    computed(of_hours).await
}

/// The hours of a source that was deleted: nobody knows who served it, and nothing is to be expected.
fn of_nobody_known(rows: &ReportRows, period: &ReportPeriod) -> Vec<StaffingHour> {
    let nothing = Interval::new(period.to, period.to);
    let mut hours = by_hour(rows, period, &Alike::default(), &Alike::default(), nothing);
    hours.iter_mut().for_each(|hour| (hour.unattended, hour.expected) = (0, 0.0));
    hours
}

/// Hours, and how many people have just these: most go by one calendar.
pub(super) type Alike = BTreeMap<Intervals, i64>;

pub(super) fn alike(people: impl Iterator<Item = Intervals>) -> Alike {
    let mut alike = Alike::default();
    people.for_each(|hours| *alike.entry(hours).or_default() += 1);
    alike
}

/// Those who serve a source, or any, switched on and with a weight; with what they go by.
struct Staff {
    /// Each with the weight of a source.
    members: Vec<(Operator, u32)>,
    calendars: BTreeMap<CalendarId, Calendar>,
    own: BTreeMap<OperatorId, Arc<str>>,
}

impl Staff {
    /// None if the source was deleted.
    async fn read(store: &Store, source: Option<SourceId>) -> Result<Option<Self>, StoreError> {
        let sources = match source {
            Some(id) => match store.members_of(id).await? {
                Some(one) => vec![one],
                None => return Ok(None),
            },
            None => store.members().await?,
        };
        let all = sources.into_iter().flat_map(|it| it.members);
        let serves = |(operator, weight): &(Operator, u32)| *weight > 0 && operator.is_active && operator.max_load > 0;
        let members: BTreeMap<_, _> = all.filter(serves).map(|member| (member.0.id, member)).collect();
        let members: Vec<_> = members.into_values().collect();
        let ids = members.iter().filter_map(|(operator, _)| operator.calendar).collect();
        let calendars = store.calendars_among(ids).await?.into_iter().map(|it| (it.id, it)).collect();
        Ok(Some(Self { members, calendars, own: store.all_personal_times().await? }))
    }

    /// When they were on: by their calendars, with their own leave and exceptions; always, without one.
    fn worked(&self, span: Interval) -> Alike {
        let (mut compiler, mut shared) = (Compiler::default(), BTreeMap::<CalendarId, Intervals>::new());
        let mut hours = |operator: &Operator| {
            let Some(id) = operator.calendar else { return [span].into_iter().collect() };
            let Some(calendar) = self.calendars.get(&id) else { return Intervals::default() };
            match self.own.get(&operator.id) {
                Some(own) => compiler.open_in(calendar, Some(own), span),
                None => shared.entry(id).or_insert_with(|| compiler.open_in(calendar, None, span)).clone(),
            }
        };
        alike(self.members.iter().map(|(operator, _)| hours(operator)))
    }
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
    past: &Alike,
    to_come: &Alike,
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
fn slots(people: &Alike, span: Interval) -> BTreeMap<i64, Slot> {
    let quarter = |at: i64| Interval::new(Timestamp(at), Timestamp(at.saturating_add(QUARTER_MICROS)));
    let slot = |at: i64| (at, Slot { micros: quarter(at).overlap(span).micros(), people_micros: 0 });
    let mut slots: BTreeMap<i64, Slot> = quarters(span.from, span.until).map(slot).collect();
    for (hours, people) in people {
        for one in hours.clip(span).as_slice() {
            for at in quarters(one.from, one.until) {
                if let Some(slot) = slots.get_mut(&at) {
                    slot.people_micros += quarter(at).overlap(*one).micros() * people;
                }
            }
        }
    }
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
