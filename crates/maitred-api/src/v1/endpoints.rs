//! Endpoints of webhooks: where events are sent, what came of it, and having them sent again. Not commands: they are no
//! part of what is routed.

use super::deliveries::DeliveryBody;
use super::events::EventKindSchema;
use crate::body::describe::BodyOf;
use crate::body::{Json, RequestBody};
use crate::idempotency::NeverAgain;
use crate::if_match::{IfMatch, tagged};
use crate::list::{Asked, PageParams};
use crate::openapi::without_key;
use crate::reply::{self, Reply};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use maitred_app::bitrix24;
use maitred_app::version::Version;
use maitred_app::webhooks::EndpointError;
use maitred_core::limits::Invalid;
use maitred_core::{EndpointId, EventKind, SourceId};
use maitred_store::clock::{self, Rfc3339};
use maitred_store::endpoints::{Endpoint, EndpointEdit, EndpointFormat, Wanted};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::field::choice::ChoiceSchema;
use maitred_web::field::lists::{EVENT_KINDS, SOURCE_IDS};
use maitred_web::field::types::{ENDPOINT_FORMAT, ENDPOINT_URL, FLAG, POSITION};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::{endpoint_not_changed, endpoint_not_signed, unknown};
use maitred_web::problem::{FieldError, Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use maitred_webhooks::bitrix24::is_portal;
use maitred_webhooks::{EndpointUrl, Secret};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

type FormatSchema = ChoiceSchema<EndpointFormat>;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(STAFF, without_key(routes!(create, list)))
        .call(STAFF, routes!(show, edit, delete))
        .call(STAFF, routes!(deliveries))
        .call(STAFF, without_key(routes!(replay)))
        .call(STAFF, without_key(routes!(test)))
        .call(STAFF, without_key(routes!(rotate)))
}

/// An endpoint of webhooks, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Endpoint)]
pub(super) struct EndpointBody {
    #[schema(value_type = i64, example = 1)]
    id: EndpointId,
    /// Of a CRM without the secret in it.
    #[schema(value_type = String, example = "https://example.com/maitred")]
    url: Arc<str>,
    #[schema(value_type = FormatSchema)]
    format: &'static str,
    /// The kinds of events it gets; `null` = all.
    #[schema(required = true, value_type = Option<Vec<EventKindSchema>>)]
    kinds: Option<Arc<[EventKind]>>,
    /// The sources whose events it gets; `null` = all, and events of no source.
    #[schema(required = true, value_type = Option<Vec<i64>>)]
    source_ids: Option<Arc<[SourceId]>>,
    /// Whether events are sent. While not, it keeps its position and misses nothing.
    enabled: bool,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Rfc3339>,
    /// Why it is disabled: `by_hand`, `gone` (it answered 410) or `failing` (only failures for five days).
    #[schema(required = true, value_type = Option<String>, example = "failing")]
    disabled_because: Option<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// Who created it, as in events.
    #[schema(example = "key:1")]
    created_by: String,
    /// All events up to this position were delivered, or are counted in `undelivered`.
    position: i64,
    /// How many events of the feed are still to be looked at.
    behind: i64,
    /// Events that failed and are tried again, and those that wait for them.
    undelivered: u64,
    /// Failures since the last success.
    failures: i64,
    /// Since when nothing but failures happened.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    failing_since: Option<Rfc3339>,
    /// When it last took something.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Rfc3339>,
    /// Until when the secret before the last rotation signs too.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    old_secret_until: Option<Rfc3339>,
    /// The events that are being sent again, if any are.
    #[schema(required = true)]
    replay: Option<ReplayBody>,
}

/// Events that are sent again.
#[derive(Serialize, ToSchema)]
#[schema(as = Replay)]
struct ReplayBody {
    /// The next one to be sent.
    from: i64,
    /// The last one.
    to: i64,
}

