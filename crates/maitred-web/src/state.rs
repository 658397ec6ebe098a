//! What every handler is given: the application, and what only HTTP needs beside it.

use crate::caller;
use crate::problem::Problem;
use crate::problem::refusals::{Pointers, not_executed};
use crate::streams::Streams;
use maitred_app::auth::Access;
use maitred_app::batcher::Answer;
use maitred_app::regions::Regions;
use maitred_app::version::Precondition;
use maitred_app::{App, Stop};
use maitred_core::{Command, IdempotencyKey, Outcome};
use maitred_store::Store;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    app: App,
    metrics: PrometheusHandle,
    streams: Streams,
}

impl AppState {
    #[must_use]
    pub fn new(app: App, metrics: PrometheusHandle) -> Self {
        Self(Arc::new(Shared { app, metrics, streams: Streams::default() }))
    }

    /// Executes a command for the caller of this request. `pointers` says where in the body the ids stand that may turn
    /// out to be unknown.
    ///
    /// # Errors
    /// Why nothing was done.
    pub async fn send(&self, command: Command, pointers: Pointers<'_>) -> Result<Outcome, Problem> {
        self.execute(command, Vec::new())?.await.map_err(|error| not_executed(error, pointers))
    }

    /// The same, if what the caller saw of the subject is still there.
    ///
    /// # Errors
    /// Why nothing was done.
    pub async fn send_if(
        &self,
        precondition: Option<Precondition>,
        command: Command,
        pointers: Pointers<'_>,
    ) -> Result<Outcome, Problem> {
        let answer = self.app().execute(&caller::caller()?, command, Vec::new(), precondition).await;
        answer.map_err(|error| not_executed(error, pointers))
    }

    /// The same once: if it was carried out under the key before, with the outcome of that time.
    ///
    /// # Errors
    /// Why nothing was done.
    pub async fn send_once(
        &self,
        command: Command,
        key: Option<IdempotencyKey>,
        pointers: Pointers<'_>,
    ) -> Result<Outcome, Problem> {
        match self.execute(command, key.into_iter().collect())?.await {
            Ok(Outcome::Again(before)) => Ok(*before),
            answer => answer.map_err(|error| not_executed(error, pointers)),
        }
    }

    /// The same for handlers that have words of their own for what may be refused; once, if there are keys.
    ///
    /// # Errors
    /// Outside of a request there is no caller: a bug.
    pub fn execute(
        &self,
        command: Command,
        keys: Vec<IdempotencyKey>,
    ) -> Result<impl Future<Output = Answer> + Send + use<'_>, Problem> {
        Ok(self.app().execute(&caller::caller()?, command, keys, None))
    }

    #[must_use]
    pub fn app(&self) -> &App {
        &self.0.app
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        self.app().store()
    }

    #[must_use]
    pub fn access(&self) -> &Access {
        self.app().access()
    }

    #[must_use]
    pub fn regions(&self) -> &Regions {
        self.app().regions()
    }

    #[must_use]
    pub fn stop(&self) -> &Stop {
        self.app().stop()
    }

    /// The streams of events that are open.
    #[must_use]
    pub fn streams(&self) -> &Streams {
        &self.0.streams
    }

    #[must_use]
    pub fn metrics(&self) -> &PrometheusHandle {
        &self.0.metrics
    }
}

/// An outcome of another kind than the command has: a bug.
pub fn unexpected(outcome: &Outcome) -> Problem {
    Problem::internal(&format!("a command was answered with the wrong kind of outcome: {}", outcome.kind()))
}
