//! The whole server as one router: the API, the dialects, the console, and what every call goes through.

use axum::Router;
use maitred_api::dialect::Dialect;
use maitred_api::{compat, openapi};
use maitred_web::guard::rate::Rates;
use maitred_web::guard::{self, Guard};
use maitred_web::same_origin::same_origin;
use maitred_web::{AppState, health, problem, telemetry};
use std::num::NonZeroU32;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// Everything the server answers, in all dialects. The console refuses forms of other sites itself, and says so in a
/// page.
pub fn router(state: AppState) -> Router {
    router_with(state, &Dialect::MOUNTED, None)
}

/// Everything the server answers, in its own words and in these dialects. `rate_limit` is how many requests a second
/// one caller is granted; without it there is no limit.
pub fn router_with(state: AppState, dialects: &[Dialect], rate_limit: Option<NonZeroU32>) -> Router {
    let (mut calls, document) = openapi::documented_calls();
    let mut documents = vec![("/openapi.json".to_owned(), document)];
    for dialect in dialects {
        let (more, document) = compat::documented_calls(*dialect);
        calls = calls.merge(more);
        documents.push((compat::document_path(*dialect), document));
    }
    let measured = telemetry::Routes::of(documents.iter().map(|(_, document)| document), compat::detail::ensure);
    let guard = Guard::new(state.clone(), Rates::new(rate_limit), maitred_console::login::redirect::refusal_page);
    calls
        .merge(health::routes())
        .merge(openapi::routes(documents))
        .layer(same_origin())
        .with_state(state.clone())
        .merge(maitred_console::router(state))
        .fallback(maitred_console::shell::nothing_here)
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(axum::middleware::from_fn_with_state(Arc::new(guard), guard::guard))
        .layer(axum::middleware::from_fn_with_state(Arc::new(measured), telemetry::measure))
}
