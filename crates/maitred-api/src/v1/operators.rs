//! Operators: who handles contacts, and how many each may hold.

use crate::body::describe::BodyOf;
use crate::body::{Json, RequestBody};
use crate::idempotency::Post;
use crate::if_match::{IfMatch, tagged};
use crate::list::{Asked, PageParams};
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::calendars::{HoursChange, set_hours};
use maitred_app::version::{Subject, Version};
use maitred_core::command::{NewOperator, OperatorEdit};
use maitred_core::{CalendarId, Command, Operator, OperatorId, Outcome};
use maitred_store::clock::Rfc3339;
use maitred_web::caller::caller;
use maitred_web::field::types::{AWAY_SECONDS, CALENDAR_ID, EXTERNAL_ID, FLAG, MAX_LOAD, NAME, NOTIFY_EMAIL};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::{Ids, Params};
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, hours_not_set, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, STAFF, own};
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(STAFF, routes!(create, list))
        .call(own(May::OwnOperator), routes!(show, edit))
        .call(STAFF, routes!(delete))
}

/// An operator.
#[derive(Serialize, ToSchema)]
#[schema(as = Operator)]
pub(super) struct OperatorBody {
    #[schema(value_type = i64, example = 1)]
    id: OperatorId,
    #[schema(value_type = String, example = "Анна")]
    name: Arc<str>,
    /// What another system calls the operator; unique among operators.
    #[schema(value_type = Option<String>, example = "crm-17")]
    external_id: Option<Arc<str>>,
    /// The e-mail address at which the operator is told of each assignment and offer; `null` = none.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    notify_email: Option<Arc<str>>,
    /// Whether the operator is switched on: `false` until somebody says otherwise means no new contacts.
    is_active: bool,
    /// Since when the operator is paused and gets no new contacts; `null` if they are not.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    paused_at: Option<Rfc3339>,
    /// When the pause ends by itself; `null` if somebody has to end it.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    paused_until: Option<Rfc3339>,
    /// Why they are paused.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    pause_reason: Option<Arc<str>>,
    /// How many offers in a row they did not answer.
    #[schema(example = 0)]
    misses: u32,
    /// For how many seconds they are there once they were heard from; `null`: nobody asks.
    #[schema(required = true, value_type = Option<u32>, example = json!(null))]
    away_after_s: Option<u32>,
    /// Until when they are there unless they are heard from again; behind it they are away and get no new contacts.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    present_until: Option<Rfc3339>,
    /// Since when they are away because nobody heard from them; `null` if they are not.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    away_at: Option<Rfc3339>,
    /// By which calendar they work; `null`: at all times.
    #[schema(required = true, value_type = Option<i64>, example = json!(null))]
    calendar_id: Option<CalendarId>,
    /// Until when their working hours are known. They are compiled again long before, by the server itself.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    hours_known_until: Option<Rfc3339>,
    /// The most contacts the operator may have at the same time.
    #[schema(example = 50)]
    max_load: u32,
    /// How many contacts the operator has now.
    #[schema(example = 0)]
    current_load: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// When `name`, `external_id`, `notify_email`, `is_active`, `max_load`, `calendar_id`, `away_after_s` or the pause
    /// last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Rfc3339,
    /// Whether the operator is part of the demo data.
    demo: bool,
}

impl From<Operator> for OperatorBody {
    fn from(operator: Operator) -> Self {
        Self {
            id: operator.id,
            name: operator.name,
            external_id: operator.external_id,
            notify_email: operator.notify_email,
            is_active: operator.is_active,
            paused_at: operator.paused_at.map(Rfc3339),
            paused_until: operator.paused_until.map(Rfc3339),
            pause_reason: operator.pause_reason,
            misses: operator.misses,
            away_after_s: operator.away_after_s,
            present_until: operator.present_until.map(Rfc3339),
            away_at: operator.away_at.map(Rfc3339),
            calendar_id: operator.calendar,
            hours_known_until: operator.hours.map(|hours| Rfc3339(hours.span.until)),
            max_load: operator.max_load,
            current_load: operator.current_load,
            created_at: Rfc3339(operator.created_at),
            updated_at: Rfc3339(operator.updated_at),
            demo: operator.demo,
        }
    }
}

type OperatorCreate = BodyOf<NewOperator>;

impl RequestBody for NewOperator {
    const SCHEMA: &'static str = "OperatorCreate";
    const ABOUT: &'static str = "A new operator.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"name": "Анна", "is_active": true, "max_load": 50}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let about_load = "The most contacts the operator may have at the same time.";
        Some(Self {
            name: fields.required("name", NAME.example("\"Анна\""), ""),
            external_id: fields.optional("external_id", EXTERNAL_ID.example("\"crm-17\""), ABOUT_EXTERNAL_ID),
            notify_email: fields.optional("notify_email", NOTIFY_EMAIL.example(AN_EMAIL), ABOUT_NOTIFY_EMAIL),
            is_active: fields.or("is_active", FLAG, true, "Whether the operator gets contacts from the start."),
            max_load: fields.or("max_load", MAX_LOAD.example("50"), Self::MAX_LOAD_DEFAULT, about_load),
            demo: false,
        })
    }
}

const ABOUT_EXTERNAL_ID: &str = "What another system calls the operator; unique among operators.";

