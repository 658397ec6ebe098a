//! Sources: where contacts come from, and the policy that distributes them. Who serves a source is in
//! [`super::weights`].

use crate::body::read::{flag, one_of, prose};
use crate::body::{Fields, FromFields, Json};
use crate::idempotency::Post;
use crate::list::{Asked, PageParams};
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::identity::Region;
use maitred_core::command::{DeleteSource, NewSource, SourceEdit};
use maitred_core::limits::Invalid;
use maitred_core::{Command, Outcome, Policy, Source, SourceId, SourceKind, limits};
use maitred_store::clock::Rfc3339;
use maitred_web::params::{self, Ids, Params};
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(STAFF, routes!(create, list)).call(STAFF, routes!(show, edit, delete))
}

/// The rule that picks one of the operators who can take a contact.
#[derive(ToSchema)]
#[schema(as = Policy, rename_all = "snake_case")]
#[expect(dead_code, reason = "documents maitred_core::Policy")]
pub(super) enum PolicySchema {
    /// A random draw in proportion to the weights.
    WeightedRandom,
    /// Weighted round-robin: exact shares without bursts, like nginx's smooth weighted round-robin.
    SmoothWeighted,
    /// The lowest current_load / max_load, then the larger weight.
    LeastLoaded,
    /// The operator whose last assignment was longest ago.
    LongestIdle,
}

/// The type of a source. Only a label: it does not affect routing.
#[derive(ToSchema)]
#[schema(as = SourceKind, rename_all = "snake_case")]
#[expect(dead_code, reason = "documents maitred_core::SourceKind")]
enum SourceKindSchema {
    Bot,
    Telegram,
    Whatsapp,
    Site,
    Phone,
    Email,
    Other,
}

/// A source.
#[derive(Serialize, ToSchema)]
#[schema(as = Source)]
struct SourceBody {
    #[schema(value_type = i64, example = 1)]
    id: SourceId,
    #[schema(value_type = String, example = "Telegram Bot")]
    name: Arc<str>,
    #[schema(value_type = String, example = "Основной телеграм бот")]
    description: Arc<str>,
    #[schema(value_type = SourceKindSchema)]
    kind: SourceKind,
    #[schema(value_type = PolicySchema)]
    policy: Policy,
    /// Whether returning leads go to their last operator for this source, if that operator can take the contact.
    sticky: bool,
    /// The region (ISO 3166-1) of phones without a country code; `null` = that of the deployment.
    #[schema(required = true, value_type = Option<String>, example = "RU")]
    default_region: Option<Arc<str>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// When a setting last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Rfc3339,
}

impl From<Source> for SourceBody {
    fn from(source: Source) -> Self {
        Self {
            id: source.id,
            name: source.name,
            description: source.description,
            kind: source.kind,
            policy: source.policy,
            sticky: source.sticky,
            default_region: source.default_region,
            created_at: Rfc3339(source.created_at),
            updated_at: Rfc3339(source.updated_at),
        }
    }
}

/// A new source.
#[derive(ToSchema)]
#[schema(example = json!({"name": "Telegram Bot", "description": "Основной телеграм бот"}))]
#[expect(dead_code, reason = "documents what NewSource::from_fields reads")]
struct SourceCreate {
    /// Unique among sources.
    #[schema(min_length = 1, max_length = 100, example = "Telegram Bot")]
    name: String,
    #[schema(max_length = 500, example = "Основной телеграм бот")]
    description: Option<String>,
    #[schema(value_type = Option<SourceKindSchema>, default = "other")]
    kind: Option<SourceKind>,
    #[schema(value_type = Option<PolicySchema>, default = "weighted_random")]
    policy: Option<Policy>,
    /// Whether returning leads go to their last operator for this source, if that operator can take the contact.
    #[schema(default = false)]
    sticky: Option<bool>,
    /// The region (ISO 3166-1) of phones without a country code; if left out, that of the deployment.
    #[schema(example = "RU")]
    default_region: Option<String>,
}

impl FromFields for NewSource {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let name = fields.required("name", |raw| limits::name(&prose(raw)?));
        let description = fields.optional("description", |raw| limits::description(&prose(raw)?));
        let kind = fields.optional("kind", kind);
        let policy = fields.optional("policy", policy);
        let sticky = fields.optional("sticky", flag);
        let default_region = fields.optional("default_region", region);
        Some(Self {
            name: name?,
            description: description.unwrap_or_default(),
            kind: kind.unwrap_or_default(),
            policy: policy.unwrap_or_default(),
            sticky: sticky.unwrap_or_default(),
            default_region,
        })
    }
}

