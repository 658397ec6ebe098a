//! Calendars: when operators work; and what operators have beyond them. The words of a calendar, with their rules, are
//! those of maitred-calendar.

use crate::body::describe::{BodyOf, Query, QueryOf};
use crate::body::{Json, RequestBody};
use crate::idempotency::Post;
use crate::if_match::{IfMatch, tagged};
use crate::list::{Asked, PageParams};
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::calendars::{Compiler, HoursChange, definition, follow_edit, personal, set_hours, written};
use maitred_app::version::{Subject, Version};
use maitred_calendar::compile::HORIZON_DAYS;
use maitred_calendar::{Calendar as Definition, Day, Exception, Leave, Personal, Schedule};
use maitred_core::command::{NewCalendar, OperatorEdit};
use maitred_core::intervals::Interval;
use maitred_core::limits::Invalid;
use maitred_core::{Calendar, CalendarId, Command, Operator, OperatorId, Outcome, Timestamp};
use maitred_store::clock::{self, Rfc3339};
use maitred_web::caller::caller;
use maitred_web::field::types::{
    CALENDAR_DAYS, CALENDAR_EXCEPTIONS, CALENDAR_LEAVE, CYCLE_DAYS, DATE, HOLIDAYS, NAME, TIME,
};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::{Ids, Params};
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, hours_not_set, mistaken, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, PEOPLE, STAFF, own};
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(STAFF, routes!(create))
        .call(PEOPLE, routes!(list))
        .call(PEOPLE, routes!(show))
        .call(STAFF, routes!(replace, delete))
        .call(PEOPLE, routes!(intervals))
        .call(own(May::OwnOperator), routes!(show_times))
        .call(STAFF, routes!(replace_times))
}

/// A calendar.
#[derive(Serialize, ToSchema)]
#[schema(as = Calendar)]
struct CalendarBody {
    #[schema(value_type = i64, example = 1)]
    id: CalendarId,
    #[schema(example = "Support")]
    name: String,
    /// A name of the IANA database of time zones.
    #[schema(example = "Europe/Berlin")]
    zone: String,
    /// After how many days the hours repeat.
    #[schema(example = 7)]
    cycle_days: i64,
    /// The date of day 0; `null`: the cycle is a week and day 0 is Monday.
    #[schema(required = true, format = Date, example = json!(null))]
    anchor: Option<String>,
    /// Days that are not listed are closed.
    days: Vec<Day>,
    /// Dates that differ from the cycle.
    exceptions: Vec<Exception>,
    /// Codes of sets of public holidays, on which it is closed.
    #[schema(example = json!(["DE-BY"]))]
    holidays: Vec<String>,
    leave: Vec<Leave>,
    /// How many times it was changed.
    #[schema(example = 1)]
    version: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Rfc3339,
}

impl CalendarBody {
    fn new(calendar: &Calendar) -> Self {
        let Definition { name, zone, cycle_days, anchor, days, exceptions, holidays, leave } = definition(calendar);
        Self {
            id: calendar.id,
            name,
            zone,
            cycle_days,
            anchor,
            days,
            exceptions,
            holidays,
            leave,
            version: calendar.version,
            created_at: Rfc3339(calendar.created_at),
            updated_at: Rfc3339(calendar.updated_at),
        }
    }
}

type CalendarWrite = BodyOf<Definition>;

