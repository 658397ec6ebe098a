//! Writing the frames of a batch with one system call.
//!
//! SQLite appends each page of a transaction to the write-ahead log by two writes, a header of 24 bytes and the page.
//! A batch of fifty contacts has some seventy pages, most of them for phones, which land on a page each. Those writes
//! were a quarter of the batcher's time. This VFS (SQLite's name for its operating-system layer) gives the *writer's*
//! log file a buffer: writes gather in it and reach the file at the next call of any other kind on that file, above
//! all the sync of a commit. Everything but that one file is the system's VFS itself.
//!
//! Nobody else can miss what is in the buffer: other connections read frames only up to the end that a commit
//! publishes, with `synchronous=FULL` a commit publishes it after the sync (`walFrames` in SQLite's wal.c), and the
//! sync empties the buffer. Readers and the checkpoint thread do not use this VFS. If the process dies, what was in the
//! buffer belonged to a transaction that had not committed.

#![expect(unsafe_code, reason = "a VFS is a table of C functions; each use below says why it is sound")]

use crate::StoreError;
use rusqlite::ffi;
use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;

/// The name to open the writer's connection with.
pub(super) const NAME: &CStr = c"maitred-log";
/// A buffer is written out when it holds this much, so that a huge transaction does not live in memory twice.
const BUFFER_BYTES_MAX: usize = 4 << 20;
/// The system's VFS takes no more than 2^17 - 1 bytes in one write: it drops higher bits of the length
/// (`seekAndWriteFd` in SQLite's os_unix.c), so that 2^17 bytes look like a full disk.
const WRITE_BYTES_MAX: usize = 1 << 16;

/// The system's VFS, found once.
struct System(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite keeps a registered VFS for the life of the process, and lets any thread call it.
unsafe impl Send for System {}
// SAFETY: as above; nothing here changes it.
unsafe impl Sync for System {}

static SYSTEM: OnceLock<Option<System>> = OnceLock::new();

/// Makes the VFS known to SQLite, once.
///
/// # Errors
/// [`StoreError`] when SQLite has no VFS of the system, or refuses ours.
pub(super) fn register() -> Result<(), StoreError> {
    let system = SYSTEM.get_or_init(|| {
        // SAFETY: finding the default VFS (a null name) initialises SQLite and returns a table that lives for ever, or
        // null. Ours is a copy of it, leaked to live as long, with another name and another `xOpen`; the copied
        // functions get our table as their VFS and use no more of it than what was copied.
        unsafe {
            let system = ffi::sqlite3_vfs_find(ptr::null());
            let mut ours = *system.as_ref()?;
            ours.szOsFile += size_of::<LogFile>() as c_int;
            ours.pNext = ptr::null_mut();
            ours.zName = NAME.as_ptr();
            ours.xOpen = Some(open);
            let registered = ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 0);
            (registered == ffi::SQLITE_OK).then_some(System(system))
        }
    });
    let failed = || StoreError::Engine("SQLite does not take the VFS of the write-ahead log".to_owned());
    system.as_ref().map(|_| ()).ok_or_else(failed)
}

/// An open log file. SQLite gives us `szOsFile` bytes: this, and behind it the file of the system's VFS.
#[repr(C)]
struct LogFile {
    /// First, as SQLite wants it: `sqlite3_file` is this one field.
    base: ffi::sqlite3_file,
    buffer: *mut Buffer,
}

/// Bytes that belong at `start` of the file and are not there yet.
#[derive(Default)]
struct Buffer {
    start: i64,
    bytes: Vec<u8>,
}

impl Buffer {
    /// Takes in a write, unless it lies apart from what is here.
    fn take(&mut self, bytes: &[u8], at: i64) -> bool {
        if self.bytes.is_empty() {
            self.start = at;
        }
        let Ok(from) = usize::try_from(at - self.start) else { return false };
        if from > self.bytes.len() {
            return false;
        }
        let over = bytes.len().min(self.bytes.len() - from);
        self.bytes[from..from + over].copy_from_slice(&bytes[..over]);
        self.bytes.extend_from_slice(&bytes[over..]);
        true
    }
}

