//! What every handler is given: the batcher to send commands to, the store to read from, and who may call.

use crate::problem::Problem;
use crate::problem::refusals::{Pointers, refused};
use crate::{guard, telemetry};
use maitred_app::Stop;
use maitred_app::auth::Access;
use maitred_app::batcher::Batcher;
use maitred_app::identity::Region;
use maitred_app::intake_times::IntakeTimes;
use maitred_app::regions::Regions;
use maitred_core::{Command, Outcome};
use maitred_store::views::{PAGE_ROWS_MAX, Page};
use maitred_store::{Store, StoreError};
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The most streams of events open at once.
pub const STREAMS_MAX: usize = 1_024;

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    batcher: Batcher,
    store: Store,
    access: Access,
    regions: Regions,
    metrics: PrometheusHandle,
    stop: Stop,
    streams: Arc<Semaphore>,
    intake_times: IntakeTimes,
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
        let intake_times = IntakeTimes::default();
        Ok(Self(Arc::new(Shared { batcher, store, access, regions, metrics, stop, streams, intake_times })))
    }

    pub fn batcher(&self) -> &Batcher {
        &self.0.batcher
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub fn access(&self) -> &Access {
        &self.0.access
    }

    pub fn regions(&self) -> &Regions {
        &self.0.regions
    }

    /// Forgets what it remembers of sources: another node changed one.
    pub fn forget_sources(&self) {
        self.regions().forget();
    }

    pub fn intake_times(&self) -> &IntakeTimes {
        &self.0.intake_times
    }

    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// A permit for each stream of events that is open.
    pub fn streams(&self) -> &Arc<Semaphore> {
        &self.0.streams
    }

    pub fn metrics(&self) -> &PrometheusHandle {
        &self.0.metrics
    }

    /// Has a command carried out for the caller. `pointers` says where in the body the ids stand that may turn out to
    /// be unknown.
    pub async fn send(&self, command: Command, pointers: Pointers<'_>) -> Result<Outcome, Problem> {
        let caller = guard::caller()?;
        guard::permit(&caller, &command)?;
        self.batcher().send_for(caller.by(), command).await.map_err(|refusal| refused(refusal, pointers))
    }
}

/// An outcome of another kind than the command has: a bug.
pub fn unexpected(outcome: &Outcome) -> Problem {
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