impl RequestBody for Definition {
    const SCHEMA: &'static str = "CalendarWrite";
    const ABOUT: &'static str = "A calendar. docs/calendars.md has examples.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let zone = "A name of the IANA database of time zones.";
        let anchor = "The date of day 0; without one the cycle is a week and day 0 is Monday.";
        let holidays = "Codes of sets of public holidays, on which it is closed, such as `DE` or `DE-BY`.";
        let days = "Days that are not listed are closed.";
        let exceptions = "Dates that differ from the cycle.";
        Some(Self {
            name: fields.required("name", NAME.example(r#""Support""#), "").to_string(),
            zone: fields.required("zone", NAME.example(r#""Europe/Berlin""#), zone).to_string(),
            cycle_days: fields.or("cycle_days", CYCLE_DAYS, 7, "After how many days the hours repeat."),
            anchor: fields.optional("anchor", DATE, anchor).map(String::from),
            days: fields.or("days", CALENDAR_DAYS, Vec::new(), days),
            exceptions: fields.or("exceptions", CALENDAR_EXCEPTIONS, Vec::new(), exceptions),
            holidays: fields.or("holidays", HOLIDAYS.example(r#"["DE-BY"]"#), Vec::new(), holidays),
            leave: fields.or("leave", CALENDAR_LEAVE, Vec::new(), "When nobody works."),
        })
    }
}

type TimesWrite = BodyOf<Personal>;

/// Whether their dates are right is known with the zone of the calendar.
impl RequestBody for Personal {
    const SCHEMA: &'static str = "OperatorTimesWrite";
    const ABOUT: &'static str = "What an operator has beyond their calendar.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            exceptions: fields.or("exceptions", CALENDAR_EXCEPTIONS, Vec::new(), "Dates that differ."),
            leave: fields.or("leave", CALENDAR_LEAVE, Vec::new(), "When they are away."),
        })
    }
}

/// What is stored of a calendar that nothing is wrong with.
fn new_calendar(definition: &Definition) -> Result<NewCalendar, Problem> {
    written(definition).map(|(new, _)| new).map_err(|mistakes| mistaken(&mistakes))
}

/// Add a calendar
#[utoipa::path(
    post, path = "/api/v1/calendars", tag = "calendars", request_body = CalendarWrite,
    responses(
        (status = CREATED, description = "Created", body = CalendarBody,
         headers(("Location" = String, description = "The address of the new calendar"))),
    )
)]
async fn create(State(state): State<AppState>, Post { body, keys }: Post<Definition>) -> Reply {
    let show = |outcome| {
        let calendar = the_calendar(outcome)?;
        reply::created(format!("/api/v1/calendars/{}", calendar.id), &CalendarBody::new(&calendar))
    };
    keys.answer(&state, Command::CreateCalendar(new_calendar(&body)?), IN_PATH, show).await
}

/// List calendars, by id
#[utoipa::path(
    get, path = "/api/v1/calendars", tag = "calendars", params(PageParams),
    responses((status = OK, description = "A page of calendars", body = Vec<CalendarBody>))
)]
async fn list(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let calendars = state.store().calendars(asked.page).await?;
    asked.reply(calendars, |calendar| calendar.id.0, |calendar| CalendarBody::new(&calendar))
}

/// Show a calendar
#[utoipa::path(
    get, path = "/api/v1/calendars/{id}", tag = "calendars", params(("id" = i64, Path)),
    responses((status = OK, description = "The calendar", body = CalendarBody))
)]
async fn show(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    show_version(&stored(&state, id).await?)
}

/// Replace a calendar
///
/// The hours of all who work by it are compiled again before this answers.
#[utoipa::path(
    put, path = "/api/v1/calendars/{id}", tag = "calendars", params(("id" = i64, Path)),
    request_body = CalendarWrite,
    responses((status = OK, description = "The calendar after the change", body = CalendarBody))
)]
async fn replace(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(definition): Json<Definition>,
) -> Reply {
    let (id, new) = (CalendarId(id), new_calendar(&definition)?);
    let unchanged = if_match.of(Subject::Calendar(id));
    let calendar = the_calendar(state.send_if(unchanged, Command::ReplaceCalendar(id, new), IN_PATH).await?)?;
    follow_edit(state.app(), id).await;
    show_version(&calendar)
}

/// Delete a calendar
#[utoipa::path(
    delete, path = "/api/v1/calendars/{id}", tag = "calendars", params(("id" = i64, Path)),
    responses(
        (status = NO_CONTENT, description = "Deleted"),
        (status = CONFLICT, description = "Operators work by it"),
    )
)]
async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    state.send(Command::DeleteCalendar(CalendarId(id)), IN_PATH).await?;
    Ok(reply::no_content())
}

/// From one moment up to, but without, another.
#[derive(Serialize, ToSchema)]
#[schema(as = CalendarInterval)]
struct IntervalBody {
    #[schema(value_type = String, format = DateTime)]
    from: Rfc3339,
    #[schema(value_type = String, format = DateTime)]
    until: Rfc3339,
}

