//! Intakes of sources: the address at which one takes in what is sent without a key, how it reads that, and what it
//! received there. What is sent is taken in by [`crate::intake`].

use crate::body::describe::{BodyOf, Query, QueryOf};
use crate::body::{Json, RequestBody};
use crate::idempotency::Keys;
use crate::if_match::{IfMatch, tagged};
use crate::list::{Asked, PageParams};
use crate::openapi::without_key;
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::intake::{run_again, run_all_again};
use maitred_app::intakes::settings::{ADDRESS_BYTES_MAX, IntakeSettings, ORIGINS_MAX, origin};
use maitred_app::intakes::{Intakes, OpenIntake, new_token};
use maitred_app::json::StoredObject;
use maitred_app::version::{Precondition, Subject, Version};
use maitred_core::command::IntakeEdit;
use maitred_core::intake::{Intake, Payload, PayloadState};
use maitred_core::limits::{self, INTAKE_SECRET_CHARS_MAX, Invalid};
use maitred_core::{Command, ContactId, Outcome, PayloadId, Source, SourceId};
use maitred_mapping::Preset;
use maitred_store::accounts::Grant;
use maitred_store::clock::Rfc3339;
use maitred_web::caller::caller;
use maitred_web::field::choice::ChoiceSchema;
use maitred_web::field::lists::Texts;
use maitred_web::field::mapping::MAPPING;
use maitred_web::field::types::{PAYLOAD_STATE, Text};
use maitred_web::field::{FieldType, Fields};
use maitred_web::intake::problem;
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::{IN_PATH, changed, unknown};
use maitred_web::problem::{Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(STAFF, routes!(show_intake, edit_intake))
        .call(STAFF, routes!(rotate_intake))
        .call(STAFF, routes!(list_payloads))
        .call(STAFF, routes!(show_payload))
        .call(STAFF, without_key(routes!(rerun_payload)))
        .call(STAFF, without_key(routes!(rerun_payloads)))
}

/// How many times a change is made again when somebody else changes the source at the same moment.
const TRIES: u32 = 5;

type PayloadStateSchema = ChoiceSchema<PayloadState>;

/// How a source takes in what is sent to it without a key.
#[derive(Serialize, ToSchema)]
#[schema(as = Intake)]
struct IntakeBody {
    /// Where to send; `null` until `rotate-intake` made an address. It begins with `--public-url`, or is a path of
    /// this server. Anybody who knows it may send; observers do not see it.
    #[schema(required = true, value_type = Option<String>, example = "/in/b2Zvcm1zYW5kaG9va3NhcmVuaWNl")]
    intake_url: Option<String>,
    /// The service whose payloads it reads; `null` = none in particular.
    #[schema(required = true, value_type = Option<String>, example = "tilda")]
    preset: Option<Box<str>>,
    /// The mapping by which it reads, in the long form; `null` = that of the preset, or by the names of fields.
    #[schema(required = true, value_type = Option<Object>)]
    mapping: Option<Value>,
    /// The sites whose pages may send to it; none: all.
    #[schema(value_type = Vec<String>)]
    origins: Vec<Box<str>>,
    /// Where a browser is sent after a form; `null` = to a page of thanks.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    redirect_url: Option<Box<str>>,
    /// Whether there is a secret that signatures are checked with. It is never shown.
    has_secret: bool,
    /// How many payloads are kept of which contacts were made: the last ones.
    taken: u64,
    /// How many are kept in which nobody was found.
    unmapped: u64,
    /// How many are kept that look like spam.
    spam: u64,
}

/// The address of an intake: of a form, its page.
pub(super) fn intake_url(state: &AppState, token: &str, is_form: bool) -> String {
    let path = if is_form { "f" } else { "in" };
    format!("{}/{path}/{token}", state.app().public_url().unwrap_or_default())
}

/// Whether the caller may see addresses: anybody who knows one may send.
pub(super) fn may_see_urls() -> Result<bool, Problem> {
    Ok(matches!(caller()?.grant, Grant::Admin | Grant::Supervisor))
}

