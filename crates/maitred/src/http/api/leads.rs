//! Leads: the people behind contacts, with what identifies them. A lead comes into being with its first contact; what
//! people do here is look them up, correct them, and say that two of them are one.

use super::contact_bodies::{ContactBody, identity_error};
use super::contacts;
use crate::clock::Rfc3339;
use crate::export::{self, LeadExport};
use crate::http::AppState;
use crate::http::body::read::{prose, whole};
use crate::http::body::{Fields, FromFields, Json};
use crate::http::list::{Asked, PageParams};
use crate::http::once::{Keys, Post};
use crate::http::params::{Ids, Params};
use crate::http::problem::Problem;
use crate::http::problem::refusals::{IN_PATH, unknown};
use crate::http::reply::{self, Reply};
use crate::identity::{self, Given, Region};
use crate::store::views::{ContactFilter, LeadCard, LeadFilter};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use futures_util::TryStreamExt;
use maitred_core::command::{EraseLead, LeadEdit, MergeLeads};
use maitred_core::limits::{self, Invalid};
use maitred_core::{Command, Identity, IdentityKind, LeadId, Rejection};
use serde::Serialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show, edit))
        .routes(routes!(list_contacts))
        .routes(routes!(merge))
        .routes(routes!(erase))
        .routes(routes!(export))
}

/// The person or firm behind contacts.
#[derive(Serialize, ToSchema)]
#[schema(as = Lead)]
struct LeadBody {
    #[schema(value_type = i64, example = 1)]
    id: LeadId,
    #[schema(required = true, value_type = Option<String>, example = "Иван")]
    name: Option<Arc<str>>,
    /// In matching order: external ids, phones, emails.
    identities: Vec<IdentityBody>,
    /// How many contacts he has.
    #[schema(example = 3)]
    contact_count: u64,
    /// How many of them are not resolved.
    #[schema(example = 1)]
    open_contact_count: u64,
    /// Leads that may be the same person: a contact came with identities of both.
    #[schema(value_type = Vec<i64>)]
    possible_duplicate_ids: Vec<LeadId>,
    /// The lead that absorbed this one and now has its contacts and identities.
    #[schema(required = true, value_type = Option<i64>, example = json!(null))]
    merged_into_id: Option<LeadId>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// When his name or identities last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Rfc3339,
    /// When all that told who he is was forgotten.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    erased_at: Option<Rfc3339>,
}

/// What finds a lead.
#[derive(Serialize, ToSchema)]
#[schema(as = Identity)]
struct IdentityBody {
    #[schema(value_type = IdentityKindSchema)]
    kind: IdentityKind,
    /// A phone is E.164 and an email is lower-case, where they could be read; else as sent.
    #[schema(value_type = String, example = "+79991234567")]
    value: Arc<str>,
}

/// What kind of value it is.
#[derive(ToSchema)]
#[schema(as = IdentityKind, rename_all = "snake_case")]
#[expect(dead_code, reason = "documents maitred_core::IdentityKind")]
enum IdentityKindSchema {
    ExternalId,
    Phone,
    Email,
}

impl From<LeadCard> for LeadBody {
    fn from(card: LeadCard) -> Self {
        let identity = |identity: Identity| IdentityBody { kind: identity.kind, value: identity.value };
        Self {
            id: card.lead.id,
            name: card.lead.name,
            identities: card.identities.into_iter().map(identity).collect(),
            contact_count: card.contacts,
            open_contact_count: card.open_contacts,
            possible_duplicate_ids: card.possible_duplicates,
            merged_into_id: card.lead.merged_into,
            created_at: Rfc3339(card.lead.created_at),
            updated_at: Rfc3339(card.lead.updated_at),
            erased_at: card.lead.erased_at.map(Rfc3339),
        }
    }
}

/// Which leads. Several at once must all hold.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what filter reads")]
struct LeadParams {
    /// In any spelling; without a country code, in the region of the deployment.
    #[param(example = "+79991234567")]
    phone: Option<String>,
    email: Option<String>,
    external_id: Option<String>,
    /// What the name (in any letter case) or an identity begins with.
    q: Option<String>,
}

