//! Calendars: when operators work. A list of them, and one at a time: its hours as texts, what it comes to in the next
//! weeks, and who works by it. Exceptions and leave of one person are on the page of the operator.

mod choices;
pub(crate) mod ics;
pub(crate) mod text;
pub(crate) mod wrong;

pub(crate) use choices::choices;

use crate::ConsoleState;
use crate::forms::{Form, status};
use crate::shell::confirm::Confirm;
use crate::shell::{Page, Section, Viewer, see_other};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use ics::Imported;
use maitred_app::calendars::{Compiler, definition, follow_edit, written};
use maitred_app::version::{Precondition, Subject, Version};
use maitred_calendar::compile::HORIZON_DAYS;
use maitred_calendar::{Calendar as Definition, Day, Schedule, difference};
use maitred_core::command::NewCalendar;
use maitred_core::intervals::Interval;
use maitred_core::{Calendar, CalendarId, Command, Operator, Timestamp};
use maitred_store::views;
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;

/// Calendars that the list, and the choice of an operator, have.
pub(crate) const CALENDARS_SHOWN: u32 = 200;
/// Operators who are named on the page of a calendar.
const USERS_SHOWN: u32 = 50;
/// Days of a cycle that the form has a field for; longer ones are for the API.
pub(crate) const DAYS_SHOWN: i64 = 31;
/// Days of a cycle that are shown as a grid as well, in which hours are drawn.
const GRID_DAYS_MAX: usize = 14;
const WEEK: i64 = 7;

pub(crate) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/calendars", STAFF, list)
        .get("/calendars/new", STAFF, blank)
        .post("/calendars/new", STAFF, create)
        .get("/calendars/{id}", STAFF, show)
        .post("/calendars/{id}", STAFF, edit)
        .get("/calendars/{id}/hours.ics", STAFF, ics::send)
        .post("/calendars/{id}/import", STAFF, ics::preview)
        .get("/calendars/{id}/delete", STAFF, ask)
        .post("/calendars/{id}/delete", STAFF, delete)
}

#[derive(Template)]
#[template(path = "calendars/calendars.html")]
struct ListPage<'a> {
    page: Page<'a>,
    rows: Vec<Row>,
}

/// One calendar of the list.
struct Row {
    id: CalendarId,
    name: String,
    zone: String,
    /// Open hours of a usual week.
    week: String,
    users: String,
}

#[derive(Template)]
#[template(path = "calendars/calendar.html")]
struct CalendarPage<'a> {
    page: Page<'a>,
    form: &'a Form,
    /// None when it is new.
    calendar: Option<&'a Calendar>,
    days: Vec<(String, String)>,
    /// Whether the cycle has days without a field.
    has_more_days: bool,
    weeks: Vec<WeekRow>,
    users: &'a [Operator],
    has_more_users: bool,
    /// What a file that was sent says.
    imported: Option<&'a Imported>,
}

impl CalendarPage<'_> {
    /// What the hours of the grid come to; the script puts them in.
    fn total(&self) -> String {
        let t = self.page.t;
        match self.days.len() as i64 {
            WEEK => t.of("calendar-grid-week", "{}"),
            days => t.with("calendar-grid-cycle", [("it", "{}".into()), ("n", days.into())]),
        }
    }
}

/// What a week comes to, and what it came to before the edit.
struct WeekRow {
    monday: String,
    before: Option<String>,
    hours: String,
}

async fn list(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    let page = views::Page { limit: CALENDARS_SHOWN, after: None };
    let mut rows = Vec::new();
    for calendar in state.store().calendars(page).await? {
        let users = state.store().calendar_users(calendar.id, first(USERS_SHOWN + 1)).await?.len();
        let schedule = schedule_of(&calendar);
        let week = schedule.as_ref().and_then(|schedule| weeks(&viewer, schedule).into_iter().nth(1));
        rows.push(Row {
            id: calendar.id,
            name: calendar.name.to_string(),
            zone: definition(&calendar).zone,
            week: week.map_or_else(|| "—".to_owned(), |(_, minutes)| hours(minutes)),
            users: match users {
                _ if users > USERS_SHOWN as usize => format!("{USERS_SHOWN}+"),
                _ => viewer.t.number(users as u64),
            },
        });
    }
    viewer.show(&ListPage { page: viewer.page(viewer.t.t("calendars"), Section::Operators), rows })
}

