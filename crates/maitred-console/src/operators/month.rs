//! A month of an operator: shifts, leave, holidays and exceptions of each day, and a form that adds leave. What a day
//! has comes from the intervals that the calendar compiles to, with what is the operator's own; the days are those of
//! the calendar's zone.

use super::{show_one, stored_form};
use crate::calendars::wrong;
use crate::forms::Form;
use crate::shell::{Viewer, see_other};
use crate::times;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use maitred_app::calendars::{Compiler, HoursChange, SetHoursError, definition, personal, set_hours};
use maitred_app::version::{Precondition, Subject, Version};
use maitred_calendar::compile::{Edge, instant};
use maitred_calendar::local::{clock, date};
use maitred_calendar::{Compiled, Exception, Leave, Personal, Schedule};
use maitred_core::command::OperatorEdit;
use maitred_core::intervals::Interval;
use maitred_core::{Operator, Timestamp};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, hours_not_set};
use std::collections::BTreeSet;

/// One month.
#[derive(Template)]
#[template(path = "operators/month.html")]
pub(super) struct Month<'a> {
    viewer: &'a Viewer,
    form: &'a Form,
    operator: &'a Operator,
    first: Date,
    zone: String,
    /// From Monday on; days of other months are none.
    weeks: Vec<[Option<Day>; 7]>,
}

/// What one day has.
struct Day {
    date: Date,
    is_today: bool,
    is_picked: bool,
    /// Such as `09:00–13:00`. Of a shift over midnight each day has its part.
    open: Vec<String>,
    is_leave: bool,
    is_holiday: bool,
    /// The key of what is said of its exceptions, their own first.
    exception: Option<&'static str>,
}

impl<'a> Month<'a> {
    /// The month that the form names, or this one; nothing of somebody without a calendar, nor beyond the years that
    /// are known.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn read(
        viewer: &'a Viewer,
        state: &AppState,
        form: &'a Form,
        operator: &'a Operator,
    ) -> Result<Option<Self>, Problem> {
        let Some(id) = operator.calendar else { return Ok(None) };
        let Some(calendar) = state.store().calendar(id).await? else { return Ok(None) };
        let own = personal(state.store().personal_times(operator.id).await?.as_deref());
        let mut compiler = Compiler::default();
        let schedule = compiler.schedule(&calendar).ok().and_then(|shared| shared.with(&own).ok());
        let Some(schedule) = schedule else { return Ok(None) };
        let today = day_of(&schedule, viewer.now);
        let first = date(&format!("{}-01", form.value("month"))).unwrap_or_else(|| today.first_of_month());
        let span = Interval::new(begin(&schedule, first), begin(&schedule, first.saturating_add(1.month())));
        let Ok(compiled) = schedule.compile(span) else { return Ok(None) };
        let shared = definition(&calendar).exceptions;
        let reader = Reader { schedule: &schedule, compiled, today, form, exceptions: [&own.exceptions, &shared] };
        let zone = schedule.zone().iana_name().unwrap_or_default().to_owned();
        Ok(Some(Self { viewer, form, operator, first, zone, weeks: reader.weeks(first) }))
    }

    fn title(&self) -> String {
        format!("{} {}", self.viewer.t.t(&format!("month-{}", self.first.month())), self.first.year())
    }

    /// The address of another month.
    fn there(&self, months: i64) -> String {
        self.address(self.first.saturating_add(months.months()), &[])
    }

    /// The address of this page with a day filled in: as the first and last day, or as the last behind a first one.
    fn pick(&self, day: &Date) -> String {
        let from = date(self.form.value("from")).filter(|from| from <= day && self.form.value("to").is_empty());
        let chosen = match from {
            Some(from) => vec![("from", from.to_string()), ("to", day.to_string())],
            None => vec![("from", day.to_string())],
        };
        self.address(self.first, &chosen)
    }

    fn address(&self, month: Date, more: &[(&str, String)]) -> String {
        let back = Some(("back", self.form.value("back").to_owned())).filter(|(_, back)| !back.is_empty());
        let all = [("month", month.strftime("%Y-%m").to_string())].into_iter().chain(more.iter().cloned()).chain(back);
        let query = serde_urlencoded::to_string(all.collect::<Vec<_>>()).unwrap_or_default();
        format!("/operators/{}?{query}#month", self.operator.id)
    }

    fn month(&self) -> String {
        self.first.strftime("%Y-%m").to_string()
    }

    fn weekdays(&self) -> Vec<String> {
        Weekday::Monday.cycle_forward().take(7).map(|day| times::weekday(self.viewer.t, day)).collect()
    }

    fn weekday(&self, day: &Date) -> String {
        times::weekday(self.viewer.t, day.weekday())
    }
}

/// What days are made from.
struct Reader<'a> {
    schedule: &'a Schedule,
    compiled: Compiled,
    today: Date,
    form: &'a Form,
    /// Their own, and those of the calendar.
    exceptions: [&'a [Exception]; 2],
}