/// The address of an intake, if it has one.
pub(super) fn url_of(state: &AppState, intake: &Intake) -> Option<String> {
    let settings = IntakeSettings::read(&intake.settings);
    intake.token.as_deref().map(|token| intake_url(state, token, settings.has_form))
}

/// Show the intake of a source
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/intake", tag = "sources", params(("id" = i64, Path)),
    responses((status = OK, description = "How the source takes in what is sent without a key", body = IntakeBody))
)]
async fn show_intake(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    show_version(&state, &the_source(&state, id).await?).await
}

async fn the_source(state: &AppState, id: i64) -> Result<Source, Problem> {
    state.store().source(SourceId(id)).await?.ok_or_else(|| unknown("source", &id))
}

/// Every change of an intake is one of its source.
async fn show_version(state: &AppState, source: &Source) -> Reply {
    Ok(tagged(reply::ok(&body_of(state, source.id).await?)?, Version::of_source(source)))
}

async fn body_of(state: &AppState, source: SourceId) -> Result<IntakeBody, Problem> {
    let intake = state.store().intake(source).await?;
    let settings = intake.as_ref().map(|intake| IntakeSettings::read(&intake.settings)).unwrap_or_default();
    let [taken, unmapped, spam] = state.store().payload_counts(source).await?;
    let may_see = may_see_urls()?;
    Ok(IntakeBody {
        intake_url: intake.as_ref().filter(|_| may_see).and_then(|intake| url_of(state, intake)),
        preset: settings.preset,
        mapping: settings.mapping,
        origins: settings.origins,
        redirect_url: settings.redirect,
        has_secret: intake.is_some_and(|intake| intake.secret.is_some()),
        taken,
        unmapped,
        spam,
    })
}

type IntakePatch = BodyOf<IntakeChange>;

/// What is to be different about an intake; `None` leaves a field alone.
#[derive(Clone, Default)]
pub(super) struct IntakeChange {
    preset: Option<Option<Box<str>>>,
    mapping: Option<Option<Value>>,
    origins: Option<Option<Vec<String>>>,
    redirect: Option<Option<Box<str>>>,
    secret: Option<Option<Arc<str>>>,
}

impl RequestBody for IntakeChange {
    const SCHEMA: &'static str = "IntakePatch";
    const ABOUT: &'static str = "Changes to the intake of a source. Fields that are left out do not change.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"mapping": {"phone": "$.contact.tel"}}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let change = Self {
            preset: fields.removable("preset", PRESET.example("\"tilda\""), ABOUT_PRESET),
            mapping: fields.removable("mapping", MAPPING.example(MAPPING_EXAMPLE), ABOUT_MAPPING),
            origins: fields.removable("origins", ORIGINS, ABOUT_ORIGINS),
            redirect: fields.removable("redirect_url", URL, ABOUT_REDIRECT),
            secret: fields.removable("intake_secret", SECRET, ABOUT_SECRET),
        };
        change.check(fields);
        Some(change)
    }
}

impl IntakeChange {
    /// What a new source says of its intake.
    pub(super) fn of_new(fields: &mut impl Fields) -> Self {
        let change = Self {
            preset: fields.optional("preset", PRESET.example("\"tilda\""), ABOUT_PRESET).map(Some),
            mapping: fields.optional("mapping", MAPPING.example(MAPPING_EXAMPLE), ABOUT_MAPPING).map(Some),
            origins: fields.optional("origins", ORIGINS, ABOUT_ORIGINS).map(Some),
            redirect: fields.optional("redirect_url", URL, ABOUT_REDIRECT).map(Some),
            secret: fields.optional("intake_secret", SECRET, ABOUT_SECRET).map(Some),
        };
        change.check(fields);
        change
    }

