//! Why a contact is where it is: its chain of decisions, each taken apart, explained in words and recomputed. What a
//! decision looks like is in [`maitred_app::explained`].

use crate::list::{Asked, PageParams};
use crate::reply::Reply;
use axum::extract::State;
use maitred_app::explained::{Explained, Names, explain_part, explained};
use maitred_core::ContactId;
use maitred_store::views::{Chain, ChainPart};
use maitred_web::AppState;
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::unknown;
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(own(May::OwnContact), routes!(explain))
}

/// Explain a contact
///
/// Its decisions, oldest first: which operators could get it, which could not and why, what the policy compared, and
/// whether recomputing the decision gives the same result. A page ends early, with at least one decision, when its
/// decisions have 10,000 candidates together; whether there is another page says its `Link` header.
#[utoipa::path(
    get, path = "/api/v1/contacts/{id}/decisions", tag = "contacts", params(("id" = i64, Path), PageParams),
    responses((status = OK, description = "A page of decisions", body = Vec<Explained>))
)]
async fn explain(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let part = ChainPart::Page(asked.page);
    let reply = explain_part(state.store(), ContactId(id), part, move |Chain { links, has_more, names, .. }| {
        let names: Names = names.into_iter().collect();
        asked.reply_part(links, has_more, |link| link.decision.seq.into(), |link| explained(&link, &names))
    });
    reply.await?.ok_or_else(|| unknown("contact", &id))?
}
