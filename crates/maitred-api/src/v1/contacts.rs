//! Contacts: taking them in, looking at them, and what people do with them. Taking one in is the busiest call of all:
//! it reads nothing from the store and waits only for the commit. The bodies are in `contact_bodies`.

use super::contact_bodies::{
    ContactBody, ContactCreate, ContactCreated, ContactPatch, ContactTransfer, NewContact, TransferRequest,
};
use crate::body::Json;
use crate::body::describe::{Query, QueryOf};
use crate::idempotency::{Keys, Post};
use crate::if_match::{IfMatch, tagged};
use crate::list::{Asked, PageParams};
use crate::reply::{self, Reply};
use axum::extract::{FromRequest, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::IntoResponse;
use futures_util::{FutureExt, TryFutureExt};
use maitred_app::message_search::{self, Found, MessageSearch, SEARCH_TIME_MAX};
use maitred_app::version::{Subject, Version};
use maitred_core::command::{Completion, ContactEdit, Transfer};
use maitred_core::{Command, Contact, ContactId, Outcome, Rejection};
use maitred_store::clock::{self, rfc3339};
use maitred_store::views::ContactFilter;
use maitred_store::words::Words;
use maitred_web::caller::caller;
use maitred_web::field::types::{FLAG, IDENTITY, LEAD_ID, OPERATOR_ID, SOURCE_ID, STATUS, TIME};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::{Busiest, Routes};
use maitred_web::rules::{May, STAFF, SUBMIT, own};
use maitred_web::{AppState, unexpected};
use std::sync::Arc;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(SUBMIT, routes!(create))
        .call(own(May::OwnOnly), routes!(list))
        .call(own(May::OwnContact), routes!(show, edit))
        .call(STAFF, routes!(delete))
        .call(own(May::OwnContact), routes!(resolve))
        .call(own(May::OwnContact), routes!(reopen))
        .call(own(May::OwnContact), routes!(transfer))
}

/// Creating a contact, as a call without the router.
#[must_use]
pub fn busiest(state: AppState) -> Busiest {
    Busiest::new((Method::POST, "/api/v1/contacts"), move |request| {
        let state = State(state.clone());
        Post::from_request(request, &()).and_then(|new| create(state, new)).map(IntoResponse::into_response)
    })
}

/// Create a contact
///
/// Stores the contact, finds or creates its lead, and assigns it to an operator of the source. If no operator is free,
/// the contact waits: `operator_id` is `null`, `status` is `waiting`, and the response is still 201. It is assigned as
/// soon as a slot becomes free; an event says when. So it does while its source is closed, or a cap of it is reached:
/// `opens_at` says until when.
/// The response is sent once the contact is durable.
#[utoipa::path(
    post, path = "/api/v1/contacts", tag = "contacts", request_body = ContactCreate,
    responses(
        (status = CREATED, description = "Created: assigned or waiting", body = ContactCreated<'static>,
         headers(("Location" = String, description = "The address of the new contact"))),
        (status = OK, description = "A row that was imported before, or a message that was appended to an open contact",
         body = ContactCreated<'static>),
        (status = NOT_FOUND, description = "An id in the path or the body does not exist"),
    )
)]
async fn create(State(state): State<AppState>, Post { body: mut new, keys }: Post<NewContact>) -> Reply {
    let keys = keys.with_event(new.event());
    let rules = match new.has_phone() {
        true => state.regions().of(new.source(), state.store()).await?,
        false => state.regions().rules_of_deployment(),
    };
    let (repairs, ignored) = (new.take_repairs(), new.take_ignored());
    let submit = new.into_submit(rules)?;
    let show = |outcome| {
        let is_new = matches!(outcome, Outcome::Contact(_) | Outcome::Closed(..));
        let message = if let Outcome::Appended(_, message) = &outcome { Some(message.clone()) } else { None };
        let opens_at = if let Outcome::Closed(_, opens_at) = &outcome { *opens_at } else { None };
        let (contact, Completion { added, kept }) = match outcome {
            Outcome::Completed(contact, completion) => (contact, completion),
            other => (the_contact(other)?, Completion::default()),
        };
        let location = format!("/api/v1/contacts/{}", contact.id);
        let arrived_at = message.as_ref().map_or(contact.created_at, |message| message.created_at);
        let (repaired, ignored) = (&repairs.of_arrival(arrived_at)[..], &ignored[..]);
        let message_id = message.map(|message| message.id);
        let contact = ContactBody::from(contact).opening(opens_at);
        let body = ContactCreated { contact, message_id, repaired, ignored, added: &added, kept: &kept };
        match (is_new, body.is_plain()) {
            // What is flattened is written field by field through a map: half as fast.
            (true, true) => reply::created(location, &body.contact),
            (true, false) => reply::created(location, &body),
            (false, _) => reply::ok(&body),
        }
    };
    keys.answer(&state, Command::Submit(submit), &source_in_body, show).await
}