    fn check(&self, fields: &mut impl Fields) {
        let origins = self.origins.iter().flatten();
        if origins
            .clone()
            .flatten()
            .any(|it| origin(it).is_none_or(|of| *of != *it.trim_end_matches('/').to_lowercase()))
        {
            let what = "has an entry that is no origin; give scheme and host, such as https://www.example.com";
            fields.fail("origins", Invalid(what.to_owned()));
        }
        if origins.clone().any(|all| all.len() > ORIGINS_MAX) {
            fields.fail("origins", Invalid(format!("has too many entries; at most {ORIGINS_MAX}")));
        }
    }

    /// Whether it says anything.
    pub(super) const fn is_given(&self) -> bool {
        self.preset.is_some()
            || self.mapping.is_some()
            || self.origins.is_some()
            || self.redirect.is_some()
            || self.secret.is_some()
    }

    /// The settings after the change, and the change of the secret.
    pub(super) fn apply(self, before: IntakeSettings) -> (IntakeSettings, Option<Option<Arc<str>>>) {
        let origins = self
            .origins
            .map(|all| all.unwrap_or_default().iter().filter_map(|it| origin(it)).map(Into::into).collect());
        let settings = IntakeSettings {
            has_form: before.has_form,
            preset: self.preset.unwrap_or(before.preset),
            mapping: self.mapping.unwrap_or(before.mapping),
            origins: origins.unwrap_or(before.origins),
            redirect: self.redirect.unwrap_or(before.redirect),
        };
        (settings, self.secret)
    }
}

const ABOUT_PRESET: &str = "The service whose payloads it reads, such as `tilda`, `google_ads`, `whatsapp`; \
                            docs/channels.md lists them.";
const MAPPING_EXAMPLE: &str = r#"{"phone": "$.contact.tel", "name": ["$.contact.name", "$.nick"]}"#;
const ABOUT_MAPPING: &str = "Which values become which fields of a contact: for each field a path, or several that are \
                             tried in order, each the name of a field or a JSONPath (RFC 9535). The long form is a \
                             list of rules, see docs/channels.md. Without it, the preset's, or fields are recognised \
                             by their names.";
const ABOUT_ORIGINS: &str =
    "The sites whose pages may send to it, such as `https://www.example.com`; without any, all.";
const ABOUT_REDIRECT: &str = "Where a browser is sent after a form; without it, to a page of thanks.";
const ABOUT_SECRET: &str = "What the service signs with, or puts into its payloads: what does not match is refused. It \
                            is never shown again.";
const PRESET: Text<Box<str>> = Text { check: preset, pattern: Some("^[a-z0-9_]+$"), chars_min: 1, chars_max: Some(40) };
const URL: Text<Box<str>> = Text { check: url, pattern: Some(A_URL), chars_min: 8, chars_max: Some(ADDRESS_BYTES_MAX) };
const A_URL: &str = r"^https?://[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#][!-~]*)?$";
const SECRET: Text<Arc<str>> = Text {
    check: limits::intake_secret,
    pattern: Some("^[!-~]+( +[!-~]+)*$"),
    chars_min: 1,
    chars_max: Some(INTAKE_SECRET_CHARS_MAX),
};
const ORIGINS: Texts = Texts { most: ORIGINS_MAX };

fn preset(text: &str) -> Result<Box<str>, Invalid> {
    let known = || Preset::all().iter().map(|preset| &*preset.id).collect::<Vec<_>>().join(", ");
    let found = Preset::find(text).map(|preset| preset.id.clone());
    found.ok_or_else(|| Invalid(format!("is no preset; give one of {}", known())))
}

fn url(text: &str) -> Result<Box<str>, Invalid> {
    match origin(text) {
        Some(_) if text.len() <= ADDRESS_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(text.into())
        }
        _ => Err(Invalid(format!("is no address with https or http of at most {ADDRESS_BYTES_MAX} characters"))),
    }
}

