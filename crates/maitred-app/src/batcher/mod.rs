//! The one loop that turns commands into durable facts. Commands queue up; whatever has queued while the last batch
//! was committed is the next batch; a batch is one transaction and one fsync; nobody is answered before it.
//!
//! This module is the face that the API and the CLI use: nothing is queued before [`crate::permission`] has allowed it.
//! The loop itself is in `run`, one batch in `batch`; rules are in maitred-core, SQL in [`maitred_store`].

pub mod batch;
mod error;
mod forget;
mod run;
mod waking;

pub use error::ExecuteError;

use crate::permission::{self, Condition, Requester};
use crate::spans::{self, SpanContext};
use crate::version::Precondition;
use maitred_core::world::Changes;
use maitred_core::{Actor, Command, IdempotencyKey, OperatorId, Outcome, Timestamp};
use maitred_store::clock::Seeds;
use maitred_store::{Engine, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use waking::NextDue;

/// The most commands of one batch: enough to make the fsync cheap, few enough to keep the wait short.
pub const BATCH_MAX: usize = 512;

/// For how long the answer to a request with a key is kept at least, unless the settings say otherwise.
pub const ANSWERS_KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Hands commands to the loop. Clones share it.
#[derive(Clone)]
pub struct Batcher {
    queue: mpsc::Sender<Message>,
    committed: Committed,
    next_due: NextDue,
    /// Whether the store takes nothing: the last batch failed for a reason that concerns every one.
    is_failing: Arc<AtomicBool>,
}

/// How a batcher works.
pub struct Options {
    /// The most commands that wait for a batch.
    pub queue_max: usize,
    /// For how long answers to requests with a key are kept at least. Older ones are forgotten when
    /// [`crate::jobs::ForgetAnswers`] ticks.
    pub answers_kept: Duration,
    /// Called after every commit.
    pub listeners: Vec<Box<dyn CommitListener>>,
}

/// Learns what was committed.
pub trait CommitListener: Send {
    /// Called on the thread of the batcher, after the commit and before anybody is answered: a caller who has an answer
    /// finds that all listeners know. It must not wait, and takes time in proportion to the changes it is about.
    fn committed(&self, changes: &Changes);
}

/// The position of the last committed event that this node knows of.
#[derive(Clone)]
struct Committed(Arc<watch::Sender<i64>>);

impl Committed {
    /// Wakes those who wait for events, if this is news: other nodes commit too, and word of it may come late.
    fn announce(&self, position: i64) {
        self.0.send_if_modified(|known| {
            let is_news = position > *known;
            *known = position.max(*known);
            is_news
        });
    }
}

/// What the loop answers a command with.
pub type Answer = Result<Outcome, ExecuteError>;

#[expect(clippy::large_enum_variant, reason = "nearly all messages are commands: a box for each would cost more")]
enum Message {
    Execute(Queued),
    Stop {
        /// When left-over work is not continued any more: the next start finds it. Never, without.
        leave_at: Option<Instant>,
    },
    /// See whether another node left work behind.
    FindLeftOverWork,
    /// Handle what is due.
    WakeDue,
    /// Forget answers that are old.
    ForgetAnswers,
    /// See whether the store takes anything again.
    TryToStore,
}

/// A permitted command, and the keys it is to be carried out once under.
#[derive(Clone)]
struct Request {
    actor: Actor,
    condition: Condition,
    command: Command,
    keys: Vec<IdempotencyKey>,
    precondition: Option<Precondition>,
    /// When it is to have happened, if that is not now.
    as_of: Option<Timestamp>,
    /// The operator who asks, if one does: whatever they do shows that they are there.
    heard: Option<OperatorId>,
    /// In which it was sent.
    span: Option<SpanContext>,
}

impl Request {
    fn new(requester: Requester, command: Command, keys: Vec<IdempotencyKey>) -> Result<Self, ExecuteError> {
        let condition = permission::permit(requester.grant, &command)?;
        let heard = requester.grant.operator();
        let (actor, span) = (requester.actor, spans::current());
        Ok(Self { actor, condition, command, keys, precondition: None, as_of: None, heard, span })
    }

    /// Left-over work, of which nobody waits for the answer; for whom it is done.
    const fn left_over(command: Command, actor: Actor) -> Self {
        Self {
            actor,
            condition: Condition::None,
            command,
            keys: Vec::new(),
            precondition: None,
            as_of: None,
            heard: None,
            span: None,
        }
    }
}

struct Queued {
    request: Request,
    reply: oneshot::Sender<Answer>,
}

impl Batcher {
    /// Starts the loop on a thread of its own. Work that an earlier process left unfinished is done first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read, or the thread not be started.
    pub fn start(engine: Engine, queue_max: usize) -> Result<(Self, Running), StoreError> {
        Self::start_with(engine, Options { queue_max, answers_kept: ANSWERS_KEPT, listeners: Vec::new() })
    }

    /// # Errors
    /// See [`Batcher::start`].
    pub fn start_with(engine: Engine, options: Options) -> Result<(Self, Running), StoreError> {
        let seeds = Seeds::from_system().map_err(|e| StoreError::Engine(format!("no randomness: {e}")))?;
        let (queue, queued) = mpsc::channel(options.queue_max);
        let committed = Committed(Arc::new(watch::Sender::new(engine.last_position())));
        let is_failing = Arc::new(AtomicBool::new(false));
        let next_due = NextDue::new(engine.next_due());
        let shared = (committed.clone(), next_due.clone(), is_failing.clone());
        let work = run::Loop::new(engine, queued, shared, seeds, options);
        let (ready, is_ready) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("batcher".to_owned()).spawn(move || work.run(&ready));
        let thread = thread.map_err(|e| StoreError::Engine(format!("no thread for the batcher: {e}")))?;
        // A loop that ends without a word has panicked; its thread says so when it is joined.
        is_ready.recv().unwrap_or(Ok(()))?;
        let running = Running { queue: queue.clone(), thread };
        Ok((Self { queue, committed, next_due, is_failing }, running))
    }

    /// Executes a command and waits until it is durable.
    ///
    /// # Errors
    /// [`ExecuteError`] says why nothing was done.
    pub async fn execute(&self, requester: Requester, command: Command) -> Answer {
        answer(self.queue(requester, command, Vec::new(), None)).await
    }

    /// Executes a command unless it was before under one of these keys; the answer of that time is given again then, as
    /// [`Outcome::Again`].
    ///
    /// # Errors
    /// See [`Batcher::execute`].
    pub async fn execute_idempotent(
        &self,
        requester: Requester,
        command: Command,
        keys: Vec<IdempotencyKey>,
    ) -> Answer {
        answer(self.queue(requester, command, keys, None)).await
    }

    /// Executes a command unless what it was made from has changed.
    ///
    /// # Errors
    /// [`ExecuteError::Changed`] then; see [`Batcher::execute`].
    pub(crate) async fn execute_if(&self, unchanged: Precondition, requester: Requester, command: Command) -> Answer {
        answer(self.queue(requester, command, Vec::new(), Some(unchanged))).await
    }

    /// Puts a command in the queue, and returns where its answer will come.
    pub(crate) fn queue(
        &self,
        requester: Requester,
        command: Command,
        keys: Vec<IdempotencyKey>,
        precondition: Option<Precondition>,
    ) -> Result<oneshot::Receiver<Answer>, ExecuteError> {
        let (reply, answer) = oneshot::channel();
        let request = Request { precondition, ..Request::new(requester, command, keys)? };
        self.queue.try_send(Message::Execute(Queued { request, reply })).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ExecuteError::QueueFull,
            mpsc::error::TrySendError::Closed(_) => ExecuteError::Stopping,
        })?;
        Ok(answer)
    }

    /// Puts a command in the queue, waiting for a place in it instead of refusing, and returns where its answer will
    /// come. Commands are carried out in the order of these calls: for imports.
    ///
    /// # Errors
    /// [`ExecuteError::Stopping`], or that it is not permitted.
    pub async fn enqueue(
        &self,
        requester: Requester,
        command: Command,
    ) -> Result<oneshot::Receiver<Answer>, ExecuteError> {
        self.enqueue_request(Request::new(requester, command, Vec::new())?).await
    }

    /// The same for a command that is written down as of an earlier time: as early as that, or as whatever happened
    /// last if that was later. For the demo, which has a day behind it where nothing else has, and for what may happen
    /// while it is loaded.
    pub(crate) async fn enqueue_as_of(
        &self,
        requester: Requester,
        command: Command,
        at: Timestamp,
    ) -> Result<oneshot::Receiver<Answer>, ExecuteError> {
        let request = Request::new(requester, command, Vec::new())?;
        self.enqueue_request(Request { as_of: Some(at), ..request }).await
    }

    async fn enqueue_request(&self, request: Request) -> Result<oneshot::Receiver<Answer>, ExecuteError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.queue.send(Message::Execute(Queued { request, reply })).await;
        sent.map(|()| answer).map_err(|_| ExecuteError::Stopping)
    }

    /// The position of the last committed event, and a wake-up whenever it moves.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<i64> {
        self.committed.0.subscribe()
    }

    /// How many commands wait for a batch.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Waits until the loop has ended: because it was stopped, or because a bug or a failing disk stopped it.
    pub async fn ended(&self) {
        self.queue.closed().await;
    }

    /// Whether it has.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.queue.is_closed()
    }

    /// Whether the last batch could be stored, or why not concerned it alone. If it could not, something is stored on
    /// trial, so that this changes as soon as the store takes anything again.
    pub(crate) fn can_store(&self) -> bool {
        let can_store = !self.is_failing.load(Ordering::Relaxed);
        if !can_store {
            let _ = self.queue.try_send(Message::TryToStore);
        }
        can_store
    }

    /// Another node has committed up to here.
    pub(crate) fn announce(&self, position: i64) {
        self.committed.announce(position);
    }

    /// The first moment at which something changes by itself, and a wake-up whenever it is another.
    pub(crate) fn next_due(&self) -> watch::Receiver<Option<Timestamp>> {
        self.next_due.subscribe()
    }

    /// Something changes by itself at this moment and not before: another node may have said so.
    pub(crate) fn announce_due(&self, at: Option<Timestamp>) {
        self.next_due.announce(at);
    }

    /// Has the loop handle what is due. A full queue means that batches are made, which do that too.
    pub(crate) fn wake_due(&self) {
        let _ = self.queue.try_send(Message::WakeDue);
    }

    /// Has the loop look for work that another node left. A full queue means that batches are made, which find it too.
    pub(crate) fn find_left_over_work(&self) {
        let _ = self.queue.try_send(Message::FindLeftOverWork);
    }

    /// Has the loop forget old answers. A full queue is no time for that.
    pub(crate) fn forget_answers(&self) {
        let _ = self.queue.try_send(Message::ForgetAnswers);
    }
}

