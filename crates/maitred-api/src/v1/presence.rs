//! Presence: a sign of an operator, from whatever they have open.

use super::operators::{OperatorBody, the_operator};
use crate::idempotency::Keys;
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_core::{Command, OperatorId};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::refusals::{IN_PATH, not_executed, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(own(May::OwnOperator), routes!(heartbeat))
}

/// Say that an operator is there
///
/// For operators with `away_after_s`: they are there until `present_until` of the answer. Who was away gets what waits
/// at once. Everything that operators do with their own key or session says so as well, and so does their open desk.
/// Send it at least every half of `away_after_s`: it is written down only when less than half of that time is left, so
/// more often costs nothing. Of operators without `away_after_s` nothing changes.
#[utoipa::path(
    post, path = "/api/v1/operators/{id}/heartbeat", tag = "operators", params(("id" = i64, Path)),
    responses((status = OK, description = "The operator, with `present_until`", body = OperatorBody))
)]
async fn heartbeat(State(state): State<AppState>, Ids([id]): Ids<1>, keys: Keys) -> Reply {
    let id = OperatorId(id);
    if !keys.is_none() {
        return keys.answer(&state, Command::Beat(id), IN_PATH, |outcome| reply::ok(&the_operator(outcome)?)).await;
    }
    let heard = state.app().hear(&caller()?, id).await.map_err(|error| not_executed(error, IN_PATH))?;
    reply::ok(&OperatorBody::from(heard.ok_or_else(|| unknown("operator", &id))?))
}
