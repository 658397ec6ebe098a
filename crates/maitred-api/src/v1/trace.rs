//! "Where is my lead?": the way of a contact in five steps. What these are is in [`maitred_app::trace`].

use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::trace::{Places, Sees, Trace};
use maitred_core::ContactId;
use maitred_store::clock;
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::refusals::unknown;
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(own(May::OwnContact), routes!(trace))
}

/// Trace a contact
///
/// The way from what was received to the answer in five steps, each with its time: received, mapped, decided, told,
/// answered. A step that does not apply, or of which no record is kept, says so. Contents are not in it: payloads and
/// messages are read at the paths that it names, by those who may. Of a contact whose lead was erased the times stay.
#[utoipa::path(
    get, path = "/api/v1/contacts/{id}/trace", tag = "contacts", params(("id" = i64, Path)),
    responses((status = OK, description = "The five steps, and what they are known by", body = Trace))
)]
async fn trace(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let sees = if caller()?.own_operator().is_some() { Sees::OwnContact } else { Sees::Everything };
    let trace = Places::of(state.app()).await?.trace(ContactId(id), sees, clock::now()).await?;
    reply::ok(&trace.ok_or_else(|| unknown("contact", &id))?)
}
