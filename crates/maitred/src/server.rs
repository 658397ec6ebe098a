//! The whole server: the API, the dialects and the console as one router, with what every call goes through, and the
//! jobs that every server has.

use axum::{Extension, Router};
use maitred_api::dialect::Dialect;
use maitred_api::{compat, openapi, v1};
use maitred_app::jobs::{FollowCredentials, Jobs, NoteUses, RemoveDemo, WakeDue};
use maitred_console::Console;
use maitred_web::guard::Guard;
use maitred_web::guard::rate::Rates;
use maitred_web::guard::rules::Rules;
use maitred_web::intake::rates::IntakeRates;
use maitred_web::pipeline::Pipeline;
use maitred_web::routes::{Route, RouteTable, Routes};
use maitred_web::same_origin::same_origin;
use maitred_web::telemetry::{GatherMetrics, RouteMetrics};
use maitred_web::{AppState, health};
use std::num::NonZeroU32;

/// The server as values: what it answers, and what it does in the background.
pub struct Server {
    pub pipeline: Pipeline,
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
        Self { pipeline: pipeline(state, &console, dialects, rate_limit), jobs }
    }
}

/// The console refuses forms of other sites itself, and says so in a page.
fn pipeline(state: AppState, console: &Console, dialects: &[Dialect], rate_limit: Option<NonZeroU32>) -> Pipeline {
    let routes = routes(dialects);
    let guard = Guard::new(
        state.clone(),
        Rules::of(&routes),
        Rates::new(rate_limit),
        maitred_console::login::redirect::refusal_page,
    );
    let metrics = RouteMetrics::of(&routes, compat::error::ensure);
    let table = RouteTable::of(&routes, &v1::contacts::busiest(state.clone()));
    let calls = calls(dialects).into_router().layer(same_origin()).with_state(state.clone());
    let without_key = maitred_api::intake::routes().merge(maitred_api::telegram::routes());
    let intake = without_key.into_router().with_state(state).merge(console.form_router());
    let intake = intake.layer(Extension(IntakeRates::new(rate_limit)));
    let calls = calls.merge(intake).merge(console.router());
    let nothing = Router::new().fallback(maitred_console::shell::nothing_here);
    Pipeline::new(table, metrics, guard, calls, nothing)
}

/// Every route of the server, with who may call it: first those of programs, then the pages of the console.
pub fn routes(dialects: &[Dialect]) -> Vec<Route> {
    let intake = maitred_api::intake::routes().merge(maitred_api::telegram::routes());
    let forms = maitred_console::form_routes();
    [calls(dialects).table(), intake.table(), forms.table(), maitred_console::routes().table()].concat()
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
