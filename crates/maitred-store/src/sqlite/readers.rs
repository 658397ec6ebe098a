//! Read-only connections beside the writer. A read sees everything that was committed before it began, so a
//! caller who got an answer from the writer reads what they wrote.

use super::open::open_read_only;
use crate::StoreError;
use crate::future::blocking;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// How many reads run at once; more wait their turn. Two cores serve this many without starving the writer.
const READS_AT_ONCE: usize = 4;

/// A pool of read-only connections; clones share it.
#[derive(Clone)]
pub struct Readers(Arc<Inner>);

struct Inner {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    /// Opens the first connection, so that a file that cannot be read is noticed now.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let first = open_read_only(path)?;
        let inner = Inner {
            path: path.to_owned(),
            idle: Mutex::new(vec![first]),
            turns: Arc::new(Semaphore::new(READS_AT_ONCE)),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Runs a read on a thread where it may block.
    ///
    /// # Errors
    /// Whatever the read gives, or [`StoreError`] when no connection can be opened.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.0.turns.clone().acquire_owned().await.map_err(|_| StoreError::Stopping)?;
        let inner = self.0.clone();
        let answer = blocking(move || {
            // The turn ends with the read, not with the caller, who may go away before.
            let _turn = turn;
            let conn = inner.take()?;
            let result = read(&conn);
            inner.put_back(conn);
            result
        });
        answer.await?
    }
}

impl Inner {
    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| open_read_only(&self.path), Ok)
    }

    fn put_back(&self, conn: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
    }
}