/// The system's file behind ours.
///
/// # Safety
/// `file` was opened by [`open`] as a log file.
unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: SQLite allotted `szOsFile` bytes, which is ours and then the system's; a `LogFile` has the size of two
    // pointers, so what is behind it is aligned for pointers, as SQLite promises for the whole.
    unsafe { file.cast::<LogFile>().add(1).cast() }
}

/// Writes the buffer out.
///
/// # Safety
/// `file` was opened by [`open`] as a log file.
unsafe fn flush(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` set the buffer, `close` frees it last, and SQLite uses a file from one thread at a time.
    let buffer = unsafe { &mut *(*file.cast::<LogFile>()).buffer };
    let mut written = ffi::SQLITE_OK;
    let mut at = buffer.start;
    for bytes in buffer.bytes.chunks(WRITE_BYTES_MAX) {
        let (from, length) = (bytes.as_ptr().cast::<c_void>(), bytes.len() as c_int);
        // SAFETY: the bytes live in the buffer until it is cleared below.
        written = unsafe { call(real(file), |methods| methods.xWrite, |f, write| write(f, from, length, at)) };
        if written != ffi::SQLITE_OK {
            break;
        }
        at += i64::from(length);
    }
    // After a failed write SQLite gives the transaction up and writes its frames again.
    buffer.bytes.clear();
    written
}

/// Calls a method of the system's file.
///
/// # Safety
/// `file` is an open file of the system's VFS.
unsafe fn call<M>(
    file: *mut ffi::sqlite3_file,
    method: impl FnOnce(&ffi::sqlite3_io_methods) -> Option<M>,
    run: impl FnOnce(*mut ffi::sqlite3_file, M) -> c_int,
) -> c_int {
    // SAFETY: an open file has a table of methods, which lives for ever.
    let method = method(unsafe { &*(*file).pMethods });
    method.map_or(ffi::SQLITE_IOERR, |method| run(file, method))
}

/// `xOpen`: a log file gets a buffer, every other file is the system's own.
unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let Some(Some(System(system))) = SYSTEM.get() else { return ffi::SQLITE_CANTOPEN };
    let is_log = flags & ffi::SQLITE_OPEN_WAL != 0;
    // SAFETY: the arguments are passed on as they came, the room for the file behind ours where it is a log. On success
    // all fields of ours are set; on failure the method table is null, which tells SQLite not to close it.
    unsafe {
        let Some(open) = (**system).xOpen else { return ffi::SQLITE_CANTOPEN };
        if !is_log {
            return open(*system, name, file, flags, out_flags);
        }
        (*file).pMethods = ptr::null();
        let opened = open(*system, name, real(file), flags, out_flags);
        if opened == ffi::SQLITE_OK {
            (*file.cast::<LogFile>()).buffer = Box::into_raw(Box::default());
            (*file).pMethods = &raw const METHODS;
        }
        opened
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once and uses it no more; the buffer came from `Box::into_raw` in `open`.
    unsafe {
        let flushed = flush(file);
        drop(Box::from_raw((*file.cast::<LogFile>()).buffer));
        let closed = call(real(file), |m| m.xClose, |f, close| close(f));
        if flushed == ffi::SQLITE_OK { closed } else { flushed }
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, bytes: c_int, at: i64) -> c_int {
    // SAFETY: SQLite hands over `bytes` readable bytes; the buffer is as in `flush`.
    unsafe {
        let slice = std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(bytes).unwrap_or_default());
        let buffer = (*file.cast::<LogFile>()).buffer;
        let is_full = (*buffer).bytes.len() >= BUFFER_BYTES_MAX;
        if !is_full && (*buffer).take(slice, at) {
            return ffi::SQLITE_OK;
        }
        let flushed = flush(file);
        if flushed == ffi::SQLITE_OK {
            // An empty buffer takes anything.
            (*buffer).take(slice, at);
        }
        flushed
    }
}

/// A method that empties the buffer and then does what the system's does.
macro_rules! after_flush {
    ($name:ident, $method:ident ( $($arg:ident: $type:ty),* )) => {
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $arg: $type)*) -> c_int {
            // SAFETY: only files that `open` opened as logs have these methods; the arguments go on as they came.
            unsafe {
                match flush(file) {
                    ffi::SQLITE_OK => call(real(file), |m| m.$method, |f, method| method(f $(, $arg)*)),
                    failed => failed,
                }
            }
        }
    };
}

after_flush!(read, xRead(into: *mut c_void, bytes: c_int, at: i64));
after_flush!(truncate, xTruncate(size: i64));
after_flush!(sync, xSync(flags: c_int));
after_flush!(file_size, xFileSize(size: *mut i64));
after_flush!(file_control, xFileControl(what: c_int, with: *mut c_void));

/// A method that has nothing to do with what the file holds.
macro_rules! as_it_is {
    ($name:ident, $method:ident ( $($arg:ident: $type:ty),* )) => {
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $arg: $type)*) -> c_int {
            // SAFETY: as for `after_flush`.
            unsafe { call(real(file), |m| m.$method, |f, method| method(f $(, $arg)*)) }
        }
    };
}

as_it_is!(lock, xLock(level: c_int));
as_it_is!(unlock, xUnlock(level: c_int));
as_it_is!(check_reserved_lock, xCheckReservedLock(is_reserved: *mut c_int));
as_it_is!(sector_size, xSectorSize());
as_it_is!(device_characteristics, xDeviceCharacteristics());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_takes_what_follows_and_what_overlaps_and_nothing_apart() {
        let mut buffer = Buffer::default();
        assert!(buffer.take(b"head", 100), "an empty buffer takes anything");
        assert!(buffer.take(b"page", 104));
        assert!(buffer.take(b"PA", 104), "a page may be written again");
        assert!(buffer.take(b"ge and more", 106), "over the end, too");
        assert!(!buffer.take(b"x", 99), "before its start");
        assert!(!buffer.take(b"x", 118), "behind a gap");
        assert_eq!((buffer.start, &buffer.bytes[..]), (100, &b"headPAge and more"[..]));
    }

    #[test]
    fn transactions_of_any_size_are_there_for_other_connections_and_after_reopening() {
        register().expect("SQLite takes it");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("any.db");
        let count = |conn: &rusqlite::Connection| -> i64 {
            conn.query_row("SELECT coalesce(sum(length(text)), 0) FROM notes", [], |row| row.get(0)).expect("a sum")
        };
        let flags = rusqlite::OpenFlags::default();
        let writer = rusqlite::Connection::open_with_flags_and_vfs(&path, flags, NAME).expect("it opens");
        let set_up = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = 10; \
                      CREATE TABLE notes (text TEXT)";
        writer.execute_batch(set_up).expect("it is writable");
        let reader = rusqlite::Connection::open(&path).expect("it opens");
        let mut total = 0;
        // Around one write of the system's VFS (2^17 bytes), around a full buffer, and with a cache that spills.
        for bytes in [1, 60_000, 123_000, 127_000, 131_072, 200_000, 4 << 20, 9 << 20] {
            writer.execute_batch("BEGIN IMMEDIATE").expect("it begins");
            writer.execute("INSERT INTO notes VALUES (?1)", ["x".repeat(bytes)]).expect("it takes it");
            assert_eq!(count(&reader), total, "nothing is seen before the commit");
            writer.execute_batch("COMMIT").expect("it commits");
            total += bytes as i64;
            assert_eq!(count(&reader), total);
        }
        writer.execute_batch("PRAGMA wal_checkpoint(RESTART); INSERT INTO notes VALUES ('y')").expect("it starts over");
        drop((writer, reader));
        let again = rusqlite::Connection::open(&path).expect("it opens");
        assert_eq!(count(&again), total + 1);
        let check: String = again.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
        assert_eq!(check, "ok");
    }
}
