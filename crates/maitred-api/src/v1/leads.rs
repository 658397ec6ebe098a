//! Leads: the people behind contacts, with what identifies them. A lead is created with its first contact; these calls
//! look leads up, edit, merge, export and erase them.

use super::contact_bodies::{ContactBody, identity_error};
use super::{contacts, split};
use crate::body::describe::{BodyOf, Query, QueryOf};
use crate::body::{Json, RequestBody};
use crate::idempotency::{Keys, Post};
use crate::if_match::{IfMatch, tagged};
use crate::list::{Asked, PageParams};
use crate::reply::{self, Reply};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use futures_util::TryStreamExt;
use maitred_app::export::{self, LeadExport};
use maitred_app::id_spaces;
use maitred_app::identity::{self, Collected, Given, PhoneRules};
use maitred_app::version::{Subject, Version};
use maitred_core::command::{EraseLead, LeadEdit, MergeLeads, ShowLead};
use maitred_core::limits::{self, Invalid};
use maitred_core::{Command, Identity, IdentityKind, LeadId, Rejection, SourceId};
use maitred_store::clock::Rfc3339;
use maitred_store::views::{ContactFilter, LeadCard, LeadFilter};
use maitred_web::AppState;
use maitred_web::field::types::{IDENTITY, LEAD_ID, NAME, Text};
use maitred_web::field::{FieldType, Fields};
use maitred_web::lead_search::lead_search;
use maitred_web::params::{Ids, Params};
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, stored_but_unread, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, STAFF, own};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(STAFF, routes!(list))
        .call(own(May::OwnLead), routes!(show))
        .call(STAFF, routes!(edit))
        .call(own(May::OwnOnly), routes!(list_contacts))
        .call(STAFF, routes!(merge))
        .call(STAFF, routes!(split::split))
        .call(STAFF, routes!(erase))
        .call(STAFF, routes!(export))
}

/// The person or firm behind contacts.
#[derive(Serialize, ToSchema)]
#[schema(as = Lead)]
pub(super) struct LeadBody {
    #[schema(value_type = i64, example = 1)]
    id: LeadId,
    #[schema(required = true, value_type = Option<String>, example = "Иван")]
    name: Option<Arc<str>>,
    /// In matching order: external ids, phones, emails.
    identities: Vec<IdentityBody>,
    /// How many contacts the lead has.
    #[schema(example = 3)]
    contact_count: u64,
    /// How many contacts are not resolved.
    #[schema(example = 1)]
    open_contact_count: u64,
    /// Leads that may be the same person: a contact arrived with identities of both.
    #[schema(value_type = Vec<i64>)]
    possible_duplicate_ids: Vec<LeadId>,
    /// The lead that this one was merged into, which now has its contacts and identities.
    #[schema(required = true, value_type = Option<i64>, example = json!(null))]
    merged_into_id: Option<LeadId>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// The source whose bot the lead blocked: messages to them fail until they come back.
    #[schema(required = true, value_type = Option<i64>, example = json!(null))]
    blocked_source_id: Option<SourceId>,
    /// Since when that is known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    blocked_at: Option<Rfc3339>,
    /// When the name or the identities last changed, or whether they blocked a bot.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Rfc3339,
    /// When the personal data was erased.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    erased_at: Option<Rfc3339>,
}

/// A value that identifies a lead.
#[derive(Serialize, ToSchema)]
#[schema(as = Identity)]
struct IdentityBody {
    #[schema(value_type = IdentityKindSchema)]
    kind: IdentityKind,
    /// Phones in E.164 and emails in lower case if they could be parsed; otherwise as sent.
    #[schema(value_type = String, example = "+79991234567")]
    value: Arc<str>,
    /// The id spaces in which an external id is this lead's: a source (`source:3`), a messenger, a name that sources
    /// share, or a dialect. Empty for phones and emails, which mean one person everywhere.
    #[schema(value_type = Vec<String>, example = json!([]))]
    id_spaces: Vec<Arc<str>>,
}

/// Identities with all their spaces. They are in matching order.
fn with_spaces(identities: &[Identity]) -> Vec<IdentityBody> {
    let same = identities.chunk_by(|it, next| it.kind == next.kind && it.value == next.value);
    let body = |same: &[Identity]| IdentityBody {
        kind: same[0].kind,
        value: same[0].value.clone(),
        id_spaces: same.iter().map(|it| it.space.clone()).filter(|space| !space.is_empty()).collect(),
    };
    same.map(body).collect()
}

