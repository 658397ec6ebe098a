//! Pausing operators and resuming them, and whether somebody may get a contact: why not, and until when.

use super::operators::{OperatorBody, the_operator};
use crate::body::RequestBody;
use crate::body::describe::{BodyOf, Query, QueryOf};
use crate::idempotency::{Keys, Post};
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::availability::{Answer, AvailabilityOf, ReasonAgainst, reasons_against};
use maitred_core::command::Pause;
use maitred_core::{Command, ContactId, OperatorId, SourceId, Timestamp};
use maitred_store::clock::{self, Rfc3339};
use maitred_web::AppState;
use maitred_web::field::types::{CONTACT_ID, NAME, PAUSED_UNTIL, SOURCE_ID, TIME};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::problem::{FieldError, Problem};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(own(May::OwnOperator), routes!(pause))
        .call(own(May::OwnOperator), routes!(resume))
        .call(own(May::OwnOperator), routes!(availability))
}

type OperatorPause = BodyOf<PauseRequest>;

/// For how long an operator is paused, and why.
pub(super) struct PauseRequest {
    until: Option<Timestamp>,
    reason: Option<Arc<str>>,
}

impl RequestBody for PauseRequest {
    const SCHEMA: &'static str = "OperatorPause";
    const ABOUT: &'static str = "For how long an operator is paused, and why.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"reason": "Lunch"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let about_until = "When the pause ends by itself, at most 366 days ahead; without, when somebody ends it.";
        Some(Self {
            until: fields.optional("until", PAUSED_UNTIL, about_until),
            reason: fields.optional("reason", NAME.example("\"Lunch\""), "For colleagues: at most 100 characters."),
        })
    }
}

/// Pause an operator
///
/// The operator keeps their contacts and gets no new ones, until `until` or until they are resumed. Pausing again
/// changes the end and the reason. `is_active` stays as it is.
#[utoipa::path(
    post, path = "/api/v1/operators/{id}/pause", tag = "operators", params(("id" = i64, Path)),
    request_body = OperatorPause,
    responses((status = OK, description = "The operator after the change", body = OperatorBody))
)]
async fn pause(State(state): State<AppState>, Ids([id]): Ids<1>, Post { body, keys }: Post<PauseRequest>) -> Reply {
    let PauseRequest { until, reason } = body;
    let command = Command::Pause(Pause { operator: OperatorId(id), until, reason });
    keys.answer(&state, command, IN_PATH, |outcome| reply::ok(&the_operator(outcome)?)).await
}

/// Resume an operator
///
/// Ends the pause; the operator gets waiting contacts at once, unless `is_active` is `false`. Changes nothing for one
/// who is not paused.
#[utoipa::path(
    post, path = "/api/v1/operators/{id}/resume", tag = "operators", params(("id" = i64, Path)),
    responses((status = OK, description = "The operator after the change", body = OperatorBody))
)]
async fn resume(State(state): State<AppState>, Ids([id]): Ids<1>, keys: Keys) -> Reply {
    let command = Command::Resume(OperatorId(id));
    keys.answer(&state, command, IN_PATH, |outcome| reply::ok(&the_operator(outcome)?)).await
}

/// Whether an operator may get a contact.
#[derive(Serialize, ToSchema)]
struct Availability {
    /// Whether there is no reason against it.
    available: bool,
    /// All reasons against it, in a fixed order.
    reasons: Vec<AvailabilityReason>,
}

/// Why an operator gets no contact.
#[derive(Serialize, ToSchema)]
struct AvailabilityReason {
    /// `inactive`, `not_a_member` (the operator does not serve the source), `zero_weight`, `on_leave`, `off_shift`,
    /// `hours_unknown` (their calendar is not known so far ahead), `paused`, `away` (nobody heard from them), `capped`
    /// (they got as many as a cap allows) or `full`; about the contact `scheduled` (for later), `resolved`,
    /// `already_assigned` (to the operator) or `tried` (they did not accept it).
    #[schema(value_type = String, example = "paused")]
    reason: &'static str,
    /// When the reason ends, if that is known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    until: Option<Rfc3339>,
}

type AvailabilityParams = QueryOf<AvailabilityQuery>;

struct AvailabilityQuery {
    source: Option<SourceId>,
    contact: Option<ContactId>,
    at: Option<Timestamp>,
}

impl Query for AvailabilityQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let now = r#""2026-12-01T14:00:00Z""#;
        Self {
            source: fields.optional("source_id", SOURCE_ID, "For contacts of this source; of any, without."),
            contact: fields.optional("contact_id", CONTACT_ID, "For this contact, and its source."),
            at: fields.optional("at", TIME.example(now), "At this time, as far as is known by now; now, without."),
        }
    }
}

/// Show whether an operator may get a contact, and why not
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/availability", tag = "operators",
    params(("id" = i64, Path), AvailabilityParams),
    responses((status = OK, description = "Whether they may, and all reasons against it", body = Availability))
)]
async fn availability(State(state): State<AppState>, Ids([id]): Ids<1>, mut params: Params) -> Reply {
    let AvailabilityQuery { source, contact, at } = AvailabilityQuery::read(&mut params);
    params.finish()?;
    let at = at.unwrap_or_else(clock::now);
    let of = AvailabilityOf { operator: OperatorId(id), source, contact, at };
    let reasons = match reasons_against(state.store(), of).await? {
        Answer::Reasons(_, reasons) => reasons,
        Answer::NoOperator => return Err(unknown("operator", &id)),
        Answer::NoSource(id) => return Err(no_such("source_id", "source", &id)),
        Answer::NoContact(id) => return Err(no_such("contact_id", "contact", &id)),
    };
    let body = |it: ReasonAgainst| AvailabilityReason { reason: it.word, until: it.until.map(Rfc3339) };
    let reasons: Vec<_> = reasons.into_iter().map(body).collect();
    reply::ok(&Availability { available: reasons.is_empty(), reasons })
}

fn no_such(field: &str, noun: &str, id: &dyn std::fmt::Display) -> Problem {
    Problem::invalid(vec![FieldError::at(format!("/{field}"), format!("{field} names no {noun}: there is none {id}"))])
}