/// Change the intake of a source
#[utoipa::path(
    patch, path = "/api/v1/sources/{id}/intake", tag = "sources", params(("id" = i64, Path)),
    request_body = IntakePatch,
    responses((status = OK, description = "The intake after the change", body = IntakeBody))
)]
async fn edit_intake(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(change): Json<IntakeChange>,
) -> Reply {
    let (source, versions) = (SourceId(id), if_match.versions());
    let mut tries = 0;
    loop {
        tries += 1;
        let seen = Version::of_source(&the_source(&state, id).await?);
        if versions.as_ref().is_some_and(|versions| !versions.contains(&seen.to_string())) {
            return Err(changed());
        }
        let before = state.store().intake(source).await?;
        let before = before.map(|it| IntakeSettings::read(&it.settings)).unwrap_or_default();
        let (settings, secret) = change.clone().apply(before);
        let edit = IntakeEdit { token: None, settings: Some(settings.to_text().into()), secret };
        // What is left out stays as it is when the change is made, not as it was read.
        let unchanged = Some(Precondition::of(Subject::Source(source), seen));
        match state.send_if(unchanged, Command::EditIntake(source, edit), IN_PATH).await {
            Ok(Outcome::Source(source)) => return show_version(&state, &source).await,
            Ok(other) => return Err(unexpected(&other)),
            Err(problem) if is_changed(&problem) && versions.is_none() && tries < TRIES => {}
            Err(problem) => return Err(problem),
        }
    }
}

fn is_changed(problem: &Problem) -> bool {
    problem.kind.name == kinds::CHANGED.name
}

/// The address of an intake.
#[derive(Serialize, ToSchema)]
#[schema(as = IntakeAddress)]
struct IntakeAddress {
    #[schema(example = "/in/b2Zvcm1zYW5kaG9va3NhcmVuaWNl")]
    intake_url: String,
}

/// Give a source another address
///
/// Makes an address at which the source takes in what is sent without a key, or replaces the one that it has, which
/// ends at once.
#[utoipa::path(
    post, path = "/api/v1/sources/{id}/rotate-intake", tag = "sources", params(("id" = i64, Path)),
    responses((status = OK, description = "The new address", body = IntakeAddress))
)]
async fn rotate_intake(State(state): State<AppState>, Ids([id]): Ids<1>, keys: Keys) -> Reply {
    let source = SourceId(id);
    let before = state.store().intake(source).await?.map(|it| IntakeSettings::read(&it.settings)).unwrap_or_default();
    let token = new_token().map_err(|error| Problem::internal(&error))?;
    let edit = IntakeEdit { token: Some(token), ..IntakeEdit::default() };
    let show = |outcome| match outcome {
        Outcome::SourceWithIntake(_, token) => {
            reply::ok(&IntakeAddress { intake_url: intake_url(&state, &token, before.has_form) })
        }
        other => Err(unexpected(&other)),
    };
    keys.answer(&state, Command::EditIntake(source, edit), IN_PATH, show).await
}

/// Something that was received at the address of a source.
#[derive(Serialize, ToSchema)]
#[schema(as = Payload)]
struct PayloadBody {
    #[schema(value_type = i64, example = 1)]
    id: PayloadId,
    #[schema(value_type = PayloadStateSchema)]
    state: PayloadState,
    /// Why no contact was made of it; empty if one was.
    #[schema(value_type = String, example = "nobody was found in it")]
    reason: Arc<str>,
    /// The contact that was made of it.
    #[schema(required = true, value_type = Option<i64>)]
    contact_id: Option<ContactId>,
    /// What was received, as JSON whatever it was sent as.
    #[schema(value_type = Object)]
    body: StoredObject,
    #[schema(value_type = String, format = DateTime)]
    received_at: Rfc3339,
}

impl From<Payload> for PayloadBody {
    fn from(payload: Payload) -> Self {
        Self {
            id: payload.id,
            state: payload.state,
            reason: payload.reason,
            contact_id: payload.contact,
            body: StoredObject(Some(payload.body)),
            received_at: Rfc3339(payload.received_at),
        }
    }
}

type PayloadParams = QueryOf<PayloadQuery>;