impl EndpointBody {
    fn of(endpoint: &Endpoint, last_position: i64, undelivered: u64) -> Self {
        let because = endpoint.disabled.map(|disabled| disabled.fault.map_or("by_hand", |fault| fault.as_str()));
        let old = endpoint.old_secret.map(|(_, until)| until).filter(|until| clock::now() < *until);
        Self {
            id: endpoint.id,
            url: endpoint.shown_url(),
            format: endpoint.format.as_str(),
            kinds: endpoint.wanted.kinds.clone(),
            source_ids: endpoint.wanted.sources.clone(),
            enabled: endpoint.disabled.is_none(),
            disabled_at: endpoint.disabled.map(|disabled| Rfc3339(disabled.at)),
            disabled_because: because,
            created_at: Rfc3339(endpoint.created_at),
            created_by: endpoint.created_by.to_string(),
            position: endpoint.position,
            behind: (last_position - endpoint.position).max(0),
            undelivered,
            failures: endpoint.health.failures,
            failing_since: endpoint.health.failing_since.map(Rfc3339),
            delivered_at: endpoint.health.delivered_at.map(Rfc3339),
            old_secret_until: old.map(Rfc3339),
            replay: endpoint.replay.map(|replay| ReplayBody { from: replay.position + 1, to: replay.to }),
        }
    }

    async fn read(state: &AppState, endpoint: &Endpoint) -> Result<Self, Problem> {
        let undelivered = state.app().webhooks().undelivered_counts().await?;
        let undelivered = undelivered.get(&endpoint.id).copied().unwrap_or_default();
        Ok(Self::of(endpoint, state.store().last_position().await?, undelivered))
    }
}

/// A new endpoint with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointMade)]
struct EndpointMadeBody {
    #[serde(flatten)]
    endpoint: EndpointBody,
    /// Verify signatures with it. Shown only in this response; `null` for the format `bitrix24`, which signs nothing.
    #[schema(
        required = true,
        value_type = Option<String>,
        example = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    )]
    secret: Option<String>,
}

/// A new secret.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointSecret)]
struct SecretBody {
    /// Verify signatures with it. Shown only in this response.
    #[schema(example = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    secret: String,
    /// Until when messages are signed with the secret before as well.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    old_secret_until: Option<Rfc3339>,
}

type EndpointCreate = BodyOf<EndpointRequest>;

/// A new endpoint.
pub(super) struct EndpointRequest {
    url: EndpointUrl,
    format: EndpointFormat,
    kinds: Option<Vec<EventKind>>,
    sources: Option<Vec<SourceId>>,
}

const NO_KINDS: &str = "goes with the format events; leave it out: a CRM gets contacts that arrive and are assigned";
const NO_PORTAL: &str = "is not that of an inbound webhook of Bitrix24; give one such as \
                         https://firm.bitrix24.ru/rest/1/SECRET/";
const ABOUT_FORMAT: &str = "What is sent; `events`, if left out. With `bitrix24` the URL is that of an inbound webhook \
                            of the portal, which may use its CRM.";

const ABOUT_URL: &str = "Where events are sent: https, or http. Addresses of private networks have to be allowed by \
                         the setting `--webhook-allow`.";

impl RequestBody for EndpointRequest {
    const SCHEMA: &'static str = "EndpointCreate";
    const ABOUT: &'static str = "A new endpoint of webhooks.";
    const EXAMPLE: Option<&'static str> =
        Some(r#"{"url": "https://example.com/maitred", "kinds": ["contact_assigned", "contact_resolved"]}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let url = fields.required("url", ENDPOINT_URL.example("\"https://example.com/maitred\""), ABOUT_URL);
        let kinds = fields.optional("kinds", EVENT_KINDS, "Only events of these kinds; of all, if left out.");
        let sources = fields.optional("source_ids", SOURCE_IDS, "Only events of these sources; of all, if left out.");
        let format = fields.optional("format", ENDPOINT_FORMAT, ABOUT_FORMAT).unwrap_or_default();
        let is_crm = format == EndpointFormat::Bitrix24;
        if is_crm && kinds.is_some() {
            fields.fail("kinds", Invalid(NO_KINDS.to_owned()));
        }
        if is_crm && url.as_ref().is_some_and(|url| !is_portal(url.as_str())) {
            fields.fail("url", Invalid(NO_PORTAL.to_owned()));
        }
        Some(Self { url: url?, format, kinds, sources })
    }
}

