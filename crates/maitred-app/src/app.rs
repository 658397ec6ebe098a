//! What every way in shares: the API, the dialects and the console execute commands here and read from here.

use crate::auth::{Access, Caller};
use crate::batcher::{self, Answer, Batcher, ExecuteError};
use crate::demo::{self, DemoState, LoadDemoError, Loading};
use crate::hours_outlook::HoursOutlook;
use crate::intake_times::IntakeTimes;
use crate::intakes::Intakes;
use crate::mail::Mailer;
use crate::permission::Requester;
use crate::push::Push;
use crate::regions::Regions;
use crate::stop::Stop;
use crate::telegram::Telegram;
use crate::version::Precondition;
use crate::webhooks::Webhooks;
use maitred_core::{Command, IdempotencyKey, Operator, OperatorId, Outcome};
use maitred_store::{Store, StoreError, clock};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{oneshot, watch};

/// The application behind every way in. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>, Arc<demo::Work>, Arc<HoursOutlook>);

/// What an [`App`] is made of.
pub struct Parts {
    pub batcher: Batcher,
    pub store: Store,
    pub access: Access,
    /// Also a listener of the batcher, or it misses changes.
    pub regions: Arc<Regions>,
    /// Also a listener of the batcher, or it misses changes.
    pub intakes: Arc<Intakes>,
    pub stop: Stop,
    pub intake_times: IntakeTimes,
    /// Where others reach this server, as they write it, if that is known: `https://example.com`.
    pub public_url: Option<Arc<str>>,
    pub webhooks: Webhooks,
    pub telegram: Telegram,
    /// By which operators are told in their browsers.
    pub push: Push,
    /// By which operators are sent mail, if there is a server for that.
    pub mailer: Option<Mailer>,
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
        Ok(Self(Arc::new(parts), Arc::default(), Arc::default()))
    }

    /// Executes a command for a caller, if they may: once, if it has keys, and the answer of the first time is given
    /// again as [`Outcome::Again`]; and only while the precondition holds, if there is one. It is queued at once; what
    /// is awaited is that it is durable.
    pub fn execute<'a>(
        &'a self,
        caller: &Caller,
        command: Command,
        keys: Vec<IdempotencyKey>,
        precondition: Option<Precondition>,
    ) -> impl Future<Output = Answer> + Send + use<'a> {
        let began = matches!(command, Command::Submit(_) | Command::Receive(_)).then(Instant::now);
        let queued = self.0.batcher.queue(caller.requester(), command, keys, precondition);
        async move {
            let outcome = queued?.await.unwrap_or(Err(ExecuteError::Stopping))?;
            if let (Some(began), Outcome::Contact(contact) | Outcome::Closed(contact, _)) = (began, &outcome) {
                self.0.intake_times.record(contact.id, began.elapsed());
            }
            Ok(outcome)
        }
    }

    /// Puts a command into the queue, or says at once that it is full. What is given is when it is durable.
    ///
    /// # Errors
    /// [`ExecuteError`] says why it was not queued.
    pub fn queue(
        &self,
        caller: &Caller,
        command: Command,
    ) -> Result<impl Future<Output = Answer> + Send + use<>, ExecuteError> {
        let began = Instant::now();
        let queued = self.0.batcher.queue(caller.requester(), command, Vec::new(), None)?;
        Ok(self.clone().timed(queued, began))
    }

    /// The same where the queue is full waits for a place in it.
    ///
    /// # Errors
    /// [`ExecuteError`] says why it was not queued.
    pub async fn enqueue(
        &self,
        caller: &Caller,
        command: Command,
    ) -> Result<impl Future<Output = Answer> + Send + use<>, ExecuteError> {
        let began = Instant::now();
        let queued = self.0.batcher.enqueue(caller.requester(), command).await?;
        Ok(self.clone().timed(queued, began))
    }

    /// Waits for an answer, and notes what it took if a contact was made.
    async fn timed(self, queued: oneshot::Receiver<Answer>, began: Instant) -> Answer {
        let outcome = batcher::answer(Ok(queued)).await?;
        if let Outcome::Contact(contact) | Outcome::Closed(contact, _) = &outcome {
            self.0.intake_times.record(contact.id, began.elapsed());
        }
        Ok(outcome)
    }

    /// An operator was heard from by a caller who may say so: they are there for a while. Almost always that is known,
    /// and nothing is written: many may say so many times a second. Nothing for one who is not there, or of whom nobody
    /// asks.
    ///
    /// # Errors
    /// [`ExecuteError`] says why not.
    pub async fn hear(&self, caller: &Caller, id: OperatorId) -> Result<Option<Operator>, ExecuteError> {
        let operator = self.store().operator(id).await.map_err(demo::of_store)?;
        match operator {
            Some(operator) if operator.is_worth_hearing(clock::now()) => {
                match self.execute(caller, Command::Beat(id), Vec::new(), None).await? {
                    Outcome::Operator(operator) => Ok(Some(operator)),
                    _ => Ok(None),
                }
            }
            known => Ok(known),
        }
    }

    /// How far the demo is.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn demo_state(&self) -> Result<DemoState, StoreError> {
        self.demo_work().state(self.store()).await
    }

    /// Begins to load the demo, as maitred itself: what is left to do is [`Loading::play`].
    ///
    /// # Errors
    /// See [`Loading::begin`].
    pub async fn load_demo(&self) -> Result<Loading, LoadDemoError> {
        Loading::begin(self.demo_work(), self.batcher(), self.store(), Requester::SYSTEM).await
    }

    /// Begins to remove the demo, with the keys and users of those who work in it. [`crate::jobs::RemoveDemo`] goes on.
    ///
    /// # Errors
    /// [`ExecuteError`] says why not.
    pub async fn remove_demo(&self, caller: &Caller) -> Result<(), ExecuteError> {
        let requester = caller.requester();
        let rows = self.store().demo().await.map_err(demo::of_store)?;
        self.demo_work().begin_removal(self.batcher(), self.store(), requester).await?;
        demo::close_accounts(self.access(), &rows, requester.actor).await.map_err(demo::of_store)
    }

    pub(crate) const fn demo_work(&self) -> &Arc<demo::Work> {
        &self.1
    }

    /// How far ahead hours are known, as this node found it.
    #[must_use]
    pub fn hours_outlook(&self) -> &HoursOutlook {
        &self.2
    }

    /// The position of the last committed event, and a wake-up whenever it moves.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<i64> {
        self.0.batcher.committed()
    }

    /// How many commands wait for a batch.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.0.batcher.queued()
    }

    /// Whether no command is executed any more: the batcher was stopped, or a bug stopped it.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.batcher.has_ended()
    }

    /// Whether the store takes changes, as far as is known. Every call while it does not has that tried again.
    #[must_use]
    pub fn can_store(&self) -> bool {
        self.0.batcher.can_store()
    }

    /// Not for those who call on behalf of somebody: they have [`App::execute`].
    pub(crate) fn batcher(&self) -> &Batcher {
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
    pub fn intakes(&self) -> &Intakes {
        &self.0.intakes
    }

    #[must_use]
    pub fn intake_times(&self) -> &IntakeTimes {
        &self.0.intake_times
    }

    /// Where others reach this server, without a slash at its end, if that is known.
    #[must_use]
    pub fn public_url(&self) -> Option<&str> {
        self.0.public_url.as_deref()
    }

    #[must_use]
    pub fn telegram(&self) -> &Telegram {
        &self.0.telegram
    }

    /// By which operators are told in their browsers.
    #[must_use]
    pub fn push(&self) -> &Push {
        &self.0.push
    }

    /// By which operators are sent mail, if there is a server for that.
    #[must_use]
    pub fn mailer(&self) -> Option<&Mailer> {
        self.0.mailer.as_ref()
    }

    #[must_use]
    pub fn webhooks(&self) -> &Webhooks {
        &self.0.webhooks
    }

    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }
}
