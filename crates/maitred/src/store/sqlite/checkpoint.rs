//! Copying the write-ahead log back into the database without making a commit wait for it.
//!
//! SQLite's own automatic checkpoint runs inside a commit: every few thousand pages one batch waits for some
//! megabytes of random writes and two fsyncs, and its callers with it. Here a thread with a connection of its own
//! copies most of the log beside the writer; then the writer copies the short rest inside a commit, and the log
//! starts over from its beginning.

use crate::store::StoreError;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Pages (4 KiB) in the log from which on it is copied: 16 MiB.
const COPY_PAGES: i32 = 4_000;
/// Pages in the log from which on the writer copies it whatever it costs: 512 MiB of disk are enough.
const PAGES_MAX: i32 = 128_000;

const IDLE: u8 = 0;
const COPYING: u8 = 1;
const COPIED: u8 = 2;

/// Replaces SQLite's automatic checkpoint of this connection. The thread ends when the connection is closed.
pub(super) fn install(conn: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let beside = Connection::open_with_flags(path, flags)?;
    beside.pragma_update(None, "synchronous", "FULL")?;
    let state = Arc::new(AtomicU8::new(IDLE));
    let (wake, woken) = sync_channel(1);
    let theirs = state.clone();
    let thread = std::thread::Builder::new().name("checkpoint".to_owned());
    let started = thread.spawn(move || copy_when_woken(&beside, &woken, &theirs));
    started.map_err(|e| StoreError::Engine(format!("no thread for checkpoints: {e}")))?;
    conn.wal_hook(Some(move |wal: &mut Wal, pages| after_commit(wal, pages, &state, &wake)))?;
    Ok(())
}

fn after_commit(wal: &mut Wal, pages: i32, state: &AtomicU8, wake: &SyncSender<()>) -> rusqlite::Result<()> {
    if pages < COPY_PAGES {
        return Ok(());
    }
    match state.load(Ordering::Acquire) {
        IDLE => {
            state.store(COPYING, Ordering::Release);
            // A full channel means that the thread is about to wake anyway.
            let _ = wake.try_send(());
        }
        COPYING if pages < PAGES_MAX => {}
        _ => {
            // A failure here is not one of the commit, which is durable already; the next commit tries again.
            let _ = wal.checkpoint();
            state.store(IDLE, Ordering::Release);
        }
    }
    Ok(())
}

fn copy_when_woken(conn: &Connection, woken: &Receiver<()>, state: &AtomicU8) {
    while woken.recv().is_ok() {
        if let Err(error) = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead log could not be copied; it grows until it can");
        }
        state.store(COPIED, Ordering::Release);
    }
}
