//! `/compat/appeals`: appeals of leads that have numbers of the caller, and how they are distributed. Operators and
//! lead sources are in `staff`, the links between them in `links`.
//!
//! The number of a lead is one of its external ids. A lead that came in another way has none; its id at maitred,
//! negated, stands for it.

mod links;
mod staff;

use super::error::{CompatError, CompatValidationError, Fault, Words};
use super::request::{DialectJson, Ids};
use super::{DESCRIPTION, Reply, created, lists, of_id, ok, send, the_contact};
use crate::body::RequestBody;
use crate::body::describe::DialectBodyOf;
use crate::compat::error::DialectError;
use crate::dialect::Dialect;
use crate::reply;
use axum::extract::State;
use maitred_core::command::ContactEdit;
use maitred_core::{
    Command, Contact, ContactId, Identity, IdentityKind, LeadId, OperatorId, SPACE_BEFORE, SourceId, Status,
};
use maitred_store::StoreError;
use maitred_store::clock::Rfc3339;
use maitred_store::views::KnownLead;
use maitred_web::AppState;
use maitred_web::field::Fields;
use maitred_web::field::choice::{Choice, ChoiceSchema};
use maitred_web::field::types::{Id, OneOf, SOURCE_ID};
use maitred_web::routes::Routes;
use maitred_web::rules::{STAFF, SUBMIT};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::routes;

const WORDS: Words =
    Words { source: "Lead source not found", operator: "Operator not found", contact: "Appeal not found" };

#[derive(OpenApi)]
#[openapi(
    info(title = "maitred, in the dialect of appeals", description = DESCRIPTION),
    components(schemas(CompatError<'static>, CompatValidationError, Fault))
)]
struct Frame;

/// The calls of this dialect.
pub fn routes() -> Routes<AppState> {
    let routes = Routes::documented_in(Frame::openapi())
        .call(SUBMIT, routes!(register))
        .call(STAFF, routes!(list))
        .call(STAFF, routes!(show, update, delete))
        .call(STAFF, routes!(leads))
        .call(STAFF, routes!(distribution));
    staff::routes().into_iter().chain(links::routes()).fold(routes, |routes, calls| routes.call(STAFF, calls))
}

/// Whether the appeal is still open.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum AppealsStatus {
    Active,
    Resolved,
}

impl Choice for AppealsStatus {
    const SCHEMA: &'static str = "AppealsStatus";
    const ABOUT: &'static str = "Whether the appeal is still open.";
    const ALL: &'static [Self] = &[Self::Active, Self::Resolved];

    fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Resolved => "RESOLVED",
        }
    }
}

impl From<Status> for AppealsStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Waiting | Status::Assigned => Self::Active,
            Status::Resolved => Self::Resolved,
        }
    }
}

type StatusWord = ChoiceSchema<AppealsStatus>;

/// An appeal.
#[derive(Serialize, ToSchema)]
struct AppealsAppeal {
    #[schema(value_type = i64)]
    id: ContactId,
    #[schema(value_type = StatusWord)]
    status: AppealsStatus,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// The lead's number in your system.
    lead_id: i64,
    #[schema(value_type = i64)]
    lead_source_id: SourceId,
    #[schema(required = true, value_type = Option<i64>)]
    assigned_operator_id: Option<OperatorId>,
}

impl AppealsAppeal {
    fn new(contact: &Contact, lead_id: i64) -> Self {
        Self {
            id: contact.id,
            status: contact.status.into(),
            created_at: Rfc3339(contact.created_at),
            lead_id,
            lead_source_id: contact.arrived_on(),
            assigned_operator_id: contact.operator,
        }
    }
}

/// The number that the client gave a lead.
const NUMBER: Id<i64> = Id(|number| number);

type AppealsAppealCreate = DialectBodyOf<AppealCreate>;

struct AppealCreate {
    lead_id: i64,
    lead_source_id: SourceId,
}

impl RequestBody for AppealCreate {
    const SCHEMA: &'static str = "AppealsAppealCreate";
    const ABOUT: &'static str = "A new appeal.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            lead_id: fields.required("lead_id", NUMBER, "The lead's number in your system."),
            lead_source_id: fields.required("lead_source_id", SOURCE_ID, ""),
        })
    }
}