impl Reader<'_> {
    fn weeks(&self, first: Date) -> Vec<[Option<Day>; 7]> {
        let holidays: BTreeSet<Date> =
            self.schedule.holidays().iter().flat_map(|set| set.dates(first.year()..=first.year())).collect();
        let monday = first.saturating_sub(i64::from(first.weekday().to_monday_zero_offset()).days());
        let mondays = monday.series(7.days()).take_while(|monday| *monday <= first.last_of_month());
        let day = |date: Date| (date.month() == first.month()).then(|| self.day(date, &holidays));
        let week = |monday: Date| std::array::from_fn(|at| day(monday.saturating_add((at as i64).days())));
        mondays.map(week).collect()
    }

    fn day(&self, day: Date, holidays: &BTreeSet<Date>) -> Day {
        let whole = Interval::new(begin(self.schedule, day), begin(self.schedule, day.saturating_add(1.day())));
        let (from, to) = (date(self.form.value("from")), date(self.form.value("to")));
        Day {
            date: day,
            is_today: day == self.today,
            is_picked: from.is_some_and(|from| (from..=to.unwrap_or(from)).contains(&day)),
            open: self.compiled.open.clip(whole).as_slice().iter().map(|open| self.text(*open, whole)).collect(),
            is_leave: self.compiled.leave.open_micros(whole) > 0,
            is_holiday: holidays.contains(&day),
            exception: self.exceptions.into_iter().find_map(|all| exception(all, day)),
        }
    }

    fn text(&self, open: Interval, whole: Interval) -> String {
        let time = |at: Timestamp| {
            let at = self.schedule.zone().to_datetime(jiff_timestamp(at));
            clock(u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs()))
        };
        let until = if open.until == whole.until { clock(24 * 60) } else { time(open.until) };
        format!("{}–{until}", time(open.from))
    }
}

/// What is said of the exceptions of a date: of several, what goes first.
fn exception(all: &[Exception], day: Date) -> Option<&'static str> {
    let kinds = || all.iter().filter(|it| date(&it.date) == Some(day)).map(|it| it.kind.as_str());
    let words = [("closed", "month-closed"), ("only", "month-only"), ("plus", "month-plus")];
    words.into_iter().find(|(kind, _)| kinds().any(|it| it == *kind)).map(|(_, key)| key)
}

/// The first moment of a date.
fn begin(schedule: &Schedule, day: Date) -> Timestamp {
    instant(schedule.zone(), day.at(0, 0, 0, 0), Edge::Start)
}

fn day_of(schedule: &Schedule, at: Timestamp) -> Date {
    schedule.zone().to_datetime(jiff_timestamp(at)).date()
}

fn jiff_timestamp(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(at.0).unwrap_or_default()
}

/// `POST /operators/{id}/leave`
pub(super) async fn add_leave(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let operator = super::operator(&state, id).await?;
    if let Some(leave) = typed(&viewer, &mut form) {
        let mut own = personal(state.store().personal_times(operator.id).await?.as_deref());
        let month = leave.from.get(..7).unwrap_or_default().to_owned();
        // A form that was sent twice adds it once.
        let is_new = !own.leave.contains(&leave);
        own.leave.extend(Some(leave).filter(|_| is_new));
        if !is_new || set(&viewer, &state, &mut form, &operator, own).await? {
            return see_other(&format!("/operators/{id}?month={month}#month"));
        }
    }
    let stored = stored_form(&state, &operator, None).await?;
    show_one(&viewer, &state, (&stored, &form), &operator).await
}

/// The leave that the form says; one day without a last one.
fn typed(viewer: &Viewer, form: &mut Form) -> Option<Leave> {
    let from = form.value("from").trim().to_owned();
    let to = Some(form.value("to").trim()).filter(|to| !to.is_empty()).unwrap_or(&from).to_owned();
    match (date(&from), date(&to)) {
        (None, _) => form.fail("from", viewer.t.t("calendar-not-a-date")),
        (_, None) => form.fail("to", viewer.t.t("calendar-not-a-date")),
        (Some(first), Some(last)) if last < first => form.fail("to", viewer.t.t("calendar-end-first")),
        (Some(_), Some(_)) => return Some(Leave { from, to }),
    }
    None
}

async fn set(
    viewer: &Viewer,
    state: &AppState,
    form: &mut Form,
    operator: &Operator,
    own: Personal,
) -> Result<bool, Problem> {
    let change = HoursChange { calendar: None, personal: Some(own) };
    let unchanged = Precondition::of(Subject::Times(operator.id), Version::of_times(operator));
    match set_hours(state.app(), &caller()?, Some(unchanged), operator.id, OperatorEdit::default(), &change).await {
        Ok(_) => return Ok(true),
        Err(SetHoursError::Mistakes(mistakes)) => {
            let said = mistakes.first().map(|mistake| wrong::said(viewer.t, &mistake.kind));
            form.fail("from", said.unwrap_or_default());
        }
        Err(SetHoursError::NoCalendar) => form.fail_whole(viewer.t.t("operator-no-calendar")),
        Err(error) => form.refuse(viewer.t, hours_not_set(error, IN_PATH))?,
    }
    Ok(false)
}
