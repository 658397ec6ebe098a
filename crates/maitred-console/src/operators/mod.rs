//! One operator at a time: adding, changing name and limit, switching on and off, deleting. All of them together are on
//! the board, as cards that stay up to date, and in the table of `list`.

mod caps;
pub mod card;
mod file;
mod hours;
mod list;
mod month;

use crate::ConsoleState;
use crate::calendars::choices;
use crate::caps::CAPS;
use crate::forms::{Form, status, whole};
use crate::pauses;
use crate::shell::{Page, Section, Viewer, back, see_other};
use crate::texts::Texts;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::version::{Precondition, Subject, Version};
use maitred_core::command::{NewOperator, OperatorEdit, SetCaps};
use maitred_core::{Command, Operator, OperatorId, limits};
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use month::Month;
use std::sync::Arc;

/// The limit that the form for a new operator begins with.
const MAX_LOAD_PROPOSED: &str = "10";

pub(crate) fn routes() -> Routes<ConsoleState> {
    list::routes()
        .get("/operators/new", STAFF, blank)
        .post("/operators/new", STAFF, create)
        .get("/operators/{id}", STAFF, show)
        .post("/operators/{id}", STAFF, edit)
        .post("/operators/{id}/active", STAFF, switch)
        .post("/operators/{id}/leave", STAFF, month::add_leave)
        .get("/operators/{id}/delete", STAFF, ask)
        .post("/operators/{id}/delete", STAFF, delete)
}

/// The form of an operator, new or not.
#[derive(Template)]
#[template(path = "operators/operator.html")]
struct OperatorPage<'a> {
    page: Page<'a>,
    form: &'a Form,
    /// None for a new operator.
    operator: Option<&'a Operator>,
    /// Calendars to choose from: id and name.
    calendars: &'a [(String, Arc<str>)],
    /// Why their address refuses mail, or that no mail is sent, if they have one.
    mail: Option<String>,
    /// A month of theirs, as html; none without a calendar.
    month: Option<String>,
}

/// The question before an operator is deleted.
#[derive(Template)]
#[template(path = "operators/delete.html")]
struct DeletePage<'a> {
    page: Page<'a>,
    operator: &'a Operator,
    back: &'a str,
}

impl OperatorPage<'_> {
    fn gets_contacts(&self, operator: &Operator) -> bool {
        pauses::gets_contacts(operator, self.page.viewer.now)
    }

    fn back(&self) -> &str {
        back(self.form)
    }

    /// The address of the question before a deletion.
    fn delete(&self, operator: &Operator) -> String {
        with_back(&format!("/operators/{}/delete", operator.id), self.back())
    }
}

impl DeletePage<'_> {
    fn cancel(&self) -> String {
        with_back(&format!("/operators/{}", self.operator.id), self.back)
    }
}