/// The kind of an identity.
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
        Self {
            id: card.lead.id,
            name: card.lead.name,
            identities: with_spaces(&card.identities),
            contact_count: card.contacts,
            open_contact_count: card.open_contacts,
            possible_duplicate_ids: card.possible_duplicates,
            merged_into_id: card.lead.merged_into,
            blocked_source_id: card.lead.blocked_on,
            blocked_at: card.lead.blocked_at.map(Rfc3339),
            created_at: Rfc3339(card.lead.created_at),
            updated_at: Rfc3339(card.lead.updated_at),
            erased_at: card.lead.erased_at.map(Rfc3339),
        }
    }
}

type LeadParams = QueryOf<LeadQuery>;

/// Filters; a lead must match all of them. A phone waits for its region.
struct LeadQuery {
    phone: Option<Box<str>>,
    email: Option<Box<str>>,
    external_id: Option<Box<str>>,
    q: Option<Box<str>>,
}

impl Query for LeadQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let phone = Text { check: |text| limits::identity(&with_plus(text)).map(Box::from), ..IDENTITY };
        Self {
            phone: fields.optional(
                "phone",
                phone.example("\"+79991234567\""),
                "In any format. Without a country code, the region of the deployment applies.",
            ),
            email: fields.optional("email", IDENTITY, ""),
            external_id: fields.optional(
                "external_id",
                IDENTITY,
                "In all id spaces, so that there may be several leads.",
            ),
            q: fields.optional("q", IDENTITY, ABOUT_Q),
        }
    }
}

const ABOUT_Q: &str = "Beginnings of words of the name, in any order, without letter case and marks; or the beginning \
                       of an identity, a phone in any spelling; or at least four digits at the end of a phone.";

impl LeadQuery {
    async fn into_filter(self, state: &AppState) -> Result<LeadFilter, Problem> {
        let region = state.regions().of_deployment();
        let identities = [
            self.external_id.map(|text| identity::external_id(&text)),
            self.phone.map(|text| identity::phone(&text, region)),
            self.email.map(|text| identity::email(&text)),
        ];
        let search = match self.q {
            Some(text) => lead_search(state, &text).await?,
            None => LeadFilter::default(),
        };
        Ok(LeadFilter { identities: identities.into_iter().flatten().collect(), ..search })
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
    responses((status = OK, description = "A page of leads", body = Vec<LeadBody>))
)]
async fn list(State(state): State<AppState>, mut params: Params) -> Reply {
    let filter = LeadQuery::read(&mut params).into_filter(&state).await?;
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
    show_version(card(&state, id).await?)
}

fn show_version(card: LeadCard) -> Reply {
    let version = Version::of_lead(&card.lead);
    Ok(tagged(reply::ok(&LeadBody::from(card))?, version))
}

/// List the contacts of a lead, newest first
#[utoipa::path(
    get, path = "/api/v1/leads/{id}/contacts", tag = "leads", params(("id" = i64, Path), PageParams),
    responses((status = OK, description = "A page of contacts", body = Vec<ContactBody>))
)]
async fn list_contacts(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    card(&state, id).await?;
    let filter = ContactFilter { lead: Some(LeadId(id)), ..ContactFilter::default() };
    contacts::page(&state, filter, params).await
}

type LeadPatch = BodyOf<LeadChange>;

/// Changes to a lead; a phone waits for its region.
pub(super) struct LeadChange {
    name: Option<Option<Arc<str>>>,
    /// External id, phone, email.
    given: [Option<Box<str>>; 3],
    /// Of the external id.
    id_space: Option<Arc<str>>,
}

impl RequestBody for LeadChange {
    const SCHEMA: &'static str = "LeadPatch";
    const ABOUT: &'static str = "Changes to a lead. Fields that are left out do not change; identities are added.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"name": "Иван"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            name: fields.removable("name", NAME.example("\"Иван\""), "`null` removes it."),
            given: [
                fields.edited("external_id", IDENTITY, "Added to the lead's external ids."),
                fields.edited("phone", IDENTITY, ABOUT_PHONE),
                fields.edited("email", IDENTITY, "Added to the lead's emails."),
            ],
            id_space: fields.edited("id_space", NAME.example("\"crm\""), ABOUT_ID_SPACE),
        })
    }
}

const ABOUT_ID_SPACE: &str = "The id space of `external_id`; if left out, those of the sources of the lead's contacts.";
const ABOUT_PHONE: &str = "Added to the lead's phones. Without a country code, the region of the deployment applies.";

impl LeadChange {
    fn into_edit(self, rules: PhoneRules) -> Result<(LeadEdit, Option<Arc<str>>), Problem> {
        let [external_id, phone, email] = &self.given;
        let given = Given { external_id: external_id.as_deref(), phone: phone.as_deref(), email: email.as_deref() };
        let error = |(kind, invalid): &(IdentityKind, Invalid)| identity_error("", *kind, invalid);
        let identities = identity::collect(given, rules)
            .and_then(Collected::all_usable)
            .map_err(|errors| Problem::invalid(errors.iter().map(error).collect()))?;
        Ok((LeadEdit { name: self.name, identities }, self.id_space))
    }
}