/// What becomes of a command that was queued.
pub(crate) async fn answer(queued: Result<oneshot::Receiver<Answer>, ExecuteError>) -> Answer {
    queued?.await.unwrap_or(Err(ExecuteError::Stopping))
}

/// The loop as a thing that can be stopped.
pub struct Running {
    queue: mpsc::Sender<Message>,
    thread: JoinHandle<()>,
}

impl Running {
    /// Carries out what is queued and what it leaves over, refuses what comes later, and closes the store. Blocks until
    /// that is done.
    ///
    /// # Errors
    /// When the loop had panicked: what it was about to answer was not answered, and nothing is half done.
    pub fn stop(self) -> Result<(), StoreError> {
        self.end(None)
    }

    /// Like [`Running::stop`], but continues left-over work no longer than this: the next start finds the rest.
    ///
    /// # Errors
    /// See [`Running::stop`].
    pub fn stop_within(self, left_over: Duration) -> Result<(), StoreError> {
        self.end(Some(Instant::now() + left_over))
    }

    fn end(self, leave_at: Option<Instant>) -> Result<(), StoreError> {
        // A loop that has ended needs no word that it should.
        let _ = self.queue.blocking_send(Message::Stop { leave_at });
        self.thread.join().map_err(|_| StoreError::Engine("the batcher stopped on a bug; see the log".to_owned()))
    }
}