/// Create an appeal
///
/// If nobody is free, `assigned_operator_id` is `null`; the appeal is assigned as soon as a slot is free.
#[utoipa::path(
    post, path = "/compat/appeals/appeals", tag = "appeals", request_body = AppealsAppealCreate,
    responses(
        (status = CREATED, description = "Created", body = AppealsAppeal),
        (status = NOT_FOUND, description = "There is no such lead source", body = CompatError<'static>),
    )
)]
async fn register(State(state): State<AppState>, DialectJson(new): DialectJson<AppealCreate>) -> Reply {
    let submit = of_id(Dialect::Appeals, new.lead_source_id, &new.lead_id.to_string());
    let contact = the_contact(send(&state, Command::Submit(submit), &WORDS).await?)?;
    created(&AppealsAppeal::new(&contact, new.lead_id))
}

/// List appeals, by id: the newest 10 000
#[utoipa::path(
    get, path = "/compat/appeals/appeals", tag = "appeals",
    responses((status = OK, description = "The newest appeals", body = Vec<AppealsAppeal>))
)]
async fn list(State(state): State<AppState>) -> Reply {
    let contacts = appeals(&state).await?;
    let leads = leads_of(&state, &contacts).await?;
    let number = |id| leads.get(&id).map_or(-id.0, number_of);
    let appeals = contacts.iter().map(|contact| AppealsAppeal::new(contact, number(contact.lead)));
    ok(&appeals.collect::<Vec<_>>())
}

/// Show an appeal
#[utoipa::path(
    get, path = "/compat/appeals/appeals/{appeal_id}", tag = "appeals", params(("appeal_id" = i64, Path)),
    responses((status = OK, description = "The appeal", body = AppealsAppeal))
)]
async fn show(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let contact = state.store().contact(ContactId(id)).await?;
    let contact = contact.ok_or(DialectError::not_found(WORDS.contact))?;
    shown(&leads_of(&state, std::slice::from_ref(&contact)).await?, &contact)
}

type AppealsAppealUpdate = DialectBodyOf<AppealUpdate>;

struct AppealUpdate {
    status: AppealsStatus,
}

impl RequestBody for AppealUpdate {
    const SCHEMA: &'static str = "AppealsAppealUpdate";
    const ABOUT: &'static str = "The new status of an appeal.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self { status: fields.required("status", OneOf(PhantomData), "") })
    }
}

/// Resolve or reopen an appeal
#[utoipa::path(
    put, path = "/compat/appeals/appeals/{appeal_id}", tag = "appeals", params(("appeal_id" = i64, Path)),
    request_body = AppealsAppealUpdate,
    responses((status = OK, description = "The appeal after the change", body = AppealsAppeal))
)]
async fn update(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    DialectJson(update): DialectJson<AppealUpdate>,
) -> Reply {
    let is_resolved = update.status == AppealsStatus::Resolved;
    let edit = ContactEdit { is_resolved: Some(is_resolved), ..ContactEdit::default() };
    let outcome = send(&state, Command::EditContact(ContactId(id), edit), &WORDS).await?;
    let contact = the_contact(outcome)?;
    let leads = leads_of(&state, std::slice::from_ref(&contact)).await.map_err(DialectError::stored_but_unread)?;
    shown(&leads, &contact)
}

/// Delete an appeal
#[utoipa::path(
    delete, path = "/compat/appeals/appeals/{appeal_id}", tag = "appeals", params(("appeal_id" = i64, Path)),
    responses((status = NO_CONTENT, description = "Deleted"))
)]
async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    send(&state, Command::DeleteContact(ContactId(id)), &WORDS).await?;
    Ok(reply::no_content())
}

/// A lead with its appeals.
#[derive(Serialize, ToSchema)]
struct AppealsLead {
    /// The lead's number in your system.
    id: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    appeals: Vec<AppealsAppealOfLead>,
}

/// An appeal as part of its lead.
#[derive(Serialize, ToSchema)]
struct AppealsAppealOfLead {
    #[schema(value_type = i64)]
    id: ContactId,
    #[schema(value_type = StatusWord)]
    status: AppealsStatus,
    #[schema(value_type = i64)]
    lead_source_id: SourceId,
    #[schema(required = true, value_type = Option<i64>)]
    assigned_operator_id: Option<OperatorId>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
}