type EndpointEditBody = BodyOf<EndpointChange>;

/// What is to change of an endpoint.
pub(super) struct EndpointChange {
    url: Option<Option<EndpointUrl>>,
    kinds: Option<Option<Vec<EventKind>>>,
    sources: Option<Option<Vec<SourceId>>>,
    enabled: Option<bool>,
}

impl RequestBody for EndpointChange {
    const SCHEMA: &'static str = "EndpointEdit";
    const ABOUT: &'static str = "What is to change of an endpoint; what is left out stays.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"enabled": true}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            url: fields.edited("url", ENDPOINT_URL.example("\"https://example.com/maitred\""), ABOUT_URL),
            kinds: fields.removable("kinds", EVENT_KINDS, "Only events of these kinds; `null` for all."),
            sources: fields.removable("source_ids", SOURCE_IDS, "Only events of these sources; `null` for all."),
            enabled: fields.edited("enabled", FLAG, "`false` rests it where it is; `true` goes on from there."),
        })
    }
}

type EndpointReplay = BodyOf<ReplayRequest>;

/// Which events are to be sent again.
pub(super) struct ReplayRequest {
    from: i64,
    to: i64,
}

impl RequestBody for ReplayRequest {
    const SCHEMA: &'static str = "EndpointReplay";
    const ABOUT: &'static str = "Which events are to be sent again, by their positions.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"from": 1, "to": 100}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let from = fields.required("from", POSITION, "The position of the first.");
        let to = fields.required("to", POSITION, "The position of the last.");
        if from > to && !fields.has_errors_at(&[]) {
            fields.fail("to", Invalid("is before from; give a later position".to_owned()));
        }
        Some(Self { from, to })
    }
}

/// Create an endpoint
///
/// Events from now on are sent to it, signed by the Standard Webhooks specification. The secret is only in this
/// response, so this POST takes no `Idempotency-Key`.
#[utoipa::path(
    post, path = "/api/v1/endpoints", tag = "endpoints", request_body = EndpointCreate,
    responses(
        (status = CREATED, description = "Created", body = EndpointMadeBody,
         headers(("Location" = String, description = "The address of the new endpoint"))),
        (status = NOT_FOUND, description = "An id in the body does not exist"),
        (status = CONFLICT, description = "There are too many endpoints"),
    )
)]
async fn create(State(state): State<AppState>, _: NeverAgain, Json(new): Json<EndpointRequest>) -> Reply {
    let webhooks = state.app().webhooks();
    vet(&state, &new.url)?;
    expect_sources(&state, new.sources.as_deref()).await?;
    let sources = new.sources.map(Into::into);
    let wanted = match new.format {
        EndpointFormat::Events => Wanted { kinds: new.kinds.map(Into::into), sources },
        EndpointFormat::Bitrix24 => bitrix24::wanted(sources),
    };
    let position = state.store().last_position().await?;
    let made = webhooks.create(&new.url, (new.format, wanted), position, caller()?.actor).await;
    let (endpoint, secret) = made.map_err(not_made)?;
    let secret = new.format.is_signed().then(|| secret.reveal());
    let body = EndpointBody::read(&state, &endpoint).await?;
    let made = EndpointMadeBody { endpoint: body, secret };
    reply::created(format!("/api/v1/endpoints/{}", endpoint.id), &made).map(uncached)
}

/// What an address in the URL is seen to be at once.
fn vet(state: &AppState, url: &EndpointUrl) -> Result<(), Problem> {
    let vetted = state.app().webhooks().read_url(url.as_str());
    let refused =
        |invalid: Invalid| Problem::invalid(vec![FieldError::at("/url".to_owned(), format!("url {invalid}"))]);
    vetted.map(drop).map_err(refused)
}

