//! What every way in shares: the API, the dialects and the console execute commands here and read from here.

use crate::auth::{Access, Caller};
use crate::batcher::{self, Answer, Batcher};
use crate::intake_times::IntakeTimes;
use crate::regions::Regions;
use crate::stop::Stop;
use maitred_core::{Command, Once, Outcome};
use maitred_store::{Store, StoreError};
use std::sync::Arc;
use std::time::Instant;

/// The application behind every way in. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] is made of.
pub struct Parts {
    pub batcher: Batcher,
    pub store: Store,
    pub access: Access,
    /// Also a listener of the batcher, or it misses changes.
    pub regions: Arc<Regions>,
    pub stop: Stop,
    pub intake_times: IntakeTimes,
}

impl App {
    /// Reads the regions of all sources.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn open(parts: Parts) -> Result<Self, StoreError> {
        parts.regions.read(&parts.store).await?;
        // Takes as long as a login, and nobody waits for it.
        tokio::task::spawn_blocking(Access::warm_up);
        Ok(Self(Arc::new(parts)))
    }

    /// Executes a command for a caller, if they may: once, if it has keys, and the answer of the first time is given
    /// again as [`Outcome::Again`]. It is queued at once; what is awaited is that it is durable.
    pub fn execute<'a>(
        &'a self,
        caller: &Caller,
        command: Command,
        keys: Vec<Once>,
    ) -> impl Future<Output = Answer> + Send + use<'a> {
        let began = matches!(command, Command::Submit(_)).then(Instant::now);
        let queued = self.0.batcher.queue(caller.requester(), command, keys);
        async move {
            let outcome = batcher::answer(queued).await?;
            if let (Some(began), Outcome::Contact(contact)) = (began, &outcome) {
                self.0.intake_times.record(contact.id, began.elapsed());
            }
            Ok(outcome)
        }
    }

    /// For what needs more than [`App::execute`]: jobs, and the demo.
    #[must_use]
    pub fn batcher(&self) -> &Batcher {
        &self.0.batcher
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    #[must_use]
    pub fn access(&self) -> &Access {
        &self.0.access
    }

    #[must_use]
    pub fn regions(&self) -> &Regions {
        &self.0.regions
    }

    #[must_use]
    pub fn intake_times(&self) -> &IntakeTimes {
        &self.0.intake_times
    }

    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }
}