impl From<Contact> for AppealsAppealOfLead {
    fn from(contact: Contact) -> Self {
        Self {
            id: contact.id,
            status: contact.status.into(),
            lead_source_id: contact.arrived_on(),
            assigned_operator_id: contact.operator,
            created_at: Rfc3339(contact.created_at),
        }
    }
}

/// List leads with their appeals: those of the newest 10 000 appeals
#[utoipa::path(
    get, path = "/compat/appeals/inspect/leads", tag = "inspect",
    responses((status = OK, description = "The leads, by number", body = Vec<AppealsLead>))
)]
async fn leads(State(state): State<AppState>) -> Reply {
    let contacts = appeals(&state).await?;
    let leads = leads_of(&state, &contacts).await?;
    let mut of_leads: BTreeMap<LeadId, Vec<AppealsAppealOfLead>> = BTreeMap::new();
    for contact in contacts {
        of_leads.entry(contact.lead).or_default().push(contact.into());
    }
    let mut shown: Vec<AppealsLead> = of_leads
        .into_iter()
        .filter_map(|(id, appeals)| {
            let known = leads.get(&id)?;
            Some(AppealsLead { id: number_of(known), created_at: Rfc3339(known.lead.created_at), appeals })
        })
        .collect();
    shown.sort_by_key(|lead| lead.id);
    ok(&shown)
}

/// How many appeals of a lead source an operator has, or had when they were resolved.
#[derive(Serialize, ToSchema)]
struct AppealsShare {
    #[schema(value_type = i64)]
    lead_source_id: SourceId,
    /// `null` for appeals without an operator.
    #[schema(required = true, value_type = Option<i64>)]
    assigned_operator_id: Option<OperatorId>,
    appeals_count: u64,
}

/// Count appeals by lead source and operator
#[utoipa::path(
    get, path = "/compat/appeals/inspect/appeals-distribution", tag = "inspect",
    responses((status = OK, description = "The counts, by lead source, then operator", body = Vec<AppealsShare>))
)]
async fn distribution(State(state): State<AppState>) -> Reply {
    let shares = state.store().shares().await?.into_iter().map(|share| AppealsShare {
        lead_source_id: share.source,
        assigned_operator_id: share.operator,
        appeals_count: share.contacts,
    });
    ok(&shares.collect::<Vec<_>>())
}

/// The newest appeals, by id.
async fn appeals(state: &AppState) -> Result<Vec<Contact>, DialectError> {
    let mut contacts = lists::newest_contacts(state, lists::LIST_ROWS_MAX).await?;
    contacts.reverse();
    Ok(contacts)
}

async fn leads_of(state: &AppState, contacts: &[Contact]) -> Result<BTreeMap<LeadId, KnownLead>, StoreError> {
    let ids: BTreeSet<LeadId> = contacts.iter().map(|contact| contact.lead).collect();
    let leads = state.store().known_leads(ids).await?;
    Ok(leads.into_iter().map(|known| (known.lead.id, known)).collect())
}

fn shown(leads: &BTreeMap<LeadId, KnownLead>, contact: &Contact) -> Reply {
    let lead = leads.get(&contact.lead).map_or(-contact.lead.0, number_of);
    ok(&AppealsAppeal::new(contact, lead))
}

/// The smallest of a lead's external ids that is a number as the caller writes one; otherwise its id, negated.
fn number_of(known: &KnownLead) -> i64 {
    let is_of_callers =
        |it: &&Identity| Dialect::Appeals.id_space() == Some(it.space.clone()) || &*it.space == SPACE_BEFORE;
    let ids = known.identities.iter().filter(|identity| identity.kind == IdentityKind::ExternalId);
    let external = ids.filter(is_of_callers);
    let numbers = external.filter_map(|identity| {
        let number: i64 = identity.value.parse().ok()?;
        (number.to_string() == *identity.value).then_some(number)
    });
    numbers.min().unwrap_or(-known.lead.id.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::check::check;
    use crate::body::describe::Null;
    use crate::compat::request::wrong;

    #[test]
    fn every_body_is_taken_as_documented() {
        check::<AppealCreate>(Null::Wrong, wrong::<AppealCreate>, &[]);
        check::<AppealUpdate>(Null::Wrong, wrong::<AppealUpdate>, &[]);
    }
}