/// An address that says which page to return to from there, unless it is the board.
pub(crate) fn with_back(path: &str, back: &str) -> String {
    match serde_urlencoded::to_string([("back", back)]) {
        Ok(query) if back != "/" => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

/// A form with these values in it, and with the page to return to that the address says.
fn filled(values: impl IntoIterator<Item = (&'static str, String)>, query: Option<String>) -> Form {
    let back = Form::of_query(&query.unwrap_or_default()).value("back").to_owned();
    Form::stored(values.into_iter().map(|(name, value)| (name.to_owned(), value))).and("back", back)
}

/// What the form of an operator is made of.
fn settings(operator: &Operator) -> [(&'static str, String); 5] {
    [
        ("name", operator.name.to_string()),
        ("external_id", operator.external_id.as_deref().unwrap_or_default().to_owned()),
        ("notify_email", operator.notify_email.as_deref().unwrap_or_default().to_owned()),
        ("max_load", operator.max_load.to_string()),
        ("away_after_s", operator.away_after_s.map_or_else(String::new, |seconds| seconds.to_string())),
    ]
}

async fn blank(viewer: Viewer, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    show_new(&viewer, &filled([("max_load", MAX_LOAD_PROPOSED.to_owned())], query))
}

fn show_new(viewer: &Viewer, form: &Form) -> Result<Response, Problem> {
    let page = viewer.page(viewer.t.t("operator-new"), Section::Operators);
    viewer.show_as(status(form), &OperatorPage { page, form, operator: None, calendars: &[], mail: None, month: None })
}

/// The page with the form of the operator, and that of a leave.
async fn show_one(
    viewer: &Viewer,
    state: &AppState,
    (form, leave): (&Form, &Form),
    operator: &Operator,
) -> Result<Response, Problem> {
    let calendars = choices(state).await?;
    let page = viewer.page(operator.name.to_string(), Section::Operators);
    let page = page.live(&format!("/live/changes?operator_id={}", operator.id));
    let page = page.again_at(operator.next_look(viewer.now));
    let mail = mail_problem(viewer, state, operator).await?;
    let month = Month::read(viewer, state, leave, operator).await?;
    let month = month.map(|month| month.render()).transpose().map_err(|error| Problem::internal(&error))?;
    let status = if leave.is_fine() { status(form) } else { status(leave) };
    viewer.show_as(status, &OperatorPage { page, form, operator: Some(operator), calendars: &calendars, mail, month })
}

/// Why an operator gets no mail, if they are to.
async fn mail_problem(viewer: &Viewer, state: &AppState, operator: &Operator) -> Result<Option<String>, Problem> {
    let Some(address) = &operator.notify_email else { return Ok(None) };
    if state.app().mailer().is_none() {
        return Ok(Some(viewer.t.t("operator-mail-off")));
    }
    let fault = state.app().telegram().store().mail_fault(operator.id).await?;
    let fault = fault.filter(|fault| fault.address == *address);
    Ok(fault.map(|fault| viewer.t.of("operator-mail-refused", &fault.error)))
}

/// The form of an operator as they are stored.
async fn stored_form(state: &AppState, operator: &Operator, query: Option<String>) -> Result<Form, Problem> {
    let fields = settings(operator).into_iter().chain(hours::fields(state, operator).await?);
    Ok(filled(fields.chain([(CAPS, crate::caps::text(operator.caps_on_all()))]), query))
}

/// What the form says, if all of it is right.
pub(crate) fn new_operator(t: Texts, form: &mut Form) -> Option<NewOperator> {
    let name = form.read(t, "name", "rule-name", limits::name);
    let max_load = form.read(t, "max_load", "rule-max-load", |text| limits::max_load(whole(text)?));
    let external_id = match form.value("external_id").trim() {
        "" => Some(None),
        _ => form.read(t, "external_id", "rule-external-id", |text| Ok(Some(limits::identity(text)?.into()))),
    };
    let address = |text: &str| Ok(limits::notify_email(text.trim())?.into());
    let notify_email = form.read_if_given(t, "notify_email", "rule-notify-email", address);
    form.is_fine().then_some(())?;
    Some(NewOperator { external_id: external_id?, notify_email, max_load: max_load?, ..NewOperator::named(name?) })
}

async fn create(viewer: Viewer, State(state): State<AppState>, mut form: Form) -> Result<Response, Problem> {
    if let Some(new) = new_operator(viewer.t, &mut form) {
        match state.send_once(Command::CreateOperator(new), form.key(), IN_PATH).await {
            Ok(_) => return see_other(back(&form)),
            Err(problem) => form.refuse(viewer.t, problem)?,
        }
    }
    show_new(&viewer, &form)
}

async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    let leave = Form::of_query(query.as_deref().unwrap_or_default());
    let form = stored_form(&state, &operator, query).await?;
    show_one(&viewer, &state, (&form, &leave), &operator).await
}

async fn edit(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    let stored_hours = hours::fields(&state, &operator).await?;
    settings(&operator).iter().chain(&stored_hours).for_each(|(name, now)| form.rebase(viewer.t, name, now));
    let away_after =
        form.read_if_given(viewer.t, "away_after_s", "rule-away-after", |text| limits::away_seconds(whole(text)?));
    let new_caps = caps::change(&viewer, &state, &mut form, &operator).await?;
    if let Some(new) = new_operator(viewer.t, &mut form).filter(|_| form.is_fine()) {
        let edit = OperatorEdit {
            name: Some(new.name),
            external_id: Some(new.external_id),
            notify_email: Some(new.notify_email),
            is_active: None,
            max_load: Some(new.max_load),
            hours: None,
            away_after_s: form.is_ticked("away_after_s").then_some(away_after),
        };
        let unchanged = Precondition::of(Subject::Operator(operator.id), Version::of_operator(&operator));
        let is_done = match hours::change(&form, &stored_hours) {
            Some(change) => hours::set(&viewer, &state, &mut form, operator.id, (edit, unchanged), &change).await?,
            None => match state.send_if(Some(unchanged), Command::EditOperator(operator.id, edit), IN_PATH).await {
                Ok(_) => true,
                Err(problem) => form.refuse(viewer.t, problem).map(|()| false)?,
            },
        };
        let are_set = match new_caps {
            Some(caps) if is_done => {
                let unchanged = Precondition::of(Subject::Caps(operator.id), Version::of_caps(&operator));
                let command = Command::SetCaps(SetCaps { operator: operator.id, caps });
                crate::caps::set(&viewer, &state, &mut form, unchanged, command).await?
            }
            Some(_) | None => is_done,
        };
        if are_set {
            return see_other(back(&form));
        }
    }
    show_one(&viewer, &state, (&form, &Form::default()), &operator).await
}

/// Switches an operator off, or ends what keeps them from new contacts, as the button says.
async fn switch(State(state): State<AppState>, Ids([id]): Ids<1>, form: Form) -> Result<Response, Problem> {
    pauses::switch(&state, OperatorId(id), form.switched("is_active")?).await?;
    see_other(back(&form))
}

async fn ask(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let operator = operator(&state, id).await?;
    let form = filled([], query);
    let page = viewer.page(viewer.t.t("operator-delete"), Section::Operators);
    let page = page.live(&format!("/live/changes?operator_id={id}"));
    viewer.show(&DeletePage { page, operator: &operator, back: back(&form) })
}

async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>, form: Form) -> Result<Response, Problem> {
    state.send(Command::DeleteOperator(OperatorId(id)), IN_PATH).await?;
    see_other(back(&form))
}

async fn operator(state: &AppState, id: i64) -> Result<Operator, Problem> {
    state.store().operator(OperatorId(id)).await?.ok_or_else(|| unknown("operator", &id))
}