fn source_in_body(rejection: &Rejection) -> Option<String> {
    matches!(rejection, Rejection::UnknownSource(_)).then(|| "/source_id".to_owned())
}

type ContactParams = QueryOf<ContactQuery>;

/// Which contacts, and perhaps what words their messages have.
struct ContactQuery {
    filter: ContactFilter,
    q: Option<Box<str>>,
}

impl Query for ContactQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let filter = ContactFilter::read(fields);
        Self { filter, q: fields.optional("q", IDENTITY.example(r#""parcel monday""#), ABOUT_Q) }
    }
}

const ABOUT_Q: &str = "Beginnings of words of the message, in any order, without letter case and marks. Messages are \
                       looked through for half a second, the newest first: a page may have fewer rows than `limit`, \
                       even none, and still have a `Link` to the next one. `Searched-Back-To` says how far it got.";

/// How far back the messages were looked through, as a time; not there when it was all of them.
const SEARCHED_BACK_TO: HeaderName = HeaderName::from_static("searched-back-to");

const ABOUT_OVERDUE: &str = "`true`: only those that are open and to which nobody responded in time.";

impl Query for ContactFilter {
    fn read(fields: &mut impl Fields) -> Self {
        let [after, before] = [r#""2025-11-26T00:00:00Z""#, r#""2025-11-27T00:00:00Z""#];
        Self {
            status: fields.optional("status", STATUS, ""),
            source: fields.optional("source_id", SOURCE_ID, ""),
            operator: fields.optional(
                "operator_id",
                OPERATOR_ID,
                "The operator who has it, or had it when it was resolved.",
            ),
            lead: fields.optional("lead_id", LEAD_ID, ""),
            overdue: fields.optional("overdue", FLAG, ABOUT_OVERDUE).unwrap_or_default(),
            created_after: fields.optional("created_after", TIME.example(after), "Arrived at this time or later."),
            created_before: fields.optional("created_before", TIME.example(before), "Arrived before this time."),
            oldest_first: false,
        }
    }
}

/// List contacts, newest first
#[utoipa::path(
    get, path = "/api/v1/contacts", tag = "contacts", params(ContactParams, PageParams),
    responses((status = OK, description = "A page of contacts", body = Vec<ContactBody>,
               headers(("Searched-Back-To" = String, description = "With `q`, if there are messages that were not \
               looked at: when the oldest contact arrived that was"))))
)]
async fn list(State(state): State<AppState>, mut params: Params) -> Reply {
    let ContactQuery { filter, q } = ContactQuery::read(&mut params);
    match q {
        Some(q) => search(&state, filter, &q, params).await,
        None => page(&state, filter, params).await,
    }
}

/// The page of contacts with these words in their messages.
async fn search(state: &AppState, filter: ContactFilter, q: &str, params: Params) -> Reply {
    let filter = of_caller(filter)?;
    let asked = Asked::for_page(params)?;
    let search = MessageSearch { filter, words: Arc::new(Words::new(q)), page: asked.page };
    let Found { contacts, rest } = message_search::find(state.store(), &search, SEARCH_TIME_MAX).await?;
    let mut response = asked.reply_until(contacts, rest.map(|rest| rest.after), ContactBody::from)?;
    if let Some(back_to) = rest.and_then(|rest| rest.back_to) {
        let time = HeaderValue::try_from(rfc3339(back_to)).map_err(|error| Problem::internal(&error))?;
        response.headers_mut().insert(SEARCHED_BACK_TO, time);
    }
    Ok(response)
}

/// The page of contacts that was asked for.
pub(super) async fn page(state: &AppState, filter: ContactFilter, params: Params) -> Reply {
    let filter = of_caller(filter)?;
    let asked = Asked::for_page(params)?;
    let contacts = state.store().contacts(filter, asked.page).await?;
    asked.reply(contacts, |contact| contact.id.0, ContactBody::from)
}

/// A caller limited to one operator gets only that operator's contacts.
fn of_caller(mut filter: ContactFilter) -> Result<ContactFilter, Problem> {
    if let Some(own) = caller()?.own_operator() {
        let other = filter.operator.filter(|operator| *operator != own);
        if let Some(other) = other {
            return Err(kinds::FORBIDDEN.because(format!("operator {own} may not see contacts of operator {other}")));
        }
        filter.operator = Some(own);
    }
    Ok(filter)
}

