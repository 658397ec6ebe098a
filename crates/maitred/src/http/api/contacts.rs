//! Contacts: taking them in, looking at them, and what people do with them. Taking one in is the busiest call of all:
//! it reads nothing from the store and waits only for the commit. The bodies are in `contact_bodies`.

use super::contact_bodies::{
    ContactBody, ContactCreate, ContactPatch, ContactTransfer, Handover, Intake, StatusSchema,
};
use crate::http::access::caller;
use crate::http::body::Json;
use crate::http::body::read::not_one_of;
use crate::http::list::{Asked, PageParams};
use crate::http::once::{self, Keys, Post};
use crate::http::params::{self, Ids, Params};
use crate::http::problem::refusals::{IN_PATH, unknown};
use crate::http::problem::{Problem, kinds};
use crate::http::reply::{self, Reply};
use crate::http::{AppState, unexpected};
use crate::store::views::ContactFilter;
use axum::extract::State;
use maitred_core::command::{ContactEdit, Transfer};
use maitred_core::{Command, Contact, ContactId, LeadId, OperatorId, Outcome, Rejection, SourceId, Status};
use std::time::Instant;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(take_in, list))
        .routes(routes!(show, edit, delete))
        .routes(routes!(resolve))
        .routes(routes!(reopen))
        .routes(routes!(transfer))
}

/// Take in a contact
///
/// Stores it, recognises the lead behind it, and gives it to an operator of the source. When nobody is free it waits:
/// `operator_id` is `null`, `status` is `waiting`, and the answer is 201 all the same. It is assigned the moment a slot
/// is free; the events tell when. The answer comes when the contact is durable.
#[utoipa::path(
    post, path = "/api/v1/contacts", tag = "contacts", request_body = ContactCreate,
    responses((
        status = CREATED, description = "Taken in: assigned or waiting", body = ContactBody,
        headers(("Location" = String, description = "Where it is from now on")),
    ))
)]
async fn take_in(State(state): State<AppState>, Post { body: intake, keys }: Post<Intake>) -> Reply {
    let keys = keys.with_event(intake.event());
    let region = match intake.has_phone() {
        true => state.regions().of(intake.source(), state.store()).await?,
        false => None,
    };
    let submit = intake.into_submit(region)?;
    let began = Instant::now();
    let mut taken_in = None;
    let show = |outcome| {
        let contact = the_contact(outcome)?;
        taken_in = Some(contact.id);
        reply::created(format!("/api/v1/contacts/{}", contact.id), &ContactBody::from(contact))
    };
    let response = keys.answer(&state, Command::Submit(submit), &source_in_body, show).await?;
    if let Some(contact) = taken_in.filter(|_| !once::is_replayed(&response)) {
        state.console().note(contact, began.elapsed());
    }
    Ok(response)
}

fn source_in_body(rejection: &Rejection) -> Option<String> {
    matches!(rejection, Rejection::UnknownSource(_)).then(|| "/source_id".to_owned())
}

/// Which contacts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what filter reads")]
struct ContactParams {
    #[param(value_type = Option<StatusSchema>)]
    status: Option<Status>,
    source_id: Option<i64>,
    /// Who holds it, or held it when it was resolved.
    operator_id: Option<i64>,
    lead_id: Option<i64>,
    /// Arrived at this time or later.
    #[param(value_type = Option<String>, format = DateTime, example = "2025-11-26T00:00:00Z")]
    created_after: Option<String>,
    /// Arrived before this time.
    #[param(value_type = Option<String>, format = DateTime, example = "2025-11-27T00:00:00Z")]
    created_before: Option<String>,
}

fn filter(params: &mut Params) -> ContactFilter {
    let status = |text: &str| Status::ALL.into_iter().find(|status| status.as_str() == text);
    ContactFilter {
        status: params.optional("status", |text| status(text).ok_or_else(|| not_one_of(&Status::ALL, Status::as_str))),
        source: params.optional("source_id", params::id).map(SourceId),
        operator: params.optional("operator_id", params::id).map(OperatorId),
        lead: params.optional("lead_id", params::id).map(LeadId),
        created_after: params.optional("created_after", params::time),
        created_before: params.optional("created_before", params::time),
    }
}

/// List contacts, newest first
#[utoipa::path(
    get, path = "/api/v1/contacts", tag = "contacts", params(ContactParams, PageParams),
    responses((status = OK, description = "A page of them", body = Vec<ContactBody>))
)]
async fn list(State(state): State<AppState>, mut params: Params) -> Reply {
    let filter = filter(&mut params);
    page(&state, filter, params).await
}

