//! Keys: which programs may call the API, and what each may do. Not commands: keys are no part of what is routed.

use crate::body::read::{one_of, prose, text, whole};
use crate::body::{Fields, FromFields, Json};
use crate::list::{Asked, PageParams};
use crate::once;
use crate::reply::{self, Reply};
use axum::extract::{FromRequestParts, State};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use maitred_app::auth::CreateKeyError;
use maitred_core::limits::Invalid;
use maitred_core::{Actor, KeyId, OperatorId, SourceId, Timestamp, limits};
use maitred_store::accounts::{Grant, Key, NewKey, Role};
use maitred_store::clock::{self, Rfc3339};
use maitred_web::AppState;
use maitred_web::guard::caller;
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::unknown;
use maitred_web::problem::{Problem, kinds};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(show, revoke))
}

/// What a key is for: `intake` submits contacts, `operator` works with those of one operator, `supervisor` does
/// everything but keys, `admin` everything.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "snake_case")]
#[expect(dead_code, reason = "documents access::Role")]
enum RoleSchema {
    Intake,
    Operator,
    Supervisor,
    Admin,
}

/// A key, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Key)]
struct KeyBody {
    #[schema(value_type = i64, example = 1)]
    id: KeyId,
    #[schema(value_type = String, example = "Telegram bot")]
    name: Arc<str>,
    #[schema(value_type = RoleSchema)]
    role: &'static str,
    /// The only source whose contacts it submits; `null` = any.
    #[schema(required = true, value_type = Option<i64>)]
    source_id: Option<SourceId>,
    /// Whose contacts it works with.
    #[schema(required = true, value_type = Option<i64>)]
    operator_id: Option<OperatorId>,
    /// The part of the key that is no secret: the digits behind `mtd_`.
    #[schema(value_type = String, example = "0123456789ab")]
    prefix: Arc<str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// Who made it, as in events.
    #[schema(example = "cli")]
    created_by: String,
    /// From when on it is refused; `null` = never.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    expires_at: Option<Rfc3339>,
    /// When it was last used, up to a minute behind.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Rfc3339>,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Rfc3339>,
    /// Who revoked it, as in events.
    #[schema(required = true)]
    revoked_by: Option<String>,
}

impl From<Key> for KeyBody {
    fn from(key: Key) -> Self {
        let actor = |actor: Actor| actor.to_string();
        Self {
            id: key.id,
            name: key.name,
            role: key.grant.role().as_str(),
            source_id: key.grant.source(),
            operator_id: key.grant.operator(),
            prefix: key.prefix,
            created_at: Rfc3339(key.created_at),
            created_by: actor(key.created_by),
            expires_at: key.expires_at.map(Rfc3339),
            last_used_at: key.last_used_at.map(Rfc3339),
            revoked_at: key.revoked_at.map(Rfc3339),
            revoked_by: key.revoked_by.map(actor),
        }
    }
}

/// A new key with its text.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyMade)]
struct KeyMadeBody {
    #[serde(flatten)]
    key: KeyBody,
    /// What goes behind `Authorization: Bearer`. Shown this once: only a hash of it is kept.
    #[schema(example = "mtd_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: String,
}

/// A key to be made.
#[derive(ToSchema)]
#[schema(example = json!({"name": "Telegram bot", "role": "intake", "source_id": 1}))]
#[expect(dead_code, reason = "documents what NewKey::from_fields reads")]
struct KeyCreate {
    /// Which program has it.
    #[schema(min_length = 1, max_length = 100, example = "Telegram bot")]
    name: String,
    #[schema(value_type = RoleSchema)]
    role: String,
    /// Binds a key with the role `intake` to one source.
    source_id: Option<i64>,
    /// Whose contacts a key with the role `operator` is for; needed there.
    operator_id: Option<i64>,
    /// From when on it is refused; never, if left out.
    #[schema(value_type = Option<String>, format = DateTime, example = "2030-01-01T00:00:00Z")]
    expires_at: Option<String>,
}

