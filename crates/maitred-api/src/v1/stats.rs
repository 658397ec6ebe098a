//! Figures: who holds how much, how fairly the sources distributed, who waits. From counters and ledgers, never from
//! counting contacts. What they look like and mean is in [`maitred_app::stats`].

use crate::list::{Asked, PageParams};
use crate::reply::Reply;
use axum::extract::State;
use maitred_app::stats::{Distribution, OperatorLoad, Waiting, distribution};
use maitred_store::clock;
use maitred_web::AppState;
use maitred_web::params::Params;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(STAFF, routes!(operators)).call(STAFF, routes!(distributions)).call(STAFF, routes!(waiting))
}

/// List the load of each operator, by id
#[utoipa::path(
    get, path = "/api/v1/stats/operators", tag = "stats", params(PageParams),
    responses((status = OK, description = "A page of loads", body = Vec<OperatorLoad>))
)]
async fn operators(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let operators = state.store().counted_operators(asked.page).await?;
    asked.reply(operators, |operator| operator.id.0, OperatorLoad::from)
}

/// Show how each source distributed its contacts
///
/// Counts and actual, target and entitled shares of each operator, with chi-square and Jain's index.
#[utoipa::path(
    get, path = "/api/v1/stats/distribution", tag = "stats", params(PageParams),
    responses((status = OK, description = "A page of sources, by id", body = Vec<Distribution>))
)]
async fn distributions(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let books = state.store().source_books().await?;
    let behind = books.into_iter().filter(|book| asked.page.after.is_none_or(|id| book.source.id.0 > id));
    let page: Vec<_> = behind.take(asked.page.limit as usize).collect();
    asked.reply(page, |book| book.source.id.0, |book| distribution(&book))
}

/// Show waiting contacts, by source
#[utoipa::path(
    get, path = "/api/v1/stats/waiting", tag = "stats", params(PageParams),
    responses((status = OK, description = "A page of sources, by id", body = Vec<Waiting>))
)]
async fn waiting(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let mut views = state.store().waiting().await?;
    views.sort_by_key(|view| view.source.id);
    let behind = views.into_iter().filter(|view| asked.page.after.is_none_or(|id| view.source.id.0 > id));
    let page: Vec<_> = behind.take(asked.page.limit as usize).collect();
    let now = clock::now();
    asked.reply(page, |view| view.source.id.0, |view| Waiting::at(now, view))
}