/// Change a lead
#[utoipa::path(
    patch, path = "/api/v1/leads/{id}", tag = "leads", params(("id" = i64, Path)), request_body = LeadPatch,
    responses(
        (status = OK, description = "The lead after the change", body = LeadBody),
        (status = CONFLICT, description = "An identity belongs to another lead, or this lead was merged into another"),
    )
)]
async fn edit(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(change): Json<LeadChange>,
) -> Reply {
    let (edit, space) = change.into_edit(state.regions().rules_of_deployment())?;
    let placed = id_spaces::placed(state.store(), LeadId(id), edit.identities, space).await?;
    let identities =
        placed.map_err(|invalid| Problem::invalid(vec![identity_error("", IdentityKind::ExternalId, &invalid)]))?;
    let edit = LeadEdit { identities, ..edit };
    let unchanged = if_match.of(Subject::Lead(LeadId(id)));
    state.send_if(unchanged, Command::EditLead(LeadId(id), edit), IN_PATH).await?;
    show_version(card(&state, id).await.map_err(stored_but_unread)?)
}

type LeadMerge = BodyOf<MergeRequest>;

/// Which lead to merge.
pub(super) struct MergeRequest {
    absorbed: LeadId,
}

impl RequestBody for MergeRequest {
    const SCHEMA: &'static str = "LeadMerge";
    const ABOUT: &'static str = "Which lead to merge.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let about = "The lead whose contacts and identities move to the one in the path.";
        Some(Self { absorbed: fields.required("absorb_lead_id", LEAD_ID.example("12"), about) })
    }
}

/// Merge another lead into this one
///
/// The lead in the path stays and gets all contacts and identities of `absorb_lead_id`, whose `merged_into_id` then
/// names the lead that stays.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/merge", tag = "leads", params(("id" = i64, Path, description = "It stays")),
    request_body = LeadMerge,
    responses(
        (status = OK, description = "The lead that stays", body = LeadBody),
        (status = CONFLICT, description = "One of them was merged before, or the absorbed lead has too many contacts"),
    )
)]
async fn merge(State(state): State<AppState>, Ids([id]): Ids<1>, Post { body, keys }: Post<MergeRequest>) -> Reply {
    let from = body.absorbed;
    let absorbed_in_body = |rejection: &Rejection| {
        let is_absorbed = matches!(rejection, Rejection::UnknownLead(unknown) if *unknown == from && from.0 != id);
        is_absorbed.then(|| "/absorb_lead_id".to_owned())
    };
    // The lead is shown with its contacts and identities, which only the store can gather.
    let gather = async || shown(&state, id).await;
    keys.answer_with(&state, Command::MergeLeads(MergeLeads { from, into: LeadId(id) }), &absorbed_in_body, gather)
        .await
}

/// Export a lead
///
/// Everything stored about the lead as one JSON document of any length, written while it is sent. For a lead that was
/// merged into another, the other lead is exported. If the database fails meanwhile, the response breaks off: it is
/// complete if it is valid JSON.
#[utoipa::path(
    get, path = "/api/v1/leads/{id}/export", tag = "leads", params(("id" = i64, Path)),
    responses((status = OK, description = "All data about the lead", body = LeadExport))
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
/// Erases the personal data: the name, the identities and all texts of all contacts, also of leads merged into this
/// one. Cannot be undone. The contacts and their decisions stay in the history and the statistics without
/// personal data; the feed says `lead_erased`. A later contact with the same phone creates a new lead. For a lead with
/// very many contacts, the last messages are erased shortly after the response. Erasing again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/erase", tag = "leads", params(("id" = i64, Path)),
    responses(
        (status = OK, description = "The lead without personal data", body = LeadBody),
        (status = CONFLICT, description = "The lead has open contacts, or was merged into another"),
    )
)]
async fn erase(State(state): State<AppState>, Ids([id]): Ids<1>, keys: Keys) -> Reply {
    let lead = LeadId(id);
    let gather = async || shown(&state, id).await;
    keys.answer_with(&state, Command::EraseLead(EraseLead { lead, quiet_since: None }), IN_PATH, gather).await
}

async fn shown(state: &AppState, id: i64) -> Result<ShowLead, Problem> {
    let card = card(state, id).await?;
    let is_erased = card.lead.erased_at.is_some();
    Ok(ShowLead { lead: LeadId(id), text: reply::text(&LeadBody::from(card))?, is_erased })
}

pub(super) async fn card(state: &AppState, id: i64) -> Result<LeadCard, Problem> {
    state.store().lead(LeadId(id)).await?.ok_or_else(|| unknown("lead", &id))
}