/// Changes to a source. Fields that are left out do not change.
#[derive(ToSchema)]
#[schema(example = json!({"policy": "smooth_weighted"}))]
#[expect(dead_code, reason = "documents what SourceEdit::from_fields reads")]
struct SourcePatch {
    #[schema(required = false, min_length = 1, max_length = 100)]
    name: String,
    #[schema(required = false, max_length = 500)]
    description: String,
    #[schema(required = false, value_type = SourceKindSchema)]
    kind: SourceKind,
    /// A change resets the rotation of all members.
    #[schema(required = false, value_type = PolicySchema, example = "smooth_weighted")]
    policy: Policy,
    #[schema(required = false)]
    sticky: bool,
    /// `null` = the region of the deployment.
    #[schema(required = false)]
    default_region: Option<String>,
}

impl FromFields for SourceEdit {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            name: fields.edited("name", |raw| limits::name(&prose(raw)?)),
            description: fields.edited("description", |raw| limits::description(&prose(raw)?)),
            kind: fields.edited("kind", kind),
            policy: fields.edited("policy", policy),
            sticky: fields.edited("sticky", flag),
            default_region: fields.removable("default_region", region),
        })
    }
}

fn kind(raw: &RawValue) -> Result<SourceKind, Invalid> {
    one_of(raw, &SourceKind::ALL, SourceKind::as_str)
}

fn policy(raw: &RawValue) -> Result<Policy, Invalid> {
    one_of(raw, &Policy::ALL, Policy::as_str)
}

fn region(raw: &RawValue) -> Result<Arc<str>, Invalid> {
    let region = Region::try_from(&*prose(raw)?)?;
    Ok(region.to_string().into())
}

/// Add a source
#[utoipa::path(
    post, path = "/api/v1/sources", tag = "sources", request_body = SourceCreate,
    responses(
        (status = CREATED, description = "Created", body = SourceBody,
         headers(("Location" = String, description = "The address of the new source"))),
        (status = CONFLICT, description = "The name is taken"),
    )
)]
async fn create(State(state): State<AppState>, Post { body, keys }: Post<NewSource>) -> Reply {
    let show = |outcome| match outcome {
        Outcome::Source(source) => reply::created(format!("/api/v1/sources/{}", source.id), &SourceBody::from(source)),
        other => Err(unexpected(&other)),
    };
    keys.answer(&state, Command::CreateSource(body), IN_PATH, show).await
}

/// List sources, by id
#[utoipa::path(
    get, path = "/api/v1/sources", tag = "sources", params(PageParams),
    responses((status = OK, description = "A page of sources", body = Vec<SourceBody>))
)]
async fn list(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let sources = state.store().sources(asked.page).await?;
    asked.reply(sources, |source| source.id.0, SourceBody::from)
}

/// Show a source
#[utoipa::path(
    get, path = "/api/v1/sources/{id}", tag = "sources", params(("id" = i64, Path)),
    responses((status = OK, description = "The source", body = SourceBody))
)]
async fn show(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let source = state.store().source(SourceId(id)).await?;
    reply::ok(&SourceBody::from(source.ok_or_else(|| unknown("source", &id))?))
}

/// Change a source
#[utoipa::path(
    patch, path = "/api/v1/sources/{id}", tag = "sources", params(("id" = i64, Path)), request_body = SourcePatch,
    responses(
        (status = OK, description = "The source after the change", body = SourceBody),
        (status = CONFLICT, description = "The name is taken"),
    )
)]
async fn edit(State(state): State<AppState>, Ids([id]): Ids<1>, Json(edit): Json<SourceEdit>) -> Reply {
    let outcome = state.send(Command::EditSource(SourceId(id), edit), IN_PATH).await?;
    match outcome {
        Outcome::Source(source) => reply::ok(&SourceBody::from(source)),
        other => Err(unexpected(&other)),
    }
}

/// Delete a source
///
/// A source with open contacts is deleted only with `force=true`, which resolves them. It stays in the history.
#[utoipa::path(
    delete, path = "/api/v1/sources/{id}", tag = "sources",
    params(
        ("id" = i64, Path),
        ("force" = Option<bool>, Query, description = "Resolve open contacts; false by default"),
    ),
    responses(
        (status = NO_CONTENT, description = "Deleted"),
        (status = CONFLICT, description = "The source has open contacts"),
    )
)]
async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>, mut params: Params) -> Reply {
    let force = params.optional("force", params::flag).unwrap_or_default();
    params.finish()?;
    state.send(Command::DeleteSource(DeleteSource { source: SourceId(id), force }), IN_PATH).await?;
    Ok(reply::no_content())
}