/// Show a contact
#[utoipa::path(
    get, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = i64, Path)),
    responses((status = OK, description = "The contact", body = ContactBody))
)]
async fn show(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let contact = state.store().contact(ContactId(id)).await?;
    let contact = contact.ok_or_else(|| unknown("contact", &id))?;
    let version = Version::of_contact(&contact);
    let source = if contact.waits_for_source() { state.store().source(contact.source).await? } else { None };
    let opens_at = source.and_then(|source| source.closed(clock::now())?.until);
    Ok(tagged(reply::ok(&ContactBody::from(contact).opening(opens_at))?, version))
}

/// Change a contact
#[utoipa::path(
    patch, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = i64, Path)), request_body = ContactPatch,
    responses(
        (status = OK, description = "The contact after the change", body = ContactBody),
        (status = CONFLICT, description = "Its lead was erased, so nothing personal can be written"),
    )
)]
async fn edit(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(edit): Json<ContactEdit>,
) -> Reply {
    let unchanged = if_match.of(Subject::Contact(ContactId(id)));
    let command = Command::EditContact(ContactId(id), edit);
    let outcome = state.send_if(unchanged, command, &wanted_operator_in_body).await?;
    show_version(the_contact(outcome)?)
}

/// Where the body says who is wanted.
fn wanted_operator_in_body(rejection: &Rejection) -> Option<String> {
    let is_about_operator = matches!(rejection, Rejection::UnknownOperator(_) | Rejection::UnknownMembership(..));
    is_about_operator.then(|| "/wanted_operator_id".to_owned())
}

fn show_version(contact: Contact) -> Reply {
    let version = Version::of_contact(&contact);
    Ok(tagged(reply::ok(&ContactBody::from(contact))?, version))
}

/// Resolve a contact
///
/// Closes the contact; its slot goes to the next waiting contact at once. Resolving again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/resolve", tag = "contacts", params(("id" = i64, Path)),
    responses((status = OK, description = "The contact after the change", body = ContactBody))
)]
async fn resolve(State(state): State<AppState>, Ids([id]): Ids<1>, keys: Keys) -> Reply {
    let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
    keys.answer(&state, Command::EditContact(ContactId(id), edit), IN_PATH, show_now).await
}

/// Reopen a resolved contact
///
/// Returns to its last operator if they can take it; otherwise it is routed again. An open contact does not change.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/reopen", tag = "contacts", params(("id" = i64, Path)),
    responses((status = OK, description = "The contact after the change", body = ContactBody))
)]
async fn reopen(State(state): State<AppState>, Ids([id]): Ids<1>, keys: Keys) -> Reply {
    let edit = ContactEdit { is_resolved: Some(false), ..ContactEdit::default() };
    keys.answer(&state, Command::EditContact(ContactId(id), edit), IN_PATH, show_now).await
}

/// Transfer a contact to an operator, or release it
///
/// With `operator_id: null` the contact is released and routed again, to a different operator if anybody else can take
/// it.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/transfer", tag = "contacts", params(("id" = i64, Path)),
    request_body = ContactTransfer,
    responses(
        (status = OK, description = "The contact after the change", body = ContactBody),
        (status = CONFLICT, description = "The operator is full or inactive, or the contact is resolved or with \
         somebody else than `from_operator_id`"),
    )
)]
async fn transfer(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    Post { body, keys }: Post<TransferRequest>,
) -> Reply {
    let TransferRequest { from, to, force } = body;
    let operator_in_body =
        |rejection: &Rejection| matches!(rejection, Rejection::UnknownOperator(_)).then(|| "/operator_id".to_owned());
    keys.answer(
        &state,
        Command::Transfer(Transfer { contact: ContactId(id), from, to, force }),
        &operator_in_body,
        show_now,
    )
    .await
}

/// Delete a contact
///
/// Deletes the contact and frees its slot.
#[utoipa::path(
    delete, path = "/api/v1/contacts/{id}", tag = "contacts", params(("id" = i64, Path)),
    responses((status = NO_CONTENT, description = "Deleted"))
)]
async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    state.send(Command::DeleteContact(ContactId(id)), IN_PATH).await?;
    Ok(reply::no_content())
}

pub(super) fn show_now(outcome: Outcome) -> Reply {
    reply::ok(&ContactBody::from(the_contact(outcome)?))
}

fn the_contact(outcome: Outcome) -> Result<Contact, Problem> {
    match outcome {
        Outcome::Contact(contact)
        | Outcome::Closed(contact, _)
        | Outcome::SubmittedBefore(contact)
        | Outcome::Appended(contact, _)
        | Outcome::Completed(contact, _) => Ok(contact),
        other => Err(unexpected(&other)),
    }
}
