//! Copying the write-ahead log back into the database without making a commit wait for it.
//!
//! SQLite's own automatic checkpoint runs inside a commit: every thousand pages one batch waits for megabytes of random
//! writes and two fsyncs, and its callers with it. Here a thread with a connection of its own copies the log beside
//! the writer; then the writer copies the short rest inside a commit, and the log starts over from its beginning.
//!
//! Under load the log may grow long: most of its pages are versions of the same page, and only the last is copied. In
//! a lull a short log is copied too, so that an idle database keeps none. On a disk with little room it is copied
//! early, for copying takes room as well.

use crate::StoreError;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// Pages (4 KiB) in the log from which on it is copied under load, unless the settings say otherwise: 250 MiB.
/// Measured with 128 clients: 1 000 pages give 0.8, 4 000 pages 0.8, 16 000 pages 0.9 of the throughput of this many.
const COPY_PAGES: i32 = 64_000;
/// With so many times the pages, the writer copies the log whatever it costs: 1 GiB of disk are enough.
const PAGES_MAX_FACTOR: i32 = 4;
/// The log may take this part of the room on the disk before it is copied.
const ROOM_SHARE: u64 = 4;
/// Pages in a MiB.
const PAGES_PER_MIB: u32 = 256;
/// Bytes of a page.
const PAGE_BYTES: u64 = 4_096;
/// Pages in the log from which on it is copied in a lull.
const LULL_PAGES: i32 = 1_000;
/// A lull is this long, with less than [`LULL_PAGES`] written.
const LULL: Duration = Duration::from_secs(5);

const IDLE: u8 = 0;
const COPYING: u8 = 1;
const COPIED: u8 = 2;

/// What the writer and the thread know of each other.
pub(super) struct Log {
    state: AtomicU8,
    pages: AtomicI32,
    /// From how many pages on it is copied, as it was set.
    wanted: AtomicI32,
    /// The same as far as there is room on the disk.
    copy_pages: AtomicI32,
}

impl Log {
    /// Has the log copied from this size on.
    pub(super) fn set_size(&self, mib: u32) {
        let pages = i32::try_from(mib.saturating_mul(PAGES_PER_MIB)).unwrap_or(i32::MAX / PAGES_MAX_FACTOR);
        self.wanted.store(pages, Ordering::Relaxed);
        self.copy_pages.store(pages, Ordering::Relaxed);
    }

    /// Takes note of how much room there is on the disk.
    fn look_at_disk(&self, path: &Path) {
        let Ok(disk) = rustix::fs::statvfs(path) else { return };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let pages = fitting(self.wanted.load(Ordering::Relaxed), self.pages.load(Ordering::Relaxed), free);
        self.copy_pages.store(pages, Ordering::Relaxed);
    }
}

/// From how many pages on a log is copied: as many as wanted, or a share of the room that it has, itself included.
fn fitting(wanted: i32, pages: i32, free_bytes: u64) -> i32 {
    let room = free_bytes / PAGE_BYTES + u64::from(pages.max(0).cast_unsigned());
    let share = i32::try_from(room / ROOM_SHARE).unwrap_or(i32::MAX);
    wanted.min(share.max(LULL_PAGES))
}

/// Replaces SQLite's automatic checkpoint of this connection. The thread ends when the connection is closed.
pub(super) fn install(conn: &mut Connection, path: &Path) -> Result<Arc<Log>, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let beside = Connection::open_with_flags(path, flags)?;
    beside.pragma_update(None, "synchronous", "FULL")?;
    let log = Arc::new(Log {
        state: AtomicU8::new(IDLE),
        pages: AtomicI32::new(0),
        wanted: AtomicI32::new(COPY_PAGES),
        copy_pages: AtomicI32::new(COPY_PAGES),
    });
    log.look_at_disk(path);
    let (wake, woken) = sync_channel(1);
    let (theirs, returned, path) = (log.clone(), log.clone(), path.to_owned());
    let thread = std::thread::Builder::new().name("checkpoint".to_owned());
    let started = thread.spawn(move || copy_when_woken(&beside, &path, &woken, &theirs));
    started.map_err(|e| StoreError::Engine(format!("no thread for checkpoints: {e}")))?;
    conn.wal_hook(Some(move |wal: &mut Wal, pages| after_commit(wal, pages, &log, &wake)))?;
    Ok(returned)
}

fn after_commit(wal: &mut Wal, pages: i32, log: &Log, wake: &SyncSender<()>) -> rusqlite::Result<()> {
    log.pages.store(pages, Ordering::Relaxed);
    let copy_pages = log.copy_pages.load(Ordering::Relaxed);
    match log.state.load(Ordering::Acquire) {
        IDLE if pages < copy_pages => {}
        IDLE => {
            log.state.store(COPYING, Ordering::Release);
            // A full channel means that the thread is about to wake anyway.
            let _ = wake.try_send(());
        }
        COPYING if pages < copy_pages.saturating_mul(PAGES_MAX_FACTOR) => {}
        _ => {
            // A failure here is not one of the commit, which is durable already; the next commit tries again.
            let _ = wal.checkpoint();
            log.state.store(IDLE, Ordering::Release);
        }
    }
    Ok(())
}

fn copy_when_woken(conn: &Connection, path: &Path, woken: &Receiver<()>, log: &Log) {
    let mut pages_before = 0;
    loop {
        let woken = woken.recv_timeout(LULL);
        log.look_at_disk(path);
        match woken {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_copied_early_where_the_disk_has_little_room() {
        let gib = 1 << 30;
        assert_eq!(fitting(COPY_PAGES, 0, 100 * gib), COPY_PAGES, "as it is set");
        assert_eq!(fitting(COPY_PAGES, 0, 256 << 20), 16_384, "64 of 256 MiB");
        assert_eq!(fitting(COPY_PAGES, 32_768, 128 << 20), 16_384, "the log's own room counts");
        assert_eq!(fitting(COPY_PAGES, 0, 0), LULL_PAGES);
        assert_eq!(fitting(COPY_PAGES, 0, u64::MAX), COPY_PAGES);
    }
}