async fn blank(viewer: Viewer) -> Result<Response, Problem> {
    let usual = ["09:00–18:00"; 5].into_iter().enumerate();
    let days = usual.map(|(day, text)| (format!("day-{day}"), text.to_owned()));
    let form = Form::stored([("cycle_days".to_owned(), WEEK.to_string())].into_iter().chain(days));
    show_with(&viewer, &form, None, Weeks::none(), &[])
}

async fn create(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    let read = read(&viewer, &mut form, None);
    if let Some((new, schedule)) = read {
        if form.is_ticked("check") {
            let weeks = Weeks::of(&viewer, None, &schedule);
            return show_with(&viewer, &form, None, weeks, &[]);
        }
        match state.send_once(Command::CreateCalendar(new), form.key(), IN_PATH).await {
            Ok(_) => return see_other("/calendars"),
            Err(problem) => form.refuse(viewer.t, problem)?,
        }
    }
    show_with(&viewer, &form, None, Weeks::none(), &[])
}

async fn show(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let calendar = calendar(&state, id).await?;
    let users = state.store().calendar_users(calendar.id, first(USERS_SHOWN + 1)).await?;
    let form = Form::stored(fields(&definition(&calendar)));
    let weeks = schedule_of(&calendar).map_or_else(Weeks::none, |schedule| Weeks::of(&viewer, None, &schedule));
    show_with(&viewer, &form, Some(&calendar), weeks, &users)
}

async fn edit(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let calendar = calendar(&state, id).await?;
    let stored = definition(&calendar);
    for (name, now) in fields(&stored) {
        form.rebase(viewer.t, &name, &now);
    }
    let users = state.store().calendar_users(calendar.id, first(USERS_SHOWN + 1)).await?;
    let mut weeks = Weeks::none();
    if let Some((new, schedule)) = read(&viewer, &mut form, Some(&stored)).filter(|_| form.is_fine()) {
        if form.is_ticked("check") {
            weeks = Weeks::of(&viewer, schedule_of(&calendar).as_ref(), &schedule);
            return show_with(&viewer, &form, Some(&calendar), weeks, &users);
        }
        let unchanged = Precondition::of(Subject::Calendar(calendar.id), Version::of_calendar(&calendar));
        match state.send_if(Some(unchanged), Command::ReplaceCalendar(calendar.id, new), IN_PATH).await {
            Ok(_) => {
                follow_edit(state.app(), calendar.id).await;
                return see_other("/calendars");
            }
            Err(problem) => form.refuse(viewer.t, problem)?,
        }
    }
    show_with(&viewer, &form, Some(&calendar), weeks, &users)
}

/// A calendar that somebody goes by is not deleted, and then its page says so.
async fn ask(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let calendar = calendar(&state, id).await?;
    let ask = Confirm {
        page: viewer.page(viewer.t.t("calendar-delete"), Section::Operators),
        what: &calendar.name,
        means: viewer.t.t("calendar-delete-means"),
        action: &format!("/calendars/{id}/delete"),
        back: &format!("/calendars/{id}"),
    };
    ask.show(&viewer)
}

async fn delete(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let calendar = calendar(&state, id).await?;
    let mut form = Form::stored(fields(&definition(&calendar)));
    match state.send(Command::DeleteCalendar(calendar.id), IN_PATH).await {
        Ok(_) => see_other("/calendars"),
        Err(problem) => {
            form.refuse(viewer.t, problem)?;
            let users = state.store().calendar_users(calendar.id, first(USERS_SHOWN + 1)).await?;
            show_with(&viewer, &form, Some(&calendar), Weeks::none(), &users)
        }
    }
}

fn show_with(
    viewer: &Viewer,
    form: &Form,
    calendar: Option<&Calendar>,
    weeks: Weeks,
    users: &[Operator],
) -> Result<Response, Problem> {
    show_page(viewer, form, calendar, weeks, users, None)
}

fn show_page(
    viewer: &Viewer,
    form: &Form,
    calendar: Option<&Calendar>,
    weeks: Weeks,
    users: &[Operator],
    imported: Option<&Imported>,
) -> Result<Response, Problem> {
    let t = viewer.t;
    let title = calendar.map_or_else(|| t.t("calendar-new"), |calendar| calendar.name.to_string());
    let cycle_days = form.value("cycle_days").trim().parse().unwrap_or(WEEK);
    let count = cycle_days.clamp(1, DAYS_SHOWN);
    let label =
        |day: i64| if count == WEEK { t.t(&format!("calendar-day-{day}")) } else { t.n("calendar-day-n", day + 1) };
    viewer.show_as(
        status(form),
        &CalendarPage {
            page: viewer.page(title, Section::Operators),
            form,
            calendar,
            days: (0..count).map(|day| (format!("day-{day}"), label(day))).collect(),
            has_more_days: cycle_days > DAYS_SHOWN,
            weeks: weeks.0,
            users: &users[..users.len().min(USERS_SHOWN as usize)],
            has_more_users: users.len() > USERS_SHOWN as usize,
            imported,
        },
    )
}

