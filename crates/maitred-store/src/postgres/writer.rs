//! The writing side: one connection, one transaction at a time. It is called from the thread of the batcher, which
//! waits for each answer, and drives its connection on a small runtime of its own.

use super::connect::Address;
use super::statement::{Statement, execute_all};
use super::turn::{Batch, Turn};
use super::{load, migrate, write};
use crate::StoreError;
use crate::clock::{self, Seeds};
use crate::url::PostgresUrl;
use maitred_core::world::{Changes, Found, Needs};
use maitred_core::{Ids, Timestamp, World};
use metrics::counter;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// How long to wait for any one answer of the server. It waits for a lock no longer than 8 s; a commit may wait for a
/// standby.
const ANSWER_MAX: Duration = Duration::from_secs(20);
/// For how long a node whose connection broke at a commit asks whether the batch is there. Callers wait that long.
const ASK_MAX: Duration = Duration::from_secs(10);
/// The rest between two such tries.
const ASK_REST: Duration = Duration::from_millis(100);
/// For how long the row of a node that is gone is kept.
const NODES_KEPT_MICROS: i64 = 7 * 24 * 3_600 * 1_000_000;

/// See the module. Methods other than `open` block, and are not called from a task of a runtime. They come in
/// the order `begin`, any of `load` and `write`, then `commit` or `rollback`.
pub struct Writer {
    /// Taken apart only when the writer ends.
    runtime: Option<Runtime>,
    address: Address,
    /// None when it broke; the next transaction connects again.
    client: Option<Client>,
    /// Under which id this process is listed in `nodes`.
    node: i64,
    /// The row as this node read or left it.
    turn: Turn,
    /// The batch after which memory was last the same as the database; none when it is not.
    known: Option<Batch>,
    /// The batch up to which no node may have left work that this one does not know of; none when that is not known.
    followed: Option<Batch>,
    /// Whether that is the batch in front of the transaction under way.
    follows: bool,
    /// Whether the transaction under way has written anything.
    has_written: bool,
    /// Whether it has deleted old answers: nothing that anybody would have to be told of if it were undone.
    has_swept: bool,
}

impl Writer {
    /// Connects and brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError`] says what is wrong with the database.
    pub fn open(url: &PostgresUrl) -> Result<Self, StoreError> {
        // On a thread of its own, for the caller may run on a runtime already.
        let opened = std::thread::scope(|threads| threads.spawn(|| Self::open_here(url)).join());
        opened.unwrap_or_else(|_| Err(StoreError::Engine("opening stopped on a bug; see the log".to_owned())))
    }

