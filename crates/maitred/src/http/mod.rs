//! The HTTP side: the API under `/api/v1`, its document at `/openapi.json` and `/docs`, health and metrics. Handlers
//! turn requests into commands for the [`Batcher`] and into reads of the [`Store`]; they hold no rules and no SQL.
//!
//! | where | what |
//! |---|---|
//! | [`api`] | the calls, one file for each noun: what they accept, what they answer |
//! | [`compat`] | the dialects of other services, under `/compat` |
//! | [`access`] | who may call what: the guard in front of all routes and its table |
//! | [`body`], [`params`] | reading JSON bodies, path and query, with all errors at once |
//! | [`once`] | POSTs that may be sent again: `Idempotency-Key` |
//! | [`list`], [`reply`], [`problem`] | pages and cursors, answers, and what goes wrong (RFC 9457) |
//! | [`same_origin`] | what pages of other sites make a browser send |
//! | [`regions`] | in which region each source reads phones |
//! | [`health`], [`telemetry`] | `/healthz`, `/readyz`, `/metrics`, and what is measured of every request |
//! | [`openapi`], [`bounds`] | the document, made of what calls say of themselves; which values may be sent |
//! | [`serve`] | connections: accepting them, and ending them when the server stops |
//! | [`edge`] | what a connection may cost, who is at its other end, TLS |
//!
//! The pages for people are in [`crate::console`].
//!
//! One request: `serve` -> `edge` -> `telemetry` -> `access` -> a handler of `api` -> `Batcher::send_for` or `Store` ->
//! `reply` or `problem`.

pub mod access;
pub mod api;
pub mod body;
pub mod bounds;
pub mod compat;
pub mod edge;
pub mod health;
pub mod list;
pub mod once;
pub mod openapi;
pub mod params;
pub mod problem;
pub mod regions;
pub mod reply;
pub mod same_origin;
pub mod serve;
pub mod telemetry;

use crate::access::Access;
use crate::batcher::Batcher;
use crate::console::{self, Console};
use crate::dialect::Dialect;
use crate::identity::Region;
use crate::store::views::{PAGE_ROWS_MAX, Page};
use crate::store::{Store, StoreError};
use axum::Router;
use maitred_core::{Command, Outcome};
use metrics_exporter_prometheus::PrometheusHandle;
use problem::Problem;
use problem::refusals::{Pointers, refused};
use regions::Regions;
use serve::Stop;
use std::num::NonZeroU32;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

/// The most streams of events open at once.
pub const STREAMS_MAX: usize = 1_024;

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    batcher: Batcher,
    store: Store,
    access: Access,
    regions: Regions,
    metrics: PrometheusHandle,
    pub(crate) stop: Stop,
    pub(crate) streams: Arc<Semaphore>,
    console: Console,
}

impl AppState {
    /// Puts it together, reads the regions of all sources, and until the server stops has metrics gathered and keys
    /// followed.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn new(
        batcher: Batcher,
        store: Store,
        access: Access,
        default_region: Option<Region>,
        metrics: PrometheusHandle,
        stop: Stop,
    ) -> Result<Self, StoreError> {
        let regions = Regions::new(default_region);
        let mut after = None;
        loop {
            let sources = store.sources(Page { limit: PAGE_ROWS_MAX, after }).await?;
            sources.iter().for_each(|source| regions.learn(source));
            after = sources.last().map(|source| source.id.0);
            if sources.len() < PAGE_ROWS_MAX as usize {
                break;
            }
        }
        tokio::spawn(telemetry::keep_up(metrics.clone(), stop.clone()));
        tokio::spawn(access.clone().follow(stop.clone()));
        let streams = Arc::new(Semaphore::new(STREAMS_MAX));
        let console = Console::default();
        let state = Self(Arc::new(Shared { batcher, store, access, regions, metrics, stop, streams, console }));
        console::keep_up(&state, state.store().clone(), state.0.stop.clone());
        Ok(state)
    }

    pub(crate) fn batcher(&self) -> &Batcher {
        &self.0.batcher
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn access(&self) -> &Access {
        &self.0.access
    }

    pub(crate) fn regions(&self) -> &Regions {
        &self.0.regions
    }

    /// Forgets what it remembers of sources: another node changed one.
    pub fn forget_sources(&self) {
        self.regions().forget();
    }

    pub(crate) fn console(&self) -> &Console {
        &self.0.console
    }

    /// Has a command carried out for the caller. `pointers` says where in the body the ids stand that may turn out to
    /// be unknown.
    pub(crate) async fn send(&self, command: Command, pointers: Pointers<'_>) -> Result<Outcome, Problem> {
        let caller = access::caller()?;
        access::permit(&caller, &command)?;
        self.batcher().send_for(caller.by(), command).await.map_err(|refusal| refused(refusal, pointers))
    }
}

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
    let measured = telemetry::Routes::of(documents.iter().map(|(_, document)| document));
    let guard = access::Guard::new(state.clone(), access::rate::Rates::new(rate_limit));
    calls
        .merge(health::routes())
        .merge(openapi::routes(documents))
        .layer(same_origin::same_origin())
        .merge(console::routes())
        .with_state(state)
        .fallback(console::shell::nothing_here)
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(axum::middleware::from_fn_with_state(Arc::new(guard), access::guard))
        .layer(axum::middleware::from_fn_with_state(Arc::new(measured), telemetry::measure))
}

/// An outcome of another kind than the command has: a bug.
pub(crate) fn unexpected(outcome: &Outcome) -> Problem {
    Problem::internal(&format!("a command was answered with the wrong kind of outcome: {}", kind_of(outcome)))
}

const fn kind_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Contact(_) | Outcome::SubmittedBefore(_) => "a contact",
        Outcome::Operator(_) => "an operator",
        Outcome::Source(_) => "a source",
        Outcome::Weight(..) | Outcome::Weights(..) => "weights",
        Outcome::Lead(_) | Outcome::Shown(..) => "a lead",
        Outcome::Done => "nothing",
        Outcome::Again(_) => "an answer given before",
    }
}
