//! The whole server: the API, the dialects and the console as one router, with what every call goes through, and the
//! jobs that every server has.

use axum::Router;
use maitred_api::dialect::Dialect;
use maitred_api::{compat, openapi, v1};
use maitred_app::jobs::{FollowCredentials, Jobs, NoteUses, RemoveDemo, WakeDue};
use maitred_console::Console;
use maitred_web::guard::rate::Rates;
use maitred_web::guard::rules::Rules;
use maitred_web::guard::{self, Guard};
use maitred_web::routes::{Route, Routes};
use maitred_web::same_origin::same_origin;
use maitred_web::security_headers::security_headers;
use maitred_web::telemetry::{self, GatherMetrics, RouteMetrics};
use maitred_web::{AppState, health, problem};
use std::num::NonZeroU32;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// The server as values: what it answers, and what it does in the background.
pub struct Server {
    pub router: Router,
    /// Those that every server has. They are still to be started.
    pub jobs: Jobs,
}

impl Server {
    /// A server of these dialects beside its own. `rate_limit` is how many requests a second one caller is granted;
    /// without it there is no limit.
    #[must_use]
    pub fn new(state: AppState, dialects: &[Dialect], rate_limit: Option<NonZeroU32>) -> Self {
        let console = Console::new(state.clone());
        let mut jobs = Jobs::new(state.stop().clone());
        jobs.add(FollowCredentials::new(state.access().clone()));
        jobs.add(NoteUses::new(state.access().clone()));
        jobs.add(GatherMetrics(state.metrics().clone()));
        jobs.add(RemoveDemo::new(state.app().clone()));
        jobs.add(WakeDue::new(state.app().clone()));
        jobs.add(console.update_board());
        jobs.add(console.sample_waiting());
        Self { router: router(state, &console, dialects, rate_limit), jobs }
    }
}

/// The console refuses forms of other sites itself, and says so in a page.
fn router(state: AppState, console: &Console, dialects: &[Dialect], rate_limit: Option<NonZeroU32>) -> Router {
    let routes = routes(dialects);
    let guard = Guard::new(
        state.clone(),
        Rules::of(&routes),
        Rates::new(rate_limit),
        maitred_console::login::redirect::refusal_page,
    );
    let metrics = RouteMetrics::of(&routes, compat::error::ensure);
    calls(dialects)
        .into_router()
        .layer(same_origin())
        .with_state(state)
        .merge(console.router())
        .fallback(maitred_console::shell::nothing_here)
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(axum::middleware::from_fn_with_state(Arc::new(guard), guard::guard))
        .layer(axum::middleware::map_response(security_headers))
        .layer(axum::middleware::from_fn_with_state(Arc::new(metrics), telemetry::measure))
}

/// Every route of the server, with who may call it: first those of programs, then the pages of the console.
pub fn routes(dialects: &[Dialect]) -> Vec<Route> {
    [calls(dialects).table(), maitred_console::routes().table()].concat()
}

/// What programs call.
fn calls(dialects: &[Dialect]) -> Routes<AppState> {
    let (api, document) = v1::documented_calls();
    let mut calls = health::routes().merge(api);
    let mut documents = vec![("/openapi.json".to_owned(), document)];
    for dialect in dialects {
        let (more, document) = compat::documented_calls(*dialect);
        calls = calls.merge(more);
        documents.push((compat::document_path(*dialect), document));
    }
    calls.merge(openapi::routes(documents))
}
