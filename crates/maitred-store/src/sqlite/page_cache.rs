//! SQLite's page cache, but for one number that made it search all of itself at a commit.
//!
//! When SQLite swaps two pages of a b-tree it parks one of them at the number of the page that no database uses, that
//! of the lock bytes at 1 GiB (`balance_nonroot` in its btree.c, 3.51). Its cache remembers the largest number that it
//! ever saw. At each commit it is told to drop what lies behind the end of the database, believes that there is some,
//! and looks through every page that it holds: a twentieth of the batcher's time with 16 MiB. Here the
//! parked page is kept under the number 0, which no page has either. All else is done by SQLite's own cache.

#![expect(unsafe_code, reason = "a cache is a table of C functions; each use below says why it is sound")]

use rusqlite::ffi;
use rusqlite::ffi::{sqlite3_pcache, sqlite3_pcache_methods2, sqlite3_pcache_page};
use std::ffi::{c_int, c_uint};
use std::ptr;
use std::sync::{Once, OnceLock};

/// Where the lock bytes are in every database, in bytes (`PENDING_BYTE`).
const LOCK_BYTES: c_uint = 0x4000_0000;

/// SQLite's own cache. It is known before ours is in use, also to threads that open a database meanwhile.
static OWN: OnceLock<Own> = OnceLock::new();
static INSTALLED: Once = Once::new();

struct Own(sqlite3_pcache_methods2);

// SAFETY: it is a table of functions, which SQLite calls from any thread, and nothing changes it.
unsafe impl Send for Own {}
// SAFETY: as above.
unsafe impl Sync for Own {}

/// The cache of one connection.
struct Cache {
    own: *mut sqlite3_pcache,
    /// The number of the page with the lock bytes.
    parked: c_uint,
}

/// Has SQLite use it for all connections that are opened from now on. Where SQLite was used before, it goes on with its
/// own cache, which is slower and nothing else.
pub(super) fn install() {
    INSTALLED.call_once(|| {
        // SAFETY: all zeros is a table without functions. `sqlite3_config` fills it in, takes a copy of what it is
        // given, or fails without having done anything, as it does once SQLite is in use.
        unsafe {
            let mut own: sqlite3_pcache_methods2 = std::mem::zeroed();
            if ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETPCACHE2, &raw mut own) != ffi::SQLITE_OK {
                return;
            }
            OWN.get_or_init(|| Own(own));
            let mut ours = sqlite3_pcache_methods2 {
                xCreate: Some(create),
                xCachesize: Some(cache_size),
                xPagecount: Some(page_count),
                xFetch: Some(fetch),
                xUnpin: Some(unpin),
                xRekey: Some(rekey),
                xTruncate: Some(truncate),
                xDestroy: Some(destroy),
                xShrink: Some(shrink),
                ..own
            };
            // Where it is too late, SQLite goes on with its own.
            let _ = ffi::sqlite3_config(ffi::SQLITE_CONFIG_PCACHE2, &raw mut ours);
        }
    });
}

/// Calls a function of SQLite's own cache.
macro_rules! own {
    ($function:ident($($argument:expr),*)) => {{
        let own = OWN.get().and_then(|own| own.0.$function);
        // SQLite's table has all of them, and no cache of ours is made before it is there.
        own.expect("SQLite has a cache of its own")($($argument),*)
    }};
}

impl Cache {
    const fn number(&self, key: c_uint) -> c_uint {
        if key == self.parked { 0 } else { key }
    }
}

/// The cache that SQLite means.
///
/// # Safety
/// It came from [`create`] and was not destroyed. SQLite uses a cache from one thread at a time.
unsafe fn of<'a>(cache: *mut sqlite3_pcache) -> &'a Cache {
    // SAFETY: that is what `create` makes.
    unsafe { &*cache.cast::<Cache>() }
}