async fn expect_sources(state: &AppState, sources: Option<&[SourceId]>) -> Result<(), Problem> {
    for id in sources.unwrap_or_default() {
        if state.store().source(*id).await?.is_none() {
            let detail = format!("there is no source {id}; name one that exists");
            return Err(kinds::UNKNOWN_REFERENCE.because(detail).at("/source_ids"));
        }
    }
    Ok(())
}

fn not_made(error: EndpointError) -> Problem {
    match error {
        EndpointError::TooMany => kinds::TOO_MANY_ENDPOINTS.because("there are 200 endpoints; delete one first"),
        EndpointError::NotSigned(id) => endpoint_not_signed(id),
        EndpointError::NoRandomness(error) => Problem::internal(&error),
        EndpointError::Store(error) => error.into(),
    }
}

/// Nobody in between keeps a secret.
fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// List endpoints, by id
#[utoipa::path(
    get, path = "/api/v1/endpoints", tag = "endpoints", params(PageParams),
    responses((status = OK, description = "A page of endpoints", body = Vec<EndpointBody>))
)]
async fn list(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let endpoints = state.app().webhooks().endpoints(asked.page).await?;
    let undelivered = state.app().webhooks().undelivered_counts().await?;
    let last = state.store().last_position().await?;
    let count = |id| undelivered.get(&id).copied().unwrap_or_default();
    asked.reply(endpoints, |it| it.id.0, |it| EndpointBody::of(&it, last, count(it.id)))
}

async fn the_endpoint(state: &AppState, id: i64) -> Result<Endpoint, Problem> {
    state.app().webhooks().endpoint(EndpointId(id)).await?.ok_or_else(|| unknown("endpoint", &id))
}

/// Show an endpoint
#[utoipa::path(
    get, path = "/api/v1/endpoints/{id}", tag = "endpoints", params(("id" = i64, Path)),
    responses((status = OK, description = "The endpoint, without its secret", body = EndpointBody))
)]
async fn show(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    show_version(&state, &the_endpoint(&state, id).await?).await
}

async fn show_version(state: &AppState, endpoint: &Endpoint) -> Reply {
    let body = EndpointBody::read(state, endpoint).await?;
    Ok(tagged(reply::ok(&body)?, Version::of_endpoint(endpoint)))
}

/// Edit an endpoint
///
/// An endpoint that is enabled again gets everything from where it stopped, and what failed at once.
#[utoipa::path(
    patch, path = "/api/v1/endpoints/{id}", tag = "endpoints", params(("id" = i64, Path)),
    request_body = EndpointEditBody,
    responses((status = OK, description = "The endpoint after the change", body = EndpointBody))
)]
async fn edit(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(change): Json<EndpointChange>,
) -> Reply {
    let EndpointChange { url, kinds, sources, enabled } = change;
    let url = url.flatten();
    url.as_ref().map_or(Ok(()), |url| vet(&state, url))?;
    expect_format(&the_endpoint(&state, id).await?, url.as_ref(), kinds.is_some())?;
    expect_sources(&state, sources.as_ref().and_then(|sources| sources.as_deref())).await?;
    let actor = caller()?.actor;
    let edit = EndpointEdit {
        url: url.map(|url| url.text()),
        kinds: kinds.map(|kinds| kinds.map(Into::into)),
        sources: sources.map(|sources| sources.map(Into::into)),
        enabled: enabled.map(|enabled| (enabled, clock::now(), actor)),
        generation: None,
    };
    let versions = if_match.versions();
    let edited = state.app().webhooks().edit(EndpointId(id), versions.as_deref(), edit).await;
    let edited = edited.map_err(endpoint_not_changed)?.ok_or_else(|| unknown("endpoint", &id))?;
    show_version(&state, &edited).await
}