impl FromFields for NewKey {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let name = fields.required("name", |raw| limits::name(&prose(raw)?));
        let role = fields.required("role", |raw| one_of(raw, &Role::ALL, Role::as_str));
        let source = fields.optional("source_id", whole).map(SourceId);
        let operator = fields.optional("operator_id", whole).map(OperatorId);
        let expires_at = fields.optional("expires_at", |raw| to_come(clock::parse_rfc3339(&text(raw)?)?));
        if fields.has_errors() {
            return None;
        }
        match Grant::new(role?, source, operator) {
            Ok(grant) => Some(Self { name: name?, grant, expires_at }),
            Err((field, invalid)) => fields.fail(field, invalid),
        }
    }
}

fn to_come(at: Timestamp) -> Result<Timestamp, Invalid> {
    if at > clock::now() { Ok(at) } else { Err(Invalid("is over; give a time to come".to_owned())) }
}

/// Make a key
///
/// Its text is in this answer and nowhere else, so this is the one POST that takes no `Idempotency-Key`: if the answer
/// was lost, list the keys and revoke the one that nobody has. From the first key on every call needs one.
#[utoipa::path(
    post, path = "/api/v1/keys", tag = "keys", request_body = KeyCreate,
    responses(
        (status = CREATED, description = "Made", body = KeyMadeBody,
         headers(("Location" = String, description = "Where it is from now on"))),
        (status = CONFLICT, description = "There are as many keys as there may be"),
    )
)]
async fn create(State(state): State<AppState>, NeverAgain: NeverAgain, Json(new): Json<NewKey>) -> Reply {
    expect_bound_to_exist(&state, &new.grant).await?;
    let made = state.access().create(new, caller()?.actor).await;
    let (key, token) = made.map_err(|error| match error {
        CreateKeyError::TooMany => kinds::TOO_MANY_KEYS.because(error.to_string()),
        CreateKeyError::NoRandomness => Problem::internal(&error),
        CreateKeyError::Store(error) => error.into(),
    })?;
    let made = KeyMadeBody { key: key.into(), token: token.reveal() };
    let mut response = reply::created(format!("/api/v1/keys/{}", made.key.id), &made)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Refuses what is to be answered again: the secret is not kept, so there is no such answer.
struct NeverAgain;

impl<S: Sync> FromRequestParts<S> for NeverAgain {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if !parts.headers.contains_key(once::KEY) {
            return Ok(Self);
        }
        let why =
            "is not taken here, for a secret is not shown again; leave it out, and revoke a key whose answer was lost";
        Err(Problem::invalid_parameter(once::KEY, &Invalid(why.to_owned())))
    }
}

async fn expect_bound_to_exist(state: &AppState, grant: &Grant) -> Result<(), Problem> {
    let missing = |noun, id: i64, pointer: &str| {
        kinds::UNKNOWN_REFERENCE.because(format!("there is no {noun} {id}; name one that exists")).at(pointer)
    };
    if let Some(id) = grant.source()
        && state.store().source(id).await?.is_none()
    {
        return Err(missing("source", id.0, "/source_id"));
    }
    if let Some(id) = grant.operator()
        && state.store().operator(id).await?.is_none()
    {
        return Err(missing("operator", id.0, "/operator_id"));
    }
    Ok(())
}

/// List keys, by id
///
/// Revoked ones included.
#[utoipa::path(
    get, path = "/api/v1/keys", tag = "keys", params(PageParams),
    responses((status = OK, description = "A page of them", body = Vec<KeyBody>))
)]
async fn list(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let keys = state.access().keys(asked.page).await?;
    asked.reply(keys, |key| key.id.0, KeyBody::from)
}

/// Show a key
#[utoipa::path(
    get, path = "/api/v1/keys/{id}", tag = "keys", params(("id" = i64, Path)),
    responses((status = OK, description = "The key, without its secret", body = KeyBody))
)]
async fn show(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let key = state.access().key(KeyId(id)).await?;
    reply::ok(&KeyBody::from(key.ok_or_else(|| unknown("key", &id))?))
}

/// Revoke a key
///
/// It is refused at once here and within a second on every other node, and streams it has open end. It stays in the
/// list. Revoking twice is the same as once.
#[utoipa::path(
    delete, path = "/api/v1/keys/{id}", tag = "keys", params(("id" = i64, Path)),
    responses((status = NO_CONTENT, description = "Revoked"))
)]
async fn revoke(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let is_there = state.access().revoke(KeyId(id), caller()?.actor).await?;
    is_there.then(reply::no_content).ok_or_else(|| unknown("key", &id))
}