fn filter(params: &mut Params, region: Option<Region>) -> LeadFilter {
    let identities = [
        params.optional("external_id", |text| Ok(identity::external_id(limits::identity(text)?))),
        params.optional("phone", |text| Ok(identity::phone(limits::identity(&with_plus(text))?, region))),
        params.optional("email", |text| Ok(identity::email(limits::identity(text)?))),
    ];
    LeadFilter {
        identities: identities.into_iter().flatten().collect(),
        text: params.optional("q", |text| limits::identity(text).map(str::to_owned)),
    }
}

/// A space in front of a phone is a plus that nobody escaped.
fn with_plus(text: &str) -> String {
    match text.strip_prefix(' ') {
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_digit()) => format!("+{rest}"),
        _ => text.to_owned(),
    }
}

/// List leads, newest first
#[utoipa::path(
    get, path = "/api/v1/leads", tag = "leads", params(LeadParams, PageParams),
    responses((status = OK, description = "A page of them", body = Vec<LeadBody>))
)]
async fn list(State(state): State<AppState>, mut params: Params) -> Reply {
    let filter = filter(&mut params, state.regions().of_deployment());
    let asked = Asked::for_page(params)?;
    let leads = state.store().leads(filter, asked.page).await?;
    asked.reply(leads, |card| card.lead.id.0, LeadBody::from)
}

/// Show a lead
#[utoipa::path(
    get, path = "/api/v1/leads/{id}", tag = "leads", params(("id" = i64, Path)),
    responses((status = OK, description = "The lead", body = LeadBody))
)]
async fn show(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    reply::ok(&LeadBody::from(card(&state, id).await?))
}

/// List the contacts of a lead, newest first
#[utoipa::path(
    get, path = "/api/v1/leads/{id}/contacts", tag = "leads", params(("id" = i64, Path), PageParams),
    responses((status = OK, description = "A page of them", body = Vec<ContactBody>))
)]
async fn list_contacts(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    card(&state, id).await?;
    let filter = ContactFilter { lead: Some(LeadId(id)), ..ContactFilter::default() };
    contacts::page(&state, filter, params).await
}

/// Changes to a lead. What is left out stays as it is; identities are added.
#[derive(ToSchema)]
#[schema(example = json!({"name": "Иван"}))]
#[expect(dead_code, reason = "documents what LeadChange::from_fields reads")]
struct LeadPatch {
    /// `null` removes it.
    #[schema(required = false, max_length = 100, example = "Иван")]
    name: Option<String>,
    /// Added to what finds him.
    #[schema(required = false, max_length = 254)]
    external_id: String,
    /// Added to what finds him. Without a country code it is read in the region of the deployment.
    #[schema(required = false, max_length = 254)]
    phone: String,
    /// Added to what finds him.
    #[schema(required = false, max_length = 254)]
    email: String,
}

/// A checked [`LeadPatch`]; a phone waits for its region.
pub(super) struct LeadChange {
    name: Option<Option<Arc<str>>>,
    /// External id, phone, email.
    given: [Option<Box<str>>; 3],
}

impl FromFields for LeadChange {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let name = fields.removable("name", |raw| limits::name(&prose(raw)?));
        let mut identity = |name| fields.edited(name, |raw| limits::identity(&prose(raw)?).map(Box::from));
        let given = [identity("external_id"), identity("phone"), identity("email")];
        Some(Self { name, given })
    }
}

impl LeadChange {
    fn into_edit(self, region: Option<Region>) -> Result<LeadEdit, Problem> {
        let [external_id, phone, email] = &self.given;
        let given = Given { external_id: external_id.as_deref(), phone: phone.as_deref(), email: email.as_deref() };
        let error = |(kind, invalid): &(IdentityKind, Invalid)| identity_error("", *kind, invalid);
        let identities =
            identity::collect(given, region).map_err(|errors| Problem::invalid(errors.iter().map(error).collect()))?;
        Ok(LeadEdit { name: self.name, identities })
    }
}