type IntervalsParams = QueryOf<SpanQuery>;

struct SpanQuery {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Query for SpanQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let about_to = "Up to this time, at most 1 100 days later; 35 days later, without.";
        Self {
            from: fields.optional(
                "from",
                TIME.example(r#""2027-03-26T00:00:00Z""#),
                "From this time on; now, without.",
            ),
            to: fields.optional("to", TIME.example(r#""2027-03-30T00:00:00Z""#), about_to),
        }
    }
}

/// Show when a calendar is open, in UTC
#[utoipa::path(
    get, path = "/api/v1/calendars/{id}/intervals", tag = "calendars", params(("id" = i64, Path), IntervalsParams),
    responses((status = OK, description = "Intervals in the order of time", body = Vec<IntervalBody>))
)]
async fn intervals(State(state): State<AppState>, Ids([id]): Ids<1>, mut params: Params) -> Reply {
    let SpanQuery { from, to } = SpanQuery::read(&mut params);
    params.finish()?;
    let from = from.unwrap_or_else(clock::now);
    let to = to.unwrap_or(Timestamp(from.0.saturating_add(HORIZON_DAYS * 24 * 3_600 * 1_000_000)));
    let calendar = stored(&state, id).await?;
    let open = tokio::task::spawn_blocking(move || {
        let mut compiler = Compiler::default();
        let schedule: &Schedule = compiler.schedule(&calendar).map_err(|mistakes| mistaken(&mistakes))?;
        let compiled = schedule.compile(Interval::new(from, to));
        compiled.map_err(|error| Problem::invalid_parameter("to", &Invalid(error.to_string())))
    });
    let open = open.await.map_err(|error| Problem::internal(&error))??.open;
    let body = |it: &Interval| IntervalBody { from: Rfc3339(it.from), until: Rfc3339(it.until) };
    reply::ok(&open.as_slice().iter().map(body).collect::<Vec<_>>())
}

/// Show exceptions and leave of an operator
///
/// What they have beyond their calendar.
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/times", tag = "calendars", params(("id" = i64, Path)),
    responses((status = OK, description = "Exceptions and leave", body = Personal))
)]
async fn show_times(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let operator = state.store().operator(OperatorId(id)).await?.ok_or_else(|| unknown("operator", &id))?;
    reply_times(&state, &operator).await
}

/// Replace exceptions and leave of an operator
///
/// Leave goes before exceptions, and both before the calendar. The operator has to have one.
#[utoipa::path(
    put, path = "/api/v1/operators/{id}/times", tag = "calendars", params(("id" = i64, Path)),
    request_body = TimesWrite,
    responses((status = OK, description = "Exceptions and leave after the change", body = Personal))
)]
async fn replace_times(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(personal): Json<Personal>,
) -> Reply {
    let id = OperatorId(id);
    let unchanged = if_match.of(Subject::Times(id));
    let change = HoursChange { calendar: None, personal: Some(personal) };
    let set = set_hours(state.app(), &caller()?, unchanged, id, OperatorEdit::default(), &change).await;
    let operator = set.map_err(|error| hours_not_set(error, IN_PATH))?;
    reply_times(&state, &operator).await
}

async fn reply_times(state: &AppState, operator: &Operator) -> Reply {
    let times = personal(state.store().personal_times(operator.id).await?.as_deref());
    Ok(tagged(reply::ok(&times)?, Version::of_times(operator)))
}

async fn stored(state: &AppState, id: i64) -> Result<Calendar, Problem> {
    state.store().calendar(CalendarId(id)).await?.ok_or_else(|| unknown("calendar", &id))
}

fn show_version(calendar: &Calendar) -> Reply {
    Ok(tagged(reply::ok(&CalendarBody::new(calendar))?, Version::of_calendar(calendar)))
}

fn the_calendar(outcome: Outcome) -> Result<Calendar, Problem> {
    match outcome {
        Outcome::Calendar(calendar) => Ok(calendar),
        other => Err(unexpected(&other)),
    }
}
