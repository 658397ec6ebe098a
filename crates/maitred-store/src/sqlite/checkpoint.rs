//! Copying the write-ahead log back into the database without making a commit wait for it.
//!
//! SQLite's own automatic checkpoint runs inside a commit: every thousand pages one batch waits for megabytes of random
//! writes and two fsyncs, and its callers with it. Here a thread with a connection of its own copies the log beside
//! the writer; then the writer copies the short rest inside a commit, and the log starts over from its beginning.
//!
//! Under load the log may grow long: most of its pages are versions of the same page, and only the last is copied. In
//! a lull a short log is copied too, so that an idle database keeps none.

use crate::StoreError;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// Pages (4 KiB) in the log from which on it is copied under load: 250 MiB. Measured with 128 clients: 1 000 pages
/// give 0.8, 4 000 pages 0.8, 16 000 pages 0.9 of the throughput of this many.
const COPY_PAGES: i32 = 64_000;
/// Pages in the log from which on the writer copies it whatever it costs: 1 GiB of disk are enough.
const PAGES_MAX: i32 = 256_000;
/// Pages in the log from which on it is copied in a lull.
const LULL_PAGES: i32 = 1_000;
/// A lull is this long, with less than [`LULL_PAGES`] written.
const LULL: Duration = Duration::from_secs(5);

const IDLE: u8 = 0;
const COPYING: u8 = 1;
const COPIED: u8 = 2;

/// What the writer and the thread know of each other.
#[derive(Default)]
struct Log {
    state: AtomicU8,
    pages: AtomicI32,
}

/// Replaces SQLite's automatic checkpoint of this connection. The thread ends when the connection is closed.
pub(super) fn install(conn: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let beside = Connection::open_with_flags(path, flags)?;
    beside.pragma_update(None, "synchronous", "FULL")?;
    let log = Arc::new(Log::default());
    let (wake, woken) = sync_channel(1);
    let theirs = log.clone();
    let thread = std::thread::Builder::new().name("checkpoint".to_owned());
    let started = thread.spawn(move || copy_when_woken(&beside, &woken, &theirs));
    started.map_err(|e| StoreError::Engine(format!("no thread for checkpoints: {e}")))?;
    conn.wal_hook(Some(move |wal: &mut Wal, pages| after_commit(wal, pages, &log, &wake)))?;
    Ok(())
}

fn after_commit(wal: &mut Wal, pages: i32, log: &Log, wake: &SyncSender<()>) -> rusqlite::Result<()> {
    log.pages.store(pages, Ordering::Relaxed);
    match log.state.load(Ordering::Acquire) {
        IDLE if pages < COPY_PAGES => {}
        IDLE => {
            log.state.store(COPYING, Ordering::Release);
            // A full channel means that the thread is about to wake anyway.
            let _ = wake.try_send(());
        }
        COPYING if pages < PAGES_MAX => {}
        _ => {
            // A failure here is not one of the commit, which is durable already; the next commit tries again.
            let _ = wal.checkpoint();
            log.state.store(IDLE, Ordering::Release);
        }
    }
    Ok(())
}

fn copy_when_woken(conn: &Connection, woken: &Receiver<()>, log: &Log) {
    let mut pages_before = 0;
    loop {
        match woken.recv_timeout(LULL) {
            Ok(()) => copy(conn, log),
            Err(RecvTimeoutError::Timeout) => {
                let pages = log.pages.load(Ordering::Relaxed);
                if is_lull(pages, pages_before) && begins_copying(log) {
                    copy(conn, log);
                }
                pages_before = pages;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Whether little was written between two looks at a log worth copying. A log that shrank has started over.
fn is_lull(pages: i32, pages_before: i32) -> bool {
    pages >= LULL_PAGES && (0..LULL_PAGES).contains(&(pages - pages_before))
}

fn begins_copying(log: &Log) -> bool {
    log.state.compare_exchange(IDLE, COPYING, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

fn copy(conn: &Connection, log: &Log) {
    if let Err(error) = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the write-ahead log could not be copied; it grows until it can");
    }
    log.pages.store(0, Ordering::Relaxed);
    log.state.store(COPIED, Ordering::Release);
}
