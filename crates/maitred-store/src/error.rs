//! What can go wrong in a store, in words that say what to do about it.

use maitred_core::Malformed;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a store could not be opened, read or written. A change that failed was not made, not even half of it, unless the
/// variant says that this is not known.
#[derive(Debug)]
pub enum StoreError {
    /// Another process serves this file.
    InUse(PathBuf),
    /// There is no such file, and reading does not make one.
    Missing(PathBuf),
    /// The file or its folder cannot be opened.
    CannotOpen(PathBuf, String),
    /// The file is a database of some other program.
    NotOurs(PathBuf),
    /// The file of keys and users is empty.
    EmptyKeys(PathBuf),
    /// The file was written by a newer maitred: its schema version, and the newest this one knows.
    NewerSchema(i64, i64),
    /// The file is of an older maitred and was opened for reading only: its schema version, and ours.
    OlderSchema(i64, i64),
    /// A migration failed; the file is as it was before it.
    Migration(String),
    /// The file or its file system is read-only.
    ReadOnly,
    /// The disk is full.
    Full,
    /// The file is damaged.
    Corrupt(String),
    /// A stored record cannot be read.
    Unreadable(Malformed),
    /// A stored code that this program does not know: the column and the code.
    UnknownCode(&'static str, i64),
    /// The bundled SQLite is older than the oldest one that is safe.
    EngineTooOld(String),
    /// Anything else the engine says.
    Engine(String),
    /// The database server cannot be used as it is or as the URL says; trying again does not help.
    Unusable(String),
    /// The database server does not answer, for now.
    Unreachable(String),
    /// Another node was in the way; trying again helps.
    Conflict(String),
    /// The connection broke while a batch was being committed, and until now nobody could be asked whether it was.
    OutcomeUnknown,
    /// The disk failed while a batch was being committed: what of it is on the disk shows only when the file is opened
    /// again. Nothing more is to be written until then.
    Unconfirmed(String),
    /// The task that read was cancelled: the process is stopping.
    Stopping,
    /// Another database is being copied into this one, or was and is to be gone on with: the other's URL.
    UnfinishedCopy(String),
}

const UNCONFIRMED: &str = "the disk failed during a commit, and whether it was stored is not known until the file is \
                           opened again; check the disk before you start the server again";

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(path) => write!(
                f,
                "{} is in use by another maitred server; stop that one, or choose another file with --database \
                 (explain, verify and stats work while a server is running)",
                path.display()
            ),
            Self::Missing(path) => write!(
                f,
                "there is no database {}; start a server first (maitred serve), or name another file with --database",
                path.display()
            ),
            Self::CannotOpen(path, why) => write!(f, "cannot open {}: {why}", path.display()),
            Self::NotOurs(path) => write!(
                f,
                "{} is not a maitred database; nothing was changed in it. Name another file with --database",
                path.display()
            ),
            Self::EmptyKeys(path) => write!(
                f,
                "{} is empty, and the keys and users were in it; restore it from a backup, or remove it if there never \
                 were any",
                path.display()
            ),
            Self::NewerSchema(found, known) => write!(
                f,
                "the database has schema version {found}, this maitred knows versions up to {known}; run the newer \
                 maitred that wrote it (nothing was changed)"
            ),
            Self::OlderSchema(found, known) => write!(
                f,
                "the database has schema version {found}, this maitred needs version {known}; run `maitred migrate` \
                 first, or start the server, which does the same"
            ),
            Self::Migration(why) => write!(f, "the schema could not be migrated and was not changed: {why}"),
            Self::ReadOnly => write!(f, "the database is read-only; make the file and its folder writable"),
            Self::Full => write!(f, "the disk is full; nothing was stored. Free some space to continue"),
            Self::Corrupt(why) => write!(
                f,
                "the database file is damaged ({why}); stop the server, keep a copy of the file, and restore a backup"
            ),
            Self::Unreadable(why) => write!(f, "a stored record cannot be read: {why}"),
            Self::UnknownCode(column, code) => write!(f, "the stored {column} {code} is unknown to this maitred"),
            Self::EngineTooOld(version) => write!(
                f,
                "SQLite {version} can lose committed pages (fixed in 3.51.3); build maitred with its bundled SQLite"
            ),
            Self::Engine(why) => write!(f, "the database engine says: {why}"),
            Self::Unusable(why) => write!(f, "{why}"),
            Self::Unreachable(why) => write!(
                f,
                "the database does not answer ({why}); it is retried automatically. Check that the server runs, and \
                 that the address in --database is right"
            ),
            Self::Conflict(why) => write!(f, "another node was in the way ({why}); nothing was stored, try again"),
            Self::OutcomeUnknown => write!(
                f,
                "the connection to the database broke during a commit; it is not yet known whether it was stored"
            ),
            Self::Unconfirmed(why) => write!(f, "{UNCONFIRMED}: {why}"),
            Self::Stopping => write!(f, "the server is stopping"),
            Self::UnfinishedCopy(of) => write!(
                f,
                "this database is an unfinished copy of {of}, and would lose what is not copied yet; run the same \
                 maitred copy again to continue it, or serve {of} as before"
            ),
        }
    }
}

impl std::error::Error for StoreError {}

impl StoreError {
    /// Names the file in an error that opening it gave.
    #[must_use]
    pub fn at(self, path: &Path) -> Self {
        match self {
            Self::Engine(why) => Self::CannotOpen(path.to_owned(), why),
            Self::Corrupt(why) => Self::CannotOpen(path.to_owned(), format!("{}", Self::Corrupt(why))),
            other => other,
        }
    }
}

impl StoreError {
    /// Whether it says that the store takes no change, whatever the change is.
    #[must_use]
    pub const fn concerns_all(&self) -> bool {
        matches!(
            self,
            Self::Full
                | Self::ReadOnly
                | Self::Engine(_)
                | Self::Unusable(_)
                | Self::Unreachable(_)
                | Self::OutcomeUnknown
                | Self::Unconfirmed(_)
        )
    }

    /// Whether the same may well succeed in a moment.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Conflict(_))
    }
}

impl From<Malformed> for StoreError {
    fn from(error: Malformed) -> Self {
        Self::Unreadable(error)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error.to_string()),
            _ => Self::Engine(error.to_string()),
        }
    }
}