/// What the form says, if all of it is right. Days that it has no field for stay as they are stored.
fn read(viewer: &Viewer, form: &mut Form, stored: Option<&Definition>) -> Option<(NewCalendar, Schedule)> {
    let cycle_days = form.value("cycle_days").trim().parse().unwrap_or(0);
    let days = (0..cycle_days.clamp(0, DAYS_SHOWN)).filter_map(|day| {
        let intervals = text::intervals(form.value(&format!("day-{day}")));
        (!intervals.is_empty()).then_some(Day { day, intervals })
    });
    let beyond = stored.into_iter().flat_map(|stored| &stored.days);
    let beyond = beyond.filter(|it| (DAYS_SHOWN..cycle_days).contains(&it.day)).cloned();
    let definition = Definition {
        name: form.value("name").trim().to_owned(),
        zone: form.value("zone").trim().to_owned(),
        cycle_days,
        anchor: Some(form.value("anchor").trim().to_owned()).filter(|anchor| !anchor.is_empty()),
        days: days.chain(beyond).collect(),
        exceptions: text::exceptions(form.value("exceptions")),
        holidays: text::codes(form.value("holidays")),
        leave: text::leave(form.value("leave")),
    };
    match written(&definition) {
        Ok(read) => Some(read),
        Err(mistakes) => {
            wrong::note(viewer.t, form, &definition, &mistakes);
            None
        }
    }
}

fn fields(definition: &Definition) -> Vec<(String, String)> {
    let mut fields = vec![
        ("name".to_owned(), definition.name.clone()),
        ("zone".to_owned(), definition.zone.clone()),
        ("cycle_days".to_owned(), definition.cycle_days.to_string()),
        ("anchor".to_owned(), definition.anchor.clone().unwrap_or_default()),
        ("holidays".to_owned(), definition.holidays.join(", ")),
        ("exceptions".to_owned(), text::exceptions_text(&definition.exceptions)),
        ("leave".to_owned(), text::leave_text(&definition.leave)),
    ];
    for Day { day, intervals } in &definition.days {
        fields.push((format!("day-{day}"), text::intervals_text(intervals)));
    }
    fields
}

/// What the next weeks come to.
struct Weeks(Vec<WeekRow>);

impl Weeks {
    const fn none() -> Self {
        Self(Vec::new())
    }

    fn of(viewer: &Viewer, before: Option<&Schedule>, after: &Schedule) -> Self {
        let changes = before.and_then(|before| difference(Some(before), after, span(viewer.now)).ok());
        let row = |(monday, minutes): (String, i64)| {
            let change =
                changes.iter().flat_map(|it| &it.weeks.first).find(|change| change.monday.to_string() == monday);
            WeekRow { before: change.map(|change| hours(change.before_minutes)), hours: hours(minutes), monday }
        };
        Self(weeks(viewer, after).into_iter().map(row).collect())
    }
}

/// Mondays, and open minutes of their weeks from now on.
fn weeks(viewer: &Viewer, schedule: &Schedule) -> Vec<(String, i64)> {
    let weeks = schedule.weeks(span(viewer.now)).unwrap_or_default();
    weeks.into_iter().map(|week| (week.monday.to_string(), week.minutes)).collect()
}

const fn span(now: Timestamp) -> Interval {
    Interval::new(now, Timestamp(now.0.saturating_add(HORIZON_DAYS * 24 * 3_600 * 1_000_000)))
}

/// `38:30`.
fn hours(minutes: i64) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

fn schedule_of(calendar: &Calendar) -> Option<Schedule> {
    Compiler::default().schedule(calendar).ok().cloned()
}

const fn first(limit: u32) -> views::Page {
    views::Page { limit, after: None }
}

async fn calendar(state: &AppState, id: i64) -> Result<Calendar, Problem> {
    state.store().calendar(CalendarId(id)).await?.ok_or_else(|| unknown("calendar", &id))
}