unsafe extern "C" fn create(page_bytes: c_int, extra_bytes: c_int, is_purgeable: c_int) -> *mut sqlite3_pcache {
    // SAFETY: the arguments go on as they came.
    let own = unsafe { own!(xCreate(page_bytes, extra_bytes, is_purgeable)) };
    if own.is_null() {
        return ptr::null_mut();
    }
    let page_bytes = c_uint::try_from(page_bytes).unwrap_or_default().max(1);
    Box::into_raw(Box::new(Cache { own, parked: LOCK_BYTES / page_bytes + 1 })).cast()
}

unsafe extern "C" fn fetch(cache: *mut sqlite3_pcache, key: c_uint, create: c_int) -> *mut sqlite3_pcache_page {
    // SAFETY: SQLite hands over a cache of ours, see `of`; the page is one of its own cache, as it expects.
    unsafe { own!(xFetch(of(cache).own, of(cache).number(key), create)) }
}

unsafe extern "C" fn rekey(cache: *mut sqlite3_pcache, page: *mut sqlite3_pcache_page, old: c_uint, new: c_uint) {
    // SAFETY: as for `fetch`. A page is parked by this alone, one at a time, so 0 names one page at most; and it is
    // named by this alone until it is parked no longer.
    unsafe { own!(xRekey(of(cache).own, page, of(cache).number(old), of(cache).number(new))) }
}

unsafe extern "C" fn destroy(cache: *mut sqlite3_pcache) {
    // SAFETY: SQLite destroys a cache once and uses it no more; it came from `Box::into_raw` in `create`.
    unsafe {
        own!(xDestroy(of(cache).own));
        drop(Box::from_raw(cache.cast::<Cache>()));
    }
}

/// A function that SQLite's own cache does as it is.
macro_rules! as_it_is {
    ($name:ident, $function:ident ( $($argument:ident: $type:ty),* ) $(-> $result:ty)?) => {
        unsafe extern "C" fn $name(cache: *mut sqlite3_pcache $(, $argument: $type)*) $(-> $result)? {
            // SAFETY: as for `fetch`.
            unsafe { own!($function(of(cache).own $(, $argument)*)) }
        }
    };
}

as_it_is!(cache_size, xCachesize(pages: c_int));
as_it_is!(page_count, xPagecount() -> c_int);
as_it_is!(unpin, xUnpin(page: *mut sqlite3_pcache_page, discard: c_int));
as_it_is!(truncate, xTruncate(limit: c_uint));
as_it_is!(shrink, xShrink());

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    /// Values in no order, so that pages split in the middle and are swapped; an index, deletions and a rollback; with
    /// room for few pages and for all.
    #[test]
    fn databases_are_whole_whatever_their_pages_are() {
        install();
        for (page_bytes, cache_pages) in [(512, 10), (512, 10_000), (4_096, 10), (4_096, 10_000), (65_536, 10)] {
            let folder = tempfile::tempdir().expect("a folder");
            let conn = Connection::open(folder.path().join("any.db")).expect("it opens");
            let set_up = format!(
                "PRAGMA page_size = {page_bytes}; PRAGMA journal_mode = WAL; PRAGMA cache_size = {cache_pages};
                 CREATE TABLE numbers (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
                 CREATE INDEX texts ON numbers (text);"
            );
            conn.execute_batch(&set_up).expect("it is writable");
            let fill = "WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 + 999) \
                        INSERT INTO numbers SELECT i * 7919 % 100003, 'text ' || i * 104729 % 100003 FROM n";
            for batch in 0..12 {
                conn.execute_batch("BEGIN").expect("it begins");
                conn.execute(fill, [batch * 1_000]).expect("they are added");
                conn.execute("DELETE FROM numbers WHERE number % 7 = ?1", [batch % 7]).expect("they are deleted");
                conn.execute_batch(if batch % 4 == 3 { "ROLLBACK" } else { "COMMIT" }).expect("it ends");
            }
            conn.execute_batch("DELETE FROM numbers WHERE number > 50000; VACUUM").expect("it shrinks");
            let check: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer");
            assert_eq!(check, "ok", "{page_bytes}, {cache_pages}");
        }
    }
}
