//! Connections for reading beside the writer's. A read sees everything that was committed before it began: it goes to
//! the primary, so a caller who got an answer from any node reads what they wrote.

use super::connect::Address;
use super::migrate;
use crate::StoreError;
use crate::url::PostgresUrl;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType};
use futures_util::FutureExt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::timeout;
use tokio_postgres::Client;

/// How many connections a node reads over, and so how many reads run at once; more wait their turn.
const CONNECTIONS_MAX: usize = 8;
/// How long a read waits for one of them.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// How long a new connection may take, until the server has greeted.
const CREATE_MAX: Duration = Duration::from_secs(5);
/// How long the beginning of a snapshot may take, which is no work: a connection that is silent for longer is dead.
const BEGIN_MAX: Duration = Duration::from_secs(3);
/// How long a whole read may take.
const READ_MAX: Duration = Duration::from_secs(20);

/// Begins the transaction of a read: all its statements see the same state.
///
/// The planner has no index hints. Every read here is meant to go by an index, in its order, whatever the statistics
/// say or fail to say (of a table that was filled a moment ago they say nothing); so nothing else is to be chosen where
/// there is a choice. Plans that had none are not worth compiling either.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;
    SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off;
    SET LOCAL enable_sort = off;
    SET LOCAL enable_incremental_sort = off;
    SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL jit = off";

/// A pool of connections; clones share it.
#[derive(Clone)]
pub struct Readers(Arc<Inner>);

struct Inner {
    pool: Pool,
    address: Address,
    /// Set once the server and the schema were seen to be what this program knows.
    is_ours: OnceCell<()>,
}

impl Readers {
    /// Prepares for reading. Connects with the first read, which also makes sure that server and schema are what this
    /// program knows.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the certificates that the URL names cannot be read.
    pub fn open(url: &PostgresUrl) -> Result<Self, StoreError> {
        let address = Address::new(url)?;
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(address.config().clone(), address.clone(), config);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS_MAX)
            .wait_timeout(Some(WAIT_MAX))
            .create_timeout(Some(CREATE_MAX))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| StoreError::Engine(format!("no connections for reading: {e}")))?;
        Ok(Self(Arc::new(Inner { pool, address, is_ours: OnceCell::new() })))
    }

    /// Runs a read on one state of the database.
    ///
    /// # Errors
    /// Whatever the read gives; [`StoreError::Unreachable`] when the server does not answer in time.
    pub async fn read<T>(&self, read: impl AsyncFnOnce(Snapshot) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let snapshot = self.snapshot().await?;
        let in_time = timeout(READ_MAX, read(snapshot)).await;
        let answer = in_time.unwrap_or_else(|_| Err(StoreError::Unreachable("no answer in time".to_owned())));
        if matches!(answer, Err(StoreError::Unreachable(_))) {
            self.forget_idle();
        }
        answer
    }

    /// Begins a read. If that fails on a connection that was idle (the server closes such, and a failover breaks all
    /// of them), it is tried once more on a new one.
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let client = self.client().await?;
        let was_idle = Object::metrics(&client).recycle_count > 0;
        match Snapshot::begin(client).await {
            Err(StoreError::Unreachable(_)) if was_idle => {
                self.forget_idle();
                Snapshot::begin(self.client().await?).await
            }
            begun => begun,
        }
    }

    async fn client(&self) -> Result<Object, StoreError> {
        let client = self.0.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => self.0.address.refused(&error),
            PoolError::Timeout(TimeoutType::Wait) => {
                StoreError::Unreachable("all connections for reading are busy".to_owned())
            }
            PoolError::Timeout(_) => StoreError::Unreachable("no connection in time".to_owned()),
            other => StoreError::Engine(other.to_string()),
        })?;
        let is_ours = self.0.is_ours.get_or_try_init(|| migrate::check(&client));
        let checked = timeout(CREATE_MAX, is_ours).await;
        checked.unwrap_or_else(|_| Err(StoreError::Unreachable("no answer in time".to_owned())))?;
        Ok(client)
    }

    /// Closes the connections that nobody uses now.
    fn forget_idle(&self) {
        self.0.pool.retain(|_, _| false);
    }
}

/// One state of the database, to be read over one connection. It is over when this is dropped.
pub struct Snapshot {
    /// None when the connection broke.
    client: Option<Object>,
}

impl Snapshot {
    async fn begin(client: Object) -> Result<Self, StoreError> {
        // Made first: the caller may go away, and what they began ends then.
        let mut snapshot = Self { client: Some(client) };
        let begun = timeout(BEGIN_MAX, snapshot.batch_execute(BEGIN)).await;
        let begun = begun.map_or_else(|_| Err(StoreError::Unreachable("no answer in time".to_owned())), |it| Ok(it?));
        if begun.is_err() {
            snapshot.client.take().map(Object::take);
        }
        begun.map(|()| snapshot)
    }
}

impl Deref for Snapshot {
    type Target = Client;

    fn deref(&self) -> &Client {
        self.client.as_ref().expect("the connection is there until the snapshot ends")
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(client) = &self.client {
            // Requests go out in the order in which they are first polled, so it is enough to have asked: who has
            // the connection next comes behind it, also when a read was broken off in the middle.
            _ = client.batch_execute("ROLLBACK").now_or_never();
        }
    }
}

#[cfg(test)]
mod tests;
