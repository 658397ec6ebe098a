//! The one loop that turns commands into durable facts. Commands queue up; whatever has queued while the last batch
//! was committed is the next batch; a batch is one transaction and one fsync; nobody is answered before it.
//!
//! This module is the face that the API and the CLI use. The loop itself is in `run`, one batch in
//! `batch`; rules are in maitred-core, SQL in [`maitred_store`].

pub mod batch;
pub mod others;
pub mod retention;
mod run;
mod sweep;

use maitred_core::{Actor, Command, ContactId, Once, OperatorId, Outcome, Rejection};
use maitred_store::clock::Seeds;
use maitred_store::{Engine, StoreError};
use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

/// The most commands of one batch: enough to make the fsync cheap, few enough to keep the wait short.
pub const BATCH_MAX: usize = 512;

/// For how long the answer to a request with a key is kept at least, unless the settings say otherwise.
pub const ANSWERS_KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);
/// On whose behalf a command is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    /// Told in the events.
    pub actor: Actor,
    /// The only operator whose contacts may be touched; anybody's, if none.
    pub desk: Option<OperatorId>,
}

impl By {
    /// maitred itself.
    pub const SYSTEM: Self = Self { actor: Actor::System, desk: None };
    /// Somebody at the command line.
    pub const CLI: Self = Self { actor: Actor::Cli, desk: None };
}

/// Hands commands to the loop. Clones share it.
#[derive(Clone)]
pub struct Batcher {
    queue: mpsc::Sender<Message>,
    committed: Committed,
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

/// Why a command was not carried out.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// A rule says no.
    Rejected(Rejection),
    /// The contact is not with the operator to whose desk the caller is limited.
    NotOnDesk(ContactId),
    /// Too many commands are waiting; come back in a moment.
    QueueFull,
    /// The server is stopping.
    Stopping,
    /// The store could not keep it; nothing of it was kept.
    Store(Arc<StoreError>),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => write!(f, "{rejection:?}"),
            Self::NotOnDesk(id) => write!(f, "contact {id} is with another operator, or with nobody"),
            Self::QueueFull => write!(f, "too many commands are waiting; try again in a moment"),
            Self::Stopping => write!(f, "the server is stopping"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}

/// What the loop answers a command with.
pub type Answer = Result<Outcome, Refusal>;

enum Message {
    Do(Job),
    Stop {
        /// When left-over work is not gone on with any more: the next start finds it. Never, without.
        leave_at: Option<Instant>,
    },
    /// See whether another node left work behind.
    LookAround,
    /// Forget answers that are old.
    Sweep,
}

/// A command with who asked for it, and the keys it is to be carried out once under.
#[derive(Clone)]
struct Asked {
    by: By,
    command: Command,
    once: Vec<Once>,
}

/// Left-over work: nobody asks for it but maitred itself.
impl From<Command> for Asked {
    fn from(command: Command) -> Self {
        Self { by: By::SYSTEM, command, once: Vec::new() }
    }
}

struct Job {
    asked: Asked,
    reply: oneshot::Sender<Answer>,
}

impl Batcher {
    /// Starts the loop on a thread of its own. Work that an earlier process left unfinished is done first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read, or the thread not be started.
    pub fn start(engine: Engine, queue_max: usize) -> Result<(Self, Running), StoreError> {
        Self::start_keeping(engine, queue_max, ANSWERS_KEPT)
    }

    /// Like [`Batcher::start`], and keeps the answers to requests with a key for this long. Started from a runtime, it
    /// forgets older ones in the background.
    ///
    /// # Errors
    /// See [`Batcher::start`].
    pub fn start_keeping(
        engine: Engine,
        queue_max: usize,
        answers_kept: Duration,
    ) -> Result<(Self, Running), StoreError> {
        let seeds = Seeds::from_system().map_err(|e| StoreError::Engine(format!("no randomness: {e}")))?;
        let (queue, jobs) = mpsc::channel(queue_max);
        let committed = Committed(Arc::new(watch::Sender::new(engine.last_position())));
        let work = run::Loop::new(engine, jobs, committed.clone(), seeds, answers_kept);
        let (ready, is_ready) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("batcher".to_owned()).spawn(move || work.run(&ready));
        let thread = thread.map_err(|e| StoreError::Engine(format!("no thread for the batcher: {e}")))?;
        // A loop that ends without a word has panicked; its thread says so when it is joined.
        is_ready.recv().unwrap_or(Ok(()))?;
        sweep::now_and_then(queue.downgrade(), answers_kept);
        let running = Running { queue: queue.clone(), thread };
        Ok((Self { queue, committed }, running))
    }

    /// Has a command carried out for maitred itself and waits until it is durable.
    ///
    /// # Errors
    /// [`Refusal`] says why nothing was done.
    pub async fn send(&self, command: Command) -> Answer {
        self.send_for(By::SYSTEM, command).await
    }

    /// Like [`Batcher::send`], for somebody.
    ///
    /// # Errors
    /// See [`Batcher::send`].
    pub async fn send_for(&self, by: By, command: Command) -> Answer {
        self.send_once(by, command, Vec::new()).await
    }

    /// Has a command carried out for somebody unless it was before under one of these keys; the answer of that time is
    /// given again then, as [`Outcome::Again`].
    ///
    /// # Errors
    /// See [`Batcher::send`].
    pub async fn send_once(&self, by: By, command: Command, once: Vec<Once>) -> Answer {
        let (reply, answer) = oneshot::channel();
        let asked = Asked { by, command, once };
        self.queue.try_send(Message::Do(Job { asked, reply })).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refusal::QueueFull,
            mpsc::error::TrySendError::Closed(_) => Refusal::Stopping,
        })?;
        answer.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// Puts a command in the queue, waiting for a place in it instead of refusing, and returns where its answer will
    /// come. Commands are carried out in the order of these calls: for imports.
    ///
    /// # Errors
    /// [`Refusal::Stopping`].
    pub async fn enqueue(&self, by: By, command: Command) -> Result<oneshot::Receiver<Answer>, Refusal> {
        let (reply, answer) = oneshot::channel();
        let asked = Asked { by, command, once: Vec::new() };
        let sent = self.queue.send(Message::Do(Job { asked, reply })).await;
        sent.map(|()| answer).map_err(|_| Refusal::Stopping)
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

    /// Waits until the loop has ended: because it was stopped, or because a bug stopped it.
    pub async fn ended(&self) {
        self.queue.closed().await;
    }
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

    /// Like [`Running::stop`], but goes on with left-over work no longer than this: the next start finds the rest.
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
