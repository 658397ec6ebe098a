//! Forgetting who a lead is, `/leads/{id}/erase`: the question, and doing it.

use crate::ConsoleState;
use crate::forms::{Form, status};
use crate::leads::card::{Person, card};
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maitred_core::command::EraseLead;
use maitred_core::{Command, LeadId};
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::IN_PATH;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/leads/{id}/erase", STAFF, ask).post("/leads/{id}/erase", STAFF, erase)
}

async fn ask(viewer: Viewer, State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    show(&viewer, &state, id, &Form::filled([])).await
}

async fn erase(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    match state.send(Command::EraseLead(EraseLead { lead: LeadId(id), quiet_since: None }), IN_PATH).await {
        Ok(_) => return see_other(&format!("/leads/{id}")),
        Err(problem) => form.refuse(viewer.t, problem)?,
    }
    show(&viewer, &state, id, &form).await
}

async fn show(viewer: &Viewer, state: &AppState, id: i64, form: &Form) -> Result<Response, Problem> {
    let person = Person::new(viewer, &card(state, id).await?);
    let page = viewer.page(viewer.t.t("lead-erase"), Section::Leads);
    viewer.show_as(status(form), &ErasePage { page, person, form })
}

#[derive(Template)]
#[template(path = "leads/erase.html")]
struct ErasePage<'a> {
    page: Shell<'a>,
    person: Person,
    form: &'a Form,
}