const AN_EMAIL: &str = "\"anna@example.com\"";
const ABOUT_NOTIFY_EMAIL: &str = "The e-mail address at which they are told of each assignment and offer; without one, \
                                  they are not. The server needs `--smtp-url`.";

type OperatorPatch = BodyOf<OperatorChange>;

/// What is to be different about an operator.
pub(super) struct OperatorChange {
    edit: OperatorEdit,
    calendar: Option<Option<CalendarId>>,
}

impl RequestBody for OperatorChange {
    const SCHEMA: &'static str = "OperatorPatch";
    const ABOUT: &'static str = "Changes to an operator. Fields that are left out do not change.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"max_load": 60}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let edit = OperatorEdit {
            name: fields.edited("name", NAME, ""),
            external_id: fields.removable("external_id", EXTERNAL_ID, "`null` removes it."),
            notify_email: fields.removable("notify_email", NOTIFY_EMAIL.example(AN_EMAIL), ABOUT_NOTIFY_EMAIL),
            is_active: fields.edited("is_active", FLAG.example("false"), IS_ACTIVE),
            max_load: fields.edited("max_load", MAX_LOAD, ABOUT_MAX_LOAD),
            hours: None,
            away_after_s: fields.removable("away_after_s", AWAY_SECONDS.example("120"), ABOUT_AWAY_AFTER),
        };
        Some(Self { edit, calendar: fields.removable("calendar_id", CALENDAR_ID, ABOUT_CALENDAR) })
    }
}

const ABOUT_CALENDAR: &str = "By which calendar they work; `null`: at all times. Off shift they get no new contacts.";

const ABOUT_AWAY_AFTER: &str = "After how many seconds without a sign of them they are away and get no new contacts; \
                                `null` = never.";
const ABOUT_MAX_LOAD: &str = "Lowering it takes no contacts away. Raising it assigns waiting contacts.";
const IS_ACTIVE: &str =
    "`false`: keeps the current contacts and gets no new ones. `true`: gets waiting contacts at once.";

/// Add an operator
#[utoipa::path(
    post, path = "/api/v1/operators", tag = "operators", request_body = OperatorCreate,
    responses(
        (status = CREATED, description = "Created", body = OperatorBody,
         headers(("Location" = String, description = "The address of the new operator"))),
        (status = CONFLICT, description = "Another operator has this external id"),
    )
)]
async fn create(State(state): State<AppState>, Post { body, keys }: Post<NewOperator>) -> Reply {
    let show = |outcome| {
        let operator = the_operator(outcome)?;
        reply::created(format!("/api/v1/operators/{}", operator.id), &operator)
    };
    keys.answer(&state, Command::CreateOperator(body), IN_PATH, show).await
}

/// List operators, by id
#[utoipa::path(
    get, path = "/api/v1/operators", tag = "operators", params(PageParams),
    responses((status = OK, description = "A page of operators", body = Vec<OperatorBody>))
)]
async fn list(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let operators = state.store().operators(asked.page).await?;
    asked.reply(operators, |operator| operator.id.0, OperatorBody::from)
}

/// Show an operator
#[utoipa::path(
    get, path = "/api/v1/operators/{id}", tag = "operators", params(("id" = i64, Path)),
    responses((status = OK, description = "The operator", body = OperatorBody))
)]
async fn show(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let operator = state.store().operator(OperatorId(id)).await?;
    show_version(operator.ok_or_else(|| unknown("operator", &id))?)
}

/// Change an operator
#[utoipa::path(
    patch, path = "/api/v1/operators/{id}", tag = "operators", params(("id" = i64, Path)),
    request_body = OperatorPatch,
    responses(
        (status = OK, description = "The operator after the change", body = OperatorBody),
        (status = CONFLICT, description = "Another operator has this external id"),
    )
)]
async fn edit(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(OperatorChange { edit, calendar }): Json<OperatorChange>,
) -> Reply {
    let unchanged = if_match.of(Subject::Operator(OperatorId(id)));
    if let Some(calendar) = calendar {
        let change = HoursChange { calendar: Some(calendar), personal: None };
        let set = set_hours(state.app(), &caller()?, unchanged, OperatorId(id), edit, &change).await;
        return show_version(set.map_err(|error| hours_not_set(error, IN_PATH))?);
    }
    match state.send_if(unchanged, Command::EditOperator(OperatorId(id), edit), IN_PATH).await? {
        Outcome::Operator(operator) => show_version(operator),
        other => Err(unexpected(&other)),
    }
}

fn show_version(operator: Operator) -> Reply {
    let version = Version::of_operator(&operator);
    Ok(tagged(reply::ok(&OperatorBody::from(operator))?, version))
}

/// Delete an operator
///
/// The operator's contacts are routed again. The name stays in the history.
#[utoipa::path(
    delete, path = "/api/v1/operators/{id}", tag = "operators", params(("id" = i64, Path)),
    responses((status = NO_CONTENT, description = "Deleted"))
)]
async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    state.send(Command::DeleteOperator(OperatorId(id)), IN_PATH).await?;
    Ok(reply::no_content())
}

pub(super) fn the_operator(outcome: Outcome) -> Result<OperatorBody, Problem> {
    match outcome {
        Outcome::Operator(operator) => Ok(operator.into()),
        other => Err(unexpected(&other)),
    }
}