/// Which payloads.
struct PayloadQuery(PayloadState);

impl Query for PayloadQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let about = "Those of which contacts were made, `taken`; in which nobody was found, `unmapped`, which is the \
                     default; or that look like `spam`.";
        Self(fields.optional("state", PAYLOAD_STATE, about).unwrap_or(PayloadState::Unmapped))
    }
}

/// List what a source received, newest first
///
/// The last 20 of which contacts were made, and the last 1000 each of the others, for seven days.
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/payloads", tag = "sources",
    params(("id" = i64, Path), PayloadParams, PageParams),
    responses((status = OK, description = "A page of payloads", body = Vec<PayloadBody>))
)]
async fn list_payloads(State(state): State<AppState>, Ids([id]): Ids<1>, mut params: Params) -> Reply {
    let PayloadQuery(wanted) = PayloadQuery::read(&mut params);
    let asked = Asked::for_page(params)?;
    the_source(&state, id).await?;
    let payloads = state.store().payloads(SourceId(id), wanted, asked.page).await?;
    asked.reply(payloads, |payload| payload.id.0, PayloadBody::from)
}

/// Show a payload
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/payloads/{payload_id}", tag = "sources",
    params(("id" = i64, Path), ("payload_id" = i64, Path)),
    responses((status = OK, description = "What was received", body = PayloadBody))
)]
async fn show_payload(State(state): State<AppState>, Ids([id, payload]): Ids<2>) -> Reply {
    let found = state.store().payload(SourceId(id), PayloadId(payload)).await?;
    reply::ok(&PayloadBody::from(found.ok_or_else(|| unknown("payload", &payload))?))
}

/// What became of payloads that were read again.
#[derive(Serialize, ToSchema)]
#[schema(as = Rerun)]
struct RerunBody {
    /// The contacts that were made, or had been made before.
    #[schema(value_type = Vec<i64>)]
    contact_ids: Vec<ContactId>,
    /// In how many of them nobody is found even so.
    unmapped: u64,
}

async fn intake_of(state: &AppState, id: i64) -> Result<OpenIntake, Problem> {
    let source = the_source(state, id).await?;
    let intake = Intakes::of_source(&source, state.store()).await?;
    intake.ok_or_else(|| unknown("intake of source", &id))
}

/// Read a payload again
///
/// By the mapping as it is now. What was held for spam is accepted by this. If it finds somebody, there is a contact of
/// it from then on, and never a second one.
#[utoipa::path(
    post, path = "/api/v1/sources/{id}/payloads/{payload_id}/rerun", tag = "sources",
    params(("id" = i64, Path), ("payload_id" = i64, Path)),
    responses((status = OK, description = "What became of it", body = RerunBody))
)]
async fn rerun_payload(State(state): State<AppState>, Ids([id, payload]): Ids<2>) -> Reply {
    let intake = intake_of(&state, id).await?;
    let found = state.store().payload(intake.source, PayloadId(payload)).await?;
    let payload = found.ok_or_else(|| unknown("payload", &payload))?;
    let contact_ids = run_again(state.app(), &caller()?, &intake, &payload).await.map_err(problem)?;
    let unmapped = u64::from(contact_ids.is_empty());
    reply::ok(&RerunBody { contact_ids, unmapped })
}

/// Read all unmapped payloads again
///
/// By the mapping as it is now. `unmapped` of the answer says in how many nobody is found even so.
#[utoipa::path(
    post, path = "/api/v1/sources/{id}/rerun-payloads", tag = "sources", params(("id" = i64, Path)),
    responses((status = OK, description = "What became of them", body = RerunBody))
)]
async fn rerun_payloads(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let intake = intake_of(&state, id).await?;
    let contact_ids = run_all_again(state.app(), &caller()?, &intake).await.map_err(problem)?;
    let [_, unmapped, _] = state.store().payload_counts(intake.source).await?;
    reply::ok(&RerunBody { contact_ids, unmapped })
}