/// The page of contacts that was asked for. Whoever is limited to one operator's desk gets only what is on it.
pub(super) async fn page(state: &AppState, mut filter: ContactFilter, params: Params) -> Reply {
    if let Some(desk) = caller()?.desk() {
        let other = filter.operator.filter(|operator| *operator != desk);
        if let Some(other) = other {
            return Err(kinds::FORBIDDEN.because(format!("contacts of operator {other} are not for the key of {desk}")));
        }
        filter.operator = Some(desk);
    }
    let asked = Asked::for_page(params)?;
    let contacts = state.store().contacts(filter, asked.page).await?;
    asked.reply(contacts, |contact| contact.id.0, ContactBody::from)
}

/// Show a contact
#[utoipa::path(
    get, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = i64, Path)),
    responses((status = OK, description = "The contact", body = ContactBody))
)]
async fn show(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let contact = state.store().contact(ContactId(id)).await?;
    reply::ok(&ContactBody::from(contact.ok_or_else(|| unknown("contact", &id))?))
}

/// Change a contact
#[utoipa::path(
    patch, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = i64, Path)), request_body = ContactPatch,
    responses(
        (status = OK, description = "As it is now", body = ContactBody),
        (status = CONFLICT, description = "Its lead was erased: nothing is written about him any more"),
    )
)]
async fn edit(State(state): State<AppState>, Ids([id]): Ids<1>, Json(edit): Json<ContactEdit>) -> Reply {
    show_now(state.send(Command::EditContact(ContactId(id), edit), IN_PATH).await?)
}

/// Resolve a contact
///
/// Ends it. Its slot goes to whoever waits, in the same moment. Resolving twice is the same as once.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/resolve", tag = "contacts", params(("id" = i64, Path)),
    responses((status = OK, description = "As it is now", body = ContactBody))
)]
async fn resolve(State(state): State<AppState>, Ids([id]): Ids<1>, keys: Keys) -> Reply {
    let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
    keys.answer(&state, Command::EditContact(ContactId(id), edit), IN_PATH, show_now).await
}

/// Reopen a resolved contact
///
/// It goes to whoever had it, if he can take it, else it is routed again. An open contact stays as it is.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/reopen", tag = "contacts", params(("id" = i64, Path)),
    responses((status = OK, description = "As it is now", body = ContactBody))
)]
async fn reopen(State(state): State<AppState>, Ids([id]): Ids<1>, keys: Keys) -> Reply {
    let edit = ContactEdit { is_resolved: Some(false), ..ContactEdit::default() };
    keys.answer(&state, Command::EditContact(ContactId(id), edit), IN_PATH, show_now).await
}

/// Give a contact to an operator, or release it
///
/// With `operator_id: null` its operator releases it, and it is routed again, to somebody else if anybody can take it.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/transfer", tag = "contacts", params(("id" = i64, Path)),
    request_body = ContactTransfer,
    responses(
        (status = OK, description = "As it is now", body = ContactBody),
        (status = CONFLICT, description = "He is full or switched off, or the contact is resolved"),
    )
)]
async fn transfer(State(state): State<AppState>, Ids([id]): Ids<1>, Post { body, keys }: Post<Handover>) -> Reply {
    let Handover { to, force } = body;
    let operator_in_body =
        |rejection: &Rejection| matches!(rejection, Rejection::UnknownOperator(_)).then(|| "/operator_id".to_owned());
    keys.answer(&state, Command::Transfer(Transfer { contact: ContactId(id), to, force }), &operator_in_body, show_now)
        .await
}

/// Delete a contact
///
/// Forgets it and frees its slot.
#[utoipa::path(
    delete, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = i64, Path)),
    responses((status = NO_CONTENT, description = "Deleted"))
)]
async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    state.send(Command::DeleteContact(ContactId(id)), IN_PATH).await?;
    Ok(reply::no_content())
}

fn show_now(outcome: Outcome) -> Reply {
    reply::ok(&ContactBody::from(the_contact(outcome)?))
}

fn the_contact(outcome: Outcome) -> Result<Contact, Problem> {
    match outcome {
        Outcome::Contact(contact) | Outcome::SubmittedBefore(contact) => Ok(contact),
        other => Err(unexpected(&other)),
    }
}