/// Whether a change goes with what the endpoint is sent.
fn expect_format(endpoint: &Endpoint, url: Option<&EndpointUrl>, has_kinds: bool) -> Result<(), Problem> {
    if endpoint.format == EndpointFormat::Events {
        return Ok(());
    }
    let no_portal = url.filter(|url| !is_portal(url.as_str())).map(|_| ("url", NO_PORTAL));
    let wrong = no_portal.into_iter().chain(has_kinds.then_some(("kinds", NO_KINDS)));
    let errors: Vec<_> = wrong.map(|(at, why)| FieldError::at(format!("/{at}"), format!("{at} {why}"))).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// Delete an endpoint with its log
#[utoipa::path(
    delete, path = "/api/v1/endpoints/{id}", tag = "endpoints", params(("id" = i64, Path)),
    responses((status = NO_CONTENT, description = "Deleted"))
)]
async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let is_deleted = state.app().webhooks().delete(EndpointId(id)).await?;
    is_deleted.then(reply::no_content).ok_or_else(|| unknown("endpoint", &id))
}

/// List calls of an endpoint, the last one first
///
/// Kept for 30 days, at most 10 000 of an endpoint.
#[utoipa::path(
    get, path = "/api/v1/endpoints/{id}/deliveries", tag = "endpoints", params(("id" = i64, Path), PageParams),
    responses((status = OK, description = "A page of calls", body = Vec<DeliveryBody>))
)]
async fn deliveries(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    the_endpoint(&state, id).await?;
    let deliveries = state.app().webhooks().deliveries(EndpointId(id), asked.page).await?;
    asked.reply(deliveries, |it| it.id, DeliveryBody::from)
}

/// Send events again
///
/// Those from one position to another that the endpoint wants, as far as it has come, with the same `webhook-id`s as
/// before. Another replay that is under way is joined with this one.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{id}/replay", tag = "endpoints", params(("id" = i64, Path)),
    request_body = EndpointReplay,
    responses((status = OK, description = "The endpoint, with its replay", body = EndpointBody))
)]
async fn replay(
    State(state): State<AppState>,
    _: NeverAgain,
    Ids([id]): Ids<1>,
    Json(ReplayRequest { from, to }): Json<ReplayRequest>,
) -> Reply {
    let replayed = state.app().webhooks().replay(EndpointId(id), from, to).await?;
    reply::ok(&EndpointBody::read(&state, &replayed.ok_or_else(|| unknown("endpoint", &id))?).await?)
}

/// Send a test message
///
/// Sends a message of the type `maitred.test` now, also to an endpoint that is disabled, and says what came back.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{id}/test", tag = "endpoints", params(("id" = i64, Path)),
    responses((status = OK, description = "What came back", body = DeliveryBody))
)]
async fn test(State(state): State<AppState>, _: NeverAgain, Ids([id]): Ids<1>) -> Reply {
    let tested = state.app().webhooks().test(EndpointId(id)).await?;
    let (delivery, _) = tested.ok_or_else(|| unknown("endpoint", &id))?;
    reply::ok(&DeliveryBody::from(delivery))
}

/// Replace the secret of an endpoint
///
/// For 24 hours messages are signed with both secrets, so that a receiver can change over.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{id}/rotate", tag = "endpoints", params(("id" = i64, Path)),
    responses(
        (status = OK, description = "The new secret", body = SecretBody),
        (status = CONFLICT, description = "Nothing is signed for this endpoint"),
    )
)]
async fn rotate(State(state): State<AppState>, _: NeverAgain, Ids([id]): Ids<1>) -> Reply {
    let rotated: Option<Secret> = state.app().webhooks().rotate(EndpointId(id)).await.map_err(not_made)?;
    let secret = rotated.ok_or_else(|| unknown("endpoint", &id))?.reveal();
    let endpoint = the_endpoint(&state, id).await?;
    let old_secret_until = endpoint.old_secret.map(|(_, until)| Rfc3339(until));
    reply::ok(&SecretBody { secret, old_secret_until }).map(uncached)
}