    fn open_here(url: &PostgresUrl) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| StoreError::Engine(format!("no runtime for the database: {e}")))?;
        let address = Address::new(url)?;
        let seeds = Seeds::from_system().map_err(|e| StoreError::Engine(format!("no randomness: {e}")))?.take();
        let node = (seeds >> 1).cast_signed();
        let (client, turn) = runtime.block_on(async {
            let client = address.connect().await?;
            migrate::migrate(&client).await?;
            migrate::check_whole(&client).await?;
            let turn = Turn::take(&client).await?;
            client.batch_execute("ROLLBACK").await?;
            let old = clock::now().0 - NODES_KEPT_MICROS;
            let sql = "DELETE FROM maitred.nodes WHERE seen_at < $1";
            client.execute_typed(sql, &[(&old, Type::INT8)]).await?;
            Ok::<_, StoreError>((client, turn))
        })?;
        let runtime = Some(runtime);
        Ok(Self {
            runtime,
            address,
            client: Some(client),
            node,
            turn,
            known: None,
            followed: None,
            follows: false,
            has_written: false,
            has_swept: false,
        })
    }

    /// A world with all operators and sources in memory, as stored.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn world(&mut self) -> Result<World, StoreError> {
        self.take_turn()?;
        let found = self.ask(async |client| load::everybody(client).await)?;
        let mut world = World::new(self.turn.ids);
        world.load(Needs::default(), found);
        self.end_unwritten()?;
        (self.known, self.followed) = (Some(self.turn.batch), Some(self.turn.batch));
        Ok(world)
    }

    /// Brings into memory everybody who may have work left over by a node that is gone; none when no other node wrote
    /// since this one last looked, whatever this one has written since.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn find_unfinished(&mut self) -> Result<Option<World>, StoreError> {
        self.take_turn()?;
        if self.followed == Some(self.turn.batch) {
            self.end_unwritten()?;
            return Ok(None);
        }
        let found = self.ask(async |client| load::unfinished(client).await)?;
        let mut world = World::new(self.turn.ids);
        world.load(Needs::default(), found);
        self.end_unwritten()?;
        (self.known, self.followed) = (Some(self.turn.batch), Some(self.turn.batch));
        Ok(Some(world))
    }

    /// The position of the last committed event that this node knows of; 0 before the first.
    #[must_use]
    pub const fn last_position(&self) -> i64 {
        self.turn.next_event - 1
    }

    /// When the last committed event that this node knows of happened; the start of time before the first.
    #[must_use]
    pub const fn last_event_at(&self) -> Timestamp {
        self.turn.last_event_at
    }

    /// The first moment at which something changes by itself: exactly, while this node has the turn.
    #[must_use]
    pub const fn next_due(&self) -> Option<Timestamp> {
        self.turn.next_due
    }

    /// Starts a transaction and waits for this node's turn. If another node had one in between, what `world` knows is
    /// old, and it is emptied.
    ///
    /// # Errors
    /// [`StoreError`] when the turn did not come.
    pub fn begin(&mut self, world: &mut World) -> Result<(), StoreError> {
        self.take_turn()?;
        self.follows = self.followed == Some(self.turn.batch);
        if self.known.take() != Some(self.turn.batch) {
            *world = World::new(self.turn.ids);
        }
        Ok(())
    }

    /// Reads what commands need.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn load(&mut self, needs: &Needs) -> Result<Found, StoreError> {
        self.ask(async |client| load::load(client, needs).await)
    }

    /// Writes what commands changed.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn write(&mut self, changes: &Changes) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let before = self.turn;
        let number = before.batch.number + i64::from(!self.has_written);
        let batch = Batch { number, node: self.node };
        self.turn = Turn {
            ids: changes.ids,
            next_event: before.next_event + changes.events.len() as i64,
            batch,
            last_event_at: changes.events.last().map_or(before.last_event_at, |event| event.at),
            next_due: before.next_due,
        };
        let mut statements = vec![self.raise(before.batch, changes)];
        if !self.has_written {
            statements.push(self.sign(number));
        }
        statements.extend(write::statements(changes, before.next_event)?);
        self.has_written = true;
        let changed = self.ask(async |client| execute_all(client, &statements).await)?;
        if !changes.due.is_empty() {
            self.turn.next_due = self.ask(async |client| load::next_due(client).await)?;
        }
        match changed.first() {
            Some(1) => Ok(()),
            _ => Err(StoreError::Conflict("it wrote in this node's turn".to_owned())),
        }
    }

    /// Overwrites the row of the turn, on condition that it is as it was read: two nodes never write the same batch,
    /// even on an engine whose locks are not what they seem.
    fn raise(&self, before: Batch, changes: &Changes) -> Statement {
        static RAISE: LazyLock<String> = LazyLock::new(|| {
            let counters = Ids::NAMES.iter().zip(8..).map(|(name, place)| format!("{name} = ${place}"));
            let counters = counters.collect::<Vec<_>>().join(", ");
            format!(
                "UPDATE maitred.next_ids SET batch = $3, node = $4, event = $5, last_event_at = $6, \
                 sources_changed = CASE WHEN $7 THEN $3 ELSE sources_changed END, {counters} \
                 WHERE one = 1 AND batch = $1 AND node = $2"
            )
        });
        let Turn { ids, next_event, batch, last_event_at, next_due: _ } = self.turn;
        let sources_changed = !changes.sources_changed.is_empty() || !changes.sources_new.is_empty();
        let numbers = [before.number, before.node, batch.number, batch.node, next_event, last_event_at.0];
        let add = |statement: Statement, number| statement.with(number, Type::INT8);
        let statement = numbers.into_iter().fold(Statement::new(&RAISE), add).with(sources_changed, Type::BOOL);
        ids.to_array().into_iter().fold(statement, add)
    }

    /// Notes that this node writes this batch.
    fn sign(&self, batch: i64) -> Statement {
        let sql = "INSERT INTO maitred.nodes (id, last_batch, started_at, seen_at) VALUES ($1, $2, $3, $3) \
                   ON CONFLICT (id) DO UPDATE SET last_batch = excluded.last_batch, seen_at = excluded.seen_at";
        let statement = Statement::new(sql).with(self.node, Type::INT8).with(batch, Type::INT8);
        statement.with(clock::now().0, Type::INT8)
    }

    /// Deletes answers given before a time, oldest first, at most so many, and says how many those were.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn forget_answers(&mut self, before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        let gone = self.ask(async |client| load::forget_answers(client, before, at_most).await)?;
        self.has_swept |= gone > 0;
        Ok(gone)
    }

    /// Makes the transaction durable. When the connection breaks meanwhile, asks over a new one whether the batch is
    /// there: the answer is no guess.
    ///
    /// # Errors
    /// [`StoreError`] when it is not; nothing of it is visible then. [`StoreError::OutcomeUnknown`] when nobody could
    /// be asked in time.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        let batch = self.turn.batch;
        if !self.has_written && self.has_swept {
            self.ask(async |client| Ok(client.batch_execute("COMMIT").await?))?;
        } else if !self.has_written {
            self.end_unwritten()?;
        } else if let Err(error) = self.ask(async |client| Ok(client.batch_execute("COMMIT").await?)) {
            tracing::warn!(%error, "a commit was not answered; asking whether it is there");
            self.find_out(&error)?;
        }
        self.known = Some(batch);
        if self.follows {
            self.followed = Some(batch);
        }
        Ok(())
    }

    /// Undoes the transaction, if there is one. What is in memory may be ahead of the database then.
    pub fn rollback(&mut self) {
        self.known = None;
        if self.client.is_some() && self.ask(async |client| Ok(client.batch_execute("ROLLBACK").await?)).is_err() {
            self.client = None;
        }
    }

    /// Keeps operators and sources in memory until another node writes; contacts and leads go because they are many.
    pub fn after_batch(&self, world: &mut World) {
        world.forget_transient();
    }

    /// Says goodbye to the server.
    pub fn close(mut self) {
        self.client = None;
    }

    fn take_turn(&mut self) -> Result<(), StoreError> {
        (self.has_written, self.has_swept) = (false, false);
        if self.client.as_ref().is_none_or(Client::is_closed) {
            self.client = None;
            self.client = Some(self.runtime().block_on(self.address.connect())?);
        }
        self.turn = self.ask(async |client| Turn::take(client).await)?;
        Ok(())
    }

    fn end_unwritten(&mut self) -> Result<(), StoreError> {
        self.ask(async |client| Ok(client.batch_execute("ROLLBACK").await?))
    }

    /// Whether the batch that was being committed when the connection broke is there. Its transaction held the turn, so
    /// once this node has the turn again it has ended one way or the other.
    fn find_out(&mut self, because: &StoreError) -> Result<(), StoreError> {
        counter!("maitred_commits_in_doubt_total").increment(1);
        let (mine, give_up) = (self.turn, Instant::now() + ASK_MAX);
        self.client = None;
        loop {
            match self.is_there(mine.batch.number) {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(StoreError::Conflict(format!("the batch was not committed: {because}"))),
                Err(error) if Instant::now() >= give_up => {
                    tracing::error!(%error, "nobody could say in time whether a batch was committed");
                    return Err(StoreError::OutcomeUnknown);
                }
                Err(_) => std::thread::park_timeout(ASK_REST),
            }
            self.client = None;
        }
    }

    /// Takes the turn, reads which batch this node wrote last, and commits something small behind it: a batch that is
    /// visible, but not yet on the standby that commits wait for, is on it after that.
    fn is_there(&mut self, batch: i64) -> Result<bool, StoreError> {
        self.take_turn()?;
        let (node, now) = (self.node, clock::now().0);
        let sql = "UPDATE maitred.nodes SET seen_at = $2 WHERE id = $1 RETURNING last_batch";
        let values = [(&node as _, Type::INT8), (&now as _, Type::INT8)];
        let last = self.ask(async |client| Ok(client.query_typed_opt(sql, &values).await?))?;
        self.ask(async |client| Ok(client.batch_execute("COMMIT").await?))?;
        Ok(last.map(|row| row.try_get::<_, i64>(0)).transpose()? == Some(batch))
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("the runtime is there until the writer is dropped")
    }

    /// Asks the server something and waits for the answer. A connection that failed is not used again.
    fn ask<T>(&mut self, question: impl AsyncFnOnce(&Client) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let Some(client) = self.client.take() else {
            return Err(StoreError::Unreachable("the connection is closed".to_owned()));
        };
        let answer = self.runtime().block_on(async {
            let in_time = tokio::time::timeout(ANSWER_MAX, question(&client)).await;
            in_time.unwrap_or_else(|_| Err(StoreError::Unreachable("no answer in time".to_owned())))
        });
        match &answer {
            Err(StoreError::Unreachable(_)) => {}
            _ => self.client = Some(client),
        }
        answer
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.client = None;
        // One runtime may not wait for another to end, and a test may drop this inside of its own.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
