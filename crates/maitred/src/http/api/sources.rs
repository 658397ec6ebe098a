//! Sources: where contacts come from, and by which policy they are shared out. Who serves a source is in
//! [`super::weights`].

use crate::clock::Rfc3339;
use crate::http::body::read::{flag, one_of, prose};
use crate::http::body::{Fields, FromFields, Json};
use crate::http::list::{Asked, PageParams};
use crate::http::once::Post;
use crate::http::params::{self, Ids, Params};
use crate::http::problem::Problem;
use crate::http::problem::refusals::{IN_PATH, unknown};
use crate::http::reply::{self, Reply};
use crate::http::{AppState, unexpected};
use crate::identity::Region;
use axum::extract::State;
use maitred_core::command::{DeleteSource, NewSource, SourceEdit};
use maitred_core::limits::Invalid;
use maitred_core::{Command, Outcome, Policy, Source, SourceId, SourceKind, limits};
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(show, edit, delete))
}

/// The rule that picks one of the operators who can take a contact.
#[derive(ToSchema)]
#[schema(as = Policy, rename_all = "snake_case")]
#[expect(dead_code, reason = "documents maitred_core::Policy")]
pub(super) enum PolicySchema {
    /// A draw in proportion to the weights.
    WeightedRandom,
    /// Exact shares without bursts, as nginx's smooth weighted round robin.
    SmoothWeighted,
    /// The lowest current_load / max_load, then the larger weight.
    LeastLoaded,
    /// Whoever was assigned something longest ago.
    LongestIdle,
}

/// What sort of place it is. A label: routing does not look at it.
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
    /// Whether a returning lead goes to his last operator here, if that one can take him.
    sticky: bool,
    /// The region (ISO 3166-1) in which phones without a country code are read; `null` = that of the deployment.
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
    /// Whether a returning lead goes to his last operator here, if that one can take him.
    #[schema(default = false)]
    sticky: Option<bool>,
    /// The region (ISO 3166-1) in which phones without a country code are read; without it, that of the deployment.
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

/// Changes to a source. What is left out stays as it is.
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
    /// A change starts the rotation of all members anew.
    #[schema(required = false, value_type = PolicySchema, example = "smooth_weighted")]
    policy: Policy,
    #[schema(required = false)]
    sticky: bool,
    /// `null` falls back to the region of the deployment.
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
        (status = CREATED, description = "Added", body = SourceBody,
         headers(("Location" = String, description = "Where it is from now on"))),
        (status = CONFLICT, description = "The name is taken"),
    )
)]
async fn create(State(state): State<AppState>, Post { body, keys }: Post<NewSource>) -> Reply {
    // Its region is not remembered here: when this is sent again, it may be another by now.
    let show = |outcome| match outcome {
        Outcome::Source(source) => reply::created(format!("/api/v1/sources/{}", source.id), &SourceBody::from(source)),
        other => Err(unexpected(&other)),
    };
    keys.answer(&state, Command::CreateSource(body), IN_PATH, show).await
}

/// List sources, by id
#[utoipa::path(
    get, path = "/api/v1/sources", tag = "sources", params(PageParams),
    responses((status = OK, description = "A page of them", body = Vec<SourceBody>))
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
        (status = OK, description = "As it is now", body = SourceBody),
        (status = CONFLICT, description = "The name is taken"),
    )
)]
async fn edit(State(state): State<AppState>, Ids([id]): Ids<1>, Json(edit): Json<SourceEdit>) -> Reply {
    let outcome = state.send(Command::EditSource(SourceId(id), edit), IN_PATH).await?;
    reply::ok(&the_source(&state, outcome)?)
}

/// Delete a source
///
/// With unresolved contacts only with `force=true`, which resolves them; history keeps the source.
#[utoipa::path(
    delete, path = "/api/v1/sources/{id}", tag = "sources",
    params(
        ("id" = i64, Path),
        ("force" = Option<bool>, Query, description = "Whether to resolve what is unresolved; false unless given"),
    ),
    responses(
        (status = NO_CONTENT, description = "Deleted"),
        (status = CONFLICT, description = "It has unresolved contacts"),
    )
)]
async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>, mut params: Params) -> Reply {
    let force = params.optional("force", params::flag).unwrap_or_default();
    params.finish()?;
    state.send(Command::DeleteSource(DeleteSource { source: SourceId(id), force }), IN_PATH).await?;
    Ok(reply::no_content())
}

/// The source in an outcome. Its region is remembered for the phones of its contacts.
fn the_source(state: &AppState, outcome: Outcome) -> Result<SourceBody, Problem> {
    match outcome {
        Outcome::Source(source) => {
            state.regions().learn(&source);
            Ok(source.into())
        }
        other => Err(unexpected(&other)),
    }
}