/// Change a lead
#[utoipa::path(
    patch, path = "/api/v1/leads/{id}", tag = "leads", params(("id" = i64, Path)), request_body = LeadPatch,
    responses(
        (status = OK, description = "As he is now", body = LeadBody),
        (status = CONFLICT, description = "An identity belongs to another lead, or this lead was merged into another"),
    )
)]
async fn edit(State(state): State<AppState>, Ids([id]): Ids<1>, Json(change): Json<LeadChange>) -> Reply {
    let edit = change.into_edit(state.regions().of_deployment())?;
    state.send(Command::EditLead(LeadId(id), edit), IN_PATH).await?;
    reply::ok(&LeadBody::from(card(&state, id).await?))
}

/// Which lead is absorbed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what Absorbed::from_fields reads")]
struct LeadMerge {
    /// The lead whose contacts and identities move to the one in the path.
    #[schema(example = 12)]
    absorb_lead_id: i64,
}

pub(super) struct Absorbed(LeadId);

impl FromFields for Absorbed {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        fields.required("absorb_lead_id", whole).map(|id| Self(LeadId(id)))
    }
}

/// Merge another lead into this one
///
/// The lead in the path remains; `absorb_lead_id` gives it all its contacts and identities, and from then on says in
/// `merged_into_id` where they are.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/merge", tag = "leads", params(("id" = i64, Path, description = "Who remains")),
    request_body = LeadMerge,
    responses(
        (status = OK, description = "The lead that remains", body = LeadBody),
        (status = CONFLICT, description = "One of them was merged before, or the absorbed one has too many contacts"),
    )
)]
async fn merge(State(state): State<AppState>, Ids([id]): Ids<1>, Post { body, keys }: Post<Absorbed>) -> Reply {
    let Absorbed(from) = body;
    let absorbed_in_body = |rejection: &Rejection| {
        let is_absorbed = matches!(rejection, Rejection::UnknownLead(unknown) if *unknown == from && from.0 != id);
        is_absorbed.then(|| "/absorb_lead_id".to_owned())
    };
    // The lead is shown with his contacts and identities, which only the store can gather.
    let gather = async || Ok((LeadId(id), reply::text(&LeadBody::from(card(&state, id).await?))?));
    keys.answer_with(&state, Command::MergeLeads(MergeLeads { from, into: LeadId(id) }), &absorbed_in_body, gather)
        .await
}

/// Export a lead
///
/// Everything that is kept about him in one document, which is written while it is sent: however long it is, it has no
/// maximum. Of a lead that was merged into another, that one is exported. If the database fails meanwhile the answer
/// breaks off: it is whole when it is JSON.
#[utoipa::path(
    get, path = "/api/v1/leads/{id}/export", tag = "leads", params(("id" = i64, Path)),
    responses((status = OK, description = "All of it", body = LeadExport))
)]
async fn export(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let store = state.store().clone();
    let card = export::survivor(&store, LeadId(id)).await?.ok_or_else(|| unknown("lead", &id))?;
    let pieces = export::document(store, card);
    let pieces = pieces.inspect_err(|error| tracing::error!(%error, "an export breaks off"));
    let name = format!("attachment; filename=\"lead-{id}.json\"");
    Ok(([(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_DISPOSITION, name)], Body::from_stream(pieces))
        .into_response())
}

/// Erase a lead
///
/// Forgets who he is: his name, what finds him, messages and attributes of all his contacts, and the same of leads he
/// absorbed. Cannot be undone. His contacts and their decisions stay in the history and the figures, of nobody in
/// particular; the feed says `lead_erased`. Whoever has the same phone afterwards is a new lead. Of a lead with very
/// many contacts the last messages go in the moments after the answer. Erasing again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/erase", tag = "leads", params(("id" = i64, Path)),
    responses(
        (status = OK, description = "What is left of him", body = LeadBody),
        (status = CONFLICT, description = "A contact of his is not resolved, or he was merged into another"),
    )
)]
async fn erase(State(state): State<AppState>, Ids([id]): Ids<1>, keys: Keys) -> Reply {
    let lead = LeadId(id);
    let gather = async || Ok((lead, reply::text(&LeadBody::from(card(&state, id).await?))?));
    keys.answer_with(&state, Command::EraseLead(EraseLead { lead, quiet_since: None }), IN_PATH, gather).await
}

async fn card(state: &AppState, id: i64) -> Result<LeadCard, Problem> {
    state.store().lead(LeadId(id)).await?.ok_or_else(|| unknown("lead", &id))
}
