//! Keys: which programs may call the API, and what each may do. Not commands: keys are no part of what is routed.

use crate::body::describe::BodyOf;
use crate::body::{Json, RequestBody};
use crate::idempotency::NeverAgain;
use crate::list::{Asked, PageParams};
use crate::openapi::without_key;
use crate::reply::{self, Reply};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use maitred_app::auth::CreateKeyError;
use maitred_core::{Actor, KeyId, OperatorId, SourceId};
use maitred_store::accounts::{Grant, Key, NewKey, Role};
use maitred_store::clock::Rfc3339;
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::field::choice::ChoiceSchema;
use maitred_web::field::types::{NAME, OPERATOR_ID, ROLE, SOURCE_ID, TIME_TO_COME};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::unknown;
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::ADMIN;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(ADMIN, without_key(routes!(create, list))).call(ADMIN, routes!(show, revoke))
}

type RoleSchema = ChoiceSchema<Role>;

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
    /// The only source it may submit contacts for; `null` = any.
    #[schema(required = true, value_type = Option<i64>)]
    source_id: Option<SourceId>,
    /// The operator whose contacts it works with.
    #[schema(required = true, value_type = Option<i64>)]
    operator_id: Option<OperatorId>,
    /// The part of the key that is not secret: the characters after `mtd_`.
    #[schema(value_type = String, example = "0123456789ab")]
    prefix: Arc<str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// Who created it, as in events.
    #[schema(example = "cli")]
    created_by: String,
    /// When it expires; `null` = never.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    expires_at: Option<Rfc3339>,
    /// When it was last used; may lag by up to a minute.
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

/// A new key with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyMade)]
struct KeyMadeBody {
    #[serde(flatten)]
    key: KeyBody,
    /// Send it as `Authorization: Bearer <token>`. Shown only in this response: only its hash is stored.
    #[schema(example = "mtd_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: String,
}

type KeyCreate = BodyOf<NewKey>;

impl RequestBody for NewKey {
    const SCHEMA: &'static str = "KeyCreate";
    const ABOUT: &'static str = "A new key.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"name": "Telegram bot", "role": "intake", "source_id": 1}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let expiry = TIME_TO_COME.example(r#""2030-01-01T00:00:00Z""#);
        let name = fields.required("name", NAME.example("\"Telegram bot\""), "Which program uses it.");
        let role = fields.required("role", ROLE, "");
        let source = fields.optional("source_id", SOURCE_ID, "Limits a key with the role `intake` to one source.");
        let operator = fields.optional("operator_id", OPERATOR_ID, ABOUT_OPERATOR);
        let expires_at = fields.optional("expires_at", expiry, "When it expires; never, if left out.");
        if fields.has_errors_at(&[]) {
            return None;
        }
        match Grant::new(role, source, operator) {
            Ok(grant) => Some(Self { name, grant, expires_at }),
            Err((field, invalid)) => {
                fields.fail(field, invalid);
                None
            }
        }
    }
}

const ABOUT_OPERATOR: &str = "The operator of a key with the role `operator`; required for that role.";

/// Create a key
///
/// The secret is only in this response, so this is the one POST without an `Idempotency-Key`: if the response was lost,
/// list the keys and revoke the unused one. Once there is a key, every call needs one.
#[utoipa::path(
    post, path = "/api/v1/keys", tag = "keys", request_body = KeyCreate,
    responses(
        (status = CREATED, description = "Created", body = KeyMadeBody,
         headers(("Location" = String, description = "The address of the new key"))),
        (status = NOT_FOUND, description = "An id in the path or the body does not exist"),
        (status = CONFLICT, description = "There are too many keys, or the first one is not an admin's"),
    )
)]
async fn create(State(state): State<AppState>, NeverAgain: NeverAgain, Json(new): Json<NewKey>) -> Reply {
    expect_bound_to_exist(&state, &new.grant).await?;
    if new.grant != Grant::Admin && !state.access().has_admin() {
        return Err(kinds::ADMIN_FIRST
            .because("there is no admin yet; make a key with the role admin first")
            .at("/role"));
    }
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
/// Includes revoked keys.
#[utoipa::path(
    get, path = "/api/v1/keys", tag = "keys", params(PageParams),
    responses((status = OK, description = "A page of keys", body = Vec<KeyBody>))
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
/// The key stops working at once on this node and within a second on all others; its open streams end. It stays in the
/// list. Revoking again changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/keys/{id}", tag = "keys", params(("id" = i64, Path)),
    responses(
        (status = NO_CONTENT, description = "Revoked"),
        (status = CONFLICT, description = "It is the last admin"),
    )
)]
async fn revoke(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    if state.access().is_last_admin(Actor::Key(KeyId(id))) {
        return Err(kinds::LAST_ADMIN.because("no other key or user is an admin; add one first"));
    }
    let is_there = state.access().revoke(KeyId(id), caller()?.actor).await?;
    is_there.then(reply::no_content).ok_or_else(|| unknown("key", &id))
}
